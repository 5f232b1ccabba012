"""The problems that an audited optimiser meets, and the oracle that counts what it asks.

f(x) = (x - x*)'A(x - x*)/2 in coordinates of its own (no eigenbasis, no solution at the origin), where mu, L
and x* are known. A gradient, a value with its gradient, or a product costs one epoch; a component 1/N of
it, a partial derivative 1/n.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.linalg
import sympy as sp

from solvers.problems import spectra
from solvers.problems.instance import spectral_constants
from solvers.problems.sampled_families import spiked

#: Relative accuracy that is asked for; errors are measured as |x - x*|, whose floor is near 1e-15.
ACCURACY = 1e-10
#: A run ends where the error has grown by this much.
GROWN = 1e6


class Enough(BaseException):
    """Ends a run from inside the oracle. No ``except Exception`` of a target may swallow it."""


@dataclass(frozen=True)
class Problem:
    """A quadratic, and a sum where it has rows: f = 1/(2N) sum_i w_i (a_i'(x - x*))^2.

    Attributes:
        matrix: A, (n, n).
        solution: x*, (n,); every run starts at zero.
        rows, weights: a_i, (N, n), and w_i, (N,), or None.
        constants: numbers for the symbols of ``solvers.constants``.
    """

    label: str
    matrix: np.ndarray
    solution: np.ndarray
    constants: Mapping[sp.Symbol, float]
    rows: np.ndarray | None = None
    weights: np.ndarray | None = None

    @property
    def size(self) -> int:
        return len(self.solution)

    @property
    def targets(self) -> np.ndarray:
        """b_i = a_i'x*, (N,)."""
        assert self.rows is not None
        return self.rows @ self.solution

    def named(self) -> dict[str, float]:
        """The constants by their names, as arguments on the command line use them."""
        return {str(symbol): number for symbol, number in self.constants.items()}


def _signs(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, size]).choice([-1.0, 1.0], size) / np.sqrt(size)


def rotated(eigenvalues: np.ndarray, label: str, seed: int = 0) -> Problem:
    """A quadratic with these eigenvalues in random directions, as much error in each of them; |x*| = 1."""
    size = len(eigenvalues)
    vectors = np.linalg.qr(np.random.default_rng([seed, size, 1]).standard_normal((size, size)))[0]
    matrix = (vectors * eigenvalues) @ vectors.T
    return Problem(
        label, (matrix + matrix.T) / 2, vectors @ _signs(size, seed), spectral_constants(eigenvalues)
    )


def summed(problem: Problem) -> Problem:
    """The same function as a sum of N = n rows."""
    eigenvalues, vectors = scipy.linalg.eigh(problem.matrix)
    rows = np.sqrt(problem.size) * (vectors * np.sqrt(eigenvalues)) @ vectors.T
    return replace(problem, rows=rows, weights=np.ones(problem.size))


def dense_enough(kappa: float) -> int:
    """A dimension that conjugate gradients do not feel before ``ACCURACY``."""
    return int(np.ceil(0.6 * np.sqrt(kappa) * np.log(2 * kappa / ACCURACY))) + 20


def further(problems: list[Problem], factor: float) -> list[Problem]:
    """The same problems with the solution so many times as far from the start."""
    if factor == 1:
        return problems
    return [replace(p, solution=factor * p.solution, label=f"{p.label}, |x*| = {factor:g}") for p in problems]


def ladder(count: int = 8, low: float = 10.0, high: float = 320.0) -> list[Problem]:
    """Spectra of Chebyshev density in geometric progression of kappa; L differs from one to the next."""
    return [
        rotated(scale * spectra.chebyshev(dense_enough(kappa), kappa), f"kappa = {kappa:.4g}", k)
        for k, (kappa, scale) in enumerate(
            zip(np.geomspace(low, high, count), np.resize([0.5, 2.0, 0.125], count), strict=True)
        )
    ]


def sizes(count: int = 8, kappa: float = 20.0) -> list[Problem]:
    """The same kappa in more and more dimensions."""
    grid = np.geomspace(dense_enough(kappa), 4 * dense_enough(kappa), count).round().astype(int)
    return [
        rotated(spectra.chebyshev(n, kappa), f"n = {n}, kappa = {kappa:g}", k) for k, n in enumerate(grid)
    ]


def weighted(rows: np.ndarray, weights: np.ndarray, solution: np.ndarray, label: str) -> Problem:
    """A weighted sum of squares with a known solution."""
    matrix = (rows.T * weights) @ rows / len(rows)
    return Problem(
        label=label,
        matrix=(matrix + matrix.T) / 2,
        solution=solution,
        constants=spectral_constants(
            scipy.linalg.eigvalsh(matrix), len(rows), float((weights * (rows**2).sum(1)).max())
        ),
        rows=rows,
        weights=weights,
    )


def design(kappa_CD: float, gain: float, n: int = 16, heaviest: float = 1.0) -> Problem:
    """N = n unit rows A^(1/2), so that rows and coordinates are alike; the last row weighs ``heaviest``."""
    Q = spiked(n, kappa_CD, gain, "equal gap").problem.Q
    eigenvalues, vectors = scipy.linalg.eigh(Q)
    rows = (vectors * np.sqrt(eigenvalues)) @ vectors.T
    weights = np.r_[np.ones(n - 1), heaviest]
    label = f"kappa_CD = {kappa_CD:g}, gain = {gain:g}, N = n = {n}"
    if heaviest != 1:
        label += f", one weight {heaviest:g}"
    return weighted(rows, weights, vectors @ _signs(n, 0), label)


