"""Exact proofs at numbers, rounded from floats: what is true is certified, what is false by 1e-9 is not."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from checks.proofs import kernel
from checks.proofs.rounding import prove_at
from checks.proofs.symbolic import NotProved
from theorems.obligations import accelerated, gradient_descent, proximal, stochastic
from theorems.performance import Obligation, Statement, sharper

MODULES = (accelerated, gradient_descent, proximal, stochastic)
OBLIGATIONS = {
    o.name: o
    for module in MODULES
    for held in vars(module).values()
    for o in (held if isinstance(held, list | tuple) else [held])
    if isinstance(o, Obligation)
}
#: Claims that some function attains: those for which an obligation names it.
ATTAINED = sorted(o.name for o in OBLIGATIONS.values() if o.worst)
#: Claims with room, or such as no function fulfils at these numbers.
LOOSE = [
    "nesterov-strongly-convex",
    "gd-line-search",
    "loopless-svrg-few",
    "loopless-svrg-many",
    "saga-third-many",
]
NUMBERS = (Fraction(3, 7), Fraction(5, 2), Fraction(2, 3), Fraction(4))


def values(obligation: Obligation) -> tuple[Fraction, ...]:
    return NUMBERS[: len(obligation.variables)]


def test_there_are_fifteen_attained_claims():
    assert len(ATTAINED) >= 15


@pytest.mark.parametrize("name", ATTAINED)
def test_an_attained_claim_is_certified_and_no_sharper_one_is(name):
    """Sharper by 10^-2 to 10^-9; the last are true to the solver's accuracy."""
    obligation = OBLIGATIONS[name]
    certificate = prove_at(obligation, values(obligation))
    assert kernel.check(json.dumps(certificate)).startswith("interpolation")
    for k in range(2, 10):
        with pytest.raises(NotProved):
            prove_at(sharper(obligation, Fraction(1, 10**k)), values(obligation))


@pytest.mark.parametrize("name", LOOSE)
def test_a_claim_with_room_is_certified(name):
    certificate = prove_at(OBLIGATIONS[name], values(OBLIGATIONS[name]))
    assert kernel.check(json.dumps(certificate)).startswith("interpolation")


def test_the_reason_for_a_refusal_is_the_ratio():
    obligation = OBLIGATIONS["gd-distance-short"]
    with pytest.raises(NotProved, match=r"numeric-infeasible: the worst case is 1\.0101"):
        prove_at(sharper(obligation, Fraction(1, 100)), values(obligation))


def five_steps(S: Statement) -> None:
    """Gradient descent with step 1/L on convex functions: f(x_5) - f* <= L |x_0 - x*|^2 / 22."""
    f = S.function("f", 0, 1)
    S.minimiser(f)
    x = S.vector("x")
    right = x.square() / 22
    for k in range(5):
        x = x - S.point(f"{k}", x, f).g
    S.claim(S.point("5", x, f).value, right)


def test_five_steps_are_certified_from_floats():
    """42 inequalities, of which the classical proof uses eleven."""
    certificate = prove_at(Obligation("five-steps", (), five_steps), ())
    kernel.check(json.dumps(certificate))
    assert len(certificate["proof"]["multipliers"]) == 11
    with pytest.raises(NotProved):
        prove_at(sharper(Obligation("five-steps", (), five_steps), Fraction(1, 10**8)), ())
