"""The Gauss-Seidel method, which is cyclic coordinate descent, with successive over-relaxation.

Seidel, "Über ein Verfahren, die Gleichungen, auf welche die Methode der kleinsten Quadrate führt, ...
durch successive Annäherung aufzulösen", Abh. Bayer. Akad. Wiss. 11 (1874); relaxation: Young, "Iterative
methods for solving partial difference equations of elliptic type", Trans. Amer. Math. Soc. 76 (1954).
A step is a sweep over the coordinates in their order; ``relaxation`` 1 is exact minimisation.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.coordinate_descent import IterateAndMemory
from solvers.vocabulary import coordinate, curvature, derivative, move, put, remember


@method(
    state=IterateAndMemory,
    degrees=(1, 1),
    linear=True,
    needs=("remember", "derivative", "curvature", "move"),
    sweeps=True,
)
class GaussSeidel(NamedTuple):
    r"""$x_i \leftarrow x_i - \omega\, \partial_i f(x) / \partial_{ii} f$ for $i = 1, 2, \dots, n$ in
    turn, $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> IterateAndMemory:
        return IterateAndMemory(x, remember(problem, x))

    def update(self, problem: Any, state: IterateAndMemory, i: Any) -> None:
        for k in range(state.x.shape[-1]):
            j = coordinate(i, k)
            a = -self.relaxation * derivative(problem, state.memory, j)
            move(problem, state.x, state.memory, j, a / curvature(problem, state.memory, j))

    def refresh(self, problem: Any, state: IterateAndMemory) -> None:
        put(state.memory, remember(problem, state.x))
