"""Least squares as a finite sum, f(x) = 1/(2N) sum_i (a_i'x - b_i)^2, in the error e = x - x*.

``residual`` is b - A x*, the index noise: with a residual, no step of SGD is zero at the solution.
It is orthogonal to the columns of A. The real tables come with scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from solvers.constants import sigma
from solvers.problems.instance import Instance, spectral_constants
from solvers.problems.quadratic import Fixed, dense
from solvers.vocabulary import at, axpy, dot, matvec, rmatvec, row


class LeastSquares(NamedTuple):
    """Rows a_i, shape (N, n), and the residual at the solution, shape (N,)."""

    rows: Any
    residual: Any

    def gradient(self, x: Any) -> Any:
        return rmatvec(self.rows, matvec(self.rows, x)) / self.rows.shape[-2]

    def product(self, p: Any) -> Any:
        return rmatvec(self.rows, matvec(self.rows, p)) / self.rows.shape[-2]

    def gap(self, x: Any) -> Any:
        image = matvec(self.rows, x)
        return dot(image, image) / (2 * self.rows.shape[-2])

    def samples(self) -> int:
        return self.rows.shape[-2]

    def component(self, x: Any, i: Any) -> Any:
        return dot(row(self.rows, i), x) - at(self.residual, i)

    def components(self, x: Any) -> Any:
        return matvec(self.rows, x) - self.residual

    def smoothness(self, i: Any) -> Any:
        return dot(row(self.rows, i), row(self.rows, i))

    def importance(self) -> Any:
        """The probability of each component, proportional to its smoothness; for the host, (N,)."""
        squares = (self.rows**2).sum(-1)
        return squares / squares.sum()

    def ascend(self, y: Any, a: Any, i: Any) -> None:
        axpy(y, a, row(self.rows, i))

    def mean(self, table: Any) -> Any:
        return rmatvec(self.rows, table) / self.rows.shape[-2]


# ---------------------------------------------------------------- constructors


@dataclass(frozen=True)
class EqualEnergy:
    """Every mode carries the same part of the gap, with a random sign: no mode is favoured.

    ``vectors`` (n, n) are the Hessian's eigenvectors in columns, ``eigenvalues`` (n,) its spectrum.
    """

    vectors: np.ndarray
    eigenvalues: np.ndarray

    def __call__(self, seed: int) -> np.ndarray:
        signs = np.random.default_rng([seed, len(self.eigenvalues)]).choice(
            [-1.0, 1.0], len(self.eigenvalues)
        )
        return self.vectors @ (signs / np.sqrt(self.eigenvalues))


def least_squares(
    rows: np.ndarray,
    label: str,
    residual: np.ndarray | None = None,
    start: Callable[[int], np.ndarray] | None = None,
) -> Instance:
    """1/(2N) |A e - r|^2 with the rows of A, shape (N, n), and r orthogonal to the columns of A.

    The start is ``EqualEnergy`` unless given.

    Raises:
        ValueError: a NaN, fewer independent rows than unknowns, or a residual that is not orthogonal
            to the columns of A (then e = 0 would not be the solution).
    """
    rows = np.ascontiguousarray(rows, dtype=float)
    count, size = rows.shape
    if not np.isfinite(rows).all():
        raise ValueError(f"{label}: the table has a NaN or an infinity; clean the data first")
    r = np.zeros(count) if residual is None else np.asarray(residual, dtype=float)
    bound = 1e-10 * float(np.linalg.norm(r) * np.linalg.norm(rows))
    if np.linalg.norm(rows.T @ r) > bound and r.any():
        raise ValueError(
            f"{label}: the residual is not orthogonal to the columns of A; subtract its projection"
        )
    eigenvalues, vectors = scipy.linalg.eigh(rows.T @ rows / count)
    if eigenvalues[0] <= 1e-14 * eigenvalues[-1]:
        raise ValueError(
            f"{label}: the columns are linearly dependent (smallest eigenvalue {eigenvalues[0]:.2g}); "
            "drop columns until they are independent"
        )
    norms = np.linalg.norm(rows, axis=1)
    # A component and the mean of N of them carry at most N + 3 roundings of r_i a_i; 1/mu undoes them.
    floor = (count + 3) * 2.0**-53 * float((np.abs(r) * norms).max() / eigenvalues[0])
    return Instance(
        label=label,
        problem=LeastSquares(rows, r),
        constants=spectral_constants(eigenvalues, count, float((norms**2).max()))
        | {sigma: float(np.sqrt(((r * norms) ** 2).mean()))},
        start=start or EqualEnergy(vectors, eigenvalues),
        dimension=size,
        components=count,
        spectrum=eigenvalues,
        homogeneous=not r.any(),
        floor=floor,
    )


def square_root(quadratic: Instance, label: str | None = None) -> Instance:
    """Least squares with A A' = Q for a dense quadratic Q: n samples, n unknowns, unit rows if Q has
    a unit diagonal. Its Hessian is A'A / n, with the spectrum of Q / n, so kappa_CD is that of Q."""
    eigenvalues, vectors = scipy.linalg.eigh(quadratic.problem.Q)
    return least_squares(vectors * np.sqrt(eigenvalues), label or f"{quadratic.label}, as a sum of n")


