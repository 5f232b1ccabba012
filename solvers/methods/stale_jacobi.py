"""Jacobi's method where every unknown reads some of the others late.

Chazan and Miranker, "Chaotic relaxation", Linear Algebra Appl. 2 (1969): each reading may be any number of
steps old, up to a bound. Here the bound is two steps: the problem says which readings see the newest iterate
and which the one before, and may say something else in every step.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.heavy_ball import IterateAndPrevious
from solvers.vocabulary import axpy, curvatures, mixed_gradient, put


@method(state=IterateAndPrevious, degrees=(1, 1), linear=True, needs=("mixed_gradient", "curvatures"))
class StaleJacobi(NamedTuple):
    r"""$x_{k+1} = x_k - \omega D^{-1} g_k$, where $g_k$ is the gradient with the late readings, $D$ the
    diagonal of the Hessian, $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> IterateAndPrevious:
        return IterateAndPrevious(x, x * 1)

    def update(self, problem: Any, state: IterateAndPrevious, i: Any) -> None:
        change = mixed_gradient(problem, state.x, state.previous) / curvatures(problem)
        put(state.previous, state.x)
        axpy(state.x, -self.relaxation, change)
