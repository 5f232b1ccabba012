"""The heavy-ball method.

Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Comput. Math. Math.
Phys. 4 (1964). The default is Polyak's tuning for quadratics. The first step has no momentum
(x_{-1} = x_0): the prefactor of the rate depends on it.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L, mu
from solvers.method import method
from solvers.vocabulary import axpy, gradient, put


class IterateAndPrevious(NamedTuple):
    x: Any
    previous: Any


@method(state=IterateAndPrevious, degrees=(1, 1), linear=True)
class HeavyBall(NamedTuple):
    r"""$x_{k+1} = x_k - \alpha \nabla f(x_k) + \beta (x_k - x_{k-1})$, $x_{-1} = x_0$."""

    step: Any = 4 / (sp.sqrt(L) + sp.sqrt(mu)) ** 2
    momentum: Any = ((sp.sqrt(L) - sp.sqrt(mu)) / (sp.sqrt(L) + sp.sqrt(mu))) ** 2

    def start(self, problem: Any, x: Any) -> IterateAndPrevious:
        return IterateAndPrevious(x, x * 1)

    def update(self, problem: Any, state: IterateAndPrevious, i: Any) -> None:
        direction = self.momentum * (state.x - state.previous)
        axpy(direction, -self.step, gradient(problem, state.x))
        put(state.previous, state.x)
        axpy(state.x, 1, direction)
