"""Boxes: a formula as a typesetter sees it, and its three renderings, MathML, LaTeX and a line of text.

All three read the same tree, so a page, a table in a paper and an alternative text cannot differ.
"""

from __future__ import annotations

import functools
import html
from dataclasses import dataclass
from typing import Any

from report.numbers import Number
from report.prose import MATHS, latex_text


@dataclass(frozen=True)
class Letter:
    """An identifier: italic if it is one letter, unless ``upright``."""

    text: str
    upright: bool = False


@dataclass(frozen=True)
class Digits:
    text: str


@dataclass(frozen=True)
class Sign:
    """An operator or relation; ``space`` says whether it has room on both sides."""

    text: str
    space: bool = True


@dataclass(frozen=True)
class Words:
    """Text within a formula."""

    text: str


@dataclass(frozen=True)
class Row:
    items: tuple[Box, ...]


@dataclass(frozen=True)
class Over:
    """A fraction."""

    top: Box
    bottom: Box


@dataclass(frozen=True)
class Script:
    base: Box
    sub: Box | None = None
    sup: Box | None = None


@dataclass(frozen=True)
class Root:
    body: Box


@dataclass(frozen=True)
class Fence:
    left: str
    body: Box
    right: str


@dataclass(frozen=True)
class Limit:
    """An operator with something written below it, as lim or a sum."""

    name: str
    below: Box
    large: bool = False


Box = Letter | Digits | Sign | Words | Row | Over | Script | Root | Fence | Limit


def row(*items: Box) -> Row:
    return Row(items)


def power(base: Box, exponent: Box) -> Script:
    """The base with an exponent, above its subscript if it has one."""
    if isinstance(base, Script) and base.sup is None:
        return Script(base.base, base.sub, exponent)
    return Script(base, sup=exponent)


def of_number(value: Number) -> Box:
    """A number as a box."""
    if value.exponent is None:
        return Digits(value.mantissa)
    ten = Script(Digits("10"), sup=Digits(str(value.exponent).replace("-", "−")))
    if value.mantissa == "":
        return ten
    return row(Digits(value.mantissa), *(() if value.mantissa == "−" else (Sign("×"),)), ten)


def _tall(b: Box) -> bool:
    """Whether what a fence holds is higher than a line."""
    if isinstance(b, Row):
        return any(map(_tall, b.items))
    if isinstance(b, Script):
        return _tall(b.base)
    return isinstance(b, Over | Limit) or (isinstance(b, Fence | Root) and _tall(b.body))


# ---------------------------------------------------------------- MathML


def mathml(b: Box, block: bool = False) -> str:
    """MathML presentation markup, with a line of text for readers that have no MathML.

    Args:
        block: set it as a formula on its own line, with fractions at full size.
    """
    text = html.escape(plain(b), quote=True)
    style = ' displaystyle="true"' if block else ""
    return f'<math{style} alttext="{text}">{_mathml(b)}</math>'


@functools.singledispatch
def _mathml(b: Any) -> str:
    raise TypeError(f"{b!r} is no box")


@_mathml.register
def _(b: Letter) -> str:
    normal = ' mathvariant="normal"' if b.upright and len(b.text) == 1 else ""
    return f"<mi{normal}>{html.escape(b.text)}</mi>"


@_mathml.register
def _(b: Digits) -> str:
    return f"<mn>{html.escape(b.text)}</mn>"


@_mathml.register
def _(b: Sign) -> str:
    if not b.text:
        return "<mo>\N{INVISIBLE TIMES}</mo>" + ('<mspace width="0.17em"/>' if b.space else "")
    if b.text == ", ":
        return '<mo separator="true">,</mo><mspace width="0.5em"/>'
    narrow = "" if b.space else ' lspace="0" rspace="0"'
    return f"<mo{narrow}>{html.escape(b.text)}</mo>"


@_mathml.register
def _(b: Words) -> str:
    return f"<mtext>{html.escape(b.text)}</mtext>"


@_mathml.register
def _(b: Row) -> str:
    return "<mrow>" + "".join(map(_mathml, b.items)) + "</mrow>"


@_mathml.register
def _(b: Over) -> str:
    return f"<mfrac>{_mathml(b.top)}{_mathml(b.bottom)}</mfrac>"


@_mathml.register
def _(b: Script) -> str:
    base = _mathml(b.base)
    if b.sub is not None and b.sup is not None:
        return f"<msubsup>{base}{_mathml(b.sub)}{_mathml(b.sup)}</msubsup>"
    if b.sub is not None:
        return f"<msub>{base}{_mathml(b.sub)}</msub>"
    return base if b.sup is None else f"<msup>{base}{_mathml(b.sup)}</msup>"


@_mathml.register
def _(b: Root) -> str:
    return f"<msqrt>{_mathml(b.body)}</msqrt>"


