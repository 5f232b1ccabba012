"""Families for splittings of a matrix and for orders of its coordinates: they depend on the basis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.problems import quadratic, sampled_families
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance


def laplacian(n: int) -> Instance:
    """The second difference on n points: 2 on the diagonal, -1 beside it."""
    matrix = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    return quadratic.dense(matrix, f"second difference, n = {n}")


def chain(n: int, kappa: float, seed: int) -> Instance:
    """A random tridiagonal matrix with diagonal 1 and this condition number.

    Its spectrum is symmetric about 1, so the couplings are scaled to the radius (kappa - 1)/(kappa + 1).
    """
    couplings = np.random.default_rng([seed, n]).uniform(-1, 1, n - 1)
    beside = np.diag(couplings, 1) + np.diag(couplings, -1)
    beside *= (kappa - 1) / (kappa + 1) / np.abs(np.linalg.eigvalsh(beside)).max()
    label = f"random tridiagonal matrix with diagonal 1, kappa = {kappa:g}, n = {n}, draw {seed}"
    return quadratic.dense(np.eye(n) + beside, label)


def laplacians(n: Sequence[int]) -> Family:
    """Second differences."""
    return Family(laplacian, product(n=n), f"second differences, n = {span(n)}")


def chains(n: int, kappa: Sequence[float], draws: int) -> Family:
    """Random tridiagonal matrices with diagonal 1."""
    return Family(
        chain,
        product(n=[n], kappa=kappa, seed=range(draws)),
        f"random tridiagonal matrices with diagonal 1, n = {n}, kappa = {span(kappa)}",
    )


def sun_ye(n: int, kappa_CD: float) -> Instance:
    """Sun and Ye's (1 - c) I + c 11' with 1 - c = 1/kappa_CD."""
    return sampled_families.equicorrelated(n, 1 - 1 / kappa_CD, "equal gap")


def sun_yes(n: Sequence[int], kappa_CD: Sequence[float]) -> Family:
    """Sun and Ye's matrices on a grid."""
    return Family(
        sun_ye,
        product(n=n, kappa_CD=kappa_CD),
        f"equicorrelation matrices (1 - c) I + c 11', n = {span(n)}, kappa_CD = 1/(1 - c) = {span(kappa_CD)}",
    )
