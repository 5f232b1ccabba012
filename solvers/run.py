"""The loop: runs = instances x seeds on the leading axis, errors as natural logs without a floor.

On a homogeneous problem the state is rescaled by powers of two, which changes no bit, so that an
error far below the smallest number is still an error. Two readings of the same text advance the runs:
all rows at once (numpy, torch), or one run at a time, compiled, where the number of steps pays for
the compilation.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.arrays import ROUNDS_PER_DRAW, Arrays, indices, stream
from solvers.counting import epochs_per_round
from solvers.method import Method
from solvers.problems.instance import Instance

#: A run whose iterate leaves [1/BIG, BIG] is scaled back; entries below TINY are zero beside the others.
BIG = 2.0**300
TINY = 1e-280
#: Steps from which a compiled loop repays its compilation (about a second) against numpy's calls.
PAYS = 40_000


class Outcome(enum.Enum):
    """How a run ended; the value says what it means for what was measured."""

    CONVERGED = "the error reached the target"
    TERMINATED = "the error is exactly zero: the method found the solution in finitely many steps"
    BUDGET = "the budget of rounds is spent; raise the budget if the error should be smaller"
    FLOOR = "the error stands at the rounding floor of its problem; use what was measured above it"
    DIVERGED = "the error grew beyond the ceiling; a smaller step may converge"


@dataclass(frozen=True)
class Trajectories:
    """What a batch of runs left behind, one row a run (instances x seeds, the seed running faster).

    Attributes:
        rounds: (B, T) rounds at which the error was recorded, 0 first; -1 behind a run's end.
        epochs_per_round: (B,) what a round costs.
        log_distance: (B, T) ln |x - x*|; -inf where exact, NaN behind a run's end.
        log_gap: (B, T) ln (f - f*), or None if it was not asked for.
        outcomes: how each run ended.
        instance: (B,) index of the run's instance.
        seed: (B,) its seed.
    """

    rounds: np.ndarray
    epochs_per_round: np.ndarray
    log_distance: np.ndarray
    log_gap: np.ndarray | None
    outcomes: tuple[Outcome, ...]
    instance: np.ndarray
    seed: np.ndarray
    reading: str

    @property
    def epochs(self) -> np.ndarray:
        """(B, T) epochs at which the error was recorded; NaN behind a run's end."""
        return np.where(self.rounds < 0, np.nan, self.rounds) * self.epochs_per_round[:, None]

    def log_error(self, measure: str) -> np.ndarray:
        """The log errors in this measure, "distance" or "gap".

        Raises:
            KeyError: the measure was not recorded.
        """
        if measure == "distance":
            return self.log_distance
        if measure == "gap" and self.log_gap is not None:
            return self.log_gap
        raise KeyError(f"the runs did not record {measure!r}; ask for it in measures=")


def every(budget: int, stride: int = 1) -> np.ndarray:
    """Rounds stride, 2 stride, ..., budget."""
    return np.arange(stride, budget + 1, stride)


def sparse(budget: int, dense: int = 256, ratio: float = 1.005) -> np.ndarray:
    """Every round up to ``dense``, then rounds in geometric progression, and the last one."""
    if budget <= dense:
        return every(budget)
    count = math.ceil(math.log(budget / dense) / math.log(ratio))
    tail = np.unique(np.round(dense * ratio ** np.arange(1, count)).astype(np.int64))
    return np.r_[every(dense), tail[(tail > dense) & (tail < budget)], budget]


