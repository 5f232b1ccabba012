"""Quadratics whose unknowns carry colours: no two of one colour meet in the Hessian.

So a colour is a block with a diagonal Hessian, and the exact step over it moves all of its unknowns at once,
each to its own minimum. Block coordinate descent over the colours is coordinate descent in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from solvers.problems.instance import Instance
from solvers.problems.quadratic import Quadratic
from solvers.vocabulary import diagonal, dot, matvec


class Coloured(NamedTuple):
    """A quadratic with its symmetric Hessian ``Q``, shape (n, n), and colours 0, 1, ..., shape (n,)."""

    Q: Any
    colours: Any

    def gap(self, x: Any) -> Any:
        return dot(x, matvec(self.Q, x)) / 2

    def blocks(self) -> int:
        return int(self.colours.max()) + 1

    def block_step(self, x: Any, k: int) -> Any:
        mine = self.colours[0] == k
        step = x * 0
        step[:, mine] = -matvec(self.Q[:, mine], x) / diagonal(self.Q)[:, mine]
        return step


@dataclass(frozen=True)
class Reordered:
    """A start whose entries stand in another order, (n,)."""

    start: Callable[[int], np.ndarray]
    order: np.ndarray

    def __call__(self, seed: int) -> np.ndarray:
        return self.start(seed)[self.order]


def greedy(matrix: np.ndarray) -> np.ndarray:
    """A colour for each unknown in turn, the first that none of its neighbours has; shape (n,).

    Unknowns are neighbours where the symmetric matrix, (n, n), is not zero. At most one colour more than
    the most neighbours that an unknown has.

    Raises:
        ValueError: the matrix is not square.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a colouring needs a square matrix, got the shape {matrix.shape}; pass the Hessian")
    colours = np.full(len(matrix), -1)
    for i, row in enumerate(matrix):
        taken = set(colours[:i][row[:i] != 0].tolist())
        colours[i] = next(c for c in range(len(taken) + 1) if c not in taken)
    return colours


def colour_count(matrix: np.ndarray) -> int:
    """The number of ``greedy`` colours."""
    return int(greedy(matrix).max()) + 1


def degree(matrix: np.ndarray) -> int:
    """The most entries that a row of the matrix has."""
    return int((matrix != 0).sum(1).max())


def coloured(instance: Instance, colours: np.ndarray | None = None) -> Instance:
    """The dense quadratic with colours for its unknowns, ``greedy`` ones unless given.

    Raises:
        ValueError: two neighbours have the same colour.
    """
    matrix = instance.problem.Q
    colours = greedy(matrix) if colours is None else np.asarray(colours)
    clashes = np.argwhere(np.triu((matrix != 0) & (colours[:, None] == colours), 1))
    if len(clashes):
        i, j = clashes[0].tolist()
        raise ValueError(
            f"{instance.label}: the unknowns {i} and {j} meet in the Hessian and have the same colour "
            f"{colours[i]}; give neighbours different colours"
        )
    label = f"{instance.label}, {colours.max() + 1} colours"
    return replace(instance, label=label, problem=Coloured(matrix, colours))


def by_colour(instance: Instance) -> Instance:
    """The quadratic whose unknowns stand in the order of their ``greedy`` colours; starts follow."""
    matrix = instance.problem.Q
    order = np.argsort(greedy(matrix), kind="stable")
    return replace(
        instance,
        label=f"{instance.label}, in the order of the colours",
        problem=Quadratic(np.ascontiguousarray(matrix[np.ix_(order, order)])),
        start=Reordered(instance.start, order),
    )
