"""Exact behaviour of methods that are linear in the error, computed from their own steps.

Every matrix here is read off the method's text: a step is applied to unit states. So a theorem about
the factor of a method cannot drift from the code that runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.problems.instance import Instance


def _require_linear(method: Method) -> None:
    if not getattr(type(method), "linear", False):
        raise ValueError(
            f"{type(method).__name__} is not linear in its state, so it has no iteration matrix; "
            "measure its rate on runs instead"
        )


def _columns(method: Method, count: int) -> Any:
    return type(method)(*(np.full((count, 1), float(v)) for v in method))


def mode_matrices(method: Any, instance: Instance) -> np.ndarray:
    """The matrix of one step on each eigenvalue of a ``Spectrum`` instance, shape (n, s, s).

    s is the number of vectors in the method's state.

    Raises:
        ValueError: the method is not linear, or draws indices.
    """
    _require_linear(method)
    if protocol.sampled(method):
        raise ValueError(f"{type(method).__name__} draws indices; use step_matrices")
    size = len(type(method).degrees)
    evaluated = protocol.evaluate(method, instance)
    modes = instance.problem.eigenvalues
    problem = type(instance.problem)(np.repeat(modes, size)[:, None])
    units = np.tile(np.eye(size), (len(modes), 1))
    state = type(method).State(*(units[:, k : k + 1].copy() for k in range(size)))
    runs = np.arange(len(units))
    protocol.update(_columns(evaluated, len(units)), problem, state, (runs, runs))
    image = np.concatenate(list(state), axis=1)
    return image.reshape(len(modes), size, size).transpose(0, 2, 1)


def spectral_radius(method: Method, instance: Instance) -> float:
    """The factor per step of the slowest mode of a ``Spectrum`` instance."""
    return float(np.abs(np.linalg.eigvals(mode_matrices(method, instance))).max())


class _FreeState:
    """The coordinates of a sampled method's state: the leaves that ``refresh`` does not recompute.

    Found by watching the method's own hooks write into a random state.
    """

    def __init__(self, method: Method, instance: Instance) -> None:
        _require_linear(method)
        protocol.require(method, instance)
        if not instance.homogeneous:
            raise ValueError(
                f"{instance.label} has residuals, so a step is affine there and not linear; "
                "sample the expectation instead"
            )
        self.method = protocol.evaluate(method, instance)
        self.problem = type(instance.problem)(*(array[None] for array in instance.problem))
        self.columns = _columns(self.method, 1)
        started = self.columns.start(self.problem, np.ones((1, instance.dimension)))
        self.sizes = [leaf.shape[1] for leaf in started]
        recomputed = self._written_by(protocol.refresh)
        self.leaves = [k for k in range(len(self.sizes)) if k not in recomputed]
        self.reset = self._written_by(protocol.outer)

    def _written_by(self, hook: Callable[..., None]) -> set[int]:
        rng = np.random.default_rng(0)
        state = type(self.method).State(*(rng.standard_normal((1, size)) for size in self.sizes))
        before = [leaf.copy() for leaf in state]
        hook(self.columns, self.problem, state)
        return {k for k, (old, new) in enumerate(zip(before, state, strict=True)) if (old != new).any()}

    def embed(self, z: np.ndarray) -> Any:
        """The whole state, (B, ...), whose free leaves are the columns of z, (B, s)."""
        leaves = [np.zeros((len(z), size)) for size in self.sizes]
        first = 0
        for k in self.leaves:
            leaves[k][:] = z[:, first : first + self.sizes[k]]
            first += self.sizes[k]
        state = type(self.method).State(*leaves)
        protocol.refresh(self.method, self.problem, state)
        return state

    def read(self, state: Any) -> np.ndarray:
        """The free leaves of a state side by side, (B, s)."""
        return np.concatenate([state[k] for k in self.leaves], axis=1)

    @property
    def size(self) -> int:
        return sum(self.sizes[k] for k in self.leaves)

    def lift(self) -> np.ndarray:
        """The matrix of ``outer``, what the method does once a round, (s, s)."""
        state = self.embed(np.eye(self.size))
        protocol.outer(self.method, self.problem, state)
        return self.read(state).T

    def start(self, x: np.ndarray) -> np.ndarray:
        """The free leaves of the state in which the method starts at x, (s,)."""
        return self.read(self.columns.start(self.problem, x[None].copy()))[0]


def step_matrices(method: Method, instance: Instance) -> np.ndarray:
    """The matrix of a step of a sampled method for each index, (draws, s, s), on its free state: the
    leaves that ``refresh`` does not recompute, the iterate first.

    Raises:
        ValueError: the method is not linear, the instance has residuals, or a step leaves a recomputed
            leaf elsewhere than ``refresh`` does.
    """
    free = _FreeState(method, instance)
    choices = protocol.draws(free.method, instance.dimension, instance.components)
    runs = np.arange(free.size)
    matrices = np.empty((choices, free.size, free.size))
    for i in range(choices):
        state = free.embed(np.eye(free.size))
        protocol.update(_columns(free.method, free.size), free.problem, state, (runs, np.full(free.size, i)))
        image = free.read(state)
        again = free.embed(image)
        if not all(np.allclose(a, b, atol=1e-12) for a, b in zip(state, again, strict=True)):
            raise ValueError(
                f"a step of {type(method).__name__} leaves its state where refresh would change it; "
                "what it maintains is not what it recomputes"
            )
        matrices[i] = image.T
    return matrices


#: The largest operator on symmetric matrices that is built: a state of 48 numbers.
LARGEST = 1200


class SecondMoment(NamedTuple):
    """E[z z'] of a sampled method's free state z, propagated exactly on the symmetric matrices.

    Attributes:
        operator: maps the upper triangle of E[z z'] over one step; (s(s+1)/2, s(s+1)/2).
        outer: the same of what the method does once a round, before its steps; None if nothing.
        hessian: (n, n), of the iterate's coordinates, which are the first n of z.
        free: the state's coordinates.
    """

    operator: np.ndarray
    outer: np.ndarray | None
    hessian: np.ndarray
    free: _FreeState

    @classmethod
    def of(cls, method: Method, instance: Instance) -> SecondMoment:
        """Read off the method's own step; the Hessian is the gradient at unit errors.

        Raises:
            ValueError: the method is not linear, the instance has residuals, or the state is too large.
        """
        free = _FreeState(method, instance)
        entries = free.size * (free.size + 1) // 2
        if entries > LARGEST:
            raise ValueError(
                f"the second moment of {type(method).__name__} on {instance.label} has {entries} entries, "
                f"more than {LARGEST}; take fewer unknowns, or sample the expectation"
            )
        matrices = step_matrices(method, instance)
        operator = np.zeros((entries, entries))
        for matrix in matrices:
            operator += _congruence(matrix) / len(matrices)
        hessian = free.problem.gradient(np.eye(instance.dimension))
        return cls(operator, _congruence(free.lift()) if free.reset else None, hessian, free)

    def factor(self, steps: int = 1) -> float:
        """The factor of E|z|^2 over ``steps`` steps in the long run; over one round of that many steps
        where the method does something once a round."""
        if self.outer is None:
            return float(np.abs(np.linalg.eigvals(self.operator)).max()) ** steps
        # outer forgets the other leaves, so the long run is seen on the iterate's second moment alone
        whole = np.linalg.matrix_power(self.operator, steps) @ self.outer
        mine = np.isin(np.arange(len(whole)), np.flatnonzero(np.abs(self.outer).sum(0) > 0))
        return float(np.abs(np.linalg.eigvals(whole[np.ix_(mine, mine)])).max())

    def trajectory(self, start: np.ndarray, steps: int, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """E|e|^2 and E[f - f*] after 0 ... ``rounds`` rounds of ``steps`` steps each, from the error
        ``start`` (n,)."""
        rows, columns = np.triu_indices(self.free.size)
        per_round = np.linalg.matrix_power(self.operator, steps)
        if self.outer is not None:
            per_round = per_round @ self.outer
        z = self.free.start(start)
        moment = (z[:, None] * z[None, :])[rows, columns]
        n = len(start)
        inside = columns < n  # columns >= rows
        weight = np.where(rows == columns, 1.0, 2.0) * inside
        trace = ((rows == columns) & inside).astype(float)
        energy = weight * self.hessian[np.minimum(rows, n - 1), np.minimum(columns, n - 1)] / 2
        squares, gaps = [], []
        for _ in range(rounds + 1):
            squares.append(trace @ moment)
            gaps.append(energy @ moment)
            moment = per_round @ moment
        return np.array(squares), np.array(gaps)


def _congruence(B: np.ndarray) -> np.ndarray:
    """The matrix of S -> B S B' on the upper triangles of symmetric S: entry (a, b) is
    sum_jk B_aj S_jk B_bk."""
    rows, columns = np.triu_indices(len(B))
    left, right = B[rows], B[columns]
    both = left[:, rows] * right[:, columns]
    both += np.where(rows != columns, left[:, columns] * right[:, rows], 0.0)
    return both
