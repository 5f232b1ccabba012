"""Convex functions that are no quadratics, in the error e = x - x*: worst cases of a theorem in one variable,
and a smooth one in many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from solvers.constants import L, kappa, mu
from solvers.problems.instance import Instance
from solvers.problems.quadratic import Fixed
from solvers.vocabulary import clip, dot, log_cosh, quotient, tanh


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


class LogCosh(NamedTuple):
    """f(e) = sum e_i^2/2 + (curvatures_i - 1) width^2 ln cosh(e_i / width): the Hessian is ``curvatures`` at
    the solution and the identity far from it. The gradient is odd, so that it is as accurate as e however
    small e is. Fields of shapes (n,) and (1,).
    """

    curvatures: Any
    width: Any

    def gradient(self, x: Any) -> Any:
        return x + (self.curvatures - 1) * self.width * tanh(x / self.width)

    def gap(self, x: Any) -> Any:
        return dot(x, x) / 2 + dot((self.curvatures - 1) * self.width * self.width, log_cosh(x / self.width))

    def line_minimum(self, x: Any, d: Any) -> Any:
        """Newton's method on the slope along d, halving the interval where it would leave it.

        The curvature along d is at least |d|^2, which bounds the root; Newton needs a handful of steps, and
        halvings alone would find the root to rounding.
        """
        length, bend = dot(d, d), (self.curvatures - 1) * self.width
        high = quotient(-dot(x + bend * tanh(x / self.width), d), length)
        low, a = high * 0, high * 0
        for _ in range(50):
            y = x + a * d
            s = tanh(y / self.width)
            slope = dot(y + bend * s, d)
            curvature = length + dot((self.curvatures - 1) * (1 - s * s) * d, d)
            below = 1 * (slope <= 0)
            low, high = low + below * (a - low), high + (1 - below) * (a - high)
            newton = a - quotient(slope, curvature)
            inside = 1 * (newton >= low) * (newton <= high)
            a = inside * newton + (1 - inside) * (low + high) / 2
        return a


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


def log_cosh_function(
    eigenvalues: np.ndarray, width: float, label: str, start: Callable[[int], np.ndarray]
) -> Instance:
    """The log-cosh function whose Hessian at the solution has these eigenvalues, the smallest of them 1."""
    eigenvalues = np.asarray(eigenvalues, dtype=float)
    largest = float(eigenvalues.max())
    return Instance(
        label=label,
        problem=LogCosh(eigenvalues, np.array([width])),
        constants={mu: 1.0, L: largest, kappa: largest},
        start=start,
        dimension=len(eigenvalues),
        homogeneous=False,
    )
