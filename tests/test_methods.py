"""Every method against an independent one: textbook loops in x with x* != 0, peers, closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse.linalg

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
    Outcome,
    RandomizedCoordinateDescent,
    run,
)
from solvers import constants as c
from solvers.problems import spectra
from solvers.problems.convex import huber
from solvers.problems.least_squares import identical_rows, least_squares
from solvers.problems.quadratic import Fixed, dense, mode, spectrum_of, unit_diagonal
from solvers.sampling import Sampling, stream
from solvers.trajectories import every
from tests.samples import U, started

# ---------------------------------------------------------------- textbook loops: x_0, x_1, ... x_k

rng = np.random.default_rng(2024)
SIZE, SAMPLES = 6, 9
BASIS = np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0]
SOLUTION, START = rng.standard_normal(SIZE) + 3, rng.standard_normal(SIZE) - 2


def quadratic(kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """A matrix with this condition number, and the right-hand side of SOLUTION."""
    Q = BASIS * np.geomspace(1, kappa, SIZE) @ BASIS.T
    Q = (Q + Q.T) / 2
    return Q, Q @ SOLUTION


def height(Q: np.ndarray, b: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda x: x @ Q @ x / 2 - b @ x


def gradient_descent(Q, b, x, rounds, step):
    for _ in range(rounds):
        x = x - step * (Q @ x - b)
        yield x


def heavy_ball(Q, b, x, rounds, step, momentum):
    previous = x
    for _ in range(rounds):
        x, previous = x - step * (Q @ x - b) + momentum * (x - previous), x
        yield x


def nesterov(Q, b, x, rounds, step, momentum):
    previous = x
    for _ in range(rounds):
        y = x + momentum * (x - previous)
        x, previous = y - step * (Q @ y - b), x
        yield x


def fista(Q, b, x, rounds, step):
    y, t = x, 1.0
    for _ in range(rounds):
        new = y - step * (Q @ y - b)
        following = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = new + (t - 1) / following * (new - x)
        x, t = new, following
        yield x


def conjugate_gradient(Q, b, x, rounds):
    r = b - Q @ x
    p = r
    for _ in range(rounds):
        alpha = r @ r / (p @ Q @ p)
        x = x + alpha * p
        new = r - alpha * Q @ p
        p, r = new + new @ new / (r @ r) * p, new
        yield x


def barzilai_borwein(Q, b, x, rounds, step, long):
    g = Q @ x - b
    for _ in range(rounds):
        new = x - step * g
        s, y = new - x, Q @ new - b - g
        step = (s @ s) / (s @ y) if long else (s @ y) / (y @ y)
        x, g = new, Q @ new - b
        yield x


def coordinate_descent(Q, b, x, rounds, draws, relaxation):
    x = x.copy()
    for _ in range(rounds):
        for i in draws(SIZE, SIZE):
            x[i] -= relaxation * (Q[i] @ x - b[i]) / Q[i, i]
        yield x.copy()


def accelerated_coordinate_descent(Q, b, y, rounds, draws):
    """Allen-Zhu, Qu, Richtárik and Yuan's parameters, as they are printed, for L_i = 1 and p_i = 1/n."""
    y, sigma = y.copy(), np.linalg.eigvalsh(Q)[0]
    tau = 2 / (1 + np.sqrt(4 * SIZE**2 / sigma + 1))
    eta = 1 / (tau * SIZE**2)
    z = y.copy()
    for _ in range(rounds):
        for i in draws(SIZE, SIZE):
            x = tau * z + (1 - tau) * y
            slope = np.zeros(SIZE)
            slope[i] = Q[i] @ x - b[i]
            y = x - slope
            z = (z + eta * sigma * x - eta * SIZE * slope) / (1 + eta * sigma)
        yield y


def sgd(A, b, x, rounds, draws, step):
    k = 0
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            x = x - step(k) * A[i] * (A[i] @ x - b[i])
            k += 1
        yield x


