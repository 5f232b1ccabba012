"""Small problems on which adaptive steps and bets are tried, in x itself and not in an error."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from solvers.constants import N
from solvers.problems.instance import Instance
from solvers.problems.quadratic import Fixed
from solvers.vocabulary import at, dot, matvec, rmatvec

#: The slope of the steepest loss that an adversary shows.
largest_slope = sp.Symbol("C", positive=True)


class LinearLosses(NamedTuple):
    """f_i(x) = slope_i x in one variable, for a player who is shown one of them at a time."""

    slopes: Any  # (N,)

    def samples(self) -> int:
        return self.slopes.shape[-1]

    def component(self, x: Any, i: Any) -> Any:
        return at(self.slopes, i)

    def ascend(self, y: Any, a: Any, i: Any) -> None:
        y += a


class AbsoluteValue(NamedTuple):
    """f(x) = sum |x_j - centre_j|."""

    centre: Any  # (n,)

    def gradient(self, x: Any) -> Any:
        return 1 * (x > self.centre) - 1 * (x < self.centre)

    def square_distance(self, x: Any) -> Any:
        return dot(x - self.centre, x - self.centre)

    def gap(self, x: Any) -> Any:
        return abs(x - self.centre).sum(-1)[:, None]


class Interpolation(NamedTuple):
    """f(x) = |A x - y|^2 / 2 with fewer equations than unknowns; its error is |A x - y|."""

    rows: Any  # (N, n)
    targets: Any  # (N,)

    def gradient(self, x: Any) -> Any:
        return rmatvec(self.rows, matvec(self.rows, x) - self.targets)

    def square_distance(self, x: Any) -> Any:
        residual = matvec(self.rows, x) - self.targets
        return dot(residual, residual)

    def gap(self, x: Any) -> Any:
        return self.square_distance(x) / 2


# ---------------------------------------------------------------- constructors


def adversary(size: int) -> Instance:
    """C x, -x, -x for the constant C = ``size``, to be shown in turn; from the worst point of [-1, 1].

    The losses of Reddi, Kale and Kumar, "On the convergence of Adam and beyond" (2018).
    """
    return Instance(
        label=f"the losses {size} x, -x, -x",
        problem=LinearLosses(np.array([size, -1.0, -1.0])),
        constants={N: 3.0, largest_slope: float(size)},
        start=Fixed((1.0,)),
        dimension=1,
        components=3,
        homogeneous=False,
    )


def absolute_value(centre: np.ndarray, label: str) -> Instance:
    """Starts at zero."""
    return Instance(
        label=label,
        problem=AbsoluteValue(np.asarray(centre, float)),
        constants={},
        start=Fixed((0.0,) * len(centre)),
        dimension=len(centre),
        homogeneous=False,
    )


def interpolation(rows: np.ndarray, targets: np.ndarray, label: str) -> Instance:
    """Starts at zero."""
    return Instance(
        label=label,
        problem=Interpolation(np.asarray(rows, float), np.asarray(targets, float)),
        constants={},
        start=Fixed((0.0,) * rows.shape[1]),
        dimension=rows.shape[1],
        homogeneous=False,
    )


def sign_data(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows (N, 3 + 5 N) and labels y in {-1, 1} with A sign(A'y) = 4 y, to be learnt as +-1.

    The construction of Wilson, Roelofs, Stern, Srebro and Recht, "The marginal value of adaptive gradient
    methods in machine learning" (2017): the label, two ones, and five entries of a row's own, of which a row
    with label 1 uses one and a row with label -1 all.
    """
    y = np.where(np.random.default_rng([seed, count]).random(count) < 0.3, -1.0, 1.0)
    y[: 1 + count // 2] = 1.0  # more ones than minus ones
    rows = np.zeros((count, 3 + 5 * count))
    rows[:, 0], rows[:, 1:3] = y, 1.0
    for i, label in enumerate(y):
        rows[i, 3 + 5 * i : 3 + 5 * i + (1 if label > 0 else 5)] = 1.0
    return rows, y
