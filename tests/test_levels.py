"""python -m checks.proofs prove: which level an obligation reaches, and what is said where it fails."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from checks.proofs import kernel
from checks.proofs.__main__ import main
from checks.proofs.fitting import prove_without_hints
from tests.test_rounding import OBLIGATIONS
from theorems.obligations import accelerated

MINE = '''
from theorems.performance import Obligation

def step(power, declared):
    def state(S, m, s, t):
        mu, L = m, m + s
        step = 2 / (mu + L) / (1 + t)
        f = S.function("f", mu, L)
        S.minimiser(f)
        x = S.vector("x")
        after = x - step * S.point("0", x, f).g
        S.claim(after.square(), (1 - mu * step) ** power * x.square())
    support = [("star", "0"), ("0", "star")]
    worst = [lambda m, s, t: {"x": 1, "g0": m}] if declared else []
    name = f"step-{power}" + ("-declared" if declared else "")
    return Obligation(name, ("m", "s", "t"), state, support, worst=worst)

def unbounded(S, h):
    """A subgradient step may lead anywhere."""
    f = S.function("f", 0 * h, None)
    S.minimiser(f)
    x = S.vector("x")
    S.claim((x - h * S.point("0", x, f).g).square(), x.square())

declared, bare, false = step(2, True), step(2, False), step(3, False)
nowhere = Obligation("nowhere", ("h",), unbounded)
theorems = []
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(MINE, encoding="utf-8")
    return file


def test_what_is_declared_is_proved_for_all_parameters(mine, capsys):
    assert main(["prove", f"{mine}::step-2-declared"]) == 0
    shown = capsys.readouterr().out
    assert "symbolic: interpolation: left <= right" in shown
    assert "level reached by step-2-declared: symbolic" in shown


def test_a_variable_of_the_file_is_a_name_too(mine, capsys):
    assert main(["prove", f"{mine}::declared"]) == 0
    assert "step-2-declared: symbolic" in capsys.readouterr().out


def test_without_hints_it_is_proved_for_all_parameters_too(mine, capsys):
    assert main(["prove", f"{mine}::bare"]) == 0
    shown = capsys.readouterr().out
    assert "symbolic: no, step-2: not unique, free are 0-star" in shown
    assert "level reached by step-2: symbolic, without hints" in shown


def test_a_claim_that_no_quotient_of_polynomials_proves_is_proved_at_numbers(mine, capsys):
    """The textbook's rate of Nesterov's method has room, so the multipliers are not unique."""
    file = Path(accelerated.__file__)
    copied = mine.parent / "copied.py"
    copied.write_text(
        file.read_text(encoding="utf-8").replace('[("y", "next"), ("x", "y"), ("star", "y")]', "[]")
    )
    assert main(["prove", f"{copied}::nesterov"]) == 0
    shown = capsys.readouterr().out
    assert "no rational fit" in shown
    assert "exact: proved at 4 of 4 points" in shown
    assert "level reached by nesterov-strongly-convex: exact" in shown


@pytest.mark.parametrize(
    "name",
    ["gd-value-best", "gd-gradient-short", "gd-polyak", "triple-momentum", "saga", "svrg-inner"],
)
def test_known_proofs_are_found_without_hints(name):
    certificate = prove_without_hints(replace(OBLIGATIONS[name], support=(), known={}, worst=()))
    assert "for all" in kernel.check(json.dumps(certificate))


def test_a_rate_that_is_too_small_comes_with_its_worst_case(mine, capsys):
    """(1 - mu step)^3: the worst case is 1/(1 - mu step) times it, at mu x^2/2; largest at m = 5/2, s = 1/20,
    t = 1, where 1 - mu step = 51/101."""
    assert main(["prove", f"{mine}::step-3"]) == 1
    shown = capsys.readouterr().out
    assert "exact: no, proved at 0 of 4 points" in shown
    assert "numeric-infeasible" in shown
    ratio = float(re.search(r"numeric: no, the worst case is ([\d.]+) times", shown)[1])
    assert ratio == pytest.approx(101 / 51, rel=1e-7)
    x, g = (float(re.search(rf"^ +{name} = \((-?[\d.]+)\)", shown, re.MULTILINE)[1]) for name in ("x", "g0"))
    assert g / x == pytest.approx(2.5, rel=1e-4)
    assert "every hypothesis holds" in shown
    assert "level reached by step-3: refuted" in shown


def test_without_a_worst_case_the_reason_is_told(mine, capsys):
    assert main(["prove", f"{mine}::nowhere"]) == 1
    shown = capsys.readouterr().out
    assert "numeric-infeasible: no multipliers bound" in shown
    assert "level reached by nowhere: none" in shown


@pytest.mark.parametrize(
    ("place", "said"),
    [("mine.py", "no place"), ("none.py::a", "no such file"), ("mine.py::a", "it has nowhere, step-2")],
)
def test_a_wrong_place_is_told(mine, capsys, place, said):
    assert main(["prove", str(mine.parent / place)]) == 2
    assert said in capsys.readouterr().err
