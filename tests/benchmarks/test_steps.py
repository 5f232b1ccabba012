"""Steps per second of the sampled methods, beside a plain Python loop, scikit-learn and copt.

One table a method and size, all contenders in one run on the same data: n rows of norm 1 in n unknowns
(coordinate descent: their Gram matrix). Drawing indices counts for everybody. The suite's time is that of
``run``, whole; scikit-learn's that of ``fit``, with a penalty of 1e-12; copt's that of its passes without
its compilation, which it repeats at every call (about a second). scikit-learn draws its samples with
replacement as the suite does, copt shuffles.

Targets (several steps a pass): coordinate descent 2 times scikit-learn's at n = 100 and 300 and 1.5 times
at 1000; SAGA 30 times scikit-learn's and copt's; SVRG 30 times copt's. One step a pass: 10 times.
"""

import time

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Ridge

from solvers import SAGA, SVRG, RandomizedCoordinateDescent, run
from solvers.problems.least_squares import least_squares
from solvers.problems.quadratic import dense
from tests.benchmarks.race import race, table, timed

SIZES = (100, 300, 1000)
PASSES = {100: 20_000, 300: 3000, 1000: 300}
LOOP = 5  # passes of the plain loop, which is slow


def unit_rows(n):
    rows = np.random.default_rng(n).standard_normal((n, n))
    return rows / np.linalg.norm(rows, axis=1)[:, None]


def last_only(budget):
    return np.array([budget])


def suite(method, instance, reading):
    return timed(lambda passes: run(method, [instance], rounds=passes, grid=last_only, reading=reading))


def fits(make, A, b):
    """A model of scikit-learn that takes its number of passes, and does not stop before."""

    def fit(passes):
        model = make(passes).fit(A, b)
        assert model.n_iter_ in (passes, [passes])

    return timed(fit)


def copt_passes(minimise, A, b, step):
    """From the first pass to the last one: the first contains the compilation."""
    copt = pytest.importorskip("copt", reason="copt is not installed; it comes with the extra 'bench'")
    derivative = copt.loss.SquareLoss(A, b).partial_deriv

    def seconds(passes):
        stamps = []
        getattr(copt, minimise)(
            derivative, A, b, np.zeros(A.shape[1]), step, max_iter=passes + 1, tol=-1,
            callback=lambda _: stamps.append(time.process_time()),
        )  # fmt: skip
        assert len(stamps) == passes + 2  # before, and after every pass
        return stamps[-1] - stamps[1]

    return seconds


def coordinate_loop(Q, passes):
    e = np.ones(len(Q))
    r = Q @ e
    for i in np.random.default_rng(0).integers(len(Q), size=passes * len(Q)):
        a = -r[i] / Q[i, i]
        e[i] += a
        r += a * Q[i]


def saga_loop(A, b, step, passes):
    N, n = A.shape
    x, average, memory = np.zeros(n), np.zeros(n), np.zeros(N)
    for i in np.random.default_rng(0).integers(N, size=passes * N):
        new = A[i] @ x - b[i]
        change = new - memory[i]
        x -= step * (change * A[i] + average)
        average += change / N * A[i]
        memory[i] = new


def svrg_loop(A, b, step, rounds):
    N = len(A)
    rng = np.random.default_rng(0)
    x = np.zeros(A.shape[1])
    for _ in range(rounds):
        snapshot = x.copy()
        memory = A @ snapshot - b
        full = A.T @ memory / N
        for i in rng.integers(N, size=2 * N):
            x -= step * ((A[i] @ x - b[i] - memory[i]) * A[i] + full)


def report(benchmark, capsys, title, contenders, steps):
    medians = race(contenders)
    benchmark.extra_info["microseconds a step"] = {k: 1e6 * v / steps for k, v in medians.items()}
    first, passes = next(iter(contenders.values()))
    benchmark.pedantic(first, args=(passes,), rounds=3)
    with capsys.disabled():
        print(table(title, medians, steps))
    return medians


@pytest.mark.parametrize("n", SIZES)
def test_coordinate_descent(benchmark, capsys, n):
    A, passes = unit_rows(n), PASSES[n]
    Q = A @ A.T
    instance = dense(Q, "benchmark")
    target = A.T @ np.ones(n)

    def lasso(passes):
        return ElasticNet(
            alpha=1e-30, precompute=Q, selection="random", max_iter=passes, tol=0, fit_intercept=False
        )

    report(benchmark, capsys, f"randomised coordinate descent, n = {n}", {
        "suite, four steps a pass": (suite(RandomizedCoordinateDescent(), instance, "replayed"), passes),
        "suite, one step a pass": (suite(RandomizedCoordinateDescent(), instance, "compiled"), passes),
        "scikit-learn, Gram matrix": (fits(lasso, A.T, A.T @ target), passes),
        "a plain loop in numpy": (timed(lambda passes: coordinate_loop(Q, passes)), LOOP),
    }, n)  # fmt: skip


@pytest.mark.parametrize("n", SIZES)
def test_saga(benchmark, capsys, n):
    A, passes = unit_rows(n), PASSES[n]
    b = A @ np.ones(n)
    instance = least_squares(A, "benchmark")

    def ridge(solver):
        return lambda passes: Ridge(
            alpha=1e-12, solver=solver, max_iter=passes, tol=0, fit_intercept=False, random_state=0
        )

    report(benchmark, capsys, f"SAGA, n = {n}", {
        "suite, four steps a pass": (suite(SAGA(), instance, "replayed"), passes),
        "suite, one step a pass": (suite(SAGA(), instance, "compiled"), passes),
        "scikit-learn, saga": (fits(ridge("saga"), A, b), passes // 10),
        "scikit-learn, sag": (fits(ridge("sag"), A, b), passes // 10),
        "copt, saga": (copt_passes("minimize_saga", A, b, 1 / 3), passes // 10),
        "a plain loop in numpy": (timed(lambda passes: saga_loop(A, b, 1 / 3, passes)), LOOP),
    }, n)  # fmt: skip


@pytest.mark.parametrize("n", SIZES)
def test_svrg(benchmark, capsys, n):
    """A round is a snapshot and 2 n steps; copt's is a snapshot and n steps. Both are counted as steps."""
    A, passes = unit_rows(n), PASSES[n]
    b = A @ np.ones(n)
    instance = least_squares(A, "benchmark")
    once = copt_passes("minimize_svrg", A, b, 1 / 3)

    report(benchmark, capsys, f"SVRG with its snapshots, n = {n}", {
        "suite, four steps a pass": (suite(SVRG(), instance, "replayed"), passes // 2),
        "suite, one step a pass": (suite(SVRG(), instance, "compiled"), passes // 2),
        "copt, svrg": (lambda rounds: once(2 * rounds), passes // 20),
        "a plain loop in numpy": (timed(lambda rounds: svrg_loop(A, b, 1 / 3, rounds)), LOOP),
    }, 2 * n)  # fmt: skip
