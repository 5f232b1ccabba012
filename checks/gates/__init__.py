"""Gates for the code of sampled methods: each compares a solver with the law that it claims to follow.

========== =========================================================== ===========================
gate       compares                                                    does not see
========== =========================================================== ===========================
replay     the path with a triangular solve over the list of indices   how indices are drawn
pathwise   a partial derivative before and after its own step          how indices are drawn
martingale gap and distance with their mean over all indices, a step   a wrong table or snapshot
expected   gap and distance with exact expectations, many seeds        small changes of a step
indices    counts of the indices drawn, and of pairs of neighbours     the step
========== =========================================================== ===========================

A solver is a method and a way to draw, and may be broken; the claim is what it should be. A gate
returns whether it alarms. On a true solver the first two never do, the others with the chance ``LEVEL``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.special

from solvers import SAGA, SGD, SVRG, RandomizedCoordinateDescent
from solvers import method as protocol
from solvers.iteration import columns_of
from solvers.moments import SecondMoment
from solvers.problems.instance import Instance
from solvers.sampling import Sampling, stream

#: Chance that one call of a statistical gate alarms on a true solver.
LEVEL = 1e-4
#: Runs of the gate ``expected``, and of the pilot that chooses its checkpoints.
SEEDS, PILOT = 256, 2000
#: What a path may differ from its replay, relative to the larger of |g| and |e|.
REPLAY = 1e-10
PATHWISE = 1e-12

# ---------------------------------------------------------------- solvers

#: (key of the stream, rounds, steps in a round, choices) -> indices, shape (rounds * steps,).
Draw = Callable[[int, int, int, int], np.ndarray]


def uniform(key: int, rounds: int, steps: int, choices: int) -> np.ndarray:
    """What a run draws."""
    return Sampling(choices).indices(key, 0, rounds, steps)


def with_run_axis(problem: Any) -> Any:
    """The problem's arrays with a run axis of length 1, as the batch reading takes them."""
    return type(problem)(*(array[None] for array in problem))


