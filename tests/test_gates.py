"""The gates hold for the shipped methods, catch broken ones, and give false alarms at their level."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.special

from checks import gates
from checks.gates import Claim, Solver
from solvers import SAGA, SGD, SVRG, RandomizedCoordinateDescent, run
from solvers.constants import L_max, N
from solvers.methods.svrg import SnapshotState
from solvers.problems.least_squares import gaussian_rows, square_root
from solvers.problems.quadratic import dense, unit_diagonal
from solvers.problems.sampled_families import spike
from solvers.trajectories import every
from solvers.vocabulary import add_at, ascend, at, axpy, component, gradient, put, samples

SIZE = 16
QUADRATIC = unit_diagonal(spike(SIZE, 5.0, 4.0), "gates", seed=2)
SQUARE = square_root(QUADRATIC)
TALL = gaussian_rows(24, 8, 0.3, "gates, with residuals")
SCALED = dense(QUADRATIC.problem.Q * np.outer(*[np.linspace(1, 2, SIZE)] * 2), "gates, diagonal not 1")

CLAIMS = {
    "CD": Claim(RandomizedCoordinateDescent(), QUADRATIC, (4, 8, 16, 32, 80)),
    "SGD": Claim(SGD(step=1 / L_max), SQUARE, (8, 16, 32, 80)),
    "SAGA": Claim(SAGA(), SQUARE, (16, 32, 48, 64)),
    "SVRG": Claim(SVRG(inner=N), SQUARE, (16, 48, 80)),
}

# ---------------------------------------------------------------- broken solvers


def biased(percent: int) -> gates.Draw:
    """Index 0 is drawn this much too rarely, the last one as much too often, linearly between."""

    def draw(key: int, rounds: int, steps: int, choices: int) -> np.ndarray:
        chances = (1 + percent / 100 * np.linspace(-1, 1, choices)) / choices
        return np.random.default_rng([key, percent]).choice(choices, rounds * steps, p=chances)

    return draw


def cyclic(key: int, rounds: int, steps: int, choices: int) -> np.ndarray:
    return np.arange(rounds * steps) % choices


def shuffled(key: int, rounds: int, steps: int, choices: int) -> np.ndarray:
    """A new order of all indices again and again: none is drawn twice in an order."""
    rng = np.random.default_rng(key)
    orders = [rng.permutation(choices) for _ in range(-(-rounds * steps // choices))]
    return np.concatenate(orders)[: rounds * steps]


def no_repeats(key: int, rounds: int, steps: int, choices: int) -> np.ndarray:
    """Uniform over all indices but the one before."""
    moves = np.random.default_rng(key).integers(1, choices, rounds * steps)
    return np.cumsum(moves) % choices


class WithoutAverage(SAGA):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference, i)
        add_at(state.table, i, difference)
        ascend(problem, state.average, difference / samples(problem), i)


class SAGWeights(SAGA):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference / samples(problem), i)
        axpy(state.x, -self.step, state.average)
        add_at(state.table, i, difference)
        ascend(problem, state.average, difference / samples(problem), i)


class FrozenTable(SAGA):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.average)


class AverageFirst(SAGA):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        add_at(state.table, i, difference)
        ascend(problem, state.average, difference / samples(problem), i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.average)


class NeverRefreshed(SVRG):
    def start(self, problem: Any, x: Any) -> Any:
        return SnapshotState(x, x * 1, gradient(problem, x))

    def outer(self, problem: Any, state: Any) -> None:
        pass


class StaleGradient(NeverRefreshed):
    def outer(self, problem: Any, state: Any) -> None:
        put(state.snapshot, state.x)


class SnapshotAndIndex(NamedTuple):
    x: Any
    snapshot: Any
    full: Any
    previous: Any  # the index of the step before


class TwoIndices(SVRG):
    """The snapshot's component is that of another index, drawn independently: the one before."""

    def start(self, problem: Any, x: Any) -> Any:
        return SnapshotAndIndex(x, x * 1, x * 0, np.zeros((len(x), 1), dtype=int))

    def update(self, problem: Any, state: Any, i: Any) -> None:
        other = (i[0], state.previous[:, 0])
        change = -self.step * component(problem, state.x, i)
        ascend(problem, state.x, self.step * component(problem, state.snapshot, other), other)
        ascend(problem, state.x, change, i)
        axpy(state.x, -self.step, state.full)
        put(state.previous, i[1][:, None])


