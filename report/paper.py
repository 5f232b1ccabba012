r"""A paper's LaTeX: ``rateproof.tex`` with a section a theorem, and numbers as macros.

``rateproof.tex`` compiles as it stands (pdflatex, twice) and needs nothing beyond texlive-latex-recommended.
Its parts can be taken alone: ``theorem-<name>.tex``, ``claims.tex`` and ``macros.tex``, in which every number
has a ``\providecommand``, so that a text cannot drift from the evidence. Nothing carries a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from report import boxes, certificates, html, latex, methods, pdf, prose, tables, trust
from report.cells import Parts, one_text
from report.evidence import Entry, Page, Site
from report.figures import caption, worthwhile
from report.files import write
from report.numbers import Number
from report.references import references
from report.summary import summary
from report.tables import Table
from theorems.theorem import Source

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb,array,booktabs,longtable,graphicx}
\usepackage[hidelinks]{hyperref}
\input{macros}
\emergencystretch=3em
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6\baselineskip plus 2pt}
\setcounter{LTchunksize}{200}
\setlength{\LTpre}{4pt}
\setlength{\LTpost}{4pt}
\title{Convergence theorems on trial}
\author{rateproof}
\date{}
\begin{document}
\maketitle
"""
#: Of macros.tex; a formula that is wider than the text is made smaller.
HEAD = r"""% The numbers of the evidence; \input it before the text that uses them. Needs graphicx.
\ifdefined\rpBox\else\newsavebox{\rpBox}\fi
\providecommand{\rpFormula}[1]{\sbox{\rpBox}{$\displaystyle #1$}%
  \ifdim\wd\rpBox>\linewidth\resizebox{\linewidth}{!}{\usebox{\rpBox}}\else\usebox{\rpBox}\fi}
"""
#: Rows of evidence that a section prints; the report's page has all of them.
ROWS = 12
#: A page's width holds so many characters of a table in small print.
CHARACTERS = 100
DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def command(*names: str) -> str:
    r"""The name of a macro, of letters alone: ``\rpSagaRateMeasured``."""
    words = re.findall(r"[A-Za-z]+|\d", " ".join(names))
    return "\\rp" + "".join(DIGITS[int(w)] if w.isdigit() else w[0].upper() + w[1:] for w in words)


def cited(source: Source) -> str:
    locator = f"[{{{prose.to_latex(source.locator)}}}]" if source.locator else ""
    return rf"\cite{locator}{{{source.key}}}"


# ---------------------------------------------------------------- macros


def macros(site: Site) -> str:
    """A command for every number that the report prints of a theorem."""
    refuted, tried = site.rivals
    found = {
        command("Theorems"): str(len(site.pages)),
        command("RivalsRefuted"): str(refuted),
        command("Rivals"): str(tried),
    }
    for page in site.pages:
        found[command(page.name, "Verdict")] = latex.verdict(page)
        for e in page.predictions:
            if e.verdict is None:
                continue
            predicted, measured = summary(e)
            found[command(page.name, e.name, "Verdict")] = str(e.verdict.word).lower()
            found[command(page.name, e.name, "Predicted")] = one_line(predicted)
            found[command(page.name, e.name, "Measured")] = one_line(measured)
    return HEAD + "".join(rf"\providecommand{{{name}}}{{{text}}}" + "\n" for name, text in found.items())


def one_line(parts: Parts) -> str:
    """A cell for running text, where the end of a line is a semicolon."""
    return latex.inline("; " if part == "\n" else part for part in parts)


# ---------------------------------------------------------------- tables


