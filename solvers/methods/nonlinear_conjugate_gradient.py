"""Nonlinear conjugate gradients with exact line search, restarted where gradients are not orthogonal.

Fletcher and Reeves, "Function minimization by conjugate gradients", Comput. J. 7 (1964); Polak and
Ribière, "Note sur la convergence de méthodes de directions conjuguées", RAIRO 3 (1969), with beta cut off
at zero; the restart is that of Powell, "Restart procedures for the conjugate gradient method", Math.
Program. 12 (1977), towards the steepest descent. The line search is the problem's own: it costs one
epoch beside that of the gradient.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.vocabulary import axpy, dot, gradient, line_minimum, put, quotient


class GradientAndDirection(NamedTuple):
    x: Any
    gradient: Any
    direction: Any


@method(state=GradientAndDirection, degrees=(1, 1, 1), needs=("line_minimum",))
class FletcherReeves(NamedTuple):
    r"""$x_{k+1}$ minimises $f$ on $x_k + a d_k$; $d_{k+1} = -g_{k+1} + \beta d_k$ with
    $\beta = |g_{k+1}|^2 / |g_k|^2$, or 0 where $|g_{k+1}^T g_k| \ge \nu |g_{k+1}|^2$, $\nu$ = ``restart``."""

    restart: Any = sp.Rational(1, 5)

    def start(self, problem: Any, x: Any) -> GradientAndDirection:
        g = gradient(problem, x)
        return GradientAndDirection(x, g, -g)

    def update(self, problem: Any, state: GradientAndDirection, i: Any) -> None:
        d, old = state.direction, state.gradient
        axpy(state.x, line_minimum(problem, state.x, d), d)
        new = gradient(problem, state.x)
        square, overlap = dot(new, new), dot(new, old)
        goes_on = abs(overlap) < self.restart * square
        beta = goes_on * quotient(square, dot(old, old))
        put(d, beta * d - new)
        put(old, new)


@method(state=GradientAndDirection, degrees=(1, 1, 1), needs=("line_minimum",))
class PolakRibiere(NamedTuple):
    r"""As Fletcher-Reeves, with $\beta = \max(0, g_{k+1}^T (g_{k+1} - g_k)) / |g_k|^2$."""

    restart: Any = sp.Rational(1, 5)

    def start(self, problem: Any, x: Any) -> GradientAndDirection:
        g = gradient(problem, x)
        return GradientAndDirection(x, g, -g)

    def update(self, problem: Any, state: GradientAndDirection, i: Any) -> None:
        d, old = state.direction, state.gradient
        axpy(state.x, line_minimum(problem, state.x, d), d)
        new = gradient(problem, state.x)
        square, overlap = dot(new, new), dot(new, old)
        goes_on = (abs(overlap) < self.restart * square) * (overlap < square)
        beta = goes_on * quotient(square - overlap, dot(old, old))
        put(d, beta * d - new)
        put(old, new)
