"""Spectra with a prescribed condition number: n eigenvalues in [1, kappa], both ends attained.

Each is a function (n, kappa) -> eigenvalues, shape (n,), in increasing order.
"""

import numpy as np
import scipy.linalg


def check(n: int, kappa: float) -> None:
    """Refuse a spectrum that does not exist.

    Raises:
        ValueError: n < 1, kappa < 1, or n = 1 with kappa > 1.
    """
    if n < 1:
        raise ValueError(f"a spectrum needs n >= 1 eigenvalues, got n = {n}")
    if not kappa >= 1:
        raise ValueError(f"a condition number is at least 1, got kappa = {kappa}")
    if n == 1 and kappa > 1:
        raise ValueError(f"one eigenvalue has condition number 1, got kappa = {kappa}; take n >= 2")


def log_spaced(n: int, kappa: float) -> np.ndarray:
    """Equally many eigenvalues in every decade."""
    check(n, kappa)
    return np.geomspace(1.0, kappa, n)


def uniform(n: int, kappa: float) -> np.ndarray:
    """Equally spaced eigenvalues."""
    check(n, kappa)
    return np.linspace(1.0, kappa, n)


def chebyshev(n: int, kappa: float) -> np.ndarray:
    """Extrema of the Chebyshev polynomial of degree n - 1 on [1, kappa], the hardest for Krylov methods."""
    check(n, kappa)
    nodes = np.cos(np.pi * np.arange(n - 1, -1, -1) / max(n - 1, 1))
    eigenvalues = (kappa + 1) / 2 + (kappa - 1) / 2 * nodes
    eigenvalues[[0, -1]] = 1.0, kappa
    return eigenvalues


def two_clusters(n: int, kappa: float) -> np.ndarray:
    """Half of the eigenvalues within 1 % of each end."""
    check(n, kappa)
    if n < 4:
        return log_spaced(n, kappa)
    low = np.linspace(1.0, 1.0 + 0.01 * (kappa - 1), n // 2)
    return np.concatenate([low, np.linspace(kappa - 0.01 * (kappa - 1), kappa, n - n // 2)])


def equicorrelation(n: int, c: float) -> np.ndarray:
    """Sun and Ye's A_c = (1 - c) I + c 11': eigenvalue 1 - c (n - 1 times) and 1 + (n - 1) c."""
    if not 0 <= c < 1:
        raise ValueError(f"the equicorrelation matrix is positive definite for 0 <= c < 1, got {c}")
    return np.r_[np.full(n - 1, 1 - c), 1 + (n - 1) * c]


def marchenko_pastur(n: int, ratio: float = 0.5, seed: int = 0) -> np.ndarray:
    """Eigenvalues of Z'Z / m, Z an m x n Gaussian table with n / m = ``ratio``."""
    if not 0 < ratio < 1:
        raise ValueError(f"the ratio n/m of a Marchenko-Pastur spectrum is in (0, 1), got {ratio}")
    rows = round(n / ratio)
    z = np.random.default_rng(seed).standard_normal((rows, n))
    return scipy.linalg.eigvalsh(z.T @ z / rows)


def tridiagonal(n: int, kappa: float) -> np.ndarray:
    """Nesterov's tridiagonal matrix with strong convexity 1 and smoothness kappa, shape (n, n).

    f(x) = (kappa - 1)/8 (x_1^2 + sum (x_i - x_{i+1})^2 - 2 x_1) + |x|^2/2, with the last diagonal
    entry changed so that the minimiser is exactly x*_i = rho^i, rho = (sqrt(kappa)-1)/(sqrt(kappa)+1)
    (the textbook's infinite-dimensional solution, cut at n).
    """
    check(n, kappa)
    rho = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    c = (kappa - 1) / 4
    matrix = np.diag(np.full(n, 2 * c + 1)) - c * (np.eye(n, k=1) + np.eye(n, k=-1))
    matrix[-1, -1] = c / rho if rho > 0 else 1.0
    return matrix