def tabular(t: Table, most: int = ROWS) -> str:
    """A table over the width of the page, whatever its cells hold; the marked row is among those shown."""
    rows, left = list(t.rows), 0
    if len(rows) > most:
        kept = [t.marked] if t.marked is not None else []
        kept += [k for k in range(len(rows)) if k not in kept][: most - len(kept)]
        left = len(rows) - len(kept)
        rows = [rows[k] for k in sorted(kept)]
    cells = [[(name,), *(row[k] for row in rows)] for k, name in enumerate(t.head)]
    words = [max(map(_longest_word, column)) + 1 for column in cells]
    widths = [max(word, *map(_length, column[1:])) for word, column in zip(words, cells, strict=True)]
    small = sum(words) > CHARACTERS * 0.85
    room = CHARACTERS * 1.15 if small else CHARACTERS
    spare = max(room - sum(words), 0)
    wanted = max(sum(widths) - sum(words), 1)
    grown = min(1.0, spare / wanted)
    shares = [w + grown * (full - w) for w, full in zip(words, widths, strict=True)]
    shares = [share / max(room, sum(shares)) for share in shares]
    columns = "".join(
        rf">{{\ragged{'left' if number else 'right'}\arraybackslash}}p{{{share:.3f}\dimexpr\linewidth-"
        rf"{2 * len(widths)}\tabcolsep\relax}}"
        for share, number in zip(shares, t.numeric, strict=True)
    )
    lines = [rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}", r"\toprule"]
    lines.append(" & ".join(prose.to_latex(name) for name in t.head) + r" \\")
    lines.append(r"\midrule")
    lines.append(r"\endhead")
    lines += [" & ".join(latex.inline(cell) for cell in row) + r" \\" for row in rows]
    lines.append(r"\bottomrule")
    lines.append(r"\end{longtable}")
    size = r"\scriptsize" if small else r"\footnotesize"
    note = rf"{{\footnotesize {left} more rows are in the report.}}" if left else ""
    return "\n".join(["{" + size, r"\setlength{\tabcolsep}{3pt}", *lines, "}" + note, ""])


def _length(cell: Parts) -> int:
    """How many characters a cell is wide, its longest line if it has several."""
    return min(max(map(len, one_text(cell).split("\n"))), 40)


def _longest_word(cell: Parts) -> int:
    """A formula is one word."""
    formulas = (len(boxes.plain(part)) for part in cell if not isinstance(part, str | Number))
    words = re.split(r"[\s]", one_text(tuple(p for p in cell if isinstance(p, str | Number))))
    return min(max([*map(len, words), *formulas]), 40)


# ---------------------------------------------------------------- a theorem


def section(page: Page, figures: Path) -> str:
    """The section of a theorem; its figures are drawn into a folder beside it."""
    theorem = page.theorem
    lines = [rf"\section{{{prose.to_latex(theorem.title)}}}", rf"\label{{thm:{page.name}}}"]
    said = latex.verdict(page)
    why = f": {prose.to_latex(page.decider.verdict.reason)}" if page.decider and page.decider.verdict else ""
    lines.append(rf"\textbf{{{said[:1].upper()}{said[1:]}}}{why}.")
    lines += [f"\\par\\textit{{Note.}} {prose.to_latex(text)}" for text in page.attention + page.troubles]
    lines.append(rf"\paragraph{{Statement.}} {prose.to_latex(theorem.statement)}")
    for names, relation in html.relations(page):
        lines.append(rf"\par\smallskip\noindent\begin{{minipage}}{{\linewidth}}{prose.to_latex(names)}:")
        lines.append(rf"\[\rpFormula{{{boxes.latex(relation)}}}\]\end{{minipage}}")
    if theorem.method is not None:
        lines.append(rf"\par Method: {latex.inline(methods.method_parts(theorem.method))}.")
    constants = methods.constants(methods.expressions(theorem))
    if constants:
        meanings = "; ".join(f"${boxes.latex(b)}$ {prose.to_latex(text)}" for b, text in constants)
        lines.append(rf"\par Where {meanings}.")
    if theorem.remark:
        lines.append(r"\par " + prose.to_latex(theorem.remark))
    assumed = [*(p.text for p in theorem.premises), *theorem.assumptions]
    if assumed:
        lines.append(rf"\paragraph{{Assumptions.}} {'; '.join(map(prose.to_latex, assumed))}.")
    sources = ", ".join(map(cited, [theorem.source, *theorem.also]))
    lines.append(rf"\paragraph{{Source.}} {sources}.")
    for e in page.predictions:
        lines += evidence(e, page, figures)
    lines += _rivals(page)
    limits = html.limits(page)
    if limits:
        lines.append(r"\paragraph{Limits.} " + " ".join(prose.to_latex(text) for _, text in limits))
    return "\n".join(lines) + "\n"


