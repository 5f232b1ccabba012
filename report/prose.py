"""Sentences: theorems and verdicts write "kappa^0.99", "λ_i" and "1e+06"; a reader sees them typeset.

A sentence becomes runs of text, subscripts and superscripts, which are written as HTML or as LaTeX.
Everything that comes from outside is escaped on the way.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from typing import NamedTuple

#: Characters that LaTeX sets in math mode.
MATHS = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "η": r"\eta",
    "θ": r"\theta", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu", "ν": r"\nu", "π": r"\pi", "ρ": r"\rho",
    "σ": r"\sigma", "τ": r"\tau", "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega",
    "Γ": r"\Gamma", "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Σ": r"\Sigma", "Φ": r"\Phi",
    "Ψ": r"\Psi", "Ω": r"\Omega", "ℓ": r"\ell", "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "≈": r"\approx", "∼": r"\sim", "∝": r"\propto", "→": r"\to", "∈": r"\in", "×": r"\times", "·": r"\cdot",
    "±": r"\pm", "÷": r"\div", "∗": r"\ast", "−": "-", "√": r"\surd", "‖": r"\|",
    "∇": r"\nabla", "∂": r"\partial", "∑": r"\sum", "⟨": r"\langle", "⟩": r"\rangle", "⌊": r"\lfloor",
    "⌋": r"\rfloor", "⌈": r"\lceil",
    "⌉": r"\rceil", "≪": r"\ll", "≫": r"\gg", "⁻": "^{-}", "⁺": "^{+}",
    **{c: f"^{k}" for k, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, **{c: f"_{k}" for k, c in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip
#: Characters that LaTeX writes differently in text.
SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''", "–": "--", "—": "---",
    "“": "``", "”": "''", "‘": "`", "’": "'", "…": r"\dots{}", "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,", "\n": " ",
}  # fmt: skip


def latex_text(text: str) -> str:
    """The text with everything that LaTeX would act on made harmless."""
    pieces = re.split(r"√(\w)", text)  # every second one stands under a root
    return "".join(
        rf"\ensuremath{{\sqrt{{{MATHS.get(piece, piece)}}}}}"
        if k % 2
        else "".join(map(_latex_character, piece))
        for k, piece in enumerate(pieces)
    )


def _latex_character(c: str) -> str:
    if c in SPECIAL:
        return SPECIAL[c]
    if c in MATHS:
        return rf"\ensuremath{{{MATHS[c]}}}"
    if c.isascii():
        return c if c.isprintable() else " "
    if "LATIN" in unicodedata.name(c, "") and ord(c) < 0x180:
        return c
    return f"[U+{ord(c):04X}]"


class Run(NamedTuple):
    """A stretch of a sentence; ``style`` is "text", "sub" or "sup"."""

    style: str
    text: str


NAMES = {
    "kappa_Phi": "κ_{Φ}", "kappa_CD_local": "κ_{CD, local}", "kappa_CD": "κ_CD", "lambda_avg": "λ_avg",
    "lambda_max": "λ_max", "lambda_min": "λ_min",
    "kappa": "κ", "lambda": "λ", "epsilon": "ε", "mu": "μ",
}  # fmt: skip
_NAME = re.compile(rf"(?<![\w.-])({'|'.join(NAMES)})(?![A-Za-z])")
_ROOT = re.compile(r"\bsqrt\((\w+|[κλμε]\w*)\)")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?e[-+−]?\d+(?!\w)")
_MINUS = re.compile(r"(?<=\s)-(?=\s)|(?<![\w.)\]-])-(?=[\d∞])|(?<=[κλμερβ)])-(?=[\d(])")
_SCRIPT = re.compile(
    r"(?<=[^\W\d_])(?<![^\W\d_]{2})_"
    r"(?:\{(?P<sub1>[^{}]+)\}|\((?P<sub3>[^()]{1,12})\)|(?P<sub2>[A-Za-z0-9α-ω]+))"
    r"|(?<=[\w)|‖\]])\^"
    r"(?:\{(?P<sup1>[^{}]+)\}|\((?P<sup4>[^()]{1,16})\)|(?P<sup2>[-−]?\d+(?:\.\d+)?|[A-Za-z*]))"
    r"|(?<=\bx)(?P<sup3>\*)"
)


def runs(text: str) -> list[Run]:
    """The sentence taken apart."""
    text = _NAME.sub(lambda m: NAMES[m[1]], text)
    text = _ROOT.sub(r"√\1", text)
    text = _MINUS.sub("−", text)
    text = re.sub(r"(?<=\S) ([=≤≥<>]) (?=\S)", "\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)
    for plain, typeset in (("<=", "≤"), (">=", "≥"), ("->", "→"), (" ... ", " … ")):
        text = text.replace(plain, typeset)
    found: list[Run] = []
    position = 0
    for match in sorted([*_SCRIPT.finditer(text), *_NUMBER.finditer(text)], key=lambda m: m.start()):
        if match.start() < position:
            continue
        found.append(Run("text", text[position : match.start()]))
        if match.re is _NUMBER:
            # with the digits that were written, so that no accuracy is made up
            digits, _, power = match[0].replace("−", "-").partition("e")
            head = {"1": "10", "-1": "-10"}.get(digits, f"{digits}×10")
            found += [Run("text", head.replace("-", "−")), Run("sup", str(int(power)).replace("-", "−"))]
        else:
            style = "sub" if match["sub1"] or match["sub2"] or match["sub3"] else "sup"
            inside = next(group for group in match.groups() if group)
            found.append(Run(style, inside.replace("*", "∗").replace("-", "−")))
        position = match.end()
    found.append(Run("text", text[position:]))
    return [run for run in found if run.text]


@functools.cache
def to_html(text: str) -> str:
    """The sentence as HTML, escaped."""
    written = "".join(
        html.escape(run.text)
        if run.style == "text"
        else f"<{run.style}>{html.escape(run.text)}</{run.style}>"
        for run in runs(text)
    )
    return " ".join(map(_unbroken, written.split(" ")))


def _unbroken(word: str) -> str:
    """A word in which a line does not end behind the slash of a short fraction."""
    text = re.sub(r"<[^>]*>", "", word)
    return f'<span class="nb">{word}</span>' if re.search(r"\w/\w", text) and len(text) < 20 else word


@functools.cache
def to_latex(text: str) -> str:
    """The sentence as LaTeX for text mode, escaped."""
    commands = {"sub": r"\textsubscript", "sup": r"\textsuperscript"}
    return "".join(
        latex_text(run.text) if run.style == "text" else f"{commands[run.style]}{{{latex_text(run.text)}}}"
        for run in runs(text)
    )


@functools.cache
def to_plain(text: str) -> str:
    """The sentence as one line of text."""
    marks = {"text": "", "sub": "_", "sup": "^"}
    return "".join(
        f"{marks[run.style]}({run.text})"
        if run.style != "text" and re.search(r"[^\w.]", run.text.lstrip("−∗"))
        else marks[run.style] + run.text
        for run in runs(text)
    )


def sentence(text: str) -> str:
    """The text with a capital, unless it begins with a letter of mathematics."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]{2}|a ", text) else text


