"""AdaGrad, entry by entry, and AdaGrad-Norm, with one step size for all entries.

Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
J. Mach. Learn. Res. 12 (2011); Ward, Wu and Bottou, "AdaGrad stepsizes: sharp convergence over nonconvex
landscapes", J. Mach. Learn. Res. 21 (2020). Here with the full gradient. A step divides by a sum that holds
the present gradient already.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.vocabulary import axpy, dot, gradient, put, quotient, sqrt, value


class IterateAndSquares(NamedTuple):
    x: Any
    squares: Any  # the sum of the squared gradients, entry by entry or as one number


@method(state=IterateAndSquares, degrees=(0, 0))
class AdaGrad(NamedTuple):
    r"""$v \leftarrow v + g^2$, $x \leftarrow x - \alpha g / (\sqrt v + \epsilon)$, entry by entry,
    $\epsilon$ = ``offset``."""

    step: Any = sp.Rational(1, 100)
    offset: Any = sp.Rational(1, 10**10)

    def start(self, problem: Any, x: Any) -> IterateAndSquares:
        return IterateAndSquares(x, x * 0)

    def update(self, problem: Any, state: IterateAndSquares, i: Any) -> None:
        g = gradient(problem, state.x)
        axpy(state.squares, 1, g * g)
        axpy(state.x, -self.step, quotient(g, sqrt(state.squares) + self.offset))


@method(state=IterateAndSquares, degrees=(0, 0))
class AdaGradNorm(NamedTuple):
    r"""$b^2 \leftarrow b^2 + |g|^2$, $x \leftarrow x - \eta g / b$, $\eta$ = ``step``, $b_0$ = ``first``."""

    step: Any = sp.Integer(1)
    first: Any = sp.Rational(1, 10)

    def start(self, problem: Any, x: Any) -> IterateAndSquares:
        return IterateAndSquares(x, x[:, :1] * 0 + self.first**2)

    def update(self, problem: Any, state: IterateAndSquares, i: Any) -> None:
        g = gradient(problem, state.x)
        squares = value(state.squares) + dot(g, g)
        put(state.squares, squares)
        axpy(state.x, -self.step / sqrt(squares), g)
