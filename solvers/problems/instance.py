"""One instance of a problem: its arrays, its constants, its start, its premises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from solvers.constants import L, L_max, N, gain, kappa, kappa_CD, lambda_avg, mu, n


class Premise(NamedTuple):
    """A condition under which a theorem speaks, and the test of it on (evaluated method, instance)."""

    text: str
    holds: Callable[[Any, Instance], bool]


def with_run_axis(problem: Any) -> Any:
    """A problem's arrays with a run axis of length 1, as the batch reading takes them."""
    return type(problem)(*(array[None] for array in problem))


@dataclass(frozen=True)
class Instance:
    """A problem with everything that is known about it on the host.

    Attributes:
        label: what a reader calls it; unique within a family, part of the random streams' key.
        problem: a NamedTuple of arrays without a run axis; its methods are the oracles.
        constants: a number for each symbol of ``solvers.constants`` that it defines.
        start: seed -> the initial error x0 - x*, shape (dimension,).
        spectrum: the Hessian's eigenvalues, shape (n,), or None where there is no Hessian.
        homogeneous: whether scaling the error scales every gradient, so that a run can be rescaled
            and has no floating-point floor.
        floor: a distance below which the rounding of data that does not vanish at the solution may hide
            the error; 0 where there is no such data.
        components: N where the problem is a sum, else 0.
    """

    label: str
    problem: Any
    constants: Mapping[sp.Symbol, float]
    start: Callable[[int], np.ndarray]
    dimension: int
    components: int = 0
    spectrum: np.ndarray | None = None
    homogeneous: bool = True
    floor: float = 0.0

    def __post_init__(self) -> None:
        for name, array in zip(self.problem._fields, self.problem, strict=True):
            if not np.isfinite(array).all():
                raise ValueError(
                    f"{self.label}: the array {name} of the problem has a NaN or an infinity; "
                    "clean the data before it becomes an instance"
                )


def spectral_constants(
    eigenvalues: np.ndarray, components: int | None = None, component_smoothness: float | None = None
) -> dict[sp.Symbol, float]:
    """The constants of a quadratic with these Hessian eigenvalues.

    Without ``components`` the problem is no sum, and N and L_max are not defined.

    Raises:
        ValueError: an eigenvalue is not positive (the Hessian is indefinite or singular).
    """
    smallest, largest, average = eigenvalues.min(), eigenvalues.max(), eigenvalues.mean()
    if not smallest > 0:
        raise ValueError(
            f"the smallest eigenvalue is {smallest:.3g}, so the quadratic is not strongly convex; "
            "give a positive definite matrix"
        )
    count = len(eigenvalues)
    constants = {
        mu: smallest,
        L: largest,
        kappa: largest / smallest,
        kappa_CD: average / smallest,
        lambda_avg: average,
        gain: largest / average,
        n: count,
    }
    if components is not None:
        constants |= {N: components, L_max: component_smoothness}
    return {symbol: float(number) for symbol, number in constants.items()}
