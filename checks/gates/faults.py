"""Broken solvers, each with the method that it claims to be and the gates that must catch it.

They are mistakes that are made in practice: a step that is off, an index that is not uniform, a table, an
average or a snapshot that is handled in the wrong order. No gate sees all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from checks.gates.solver import Draw, Draws, Solver
from solvers import (
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    Kaczmarz,
    LooplessSVRG,
    MiniBatchSGD,
    MomentumSGD,
    RandomizedCoordinateDescent,
)
from solvers.constants import L_max, N, n
from solvers.methods.accelerated_coordinate_descent import COUPLING
from solvers.methods.loopless_svrg import LooplessState
from solvers.methods.svrg import SnapshotState
from solvers.sampling import Sampling
from solvers.vocabulary import (
    add_at,
    ascend,
    at,
    axpy,
    component,
    gradient,
    pick,
    picks,
    put,
    samples,
)

# ---------------------------------------------------------------- draws


def biased(percent: int) -> Draw:
    """Index 0 is drawn this much too rarely, the last one as much too often, linearly between."""

    def draw(sampling: Sampling, key: int, rounds: int, steps: int) -> Draws:
        chances = (1 + percent / 100 * np.linspace(-1, 1, sampling.choices)) / sampling.choices
        rng = np.random.default_rng([key, percent])
        return of_indices(rng.choice(sampling.choices, rounds * steps, p=chances))

    return draw


def of_indices(drawn: np.ndarray) -> Draws:
    return Draws(drawn, np.zeros(0, dtype=bool))


def cyclic(sampling: Sampling, key: int, rounds: int, steps: int) -> Draws:
    return of_indices(np.arange(rounds * steps) % sampling.choices)


def shuffled(sampling: Sampling, key: int, rounds: int, steps: int) -> Draws:
    """A new order of all indices again and again: none is drawn twice in an order."""
    rng, choices = np.random.default_rng(key), sampling.choices
    orders = [rng.permutation(choices) for _ in range(-(-rounds * steps // choices))]
    return of_indices(np.concatenate(orders)[: rounds * steps])


def no_repeats(sampling: Sampling, key: int, rounds: int, steps: int) -> Draws:
    """Uniform over all indices but the one before."""
    moves = np.random.default_rng(key).integers(1, sampling.choices, rounds * steps)
    return of_indices(np.cumsum(moves) % sampling.choices)


def unweighted(sampling: Sampling, key: int, rounds: int, steps: int) -> Draws:
    return of_indices(sampling._replace(weights=None).indices(key, 0, rounds, steps))


# ---------------------------------------------------------------- steps


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


class AverageLast(SAG):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        axpy(state.x, -self.step, state.average)
        difference = component(problem, state.x, i) - at(state.table, i)
        add_at(state.table, i, difference)
        ascend(problem, state.average, difference / samples(problem), i)


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


class SnapshotOfNewIterate(LooplessSVRG):
    def by_chance(self, problem: Any, state: LooplessState) -> None:
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))


class FirstOfBatch(MiniBatchSGD):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        change = state.x * 0
        for _ in range(picks(i)):
            ascend(problem, change, component(problem, state.x, pick(i, 0)), pick(i, 0))
        axpy(state.x, -self.step / self.batch, change)


class WithoutNorm(Kaczmarz):
    def update(self, problem: Any, state: Any, i: Any) -> None:
        ascend(problem, state.x, -self.relaxation * component(problem, state.x, i), i)


class MomentumTwice(MomentumSGD):
    """The momentum is added before the gradient is taken as well: Nesterov's point, with the old memory."""

    def update(self, problem: Any, state: Any, i: Any) -> None:
        direction = self.momentum * (state.x - state.previous)
        ascend(problem, direction, -self.step * component(problem, state.x + direction, i), i)
        put(state.previous, state.x)
        axpy(state.x, 1, direction)


# ---------------------------------------------------------------- faults


class Fault(NamedTuple):
    """A broken solver.

    Attributes:
        claim: the name, among ``claims.CLAIMS``, of what it should be.
        caught: the gates that catch it.
        blind: gates that see nothing of it.
    """

    solver: Solver
    claim: str
    caught: tuple[str, ...]
    blind: tuple[str, ...] = ()


REPLAY, PATHWISE, STEP, EXPECTED = "replay", "pathwise", "one step", "expectation"
INDEX, COIN = "indices", "coins"
#: Blind to how indices are drawn.
STEPS = (REPLAY, PATHWISE)

