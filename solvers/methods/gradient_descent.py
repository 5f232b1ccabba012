"""Gradient descent with a constant step.

Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", C. R. Acad. Sci.
Paris 25 (1847). Nothing deviates from the textbook.
"""

from typing import Any, NamedTuple

from solvers.constants import L, mu
from solvers.method import method
from solvers.vocabulary import axpy, gradient


class Iterate(NamedTuple):
    x: Any


@method(state=Iterate, degrees=(1,), linear=True)
class GradientDescent(NamedTuple):
    r"""$x_{k+1} = x_k - \alpha \nabla f(x_k)$ with $\alpha$ = ``step``."""

    step: Any = 2 / (L + mu)

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        axpy(state.x, -self.step, gradient(problem, state.x))
