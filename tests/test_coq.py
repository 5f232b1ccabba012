"""Certificates as files for Coq: the second judge accepts them, and refuses what is false.

Here a few; ``make coq`` has all of them compiled.
"""

from __future__ import annotations

import copy
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from checks.proofs import __main__ as command
from checks.proofs import kernel
from checks.proofs.coq import NotExported, export, judged
from checks.proofs.symbolic import prove
from tests.test_proofs import DISTANCE
from theorems.theorem import HERE

CERTIFICATES = HERE / "certificates"
needs_coq = pytest.mark.skipif(
    shutil.which("coqc") is None, reason="there is no coqc; on Debian: apt-get install coq"
)


def certificate(name: str) -> dict[str, Any]:
    return json.loads((CERTIFICATES / f"{name}.json").read_text(encoding="utf-8"))


def judge(folder: Path, texts: dict[str, str]) -> dict[str, str]:
    """What Coq has against each."""
    files = {name: folder / f"{name}.v" for name in texts}
    for name, file in files.items():
        file.write_text(texts[name], encoding="utf-8")
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(files, pool.map(judged, files.values()), strict=True))


def scaled(data: dict[str, Any], path: list[Any], factor: str) -> dict[str, Any]:
    """The certificate with one polynomial of its proof or statement times a number."""
    changed = copy.deepcopy(data)
    place = changed
    for key in path:
        place = place[key]
    place = place.get("over", place)
    for key, number in place.items():
        place[key] = str(Fraction(number) * Fraction(factor))
    return changed


@needs_coq
def test_coq_accepts_what_is_proved_and_refuses_what_is_changed(tmp_path):
    """All of one kind: the rate 1 % too small, a multiplier or a square changed or dropped, the hypotheses
    of a pair left out; a hypothesis that is not among the axioms of the reals is told."""
    proved = prove(DISTANCE)
    text = export(proved, "true")
    rate = scaled(proved, ["statement", "claim", "right", "x|x"], "99/100")
    multiplier = scaled(proved, ["proof", "multipliers", 0, "value"], "101/100")
    square = scaled(proved, ["proof", "squares", 0, "weight"], "1/2")
    without = copy.deepcopy(proved)
    del without["proof"]["multipliers"][0]
    lines = text.splitlines(keepends=True)
    pair = next(k for k, line in enumerate(lines) if line.startswith("  interpolated mu_f L_f x_0"))
    assumed = text.replace(
        "Proof.\n  intros p_m", "Proof.\nAdmitted.\nTheorem other : True.\nProof.\n  intros p_m"
    )
    texts = {
        "true": text,
        "rate": export(rate, "rate"),
        "multiplier": export(multiplier, "multiplier"),
        "square": export(square, "square"),
        "without": export(without, "without"),
        "pair": "".join(lines[:pair] + lines[pair + 1 :]),
        "assumed": assumed[: assumed.index("Theorem other")] + "End Space.\nPrint Assumptions proved.\n",
    }
    against = judge(tmp_path, texts)
    assert against.pop("true") == ""
    assert against.pop("assumed") == "it assumes proved"
    assert all("Error" in text for text in against.values()), against


@needs_coq
def test_a_potential_telescopes_in_coq(tmp_path):
    """For all step numbers, by induction; with one link to the next step cut, it does not."""
    text = export(certificate("gd-convex-potential"), "potential")
    cut = text.replace("v_x (S n) = v_after n", "v_x (S n) = v_x n")
    assert cut != text
    against = judge(tmp_path, {"potential": text, "cut": cut})
    assert against["potential"] == ""
    assert "Error" in against["cut"]


@needs_coq
def test_a_root_is_a_number_whose_square_is_given(tmp_path):
    """|x|^2 <= sqrt(2) |x|^2, since sqrt(2) - 1 = sqrt(2)/2 (sqrt(2) - 1)^2 + 1 - sqrt(2)/2."""
    statement = {
        "kind": "interpolation", "variables": ["r"], "root": 2, "denominators": [], "functions": {},
        "points": {}, "assume": {}, "claim": {"left": {"x|x": "1"}, "right": {"x|x": {"1": "1"}}},
    }  # fmt: skip
    squares: list[dict[str, Any]] = [
        {"weight": {"1": "1/2"}, "vector": {"x": {"1": "1", "0": "-1"}}},
        {"weight": {"1": "-1/2", "0": "1"}, "vector": {"x": "1"}},
    ]
    data = {"statement": statement, "proof": {"multipliers": [], "squares": squares}}
    kernel.check(json.dumps(data))
    texts = {"root": export(data, "root")}
    squares[1]["weight"]["0"] = "101/100"
    texts["changed"] = export(data, "changed")
    against = judge(tmp_path, texts)
    assert against["root"] == ""
    assert "Error" in against["changed"]


def test_every_certificate_is_exported(tmp_path, capsys):
    """Except statements about numbers with many atoms."""
    assert command.main(["export", "--coq", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    left_out = [line.split(":")[0] for line in shown.splitlines() if "left out" in line]
    assert left_out == [f"gd-convex-{k}" for k in (20, 40, 60)]
    assert len(list(tmp_path.glob("*.v"))) == len(list(CERTIFICATES.glob("*.json"))) - len(left_out)


def test_the_theorem_has_the_inequality_of_every_pair_and_every_parameter(tmp_path):
    text = export(prove(DISTANCE), "distance")
    theorem = text[text.index("Theorem proved") : text.index("Proof.", text.index("Theorem proved"))]
    assert "0 < p_m -> 0 < p_s -> 0 < p_t ->" in theorem
    assert theorem.count("interpolated mu_f L_f") == 2
    assert "Axiom" not in text
    assert "Admitted" not in text


def test_a_name_that_no_theorem_promises_is_told(tmp_path, capsys):
    assert command.main(["export", "--coq", str(tmp_path), "no-such-proof"]) == 2
    assert "gd-convex-potential" in capsys.readouterr().err


def test_without_coq_one_is_told_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert command.main(["export", "--coq", str(tmp_path), "--compile"]) == 2
    assert "apt-get install coq" in capsys.readouterr().err


def test_a_sign_that_no_multiplier_shows_is_told():
    """(v - 1)^2 as a weight: it is never negative, but has a root."""
    proved = prove(DISTANCE)
    proved["proof"]["squares"][0]["weight"] = {"2,0,0": "1", "1,0,0": "-2", "0,0,0": "1"}
    with pytest.raises(NotExported, match="multiplier"):
        export(proved, "undecided")
