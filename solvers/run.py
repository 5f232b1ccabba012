"""The loop: runs = instances x seeds on the leading axis, errors as natural logs without a floor.

On a homogeneous problem the state is rescaled by powers of two, which changes no bit, so that an
error far below the smallest number is still an error. Two readings of the same text advance the runs:
all rows at once (``solvers.batched``: numpy, torch), or one run at a time, compiled
(``solvers.compiled``), where the number of steps pays for the compilation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from solvers import batched
from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.counting import epochs_per_round
from solvers.method import Method
from solvers.plan import Plan, Record, distance_at, gap_at, plan_run
from solvers.problems.instance import Instance
from solvers.trajectories import STATUS, Outcome, Trajectories, sparse

#: Moves from which a compiled loop repays its compilation (about a second) against numpy's calls.
PAYS = 40_000


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
        reading: "batch", "compiled" or "replayed"; by default the cheapest ("batch" on torch).

    Raises:
        ValueError: no instance, no seed, an expression without a value.
        TypeError: a problem without an oracle that the method needs, or without the replay asked for.
    """
    if not instances or not seeds:
        raise ValueError(
            f"{protocol.name(method)} has nothing to run on: "
            f"{len(instances)} instances and {len(seeds)} seeds; give at least one of each"
        )
    arrays.check()
    plans = [
        plan_run(method, instance, seed, rounds, reduction, growth, measures, grid)
        for instance in instances
        for seed in seeds
    ]
    moves = [int(plan.grid[-1]) * protocol.moves(plan.method, plan.instance) for plan in plans]
    batch_only = any(getattr(type(i.problem), "batch_only", False) for i in instances)
    cheap = max(max(moves), sum(moves) / 40) <= PAYS
    if reading is None and (batch_only or cheap or arrays.backend != "numpy"):
        reading = "batch"
    if reading != "batch" and batch_only:
        raise ValueError("a problem of these has no compiled reading: its shapes are known to its type alone")
    if reading == "batch":
        records = batched.advance(plans, arrays)
    elif arrays.backend != "numpy":
        raise ValueError(f"the {reading} reading runs on numpy arrays only; use backend numpy with it")
    else:
        from solvers import compiled, replayed  # numba takes a second to load

        replays = [reading == "replayed"] * len(plans) if reading else replayed.where_it_pays(plans)
        reading = reading or ("replayed" if all(replays) else "compiled")
        records = compiled.advance(plans, replays)
    costs = {id(i): float(epochs_per_round(protocol.evaluate(method, i), i)) for i in instances}
    return _collect(plans, records, costs, len(seeds), seeds, reading)


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
            log_distance[b, 0] = np.log(distance_at(plan.instance.problem, plan.start))
            log_distance[b, 1 : 1 + length] = distance[:length]
            if plan.want_gap:
                log_gap[b, 0] = np.log(gap_at(plan.instance.problem, plan.start))
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
