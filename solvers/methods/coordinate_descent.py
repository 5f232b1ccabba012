"""Randomised coordinate descent with exact minimisation along the coordinate.

Leventhal and Lewis, "Randomized methods for linear constraints: convergence rates and conditioning",
Math. Oper. Res. 35 (2010); Nesterov, "Efficiency of coordinate descent methods on huge-scale
optimization problems", SIAM J. Optim. 22 (2012). Coordinates are drawn uniformly, with replacement;
``relaxation`` 1 is exact minimisation.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import lam
from solvers.method import method
from solvers.modal import Modal
from solvers.vocabulary import curvature, derivative, move, put, remember


class IterateAndMemory(NamedTuple):
    x: Any
    memory: Any  # what the problem's oracle remembers, the gradient on a quadratic


@method(
    state=IterateAndMemory,
    degrees=(1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class RandomizedCoordinateDescent(NamedTuple):
    r"""$x_i \leftarrow x_i - \omega\, \partial_i f(x) / \partial_{ii} f$, $i$ uniform,
    $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def modal(self) -> Modal:
        """On a unit diagonal."""
        return Modal([[1]], [-self.relaxation], [lam], [1])

    def steps(self, problem: Any) -> int:
        return problem.coordinates()

    def start(self, problem: Any, x: Any) -> IterateAndMemory:
        return IterateAndMemory(x, remember(problem, x))

    def update(self, problem: Any, state: IterateAndMemory, i: Any) -> None:
        a = -self.relaxation * derivative(problem, state.memory, i)
        move(problem, state.x, state.memory, i, a / curvature(problem, state.memory, i))

    def refresh(self, problem: Any, state: IterateAndMemory) -> None:
        put(state.memory, remember(problem, state.x))