def momentum_sgd(A, b, x, rounds, draws, step, momentum):
    velocity = np.zeros(SIZE)
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            velocity = momentum * velocity - step * A[i] * (A[i] @ x - b[i])
            x = x + velocity
        yield x


def sag(A, b, x, rounds, draws, step):
    table = A * (A @ x - b)[:, None]
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            table[i] = A[i] * (A[i] @ x - b[i])
            x = x - step * table.mean(0)
        yield x


def saga(A, b, x, rounds, draws, step):
    table = A * (A @ x - b)[:, None]
    for _ in range(rounds):
        for i in draws(SAMPLES, SAMPLES):
            new = A[i] * (A[i] @ x - b[i])
            x = x - step * (new - table[i] + table.mean(0))
            table[i] = new
        yield x


def svrg(A, b, x, rounds, draws, step, inner):
    for _ in range(rounds):
        snapshot, full = x, A.T @ (A @ x - b) / SAMPLES
        for i in draws(inner, SAMPLES):
            x = x - step * (A[i] * (A[i] @ x - b[i]) - A[i] * (A[i] @ snapshot - b[i]) + full)
        yield x


def draws_of(label: str) -> Callable[[int, int], np.ndarray]:
    """The indices of one round after the other, as a run with seed 0 draws them."""
    rounds = iter(range(10**6))
    return lambda steps, choices: Sampling(choices).indices(stream(label, 0), next(rounds), 1, steps)


def check_path(method: Any, instance: Any, loop: Any, rounds: int, solution, objective, tolerance) -> None:
    """Distance and gap along the run are those of the loop.

    ``tolerance`` is the relative accuracy that the loop itself has: it subtracts x*.
    """
    found = run(method, [instance], rounds=rounds, measures=("distance", "gap"), grid=every)
    xs = np.array(list(loop))
    scale = np.linalg.norm(solution) + np.linalg.norm(START)
    distance = np.linalg.norm(xs - solution, axis=1)
    assert found.rounds[0].tolist() == list(range(rounds + 1))
    np.testing.assert_allclose(np.exp(found.log_distance[0, 1:]), distance, rtol=0, atol=tolerance * scale)
    gap = np.array([objective(x) for x in xs]) - objective(solution)
    assert distance[-1] < 0.9 * np.linalg.norm(START - solution), "a path that goes nowhere tests nothing"
    atol = tolerance * scale**2 * float(instance.constants[c.L])
    np.testing.assert_allclose(np.exp(found.log_gap[0, 1:]), gap, rtol=0, atol=atol)


DETERMINISTIC = {
    "gradient descent": (GradientDescent(step=0.06), lambda Q, b: gradient_descent(Q, b, START, 30, 0.06)),
    "heavy ball": (HeavyBall(step=0.1, momentum=0.4), lambda Q, b: heavy_ball(Q, b, START, 30, 0.1, 0.4)),
    "Nesterov": (Nesterov(step=0.05, momentum=0.6), lambda Q, b: nesterov(Q, b, START, 30, 0.05, 0.6)),
    "Nesterov convex": (NesterovConvex(step=0.05), lambda Q, b: fista(Q, b, START, 30, 0.05)),
    "coordinate descent": (
        RandomizedCoordinateDescent(relaxation=0.8),
        lambda Q, b: coordinate_descent(Q, b, START, 30, draws_of("in x"), 0.8),
    ),
}


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_path_is_the_textbook_loop_in_x(name):
    """A step in x rounds by n u |x|, and contraction adds at most kappa of them up."""
    kappa = 20.0
    Q, b = quadratic(kappa)
    method, loop = DETERMINISTIC[name]
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    check_path(method, instance, loop(Q, b), 30, SOLUTION, height(Q, b), 8 * SIZE * kappa * U)


def test_path_of_accelerated_coordinate_descent_is_the_textbook_loop_in_x():
    """A step rounds by n u |x|; what that adds grows by less than kappa before it shrinks."""
    eigenvalues = np.geomspace(1, 20, SIZE)
    Q = unit_diagonal(eigenvalues, "in x").problem.Q
    b = Q @ SOLUTION
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    loop = accelerated_coordinate_descent(Q, b, START, 30, draws_of("in x"))
    tolerance = 8 * SIZE * 20 * U
    check_path(AcceleratedCoordinateDescent(), instance, loop, 30, SOLUTION, height(Q, b), tolerance)


