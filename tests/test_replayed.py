"""Steps replayed in blocks of four give the path of the method's own text, to rounding."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from solvers import SAG, SAGA, SGD, SVRG, Outcome, RandomizedCoordinateDescent, compiled, replayed, run
from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.constants import L_max, kappa, mu
from solvers.method import method as declare
from solvers.methods.saga import NEEDS, TableState
from solvers.plan import plan_run
from solvers.problems.least_squares import LeastSquares, gaussian_rows, least_squares
from solvers.problems.quadratic import dense
from solvers.trajectories import every
from tests.samples import U
from theorems.theorem import catalogue

ROUNDS = 60


def table(count: int, size: int) -> np.ndarray:
    return np.random.default_rng([count, size]).standard_normal((count, size))


#: No unit diagonal; 0, 1, 2 and 3 steps are left over in a round; in the small ones, most blocks repeat
#: an index.
QUADRATICS = [dense(A.T @ A, f"{A.shape[1]} unknowns") for A in (table(30, n) for n in (3, 4, 5, 18, 23))]
#: Rows of different lengths, more rows than unknowns and as many; without and with a residual.
SQUARES = [
    least_squares(table(3, 2), "3 x 2"),
    least_squares(table(6, 5), "6 x 5"),
    least_squares(table(36, 11) + 1, "36 x 11"),
    gaussian_rows(24, 16, 0.0, "24 unit rows"),
    gaussian_rows(37, 5, 0.3, "37 unit rows and a residual"),
]
METHODS_ON_SQUARES = (
    SGD(),
    SGD(step=1 / (3 * L_max)),
    SAGA(),
    SAGA(step=1 / (2 * L_max + mu)),
    SVRG(),
    SVRG(inner=1),
    SVRG(inner=6),
    SVRG(inner=39, step=1 / (5 * L_max)),
)
CASES = [(RandomizedCoordinateDescent(relaxation=w), i) for w in (1, 0.75, 1.5) for i in QUADRATICS]
CASES += [(m, i) for m in METHODS_ON_SQUARES for i in SQUARES]


def name(value: Any) -> str:
    return value.label if hasattr(value, "label") else protocol.name(value)


def path(method: Any, instance: Any, reading: str, rounds: int = ROUNDS) -> np.ndarray:
    """Logs of distance and gap in every round, (2, T)."""
    found = run(
        method, [instance], [3], rounds=rounds, grid=every, measures=("distance", "gap"), reading=reading
    )
    assert found.reading == reading
    assert found.log_gap is not None
    return np.stack([found.log_distance[0], found.log_gap[0]])


def rounding(wanted: np.ndarray, method: Any, instance: Any) -> np.ndarray:
    """How far two readings may be apart, in logs of distance and gap, (2, T).

    A step perturbs the state by at most 16 N u relative to the error at that step, and these add up. A
    replay keeps what it maintains for ``replayed.ROUNDS`` rounds, unless the products A x leave the window
    [S / W, S W] of their size when they were last computed; so the errors in between are no larger than
    W^2 times the one now, times the square root of kappa from products to distances. Data that does not
    vanish at the solution displaces both readings by the instance's floor. A gap is a square.
    """
    steps = protocol.steps(protocol.evaluate(method, instance), instance.problem)
    count = np.maximum(1, np.arange(wanted.shape[1]) * steps)
    condition = np.sqrt(instance.constants[kappa])
    recent = np.array([wanted[0][max(0, t - replayed.ROUNDS) : t + 1].max() for t in range(count.size)])
    kept = np.minimum(np.exp(np.minimum(recent - wanted[0], 700)), replayed.WINDOW**2 * condition)
    slack = 16 * max(instance.dimension, instance.components) * U * count * kept
    if instance.floor:
        slack = slack + instance.floor * np.exp(-wanted[0])
    return np.stack([slack, 2 * condition * slack])


@pytest.mark.parametrize(("method", "instance"), CASES, ids=name)
def test_a_replayed_path_is_the_path_of_the_text(method, instance):
    wanted = path(method, instance, "compiled")
    slack = rounding(wanted, method, instance)
    deviation = np.abs(path(method, instance, "replayed") - wanted)
    assert (deviation <= slack).all(), f"{(deviation / slack).max():.3g} times the rounding"


@pytest.mark.parametrize(("method", "instance"), CASES, ids=name)
def test_the_comparison_sees_a_step_that_is_wrong_by_a_millionth(method, instance):
    wanted = path(method, instance, "compiled")
    numbers = protocol.evaluate(method, instance)
    wrong = type(method)(float(numbers[0]) * (1 + 1e-6), *numbers[1:])
    deviation = np.abs(path(wrong, instance, "compiled") - wanted)
    assert (deviation > rounding(wanted, method, instance)).any()


# ---------------------------------------------------------------- the rest of the loop


@pytest.mark.parametrize(
    ("method", "rounds"),
    [(SGD(), 1500), (SAGA(), 9000), (SVRG(), 3500), (RandomizedCoordinateDescent(), 1000)],
)
def test_a_replayed_run_goes_below_the_smallest_number(method, rounds):
    """Rescaling, and what is maintained through it: the products, the table, the snapshot."""
    near = np.eye(9) + 0.1
    coordinates = isinstance(method, RandomizedCoordinateDescent)
    instance = dense(near, "nine unknowns") if coordinates else least_squares(near, "nine rows")
    wanted = path(method, instance, "compiled", rounds)
    deviation = np.abs(path(method, instance, "replayed", rounds) - wanted)
    assert wanted[0, -1] < -800
    assert (deviation <= rounding(wanted, method, instance)).all()


@pytest.mark.parametrize(
    "method", [SGD(step=4 / L_max), SAGA(step=4 / L_max), SVRG(step=4 / L_max)], ids=name
)
def test_a_replayed_run_diverges_in_the_same_round(method):
    ends = [run(method, [SQUARES[2]], rounds=500, grid=every, reading=r) for r in ("compiled", "replayed")]
    for end in ends:
        assert end.outcomes == (Outcome.DIVERGED,)
    assert np.array_equal(ends[0].rounds, ends[1].rounds)


def test_a_replayed_run_stops_where_it_arrives_exactly():
    orthonormal = least_squares(np.eye(6), "unit vectors")
    for method, instance in (
        (RandomizedCoordinateDescent(), dense(np.diag([1.0, 2.0, 3.0, 4.0, 5.0]), "a diagonal")),
        (SGD(step=1 / L_max), orthonormal),
    ):
        ends = [run(method, [instance], rounds=500, grid=every, reading=r) for r in ("compiled", "replayed")]
        for end in ends:
            assert end.outcomes == (Outcome.TERMINATED,)
        assert np.array_equal(ends[0].rounds, ends[1].rounds)


def test_a_replayed_run_reaches_its_target_in_the_same_round():
    for method in (SGD(), SAGA(), SVRG()):
        ends = [
            run(method, [SQUARES[3]], range(3), rounds=5000, reduction=9.0, reading=r)
            for r in ("compiled", "replayed")
        ]
        for end in ends:
            assert set(end.outcomes) == {Outcome.CONVERGED}
        assert np.array_equal(ends[0].rounds, ends[1].rounds)


def test_a_sparse_grid_records_what_a_dense_one_does():
    """The iterate catches up at a record; that it does so more often changes rounding only."""
    for method in (SGD(), SAGA(), SVRG()):
        dense_path = path(method, SQUARES[2], "replayed", 200)
        last = run(method, [SQUARES[2]], [3], rounds=200, grid=lambda k: np.array([k]), reading="replayed")
        slack = rounding(path(method, SQUARES[2], "compiled", 200), method, SQUARES[2])
        assert abs(last.log_distance[0, 1] - dense_path[0, -1]) <= slack[0, -1]


@pytest.mark.parametrize("reading", ["compiled", "replayed"])
def test_a_run_does_not_depend_on_how_its_draws_are_cut(monkeypatch, reading):
    whole = path(SAGA(), SQUARES[4], reading, 200)
    monkeypatch.setattr(compiled, "DRAWS", 1)
    assert np.array_equal(path(SAGA(), SQUARES[4], reading, 200), whole)


# ---------------------------------------------------------------- which runs are replayed


def plan(method: Any, instance: Any, rounds: int, grid: Any = lambda k: np.array([k])) -> Any:
    return plan_run(method, instance, 0, rounds, np.inf, 70.0, ("distance",), grid)


@declare(state=TableState, degrees=(1, 1, 1), linear=True, sampled="component", needs=NEEDS)
class BrokenSAGA(NamedTuple):
    step: Any

    steps = SAGA.steps
    start = SAGA.start
    refresh = SAGA.refresh
    update = SAG.update


class NearlySGD(SGD):
    """A method by inheritance, which may have another text."""


@pytest.mark.parametrize("method", [BrokenSAGA(step=1 / (3 * L_max)), NearlySGD()], ids=name)
def test_another_class_is_advanced_by_its_own_text(method):
    instance = gaussian_rows(200, 200, 0.0, "200 unit rows")
    assert replayed.where_it_pays([plan(method, instance, 10**9)]) == [False]
    with pytest.raises(TypeError, match="has no replay"):
        run(method, [SQUARES[0]], rounds=5, reading="replayed")


def test_a_class_derived_from_a_problem_is_read_by_its_own_text():
    class Other(LeastSquares):
        pass

    instance = gaussian_rows(200, 200, 0.0, "200 unit rows")
    other = type(instance)(**{**vars(instance), "problem": Other(*instance.problem)})
    assert replayed.where_it_pays([plan(SAGA(), instance, 10**9)]) == [True]
    assert replayed.where_it_pays([plan(SAGA(), other, 10**9)]) == [False]


def test_the_broken_methods_of_the_catalogue_are_never_replayed():
    """Rivals are classes of their own, beside the theorems; every class with a replay is the solvers'."""
    rivals = {type(r.method) for theorem, _ in catalogue().values() for r in theorem.rivals}
    broken = {kind for kind in rivals if kind.__module__.startswith("theorems.")}
    assert len(broken) > 1
    assert not broken & {kind for kind, _ in replayed.REPLAYS}
    assert all(kind.__module__.startswith("solvers.") for pair in replayed.REPLAYS for kind in pair)