@dataclass
class Plan:
    """What one run needs to know before it starts.

    ``grid`` (T,) are the rounds to record; ``check`` the stride at which the scale is looked at
    between them; ``primary`` the measure (0 distance, 1 gap) that ``target`` and ``ceiling`` limit.
    """

    instance: Instance
    method: Any
    key: int
    start: np.ndarray
    steps: int
    choices: int
    grid: np.ndarray
    target: float
    ceiling: float
    primary: int
    want_gap: bool

    @property
    def check(self) -> int:
        return max(1, 16 // self.steps)


def run(
    method: Method,
    instances: Sequence[Instance],
    seeds: Sequence[int] = (0,),
    *,
    rounds: int | Callable[[Instance], int],
    reduction: float = math.inf,
    growth: float = 70.0,
    measures: Sequence[str] = ("distance",),
    grid: Callable[[int], np.ndarray] = sparse,
    arrays: Arrays = Arrays(),  # noqa: B008
    reading: str | None = None,
) -> Trajectories:
    """Run a method from every instance's start, once a seed.

    Args:
        method: hyper-parameters as expressions; evaluated on each instance.
        instances: of any types and shapes; those of one shape advance together.
        seeds: choose the start and the random stream of a run.
        rounds: budget, the same for all or a function of the instance.
        reduction: stop when ln(error) has fallen by this much (infinite: never).
        growth: stop when ln(error) has risen by this much.
        measures: "distance", "gap"; the first one is the one that stops a run.
        grid: budget -> the rounds to record.
        arrays: backend and device.
        reading: "batch" or "compiled"; by default the cheaper one ("batch" on torch).

    Raises:
        ValueError: no instance, no seed, an expression without a value.
        TypeError: a problem without an oracle that the method needs.
    """
    if not instances or not seeds:
        raise ValueError(
            f"{protocol.name(method)} has nothing to run on: "
            f"{len(instances)} instances and {len(seeds)} seeds; give at least one of each"
        )
    arrays.check()
    plans = [
        _plan(method, instance, seed, rounds, reduction, growth, measures, grid)
        for instance in instances
        for seed in seeds
    ]
    work = sum(int(plan.grid[-1]) * plan.steps for plan in plans)
    if reading is None:
        longest = max(int(plan.grid[-1]) * plan.steps for plan in plans)
        reading = "compiled" if arrays.backend == "numpy" and max(longest, work / 40) > PAYS else "batch"
    if reading == "compiled" and arrays.backend != "numpy":
        raise ValueError("the compiled reading runs on numpy arrays only; use backend numpy with it")
    records = _compiled(plans) if reading == "compiled" else _batches(plans, arrays)
    costs = {id(i): float(epochs_per_round(protocol.evaluate(method, i), i)) for i in instances}
    return _collect(plans, records, costs, len(seeds), seeds, reading)


def _plan(
    method: Method,
    instance: Instance,
    seed: int,
    rounds: int | Callable[[Instance], int],
    reduction: float,
    growth: float,
    measures: Sequence[str],
    grid: Callable[[int], np.ndarray],
) -> Plan:
    protocol.require(method, instance)
    evaluated = protocol.evaluate(method, instance)
    start = np.asarray(instance.start(seed), dtype=float)
    primary = int(measures[0] == "gap")
    with np.errstate(divide="ignore"):
        height = _gap(instance.problem, start) if primary else math.sqrt(float(start @ start))
        first = float(np.log(height))
    return Plan(
        instance=instance,
        method=evaluated,
        key=stream(instance.label, seed),
        start=start,
        steps=protocol.steps(evaluated, instance.problem),
        choices=protocol.draws(evaluated, instance.dimension, instance.components),
        grid=grid(int(rounds(instance) if callable(rounds) else rounds)),
        target=first - reduction,
        ceiling=first + growth,
        primary=primary,
        want_gap="gap" in measures,
    )


def _gap(problem: Any, x: np.ndarray) -> float:
    """f - f* of one iterate on a problem without a run axis."""
    return float(type(problem)(*(a[None] for a in problem)).gap(x[None])[0, 0])


Record = tuple[np.ndarray, np.ndarray, int]  # log distance and log gap along the grid; status


def _compiled(plans: Sequence[Plan]) -> list[Record]:
    from solvers import compiled

    records = []
    for plan in plans:
        kinds: tuple[Any, Any] = type(plan.method), type(plan.instance.problem)
        loop = compiled.kernel(*kinds)
        columns = type(plan.method)(*(np.reshape(v, (1, 1)) for v in plan.method))
        problem = plan.instance.problem
        shared = type(problem)(*(a[None] for a in problem))
        state = columns.start(shared, plan.start[None].copy())
        state = type(state)(*(np.ascontiguousarray(leaf[0]) for leaf in state))
        method = type(plan.method)(*(float(v) for v in plan.method))
        total = int(plan.grid[-1])
        block = ROUNDS_PER_DRAW if plan.choices else total
        log_distance = np.full(plan.grid.size, np.nan)
        log_gap = np.full(plan.grid.size if plan.want_gap else 0, np.nan)
        nothing = np.zeros(1, dtype=np.int64)
        position, shift, status = 0, 0, 0
        for first in range(0, total, block):
            count = min(block, total - first)
            draws = (
                indices(plan.key, first, count, plan.steps, plan.choices)
                if plan.choices
                else np.broadcast_to(nothing, count * plan.steps)
            )
            position, shift, status = loop(
                method, problem, state, draws, first, count, plan.steps, plan.grid, position,
                plan.check, plan.instance.homogeneous, type(plan.method).degrees, shift,
                plan.primary, plan.target, plan.ceiling, log_distance, log_gap,
            )  # fmt: skip
            if status:
                break
        records.append((log_distance, log_gap, status))
    return records


def _batches(plans: Sequence[Plan], arrays: Arrays) -> list[Record]:
    """One batch for each problem type, shape, round length and homogeneity."""
    groups: dict[Any, list[int]] = {}
    for b, plan in enumerate(plans):
        shapes = tuple(a.shape for a in plan.instance.problem)
        alike = (type(plan.instance.problem), shapes, plan.steps, plan.instance.homogeneous)
        groups.setdefault(alike, []).append(b)
    records: list[Record | None] = [None] * len(plans)
    for members in groups.values():
        for b, record in zip(members, _batch([plans[b] for b in members], arrays), strict=True):
            records[b] = record
    return [record for record in records if record is not None]


def _stack(plans: Sequence[Plan], arrays: Arrays) -> Any:
    """The problems' arrays with a run axis, of length 1 where all runs share one instance."""
    problems = [p.instance.problem for p in plans]
    if all(p is problems[0] for p in problems):
        problems = problems[:1]
    return type(problems[0])(*(arrays.asarray(np.stack(column)) for column in zip(*problems, strict=True)))


def _batch(plans: Sequence[Plan], arrays: Arrays) -> list[Record]:
    problem = _stack(plans, arrays)
    first, count = plans[0], len(plans)
    method_class = type(first.method)
    method = method_class(
        *(
            arrays.asarray(np.array(column)[:, None])
            for column in zip(*(p.method for p in plans), strict=True)
        )
    )
    state = method.start(problem, arrays.asarray(np.stack([p.start for p in plans])))
    grids = [set(p.grid.tolist()) for p in plans]
    last = max(int(p.grid[-1]) for p in plans)
    recorded = set().union(*grids)
    rows = arrays.asarray(np.arange(count))
    shift = np.zeros(count)
    status = np.zeros(count, dtype=int)
    done = np.zeros(count, dtype=bool)
    position = np.zeros(count, dtype=int)
    records = [
        (np.full(p.grid.size, np.nan), np.full(p.grid.size if p.want_gap else 0, np.nan)) for p in plans
    ]
    for r in range(last):
        if r % ROUNDS_PER_DRAW == 0 and first.choices:
            block = min(ROUNDS_PER_DRAW, last - r)
            drawn = arrays.asarray(np.stack([indices(p.key, r, block, p.steps, p.choices) for p in plans]))
        with np.errstate(over="ignore", invalid="ignore"):
            protocol.outer(method, problem, state)
            for t in range(first.steps):
                column = drawn[:, (r % ROUNDS_PER_DRAW) * first.steps + t] if first.choices else rows
                protocol.update(method, problem, state, (rows, column))
            protocol.refresh(method, problem, state)
        now = r + 1
        if now not in recorded and now % first.check:
            continue
        if first.instance.homogeneous:
            shift += _rescale(state, method_class.degrees, arrays)
        if now not in recorded:
            continue
        with np.errstate(all="ignore"):
            square = arrays.to_numpy((state[0] * state[0]).sum(-1))
            zero = arrays.to_numpy((state[0] == 0).all(-1))
            log_distance = 0.5 * np.log(square) - shift * math.log(2.0)
            log_gap = None
            if first.want_gap:
                height = arrays.to_numpy(problem.gap(state[0])[:, 0])
                log_gap = np.log(np.maximum(height, 0)) - 2 * shift * math.log(2.0)
        for b in range(count):
            if done[b] or now not in grids[b]:
                continue
            if square[b] == 0 and not zero[b]:
                status[b], done[b] = 4, True
                continue
            records[b][0][position[b]] = log_distance[b]
            if log_gap is not None:
                records[b][1][position[b]] = log_gap[b]
            value = log_gap[b] if plans[b].primary and log_gap is not None else log_distance[b]
            position[b] += 1
            if not square[b] < np.inf or value > plans[b].ceiling:
                status[b] = 2
            elif square[b] == 0:
                status[b] = 3
            elif value < plans[b].target:
                status[b] = 1
            done[b] = status[b] or now == plans[b].grid[-1]
        if done.all():
            break
    return [(d, g, int(s)) for (d, g), s in zip(records, status, strict=True)]


def _rescale(state: Any, degrees: Sequence[int], arrays: Arrays) -> np.ndarray:
    """Scale each run's state to order one if it is far from it; returns the powers of two, (B,)."""
    top = arrays.to_numpy(abs(state[0]).max(-1) if arrays.backend == "numpy" else abs(state[0]).amax(-1))
    far = (top > 0) & ((top < 1 / BIG) | (top > BIG)) & np.isfinite(top)
    power = np.where(far, -np.frexp(np.where(far, top, 1.0))[1], 0).astype(float)
    if far.any():
        factor = arrays.asarray(2.0**power)[:, None]
        for leaf, degree in zip(state, degrees, strict=True):
            if degree:
                leaf *= factor
    for leaf, degree in zip(state, degrees, strict=True):
        if degree:
            leaf[abs(leaf) < TINY] = 0.0
    return power


STATUS = (Outcome.BUDGET, Outcome.CONVERGED, Outcome.DIVERGED, Outcome.TERMINATED, Outcome.FLOOR)


def _collect(
    plans: Sequence[Plan],
    records: Sequence[Record],
    costs: dict[int, float],
    per_instance: int,
    seeds: Sequence[int],
    reading: str,
) -> Trajectories:
    longest = 1 + max(p.grid.size for p in plans)
    shape = (len(plans), longest)
    rounds = np.full(shape, -1, dtype=np.int64)
    log_distance, log_gap = np.full(shape, np.nan), np.full(shape, np.nan)
    outcomes = []
    for b, (plan, (distance, gap, status)) in enumerate(zip(plans, records, strict=True)):
        length = int((~np.isnan(distance)).sum()) if status != 2 else _until_nan(distance)
        rounds[b, 0], rounds[b, 1 : 1 + length] = 0, plan.grid[:length]
        with np.errstate(divide="ignore"):
            log_distance[b, 0] = np.log(np.linalg.norm(plan.start))
            log_distance[b, 1 : 1 + length] = distance[:length]
            if plan.want_gap:
                log_gap[b, 0] = np.log(_gap(plan.instance.problem, plan.start))
                log_gap[b, 1 : 1 + length] = gap[:length]
        stands = status == 0 and _stands(rounds[b, : 1 + length], log_distance[b], plan.instance.floor)
        outcomes.append(Outcome.FLOOR if stands else STATUS[status])
    used = int((rounds >= 0).sum(1).max())
    return Trajectories(
        rounds=rounds[:, :used],
        epochs_per_round=np.array([costs[id(p.instance)] for p in plans]),
        log_distance=log_distance[:, :used],
        log_gap=log_gap[:, :used] if plans[0].want_gap else None,
        outcomes=tuple(outcomes),
        instance=np.arange(len(plans)) // per_instance,
        seed=np.tile(np.asarray(seeds), len(plans) // per_instance),
        reading=reading,
    )


def _stands(rounds: np.ndarray, log_distance: np.ndarray, floor: float) -> bool:
    """Whether the error is below the floor and its minimum fell by less than e in the last half."""
    recent = rounds > rounds[-1] / 2
    errors = log_distance[: rounds.size]
    with np.errstate(divide="ignore"):
        return errors.min() < np.log(floor) and errors[recent].min() > errors[~recent].min() - 1


def _until_nan(log_errors: np.ndarray) -> int:
    bad = np.flatnonzero(np.isnan(log_errors))
    return int(bad[0]) if bad.size else log_errors.size
