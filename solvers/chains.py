r"""The parallel reading: the longest chain of operations that wait for each other in a round.

The method's own text runs on numbers that know nothing but how long they had to wait. A product, a quotient
or a minimum comes one unit after its operands; the terms of a sum may be added in any order, so a sum of
terms that are ready at times d_1, d_2, ... is ready at the smallest t with sum 2^(d_i) <= 2^t: the depth of
the best binary tree (Kraft's inequality). With enough processors a round takes that long.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.problems.instance import Instance


class Chain:
    """A sum whose terms are ready at times d_i, kept as the sum of 2^(d_i); numbers are there at once."""

    def __init__(self, weight: int = 1) -> None:
        self.weight = weight

    @property
    def ready(self) -> int:
        """The time at which the sum is there."""
        return (self.weight - 1).bit_length()

    def __add__(self, other: Any) -> Chain:
        return Chain(self.weight + other.weight) if isinstance(other, Chain) else Chain(self.weight + 1)

    def __mul__(self, other: Any) -> Chain:
        waited = max(self.ready, other.ready if isinstance(other, Chain) else 0)
        return Chain(2 ** (waited + 1))

    def __neg__(self) -> Chain:
        return self

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __truediv__ = __rtruediv__ = __mul__


def longest_chain(method: Method, instance: Instance) -> int:
    """The time until every leaf of the state is ready after one round, from a state that is ready at 0."""
    evaluated = protocol.evaluate(method, instance)
    columns = type(method)(*(_chains((1, 1)) for _ in evaluated))
    problem = type(instance.problem)(*(_chains((1, *array.shape)) for array in instance.problem))
    shapes = [leaf.shape for leaf in columns.start(problem, _chains((1, instance.dimension)))]
    state = type(method).State(*map(_chains, shapes))  # type: ignore[attr-defined]
    sampling = protocol.sampling(evaluated, instance)
    steps = protocol.steps(evaluated, instance.problem)
    protocol.outer(columns, problem, state)
    for drawn in sampling.indices(0, 0, 1, steps):
        protocol.update(columns, problem, state, (np.zeros(1, int), np.array([drawn])))
    return max(entry.ready for leaf in state for entry in leaf.ravel())


def _chains(shape: tuple[int, ...]) -> np.ndarray:
    """An array of numbers that are all ready."""
    out = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        out[index] = Chain()
    return out
