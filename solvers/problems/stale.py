"""Quadratics of which some readings are late."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from solvers.problems import quadratic
from solvers.problems.instance import Instance
from solvers.vocabulary import diagonal, matvec


class Stale(NamedTuple):
    """A quadratic with its symmetric Hessian ``Q``, shape (n, n), and ``late``, of the same shape: 1 where
    row i reads unknown j one step late, 0 where it reads the newest. The diagonal of ``late`` is 0."""

    Q: Any
    late: Any

    def curvatures(self) -> Any:
        return diagonal(self.Q)

    def mixed_gradient(self, x: Any, previous: Any) -> Any:
        """The gradient in which the late readings see the iterate before."""
        old = self.Q * self.late
        return matvec(self.Q - old, x) + matvec(old, previous)


def stale(Q: np.ndarray, late: np.ndarray, label: str) -> Instance:
    """A quadratic with late readings, both arrays (n, n).

    Raises:
        ValueError: an unknown reads itself late; or see ``quadratic.dense``.
    """
    if np.diag(late).any():
        raise ValueError(f"{label}: an unknown knows its own newest value; set the diagonal of late to 0")
    base = quadratic.dense(Q, label)
    return replace(base, problem=Stale(base.problem.Q, np.asarray(late, float)))
