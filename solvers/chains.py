r"""The parallel reading: the operations of a method's text, and which of them wait for each other.

The text runs on numbers that know nothing but the operations which they came from. A product, a quotient or
the larger of two waits for its operands and takes a unit of time; so does each addition, and the terms of a
sum are added in the order of the best binary tree: the two that are ready first, again and again. Signs cost
nothing, and an entry that is zero in the problem's arrays is known to be zero: nothing is done with it.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.problems.instance import Instance, with_run_axis


class Operations:
    """The operations of a computation in an order in which they can be done.

    Attributes:
        operands: for each operation the earlier ones that it waits for, as indices.
        done: the time at which it is done if there are processors enough.
    """

    def __init__(self) -> None:
        self.operands: list[tuple[int, ...]] = []
        self.done: list[int] = []

    def add(self, *operands: int | None) -> int:
        """One operation more, on the results of others; None is a number that is there at once."""
        waits = tuple(o for o in operands if o is not None)
        self.operands.append(waits)
        self.done.append(1 + max((self.done[o] for o in waits), default=0))
        return len(self.done) - 1

    @property
    def work(self) -> int:
        """The number of operations: the time on one processor."""
        return len(self.done)

    @property
    def span(self) -> int:
        """The longest chain: the time on any number of processors."""
        return max(self.done, default=0)

    def time(self, processors: int) -> int:
        """The time on so many processors that never idle while an operation is ready, the operation with
        the longest chain behind it first.

        Raises:
            ValueError: fewer than one processor.
        """
        if processors < 1:
            raise ValueError(f"a schedule needs at least one processor, got {processors}; take 1 or more")
        behind = [1] * self.work
        waiting: list[list[int]] = [[] for _ in range(self.work)]
        missing = [len(set(o)) for o in self.operands]
        for k in reversed(range(self.work)):
            for o in set(self.operands[k]):
                behind[o] = max(behind[o], behind[k] + 1)
                waiting[o].append(k)
        ready = [(-behind[k], k) for k in range(self.work) if not missing[k]]
        heapq.heapify(ready)
        elapsed = 0
        while ready:
            elapsed += 1
            batch = [heapq.heappop(ready)[1] for _ in range(min(processors, len(ready)))]
            for k in (k for o in batch for k in waiting[o]):
                missing[k] -= 1
                if not missing[k]:
                    heapq.heappush(ready, (-behind[k], k))
        return elapsed


class Number:
    """A sum of terms, each the result of an operation or a number that is there at once (None).

    The sum is added up when something else than a further addition needs it.
    """

    def __init__(self, operations: Operations, terms: Sequence[int | None] = (None,)) -> None:
        self.operations = operations
        self.terms = tuple(terms)

    def result(self) -> int | None:
        """The operation that gives the sum, after the additions that it takes."""
        done = self.operations.done
        queue = [(0 if k is None else done[k], -1 if k is None else k) for k in self.terms]
        heapq.heapify(queue)
        while len(queue) > 1:
            one, other = (k if k >= 0 else None for _, k in (heapq.heappop(queue), heapq.heappop(queue)))
            added = self.operations.add(one, other)
            heapq.heappush(queue, (done[added], added))
        last = queue[0][1]
        self.terms = (last if last >= 0 else None,)
        return self.terms[0]

    def ready(self) -> int:
        """The time at which the sum is there."""
        last = self.result()
        return 0 if last is None else self.operations.done[last]

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Number):
            return Number(self.operations, self.terms + other.terms)
        return self if _is(other, 0) else Number(self.operations, (*self.terms, None))

    def __mul__(self, other: Any) -> Any:
        if _is(other, 0):
            return 0
        if _is(other, 1) or _is(other, -1):
            return self
        return self._after(other)

    def __truediv__(self, other: Any) -> Any:
        return self._after(other)

    def __rtruediv__(self, other: Any) -> Any:
        return 0 if _is(other, 0) else self._after(other)

    def __neg__(self) -> Any:
        return self

    def _after(self, other: Any) -> Number:
        """One operation on this and another number."""
        theirs = other.result() if isinstance(other, Number) else None
        return Number(self.operations, (self.operations.add(self.result(), theirs),))

    __radd__ = __sub__ = __rsub__ = __add__
    __rmul__ = __mul__


def _is(other: Any, number: int) -> bool:
    return not isinstance(other, Number) and bool(other == number)


def operations(method: Method, instance: Instance, rounds: int = 1) -> Operations:
    """The operations of so many rounds, from a state that is there at once."""
    found = Operations()
    evaluated = protocol.evaluate(method, instance)
    columns = type(method)(*(_numbers(found, np.ones((1, 1))) for _ in evaluated))
    problem = type(instance.problem)(*(_numbers(found, array[None]) for array in instance.problem))
    started = protocol.columns(evaluated).start(
        with_run_axis(instance.problem), np.ones((1, instance.dimension))
    )
    state = type(started)(*(_numbers(found, np.ones(leaf.shape)) for leaf in started))
    sampling = protocol.sampling(evaluated, instance)
    steps = protocol.steps(evaluated, instance.problem)
    for r in range(rounds):
        protocol.outer(columns, problem, state)
        for drawn in sampling.indices(0, r, 1, steps):
            protocol.update(columns, problem, state, (np.zeros(1, int), np.array([drawn])))
    for leaf in state:
        for entry in leaf.ravel():
            if isinstance(entry, Number):
                entry.result()
    return found


def longest_chain(method: Method, instance: Instance, rounds: int = 1) -> int:
    """The time until every leaf of the state is there after so many rounds, from a state that is there."""
    return operations(method, instance, rounds).span


def _numbers(found: Operations, array: np.ndarray) -> np.ndarray:
    """An array of numbers that are all there, and zeros where it has zeros; integers stay as they are."""
    if array.dtype.kind == "i":
        return array
    out = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        out[index] = Number(found) if array[index] != 0 else 0
    return out
