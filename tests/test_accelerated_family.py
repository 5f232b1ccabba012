"""Momentum and acceleration with sampled gradients: textbook loops, the tree of all draws, equivalences."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from solvers import (
    SGD,
    AcceleratedCoordinateDescent,
    AcceleratedKaczmarz,
    CatalystCoordinateDescent,
    CatalystSVRG,
    MaSS,
    NesterovCoordinateDescent,
    NesterovSGD,
)
from solvers import constants as c
from solvers.counting import epochs_per_round
from solvers.flat import log_mean_square_factor
from solvers.method import evaluate
from solvers.modal import Modal
from solvers.moments import SecondMoment
from solvers.problems.least_squares import least_squares, square_root
from solvers.problems.quadratic import Fixed, dense, unit_diagonal
from solvers.problems.sampled_families import flat_design
from tests.samples import U
from tests.test_methods import ROWS, SAMPLES, SIZE, SOLUTION, START, TARGET, check_path, draws_of, height

# ---------------------------------------------------------------- textbook loops, in x with x* != 0


def schedule(sigma, n, gamma):
    """Nesterov's gamma_k, alpha_k, beta_k from gamma_{-1}, by a polynomial's roots."""
    while True:
        gamma = max(np.roots([1, gamma**2 * sigma / n - 1 / n, -(gamma**2)]).real)
        yield gamma, (n - gamma * sigma) / (gamma * (n**2 - sigma)), 1 - gamma * sigma / n


def nesterov_sgd(A, b, x, rounds, draws, step, momentum):
    previous = x
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            y = x + momentum * (x - previous)
            x, previous = y - step * A[i] * (A[i] @ y - b[i]), x
        yield x


def mass(A, b, w, rounds, draws, step, pace, long):
    """The source's first form, in w and u: eta_2 = (eta - alpha delta)/(1 + alpha)."""
    u, gamma = w, (1 - pace) / (1 + pace)
    second = (step - pace * long) / (1 + pace)
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            g = A[i] * (A[i] @ u - b[i])
            new = u - step * g
            u, w = (1 + gamma) * new - gamma * w + second * g, new
        yield w


def accelerated_kaczmarz(A, b, x, rounds, draws, sigma):
    v, parameters = x, schedule(sigma, SAMPLES, 0)
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            gamma, alpha, beta = next(parameters)
            y = alpha * v + (1 - alpha) * x
            s = A[i] * (A[i] @ y - b[i])
            x, v = y - s, beta * v + (1 - beta) * y - gamma * s
        yield x


def catalyst_svrg(A, b, x, rounds, draws, step, smoothing, momentum, inner, ahead):
    previous = x
    for _ in range(rounds):
        centre = x + momentum * (x - previous)
        previous, x = x, x + ahead * (centre - x)
        snapshot = x
        full = A.T @ (A @ snapshot - b) / SAMPLES
        for i in draws(inner, SAMPLES):
            g = A[i] * (A[i] @ x - b[i]) - A[i] * (A[i] @ snapshot - b[i]) + full
            x = x - step * (g + smoothing * (x - centre))
        yield x


