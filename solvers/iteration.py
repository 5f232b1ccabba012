"""The iteration matrix of a method that draws nothing, one block for each eigenvalue of the Hessian.

It is read off the method's text: a step is applied to unit states. So a theorem about the factor of a
method cannot drift from the code that runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.problems.instance import Instance


def require_linear(method: Method) -> None:
    if not getattr(type(method), "linear", False):
        raise ValueError(
            f"{type(method).__name__} is not linear in its state, so it has no iteration matrix; "
            "measure its rate on runs instead"
        )


def mode_matrices(method: Any, instance: Instance) -> np.ndarray:
    """The matrix of one step on each eigenvalue of a ``Spectrum`` instance, shape (n, s, s).

    s is the number of vectors in the method's state.

    Raises:
        ValueError: the method is not linear, or draws indices.
    """
    require_linear(method)
    if protocol.sampled(method):
        raise ValueError(f"{type(method).__name__} draws indices; use step_matrices")
    size = len(type(method).degrees)
    evaluated = protocol.evaluate(method, instance)
    modes = instance.problem.eigenvalues
    problem = type(instance.problem)(np.repeat(modes, size)[:, None])
    units = np.tile(np.eye(size), (len(modes), 1))
    state = type(method).State(*(units[:, k : k + 1].copy() for k in range(size)))
    runs = np.arange(len(units))
    protocol.update(protocol.columns(evaluated, len(units)), problem, state, (runs, runs))
    image = np.concatenate(list(state), axis=1)
    return image.reshape(len(modes), size, size).transpose(0, 2, 1)


def spectral_radius(method: Method, instance: Instance) -> float:
    """The factor per step of the slowest mode of a ``Spectrum`` instance."""
    return float(np.abs(np.linalg.eigvals(mode_matrices(method, instance))).max())
