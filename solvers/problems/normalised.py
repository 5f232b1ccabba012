"""Least squares with a normalised direction, and the noise of a loss that does not depend on lengths.

Batch normalisation of a linear model divides the weights w by the standard deviation sqrt(w'Hw) of what they
give, H the covariance of the inputs, and learns the length a on its own:
f(a, w) = |a w / sqrt(w'Hw) - u|_H^2 / 2, u the solution and |v|_H^2 = v'Hv. The gradient in w is orthogonal
to w, since only the direction of w matters. x is (a, w) here, and not an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from solvers.constants import L, kappa, mu, n
from solvers.problems.instance import Instance
from solvers.vocabulary import dot, matvec, quotient, row, sqrt


class _Normalised(NamedTuple):
    H: Any  # (n, n)
    solution: Any  # (n,)


class BatchNormalised(_Normalised):
    """x is (B, n + 1), the length and the weights."""

    __slots__ = ()
    batch_only = True

    def gradient(self, x: Any) -> Any:
        a, w, goal = x[:, :1], x[:, 1:], matvec(self.H, self.solution)
        image = matvec(self.H, w)
        size = sqrt(dot(w, image))
        slope = dot(w, goal) / size
        out = x * 0
        out[:, :1] = a - slope
        out[:, 1:] = -a / size * (goal - self.through_size(slope / size * image))
        return out

    def through_size(self, term: Any) -> Any:
        """The part of the derivative that comes from the standard deviation's dependence on w."""
        return term

    def square_distance(self, x: Any) -> Any:
        a, w = x[:, :1], x[:, 1:]
        error = a / sqrt(dot(w, matvec(self.H, w))) * w - self.solution
        return dot(error, matvec(self.H, error))

    def gap(self, x: Any) -> Any:
        return self.square_distance(x) / 2


class SizeHeldFixed(BatchNormalised):
    """The same loss with a gradient that takes the standard deviation for a constant: it is wrong."""

    __slots__ = ()

    def through_size(self, term: Any) -> Any:
        return term * 0


class FromOrigin(NamedTuple):
    """f(x) = (x - u)'Q(x - u)/2 in x itself, for methods that know where zero is."""

    Q: Any  # (n, n)
    solution: Any  # (n,)

    def gradient(self, x: Any) -> Any:
        return matvec(self.Q, x - self.solution)

    def line_minimum(self, x: Any, d: Any) -> Any:
        image = matvec(self.Q, d)
        return -quotient(dot(x - self.solution, image), dot(d, image))

    def square_distance(self, x: Any) -> Any:
        return dot(x - self.solution, x - self.solution)

    def gap(self, x: Any) -> Any:
        error = x - self.solution
        return dot(error, matvec(self.Q, error)) / 2


class _Rows(NamedTuple):
    rows: Any  # (N, n)


class TangentNoise(_Rows):
    """f_i(w) = z_i'w / |w| with rows z_i whose sum is zero: the mean of the f_i is zero for every w, and a
    step of SGD is noise alone, orthogonal to w."""

    __slots__ = ()

    def samples(self) -> int:
        return self.rows.shape[-2]

    def component(self, x: Any, i: Any) -> Any:
        z, square = row(self.rows, i), dot(x, x)
        return (z - dot(z, x) / square * x) / sqrt(square)

    def ascend(self, y: Any, a: Any, i: Any) -> None:
        y += a


class FreeNoise(TangentNoise):
    """The same rows, not projected: the noise of a loss that depends on lengths."""

    __slots__ = ()

    def component(self, x: Any, i: Any) -> Any:
        return row(self.rows, i) / sqrt(dot(x, x))


# ---------------------------------------------------------------- constructors


def covariance(size: int, condition: float, seed: int) -> np.ndarray:
    """A random covariance with log-spaced eigenvalues from 1/condition to 1."""
    basis = np.linalg.qr(np.random.default_rng([seed, size]).standard_normal((size, size)))[0]
    H = (basis * np.geomspace(1 / condition, 1, size)) @ basis.T
    return (H + H.T) / 2


def batch_normalised(
    H: np.ndarray, solution: np.ndarray, rate: float, label: str, kind: type = BatchNormalised
) -> Instance:
    """Starts at random unit weights with the best length of either sign, that is, with a > 0 and w'Hu > 0.

    As the loss does not depend on |w|, gradient descent with the step ``rate`` for the weights and 1 for the
    length is gradient descent with the step 1 for both from w / sqrt(rate).
    """

    def start(seed: int) -> np.ndarray:
        w = np.random.default_rng([seed, len(H)]).standard_normal(len(H))
        w *= np.sign(w @ H @ solution) / np.linalg.norm(w)
        return np.r_[w @ H @ solution / np.sqrt(w @ H @ w), w / np.sqrt(rate)]

    return _instance(kind(H, solution), H, start, label, len(H) + 1)


def from_origin(
    Q: np.ndarray, solution: np.ndarray, label: str, start: Callable[[int], np.ndarray] | None = None
) -> Instance:
    """Starts at a random point unless told otherwise."""

    def anywhere(seed: int) -> np.ndarray:
        return np.random.default_rng([seed, len(Q)]).standard_normal(len(Q))

    return _instance(FromOrigin(Q, solution), Q, start or anywhere, label, len(Q))


def _instance(
    problem: Any, H: np.ndarray, start: Callable[[int], np.ndarray], label: str, dimension: int
) -> Instance:
    values = np.linalg.eigvalsh(H)
    constants = {mu: values[0], L: values[-1], kappa: values[-1] / values[0], n: len(H)}
    return Instance(
        label=label,
        problem=problem,
        constants={symbol: float(number) for symbol, number in constants.items()},
        start=start,
        dimension=dimension,
        homogeneous=False,
    )


def tangent_noise(count: int, size: int, label: str, kind: type = TangentNoise) -> Instance:
    """Rows with mean zero and covariance one, shape (count, size); starts at a random unit vector."""
    rng = np.random.default_rng([count, size])
    rows = rng.standard_normal((count, size))
    rows -= rows.mean(0)
    rows = rows @ np.linalg.inv(np.linalg.cholesky(rows.T @ rows / count)).T

    def start(seed: int) -> np.ndarray:
        w = np.random.default_rng([seed, size]).standard_normal(size)
        return w / np.linalg.norm(w)

    return Instance(
        label=label,
        problem=kind(rows),
        constants={n: float(size)},
        start=start,
        dimension=size,
        components=count,
        homogeneous=False,
    )