LOOPS = {
    "Nesterov SGD": (NesterovSGD(0.2, 0.6), lambda d: nesterov_sgd(ROWS, TARGET, START, 20, d, 0.2, 0.6)),
    "MaSS": (MaSS(0.4, 0.2, 0.9), lambda d: mass(ROWS, TARGET, START, 20, d, 0.4, 0.2, 0.9)),
    "accelerated Kaczmarz": (
        AcceleratedKaczmarz(convexity=0.3),
        lambda d: accelerated_kaczmarz(ROWS, TARGET, START, 20, d, 0.3),
    ),
    "Catalyst around SVRG": (
        CatalystSVRG(0.2, 0.1, 0.5, 13, 0.7),
        lambda d: catalyst_svrg(ROWS, TARGET, START, 20, d, 0.2, 0.1, 0.5, 13, 0.7),
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_path_of_an_accelerated_stochastic_method_is_the_textbook_loop_in_x(name):
    """A step rounds by at most 8 n u |x| for each of its two vectors; 20 rounds add that up."""
    method, loop = LOOPS[name]
    least = np.linalg.lstsq(ROWS, TARGET, rcond=None)[0]
    r = TARGET - ROWS @ least
    instance = least_squares(ROWS, "in x", r, Fixed(tuple(START - least)))
    Q, b = ROWS.T @ ROWS / SAMPLES, ROWS.T @ TARGET / SAMPLES
    steps = 20 * (13 if "SVRG" in name else SAMPLES)
    check_path(method, instance, loop(draws_of("in x")), 20, least, height(Q, b), 16 * SIZE * steps * U)


def nesterov_coordinate_descent(Q, b, x, rounds, draws, sigma):
    x, v, parameters = x.copy(), x.copy(), schedule(sigma, SIZE, 1 / (2 * SIZE))
    for _ in range(rounds):
        for i in draws(SIZE, SIZE):
            gamma, alpha, beta = next(parameters)
            y = alpha * v + (1 - alpha) * x
            s = np.eye(SIZE)[i] * (Q[i] @ y - b[i]) / Q[i, i]
            x, v = y - s, beta * v + (1 - beta) * y - gamma * s
        yield x


def catalyst_coordinate_descent(Q, b, x, rounds, draws, smoothing, momentum, passes, ahead):
    previous = x
    for _ in range(rounds):
        centre = x + momentum * (x - previous)
        previous, x = x, x + ahead * (centre - x)
        for i in draws(passes * SIZE, SIZE):
            x[i] -= (Q[i] @ x - b[i] + smoothing * (x[i] - centre[i])) / (Q[i, i] + smoothing)
        yield x.copy()


COORDINATE_LOOPS = {
    "Nesterov 2012": (
        NesterovCoordinateDescent(convexity=0.25),
        lambda Q, b, d: nesterov_coordinate_descent(Q, b, START, 30, d, 0.25),
    ),
    "Catalyst": (
        CatalystCoordinateDescent(0.7, 0.4, 3, 0.6),
        lambda Q, b, d: catalyst_coordinate_descent(Q, b, START, 30, d, 0.7, 0.4, 3, 0.6),
    ),
}


@pytest.mark.parametrize("name", COORDINATE_LOOPS)
def test_path_of_an_accelerated_coordinate_method_is_the_textbook_loop_in_x(name):
    """A step rounds by n u |x|; what that adds grows by less than kappa before it shrinks."""
    method, loop = COORDINATE_LOOPS[name]
    Q = unit_diagonal(np.geomspace(1, 20, SIZE), "in x").problem.Q
    b = Q @ SOLUTION
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    check_path(method, instance, loop(Q, b, draws_of("in x")), 30, SOLUTION, height(Q, b), 8 * SIZE * 20 * U)


# ---------------------------------------------------------------- the tree of all draws

A4 = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-0.8, 0.6]])
FOUR = least_squares(A4, "four unit rows")
Q3 = np.array([[1.0, 0.4, -0.2], [0.4, 1.2, 0.3], [-0.2, 0.3, 0.9]])
THREE = dense(Q3, "three unknowns")
PLANE, SPACE = np.array([1.0, -2.0]), np.array([1.0, -2.0, 0.5])


def tree_nesterov_sgd(state, k):
    x, previous = state
    y = x + 0.6 * (x - previous)
    for a in A4:
        yield y - 0.3 * a * (a @ y), x


def tree_mass(state, k):
    w, v = state
    u = (0.2 * v + w) / 1.2
    for a in A4:
        yield u - 0.4 * a * (a @ u), 0.8 * v + 0.2 * u - 0.9 * a * (a @ u)


def tree_scheduled(rows, sigma, first, weights):
    def follow(state, k):
        parameters = schedule(sigma, len(rows), first)
        for _ in range(k + 1):
            gamma, alpha, beta = next(parameters)
        x, v = state
        y = alpha * v + (1 - alpha) * x
        for a, g in zip(rows, weights, strict=True):
            yield y - a * (g @ y), beta * v + (1 - beta) * y - gamma * a * (g @ y)

    return follow


def tree_catalyst(state, k):
    """Rounds of two steps: the centre moves before every second one."""
    x, previous, centre = state
    if k % 2 == 0:
        centre = x + 0.4 * (x - previous)
        previous, x = x, x + 0.6 * (centre - x)
    for i in range(3):
        new = x.copy()
        new[i] -= (Q3[i] @ x + 0.7 * (x[i] - centre[i])) / (Q3[i, i] + 0.7)
        yield new, previous, centre


def tree_catalyst_svrg(state, k):
    x, previous, centre, snapshot = state
    if k % 2 == 0:
        centre = x + 0.4 * (x - previous)
        previous, x = x, x + 0.7 * (centre - x)
        snapshot = x
    full = A4.T @ (A4 @ snapshot) / 4
    for a in A4:
        yield x - 0.3 * (a * (a @ (x - snapshot)) + full + 0.2 * (x - centre)), previous, centre, snapshot


class TwoSteps(CatalystCoordinateDescent):
    """A round of two steps, so that the tree stays small."""

    def steps(self, problem):
        return 2


