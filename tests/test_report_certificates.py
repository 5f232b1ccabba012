"""A proof on paper is the certificate: every printed scalar has its value, and nothing is left out unsaid."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from checks.evaluate import Task, perform
from checks.proofs import binding
from checks.trial import Settings
from report import boxes, certificates
from report.evidence import Entry, read
from theorems.theorem import HERE

FILES = sorted((HERE / "certificates").glob("*.json"))
PAGES = ("proximal-gradient", "svrg-expected-step", "heavy-ball-cycle", "chebyshev-polynomials")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_printed_scalar_has_the_value_of_the_certificates(file: Path):
    """In factors, against the reader that compares statements, at rational values of the variables."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    said = stored["statement"]
    step = said["step"] if said["kind"] == "telescoping" else said
    values = [Fraction(5 + 2 * k, 3 + k) for k in range(len(said["variables"]))]
    ours, theirs = certificates.Reader(said, step), binding.Reader(said, values)
    at = dict(zip(ours.symbols, (sp.Rational(v.numerator, v.denominator) for v in values), strict=False))
    found = scalars(stored["proof"]) + [c for side in step.get("claim", {}).values() for c in side.values()]
    for data in found[:60]:
        assert sp.Rational(ours.scalar(data).subs(at)) == sp.Rational(*theirs.scalar(data).as_integer_ratio())


def scalars(proof: dict[str, Any]) -> list[Any]:
    found = [item["value"] for item in proof.get("multipliers", [])]
    for item in proof.get("squares", []):
        found += [item["weight"], *item["vector"].values()]
    return found


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Entry]:
    """The proofs of some theorems, with the evidence of a run."""
    results = tmp_path_factory.mktemp("results")
    site = read_after(results)
    return {e.record["evidence"]["facts"]["obligation"]: e for e in site if e.record.get("kind") == "Proof"}


def read_after(results: Path) -> list[Entry]:
    from theorems.theorem import catalogue

    known = catalogue()
    for name in PAGES:
        for p in known[name][0].predictions:
            if p.kind == "Proof":
                perform(Task(name, prediction=p.id), Settings(results=results))
    return [e for page in read(results).pages if page.name in PAGES for e in page.predictions if e.record]


def test_every_proof_is_printed_with_the_kernels_line_and_how_to_check_it(entries):
    assert len(entries) >= 8
    for name, entry in entries.items():
        found = certificates.certificate(entry)
        assert found is not None
        assert found.command.startswith(
            f"python -I checks/proofs/kernel.py theorems/certificates/{name}.json"
        )
        assert found.command.split()[-1] in found.kernel
        for line in [*found.setting, *found.squares, *(b for pair in found.multipliers for b in pair)]:
            ET.fromstring(boxes.mathml(line))
            assert "Symbol(" not in boxes.plain(line)


def test_two_classes_and_their_inequalities_are_on_the_page_of_the_proximal_gradient(entries):
    found = certificates.certificate(entries["proximal-gradient"])
    assert found is not None
    lines = [boxes.plain(line).replace(certificates.GAP, " ") for line in found.setting]
    assert "class of f: μ = μ, L = μ + s" in lines
    assert "class of r: μ = 0, L = ∞" in lines
    assert len(found.multipliers) == 4
    assert len(found.squares) == 2


def test_an_orbit_is_printed_with_its_points(entries):
    found = certificates.certificate(entries["heavy-ball-cycle"])
    assert found is not None
    assert found.claim is None
    assert sum(boxes.plain(line).startswith("x_") for line in found.setting) == 3


def test_the_lines_for_a_paper_have_their_braces(entries):
    for entry in entries.values():
        text = "\n".join(certificates.latex(entry))
        assert text.count("{") == text.count("}")
        assert "[U+" not in text
        assert r"\rpFormula" in text


def test_what_is_no_proof_has_no_certificate(entries):
    entry = next(iter(entries.values()))
    other = Entry(**{**vars(entry), "record": {**entry.record, "kind": "Bound"}})
    assert certificates.certificate(other) is None
    assert certificates.latex(other) == []