def test_a_replay_must_save_more_than_it_costs():
    """K takes N^2 n; a step of SAGA saves 5 n - 3 N, one of SGD 2 n - N."""
    square, tall = gaussian_rows(200, 200, 0.0, "square"), gaussian_rows(200, 90, 0.0, "tall")
    long = replayed.COMPILATION // (2 * 200 * 200)
    for factor, expected in ((0.9, False), (1.1, True)):
        enough = int(factor * (long + 100))  # the steps of a round save 2 * 200^2; K costs a hundred rounds
        assert replayed.where_it_pays([plan(SAGA(), square, enough)]) == [expected]
        # The runs of an instance share its K, and all runs the kernel.
        half = [plan(SAGA(), square, enough // 2) for _ in range(2)]
        assert replayed.where_it_pays(half) == [expected, expected]
    assert replayed.where_it_pays([plan(SGD(), square, 10**8), plan(SGD(), tall, 10**8)]) == [True, False]
    assert replayed.where_it_pays([plan(SAG(), square, 10**8)]) == [False]
    assert replayed.where_it_pays([plan(SGD(), square, 50_000, every)]) == [False]  # a record costs a round


def test_a_matrix_that_is_too_large_is_not_made(monkeypatch):
    instance = gaussian_rows(200, 200, 0.0, "200 unit rows")
    monkeypatch.setattr(replayed, "LARGEST", 199)
    assert replayed.where_it_pays([plan(SAGA(), instance, 10**9)]) == [False]


def test_the_loop_replays_by_itself_where_it_pays(monkeypatch):
    monkeypatch.setattr(replayed, "COMPILATION", 0)
    instance = gaussian_rows(40, 40, 0.0, "40 unit rows")
    found = run(SAGA(), [instance], rounds=3000, grid=lambda k: np.array([k]))
    assert found.reading == "replayed"
    monkeypatch.undo()
    assert run(SAGA(), [instance], rounds=3000).reading == "compiled"


def test_a_replay_on_torch_or_of_another_problem_is_refused():
    with pytest.raises(ValueError, match="replayed reading runs on numpy"):
        run(SGD(), [SQUARES[0]], rounds=2, arrays=Arrays("torch"), reading="replayed")
    with pytest.raises(TypeError, match="there is one for RandomizedCoordinateDescent on Quadratic"):
        run(SAG(), [SQUARES[0]], rounds=2, reading="replayed")
