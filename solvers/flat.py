r"""Exact mean-square factors on flat designs of any size.

A design is flat if its eigenvectors have entries of equal modulus (Hadamard, Fourier): then all
coordinates are alike, and any spectrum of mean 1 has such a design with unit diagonal, Q = H diag(s) H'/n.
A sampled method that is linear on quadratics moves its modal state by z -> (M0 + r e_i e_i' h') z, each
of M0, r, h a function of the eigenvalue; the methods declare them as ``modal``. The second moment is then
one small matrix for every eigenvalue, and the modes meet in one mean only. Its factor solves a secular
equation in one unknown, whatever the number of unknowns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.optimize

from solvers import method as protocol
from solvers.constants import evaluate, lam
from solvers.method import Method
from solvers.problems.instance import Instance


class Modal(NamedTuple):
    r"""One step on an eigenvalue lambda of Q = AA' (of mean 1): $z \to (M_0 + r e_i e_i^T h^T) z$.

    Expressions in lambda and the constants; M0 is s x s in rows, r and h have s entries.
    """

    M0: Any
    r: Any
    h: Any


class Flat(NamedTuple):
    """A flat design by its spectrum: the distinct eigenvalues of Q and the share of each, shape (k,)."""

    eigenvalues: Any
    shares: Any


def modal_arrays(method: Method, instance: Instance, eigenvalues: np.ndarray) -> tuple[Any, Any, Any]:
    """M0 (k, s, s), r and h (k, s) at these eigenvalues.

    Raises:
        ValueError: the method does not declare ``modal``.
    """
    if not hasattr(method, "modal"):
        raise ValueError(
            f"{type(method).__name__} has no modal form, so it has no exact factor on a flat design; "
            "take a dense instance"
        )
    modal = method.modal()
    values = {**instance.constants, lam: eigenvalues}
    owner = f"the modal form of {type(method).__name__}"

    def column(expression: Any) -> np.ndarray:
        return np.broadcast_to(evaluate(expression, values, owner), eigenvalues.shape)

    M0 = np.stack([np.stack([column(e) for e in row], axis=-1) for row in modal.M0], axis=-2)
    return M0, np.stack([column(e) for e in modal.r], -1), np.stack([column(e) for e in modal.h], -1)


def log_mean_square_factor(method: Method, instance: Instance) -> float:
    """ln of the factor of E|z|^2 per step on a ``Flat`` instance, one component or coordinate drawn
    uniformly; accurate however close to 0 it is.

    Raises:
        ValueError: no modal form, or no contraction in mean square.
    """
    eigenvalues, shares = instance.problem
    M0, r, h = modal_arrays(method, instance, eigenvalues)
    n = protocol.choices(method, instance)
    size = r.shape[-1]
    # One minus the map of a mode on its own, from the change per step: 1 - (1 + c) o (1 + c) has no
    # cancellation, where the factor itself would lose all but a few digits of its distance from 1.
    change = (M0 - np.eye(size)) + r[:, :, None] * h[:, None, :] / n
    rr = (r[:, :, None] * r[:, None, :]).reshape(-1, size**2)
    hh = (h[:, :, None] * h[:, None, :]).reshape(-1, size**2)
    lost = rr[:, :, None] * hh[:, None, :] / n**2
    lost -= _kron(change, np.eye(size)[None]) + _kron(np.eye(size)[None], change) + _kron(change, change)
    alone = np.linalg.eigvals(lost)
    slowest = float(alone.real.min())
    refused = (
        f"{protocol.name(method)} does not contract in mean square on {instance.label}; take a smaller step"
    )
    if slowest <= 0 or np.abs(1 - alone).max() >= 1:
        raise ValueError(refused)

    def excess(log_gap: float) -> float:
        """The mean over the modes where the factor is 1 - e^log_gap, less 1: decreasing in the factor."""
        resolvent = lost - np.exp(log_gap) * np.eye(size**2)
        each = (hh * np.linalg.solve(resolvent, rr[:, :, None])[:, :, 0]).sum(-1)
        return float(shares @ each) / n - 1

    top = np.log(slowest)
    low = top - np.log(1e12)
    if excess(low) >= 0:
        raise ValueError(refused)
    for margin in (0.5, 1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9):
        high = top + np.log1p(-margin)
        if excess(high) > 0:
            return float(np.log1p(-np.exp(scipy.optimize.brentq(excess, low, high, xtol=1e-14))))
    return float(np.log1p(-slowest))  # no mode is excited by the others: the slowest one decides


def mean_square_factor(method: Method, instance: Instance) -> float:
    """The factor of E|z|^2 per step on a ``Flat`` instance; see ``log_mean_square_factor``."""
    return float(np.exp(log_mean_square_factor(method, instance)))


def _kron(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Kronecker products of two stacks of s x s matrices, (k, s^2, s^2)."""
    a, b = np.broadcast_arrays(a, b)
    size = a.shape[-1]
    return np.einsum("kab,kcd->kacbd", a, b).reshape(-1, size**2, size**2)
