"""Functions of one variable that are the worst case of a theorem, in the error e = x - x*."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from solvers.constants import L, kappa, mu
from solvers.problems.instance import Instance
from solvers.problems.quadratic import Fixed
from solvers.vocabulary import clip, dot


class Huber(NamedTuple):
    """f(e) = L e^2/2 where |e| <= width, and L (width |e| - width^2/2) beyond; fields of shape (1,)."""

    width: Any
    smoothness: Any

    def gradient(self, x: Any) -> Any:
        return self.smoothness * clip(x, -self.width, self.width)

    def gap(self, x: Any) -> Any:
        c = clip(x, -self.width, self.width)
        return dot(self.smoothness, c * c / 2 + (x - c) * c)


class LessardRechtPackard(NamedTuple):
    """f' = L e for e < 1, e + L - 1 up to 2, and L e - L + 1 beyond (strong convexity 1).

    Lessard, Recht and Packard, "Analysis and design of optimization algorithms via integral quadratic
    constraints", SIAM J. Optim. 26 (2016), for L = 25.
    """

    smoothness: Any

    def gradient(self, x: Any) -> Any:
        return self.smoothness * x - (self.smoothness - 1) * (clip(x, 1, 2) - 1)

    def gap(self, x: Any) -> Any:
        c = clip(x, 1, 2)
        bend = (c - 1) * (c - 1) / 2 + (x - c) * (c - 1)
        return dot(self.smoothness, x * x / 2) - dot(self.smoothness - 1, bend)


def huber(width: float, smoothness: float = 1.0, radius: float = 1.0) -> Instance:
    """The Huber function that starts at distance ``radius``."""
    return Instance(
        label=f"Huber function of width {width:.6g}",
        problem=Huber(np.array([width]), np.array([smoothness])),
        constants={L: smoothness},
        start=Fixed((radius,)),
        dimension=1,
        homogeneous=False,
    )


def lessard_recht_packard(start: float, smoothness: float = 25.0) -> Instance:
    """The function on which the heavy ball cycles, from the error ``start``."""
    return Instance(
        label=f"Lessard-Recht-Packard function, start {start:.6g}",
        problem=LessardRechtPackard(np.array([smoothness])),
        constants={mu: 1.0, L: smoothness, kappa: smoothness},
        start=Fixed((start,)),
        dimension=1,
        homogeneous=False,
    )
