"""Tables in LaTeX to ``\\input``: all theorems, a row each, and the broken solvers; the pieces of both."""

from __future__ import annotations

from collections.abc import Iterable

from report import boxes, html, prose
from report.cells import Part
from report.evidence import Page, Site
from report.numbers import Number
from report.summary import spokesman, summary
from report.trust import Trust

HEAD = r"""% One row a theorem. Needs booktabs, longtable and array; \input it where the table belongs.
% A deterministic fragment of the evidence: built again from the same evidence, it is the same.
\begin{longtable}{@{}
  >{\raggedright\arraybackslash}p{0.33\linewidth}
  >{\raggedright\arraybackslash}p{0.2\linewidth}
  >{\raggedright\arraybackslash}p{0.23\linewidth}
  >{\raggedright\arraybackslash}p{0.12\linewidth}@{}}
\toprule
Theorem & Predicted & Measured & Verdict \\
\midrule
\endhead
\bottomrule
\endfoot
"""
FOOT = "\\end{longtable}\n"


def inline(parts: Iterable[Part]) -> str:
    """Text, numbers and formulas for text mode."""
    return "".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    if part == "\n":
        return r"\newline "
    if isinstance(part, str):
        return prose.to_latex(part)
    if isinstance(part, Number):
        if part.exponent is None and "∞" not in part.mantissa and "−" not in part.mantissa:
            return prose.latex_text(part.mantissa)
        return f"${boxes.latex(boxes.of_number(part))}$"
    return f"${boxes.latex(part)}$"


def verdict(page: Page) -> str:
    """The headline in words, with what is to be known of it."""
    if page.word is None:
        return "not run" if page.left_out else "no evidence"
    if page.belief:
        return "false belief, refuted"
    surprising = page.decider is not None and page.decider.surprising
    return str(page.word).lower() + (" (unexpected)" if surprising else "")


def claims(site: Site) -> str:
    """The table of all theorems, in the survey's classes."""
    lines = [HEAD]
    for heading, pages in html.groups(site, attention=False):
        lines.append(rf"\multicolumn{{4}}{{@{{}}l@{{}}}}{{\itshape {prose.to_latex(heading)}}} \\*" + "\n")
        for page in pages:
            entry = spokesman(page.predictions, page.decider)
            predicted, measured = summary(entry) if entry is not None else (("–",), ("–",))
            own = html.own_word(page, entry)
            found = inline(measured) + (f" ({str(own).lower()})" if own is not None else "")
            cells = [prose.to_latex(page.theorem.title), inline(predicted), found, verdict(page)]
            lines.append(" & ".join(cells) + " \\\\\n")
        lines.append("\\addlinespace\n")
    if len(lines) > 1:
        lines.pop()
    return "".join(lines) + FOOT


def solvers(found: Trust) -> str:
    """The table of gates and broken solvers; a gate that has to catch a solver is in bold."""
    names = [name for name, *_ in found.gates]
    head = " & ".join(["Broken solver", *map(prose.to_latex, names)])
    lines = [
        "% Which gate catches which broken solver. Needs booktabs; \\input it where the table belongs.\n",
        *(f"% {line}\n" for line in found.lead),
        f"\\begin{{tabular}}{{@{{}}l{'c' * len(names)}@{{}}}}\n\\toprule\n{head} \\\\\n\\midrule\n",
    ]
    for name, cells in found.broken:
        said = [rf"\textbf{{{cell.text}}}" if cell.named else cell.text or "--" for cell in cells]
        lines.append(" & ".join([prose.to_latex(name), *said]) + " \\\\\n")
    return "".join(lines) + "\\bottomrule\n\\end{tabular}\n"