KRYLOV = {
    "conjugate gradient": (ConjugateGradient(), lambda Q, b: conjugate_gradient(Q, b, START, 5)),
    "BB1": (BarzilaiBorwein1(first=0.2), lambda Q, b: barzilai_borwein(Q, b, START, 5, 0.2, True)),
    "BB2": (BarzilaiBorwein2(first=0.2), lambda Q, b: barzilai_borwein(Q, b, START, 5, 0.2, False)),
}


@pytest.mark.parametrize("name", KRYLOV)
def test_first_steps_of_a_chaotic_method_are_the_textbook_loop_in_x(name):
    """A relative error of a step length is amplified by at most kappa a step."""
    kappa = 4.0
    Q, b = quadratic(kappa)
    method, loop = KRYLOV[name]
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    check_path(method, instance, loop(Q, b), 5, SOLUTION, height(Q, b), 8 * SIZE * kappa**5 * U)


ROWS = rng.standard_normal((SAMPLES, SIZE))
ROWS /= np.linalg.norm(ROWS, axis=1)[:, None]
TARGET = ROWS @ SOLUTION + rng.standard_normal(SAMPLES)
STOCHASTIC = {
    "SGD": (SGD(step=0.5), lambda draws: sgd(ROWS, TARGET, START, 20, draws, lambda k: 0.5)),
    "diminishing SGD": (
        DiminishingSGD(numerator=30, offset=60),
        lambda draws: sgd(ROWS, TARGET, START, 20, draws, lambda k: 30 / (k + 60)),
    ),
    "SGD with momentum": (
        MomentumSGD(step=0.3, momentum=0.6),
        lambda draws: momentum_sgd(ROWS, TARGET, START, 20, draws, 0.3, 0.6),
    ),
    "SAG": (SAG(step=0.3), lambda draws: sag(ROWS, TARGET, START, 20, draws, 0.3)),
    "SAGA": (SAGA(step=0.3), lambda draws: saga(ROWS, TARGET, START, 20, draws, 0.3)),
    "SVRG": (SVRG(step=0.2, inner=13), lambda draws: svrg(ROWS, TARGET, START, 20, draws, 0.2, 13)),
}


@pytest.mark.parametrize("name", STOCHASTIC)
def test_path_of_a_stochastic_method_is_the_textbook_loop_in_x(name):
    """The rounding of a step, at most 8 n u |x|, is added up over the 20 rounds' steps."""
    method, loop = STOCHASTIC[name]
    least = np.linalg.lstsq(ROWS, TARGET, rcond=None)[0]
    r = TARGET - ROWS @ least
    instance = least_squares(ROWS, "in x", r, Fixed(tuple(START - least)))
    Q, b = ROWS.T @ ROWS / SAMPLES, ROWS.T @ TARGET / SAMPLES
    steps = 20 * (13 if name == "SVRG" else SAMPLES)
    check_path(method, instance, loop(draws_of("in x")), 20, least, height(Q, b), 8 * SIZE * steps * U)


# ---------------------------------------------------------------- peers


def test_conjugate_gradient_takes_the_steps_of_scipy():
    kappa = 4.0
    Q, b = quadratic(kappa)
    xs: list[np.ndarray] = []
    scipy.sparse.linalg.cg(Q, b, x0=START, rtol=0, atol=0, maxiter=5, callback=lambda x: xs.append(x.copy()))
    found = run(
        ConjugateGradient(), [dense(Q, "as scipy", Fixed(tuple(START - SOLUTION)))], rounds=5, grid=every
    )
    distance = np.linalg.norm(np.array(xs) - SOLUTION, axis=1)
    atol = 8 * SIZE * kappa**5 * U * np.linalg.norm(SOLUTION)
    np.testing.assert_allclose(np.exp(found.log_distance[0, 1:]), distance, rtol=0, atol=atol)


