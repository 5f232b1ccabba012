r"""Exact mean-square factors and expectations on flat designs of any size.

A design is flat if its eigenvectors have entries of equal modulus (Hadamard, Fourier): then all
coordinates are alike, and any spectrum of mean 1 has such a design with unit diagonal, Q = H diag(s) H'/n.
From a start whose modes have random signs the second moment stays one small matrix for every eigenvalue,
and the modes meet in one mean only. Its factor solves a secular equation in one unknown, whatever the
number of unknowns; with few distinct eigenvalues, powers of one small operator give it at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.modal import kron, log_largest_factor, modal_arrays, mode_pairs, require_single_draw, unstable
from solvers.problems.instance import Instance

#: The largest operator whose powers are taken.
LARGEST = 1200


class Flat(NamedTuple):
    """A flat design by its spectrum: the distinct eigenvalues of Q and the share of each, shape (k,), and
    the number of its unknowns, which is that of its samples A with AA' = Q."""

    eigenvalues: Any
    shares: Any
    size: Any

    def samples(self) -> int:
        return int(self.size)

    def coordinates(self) -> int:
        return int(self.size)


def log_mean_square_factor(method: Method, instance: Instance) -> float:
    """ln of the factor of E|z|^2 per step on a ``Flat`` instance, one component or coordinate drawn
    uniformly; accurate however close to 0 it is.

    Raises:
        ValueError: no modal form, something to do once a round, or no contraction in mean square.
    """
    modal = modal_arrays(method, instance, instance.problem.eigenvalues)
    draws, chance = require_single_draw(method, instance)
    if modal.outer is not None:
        raise ValueError(
            f"{type(method).__name__} has a factor per round and not per step; use FlatMoment.factor"
        )
    lost, into, out = mode_pairs(modal, draws, chance, slice(None), slice(None))
    one = np.eye(lost.shape[-1])

    def excess(log_gap: float) -> float:
        """The mean over the modes where the factor is 1 - e^log_gap, less 1: decreasing in the factor."""
        each = (out * np.linalg.solve(lost - np.exp(log_gap) * one, into[:, :, None])[:, :, 0]).sum(-1)
        return float(instance.problem.shares @ each) / draws - 1

    alone = np.linalg.eigvals(lost)
    return log_largest_factor(alone, excess, unstable(method, instance), reach=1e12, accuracy=1e-14)


def mean_square_factor(method: Method, instance: Instance) -> float:
    """The factor of E|z|^2 per step on a ``Flat`` instance; see ``log_mean_square_factor``."""
    return float(np.exp(log_mean_square_factor(method, instance)))


@dataclass(frozen=True)
class FlatMoment:
    """E[z z'] of every distinct mode of a ``Flat`` instance, side by side as k s^2 numbers.

    The expectation is also over the signs of the start's modes.

    Attributes:
        operator: maps it over one step, (k s^2, k s^2).
        outer: the same of what the method does once a round, before its steps; None if nothing.
        start: it, where the method starts.
        measures: the weights of E|e|^2 and of E[f - f*], (2, k s^2).
    """

    operator: np.ndarray
    outer: np.ndarray | None
    start: np.ndarray
    measures: np.ndarray

    @classmethod
    def of(cls, method: Method, instance: Instance) -> FlatMoment:
        """From the method's modal form; the start is ``instance.start(0)``, the error of one mode of each
        distinct eigenvalue.

        Raises:
            ValueError: no modal form, or too many distinct eigenvalues.
        """
        eigenvalues, shares, size = instance.problem
        modal = modal_arrays(method, instance, eigenvalues)
        draws, chance = require_single_draw(method, instance)
        lost, into, out = mode_pairs(modal, draws, chance, slice(None), slice(None))
        k, entries = into.shape
        if k * entries > LARGEST:
            raise ValueError(
                f"{instance.label} has {k} distinct eigenvalues, too many for powers of its second moment; "
                "take fewer"
            )
        operator = np.einsum("ka,lb->kalb", into, shares[:, None] * out) / draws
        each = np.arange(k)
        operator[each, :, each, :] += np.eye(entries) - lost
        outer = None
        if modal.outer is not None:
            outer = np.zeros_like(operator)
            outer[each, :, each, :] = kron(modal.outer, modal.outer)
            outer = outer.reshape(k * entries, -1)
        z = modal.start * instance.start(0)[:, None]
        first = np.zeros(entries)
        first[0] = 1.0
        count = shares * float(size)
        # f is e'Qe / 2, or |Ae|^2 / (2N) where components are drawn
        height = eigenvalues / (float(size) if protocol.sampled(method) == "component" else 1.0)
        weights = np.stack([count, count * height / 2])
        return cls(
            operator=operator.reshape(k * entries, -1),
            outer=outer,
            start=(z[:, :, None] * z[:, None, :]).ravel(),
            measures=(weights[:, :, None] * first).reshape(2, -1),
        )

    def per_round(self, steps: int) -> np.ndarray:
        """The operator of a round of this many steps."""
        whole = np.linalg.matrix_power(self.operator, steps)
        return whole if self.outer is None else whole @ self.outer

    def factor(self, steps: int = 1) -> float:
        """The factor of E|z|^2 over a round of ``steps`` steps in the long run."""
        return float(np.abs(np.linalg.eigvals(self.per_round(steps))).max())

    def trajectory(self, steps: int, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """ln E|e|^2 and ln E[f - f*] after the rounds of ``grid``, increasing, (T,), of ``steps`` steps
        each: by repeated squaring, so that a long way costs no more than a short one."""
        powers = [self.per_round(steps)]
        while 2 ** len(powers) <= grid[-1]:
            powers.append(powers[-1] @ powers[-1])
        moment, now, scale = self.start, 0, 0.0
        found = np.empty((2, len(grid)))
        for j, round_ in enumerate(grid):
            for bit, power in enumerate(powers):
                if (int(round_) - now) >> bit & 1:
                    moment = power @ moment
            now = int(round_)
            top = np.abs(moment).max()
            moment, scale = moment / top, scale + np.log(top)
            found[:, j] = np.log(self.measures @ moment) + scale
        return found[0], found[1]
