"""Exact behaviour of methods that are linear in the error, computed from their own steps.

Every matrix here is read off the method's text: a step is applied to unit states. So a theorem about
the factor of a method cannot drift from the code that runs.
"""

from __future__ import annotations

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


def step_matrices(method: Method, instance: Instance) -> np.ndarray:
    """The matrix of a step of a sampled method for each index, on the error alone: (draws, n, n).

    Raises:
        ValueError: the method is not linear, or its state is more than a function of the iterate.
    """
    _require_linear(method)
    evaluated = protocol.evaluate(method, instance)
    size = instance.dimension
    choices = protocol.draws(evaluated, size, instance.components)
    problem = type(instance.problem)(*(array[None] for array in instance.problem))
    columns = _columns(evaluated, size)
    matrices = np.empty((choices, size, size))
    for i in range(choices):
        state = columns.start(problem, np.eye(size))
        index = (np.arange(size), np.full(size, i))
        protocol.update(columns, problem, state, index)
        again = columns.start(problem, state[0].copy())
        if not all(np.allclose(a, b, atol=1e-12) for a, b in zip(state, again, strict=True)):
            raise ValueError(
                f"the state of {type(method).__name__} holds more than the iterate; "
                "its second moment needs the whole state"
            )
        matrices[i] = state[0].T
    return matrices


class SecondMoment(NamedTuple):
    """E[e e'] of a sampled method, propagated exactly on the symmetric matrices.

    ``operator`` maps the upper triangle of E[e e'] over one step; (n(n+1)/2, n(n+1)/2).
    """

    operator: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    hessian: np.ndarray

    @classmethod
    def of(cls, method: Method, instance: Instance) -> SecondMoment:
        """Read off the method's own step; the Hessian is the gradient at unit errors."""
        matrices = step_matrices(method, instance)
        size = instance.dimension
        problem = type(instance.problem)(*(array[None] for array in instance.problem))
        rows, columns = np.triu_indices(size)
        operator = np.zeros((len(rows), len(rows)))
        for B in matrices:
            left, right = B[rows], B[columns]  # image of entry (a, b): sum_jk B_aj S_jk B_bk
            both = left[:, rows] * right[:, columns]
            both += np.where(rows != columns, left[:, columns] * right[:, rows], 0.0)
            operator += both
        return cls(operator / len(matrices), rows, columns, problem.gradient(np.eye(size)))

    def factor(self) -> float:
        """The mean-square factor per step: E|e_k|^2 falls by it in the long run."""
        return float(np.abs(np.linalg.eigvals(self.operator)).max())

    def trajectory(self, start: np.ndarray, steps: int, epochs: int) -> tuple[np.ndarray, np.ndarray]:
        """E|e|^2 and E[f - f*] at epochs 0 ... ``epochs`` of ``steps`` steps each."""
        per_epoch = np.linalg.matrix_power(self.operator, steps)
        moment = (start[:, None] * start[None, :])[self.rows, self.columns]
        weight = np.where(self.rows == self.columns, 1.0, 2.0)
        trace = (self.rows == self.columns).astype(float)
        energy = weight * self.hessian[self.rows, self.columns] / 2
        squares, gaps = [], []
        for _ in range(epochs + 1):
            squares.append(trace @ moment)
            gaps.append(energy @ moment)
            moment = per_epoch @ moment
        return np.array(squares), np.array(gaps)
