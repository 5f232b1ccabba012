"""The page of audited optimisers: what is stored is shown, and only that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from checks.store import FORMAT, versions
from report import audits, html
from tests.test_report import WHOLE, site

KAPPA = {
    "against": ["kappa"], "problems": ["kappa = 10", "kappa = 320"], "trouble": "", "remark": "",
    "exponents": [1.003], "widths": [0.012], "power of log(1/epsilon)": [1.03, 0.06],
}  # fmt: skip


def record(**changed: Any) -> dict[str, Any]:
    """A step that is ten percent off, with a name that HTML would take for markup."""
    return {
        "target": "mine.step<b>", "arguments": {"lr": "0.9/L"}, "kind": "a step(x, oracle)", "like": "",
        "identity": {"lines": ["its step is 0.9 times 1/L"], "matches": {}, "name": "gradient descent"},
        "honesty": {"lines": []}, "scalings": {"kappa": KAPPA}, "epochs per iterate": 1.0,
        "findings": [
            {"theorem": "one", "prediction": "bound", "word": "satisfies", "reason": "", "faster": False},
            {"theorem": "one", "prediction": "complexity", "word": "violates", "reason": "", "faster": True},
            {"theorem": "two", "prediction": "bound", "word": "violates", "reason": "", "faster": False},
        ],
        "faults": ["its step is 0.9 times 1/L"], **changed,
    }  # fmt: skip


def store(folder: Path, name: str, content: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def whole(**changed: Any) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "versions": versions(),
        "replay": "python -m checks audit",
        "audit": record(**changed),
    }


def test_an_audit_has_a_page_that_the_index_names(tmp_path):
    found = site(tmp_path, WHOLE)
    store(found.results, "audit-mine.json", whole())
    html.build(found, tmp_path / "report")
    text = (tmp_path / "report" / "audits.html").read_text(encoding="utf-8")
    assert "mine.step&lt;b&gt; lr=0.9/L" in text
    assert "1 optimiser audited, 1 with something to look at." in text
    assert "epochs scale as kappa^1.003 in [0.991, 1.015] (kappa = 10 to kappa = 320)" in text
    assert "is faster than 1: one" in text
    assert "violates 1: two" in text
    assert 'href="audits.html"' in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_without_an_audit_there_is_no_page_and_an_old_one_goes(tmp_path):
    found = site(tmp_path, WHOLE)
    store(tmp_path / "report", "audits.html", "old")
    html.build(found, tmp_path / "report")
    assert not (tmp_path / "report" / "audits.html").exists()
    assert "audits.html" not in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_a_file_that_is_no_audit_is_named(tmp_path):
    store(tmp_path, "audit-good.json", whole())
    store(tmp_path, "audit-old.json", {**whole(), "format": 0})
    store(tmp_path, "audit-torn.json", [1])
    found, unreadable = audits.read(tmp_path)
    assert [audit.faults for audit in found] == [1]
    assert [text.split(" has ")[0] for text in unreadable] == ["audit-old.json", "audit-torn.json"]
    assert "remove it, and audit again" in unreadable[0]
