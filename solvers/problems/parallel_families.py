"""Families for parallel computation: sparse matrices, and sums of terms in few unknowns each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from solvers.problems import quadratic
from solvers.problems.coloured import by_colour
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance


def grid(rows: int, columns: int) -> Instance:
    """The five-point Laplacian on a grid: 4 on the diagonal, -1 for neighbours."""

    def path(size: int) -> np.ndarray:
        return np.eye(size, k=1) + np.eye(size, k=-1)

    beside = np.kron(path(rows), np.eye(columns)) + np.kron(np.eye(rows), path(columns))
    return quadratic.dense(4 * np.eye(rows * columns) - beside, f"{rows} x {columns} grid")


def coupled(couplings: np.ndarray, radius: float, label: str) -> Instance:
    """I + C for symmetric couplings C with zero diagonal, scaled to this spectral radius below 1."""
    return quadratic.dense(
        np.eye(len(couplings)) + radius / np.abs(np.linalg.eigvalsh(couplings)).max() * couplings, label
    )


def banded(n: int, width: int) -> Instance:
    """A random matrix with diagonal 1 in which unknowns at most ``width`` apart meet."""
    raw = np.random.default_rng([n, width]).uniform(-1, 1, (n, n))
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    couplings = np.triu(np.where(apart <= width, raw, 0), 1)
    return coupled(couplings + couplings.T, 0.9, f"random band of width {width}, n = {n}")


def sparse(n: int, degree: int, seed: int) -> Instance:
    """A random matrix with diagonal 1 in which an unknown meets ``degree`` others on average."""
    rng = np.random.default_rng([n, degree, seed])
    chosen = np.triu(rng.random((n, n)) < degree / (n - 1), 1)
    chosen |= np.eye(n, k=1, dtype=bool)  # connected, so that no unknown is alone
    couplings = np.where(chosen, rng.uniform(0.5, 1, (n, n)) * rng.choice([-1, 1], (n, n)), 0)
    return coupled(couplings + couplings.T, 0.9, f"random graph of degree {degree}, n = {n}, draw {seed}")


def separable(n: int, degree: int) -> Instance:
    """Half the sum of the squares of the sums of ``degree`` neighbouring unknowns, over a ring of n, by the
    degree: diagonal 1 and the largest eigenvalue ``degree``.

    Raises:
        ValueError: the degree and n have a common divisor, so that the matrix is singular.
    """
    if np.gcd(n, degree) != 1:
        raise ValueError(
            f"sums of {degree} unknowns on a ring of {n} do not determine them; take coprime numbers"
        )
    sums = np.sum([np.roll(np.eye(n), k, axis=1) for k in range(degree)], axis=0)
    return quadratic.dense(sums.T @ sums / degree, f"sums of {degree} neighbours on a ring of {n}")


# ---------------------------------------------------------------- families


def grids(sizes: Sequence[int]) -> Family:
    """Square grids."""
    return Family(
        grid,
        tuple({"rows": size, "columns": size} for size in sizes),
        f"the five-point Laplacian on square grids, {span(sizes)} points wide",
    )


def in_colours(family: Family) -> Family:
    """The family's instances, their unknowns in the order of their colours."""
    grid = tuple({"build": family.build, "arguments": arguments} for arguments in family.grid)
    return Family(_reordered, grid, f"{family.text}, in the order of the colours")


def _reordered(build: Callable[..., Instance], arguments: dict[str, Any]) -> Instance:
    return by_colour(build(**arguments))


def separables(n: int, degrees: Sequence[int]) -> Family:
    """Sums of squares of few unknowns each."""
    return Family(
        separable,
        product(n=[n], degree=degrees),
        f"sums of {span(degrees)} neighbouring unknowns on a ring of {n}",
    )
