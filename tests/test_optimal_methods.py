"""The methods that are optimal in the worst case, against textbook loops in x, and their sequences."""

from __future__ import annotations

import numpy as np
import pytest

from solvers import ITEM, Chebyshev, OptimizedGradient, TripleMomentum, run
from solvers.problems import spectra
from solvers.problems.convex import huber
from solvers.problems.families import eigenbasis, optimized, read_at
from solvers.problems.quadratic import Fixed, dense, mode, spectrum_of
from solvers.trajectories import every
from tests.samples import U, started
from tests.test_methods import SIZE, SOLUTION, START, check_path, height, quadratic
from theorems.item import A
from theorems.optimized_gradient import theta

KAPPA = 20.0
INDEX = (np.zeros(1, int), np.zeros(1, int))


def chebyshev(Q, b, x, rounds, low, high):
    """T_k by its own recurrence, at (high + low - 2 Q)/(high - low), over its value at zero."""
    step, centre = 2 / (high - low), (high + low) / (high - low)
    solution = np.linalg.solve(Q, b)
    before, now = x - solution, centre * (x - solution) - step * (Q @ x - b)  # T_0 and T_1 of the error
    scales = [1.0, centre]
    for _ in range(rounds):
        yield solution + now / scales[-1]
        before, now = now, 2 * (centre * now - step * Q @ now) - before
        scales.append(2 * centre * scales[-1] - scales[-2])


def optimized_gradient(Q, b, x, rounds, step):
    """In the form of a sum of all gradients so far: z_k = x_0 - 2 step sum theta_i g_i."""
    theta, y, z = 1.0, x, x
    for k in range(rounds):
        g = Q @ x - b
        y, z = x - step * g, z - 2 * step * theta * g
        theta = (1 + np.sqrt(1 + (8 if k == rounds - 1 else 4) * theta**2)) / 2
        x = (1 - 1 / theta) * y + z / theta
        yield x


def triple_momentum(Q, b, x, rounds, step, factor):
    alpha, beta = (1 + factor) * step, factor**2 / (2 - factor)
    gamma, delta = factor**2 / ((1 + factor) * (2 - factor)), factor**2 / (1 - factor**2)
    before, now = x, x
    for _ in range(rounds):
        y = (1 + gamma) * now - gamma * before
        before, now = now, (1 + beta) * now - beta * before - alpha * (Q @ y - b)
        yield (1 + delta) * now - delta * before


def item(Q, b, x, rounds, step, q):
    growth, z = 0.0, x
    for _ in range(rounds):
        following = ((1 + q) * growth + 2 * (1 + np.sqrt((1 + growth) * (1 + q * growth)))) / (1 - q) ** 2
        beta = growth / ((1 - q) * following)
        delta = ((1 - q) ** 2 * following - (1 + q) * growth) / (2 * (1 + q + q * growth))
        y = (1 - beta) * z + beta * x
        g = Q @ y - b
        x, z = y - step * g, (1 - q * delta) * z + q * delta * y - delta * step * g
        growth = following
        yield z


PATHS = {
    "Chebyshev": (Chebyshev(), lambda Q, b: chebyshev(Q, b, START, 30, 1.0, KAPPA)),
    "Chebyshev, another interval": (
        Chebyshev(step=2 / 25, radius=15 / 25),
        lambda Q, b: chebyshev(Q, b, START, 30, 5.0, KAPPA),
    ),
    "OGM": (
        OptimizedGradient(step=0.05, horizon=30),
        lambda Q, b: optimized_gradient(Q, b, START, 30, 0.05),
    ),
    "triple momentum": (
        TripleMomentum(step=0.04, factor=0.7),
        lambda Q, b: triple_momentum(Q, b, START, 30, 0.04, 0.7),
    ),
    "ITEM": (ITEM(step=0.04, ratio=0.1), lambda Q, b: item(Q, b, START, 30, 0.04, 0.1)),
}