def test_a_cyclic_sweep_of_coordinate_descent_is_a_sweep_of_scikit_learn():
    """sklearn's lasso without a penalty is exact coordinate descent on |y - Xw|^2 / 2N."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import ElasticNet

    X, y = ROWS, TARGET
    peer = ElasticNet(alpha=1e-30, max_iter=1, tol=0, fit_intercept=False, selection="cyclic")
    with pytest.warns(ConvergenceWarning):
        peer.fit(X, y)
    Q, least = X.T @ X / SAMPLES, np.linalg.lstsq(X, y, rcond=None)[0]
    method, problem, state = started(RandomizedCoordinateDescent(), dense(Q, "sweep", Fixed(tuple(-least))))
    for i in range(SIZE):
        method.update(problem, state, (np.zeros(1, int), np.array([i])))
    atol = 8 * SIZE * SIZE * U * np.linalg.norm(least)  # n u |x| a step
    np.testing.assert_allclose(state.x[0] + least, peer.coef_, rtol=0, atol=atol)


def test_a_cyclic_pass_of_sgd_is_a_pass_of_scikit_learn():
    from sklearn.linear_model import SGDRegressor

    peer = SGDRegressor(
        penalty=None, learning_rate="constant", eta0=0.5, fit_intercept=False, shuffle=False, max_iter=3,
        tol=None,
    ).fit(ROWS, TARGET)  # fmt: skip
    least = np.linalg.lstsq(ROWS, TARGET, rcond=None)[0]
    instance = least_squares(ROWS, "pass", TARGET - ROWS @ least, Fixed(tuple(-least)))
    method, problem, state = started(SGD(step=0.5), instance)
    for i in [*range(SAMPLES)] * 3:
        method.update(problem, state, (np.zeros(1, int), np.array([i])))
    atol = 8 * SIZE * 3 * SAMPLES * U * np.linalg.norm(least)  # n u |x| a step
    np.testing.assert_allclose(state.x[0] + least, peer.coef_, rtol=0, atol=atol)


# ---------------------------------------------------------------- closed forms

K = np.arange(1, 61)


def modes_path(method: Any, eigenvalues: np.ndarray, start: Any, **options: Any) -> np.ndarray:
    found = run(method, [spectrum_of(eigenvalues, "modes", start)], rounds=60, grid=every, **options)
    return found.log_distance[0, 1:]


def test_gradient_descent_multiplies_mode_i_by_one_minus_step_lambda():
    eigenvalues = np.array([1.0, 3.0, 10.0])
    start = np.array([2.0, -1.0, 5.0])
    expected = 0.5 * np.log(((1 - 0.15 * eigenvalues) ** (2 * K[:, None]) * start**2).sum(1))
    path = modes_path(GradientDescent(step=0.15), eigenvalues, Fixed(tuple(start)))
    np.testing.assert_allclose(path, expected, rtol=0, atol=8 * U * (3 + K).max())


@pytest.mark.parametrize("end", ["lambda = mu", "lambda = L"])
def test_heavy_ball_has_its_prefactor_at_the_ends_of_the_spectrum(end):
    """|e_k| = (1 + (1 ± rho) k) rho^k; the double root makes rounding grow like k^2."""
    kappa = 50.0
    rho = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    sign, which = (1, 1) if end == "lambda = L" else (-1, 0)
    path = modes_path(HeavyBall(), np.array([1.0, kappa]), mode(2, which))
    expected = np.log(1 + (1 + sign * rho) * K) + K * np.log(rho)
    np.testing.assert_allclose(path, expected, rtol=0, atol=8 * U * 60**2)


def test_nesterov_has_a_double_root_at_mu():
    """|e_k| = (1 - q)^k (1 + k q) with q = 1/sqrt(kappa), exactly, at lambda = mu."""
    q = 1 / np.sqrt(50.0)
    path = modes_path(Nesterov(), np.array([1.0, 50.0]), mode(2, 0))
    np.testing.assert_allclose(path, K * np.log(1 - q) + np.log(1 + K * q), rtol=0, atol=8 * U * 60**2)


def test_conjugate_gradient_attains_the_chebyshev_bound_on_its_worst_start():
    """k + 1 Chebyshev points and e_j^2 = delta_j / lambda_j^2 give |e_k|_A = |e_0|_A / T_k exactly."""
    k, kappa = 7, 30.0
    eigenvalues = spectra.chebyshev(k + 1, kappa)
    weight = np.ones(k + 1)
    weight[[0, -1]] = 0.5
    start = Fixed(tuple(np.sqrt(weight) / eigenvalues))
    found = run(
        ConjugateGradient(),
        [spectrum_of(eigenvalues, "worst", start)],
        rounds=k,
        grid=every,
        measures=("gap",),
    )
    chebyshev = np.cosh(k * np.arccosh((kappa + 1) / (kappa - 1)))
    ratio = np.exp((found.log_gap[0, k] - found.log_gap[0, 0]) / 2)
    assert ratio * chebyshev == pytest.approx(1, abs=1e-12)


def test_conjugate_gradient_solves_two_distinct_eigenvalues_in_two_steps():
    instance = spectrum_of(np.array([1.0, 1.0, 1.0, 4.0, 4.0]), "two values")
    path = run(ConjugateGradient(), [instance], rounds=2, grid=every).log_distance[0]
    assert path[1] - path[0] > np.log(1e-3)
    assert path[2] - path[0] < np.log(100 * U)


@pytest.mark.parametrize("k", [1, 4, 25])
def test_gradient_descent_on_its_huber_function_attains_the_minimax_gap(k):
    """With width R / (2k + 1) and step 1/L, f_k - f* = L R^2 / (4k + 2)."""
    smoothness, radius = 3.0, 2.0
    instance = huber(radius / (2 * k + 1), smoothness, radius)
    found = run(GradientDescent(step=1 / c.L), [instance], rounds=k, measures=("gap",))
    assert np.exp(found.log_gap[0, -1]) == pytest.approx(smoothness * radius**2 / (4 * k + 2), rel=8 * U * k)


def test_sgd_on_identical_samples_takes_n_gradient_steps_an_epoch():
    gamma, count = 0.1, 7
    instance = identical_rows(count, 3, "identical")
    sampled = run(SGD(step=gamma), [instance], rounds=20, grid=every).log_distance[0]
    full = run(GradientDescent(step=gamma), [instance], rounds=20, grid=every).log_distance[0]
    k = np.arange(21)
    np.testing.assert_allclose(sampled - sampled[0], k * count * np.log(1 - gamma), rtol=0, atol=200 * 8 * U)
    np.testing.assert_allclose(full - full[0], k * np.log(1 - gamma), rtol=0, atol=200 * 8 * U)


def test_diminishing_sgd_on_identical_samples_is_a_product():
    numerator, offset, count = 0.7, 2.0, 5
    found = run(
        DiminishingSGD(numerator=numerator, offset=offset),
        [identical_rows(count, 3, "identical")], rounds=20, grid=every,
    ).log_distance[0]  # fmt: skip
    factors = np.log(np.abs(1 - numerator / (np.arange(20 * count) + offset)))
    expected = np.cumsum(factors)[count - 1 :: count]
    np.testing.assert_allclose(found[1:] - found[0], expected, rtol=0, atol=8 * U * 20 * count)


def test_coordinate_descent_on_a_diagonal_ends_when_every_coordinate_was_drawn():
    instance = dense(np.diag([1.0, 2.0, 4.0, 7.0]), "diagonal")
    found = run(RandomizedCoordinateDescent(), [instance], range(20), rounds=60, grid=every)
    assert set(found.outcomes) == {Outcome.TERMINATED}
    for b, seed in enumerate(found.seed):
        drawn = Sampling(4).indices(stream("diagonal", int(seed)), 0, 60, 4)
        last = max(np.flatnonzero(drawn == i)[0] for i in range(4))
        assert found.rounds[b].max() == last // 4 + 1
