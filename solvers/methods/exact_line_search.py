"""Gradient descent with exact line search on quadratics, the method of steepest descent.

Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", C. R. Acad. Sci.
Paris 25 (1847). The step is formed from the product A g, so that a step costs one epoch; the gradient
is recomputed after it (the recursive one stalls at machine precision). ``relaxation`` 1 is the exact
step, as in the paper.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.vocabulary import axpy, dot, gradient, product, put, quotient


class IterateAndGradient(NamedTuple):
    x: Any
    gradient: Any


@method(state=IterateAndGradient, degrees=(1, 1), needs=("product",))
class ExactLineSearch(NamedTuple):
    r"""$x_{k+1} = x_k - \omega \frac{g^T g}{g^T A g} g$ with $g = \nabla f(x_k)$,
    $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> IterateAndGradient:
        return IterateAndGradient(x, gradient(problem, x))

    def update(self, problem: Any, state: IterateAndGradient, i: Any) -> None:
        g = state.gradient
        image = product(problem, g)
        a = -self.relaxation * quotient(dot(g, g), dot(g, image))
        axpy(state.x, a, g)
        axpy(state.gradient, a, image)

    def refresh(self, problem: Any, state: IterateAndGradient) -> None:
        put(state.gradient, gradient(problem, state.x))