AXES = np.eye(3)
TREES = {
    "Nesterov SGD": (NesterovSGD(0.3, 0.6), FOUR, (PLANE, PLANE), tree_nesterov_sgd, 1),
    "MaSS": (MaSS(0.4, 0.2, 0.9), FOUR, (PLANE, PLANE), tree_mass, 1),
    "Nesterov 2012": (
        NesterovCoordinateDescent(convexity=0.5),
        THREE,
        (SPACE, SPACE),
        tree_scheduled(AXES, 0.5, 1 / 6, Q3 / np.diag(Q3)[:, None]),
        1,
    ),
    "accelerated Kaczmarz": (
        AcceleratedKaczmarz(convexity=0.5), FOUR, (PLANE, PLANE), tree_scheduled(A4, 0.5, 0, A4), 1,
    ),
    "Catalyst": (TwoSteps(0.7, 0.4, 1, 0.6), THREE, (SPACE, SPACE, SPACE), tree_catalyst, 2),
    "Catalyst around SVRG": (
        CatalystSVRG(0.3, 0.2, 0.4, 2, 0.7), FOUR, (PLANE, PLANE, PLANE, PLANE), tree_catalyst_svrg, 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_the_expectation_is_the_mean_over_the_tree_of_all_draws(name):
    method, instance, root, follow, stride = TREES[name]
    hessian = Q3 if instance is THREE else A4.T @ A4 / 4
    squares, gaps = SecondMoment.of(method, instance).trajectory(root[0], stride, 4 // stride)
    leaves = [root]
    for k in range(5):
        if k % stride == 0:
            wanted = np.mean([s[0] @ s[0] for s in leaves]), np.mean([s[0] @ hessian @ s[0] for s in leaves])
            assert squares[k // stride] == pytest.approx(wanted[0], rel=1e-12)
            assert gaps[k // stride] == pytest.approx(wanted[1] / 2, rel=1e-12)
        leaves = [new for old in leaves for new in follow(old, k)]


# ---------------------------------------------------------------- equivalences


def test_without_momentum_it_is_sgd():
    plain = SecondMoment.of(SGD(step=0.4), FOUR).trajectory(PLANE, 1, 6)
    for one, other in zip(
        SecondMoment.of(NesterovSGD(0.4, 0), FOUR).trajectory(PLANE, 1, 6), plain, strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_mass_without_compensation_is_nesterovs_momentum():
    """delta = eta / alpha, momentum (1 - alpha)/(1 + alpha)."""
    nesterov = SecondMoment.of(NesterovSGD(0.3, 0.8 / 1.2), FOUR).trajectory(PLANE, 1, 20)
    for one, other in zip(
        SecondMoment.of(MaSS(0.3, 0.2, 0.3 / 0.2), FOUR).trajectory(PLANE, 1, 20), nesterov, strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_nesterovs_schedule_from_its_limit_is_mass_on_the_square_root():
    """From gamma = sigma^(-1/2) on, ACDM on Q and MaSS on A with A A' = Q differ by the factor A only:
    the gap of the one is half the squared distance of the other."""
    quadratic = unit_diagonal(np.geomspace(1, 30, 5), "pair", seed=2)
    rows = square_root(quadratic)
    sigma = quadratic.constants[c.mu]
    e = np.array([1.0, -2.0, 0.5, 3.0, 1.0])
    gaps = SecondMoment.of(NesterovCoordinateDescent(first=1 / c.mu**0.5), quadratic).trajectory(e, 1, 40)[1]
    assert float(evaluate(MaSS(), rows).pace) == pytest.approx(np.sqrt(sigma) / 5, rel=1e-12)
    squares = SecondMoment.of(MaSS(), rows).trajectory(rows.problem.rows.T @ e, 1, 40)[0]
    np.testing.assert_allclose(gaps, squares / 2, rtol=1e-10)


def test_accelerated_kaczmarz_is_nesterovs_method_on_the_gram_matrix():
    quadratic = unit_diagonal(np.geomspace(1, 30, 5), "pair", seed=2)
    rows = square_root(quadratic)
    e = np.array([1.0, -2.0, 0.5, 3.0, 1.0])
    gaps = SecondMoment.of(NesterovCoordinateDescent(), quadratic).trajectory(e, 1, 40)[1]
    method = AcceleratedKaczmarz(first=1 / (2 * c.N))
    squares = SecondMoment.of(method, rows).trajectory(rows.problem.rows.T @ e, 1, 40)[0]
    np.testing.assert_allclose(gaps, squares / 2, rtol=1e-10)


def test_what_a_round_of_catalyst_costs():
    """R-CD: its passes. SVRG: one full gradient and two component gradients a step."""
    assert epochs_per_round(evaluate(CatalystCoordinateDescent(passes=3), THREE), THREE) == 3
    assert epochs_per_round(evaluate(CatalystSVRG(inner=12), FOUR), FOUR) == 1 + 24 / 4


class MaSSInItsFirstForm(MaSS):
    """The modal form of the source's iterates w and u."""

    def modal(self):
        root, gamma = sp.sqrt(c.lam), (1 - self.pace) / (1 + self.pace)
        second = (self.step - self.pace * self.long) / (1 + self.pace)
        return Modal(
            [[0, 1], [-gamma, 1 + gamma]],
            [-self.step * root, (second - (1 + gamma) * self.step) * root],
            [0, root],
            [1, 1],
        )


def test_in_its_first_form_the_rate_of_mass_loses_digits():
    """Both forms have one factor; the first one has it as a difference of nearly equal steps."""
    pace = 1 / (c.N * sp.sqrt(c.kappa_CD))
    parameters = 1 / c.L_max, pace, 1 / (c.L_max * c.N * pace)
    losses = []
    for kappa in (16, 512):
        flat = flat_design(256, kappa_CD=kappa, gain=16)
        one = log_mean_square_factor(MaSS(*parameters), flat)
        losses.append(abs(log_mean_square_factor(MaSSInItsFirstForm(*parameters), flat) / one - 1))
        assert -one == pytest.approx(-log_mean_square_factor(AcceleratedCoordinateDescent(), flat), rel=1e-4)
    assert losses[0] < 1e-5 < losses[1]
