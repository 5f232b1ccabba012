"""Steps chosen from what a run sees, restarts and conjugate gradients, against plain loops in x; log-cosh."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.optimize

from solvers import (
    ConjugateGradient,
    ExactLineSearch,
    FixedRestart,
    FletcherReeves,
    FunctionRestart,
    GradientRestart,
    JacobiConjugateGradient,
    MinimalGradient,
    PolakRibiere,
    PolyakStep,
    run,
)
from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.counting import epochs_per_round
from solvers.problems.adaptive_families import badly_scaled, log_cosh, one_over, two_modes
from solvers.problems.convex import LogCosh
from solvers.problems.instance import with_run_axis
from solvers.problems.quadratic import Fixed, dense
from solvers.trajectories import every
from tests.samples import MATRIX, U
from tests.test_methods import SIZE, SOLUTION, START, check_path, height, quadratic

ROUNDS = 12


def steepest(Q, b, x, step):
    """Gradient descent with the step that ``step(g, e)`` chooses; e is x - x*."""
    for _ in range(ROUNDS):
        g = Q @ x - b
        x = x - step(g, x - SOLUTION) * g
        yield x


def restarted(Q, b, x, alpha, overshoots):
    """FISTA from t = 1 again wherever ``overshoots(steps, old, y, new)``."""
    y, t, steps = x, 1.0, 0
    for _ in range(ROUNDS):
        new, steps = y - alpha * (Q @ y - b), steps + 1
        if overshoots(steps, x, y, new):
            y, t, steps = new, 1.0, 0
        else:
            following = (1 + np.sqrt(1 + 4 * t**2)) / 2
            y, t = new + (t - 1) / following * (new - x), following
        x = new
        yield x


def conjugate(Q, b, x, beta):
    """Nonlinear conjugate gradients; on a quadratic the line search has a closed form."""
    g = Q @ x - b
    d = -g
    for _ in range(5):
        x = x - (g @ d) / (d @ Q @ d) * d
        new = Q @ x - b
        d = -new + beta(new, g) * d
        g = new
        yield x


def preconditioned(Q, b, x):
    r = b - Q @ x
    z = r / np.diag(Q)
    p = z
    for _ in range(5):
        alpha = (r @ z) / (p @ Q @ p)
        x, new = x + alpha * p, r - alpha * Q @ p
        fresh = new / np.diag(Q)
        p, r, z = fresh + (new @ fresh) / (r @ z) * p, new, fresh
        yield x


def path_of(name, Q, b):
    f = height(Q, b)
    return {
        "exact line search": lambda: steepest(Q, b, START, lambda g, e: (g @ g) / (g @ Q @ g)),
        "relaxed line search": lambda: steepest(Q, b, START, lambda g, e: 0.7 * (g @ g) / (g @ Q @ g)),
        "minimal gradient": lambda: steepest(Q, b, START, lambda g, e: (g @ Q @ g) / (g @ Q @ Q @ g)),
        "Polyak": lambda: steepest(Q, b, START, lambda g, e: e @ Q @ e / 2 / (g @ g)),
        "Polyak, twice": lambda: steepest(Q, b, START, lambda g, e: e @ Q @ e / (g @ g)),
        "fixed restart": lambda: restarted(Q, b, START, 0.25, lambda k, old, y, new: k == 4),
        "function restart": lambda: restarted(Q, b, START, 0.25, lambda k, old, y, new: f(new) > f(old)),
        "gradient restart": lambda: restarted(
            Q, b, START, 0.25, lambda k, old, y, new: (Q @ y - b) @ (new - old) > 0
        ),
        "Fletcher-Reeves": lambda: conjugate(Q, b, START, lambda new, g: (new @ new) / (g @ g)),
        "Polak-Ribiere": lambda: conjugate(Q, b, START, lambda new, g: new @ (new - g) / (g @ g)),
        "Jacobi": lambda: preconditioned(Q, b, START),
    }[name]()


METHODS = {
    "exact line search": (ExactLineSearch(), ROUNDS),
    "relaxed line search": (ExactLineSearch(relaxation=0.7), ROUNDS),
    "minimal gradient": (MinimalGradient(), ROUNDS),
    "Polyak": (PolyakStep(), ROUNDS),
    "Polyak, twice": (PolyakStep(scale=2), ROUNDS),
    "fixed restart": (FixedRestart(step=0.25, interval=3.5), ROUNDS),
    "function restart": (FunctionRestart(step=0.25), ROUNDS),
    "gradient restart": (GradientRestart(step=0.25), ROUNDS),
    "Fletcher-Reeves": (FletcherReeves(), 5),
    "Polak-Ribiere": (PolakRibiere(), 5),
    "Jacobi": (JacobiConjugateGradient(), 5),
}


@pytest.mark.parametrize("name", METHODS)
def test_path_is_the_textbook_loop_in_x(name):
    """A relative error of a step length is amplified by at most kappa a step; a few steps of it count."""
    kappa = 4.0
    Q, b = quadratic(kappa)
    method, rounds = METHODS[name]
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    check_path(method, instance, path_of(name, Q, b), rounds, SOLUTION, height(Q, b), 8 * SIZE * kappa**5 * U)


@pytest.mark.parametrize("scheme", [FixedRestart(interval=6), FunctionRestart(), GradientRestart()])
def test_a_restart_begins_anew(scheme):
    """After a restart the run is that of a new start at the iterate; without one the paths differ."""
    instance = two_modes(30.0, one_over)
    whole = run(scheme, [instance], rounds=120, grid=every).log_distance[0]
    found = protocol.evaluate(scheme, instance)
    columns = protocol.columns(found)
    problem, restarts = with_run_axis(instance.problem), 0
    state = columns.start(problem, instance.start(0)[None].copy())
    for k in range(120):
        columns.update(problem, state, None)
        if state.t[0, 0] == 1:
            restarts += 1
            state = columns.start(problem, state.x.copy())
        assert np.log(np.linalg.norm(state.x)) == pytest.approx(whole[k + 1], abs=1e-9)
    assert restarts > 2


def test_a_line_search_that_is_exact_costs_no_second_epoch():
    for method, epochs in (
        (ExactLineSearch(), 1), (MinimalGradient(), 1), (PolyakStep(), 1), (FunctionRestart(), 1),
        (JacobiConjugateGradient(), 1), (FletcherReeves(), 2), (PolakRibiere(), 2),
    ):  # fmt: skip
        assert epochs_per_round(protocol.evaluate(method, MATRIX), MATRIX) == Fraction(epochs)


# ---------------------------------------------------------------- the preconditioner


def test_jacobi_on_a_scaled_problem_is_conjugate_gradients_without_the_scaling():
    """Powers of two change no bit: the gaps are equal to the last one."""
    plain, scaled = (badly_scaled([10.0], [8], [s], worst=False).instances()[0] for s in (0, 20))
    options: dict[str, Any] = {"rounds": 7, "grid": every, "measures": ("gap",)}
    wanted = run(ConjugateGradient(), [plain], **options).log_error("gap")
    found = run(JacobiConjugateGradient(), [scaled], **options).log_error("gap")
    np.testing.assert_allclose(found, wanted, rtol=0, atol=8 * 8 * 10 * U)


# ---------------------------------------------------------------- log-cosh


def test_the_gradient_of_the_log_cosh_function_is_that_of_its_gap():
    rng = np.random.default_rng(5)
    problem = LogCosh(np.array([[1.0, 4.0, 30.0]]), np.array([[0.3]]))
    for size in (1e-3, 1.0, 20.0):
        x, d = rng.standard_normal((2, 1, 3)) * size
        h = 1e-4 * min(size, 0.3)
        difference = (problem.gap(x + h * d) - problem.gap(x - h * d)) / (2 * h)
        assert difference[0, 0] == pytest.approx(float((problem.gradient(x) * d).sum()), rel=1e-6)


def test_the_gap_of_the_log_cosh_function_has_no_floor_and_no_ceiling():
    problem = LogCosh(np.array([[1.0, 50.0]]), np.array([[0.1]]))
    tiny, huge = np.array([[0.0, 1e-140]]), np.array([[0.0, 1e6]])
    assert problem.gap(tiny)[0, 0] == pytest.approx(25 * 1e-280, rel=8 * U)
    assert problem.gap(huge)[0, 0] == pytest.approx(5e11 + 49 * 0.1 * 1e6, rel=1e-9)


@pytest.mark.parametrize("size", [1e-60, 1e-3, 1.0, 100.0])
@pytest.mark.parametrize("width", [1e-3, 1.0])
def test_the_line_search_finds_the_root_of_the_slope(size, width):
    """Against Brent's method; both stop where the slope is rounding."""
    rng = np.random.default_rng([7, round(1 / width)])
    curvatures = np.geomspace(1, 1e4, 20)
    problem = LogCosh(curvatures[None], np.array([[width]]))
    x = rng.standard_normal((1, 20)) * size
    d = -problem.gradient(x)

    def slope(a):
        return float((problem.gradient(x + a * d) * d).sum())

    found = float(problem.line_minimum(x, d)[0, 0])
    wanted = scipy.optimize.brentq(slope, 0, 1, xtol=1e-300, rtol=4 * 2**-52)
    assert found == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("method", [FletcherReeves(), GradientRestart(), PolyakStep()])
def test_the_readings_agree_on_the_log_cosh_function(method, device):
    """Ten steps, before rounding separates them; a step amplifies it by kappa at most."""
    instance = log_cosh(10.0, 6, 0.5)
    options: dict[str, Any] = {"rounds": 10, "grid": every, "measures": ("distance", "gap")}
    wanted = run(method, [instance], reading="batch", **options)
    for found in (
        run(method, [instance], reading="compiled", **options),
        run(method, [instance], arrays=Arrays("torch", device), **options),
    ):
        for measure in ("distance", "gap"):
            np.testing.assert_allclose(found.log_error(measure), wanted.log_error(measure), rtol=0, atol=1e-9)