BROKEN = {
    "CD step 0.9": Solver(RandomizedCoordinateDescent(relaxation=0.9)),
    "CD step 1.1": Solver(RandomizedCoordinateDescent(relaxation=1.1)),
    "CD biased 20 %": Solver(RandomizedCoordinateDescent(), biased(20)),
    "CD biased 50 %": Solver(RandomizedCoordinateDescent(), biased(50)),
    "CD cyclic": Solver(RandomizedCoordinateDescent(), cyclic),
    "CD shuffled": Solver(RandomizedCoordinateDescent(), shuffled),
    "CD without repeats": Solver(RandomizedCoordinateDescent(), no_repeats),
    "SGD step 0.9": Solver(SGD(step=0.9 / L_max)),
    "SGD biased 20 %": Solver(SGD(), biased(20)),
    "SAGA step 1.1": Solver(SAGA(step=1.1 / (3 * L_max))),
    "SAGA without average": Solver(WithoutAverage()),
    "SAGA with SAG's weights": Solver(SAGWeights()),
    "SAGA table frozen": Solver(FrozenTable()),
    "SAGA average updated before use": Solver(AverageFirst()),
    "SAGA biased 50 %": Solver(SAGA(), biased(50)),
    "SVRG step 1.1": Solver(SVRG(step=1.1 / (3 * L_max), inner=N)),
    "SVRG never refreshed": Solver(NeverRefreshed(inner=N)),
    "SVRG stale full gradient": Solver(StaleGradient(inner=N)),
    "SVRG two independent indices": Solver(TwoIndices(inner=N)),
}

# ---------------------------------------------------------------- the shipped methods pass

SHIPPED = {name: Solver(claim.method) for name, claim in CLAIMS.items()}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_walk_is_a_run(name):
    """What the gates look at is what ``run`` does: the same steps with the same indices."""
    claim, solver = CLAIMS[name], SHIPPED[name]
    found = run(claim.method, [claim.instance], rounds=5, grid=every).log_distance[0]
    steps = solver.steps(claim.instance)
    walked = [np.linalg.norm(state.x) for state, _ in gates.walk(solver, claim.instance, [0], 5 * steps)]
    np.testing.assert_allclose(np.log(walked[::steps]), found, rtol=0, atol=1e-12)


@pytest.mark.parametrize("block", [1, 7, 64])
@pytest.mark.parametrize(
    ("method", "instance"),
    [
        (RandomizedCoordinateDescent(), QUADRATIC),
        (RandomizedCoordinateDescent(relaxation=1.4), SCALED),
        (SGD(step=0.7), SQUARE),
        (SGD(step=0.7), TALL),
        (SAGA(), SQUARE),
        (SAGA(), TALL),
        (SVRG(), SQUARE),
        (SVRG(step=0.2, inner=37), TALL),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "_fields") else value.label,
)
def test_the_path_is_its_replay(method, instance, block):
    """Blocks longer than the number of indices: some repeat within each."""
    error = gates.replay_error(Solver(method), Claim(method, instance, ()), block=block)
    assert error <= gates.REPLAY


@pytest.mark.parametrize("relaxation", [1, 0.6, 1.5])
@pytest.mark.parametrize("instance", [QUADRATIC, SCALED], ids=["unit diagonal", "another"])
def test_a_step_of_coordinate_descent_keeps_one_minus_relaxation_of_its_derivative(relaxation, instance):
    method = RandomizedCoordinateDescent(relaxation=relaxation)
    assert gates.pathwise_error(Solver(method), Claim(method, instance, ())) <= gates.PATHWISE


@pytest.mark.parametrize(("name", "count"), [*((name, 500) for name in CLAIMS), ("CD", 2000), ("SAGA", 2000)])
def test_a_step_has_the_mean_over_all_indices(name, count):
    assert not gates.martingale(SHIPPED[name], CLAIMS[name], count=count)


@pytest.mark.parametrize("name", CLAIMS)
def test_the_mean_of_many_runs_is_the_exact_expectation(name):
    assert not gates.expected(SHIPPED[name], CLAIMS[name])


def test_late_times_are_no_checkpoints():
    """Few large runs make the mean there, which 256 seeds may miss."""
    assert CLAIMS["CD"].checkpoints == [4, 8, 16, 32]
    assert CLAIMS["SGD"].checkpoints == [8, 16, 32]
    assert CLAIMS["SAGA"].checkpoints == [16, 32, 48, 64]
    assert CLAIMS["SVRG"].checkpoints == [16, 48, 80]


@pytest.mark.parametrize("name", CLAIMS)
def test_the_indices_of_a_run_are_uniform_and_independent(name):
    assert not gates.index_law(SHIPPED[name], CLAIMS[name])


# ---------------------------------------------------------------- broken solvers do not


def long_martingale(solver: Solver, claim: Claim) -> bool:
    return gates.martingale(solver, claim, count=2000)


REPLAY, PATHWISE, EXPECTED, INDEX = gates.replay, gates.pathwise, gates.expected, gates.index_law
STEP, LONG = gates.martingale, long_martingale

