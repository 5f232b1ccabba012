"""The minimal gradient method on quadratics: the step after which the gradient is shortest.

Dai and Yuan, "Alternate minimization gradient method", IMA J. Numer. Anal. 23 (2003), without the
alternation: every step is of the second kind there. It is the short step of Barzilai and Borwein without
the delay of one iteration. The gradient is recomputed after every step, as in ``exact_line_search``.
"""

from typing import Any, NamedTuple

from solvers.method import method
from solvers.methods.exact_line_search import IterateAndGradient
from solvers.vocabulary import axpy, dot, gradient, product, put, quotient


@method(state=IterateAndGradient, degrees=(1, 1), needs=("product",))
class MinimalGradient(NamedTuple):
    r"""$x_{k+1} = x_k - \frac{g^T A g}{g^T A^2 g} g$ with $g = \nabla f(x_k)$."""

    def start(self, problem: Any, x: Any) -> IterateAndGradient:
        return IterateAndGradient(x, gradient(problem, x))

    def update(self, problem: Any, state: IterateAndGradient, i: Any) -> None:
        g = state.gradient
        image = product(problem, g)
        a = -quotient(dot(g, image), dot(image, image))
        axpy(state.x, a, g)
        axpy(state.gradient, a, image)

    def refresh(self, problem: Any, state: IterateAndGradient) -> None:
        put(state.gradient, gradient(problem, state.x))
