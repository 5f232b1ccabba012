"""RMSProp.

Tieleman and Hinton, "Lecture 6.5: RMSProp", Coursera: Neural Networks for Machine Learning (2012). Here with
the full gradient and a constant step, without momentum and without centring.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.adagrad import IterateAndSquares
from solvers.vocabulary import axpy, gradient, put, quotient, sqrt


@method(state=IterateAndSquares, degrees=(0, 0))
class RMSProp(NamedTuple):
    r"""$v \leftarrow \beta v + (1 - \beta) g^2$, $x \leftarrow x - \alpha g / (\sqrt v + \epsilon)$, entry by
    entry, $\beta$ = ``square_memory``, $\epsilon$ = ``offset``."""

    step: Any = sp.Rational(1, 100)
    square_memory: Any = sp.Rational(99, 100)
    offset: Any = sp.Rational(1, 10**8)

    def start(self, problem: Any, x: Any) -> IterateAndSquares:
        return IterateAndSquares(x, x * 0)

    def update(self, problem: Any, state: IterateAndSquares, i: Any) -> None:
        g = gradient(problem, state.x)
        put(state.squares, self.square_memory * state.squares + (1 - self.square_memory) * g * g)
        axpy(state.x, -self.step, quotient(g, sqrt(state.squares) + self.offset))