CAUGHT = {
    "CD step 0.9": [REPLAY, PATHWISE, LONG],
    "CD step 1.1": [REPLAY, PATHWISE, LONG],
    "CD biased 20 %": [INDEX],
    "CD biased 50 %": [INDEX, STEP],
    "CD cyclic": [INDEX, STEP, EXPECTED],
    "CD shuffled": [INDEX, STEP, EXPECTED],
    "CD without repeats": [INDEX],
    "SGD step 0.9": [REPLAY, STEP],
    "SGD biased 20 %": [INDEX],
    "SAGA step 1.1": [REPLAY, STEP, EXPECTED],
    "SAGA without average": [REPLAY, STEP, EXPECTED],
    "SAGA with SAG's weights": [REPLAY, STEP, EXPECTED],
    "SAGA table frozen": [REPLAY, EXPECTED],
    "SAGA average updated before use": [REPLAY],
    "SAGA biased 50 %": [INDEX, LONG],
    "SVRG step 1.1": [REPLAY, STEP, EXPECTED],
    "SVRG never refreshed": [REPLAY, EXPECTED],
    "SVRG stale full gradient": [REPLAY, EXPECTED],
    "SVRG two independent indices": [REPLAY, STEP, EXPECTED],
}
#: Why one gate is not enough.
BLIND = {
    "CD biased 50 %": [REPLAY, PATHWISE],
    "CD cyclic": [REPLAY, PATHWISE],
    "SAGA biased 50 %": [REPLAY],
    "SAGA table frozen": [STEP, INDEX],
    "SVRG never refreshed": [STEP, INDEX],
    "SVRG stale full gradient": [STEP, INDEX],
}


def pairs(table: dict[str, list[Any]]) -> Any:
    each = [(name, gate) for name, listed in table.items() for gate in listed]
    ids = [f"{name}-{gate.__name__}" for name, gate in each]
    return pytest.mark.parametrize(("name", "gate"), each, ids=ids)


def test_every_broken_solver_has_its_gate():
    assert BROKEN.keys() == CAUGHT.keys()


@pairs(CAUGHT)
def test_a_broken_solver_is_caught(name, gate):
    assert gate(BROKEN[name], CLAIMS[name.split()[0]])


@pairs(BLIND)
def test_no_gate_sees_everything(name, gate):
    assert not gate(BROKEN[name], CLAIMS[name.split()[0]])


def test_only_pairs_of_indices_show_that_none_repeats():
    drawn = BROKEN["CD without repeats"].drawn(QUADRATIC, [0], 8000)[0]
    counts, neighbours = gates.index_tails(drawn, SIZE)
    assert gates.LEVEL / 4 < counts < 1 - gates.LEVEL / 4
    assert neighbours < gates.LEVEL / 4


# ---------------------------------------------------------------- false alarms

RATE, REPETITIONS = 1e-2, 4000
SMALL = unit_diagonal(spike(8, 4.0, 3.0), "false alarms", seed=1)


def lowest_rate(alarms: int, repetitions: int) -> float:
    """The lower Clopper-Pearson limit of a chance, at 99 % two-sided."""
    return float(scipy.special.betaincinv(alarms, repetitions - alarms + 1, 0.005)) if alarms else 0.0


@pytest.mark.parametrize(
    ("method", "instance"),
    [(RandomizedCoordinateDescent(), SMALL), (SAGA(), square_root(SMALL))],
    ids=["CD", "SAGA"],
)
def test_the_one_step_gate_alarms_no_more_often_than_its_level(method, instance):
    claim = Claim(method, instance, ())
    alarms = 0
    for first in range(0, REPETITIONS, 250):  # so many fit into the cache
        total, live = gates.martingale_sums(Solver(method), claim, range(first, first + 250), 100)
        alarms += int(gates.martingale_alarms(total, live, RATE).sum())
    assert alarms > 0, "a test that never alarms has another level"
    assert lowest_rate(alarms, REPETITIONS) <= RATE


def test_the_index_gate_alarms_no_more_often_than_its_level():
    solver = Solver(RandomizedCoordinateDescent())
    drawn = solver.drawn(SMALL, range(REPETITIONS), 1600)
    alarms = sum(gates.index_alarm(row, 8, RATE) for row in drawn)
    assert alarms > 0, "a test that never alarms has another level"
    assert lowest_rate(alarms, REPETITIONS) <= RATE


def test_the_limit_of_a_rate_is_that_of_the_binomial_law():
    """At the lower limit, 60 or more alarms of 4000 have the chance 0.005."""
    p = lowest_rate(60, 4000)
    assert scipy.special.bdtrc(59, 4000, p) == pytest.approx(0.005, rel=1e-9)
    assert p < 60 / 4000
