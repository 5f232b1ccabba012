r"""The exact mean-square factor for any unit-diagonal Q, for a few hundred unknowns.

In the eigenvectors V of Q the blocks E[z_k z_l'] of two modes move on their own, but for the vector
d_i = E (h_i' z)^2 that all of them share. So the factor rho solves an eigenvalue problem of size n: the
largest eigenvalue of T(rho) d = diag(V [(V' Diag(d) V) o phi(rho)] V') is 1, where phi_kl is the resolvent
of a block's map at rho. T(rho) is symmetric, and maps d >= 0 to such. No power iteration is needed, and
clusters of eigenvalues do no harm.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse.linalg

from solvers.method import Method
from solvers.modal import log_largest_factor, modal_arrays, mode_pairs, require_single_draw, unstable
from solvers.problems.instance import Instance

#: The largest number of unknowns.
LARGEST = 512


def log_mean_square_factor(method: Method, instance: Instance) -> float:
    """ln of the factor of E|z|^2 per step on a unit-diagonal quadratic, or on least squares with unit
    rows and as many of them as unknowns.

    Raises:
        ValueError: no modal form, something to do once a round, another kind of instance, too many
            unknowns, or no contraction in mean square.
    """
    Q = _gram(instance)
    if len(Q) > LARGEST or np.abs(np.diagonal(Q) - 1).max() > 1e-10 or not instance.homogeneous:
        raise ValueError(
            f"{instance.label} is no unit-diagonal quadratic (or square system with unit rows and no "
            f"residual) of at most {LARGEST} unknowns, on which alone the modal form gives a factor"
        )
    eigenvalues, V = scipy.linalg.eigh(Q)
    modal = modal_arrays(method, instance, eigenvalues)
    draws, chance = require_single_draw(method, instance)
    if modal.outer is not None:
        raise ValueError(
            f"{type(method).__name__} has a factor per round and not per step; take fewer unknowns"
        )
    n = len(Q)
    rows, columns = np.triu_indices(n)
    lost, into, out = mode_pairs(modal, draws, chance, rows, columns)
    one = np.eye(lost.shape[-1])

    def excess(log_gap: float) -> float:
        """The largest eigenvalue of T where the factor is 1 - e^log_gap, less 1."""
        solved = np.linalg.solve(lost - np.exp(log_gap) * one, into[:, :, None])[:, :, 0]
        phi = np.empty((n, n))
        phi[rows, columns] = phi[columns, rows] = (out * solved).sum(-1) / draws

        def T(d: np.ndarray) -> np.ndarray:
            return (V @ ((V.T * d.ravel()) @ V * phi) * V).sum(1)

        operator = scipy.sparse.linalg.LinearOperator((n, n), matvec=T, dtype=float)
        largest = scipy.sparse.linalg.eigsh(operator, 1, which="LA", v0=np.ones(n), return_eigenvectors=False)
        return float(largest[0]) - 1

    alone = np.linalg.eigvals(lost)
    return log_largest_factor(alone, excess, unstable(method, instance), reach=1e6, accuracy=1e-12)


def _gram(instance: Instance) -> np.ndarray:
    problem = instance.problem
    if hasattr(problem, "Q"):
        return problem.Q
    rows = getattr(problem, "rows", np.zeros((1, 0)))
    return rows @ rows.T if rows.shape[0] == rows.shape[1] else np.zeros((1, 1))
