r"""The modal form of a sampled method: what a step does to one eigenvector of Q.

On a unit-diagonal Q = AA' a method that is linear on quadratics moves its state, written in the
eigenvectors of Q, by z -> (M0 + r e_i e_i' h') z, each of M0, r, h a function of the eigenvalue. A method
declares this beside its step (``modal``); what is exact for many unknowns is computed from it
(``solvers.flat``, ``solvers.resolvent``), and a test ties the declaration to the text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize

from solvers import method as protocol
from solvers.constants import evaluate, lam
from solvers.method import Method
from solvers.problems.instance import Instance


class Modal(NamedTuple):
    r"""One step on an eigenvalue lambda of Q = AA' (of mean 1): $z \to (M_0 + r e_i e_i^T h^T) z$.

    Expressions in lambda and the constants. z has s entries, the first one the error in that mode.

    Attributes:
        M0: s x s, in rows.
        r, h: s entries each.
        start: z where the method starts at error 1.
        outer, by_chance: the hooks of these names, s x s in rows; None where the method has none.
    """

    M0: Any
    r: Any
    h: Any
    start: Any
    outer: Any = None
    by_chance: Any = None


class ModalArrays(NamedTuple):
    """The same with numbers, for k eigenvalues: (k, s, s) and (k, s)."""

    M0: np.ndarray
    r: np.ndarray
    h: np.ndarray
    start: np.ndarray
    outer: np.ndarray | None
    by_chance: np.ndarray | None


def modal_arrays(method: Method, instance: Instance, eigenvalues: np.ndarray) -> ModalArrays:
    """The method's modal form at these eigenvalues of Q, shape (k,).

    Raises:
        ValueError: the method does not declare ``modal``.
    """
    if not hasattr(method, "modal"):
        raise ValueError(
            f"{type(method).__name__} has no modal form, so it has no exact expectation on {instance.label}; "
            "take fewer unknowns"
        )
    values = {**instance.constants, lam: eigenvalues}
    owner = f"the modal form of {type(method).__name__}"

    def array(expressions: Any) -> Any:
        if expressions is None:
            return None
        if isinstance(expressions, list | tuple):
            return np.stack([array(e) for e in expressions], axis=-1)
        return np.broadcast_to(evaluate(expressions, values, owner), eigenvalues.shape)

    # Stacked innermost first: entry [k, row, column] from expressions [row][column].
    return ModalArrays(
        *(a if a is None or a.ndim == 2 else a.transpose(0, 2, 1) for a in map(array, method.modal()))
    )


class ModePairs(NamedTuple):
    """What becomes of E[z_k z_l'] on its own, for pairs (k, l) of modes, as a vector of s^2 numbers.

    Attributes:
        lost: one minus its map, (pairs, s^2, s^2).
        into: what the modes' common scalar adds to it, (pairs, s^2).
        out: its contribution to that scalar, (pairs, s^2).
    """

    lost: np.ndarray
    into: np.ndarray
    out: np.ndarray


def mode_pairs(
    modal: ModalArrays, draws: int, chance: float, k: np.ndarray | slice, l: np.ndarray | slice
) -> ModePairs:
    """The maps of these pairs where one of ``draws`` indices is drawn uniformly.

    The map is built from the change per step: 1 - (1 + c) o (1 + c) has no cancellation, where the map
    itself would lose all but a few digits of its distance from 1.
    """
    size = modal.r.shape[-1]
    one = np.eye(size)
    change = (modal.M0 - one) + modal.r[:, :, None] * modal.h[:, None, :] / draws
    into, out = _outer(modal.r[k], modal.r[l]), _outer(modal.h[k], modal.h[l])
    lost = into[:, :, None] * out[:, None, :] / draws**2 - _square_less_one(change[k], change[l])
    if modal.by_chance is not None:
        moved = modal.by_chance - one
        mixed = chance * _square_less_one(moved[k], moved[l])
        out = out + (out[:, None, :] @ mixed)[:, 0]
        lost = lost - mixed + lost @ mixed
    return ModePairs(lost, into, out)


def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)


def _square_less_one(c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """(1 + c) o (1 + d) - 1, the Kronecker products of stacks of s x s matrices, (k, s^2, s^2)."""
    one = np.broadcast_to(np.eye(c.shape[-1]), c.shape)
    return kron(c, one) + kron(one, d) + kron(c, d)


def kron(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Kronecker products of two stacks of s x s matrices, (k, s^2, s^2)."""
    size = a.shape[-1]
    return np.einsum("kab,kcd->kacbd", a, b).reshape(-1, size**2, size**2)


def require_single_draw(method: Method, instance: Instance) -> tuple[int, float]:
    """(indices, chance of ``by_chance``) of a method that draws one index uniformly.

    Raises:
        ValueError: it draws otherwise.
    """
    sampling = protocol.sampling(protocol.evaluate(method, instance), instance)
    chance = np.asarray(0.0 if sampling.chance is None else sampling.chance)
    if not sampling.choices or sampling.picks or sampling.weights is not None or chance.ndim:
        raise ValueError(
            f"{type(method).__name__} does not draw one index uniformly in every step, so its modal form "
            f"says nothing about {instance.label}; take fewer unknowns"
        )
    return sampling.choices, float(chance)


class Unstable(ValueError):
    """There is no factor below 1."""


def log_largest_factor(
    alone: np.ndarray, excess: Callable[[float], float], refused: ValueError, reach: float, accuracy: float
) -> float:
    """ln of the largest factor 1 - e^s at which the modes, coupled, give themselves back.

    Args:
        alone: one minus the eigenvalues of the modes on their own.
        excess: s -> what a moment becomes where the factor is 1 - e^s, less 1; decreasing in the factor.
        refused: raised where there is no contraction.
        reach: how much nearer to 1 the factor may be than the slowest mode's own.
        accuracy: of s.
    """
    slowest = float(alone.real.min())
    if slowest <= 0 or np.abs(1 - alone).max() >= 1:
        raise refused
    top = np.log(slowest)
    low = top - np.log(reach)
    if excess(low) >= 0:
        raise refused
    for margin in (0.5, 1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9):
        high = top + np.log1p(-margin)
        if excess(high) > 0:
            return float(np.log1p(-np.exp(scipy.optimize.brentq(excess, low, high, xtol=accuracy))))
    return float(np.log1p(-slowest))  # no mode is excited by the others: the slowest one decides


def unstable(method: Method, instance: Instance) -> Unstable:
    """The refusal of a factor that is not below 1."""
    return Unstable(
        f"{protocol.name(method)} does not contract in mean square on {instance.label}; take a smaller step"
    )
