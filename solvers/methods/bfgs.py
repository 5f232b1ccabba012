"""The BFGS method on quadratics.

Broyden, J. Inst. Math. Appl. 6 (1970); Fletcher, Comput. J. 13 (1970); Goldfarb, Math. Comp. 24 (1970);
Shanno, Math. Comp. 24 (1970). The inverse form, with a matrix of n^2 numbers. Deviation: on a quadratic the
steps that a line search may accept are an interval of multiples of the minimising one, known from one
Hessian product, so the search is a formula: the admissible step nearest to 1. ``shortest`` and ``longest``
both 1 are exact line search; 1/10 and 19/10 the strong Wolfe conditions with the usual constants 1e-4 and
9/10; 0 and 1 the step 1, wherever the matrix is below the inverse Hessian, as it stays from I/L on.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L
from solvers.method import method
from solvers.vocabulary import (
    add_at,
    at,
    axpy,
    clip,
    coordinate,
    dot,
    gradient,
    part,
    product,
    put,
    quotient,
)


class InverseState(NamedTuple):
    x: Any
    gradient: Any
    inverse: Any  # the rows of the matrix, side by side


@method(state=InverseState, degrees=(1, 1, 0), needs=("product",), sweeps=True)
class BFGS(NamedTuple):
    r"""$x_{k+1} = x_k - \alpha_k H_k g_k$, $H_{k+1} = (I - s y^T / s^T y) H_k (I - y s^T / s^T y) +
    s s^T / s^T y$, $s = x_{k+1} - x_k$, $y = g_{k+1} - g_k$, $H_0$ = ``first`` times $I$."""

    first: Any = 1 / L
    shortest: Any = sp.Rational(1, 10)
    longest: Any = sp.Rational(19, 10)

    def start(self, problem: Any, x: Any) -> InverseState:
        n = x.shape[-1]
        inverse = x[:, [0] * (n * n)] * 0
        for k in range(n):
            inverse[:, k * n + k] += self.first[:, 0]
        return InverseState(x, gradient(problem, x), inverse)

    def update(self, problem: Any, state: InverseState, i: Any) -> None:
        n = state.x.shape[-1]
        d = state.x * 0
        for k in range(n):
            add_at(d, coordinate(i, k), -dot(part(state.inverse, k, state.x), state.gradient))
        image = product(problem, d)
        best = quotient(-dot(state.gradient, d), dot(d, image))
        alpha = clip(best * 0 + 1, self.shortest * best, self.longest * best)
        s, y = alpha * d, alpha * image
        axpy(state.x, 1, s)
        axpy(state.gradient, 1, y)
        u = state.x * 0
        for k in range(n):
            add_at(u, coordinate(i, k), dot(part(state.inverse, k, state.x), y))
        r = quotient(1, dot(s, y))
        v = r * (1 + r * dot(y, u)) / 2 * s - r * u
        for k in range(n):
            line = part(state.inverse, k, state.x)
            axpy(line, at(s, coordinate(i, k)), v)
            axpy(line, at(v, coordinate(i, k)), s)

    def refresh(self, problem: Any, state: InverseState) -> None:
        put(state.gradient, gradient(problem, state.x))
