"""The report's LaTeX: it compiles, says what the evidence says, and a text cannot act in it."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from report import latex, paper, prose
from tests.test_report import FITTED, NASTY, WHOLE, record, site, theorem

needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")


def compiled(folder: Path, name: str) -> str:
    """The text of the PDF."""
    pypdf = pytest.importorskip("pypdf")
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    for _ in range(2):  # references are known the second time
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]
    assert "undefined" not in done.stdout
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(folder / f"{name}.pdf").pages)


def nasty(**changed: Any) -> Any:
    return theorem(title=NASTY, statement=NASTY, remark=NASTY, **changed)


def test_claims_has_one_row_a_theorem(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE, theorem(), theorem(name="other", title="Another"))
    rows = [line for line in latex.claims(found).splitlines() if line.endswith(r"\\") and " & " in line][1:]
    assert rows == [
        r"An example & $\kappa^{1}$ & $\kappa^{1.000}$ [0.994,~1.006] & holds \\",
        r"Another & -- & -- & no evidence \\",
    ]


def test_every_number_has_a_command_of_letters(tmp_path: Path) -> None:
    written = paper.macros(site(tmp_path, WHOLE, theorem(), theorem(name="two-2-rates")))
    defined = dict(re.findall(r"\\providecommand\{\\(rp[A-Za-z]+)\}\{(.*)\}", written))
    assert defined["rpTheorems"] == "2"
    assert (defined["rpRivalsRefuted"], defined["rpRivals"]) == ("1", "1")
    assert defined["rpExampleVerdict"] == "holds"
    assert defined["rpExampleComplexityMeasured"] == r"$\kappa^{1.000}$ [0.994,~1.006]"
    assert defined["rpTwoTwoRatesVerdict"] == "no evidence"


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE)
    contents = []
    for name in ("one", "two", "one"):
        paper.build(found, tmp_path / name)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        contents.append({p.relative_to(tmp_path / name): p.read_bytes() for p in files})
    assert contents[0] == contents[1] == contents[2]
    assert sum(p.suffix == ".pdf" for p in contents[0]) == 2


def test_what_an_earlier_build_left_goes(tmp_path: Path) -> None:
    for name in ("theorem-gone.tex", "notes.tex", "figures/0123456789abcdef.pdf", "figures/mine.pdf"):
        (tmp_path / "tex" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tex" / name).write_text("old")
    paper.build(site(tmp_path, WHOLE), tmp_path / "tex")
    left = {p.name for p in (tmp_path / "tex").rglob("*")}
    assert {"notes.tex", "mine.pdf", "theorem-example.tex"} <= left
    assert not {"theorem-gone.tex", "0123456789abcdef.pdf"} & left


def test_a_text_cannot_act(tmp_path: Path) -> None:
    bad = record(verdict={"word": "HOLDS", "reason": NASTY, "detector": NASTY})
    found = site(tmp_path, {**WHOLE, "bound": bad}, nasty())
    for text in (latex.claims(found).split(r"\midrule")[1], paper.section(found.pages[0], tmp_path)):
        assert not re.search(r"\\input\{x", text)
        assert r"\textbackslash{}input\{x\}" in text


@needs_latex
def test_the_paper_compiles_and_says_what_was_found(tmp_path: Path) -> None:
    signs = "".join(prose.MATHS) + "é–—“”…√κ☃"
    others = [theorem(name=f"t{k}", title=text) for k, text in enumerate((signs, '"quoted" x^2 λ_i'))]
    rows = [{**FITTED["evidence"]["rows"][0], "kappa": float(k)} for k in range(2, 30)]
    many = {**FITTED, "evidence": {**FITTED["evidence"], "rows": rows}}
    found = site(tmp_path, {**WHOLE, "complexity": many}, nasty(), *others)
    paper.build(found, tmp_path / "tex")
    text = " ".join(compiled(tmp_path / "tex", "rateproof").split())
    assert "1 holds" in text
    assert "1 of 1 rivals refuted" in text
    assert "Holds: never exceeded on 2 instances." in text
    assert "step 1/(2L) refuted dominance" in text
    assert f"{len(rows) - paper.ROWS} more rows are in the report." in text
    assert "Nesterov" in text.split("References")[1]
    assert "<script>alert(1)</script>" in text  # as text


@needs_latex
def test_a_section_stands_alone_with_its_numbers(tmp_path: Path) -> None:
    paper.build(site(tmp_path, WHOLE), tmp_path / "tex")
    packages = "booktabs,longtable,array,graphicx,amsmath"
    (tmp_path / "tex" / "mine.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{{packages}}}\input{{macros}}\begin{{document}}"
        r"Measured: \rpExampleComplexityMeasured. \nocite{*}\input{claims}\input{theorem-example}"
        r"\begin{thebibliography}{9}\bibitem{nesterov2004}N\end{thebibliography}\end{document}"
    )
    text = " ".join(compiled(tmp_path / "tex", "mine").split())
    assert "Measured: κ1.000 [0.994, 1.006]." in text
    assert "1 An example" in text
