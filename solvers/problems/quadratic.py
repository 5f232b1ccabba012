"""Quadratics f(e) = e'Qe / 2 in the error e, in the eigenbasis and dense.

A method that is invariant under rotations runs in the eigenbasis (``spectrum_of``): O(n) a step.
Methods that move single coordinates need the matrix (``dense``); they refuse an eigenbasis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from solvers.problems.instance import Instance, spectral_constants
from solvers.vocabulary import add_at, at, axpy, diagonal, dot, entry, matvec, quotient, row


class Spectrum(NamedTuple):
    """A quadratic in its eigenbasis: the Hessian is the diagonal of ``eigenvalues``, shape (n,)."""

    eigenvalues: Any

    def gradient(self, x: Any) -> Any:
        return self.eigenvalues * x

    def product(self, p: Any) -> Any:
        return self.eigenvalues * p

    def line_minimum(self, x: Any, d: Any) -> Any:
        image = self.eigenvalues * d
        return -quotient(dot(x, image), dot(d, image))

    def gap(self, x: Any) -> Any:
        return dot(x, self.eigenvalues * x) / 2


class Quadratic(NamedTuple):
    """A quadratic with its symmetric Hessian ``Q``, shape (n, n)."""

    Q: Any

    def gradient(self, x: Any) -> Any:
        return matvec(self.Q, x)

    def product(self, p: Any) -> Any:
        return matvec(self.Q, p)

    def line_minimum(self, x: Any, d: Any) -> Any:
        image = matvec(self.Q, d)
        return -quotient(dot(x, image), dot(d, image))

    def gap(self, x: Any) -> Any:
        return dot(x, matvec(self.Q, x)) / 2

    def coordinates(self) -> int:
        return self.Q.shape[-1]

    def remember(self, x: Any) -> Any:
        return matvec(self.Q, x)

    def derivative(self, memory: Any, i: Any) -> Any:
        return at(memory, i)

    def curvature(self, memory: Any, i: Any) -> Any:
        return entry(self.Q, i)

    def curvatures(self) -> Any:
        """The second derivative along each coordinate, (n,); on the host too."""
        return diagonal(self.Q)

    def move(self, x: Any, memory: Any, i: Any, a: Any) -> None:
        add_at(x, i, a)
        axpy(memory, a, row(self.Q, i))


# ---------------------------------------------------------------- starts: seed -> error


@dataclass(frozen=True)
class Gaussian:
    """A standard normal error, new for every seed."""

    n: int

    def __call__(self, seed: int) -> np.ndarray:
        return np.random.default_rng([seed, self.n]).standard_normal(self.n)


@dataclass(frozen=True)
class SignRandom:
    """Entries +1 and -1: every mode of a basis-free design has the same energy on average."""

    n: int

    def __call__(self, seed: int) -> np.ndarray:
        return np.random.default_rng([seed, self.n]).choice([-1.0, 1.0], self.n)


@dataclass(frozen=True)
class Fixed:
    """The same error for every seed."""

    error: tuple[float, ...]

    def __call__(self, seed: int) -> np.ndarray:
        return np.array(self.error)


def mode(n: int, k: int) -> Fixed:
    """The eigenvector k alone (in an eigenbasis)."""
    return Fixed(tuple(np.eye(n)[k]))


# ---------------------------------------------------------------- constructors


def spectrum_of(
    eigenvalues: np.ndarray, label: str, start: Callable[[int], np.ndarray] | None = None
) -> Instance:
    """A quadratic in its eigenbasis."""
    eigenvalues = np.sort(np.asarray(eigenvalues, dtype=float))
    size = len(eigenvalues)
    return Instance(
        label=label,
        problem=Spectrum(eigenvalues),
        constants=spectral_constants(eigenvalues),
        start=start or Gaussian(size),
        dimension=size,
        spectrum=eigenvalues,
    )


def dense(Q: np.ndarray, label: str, start: Callable[[int], np.ndarray] | None = None) -> Instance:
    """A quadratic with the Hessian ``Q``, shape (n, n).

    Raises:
        ValueError: Q is not square, not finite, not symmetric, or not positive definite.
    """
    Q = np.ascontiguousarray(Q, dtype=float)
    if Q.ndim != 2 or Q.shape[0] != Q.shape[1]:
        raise ValueError(f"{label}: a Hessian is a square matrix, got the shape {Q.shape}")
    if not np.isfinite(Q).all():
        raise ValueError(f"{label}: the matrix has a NaN or an infinity; clean the data first")
    if not np.allclose(Q, Q.T, rtol=1e-12, atol=1e-14 * np.abs(Q).max()):
        raise ValueError(f"{label}: the matrix is not symmetric; pass (Q + Q.T) / 2 if that is meant")
    eigenvalues = scipy.linalg.eigvalsh(Q)
    if eigenvalues[0] <= 0:
        raise ValueError(
            f"{label}: the matrix is not positive definite (smallest eigenvalue {eigenvalues[0]:.3g}); "
            "a strongly convex quadratic needs one that is"
        )
    return Instance(
        label=label,
        problem=Quadratic(Q),
        constants=spectral_constants(eigenvalues),
        start=start or Gaussian(len(Q)),
        dimension=len(Q),
        spectrum=eigenvalues,
    )


def unit_diagonal(
    eigenvalues: np.ndarray, label: str, seed: int = 0, start: Callable[[int], np.ndarray] | None = None
) -> Instance:
    """A random quadratic with unit diagonal and these eigenvalues (scaled to average 1)."""
    eigenvalues = np.asarray(eigenvalues, dtype=float)
    eigenvalues = eigenvalues / eigenvalues.mean()
    import scipy.stats  # takes a second to load

    Q = scipy.stats.random_correlation.rvs(eigenvalues, random_state=seed, tol=1e-8)
    np.fill_diagonal(Q, 1.0)
    return dense((Q + Q.T) / 2, label, start)
