"""The iterates of a method's own text, for statements about them that no error along a run shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.problems.instance import Instance


def iterates(method: Any, instances: Sequence[Instance], seeds: Sequence[int] = (0,)) -> Iterator[Any]:
    """x, (B, n), before the first round and after each, without an end; B = instances x seeds.

    The instances have one type and one shape, and the method draws nothing. What is given is the run's own
    memory: copy what is to be kept.

    Raises:
        ValueError: instances of two types, or a method that draws.
        TypeError: a problem without an oracle that the method needs.
    """
    if len({type(i.problem) for i in instances}) != 1:
        raise ValueError("iterates are advanced together, so give instances of one type, at least one")
    if protocol.sampled(method):
        raise ValueError(f"{protocol.name(method)} draws; take a method that does not, or solvers.run")
    pairs = [(i, seed) for i in instances for seed in seeds]
    for instance in instances:
        protocol.require(method, instance)
    numbers = zip(*(protocol.evaluate(method, i) for i, _ in pairs), strict=True)
    columns = type(method)(*(np.array(column, float)[:, None] for column in numbers))
    problem = type(instances[0].problem)(
        *(np.stack(arrays) for arrays in zip(*(i.problem for i, _ in pairs), strict=True))
    )
    state = columns.start(problem, np.stack([np.asarray(i.start(seed), float) for i, seed in pairs]))
    runs = np.arange(len(pairs))
    yield state[0]
    while True:
        protocol.outer(columns, problem, state)
        for _ in range(protocol.steps(columns, problem)):
            protocol.update(columns, problem, state, (runs, runs))
        protocol.refresh(columns, problem, state)
        yield state[0]