FAULTS = {
    "CD, step 0.9": Fault(
        Solver(RandomizedCoordinateDescent(relaxation=0.9)), "CD", (REPLAY, PATHWISE, STEP), (INDEX,)
    ),
    "CD, step 1.1": Fault(
        Solver(RandomizedCoordinateDescent(relaxation=1.1)), "CD", (REPLAY, PATHWISE), (INDEX,)
    ),
    "CD, indices biased by 20 %": Fault(
        Solver(RandomizedCoordinateDescent(), biased(20)), "CD", (INDEX,), STEPS
    ),
    "CD, indices biased by 50 %": Fault(
        Solver(RandomizedCoordinateDescent(), biased(50)), "CD", (INDEX, STEP), STEPS
    ),
    "CD, cyclic": Fault(Solver(RandomizedCoordinateDescent(), cyclic), "CD", (INDEX, STEP, EXPECTED), STEPS),
    "CD, random permutations": Fault(
        Solver(RandomizedCoordinateDescent(), shuffled), "CD", (INDEX, STEP, EXPECTED), STEPS
    ),
    "CD, never an index twice in a row": Fault(
        Solver(RandomizedCoordinateDescent(), no_repeats), "CD", (INDEX,), STEPS
    ),
    "SGD, step 0.9": Fault(Solver(SGD(step=0.9 / L_max)), "SGD", (REPLAY, STEP), (INDEX,)),
    "SGD, indices biased by 20 %": Fault(Solver(SGD(), biased(20)), "SGD", (INDEX,), (REPLAY,)),
    "SAGA, step 1.1": Fault(Solver(SAGA(step=1.1 / (3 * L_max))), "SAGA", (REPLAY, STEP, EXPECTED), (INDEX,)),
    "SAGA, without the average": Fault(Solver(WithoutAverage()), "SAGA", (REPLAY, STEP, EXPECTED), (INDEX,)),
    "SAGA, with SAG's weights": Fault(Solver(SAGWeights()), "SAGA", (REPLAY, STEP, EXPECTED), (INDEX,)),
    "SAGA, table frozen": Fault(Solver(FrozenTable()), "SAGA", (REPLAY, EXPECTED), (STEP, INDEX)),
    "SAGA, average updated before use": Fault(Solver(AverageFirst()), "SAGA", (REPLAY,), (INDEX,)),
    "SAGA, indices biased by 50 %": Fault(Solver(SAGA(), biased(50)), "SAGA", (INDEX,), (REPLAY,)),
    "SVRG, step 1.1": Fault(
        Solver(SVRG(step=1.1 / (3 * L_max), inner=N)), "SVRG", (REPLAY, STEP, EXPECTED), (INDEX,)
    ),
    "SVRG, never a new snapshot": Fault(
        Solver(NeverRefreshed(inner=N)), "SVRG", (REPLAY, EXPECTED), (STEP, INDEX)
    ),
    "SVRG, stale full gradient": Fault(
        Solver(StaleGradient(inner=N)), "SVRG", (REPLAY, EXPECTED), (STEP, INDEX)
    ),
    "SVRG, two independent indices": Fault(
        Solver(TwoIndices(inner=N)), "SVRG", (REPLAY, STEP, EXPECTED), (INDEX,)
    ),
    "L-SVRG, half the chance": Fault(
        Solver(LooplessSVRG(chance=1 / (2 * N))), "L-SVRG", (COIN,), (REPLAY, INDEX)
    ),
    "L-SVRG, snapshot of the new iterate": Fault(
        Solver(SnapshotOfNewIterate()), "L-SVRG", (REPLAY,), (EXPECTED, INDEX, COIN)
    ),
    "SAG, average updated after use": Fault(Solver(AverageLast(step=1 / (4 * L_max))), "SAG", (REPLAY,)),
    "Mini-batch SGD, drawn with replacement": Fault(
        Solver(MiniBatchSGD(replacement=1)), "Mini-batch SGD", (INDEX,), (REPLAY,)
    ),
    "Mini-batch SGD, the first index twice": Fault(
        Solver(FirstOfBatch()), "Mini-batch SGD", (REPLAY,), (INDEX,)
    ),
    "Kaczmarz, drawn uniformly": Fault(Solver(Kaczmarz(), unweighted), "Kaczmarz", (INDEX,), (REPLAY,)),
    "Kaczmarz, not divided by the norm": Fault(Solver(WithoutNorm()), "Kaczmarz", (REPLAY,), (INDEX,)),
    "Momentum SGD, at Nesterov's point": Fault(Solver(MomentumTwice()), "Momentum SGD", (REPLAY,), (INDEX,)),
    "Accelerated CD, step 0.9": Fault(
        Solver(AcceleratedCoordinateDescent(step=sp.Rational(9, 10) * (1 - COUPLING) / (n * COUPLING))),
        "Accelerated CD",
        (REPLAY,),
        (INDEX,),
    ),
}
