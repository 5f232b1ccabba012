"""Families for steps that are chosen from what a run sees: two extreme modes in a chosen ratio, log-cosh
functions, and badly scaled coordinates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from solvers.constants import horizon
from solvers.constants import kappa as condition
from solvers.problems import convex, quadratic, spectra
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance


def two_modes(kappa: float, share: Callable[[float], float]) -> Instance:
    """Eigenvalues 1 and kappa, from the error (1, sqrt(share(kappa)))."""
    square = share(kappa)
    label = f"two eigenvalues, kappa = {kappa:g}, square of the steep component {square:.6g}"
    return quadratic.spectrum_of(
        np.array([1.0, kappa]), label, quadratic.Fixed((1.0, float(np.sqrt(square))))
    )


def one_over_square(kappa: float) -> float:
    """The share from which exact line search contracts both modes by the same factor for ever."""
    return 1 / kappa**2


def one_over_cube(kappa: float) -> float:
    """The same for the minimal gradient method."""
    return 1 / kappa**3


def one_over(kappa: float) -> float:
    """The same for the long Polyak step; the short one meets Kantorovich's inequality with equality."""
    return 1 / kappa


def extreme_modes(kappa: Sequence[float], share: Callable[[float], float]) -> Family:
    """Both ends of the spectrum alone, in the ratio from which a method is slow."""
    name = share.__name__.replace("_", " ")
    return Family(
        two_modes,
        product(kappa=kappa, share=[share]),
        f"quadratics with two eigenvalues, kappa = {span(kappa)}, the square of the steep component "
        f"{name} of kappa",
    )


# ---------------------------------------------------------------- beyond quadratics


@dataclass(frozen=True)
class ScaledGaussian:
    """A normal error of norm ``radius`` on average (of squares), new for every seed."""

    n: int
    radius: float

    def __call__(self, seed: int) -> np.ndarray:
        return quadratic.Gaussian(self.n)(seed) * (self.radius / np.sqrt(self.n))


def log_cosh(kappa: float, n: int, width: float) -> Instance:
    """Log-spaced curvatures at the solution, from a distance of about 3."""
    label = f"log-cosh function of width {width:g}, kappa = {kappa:g}, n = {n}, gaussian start"
    return convex.log_cosh_function(spectra.log_spaced(n, kappa), width, label, ScaledGaussian(n, 3.0))


def log_coshes(kappa: Sequence[float], n: int, width: Sequence[float]) -> Family:
    """Smooth functions that are no quadratics: the curvature grows from 1, far out, to kappa."""
    return Family(
        log_cosh,
        product(width=width, n=[n], kappa=kappa),
        f"log-cosh functions of width {span(width)}, n = {n}, kappa = {span(kappa)}, gaussian start",
    )


# ---------------------------------------------------------------- badly scaled coordinates


def scaled_hadamard(kappa: float, n: int, spread: int, worst: bool) -> Instance:
    """S Q S with Q of unit diagonal and Chebyshev points as its eigenvalues, and S powers of two from 1 to
    2^spread; kappa is that of Q, the condition number after Jacobi's preconditioning.

    Q = H diag(lambda) H'/n with a Hadamard matrix H. The worst start is that of ``chebyshev_witness``
    for Q in the coordinates of S, for n - 1 steps; the other one is Gaussian in them.
    """
    H = scipy.linalg.hadamard(n) / np.sqrt(n)
    eigenvalues = spectra.chebyshev(n, kappa)
    eigenvalues = eigenvalues / eigenvalues.mean()
    S = 2.0 ** np.round(np.linspace(0, spread, n))
    Q = (H * eigenvalues) @ H.T
    np.fill_diagonal(Q, 1.0)
    Q = (Q + Q.T) / 2
    weights = np.r_[0.5, np.ones(n - 2), 0.5]
    error = H @ (np.sqrt(weights) / eigenvalues) if worst else quadratic.Gaussian(n)(0)
    label = (
        f"unit diagonal of kappa {kappa:g} scaled by up to 2^{spread} on both sides, n = {n}, "
        f"{'worst' if worst else 'gaussian'} start"
    )
    instance = quadratic.dense(S[:, None] * Q * S, label, quadratic.Fixed(tuple((error / S).tolist())))
    known = {condition: float(kappa), horizon: n - 1}
    return replace(instance, constants={**instance.constants, **known})


def badly_scaled(kappa: Sequence[float], n: Sequence[int], spread: Sequence[int], worst: bool) -> Family:
    """Quadratics whose coordinates have very different scales; kappa is the condition number without them."""
    return Family(
        scaled_hadamard,
        product(kappa=kappa, n=n, spread=spread, worst=[worst]),
        f"quadratics that a scaling of their coordinates (by up to 2^{max(spread)}) gives unit diagonal and "
        f"the condition number kappa = {span(kappa)}, n = {span(n)}, "
        f"{'worst' if worst else 'gaussian'} start",
    )