def spoken(name: str) -> str:
    """The name of a class in words: ``GradientDescent`` is "Gradient descent"."""
    words = re.findall(r"MaSS|[A-Z]{2,}(?![a-z])|[A-Z][a-z]+|\d+|[a-z]+", name)
    proper = ("Nesterov", "Borwein", "Newton", "Polyak", "Chebyshev", "Kaczmarz")
    rest = [w if w.isupper() or w in proper else w.lower() for w in words[1:]]
    return " ".join([words[0], *rest]).replace("Barzilai Borwein", "Barzilai–Borwein") if words else name


# ---------------------------------------------------------------- the little Markdown of a note


def markdown(text: str, link: dict[str, str] | None = None) -> str:
    """Headings, paragraphs, lists, emphasis and code as HTML; everything else is escaped text.

    Args:
        link: addresses for names that stand alone in emphasis or code.
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    parts: list[str] = []
    for block in blocks:
        lines = block.splitlines()
        heading = re.match(r"(#{1,4})\s+(.*)", lines[0])
        if heading:
            level = len(heading[1])
            parts.append(f"<h{level}>{_inline(heading[2], link or {})}</h{level}>")
            lines = lines[1:]
            if not lines:
                continue
        if re.match(r"(?:\d+\.|[-*])\s", lines[0]):
            tag = "ol" if lines[0][0].isdigit() else "ul"
            items = re.split(r"^(?:\d+\.|[-*])\s+", "\n".join(lines), flags=re.MULTILINE)[1:]
            listed = "".join(f"<li>{_inline(' '.join(item.split()), link or {})}</li>" for item in items)
            parts.append(f"<{tag}>{listed}</{tag}>")
        else:
            parts.append(f"<p>{_inline(' '.join(' '.join(lines).split()), link or {})}</p>")
    return "\n".join(parts)


def _inline(text: str, link: dict[str, str]) -> str:
    parts = re.split(r"(\*\*[^*]+\*\*|\*[^*\s][^*]*\*|`[^`]+`)", text)
    written = []
    for part in parts:
        inside = part.strip("*`")
        if part.startswith(("*", "`")) and inside in link:
            written.append(f'<a href="{html.escape(link[inside])}">{html.escape(inside)}</a>')
        elif part.startswith("`"):
            written.append(f"<code>{html.escape(inside)}</code>")
        elif part.startswith("**"):
            written.append(f"<strong>{to_html(inside)}</strong>")
        elif part.startswith("*") and len(part) > 2:
            written.append(f"<em>{to_html(inside)}</em>")
        else:
            written.append(to_html(part))
    return "".join(written)