def designs(heaviest: float = 1.0) -> list[Problem]:
    """A grid in kappa_CD and gain, which kappa = kappa_CD gain alone cannot tell apart."""
    grid = [(k, g) for k in (4.0, 8.0, 16.0, 32.0) for g in (2.0, 6.0)]
    return [design(k, g, heaviest=heaviest) for k, g in grid]


def small(kappa: float, scale: float, seed: int) -> Problem:
    """A small problem on which paths are compared and steps are read off."""
    return rotated(scale * spectra.log_spaced(12, kappa), f"kappa = {kappa:g}, L = {kappa * scale:g}", seed)


# ---------------------------------------------------------------- counting


@dataclass
class Oracle:
    """What a target may ask, counted; ``mu``, ``L``, ... are the problem's constants.

    Attributes:
        budget: epochs after which the run ends.
        deadline: the time (monotonic) at which it ends.
        epochs: what was asked so far.
        asked: how often each oracle was asked.
        drawn: (i, x) of every component or partial derivative that was asked for, if ``remember``.
    """

    problem: Problem
    budget: float
    deadline: float = np.inf
    remember: bool = False
    epochs: float = 0.0
    asked: dict[str, int] = field(default_factory=dict)
    drawn: list[tuple[int, np.ndarray]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(0)
        self.n = self.problem.size
        self.N = 0 if self.problem.rows is None else len(self.problem.rows)

    def __getattr__(self, name: str) -> float:
        try:
            return self.__dict__["problem"].named()[name]
        except KeyError:
            raise AttributeError(f"the oracle has no {name!r}") from None

    @property
    def weights(self) -> np.ndarray:
        """The samples' weights, (N,)."""
        return self._sum().weights

    @property
    def rows(self) -> np.ndarray:
        """The samples, (N, n)."""
        return self._sum().rows

    def gradient(self, x: Any) -> np.ndarray:
        self._count("gradient", 1.0)
        return self.problem.matrix @ (self._point(x) - self.problem.solution)

    def value(self, x: Any) -> float:
        return self.value_and_gradient(x)[0]

    def value_and_gradient(self, x: Any) -> tuple[float, np.ndarray]:
        self._count("value", 1.0)
        error = self._point(x) - self.problem.solution
        gradient = self.problem.matrix @ error
        return float(error @ gradient) / 2, gradient

    def product(self, p: Any) -> np.ndarray:
        self._count("product", 1.0)
        return self.problem.matrix @ self._point(p)

    def component(self, x: Any, i: int) -> np.ndarray:
        """The gradient of component i at x."""
        problem, x = self._sum(), self._point(x)
        self._count("component", 1 / self.N)
        if self.remember:
            self.drawn.append((int(i), x.copy()))
        row = problem.rows[i]
        return problem.weights[i] * float(row @ (x - problem.solution)) * row

    def partial(self, x: Any, i: int) -> float:
        """The partial derivative i at x."""
        x = self._point(x)
        self._count("partial", 1 / self.n)
        if self.remember:
            self.drawn.append((int(i), x.copy()))
        return float(self.problem.matrix[i] @ (x - self.problem.solution))

    def _point(self, x: Any) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        if x.shape != (self.n,):
            raise ValueError(f"the oracle was asked at a point of shape {x.shape}; here it is ({self.n},)")
        return x

    def _sum(self) -> Any:
        if self.problem.rows is None:
            raise AttributeError("this problem is no sum: it has no components, rows or weights")
        return self.problem

    def _count(self, oracle: str, epochs: float) -> None:
        if self.epochs > self.budget:
            raise Enough("budget")
        if time.monotonic() > self.deadline:
            raise Enough("time")
        self.epochs += epochs
        self.asked[oracle] = self.asked.get(oracle, 0) + 1


@dataclass
class Path:
    """The iterates of a run as they come: epochs so far, and |x - x*|/|x0 - x*|.

    Attributes:
        points: the first iterates, as many as ``keep``.
        iterations: the iterates' numbers.
        outcome: why the run ended: "reached", "budget", "time", "diverged", "not a number", "stopped".
    """

    oracle: Oracle
    accuracy: float = ACCURACY
    keep: int = 0
    epochs: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    points: list[np.ndarray] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    outcome: str = "stopped"

    def record(self, x: np.ndarray, epochs: float | None = None, iteration: int | None = None) -> None:
        """Note an iterate; ``epochs`` and ``iteration`` where they are not those of the oracle and the next.

        Raises:
            Enough: the run has shown what it can.
        """
        problem = self.oracle.problem
        error = np.asarray(x, dtype=float) - problem.solution
        with np.errstate(over="ignore", invalid="ignore"):
            distance = float(np.linalg.norm(error) / np.linalg.norm(problem.solution))
            gap = float(error @ (problem.matrix @ error)) / 2
        if len(self.points) < self.keep:
            self.points.append(np.array(x, dtype=float))
        self.note(distance, gap, self.oracle.epochs if epochs is None else epochs, iteration)

    def note(self, distance: float, gap: float, epochs: float, iteration: int | None = None) -> None:
        """Note the error of an iterate, or a mean of errors.

        Raises:
            Enough: the run has shown what it can.
        """
        self.iterations.append(len(self.epochs) if iteration is None else iteration)
        self.epochs.append(epochs)
        self.errors.append(distance)
        self.gaps.append(gap)
        if np.isnan(distance):
            raise Enough("not a number")
        if distance > GROWN:
            raise Enough("diverged")
        if distance <= self.accuracy:
            raise Enough("reached")
        if self.keep and len(self.points) >= self.keep:
            raise Enough("budget")
        if len(self.errors) > 20 * self.oracle.budget + 1000:
            raise Enough("budget")
        if time.monotonic() > self.oracle.deadline:
            raise Enough("time")

    @property
    def log_errors(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(np.array(self.errors))
