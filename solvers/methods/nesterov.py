"""Nesterov's accelerated gradient, with constant momentum and with the t_k of the convex case.

Constant momentum: Nesterov, "Introductory Lectures on Convex Optimization" (2004), section 2.2.
t_k: Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k^2)",
Soviet Math. Dokl. 27 (1983), in the form of Beck and Teboulle, "A fast iterative shrinkage-
thresholding algorithm", SIAM J. Imaging Sci. 2 (2009). Both start without momentum.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L, mu
from solvers.method import method
from solvers.methods.heavy_ball import IterateAndPrevious
from solvers.vocabulary import axpy, gradient, put, sqrt, value


@method(state=IterateAndPrevious, degrees=(1, 1), linear=True)
class Nesterov(NamedTuple):
    r"""$y_k = x_k + \beta (x_k - x_{k-1})$, $x_{k+1} = y_k - \alpha \nabla f(y_k)$, $x_{-1} = x_0$."""

    step: Any = 1 / L
    momentum: Any = (sp.sqrt(L) - sp.sqrt(mu)) / (sp.sqrt(L) + sp.sqrt(mu))

    def start(self, problem: Any, x: Any) -> IterateAndPrevious:
        return IterateAndPrevious(x, x * 1)

    def update(self, problem: Any, state: IterateAndPrevious, i: Any) -> None:
        y = state.x + self.momentum * (state.x - state.previous)
        put(state.previous, state.x)
        put(state.x, y)
        axpy(state.x, -self.step, gradient(problem, y))


class ExtrapolatedIterate(NamedTuple):
    x: Any
    y: Any
    t: Any


@method(state=ExtrapolatedIterate, degrees=(1, 1, 0))
class NesterovConvex(NamedTuple):
    r"""$x_k = y_k - \alpha \nabla f(y_k)$, $t_{k+1} = (1 + \sqrt{1 + 4 t_k^2})/2$,
    $y_{k+1} = x_k + \frac{t_k - 1}{t_{k+1}} (x_k - x_{k-1})$, $t_1 = 1$."""

    step: Any = 1 / L

    def start(self, problem: Any, x: Any) -> ExtrapolatedIterate:
        return ExtrapolatedIterate(x, x * 1, x[:, :1] * 0 + 1)

    def update(self, problem: Any, state: ExtrapolatedIterate, i: Any) -> None:
        t = value(state.t) * 1
        following = (1 + sqrt(1 + 4 * t * t)) / 2
        change = state.y - self.step * gradient(problem, state.y)
        axpy(change, -1, state.x)
        axpy(state.x, 1, change)
        put(state.y, state.x)
        axpy(state.y, (t - 1) / following, change)
        put(state.t, following)
