"""Epochs are counted by the oracle that does the work."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from solvers import (
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    ConjugateGradient,
    DiminishingSGD,
    GradientDescent,
    HeavyBall,
    MomentumSGD,
    Nesterov,
    NesterovConvex,
    RandomizedCoordinateDescent,
    run,
)
from solvers import method as protocol
from solvers.counting import epochs_per_round
from solvers.method import method as declare
from solvers.methods.gradient_descent import Iterate
from solvers.problems.least_squares import gaussian_rows
from solvers.problems.quadratic import dense
from solvers.trajectories import every
from solvers.vocabulary import axpy, gradient
from tests.samples import CONSISTENT, MATRIX, SPECTRUM, pair_name

ONE_EPOCH = [
    (GradientDescent(), SPECTRUM),
    (GradientDescent(), CONSISTENT),
    (HeavyBall(), MATRIX),
    (Nesterov(), MATRIX),
    (NesterovConvex(), MATRIX),
    (ConjugateGradient(), MATRIX),
    (BarzilaiBorwein1(), MATRIX),
    (BarzilaiBorwein2(), CONSISTENT),
    (RandomizedCoordinateDescent(), MATRIX),
    (AcceleratedCoordinateDescent(), MATRIX),
    (SGD(), CONSISTENT),
    (DiminishingSGD(), CONSISTENT),
    (MomentumSGD(), CONSISTENT),
    (SAG(), CONSISTENT),
    (SAGA(), CONSISTENT),
]


def cost(method: Any, instance: Any) -> Fraction:
    return epochs_per_round(protocol.evaluate(method, instance), instance)


@pytest.mark.parametrize(("method", "instance"), ONE_EPOCH, ids=pair_name)
def test_a_round_costs_one_epoch(method, instance):
    """A gradient, a product, n partial derivatives, or N components: exactly one, in rationals."""
    assert cost(method, instance) == 1


@pytest.mark.parametrize("inner", [1, 7, 12, 24])
def test_a_round_of_svrg_costs_the_snapshot_and_two_components_a_step(inner):
    assert cost(SVRG(inner=inner), CONSISTENT) == Fraction(12 + 2 * inner, 12)


def test_the_default_round_of_svrg_costs_five_epochs():
    """m = 2N, so (N + 2m)/N = 5 whatever N is."""
    assert cost(SVRG(), CONSISTENT) == cost(SVRG(), gaussian_rows(31, 2, 0.0, "many")) == 5


def test_a_method_that_asks_for_two_gradients_pays_for_two():
    """The count follows the text, not a table: a method nobody has seen is counted too."""

    @declare(state=Iterate, degrees=(1,))
    class Twice(GradientDescent):
        def update(self, problem: Any, state: Any, i: Any) -> None:
            axpy(state.x, -self.step, gradient(problem, state.x))
            axpy(state.x, -self.step, gradient(problem, state.x))

    assert cost(Twice(), MATRIX) == 2


def test_a_run_reports_epochs_and_not_rounds():
    found = run(SVRG(inner=6), [CONSISTENT], rounds=4, grid=every)
    assert found.epochs[0].tolist() == [0, 2, 4, 6, 8]


def test_counting_leaves_the_instance_as_it_was():
    instance = dense(MATRIX.problem.Q.copy(), "counted")
    before = instance.problem.Q.copy(), instance.start(0)
    cost(RandomizedCoordinateDescent(), instance)
    assert np.array_equal(instance.problem.Q, before[0])
    assert np.array_equal(instance.start(0), before[1])
