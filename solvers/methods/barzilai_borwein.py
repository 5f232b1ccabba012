"""Barzilai-Borwein steps, long (BB1) and short (BB2).

Barzilai and Borwein, "Two-point step size gradient methods", IMA J. Numer. Anal. 8 (1988). The first
step is a constant, 1/L unless said otherwise. No line search, as in the paper.
"""

from typing import Any, NamedTuple

from solvers.constants import L
from solvers.method import method
from solvers.vocabulary import axpy, dot, gradient, put, quotient, value


class GradientAndStep(NamedTuple):
    x: Any
    gradient: Any
    step: Any


@method(state=GradientAndStep, degrees=(1, 1, 0))
class BarzilaiBorwein1(NamedTuple):
    r"""$x_{k+1} = x_k - \alpha_k g_k$ with $\alpha_{k+1} = s^T s / s^T y$, $s = x_{k+1} - x_k$,
    $y = g_{k+1} - g_k$."""

    first: Any = 1 / L

    def start(self, problem: Any, x: Any) -> GradientAndStep:
        return GradientAndStep(x, gradient(problem, x), x[:, :1] * 0 + self.first)

    def update(self, problem: Any, state: GradientAndStep, i: Any) -> None:
        s = -value(state.step) * state.gradient
        axpy(state.x, 1, s)
        new = gradient(problem, state.x)
        y = new - state.gradient
        put(state.gradient, new)
        put(state.step, quotient(dot(s, s), dot(s, y)))


@method(state=GradientAndStep, degrees=(1, 1, 0))
class BarzilaiBorwein2(NamedTuple):
    r"""As BB1, with $\alpha_{k+1} = s^T y / y^T y$."""

    first: Any = 1 / L

    def start(self, problem: Any, x: Any) -> GradientAndStep:
        return GradientAndStep(x, gradient(problem, x), x[:, :1] * 0 + self.first)

    def update(self, problem: Any, state: GradientAndStep, i: Any) -> None:
        s = -value(state.step) * state.gradient
        axpy(state.x, 1, s)
        new = gradient(problem, state.x)
        y = new - state.gradient
        put(state.gradient, new)
        put(state.step, quotient(dot(s, y), dot(y, y)))
