"""The fast gradient method against a loop in x, and the worst errors of an oracle against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from solvers import FastGradient, GradientDescent, NesterovConvex
from solvers.problems.quadratic import Fixed, dense
from tests.test_methods import SIZE, SOLUTION, START, U, check_path, height, quadratic
from theorems.inexact_oracle import error_size, fast, gathered, grid, responses


def fast_gradient(gradient, x, rounds, step):
    """With the paper's own sequences alpha_k and A_k, and z as the start less all gradients so far."""
    start, y, weights, gathered_gradients = x, x, [], 0.0
    for k in range(rounds):
        weights.append((k + 1) / 2)
        if k:
            share = weights[k] / sum(weights)
            x = share * (start - step * gathered_gradients) + (1 - share) * y
        g = gradient(x)
        y = x - step * g
        gathered_gradients = gathered_gradients + weights[k] * g
        yield y


def test_path_is_the_papers_loop_in_x():
    Q, b = quadratic(20.0)
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    loop = fast_gradient(lambda x: Q @ x - b, START, 30, 0.05)
    check_path(FastGradient(step=0.05), instance, loop, 30, SOLUTION, height(Q, b), 8 * SIZE * 20 * U)


def test_it_is_not_nesterovs_method_with_the_momentum_k_over_k_plus_3():
    Q, b = quadratic(20.0)
    x = y = START
    *_, other = fast_gradient(lambda v: Q @ v - b, START, 4, 0.05)
    for k in range(4):
        following = y - 0.05 * (Q @ y - b)
        x, y = following, following + k / (k + 3) * (following - x)
    assert np.linalg.norm(other - x) > 1e-3 * np.linalg.norm(other)


def test_the_way_is_that_under_a_gradient_of_one():
    for steps in (1, 2, 30):
        *_, last = fast_gradient(lambda x: 1.0, 0.0, steps, 1.0)
        assert fast(steps) == pytest.approx(-last, rel=1e-14)


def test_the_worst_errors_do_what_they_are_said_to():
    steps, slope = 60, 5.2 / 60
    errors, start = responses(FastGradient(), np.array([slope]), steps, mean=False)
    xi = error_size(slope)
    chosen = iter(-xi * np.sign(errors[:, 0]))
    *_, last = fast_gradient(lambda x: slope * x + next(chosen), 0.0, steps, 1.0)
    assert slope / 2 * last**2 == pytest.approx(slope / 2 * (xi * np.abs(errors).sum()) ** 2, rel=1e-12)
    *_, alone = fast_gradient(lambda x: slope * x, 1.0, steps, 1.0)
    assert start[0] == pytest.approx(alone, rel=1e-11)
    assert slope in grid(steps)
    assert gathered(FastGradient(), steps) >= slope / 2 * last**2 * (1 - 1e-12)


@pytest.mark.parametrize("method", [GradientDescent(step=1), FastGradient(step=1), NesterovConvex(step=1)])
def test_no_other_signs_do_more_harm(method):
    steps, rng = 30, np.random.default_rng(0)
    slopes = grid(steps)
    errors, _ = responses(method, slopes, steps, mean=False)
    worst = gathered(method, steps)
    signs = rng.choice([-1.0, 1.0], (1000, steps))
    reached = slopes / 2 * (error_size(slopes) * (signs @ errors)) ** 2
    assert reached.max() <= worst