@pytest.mark.parametrize("name", PATHS)
def test_path_is_the_textbook_loop_in_x(name):
    """A step in x rounds by n u |x|; momentum adds that up over the rounds, and contraction by kappa."""
    Q, b = quadratic(KAPPA)
    method, loop = PATHS[name]
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    check_path(method, instance, loop(Q, b), 30, SOLUTION, height(Q, b), 8 * SIZE * KAPPA * U)


@pytest.mark.parametrize("end", [0, 1])
def test_chebyshev_has_the_least_error_at_both_ends_of_the_spectrum(end):
    kappa, k = 50.0, np.arange(1, 61)
    found = run(
        Chebyshev(), [spectrum_of(np.array([1.0, kappa]), "ends", mode(2, end))], rounds=60, grid=every
    )
    expected = -np.log(np.cosh(k * np.arccosh((kappa + 1) / (kappa - 1))))
    np.testing.assert_allclose(found.log_distance[0, 1:], expected, rtol=0, atol=8 * U * 60**2)


@pytest.mark.parametrize("steps", [1, 2, 7, 50])
def test_optimized_gradient_attains_its_bound_on_a_parabola_and_a_huber_function(steps):
    smoothness, radius = 3.0, 2.0
    last = float(theta._imp_(steps))
    bound = smoothness * radius**2 / (2 * last**2)
    for instance in (
        spectrum_of(np.array([smoothness]), "parabola", Fixed((radius,))),
        huber(radius / last**2, smoothness, radius),
    ):
        found = run(OptimizedGradient(horizon=steps), [instance], rounds=steps, measures=("gap",))
        assert np.exp(found.log_error("gap")[0, -1]) == pytest.approx(bound, rel=8 * U * (1 + steps**2))


def test_the_last_theta_is_that_of_the_way_under_a_gradient_of_one():
    for steps in (0, 1, 2, 30):
        assert theta._imp_(steps) ** 2 == pytest.approx(2 * optimized(steps) + 1, rel=1e-14)
    assert np.isnan(theta._imp_(np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_item_keeps_the_reciprocal_of_its_sequence():
    kappa = 30.0
    method, problem, state = started(ITEM(), spectrum_of(np.array([1.0, kappa]), "two modes"))
    for k in range(1, 40):
        method.update(problem, state, INDEX)
        assert state.a[0, 0] == pytest.approx(1 / (1 + float(A._imp_(k, kappa))), rel=8 * U * k)


def test_item_goes_on_where_its_sequence_would_overflow():
    """(1 - 1/sqrt(kappa))^(2k) is 1e-955 after 5000 steps, and the factor per step is still the same."""
    instance = spectrum_of(np.array([1.0, 100.0]), "far", mode(2, 0))
    found = run(ITEM(), [instance], rounds=12000, grid=lambda k: np.array([k - 1000, k]), reading="batch")
    fall = np.diff(found.log_distance[0, 1:])[0]
    assert fall == pytest.approx(1000 * np.log(0.9), rel=1e-6)


def test_triple_momentum_attains_its_bound_at_every_step():
    kappa, k = 50.0, np.arange(1, 61)
    q = 1 / np.sqrt(kappa)
    instance = spectrum_of(np.array([1.0, kappa]), "ends", mode(2, 1))
    found = run(TripleMomentum(), [instance], rounds=60, grid=every, measures=("gap",))
    expected = np.log(kappa * kappa / 2) + 2 * k * np.log(1 - q)
    np.testing.assert_allclose(found.log_error("gap")[0, 1:], expected, rtol=0, atol=2 * 8 * U * 60)


def test_an_instance_that_is_read_at_an_epoch_says_so():
    arguments = {"spectrum": spectra.uniform, "n": 3, "kappa": 4.0, "start": "ones"}
    instance = read_at(5, eigenbasis, **arguments)
    assert "read at epoch 5" in instance.label
    assert {str(s): v for s, v in instance.constants.items()}["T"] == 5
