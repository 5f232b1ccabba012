"""What one run needs to know before it starts; both loops read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.problems.instance import Instance, with_run_axis
from solvers.sampling import Sampling, stream
from solvers.vocabulary import square_distance

#: A run whose iterate leaves [1/BIG, BIG] is scaled back; entries below TINY are zero beside the others.
BIG = 2.0**300
TINY = 1e-280


@dataclass
class Plan:
    """One run.

    ``grid`` (T,) are the rounds to record; ``check`` the stride at which the scale is looked at
    between them; ``primary`` the measure (0 distance, 1 gap) that ``target`` and ``ceiling`` limit.
    """

    instance: Instance
    method: Any
    key: int
    start: np.ndarray
    steps: int
    sampling: Sampling
    grid: np.ndarray
    target: float
    ceiling: float
    primary: int
    want_gap: bool

    @property
    def homogeneous(self) -> bool:
        """Whether the run may be rescaled: the problem scales with the error, and so does the method."""
        return self.instance.homogeneous and any(type(self.method).degrees)

    @property
    def check(self) -> int:
        return max(1, 16 // self.steps)


def plan_run(
    method: Method,
    instance: Instance,
    seed: int,
    rounds: int | Callable[[Instance], int],
    reduction: float,
    growth: float,
    measures: Sequence[str],
    grid: Callable[[int], np.ndarray],
) -> Plan:
    """The plan of one run; see ``solvers.run.run`` for the arguments."""
    protocol.require(method, instance)
    evaluated = protocol.evaluate(method, instance)
    start = np.asarray(instance.start(seed), dtype=float)
    primary = int(measures[0] == "gap")
    with np.errstate(divide="ignore"):
        height = (gap_at if primary else distance_at)(instance.problem, start)
        first = float(np.log(height))
    return Plan(
        instance=instance,
        method=evaluated,
        key=stream(instance.label, seed),
        start=start,
        steps=protocol.steps(evaluated, instance.problem),
        sampling=protocol.sampling(evaluated, instance),
        grid=grid(int(rounds(instance) if callable(rounds) else rounds)),
        target=first - reduction,
        ceiling=first + growth,
        primary=primary,
        want_gap="gap" in measures,
    )


def gap_at(problem: Any, x: np.ndarray) -> float:
    """f - f* of one iterate on a problem without a run axis."""
    return float(with_run_axis(problem).gap(x[None])[0, 0])


def distance_at(problem: Any, x: np.ndarray) -> float:
    """The distance of one iterate from the solution on a problem without a run axis."""
    square = square_distance(with_run_axis(problem), x[None])
    return math.sqrt(float(square[0, 0]))


Record = tuple[np.ndarray, np.ndarray, int]  # log distance and log gap along the grid; status
