"""Jacobi's method, with relaxation.

Jacobi, "Ueber eine neue Auflösungsart der bei der Methode der kleinsten Quadrate vorkommenden lineären
Gleichungen", Astron. Nachr. 22 (1845). Every coordinate is minimised over while the others stay where
they were, which is gradient descent in the scale of the diagonal. ``relaxation`` 1 is the textbook's.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.gradient_descent import Iterate
from solvers.vocabulary import axpy, curvatures, gradient


@method(state=Iterate, degrees=(1,), linear=True, needs=("curvatures",))
class Jacobi(NamedTuple):
    r"""$x_{k+1} = x_k - \omega D^{-1} \nabla f(x_k)$, $D$ the diagonal of the Hessian, $\omega$ =
    ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        axpy(state.x, -self.relaxation, gradient(problem, state.x) / curvatures(problem))
