"""Sequential steps, compiled, beside scikit-learn's own loops on the same data.

Each group does the same work: coordinate steps of O(n), SAGA steps of O(n). The ratio of the two medians
is printed; scikit-learn adds a duality gap or a convergence test, the suite its log errors.
"""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Ridge

from solvers import SAGA, RandomizedCoordinateDescent, run
from solvers.problems.least_squares import gaussian_rows
from solvers.problems.quadratic import dense

N, SIZE, EPOCHS = 500, 200, 200
TABLE = gaussian_rows(N, SIZE, 0.1, "benchmark")
ROWS = TABLE.problem.rows
TARGET = ROWS @ np.ones(SIZE) + TABLE.problem.residual
GRAM = ROWS.T @ ROWS
MEDIANS: dict[tuple[str, str], float] = {}


def last_only(budget):
    return np.array([budget])


def suite_coordinate_descent():
    instance = dense(GRAM, "benchmark")
    method = RandomizedCoordinateDescent()
    return lambda: run(method, [instance], rounds=EPOCHS, grid=last_only, reading="compiled")


def sklearn_coordinate_descent():
    model = ElasticNet(
        alpha=1e-30, precompute=GRAM, selection="random", max_iter=EPOCHS, tol=0, fit_intercept=False
    )
    return lambda: model.fit(ROWS, TARGET)


def suite_saga():
    return lambda: run(SAGA(), [TABLE], rounds=EPOCHS, grid=last_only, reading="compiled")


def sklearn_saga():
    model = Ridge(alpha=1e-30, solver="saga", max_iter=EPOCHS, tol=0, fit_intercept=False, random_state=0)
    return lambda: model.fit(ROWS, TARGET)


CASES = {
    ("coordinate descent", "suite"): (suite_coordinate_descent, SIZE),
    ("coordinate descent", "scikit-learn"): (sklearn_coordinate_descent, SIZE),
    ("SAGA", "suite"): (suite_saga, N),
    ("SAGA", "scikit-learn"): (sklearn_saga, N),
}


@pytest.mark.parametrize(("method", "whose"), CASES)
def test_steps_beside_scikit_learn(benchmark, capsys, method, whose):
    make, steps = CASES[method, whose]
    work = make()
    benchmark.group = f"{method}: {EPOCHS} epochs of {steps} steps, n = {SIZE}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn says that it did not converge, which is meant
        work()
        benchmark(work)
    if not benchmark.stats:
        return
    MEDIANS[method, whose] = benchmark.stats["median"]
    with capsys.disabled():
        print(f"\n{method}, {whose}: {1e6 * MEDIANS[method, whose] / (EPOCHS * steps):.3f} us a step")
        if (method, "suite") in MEDIANS and (method, "scikit-learn") in MEDIANS:
            ratio = MEDIANS[method, "suite"] / MEDIANS[method, "scikit-learn"]
            print(f"{method}: the suite takes {ratio:.2f} times as long as scikit-learn")
