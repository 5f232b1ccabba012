"""Laws of deep linear nets against independent integrations, and observed iterates against plain loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.integrate

from solvers import SAGA, GradientDescent, HeavyBall, RandomSVRG, run
from solvers.observe import crossing, iterates
from solvers.problems.deep_families import aligned, starting_at, target
from solvers.trajectories import every
from tests.samples import CONSISTENT, SPECTRUM
from theorems.deep_linear_dynamics import sigmoids
from theorems.deep_linear_plateaus import chain, end_to_end, flow_time

WEIGHTS = np.array([[0.4, 0.9, 0.7], [-0.3, 0.8, 1.1]])


def test_iterates_are_those_of_a_plain_loop_and_of_a_run():
    w, previous = WEIGHTS.copy(), WEIGHTS.copy()
    method = HeavyBall(step=0.05, momentum=0.5)
    instance = chain(WEIGHTS, "chain")
    seen = [x.copy() for x in itertools.islice(iterates(method, [instance], range(2)), 41)]
    for x in seen:
        np.testing.assert_allclose(x, w, rtol=1e-13)
        p = w.prod(1, keepdims=True)
        w, previous = w - 0.05 * (p - 1) * p / w + 0.5 * (w - previous), w
    found = run(method, [instance], range(2), rounds=40, grid=every)
    errors = np.array([np.abs(x.prod(1) - 1) for x in seen]).T
    np.testing.assert_allclose(np.exp(found.log_distance), errors, rtol=1e-12)


def test_iterates_refuse_what_does_not_advance_together():
    with pytest.raises(ValueError, match="instances of one type"):
        next(iterates(GradientDescent(step=0.1), [SPECTRUM, CONSISTENT]))
    with pytest.raises(ValueError, match="by chance"):
        next(iterates(RandomSVRG(), [CONSISTENT]))


def test_iterates_of_a_sampled_method_are_those_of_a_run():
    seen = [x.copy() for x in itertools.islice(iterates(SAGA(), [CONSISTENT], range(2)), 71)]
    found = run(SAGA(), [CONSISTENT], range(2), rounds=70, grid=every, reading="batch")
    errors = np.array([np.linalg.norm(x, axis=1) for x in seen]).T
    np.testing.assert_allclose(np.log(errors), found.log_distance, rtol=0, atol=1e-9)


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_the_time_of_the_flow_is_that_of_an_integration(depth):
    w = 0.8 * np.random.default_rng(depth).standard_normal((20, depth))
    w = w[np.abs(w.prod(1)) < 0.5]
    assert set(np.sign(w.prod(1))) == {-1, 1}

    def field(t, x):
        return (1 - x.prod()) * np.array([np.delete(x, i).prod() for i in range(depth)])

    for row, time in zip(w, flow_time(w), strict=True):
        solved = scipy.integrate.solve_ivp(field, (0, time), row, rtol=1e-11, atol=1e-13)
        assert solved.y[:, -1].prod() == pytest.approx(0.5, abs=1e-6)


def test_a_crossing_is_interpolated_between_rounds():
    found = crossing(
        GradientDescent(step=0.05), [chain(WEIGHTS, "chain")], range(2), end_to_end, 0.5, limit=400
    )
    products = [x.prod(1).copy() for x in itertools.islice(iterates(
        GradientDescent(step=0.05), [chain(WEIGHTS, "chain")], range(2)), 401)]  # fmt: skip
    for b in range(2):
        before = int(found[b])
        assert products[before][b] < 0.5 <= products[before + 1][b]
    assert np.isnan(crossing(GradientDescent(step=0.05), [chain(WEIGHTS, "chain")], [1], end_to_end, 0.5, 2))


@pytest.mark.parametrize("depth", [2, 4])
def test_aligned_weights_are_balanced_and_aligned(depth):
    goal = target(3, 5.0)
    weights = aligned(goal, depth, 0.2)
    for first, second in itertools.pairwise(weights):
        np.testing.assert_allclose(second.T @ second, first @ first.T, atol=1e-14)
    U, _, Vt = np.linalg.svd(goal)
    product = np.linalg.multi_dot(weights[::-1])
    np.testing.assert_allclose(U.T @ product @ Vt.T, 0.2 * np.eye(3), atol=1e-14)
    assert starting_at(goal, weights, "net").dimension == 9 * depth


def test_the_sigmoid_of_two_layers_solves_its_equation():
    t, s = np.linspace(0, 2, 2001), np.array([3.0, 1.0])
    closed = sigmoids(t, s, 0.05, 2)
    assert np.all(closed[0] == pytest.approx(0.05))
    slope = (closed[2:] - closed[:-2]) / (t[2] - t[0])
    inner = closed[1:-1]
    np.testing.assert_allclose(slope, 2 * inner * (s - inner), atol=2e-5)