@_mathml.register
def _(b: Fence) -> str:
    stretchy = f'stretchy="{str(_tall(b.body)).lower()}" lspace="0" rspace="0"'
    left = f'<mo form="prefix" {stretchy}>{b.left}</mo>'
    right = f'<mo form="postfix" {stretchy}>{b.right}</mo>'
    return f"<mrow>{left}{_mathml(b.body)}{right}</mrow>"


@_mathml.register
def _(b: Limit) -> str:
    name = f"<mo>{b.name}</mo>" if b.large else f"<mi>{b.name}</mi>"
    return f"<munder>{name}{_mathml(b.below)}</munder>" + ("" if b.large else '<mspace width="0.17em"/>')


# ---------------------------------------------------------------- LaTeX


def latex(b: Box) -> str:
    """LaTeX for math mode; it needs no package."""
    return " ".join(_latex(b).split())


@functools.singledispatch
def _latex(b: Any) -> str:
    raise TypeError(f"{b!r} is no box")


#: Functions that LaTeX knows; others are set upright.
OPERATORS = {"log", "exp", "cos", "sin", "tan", "cosh", "sinh", "tanh", "max", "min", "ln"}


@_latex.register
def _(b: Letter) -> str:
    if b.text in OPERATORS:
        return rf"\{b.text} "
    text = MATHS.get(b.text) or latex_text(b.text)
    if b.upright and b.text not in MATHS:
        return rf"\mathrm{{{text}}}"
    return text + " " if text.startswith("\\") else (text if len(b.text) == 1 else rf"\mathit{{{text}}}")


@_latex.register
def _(b: Digits) -> str:
    return "".join(MATHS.get(c, c) for c in b.text.replace("\N{NARROW NO-BREAK SPACE}", r"\,"))


@_latex.register
def _(b: Sign) -> str:
    if not b.text:
        return r"\," if b.space else ""
    if b.text == ", ":
        return r",\; "
    text = MATHS.get(b.text, b.text)
    return f" {text} " if b.space else (text + " " if text.startswith("\\") else text)


@_latex.register
def _(b: Words) -> str:
    return rf"\mbox{{{latex_text(b.text)}}}"


@_latex.register
def _(b: Row) -> str:
    return "".join(map(_latex, b.items))


@_latex.register
def _(b: Over) -> str:
    return rf"\frac{{{latex(b.top)}}}{{{latex(b.bottom)}}}"


@_latex.register
def _(b: Script) -> str:
    base = latex(b.base)
    if not isinstance(b.base, Letter | Digits | Fence):
        base = f"{{{base}}}"
    sub = "" if b.sub is None else f"_{{{latex(b.sub)}}}"
    return base + sub + ("" if b.sup is None else f"^{{{latex(b.sup)}}}")


@_latex.register
def _(b: Root) -> str:
    return rf"\sqrt{{{latex(b.body)}}}"


DELIMITERS = {
    "‖": (r"\|", r"\|"), "(": ("(", ")"), "[": ("[", "]"), "|": ("|", "|"),
    "⟨": (r"\langle ", r"\rangle "),
    "⌊": (r"\lfloor ", r"\rfloor "), "⌈": (r"\lceil ", r"\rceil "),
}  # fmt: skip


@_latex.register
def _(b: Fence) -> str:
    left, right = DELIMITERS[b.left]
    body = latex(b.body)
    if _tall(b.body):
        return rf"\left{left}{body}\right{right}"
    return f"{left}{body}{right}"


@_latex.register
def _(b: Limit) -> str:
    return rf"{MATHS[b.name] if b.large else chr(92) + b.name}_{{{latex(b.below)}}} "


# ---------------------------------------------------------------- a line of text


def plain(b: Box) -> str:
    """The formula on one line of Unicode text."""
    return _plain(b)


@functools.singledispatch
def _plain(b: Any) -> str:
    raise TypeError(f"{b!r} is no box")


@_plain.register
def _(b: Letter | Digits | Words) -> str:
    return b.text


@_plain.register
def _(b: Sign) -> str:
    if b.text in ("", ", "):
        return b.text or " "
    return f" {b.text} " if b.space else b.text


@_plain.register
def _(b: Row) -> str:
    return "".join(map(_plain, b.items))


@_plain.register
def _(b: Over) -> str:
    return "/".join(
        _plain(p) if isinstance(p, Letter | Digits | Script) else f"({_plain(p)})" for p in (b.top, b.bottom)
    )


@_plain.register
def _(b: Script) -> str:
    def part(mark: str, p: Box | None) -> str:
        if p is None:
            return ""
        text = _plain(p)
        return mark + (text if len(text) == 1 or text.isalnum() else f"({text})")

    return _plain(b.base) + part("_", b.sub) + part("^", b.sup)


@_plain.register
def _(b: Root) -> str:
    return f"√{_plain(b.body)}" if isinstance(b.body, Letter | Digits | Script) else f"√({_plain(b.body)})"


@_plain.register
def _(b: Fence) -> str:
    return f"{b.left}{_plain(b.body)}{b.right}"


@_plain.register
def _(b: Limit) -> str:
    return f"{b.name}_({_plain(b.below)}) "