def evidence(entry: Entry, page: Page, figures: Path) -> list[str]:
    """A prediction with its verdict, its numbers and its figures."""
    lines = [rf"\paragraph{{{prose.to_latex(html.title(entry))}}}"]
    if entry.verdict is None:
        lines.append(prose.to_latex(entry.trouble or "The profile of this run leaves this prediction out."))
        return lines
    expected = f" ({entry.expect.lower()} is expected)" if entry.expect else ""
    reason = prose.to_latex(entry.verdict.reason)
    lines.append(rf"\emph{{{str(entry.verdict.word).lower()}}}{expected}: {reason}.")
    if entry.prediction is not None and entry.prediction.remark:
        lines.append(prose.to_latex(entry.prediction.remark))
    lines += [tabular(t) for t in (tables.details(entry), tables.table(entry)) if t is not None]
    lines += certificates.latex(entry)
    for data in entry.evidence.figures if entry.evidence is not None else ():
        if worthwhile(data):
            name = pdf.file(data, figures).name
            lines.append(r"\begin{center}" + rf"\includegraphics[width=0.72\linewidth]{{figures/{name}}}\\")
            lines.append(rf"{{\footnotesize {prose.to_latex(caption(data))}}}" + r"\end{center}")
    return lines


def _rivals(page: Page) -> list[str]:
    told = [e for e in page.rivals if e.verdict is not None and e.rival is not None]
    if not told:
        return []
    rows: list[Sequence[Parts]] = [
        (
            (e.rival.name,),  # type: ignore[union-attr]
            (str(e.verdict.word).lower(),),  # type: ignore[union-attr]
            (e.verdict.detector or "",),  # type: ignore[union-attr]
        )
        for e in told
    ]
    head = ["rival", "verdict", "detector"]
    return [r"\paragraph{Rivals.}", tabular(Table(head, rows, [False, False, False]), len(rows))]


# ---------------------------------------------------------------- the document


def document(site: Site) -> str:
    """The paper: what was found, the table of all theorems, a section each, and the sources."""
    keys = dict.fromkeys(s.key for p in site.pages for s in (p.theorem.source, *p.theorem.also))
    lines = [PREAMBLE + r"\begin{abstract}", prose.to_latex(html.sentence(site)), r"\end{abstract}"]
    lines.append(prose.to_latex(html.circumstances(site)) + ".")
    lines += [prose.to_latex(warning) + r"\par" for warning in site.warnings]
    lines += [r"{\small\input{claims}}", r"\tableofcontents"]
    lines += [rf"\clearpage\input{{theorem-{page.name}}}" for page in site.pages]
    lines += [r"\begin{thebibliography}{99}", r"\raggedright"]
    lines += [rf"\bibitem{{{key}}} {_reference(key)}" for key in sorted(keys)]
    lines += [r"\end{thebibliography}", r"\end{document}", ""]
    return "\n".join(lines)


def _reference(key: str) -> str:
    found = references().get(key)
    if found is None:
        return prose.latex_text(f"{key} (not in references.bib)")
    where = ", ".join(prose.to_latex(p) for p in (found.venue, found.year) if p)
    link = rf" \url{{{found.link}}}" if found.link else ""
    return rf"{prose.to_latex(found.authors)}. \emph{{{prose.to_latex(found.title)}}}. {where}.{link}"


def build(site: Site, output: Path) -> list[Path]:
    """Write the paper into a folder of its own; returns its texts. What an earlier build left is removed."""
    figures = output / "figures"
    texts = {output / "rateproof.tex": document(site)}
    texts |= {output / "claims.tex": latex.claims(site), output / "macros.tex": macros(site)}
    texts |= {output / f"theorem-{page.name}.tex": section(page, figures) for page in site.pages}
    found = trust.read(site.results)
    if not found.missing:
        texts[output / "trust.tex"] = latex.solvers(found)
    for path, text in texts.items():
        write(path, text)
    for old in [*output.glob("theorem-*.tex"), output / "trust.tex"]:
        if old not in texts:
            old.unlink(missing_ok=True)
    kept = set(re.findall(r"\{figures/([0-9a-f]{16}\.pdf)\}", "".join(texts.values())))
    for old in figures.glob("*.pdf"):
        if old.name not in kept and re.fullmatch(r"[0-9a-f]{16}", old.stem):
            old.unlink()
    return list(texts)
