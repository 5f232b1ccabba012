"""The kernel accepts what is proved and refuses everything else; the prover finds two classical proofs."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.proofs import kernel
from checks.proofs.symbolic import NotProved, prove
from theorems.performance import Obligation, Statement

KERNEL = Path(kernel.__file__)


def gradient_descent(power: int, value: bool) -> Any:
    """|x_1 - x*|^2 or f(x_1) - f* falls by (1 - mu step)^power, for 0 < mu < L and 0 < step < 2/(mu + L)."""

    def state(S: Statement, m: Any, s: Any, t: Any) -> None:
        mu, L = m, m + s
        step = 2 / (mu + L) / (1 + t)
        f = S.function("f", mu, L)
        S.minimiser(f)
        x = S.vector("x")
        here = S.point("0", x, f)
        after = x - step * here.g
        rate = (1 - mu * step) ** power
        if value:
            S.claim(S.point("1", after, f).value, rate * here.value)
        else:
            S.claim(after.square(), rate * x.square())

    return state


def along_mu(m: Any, s: Any, t: Any) -> dict[str, Any]:
    return {"x": 1, "g0": m, "g1": m * (1 - m * 2 / (2 * m + s) / (1 + t))}


PAIRS = [("0", "1"), ("star", "0"), ("star", "1")]
DISTANCE = Obligation("distance", ("m", "s", "t"), gradient_descent(2, False), worst=[along_mu])
VALUE = Obligation("value", ("m", "s", "t"), gradient_descent(2, True), PAIRS, worst=[along_mu])


@pytest.mark.parametrize("obligation", [DISTANCE, VALUE], ids=lambda o: o.name)
def test_gradient_descent_is_proved_for_all_parameters(obligation, tmp_path):
    certificate = prove(obligation)
    name = kernel.sha256(certificate["statement"])
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(certificate))
    done = subprocess.run(
        [sys.executable, "-I", KERNEL, file, "--statement", name], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert f"for all m, s, t > 0 [{name}]" in done.stdout
    other = subprocess.run([sys.executable, "-I", KERNEL, file, "--statement", "0" * 64], capture_output=True)
    assert other.returncode == 1


@pytest.mark.parametrize("value", [False, True])
def test_a_faster_rate_is_not_proved(value):
    """(1 - mu step)^3 is false: the worst case is no null vector of anything."""
    false = Obligation(
        "false", ("m", "s", "t"), gradient_descent(3, value), PAIRS if value else (), worst=[along_mu]
    )
    with pytest.raises(NotProved):
        prove(false)


def numbers(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all rational numbers in a certificate."""
    if isinstance(data, dict):
        return [p for k, v in data.items() for p in numbers(v, (*path, k))]
    if isinstance(data, list):
        return [p for k, v in enumerate(data) for p in numbers(v, (*path, k))]
    return [path] if isinstance(data, str) and kernel.NUMBER.fullmatch(data) and path[-1] != "of" else []


def test_a_changed_number_is_refused():
    """Every number of the proof, changed in three ways; a change of sign within a square of one atom alone
    would leave the square as it is, so squares are changed by factors."""
    certificate = prove(VALUE)
    for where in numbers(certificate["proof"]):
        for factor in ("101/100", "1/2", "2"):
            broken = copy.deepcopy(certificate)
            place = broken
            for key in ("proof", *where[:-1]):
                place = place[key]
            if "of" in where[:-1]:
                continue
            changed = kernel.Fraction(place[where[-1]]) * kernel.Fraction(factor)
            place[where[-1]] = str(changed)
            with pytest.raises(kernel.Refused):
                kernel.check(json.dumps(broken))


def false_statement(**changes: Any) -> dict[str, Any]:
    """|x|^2 <= |x|^2 / 2, with whatever may deceive a checker."""
    statement = {
        "kind": "interpolation", "variables": [], "denominators": [], "functions": {}, "points": {},
        "assume": {}, "claim": {"left": {"x|x": "1"}, "right": {"x|x": "1/2"}},
    }  # fmt: skip
    return statement | changes


SQUARE = [{"weight": "-1/2", "vector": {"x": "1"}}]
DECEPTIONS = {
    "a negative weight": (false_statement(), SQUARE),
    "an unreduced root": (
        false_statement(variables=["r"], root=2), [{"weight": {"2": "-1/4"}, "vector": {"x": "1"}}],
    ),
    "a negative denominator": (
        false_statement(variables=["v"], denominators=[{"0": "-1"}]),
        [{"weight": {"over": {"0": "1/2"}, "by": [1]}, "vector": {"x": "1"}}],
    ),
    "a zero denominator": (false_statement(), [{"weight": "1/0", "vector": {"x": "1"}}]),
    "a float": (false_statement(), [{"weight": -0.5, "vector": {"x": "1"}}]),
    "an atom with a bar": (false_statement(), [{"weight": "1", "vector": {"x|x": "1"}}]),
    "a root of a square": (false_statement(variables=["r"], root=-4), SQUARE),
}  # fmt: skip


@pytest.mark.parametrize("name", DECEPTIONS)
def test_a_false_statement_is_refused(name):
    statement, squares = DECEPTIONS[name]
    with pytest.raises(kernel.Refused):
        kernel.check(json.dumps({"statement": statement, "proof": {"multipliers": [], "squares": squares}}))


def test_a_field_that_is_given_twice_is_refused():
    text = json.dumps({"statement": false_statement(), "proof": {"multipliers": [], "squares": []}})
    with pytest.raises(kernel.Refused, match="given twice"):
        kernel.check(text[:-1] + ', "proof": {"multipliers": [], "squares": []}}')


def test_garbage_is_refused_and_never_crashes():
    """A certificate whose text is damaged at random."""
    text, rng = json.dumps(prove(DISTANCE)), random.Random(0)
    wanted = kernel.sha256(json.loads(text)["statement"])
    for _ in range(500):
        damaged = list(text)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice('0123456789-/{}[]",:xyz~|. e')
        if "".join(damaged) != text:
            try:
                kernel.check("".join(damaged), wanted)
            except kernel.Refused:
                continue
            assert json.loads("".join(damaged))["statement"] == json.loads(text)["statement"]


@pytest.mark.parametrize(
    ("coefficients", "answer"),
    [([1, -1, 1], True), ([2, -3, 1], False), ([0, 1], True), ([-1, 1], False), ([1, -2, 1], False)],
)
def test_sturm_decides_positivity_on_the_half_line(coefficients, answer):
    assert kernel.positive([kernel.Fraction(c) for c in coefficients]) is answer


def test_the_kernel_stays_small():
    lines = KERNEL.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 100
    assert sum(bool(line.strip()) for line in lines) <= 350
