"""The iterates of a method's own text, for statements about them that no error along a run shows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.problems.instance import Instance
from solvers.sampling import ROUNDS_PER_DRAW, stream


def iterates(method: Any, instances: Sequence[Instance], seeds: Sequence[int] = (0,)) -> Iterator[Any]:
    """x, (B, n), before the first round and after each, without an end; B = instances x seeds.

    The instances have one type and one shape; a run draws what it draws in ``solvers.run``. What is given is
    the run's own memory: copy what is to be kept.

    Raises:
        ValueError: instances of two types, or a method that does something by chance.
        TypeError: a problem without an oracle that the method needs.
    """
    if len({type(i.problem) for i in instances}) != 1:
        raise ValueError("iterates are advanced together, so give instances of one type, at least one")
    if hasattr(method, "by_chance"):
        raise ValueError(f"{protocol.name(method)} does something by chance; take solvers.run for it")
    pairs = [(i, seed) for i in instances for seed in seeds]
    for instance in instances:
        protocol.require(method, instance)
    evaluated = [protocol.evaluate(method, i) for i, _ in pairs]
    columns = type(method)(*(np.array(c, float)[:, None] for c in zip(*evaluated, strict=True)))
    streams = [
        (protocol.sampling(m, i), stream(i.label, seed))
        for m, (i, seed) in zip(evaluated, pairs, strict=True)
    ]
    steps = protocol.steps(evaluated[0], instances[0].problem)
    problem = type(instances[0].problem)(
        *(np.stack(arrays) for arrays in zip(*(i.problem for i, _ in pairs), strict=True))
    )
    state = columns.start(problem, np.stack([np.asarray(i.start(seed), float) for i, seed in pairs]))
    runs = np.arange(len(pairs))
    yield state[0]
    for r in itertools.count():
        at = r % ROUNDS_PER_DRAW * steps
        if at == 0:
            drawn = np.stack([s.indices(key, r, ROUNDS_PER_DRAW, steps) for s, key in streams], 1)
        protocol.outer(columns, problem, state)
        for index in drawn[at : at + steps]:
            protocol.update(columns, problem, state, (runs, index))
        protocol.refresh(columns, problem, state)
        yield state[0]


def crossing(
    method: Any,
    instances: Sequence[Instance],
    seeds: Sequence[int],
    signal: Callable[[np.ndarray], np.ndarray],
    level: float,
    limit: int,
) -> np.ndarray:
    """The round in which each run's signal reaches the level, interpolated, (B,); NaN after the limit."""
    found: np.ndarray = np.array([])
    before: np.ndarray = np.array([])
    for r, x in enumerate(itertools.islice(iterates(method, instances, seeds), limit + 1)):
        value = signal(x)
        if r == 0:
            found = np.where(value >= level, 0.0, np.nan)
        else:
            new = np.isnan(found) & (value >= level)
            found[new] = r - (value[new] - level) / (value[new] - before[new])
        if not np.isnan(found).any():
            break
        before = value
    return found


def finer(method: Any, count: int) -> list[Any]:
    """The method with its step, half of it, a quarter, ..."""
    return [method._replace(step=method.step / 2**k) for k in range(count)]
