"""Gradient descent with Polyak's step, which knows the optimal value.

Polyak, "Minimization of unsmooth functionals", USSR Comput. Math. Math. Phys. 9 (1969), with
``scale`` 1; the step twice as long is that of Barré, Taylor and d'Aspremont, "Complexity guarantees for
Polyak steps with momentum", COLT (2020). f(x) - f* is the problem's own gap, which does not cancel.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.gradient_descent import Iterate
from solvers.vocabulary import axpy, dot, gap, gradient, quotient


@method(state=Iterate, degrees=(1,))
class PolyakStep(NamedTuple):
    r"""$x_{k+1} = x_k - c\, \frac{f(x_k) - f^*}{|\nabla f(x_k)|^2} \nabla f(x_k)$, $c$ = ``scale``."""

    scale: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        g = gradient(problem, state.x)
        axpy(state.x, -self.scale * quotient(gap(problem, state.x), dot(g, g)), g)
