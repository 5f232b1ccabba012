r"""Exact mean-square factors where all coordinates are alike, for any number of them.

Where no relabelling of the coordinates changes the Hessian, a I + b 11', and the draws of a method are alike
under relabelling too, the operator of its second moment commutes with relabelling. Then one of its slowest
moments is p I + q 11', since the mean of a positive semidefinite moment over all relabellings is not zero.
So the factor is that of a 2 x 2 matrix, read off one single draw: for every p I + q 11' the mean over all
draws is the mean over all relabellings of what that one draw makes of it.
"""

from __future__ import annotations

import numpy as np

from solvers import method as protocol
from solvers.free_state import FreeState
from solvers.method import Method
from solvers.problems.instance import Instance


def alike(method: Method, instance: Instance) -> bool:
    """Whether all coordinates of the instance, and all draws of the method, are alike under relabelling."""
    Q = getattr(instance.problem, "Q", None)
    if Q is None or protocol.sampled(method) != "coordinate" or hasattr(method, "outer"):
        return False
    sampling = protocol.sampling(protocol.evaluate(method, instance), instance)
    uniform = sampling.weights is None and sampling.chance is None
    whole = not sampling.picks or (sampling.picks == len(Q) and not sampling.replace)
    off = Q[~np.eye(len(Q), dtype=bool)]
    same = np.ptp(np.diagonal(Q)) == 0 and (not off.size or np.ptp(off) == 0)
    return bool(uniform and whole and same)


def mean_square_factor(method: Method, instance: Instance) -> float:
    """The factor of E|x|^2 per step.

    Raises:
        ValueError: the coordinates or draws are not alike, or the state holds more than the iterate.
    """
    free = FreeState(method, instance)
    n = instance.dimension
    if not alike(method, instance) or free.clock or free.size != n:
        raise ValueError(
            f"{type(method).__name__} on {instance.label} does not look the same to every coordinate, so its "
            "mean square factor does not follow from one draw; take fewer unknowns"
        )
    draw = tuple(range(n)) if free.sampling.picks else 0
    (M,) = free.step(free.clock, [(draw, 1.0)]).matrices
    columns = []
    for X in (np.eye(n), np.ones((n, n))):
        image = M @ X @ M.T
        diagonal, total = np.trace(image), image.sum()
        q = (total - diagonal) / (n * (n - 1))
        columns.append([diagonal / n - q, q])
    return float(np.abs(np.linalg.eigvals(np.array(columns).T)).max())