def gaussian_rows(count: int, size: int, noise: float, label: str, seed: int = 0) -> Instance:
    """Unit Gaussian rows, shape (count, size), with a residual of root mean square ``noise``."""
    rng = np.random.default_rng([seed, count, size])
    rows = rng.standard_normal((count, size))
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    r = rng.standard_normal(count)
    r -= rows @ np.linalg.lstsq(rows, r, rcond=None)[0]
    r *= noise / np.sqrt((r**2).mean())
    return least_squares(rows, label, r)


def identical_rows(count: int, size: int, label: str) -> Instance:
    """The same unit row ``count`` times; the error starts along it (there is nothing else to learn)."""
    a = np.ones(size) / np.sqrt(size)
    return Instance(
        label=label,
        problem=LeastSquares(np.tile(a, (count, 1)), np.zeros(count)),
        constants=spectral_constants(np.ones(1), count, 1.0),
        start=Fixed(tuple(a)),
        dimension=size,
        components=count,
    )


# ---------------------------------------------------------------- real tables

TABLES = ("diabetes", "breast_cancer", "digits")


def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A table of scikit-learn: columns centred and scaled to unit variance, constant ones dropped;
    the target treated alike. Shapes (N, n) and (N,).

    Raises:
        ValueError: an unknown name.
    """
    import sklearn.datasets

    if name not in TABLES:
        raise ValueError(f"there is no table {name!r}; the tables are {', '.join(TABLES)}")
    A, b = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    A, b = A.astype(float), b.astype(float)
    A = A[:, A.std(0) > 0]
    return (A - A.mean(0)) / A.std(0), (b - b.mean()) / b.std()


def standardised_columns(name: str) -> Instance:
    """The regression on a real table, as the quadratic that coordinate descent sees: Q = A'A / N is
    the correlation matrix, with unit diagonal. The run starts at x = 0."""
    A, b = table(name)
    solution = np.linalg.lstsq(A, b, rcond=None)[0]
    return dense(A.T @ A / len(A), f"{name}, standardised columns", Fixed(tuple(-solution)))


def unit_rows(name: str) -> Instance:
    """The same regression with every equation scaled to a row of norm 1, as SAGA and SVRG see it: a
    different problem from ``standardised_columns``. The run starts at x = 0."""
    A, b = table(name)
    norms = np.linalg.norm(A, axis=1)
    A, b = A / norms[:, None], b / norms
    solution = np.linalg.lstsq(A, b, rcond=None)[0]
    r = b - A @ solution
    r -= A @ np.linalg.lstsq(A, r, rcond=None)[0]  # orthogonal to working precision
    return least_squares(A, f"{name}, unit rows", r, Fixed(tuple(-solution)))
