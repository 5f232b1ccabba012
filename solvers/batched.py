"""The batch reading of the loop: all runs of one shape advance together, on numpy or torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.plan import BIG, TINY, Plan, Record
from solvers.sampling import ROUNDS_PER_DRAW
from solvers.trajectories import DIVERGED, REACHED, TERMINATED, UNDERFLOWN
from solvers.vocabulary import square_distance


def advance(plans: Sequence[Plan], arrays: Arrays) -> list[Record]:
    """Advance all runs, one batch for each problem type, shape, round length and homogeneity."""
    groups: dict[Any, list[int]] = {}
    for b, plan in enumerate(plans):
        shapes = tuple(a.shape for a in plan.instance.problem)
        alike = (type(plan.instance.problem), shapes, plan.steps, plan.homogeneous)
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
        if r % ROUNDS_PER_DRAW == 0 and first.sampling.choices:
            block = min(ROUNDS_PER_DRAW, last - r)
            drawn = arrays.asarray(np.stack([p.sampling.indices(p.key, r, block, p.steps) for p in plans]))
            coins = np.stack([p.sampling.coins(p.key, r, block, p.steps) for p in plans])
        with np.errstate(over="ignore", invalid="ignore"):
            protocol.outer(method, problem, state)
            for t in range(first.steps):
                column = rows
                if first.sampling.choices:
                    at = (r % ROUNDS_PER_DRAW) * first.steps + t
                    column = drawn[:, at]
                    if coins.size and coins[:, at].any():
                        toss(method, problem, state, arrays.asarray(np.flatnonzero(coins[:, at])))
                protocol.update(method, problem, state, (rows, column))
            protocol.refresh(method, problem, state)
        now = r + 1
        if now not in recorded and now % first.check:
            continue
        if first.homogeneous:
            shift += _rescale(state, method_class.degrees, arrays)
        if now not in recorded:
            continue
        with np.errstate(all="ignore"):
            square = arrays.to_numpy(square_distance(problem, state[0])[:, 0])
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
                status[b], done[b] = UNDERFLOWN, True
                continue
            records[b][0][position[b]] = log_distance[b]
            if log_gap is not None:
                records[b][1][position[b]] = log_gap[b]
            value = log_gap[b] if plans[b].primary and log_gap is not None else log_distance[b]
            position[b] += 1
            if not square[b] < np.inf or value > plans[b].ceiling:
                status[b] = DIVERGED
            elif square[b] == 0:
                status[b] = TERMINATED
            elif value < plans[b].target:
                status[b] = REACHED
            done[b] = status[b] or now == plans[b].grid[-1]
        if done.all():
            break
    return [(d, g, int(s)) for (d, g), s in zip(records, status, strict=True)]


def toss(method: Any, problem: Any, state: Any, heads: Any) -> None:
    """The hook ``by_chance`` for these runs only, an array of their numbers where the state lives."""
    some = type(state)(*(leaf[heads] for leaf in state))
    numbers = type(method)(*(v[heads] if len(v) > 1 else v for v in method))
    protocol.by_chance(numbers, type(problem)(*(a[heads] if len(a) > 1 else a for a in problem)), some)
    for leaf, changed in zip(state, some, strict=True):
        leaf[heads] = changed


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
