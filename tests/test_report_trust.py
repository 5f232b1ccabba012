"""The page of the code on trial, and its table for a paper, from hand-made records."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks import trust as maker
from checks.__main__ import main
from checks.store import FORMAT, versions
from report import html, paper
from tests.test_report import WHOLE, site


def solver(name: str, broken: bool, replay: int, indices: int, **named: list[str]) -> dict[str, Any]:
    alarms = {"replay": replay, "indices": indices}
    return {"solver": name, "broken": broken, "alarms": alarms, "caught": [], "blind": [], **named}


def record(**changed: Any) -> dict[str, Any]:
    """A table with two broken solvers and a true one; gate "coins" has nothing to say of them."""
    rows = [
        solver("CD, as shipped", False, 0, 0, blind=["replay", "indices"]),
        solver("CD, step 0.9 & 20 %", True, 10, 0, caught=["replay"], blind=["indices"]),
        solver("CD, cyclic", True, 0, 7, blind=["replay"]),
    ]
    alarms = {"gate": "indices", "solver": "CD", "alarms": 101, "low": 0.0071, "high": 0.0138}
    scores = {
        "method": "SGD(step=1/(2*L_max))", "instance": "n = 8", "scores": 500, "squares": 490.0,
        "largest": 2.75, "left out": 12,
    }  # fmt: skip
    rows_of = {"solvers": rows, "false alarms": [alarms], "expectations": [scores]}
    parts = {
        name: {"key": "k", **about, "rows": changed.get(name, rows_of[name]), "seconds": 60.0}
        for name, (_, about) in maker.PARTS.items()
    }
    gates = {
        name: {"compares": f"this with {name}", "unseen": "that", "statistical": True}
        for name in ("replay", "indices", "coins")
    }
    return {"format": FORMAT, "environment": versions(), "gates": gates, "parts": parts}


def page(folder: Path, stored: dict[str, Any] | str | None) -> str:
    """The page of a report whose results hold this table."""
    found = site(folder, WHOLE)
    if stored is not None:
        text = stored if isinstance(stored, str) else json.dumps(stored)
        (found.results / maker.FILE).write_text(text, encoding="utf-8")
    html.build(found, folder / "report")
    paper.build(found, folder / "latex")
    return (folder / "report" / "trust.html").read_text(encoding="utf-8")


def test_the_matrix_says_who_catches_whom(tmp_path: Path) -> None:
    text = page(tmp_path, record())
    matrix = text[text.index('class="data matrix"') :]
    broken = matrix[matrix.index("CD, step 0.9 &amp; 20 %") :]
    cells = re.findall(r"<td(?: class=\"([^\"]*)\")?>([^<]*)</td>", broken[: broken.index("</tr>")])
    assert cells == [("caught named", "caught"), ("blind", "blind"), ("", "")]
    assert ">7 of 10</td>" in matrix
    assert ">silent</td>" in matrix
    assert matrix.index("CD, cyclic") < matrix.index("CD, as shipped"), "broken ones come first"
    assert 'class="banner"' not in text


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    text = page(tmp_path, record())
    assert "1 of 2 broken solvers are caught every time." in text
    assert "500 z-scores of 10000 runs each: sum of squares 490.0 in" in text
    assert "at most 101 of 10000, a rate in [0.0071, 0.0138] (indices, CD)." in text
    assert "12 times and measures do not pass" in text
    assert "[0.0071,\N{NO-BREAK SPACE}0.0138]" in text
    assert "180 s of work" in text


def test_what_is_amiss_is_in_the_banner_and_marked(tmp_path: Path) -> None:
    wrong = [solver("CD, step 0.9", True, 9, 1, caught=["replay"], blind=["indices"])]
    text = page(tmp_path, record(solvers=wrong))
    assert "Replay should catch “CD, step 0.9” and did 9 of 10 times." in text
    assert 'class="part named alarm">9 of 10</td>' in text
    assert 'class="part alarm">1 of 10</td>' in text


def test_other_versions_are_named(tmp_path: Path) -> None:
    old = {**record(), "environment": {**versions(), "numpy": "1.0"}}
    assert "Made with other versions than are installed now: numpy 1.0 (now" in page(tmp_path, old)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (None, "Nothing is stored: make trust tries the code"),
        ("{half", "Nothing is stored: make trust tries the code"),
        ({**record(), "format": 0}, "Nothing is stored: make trust tries the code"),
        ({"format": FORMAT}, "has an unknown shape"),
        ({**record(), "gates": 3}, "has an unknown shape"),
        (record(solvers=[{"solver": "one"}]), "has an unknown shape"),
    ],
)
def test_a_table_that_is_not_there_is_one_sentence(tmp_path: Path, stored: Any, said: str) -> None:
    text = page(tmp_path, stored)
    assert said in text
    assert "matrix" not in text[text.index("<main") :]
    assert not (tmp_path / "latex" / "trust.tex").exists()
    assert "trust.tex" not in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    some = record()
    del some["parts"]["expectations"]
    assert "There is nothing on expectations yet: make trust goes on where it stopped." in page(
        tmp_path, some
    )


def test_the_index_leads_to_the_page(tmp_path: Path) -> None:
    page(tmp_path, record())
    index = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert '<a href="trust.html">The code on trial</a>' in index
    assert "<code>trust.tex</code>" in index


def test_a_table_that_is_gone_takes_its_fragment_with_it(tmp_path: Path) -> None:
    page(tmp_path, record())
    assert (tmp_path / "latex" / "trust.tex").is_file()
    page(tmp_path, "")
    assert not (tmp_path / "latex" / "trust.tex").exists()


def test_the_table_for_a_paper_has_the_broken_solvers(tmp_path: Path) -> None:
    page(tmp_path, record())
    text = (tmp_path / "latex" / "trust.tex").read_text(encoding="utf-8")
    assert r"CD, step 0.9 \& 20 \% & \textbf{caught} & blind & -- \\" in text
    assert "as shipped" not in text
    assert "% 1 of 2 broken solvers are caught every time." in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX on this machine")
def test_the_table_compiles(tmp_path: Path) -> None:
    page(tmp_path, record())
    head = r"\documentclass{article}\usepackage{booktabs}\begin{document}"
    (tmp_path / "latex" / "main.tex").write_text(head + r"\input{trust}\end{document}")
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(line, cwd=tmp_path / "latex", capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


# ---------------------------------------------------------------- the command


def test_the_command_stores_the_table_and_its_status_says_whether_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = record()
    parts = {
        name: (lambda name=name: ((name, row) for row in made["parts"][name]["rows"]), about)
        for name, (_, about) in maker.PARTS.items()
    }
    monkeypatch.setattr(maker, "PARTS", parts)
    assert main(["trust", "--results", str(tmp_path)]) == 0
    assert "500 z-scores" in capsys.readouterr().out
    made["parts"]["expectations"]["rows"][0]["largest"] = 6.0
    (tmp_path / maker.FILE).unlink()
    assert main(["trust", "--results", str(tmp_path)]) == 1
    assert "not as it should be: a z-score of 6.00 is too large" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["trust", "--results", str(tmp_path / "file")]) == 2
    assert "results cannot be written there" in capsys.readouterr().err
