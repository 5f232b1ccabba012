"""The numerical worst case: against PEPit's values, against cvxpy, and by the function that attains it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from checks.proofs.sdp import NotSolved, WorstCase, programme, reference, worst_case
from tests.peers import ROWS, Row
from theorems.performance import Statement

PEERS = pytest.mark.parametrize("peer", ROWS, ids=lambda row: row.name)


@PEERS
def test_the_worst_case_is_the_value_of_pepit(peer: Row):
    assert worst_case(peer.statement()).ratio == pytest.approx(peer.value, rel=1e-6)


@pytest.mark.parametrize("name", ["contraction", "exact_line_search", "polyak_value", "sgd"])
def test_pepit_still_returns_that_value(name):
    pytest.importorskip("PEPit")
    peer = next(row for row in ROWS if row.name == name)
    assert peer.run_peer() == pytest.approx(peer.value, rel=1e-6)


@PEERS
def test_the_arrays_say_what_the_forms_say(peer: Row):
    """Pair by pair and monomial by monomial: the arrays are assembled without the forms."""
    statement = peer.statement()
    data = programme(statement)
    forms = statement.hypotheses()
    assert set(data.names) == set(forms)
    at = {atom: k for k, atom in enumerate(data.atoms)}
    for k, name in enumerate(data.names):
        quadratic, linear = np.zeros((2, *data.quadratic[0].shape)), dict.fromkeys(data.keys, 0.0)
        for key, c in forms[name].items():
            a, bar, b = key.partition("|")
            if bar:
                quadratic[0, at[a], at[b]] += c / 2
                quadratic[0, at[b], at[a]] += c / 2
            else:
                linear[key] = c
        scale = 1 + np.abs(quadratic[0]).max()
        assert np.abs(data.quadratic[k + 2] - quadratic[0]).max() < 1e-13 * scale
        assert np.abs(data.linear[k + 2] - list(linear.values())).max() < 1e-13 * scale


@pytest.mark.parametrize(
    "name", ["gradient_descent", "polyak_value", "heavy_ball", "saga", "sgd", "exact_line_search"]
)
def test_the_reference_in_cvxpy_agrees(name):
    statement = next(row for row in ROWS if row.name == name).statement()
    assert worst_case(statement).ratio == pytest.approx(reference(statement), rel=1e-6)


@PEERS
def test_a_function_of_the_class_attains_it(peer: Row):
    """Its Gram matrix and values fulfil every hypothesis, and left is ratio times right."""
    statement = peer.statement()
    worst = worst_case(statement)
    size = np.abs(worst.gram).max()
    assert np.linalg.eigvalsh(worst.gram)[0] > -1e-6 * size
    assert worst.value(statement.right) == pytest.approx(1, rel=1e-5)
    assert worst.value(statement.left) == pytest.approx(worst.ratio, rel=1e-5)
    for name, form in statement.hypotheses().items():
        free = statement.free(name)
        broken = abs(worst.value(form)) if free else worst.value(form)
        assert broken < 1e-5 * size * sum(map(abs, form.values())), name
        assert free or worst.multipliers[name] > -1e-6


def one_step(S: Statement, step: float) -> None:
    """Gradient descent on a convex function with L = 1."""
    f = S.function("f", 0.0, 1.0)
    S.minimiser(f)
    x = S.vector("x")
    p = S.point("0", x, f)
    S.claim(S.point("1", x - step * p.g, f).value, x.square())


@pytest.mark.parametrize("step", [0.5, 1.0, 1.4, 1.9])
def test_coordinates_are_a_function_in_few_dimensions(step):
    """One step of gradient descent on a convex function, L = 1: the worst case is
    max(1/(4 step + 2), (1 - step)^2 / 2), at a function of one variable."""
    S = Statement()
    one_step(S, step)
    worst = worst_case(S)
    assert worst.ratio == pytest.approx(max(1 / (4 * step + 2), (1 - step) ** 2 / 2), rel=1e-7)
    points = worst.coordinates(1e-4)
    assert {v.size for v in points.values()} == {1}
    assert points["x"] @ points["g0"] == pytest.approx(
        worst.gram[worst.atoms.index("x"), worst.atoms.index("g0")], abs=1e-3
    )


def test_without_a_bound_there_is_no_worst_case():
    """A subgradient step may lead anywhere."""
    S = Statement()
    f = S.function("f", 0.0, None)
    S.minimiser(f)
    x = S.vector("x")
    S.claim((x - S.point("0", x, f).g).square(), x.square())
    with pytest.raises(NotSolved, match="numeric-infeasible"):
        worst_case(S)


def test_a_claim_without_a_right_side_has_no_ratio():
    S = Statement()
    S.claim(S.vector("x").square(), 0 * S.vector("x").square())
    with pytest.raises(NotSolved, match="right side"):
        worst_case(S)


class Panic(BaseException):
    """As the bindings of Rust raise it."""


Panic.__name__ = "PanicException"


@pytest.mark.parametrize("error", [Panic("a panic"), KeyboardInterrupt()])
def test_a_panic_of_the_solver_is_told_and_an_interrupt_is_not_caught(error, monkeypatch):
    import clarabel

    def fail(*_: Any) -> WorstCase:
        raise error

    monkeypatch.setattr(clarabel, "DefaultSolver", fail)
    S = Statement()
    one_step(S, 1.0)
    with pytest.raises(NotSolved if isinstance(error, Panic) else KeyboardInterrupt):
        worst_case(S)