class Solver(NamedTuple):
    """A method, its hyper-parameters expressions, and how it draws."""

    method: Any
    draw: Draw = uniform

    def steps(self, instance: Instance) -> int:
        return protocol.steps(protocol.evaluate(self.method, instance), instance.problem)

    def drawn(self, instance: Instance, seeds: Sequence[int], count: int) -> np.ndarray:
        """The indices of ``count`` steps, one row a seed."""
        steps = self.steps(instance)
        choices = protocol.choices(self.method, instance)
        keys = [stream(instance.label, seed) for seed in seeds]
        return np.stack([self.draw(key, -(-count // steps), steps, choices)[:count] for key in keys])


@dataclass(frozen=True)
class Claim:
    """A method as it should be, on one instance; ``times``, in steps, are candidates for ``expected``."""

    method: Any
    instance: Instance
    times: tuple[int, ...]

    @property
    def numbers(self) -> list[float]:
        return [float(v) for v in protocol.evaluate(self.method, self.instance)]

    @property
    def choices(self) -> int:
        return protocol.choices(self.method, self.instance)

    @functools.cached_property
    def checkpoints(self) -> list[int]:
        """The times at which the mean of ``SEEDS`` runs is normal enough for a t-test at a small level.

        The relative standard deviation is at most 0.9, and SEEDS >= 50 skewness^2, for gap and
        distance, as a pilot of other seeds finds them.
        """
        found = samples(Solver(self.method), self.instance, range(10**6, 10**6 + PILOT), self.times)
        mean, deviation = found.mean(-1), found.std(-1)
        skewness = ((found - mean[..., None]) ** 3).mean(-1) / deviation**3
        good = (deviation <= 0.9 * mean) & (50 * skewness**2 <= SEEDS)
        return [t for t, passes in zip(self.times, good.all(0), strict=True) if passes]

    @functools.cached_property
    def exact(self) -> np.ndarray:
        """The expected gap and squared distance at the checkpoints, shape (2, checkpoints)."""
        once_a_round = hasattr(type(self.method), "outer")
        stride = Solver(self.method).steps(self.instance) if once_a_round else 1
        assert not any(t % stride for t in self.times), "such a method has expectations at ends of rounds"
        moment = SecondMoment.of(self.method, self.instance)
        rounds = [t // stride for t in self.checkpoints]
        squares, gaps = moment.trajectory(self.instance.start(0), stride, max(rounds))
        return np.stack([gaps, squares])[:, rounds]


def walk(solver: Solver, instance: Instance, seeds: Sequence[int], count: int) -> Iterator[tuple[Any, Any]]:
    """(state, indices of the next step) before every step, all runs from the start of seed 0.

    The state is advanced in place when the iteration goes on. The last pair has no indices.
    """
    columns, problem = (
        columns_of(protocol.evaluate(solver.method, instance), 1),
        with_run_axis(instance.problem),
    )
    steps = solver.steps(instance)
    drawn = solver.drawn(instance, seeds, count)
    state = columns.start(problem, np.tile(instance.start(0), (len(seeds), 1)))
    runs = np.arange(len(seeds))
    for t in range(count):
        if t % steps == 0:
            protocol.outer(columns, problem, state)
        yield state, (runs, drawn[:, t])
        protocol.update(columns, problem, state, (runs, drawn[:, t]))
        if (t + 1) % steps == 0:
            protocol.refresh(columns, problem, state)
    yield state, None


def measures(problem: Any, x: np.ndarray) -> np.ndarray:
    """The gap and the squared distance of every run, shape (2, B)."""
    return np.stack([problem.gap(x)[:, 0], (x * x).sum(-1)])


# ---------------------------------------------------------------- replay

# Each replay returns the iterates before every step and after the last, from plain numpy: the steps of
# a block are the unknowns of one triangular system. Indices may repeat within a block.


def solve(matrix: np.ndarray, rhs: np.ndarray) -> np.ndarray:
    return scipy.linalg.solve_triangular(matrix, rhs, lower=True)


def blocks(drawn: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, len(drawn), size):
        yield drawn[first : first + size]


def replay_coordinate_descent(
    instance: Instance, drawn: np.ndarray, block: int, relaxation: float
) -> np.ndarray:
    """(D / w + strictly lower part of Q_JJ) s = g_J, D its diagonal; x_J falls by s."""
    Q, path = instance.problem.Q, [instance.start(0)]
    for J in blocks(drawn, block):
        QJJ = Q[np.ix_(J, J)]
        s = solve(np.tril(QJJ, -1) + np.diag(np.diag(QJJ)) / relaxation, Q[J] @ path[-1])
        path.extend(path[-1] - np.cumsum(s[:, None] * np.eye(len(Q))[J], axis=0))
    return np.array(path)


def replay_sgd(instance: Instance, drawn: np.ndarray, block: int, step: float) -> np.ndarray:
    """(I + step strictly lower part of A_J A_J') s = A_J x - r_J; x falls by step A_J' s."""
    (A, r), path = instance.problem, [instance.start(0)]
    for J in blocks(drawn, block):
        lower = np.tril(A[J] @ A[J].T, -1)
        s = solve(np.eye(len(J)) + step * lower, A[J] @ path[-1] - r[J])
        path.extend(path[-1] - step * np.cumsum(s[:, None] * A[J], axis=0))
    return np.array(path)


def replay_saga(instance: Instance, drawn: np.ndarray, block: int, step: float) -> np.ndarray:
    """s_j is what the table's entry rises by at step j, so that step l < j moves x by then by
    step (1 + (j - 1 - l)/N) a_l s_l: once itself, and through the average at every later step. Of an
    index that came before in the block, the entry has risen by all its s: the indicator."""
    (A, r), path = instance.problem, [instance.start(0)]
    count = len(A)
    table = A @ path[0] - r
    average = A.T @ table / count
    for J in blocks(drawn, block):
        j = np.arange(len(J) + 1)
        weight = step * np.tril(1 + (j[:, None] - 1 - j[:-1]) / count, -1)  # of s_l before step j
        same = np.tril(J[:, None] == J, -1)
        matrix = np.eye(len(J)) + weight[:-1] * (A[J] @ A[J].T) + same
        s = solve(matrix, A[J] @ path[-1] - r[J] - table[J] - step * j[:-1] * (A[J] @ average))
        path.extend(path[-1] - weight[1:] @ (s[:, None] * A[J]) - step * j[1:, None] * average)
        average = average + A[J].T @ s / count
        table = table + np.bincount(J, s, count)
    return np.array(path)


def replay_svrg(instance: Instance, drawn: np.ndarray, block: int, step: float, inner: float) -> np.ndarray:
    """SGD on the differences a_i'(x - snapshot), with the full gradient at every step."""
    (A, _), path = instance.problem, [instance.start(0)]
    for round_ in blocks(drawn, int(inner)):
        snapshot = path[-1]
        full = A.T @ (A @ snapshot) / len(A)
        for J in blocks(round_, block):
            j = np.arange(1, len(J) + 1)
            lower = np.tril(A[J] @ A[J].T, -1)
            rhs = A[J] @ (path[-1] - snapshot) - step * (j - 1) * (A[J] @ full)
            s = solve(np.eye(len(J)) + step * lower, rhs)
            path.extend(path[-1] - step * np.cumsum(s[:, None] * A[J], axis=0) - step * j[:, None] * full)
    return np.array(path)


REPLAYS: dict[type, Callable[..., np.ndarray]] = {
    RandomizedCoordinateDescent: replay_coordinate_descent,
    SGD: replay_sgd,
    SAGA: replay_saga,
    SVRG: replay_svrg,
}


def replay_error(solver: Solver, claim: Claim, count: int = 400, block: int = 64) -> float:
    """The largest |x_t - replay| / max(|g_t|, |x_t|) along one run."""
    instance = claim.instance
    path = np.array([state.x[0].copy() for state, _ in walk(solver, instance, [0], count)])
    drawn = solver.drawn(instance, [0], count)[0]
    wanted = REPLAYS[type(claim.method)](instance, drawn, block, *claim.numbers)
    gradients = with_run_axis(instance.problem).gradient(wanted)
    scale = np.maximum(np.linalg.norm(gradients, axis=1), np.linalg.norm(wanted, axis=1))
    return float((np.linalg.norm(path - wanted, axis=1) / scale).max())


def replay(solver: Solver, claim: Claim) -> bool:
    return not replay_error(solver, claim) <= REPLAY


# ---------------------------------------------------------------- the pathwise identity


def pathwise_error(solver: Solver, claim: Claim, count: int = 400) -> float:
    """The largest ||g_i(x+)| - |1 - w| |g_i(x)|| / max|g(x)| along a run of coordinate descent with
    relaxation w; every gradient is computed afresh from the iterate."""
    kept = abs(1 - claim.numbers[0])
    drawn = solver.drawn(claim.instance, [0], count)[0]
    path = [state.x[0].copy() for state, _ in walk(solver, claim.instance, [0], count)]
    g = np.abs(path @ claim.instance.problem.Q)
    t = np.arange(count)
    return float((np.abs(g[t + 1, drawn] - kept * g[t, drawn]) / g[t].max(1)).max())


def pathwise(solver: Solver, claim: Claim) -> bool:
    return not pathwise_error(solver, claim) <= PATHWISE


# ---------------------------------------------------------------- one step, all indices


def martingale_sums(
    solver: Solver, claim: Claim, seeds: Sequence[int], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """For gap and distance, the sum over the steps of D / sd, and how many steps had a spread; (2, B).

    D is what the step gave minus the mean over all indices of what the claimed step would have given
    from the same state, sd the standard deviation over the indices: for a true solver a martingale
    whose increments have variance 1 and are no larger than the root of the number of indices.
    """
    instance, choices = claim.instance, claim.choices
    columns, problem = (
        columns_of(protocol.evaluate(claim.method, instance), 1),
        with_run_axis(instance.problem),
    )
    rows = np.arange(len(seeds) * choices)
    every_index = np.tile(np.arange(choices), len(seeds))
    total, live = np.zeros((2, len(seeds))), np.zeros((2, len(seeds)))
    mean: Any = None
    deviation: Any = None
    for state, i in walk(solver, instance, seeds, count):
        if mean is not None:
            spread = deviation > 1e-6 * mean  # the first step of SAGA and of a snapshot has none
            total += np.where(spread, measures(problem, state.x) - mean, 0) / np.where(spread, deviation, 1)
            live += spread
        if i is not None:
            leaves = [np.repeat(leaf, choices, axis=0) for leaf in state]
            protocol.update(columns, problem, type(state)(*leaves), (rows, every_index))
            candidates = measures(problem, leaves[0]).reshape(2, len(seeds), choices)
            mean, deviation = candidates.mean(-1), candidates.std(-1)
    return total, live


def martingale(solver: Solver, claim: Claim, seeds: Sequence[int] = range(16), count: int = 500) -> bool:
    """Normal z-test of all runs' sums; a solver that stands still in half of its steps alarms too."""
    total, live = martingale_sums(solver, claim, seeds, count)
    if (live.sum(1) < count * len(seeds) / 2).any():
        return True
    return bool(martingale_alarms(total.sum(1), live.sum(1), LEVEL))


def martingale_alarms(total: np.ndarray, live: np.ndarray, level: float) -> np.ndarray:
    """Whether the gap or the distance (leading axis, 2) is out of line, at this level for both together."""
    return (np.abs(total) > -scipy.special.ndtri(level / 4) * np.sqrt(live)).any(0)


# ---------------------------------------------------------------- exact expectations


def samples(solver: Solver, instance: Instance, seeds: Sequence[int], times: Sequence[int]) -> np.ndarray:
    """Gap and squared distance of the runs after these numbers of steps, shape (2, times, B)."""
    problem = with_run_axis(instance.problem)
    paths = enumerate(walk(solver, instance, seeds, max(times)))
    return np.stack([measures(problem, state.x) for t, (state, _) in paths if t in times], axis=1)


def scores(solver: Solver, claim: Claim, seeds: Sequence[int]) -> np.ndarray:
    """t-scores of the runs' means against the exact expectations, shape (2, checkpoints)."""
    found = samples(solver, claim.instance, seeds, claim.checkpoints)
    error = found.std(-1, ddof=1) / np.sqrt(len(seeds))
    return (found.mean(-1) - claim.exact) / np.maximum(error, 1e-12 * claim.exact)


def expected(solver: Solver, claim: Claim) -> bool:
    """Student's test at all checkpoints; an alarm counts if fresh seeds repeat it."""
    limit = -scipy.special.stdtrit(SEEDS - 1, LEVEL / (4 * len(claim.checkpoints)))
    return all(
        (np.abs(scores(solver, claim, range(first, first + SEEDS))) > limit).any() for first in (0, SEEDS)
    )


# ---------------------------------------------------------------- indices


def index_tails(drawn: np.ndarray, choices: int) -> tuple[float, float]:
    """Chi-square tails of the counts (are they even?) and of neighbouring pairs (are they independent?).

    Pairs overlap, and each index is in two of them; only given the counts is the limit a chi-square.
    """
    counts = np.bincount(drawn, minlength=choices)
    even = len(drawn) / choices
    pairs = np.bincount(drawn[:-1] * choices + drawn[1:], minlength=choices**2).reshape(choices, choices)
    product = pairs.sum(1, keepdims=True) * pairs.sum(0) / pairs.sum()
    uneven = ((counts - even) ** 2).sum() / even
    dependent = ((pairs - product) ** 2 / np.maximum(product, 1e-300)).sum()
    return (
        float(scipy.special.chdtrc(choices - 1, uneven)),
        float(scipy.special.chdtrc((choices - 1) ** 2, dependent)),
    )


def index_alarm(drawn: np.ndarray, choices: int, level: float) -> bool:
    """Both tests two-sided: too even is as suspect as too uneven."""
    return any(tail < level / 4 or tail > 1 - level / 4 for tail in index_tails(drawn, choices))


def index_law(solver: Solver, claim: Claim, count: int = 8000) -> bool:
    return index_alarm(solver.drawn(claim.instance, [0], count)[0], claim.choices, LEVEL)
