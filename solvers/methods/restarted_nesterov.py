"""Nesterov's method with t_k, restarted: after a fixed number of steps, or where it overshoots.

O'Donoghue and Candès, "Adaptive restart for accelerated gradient schemes", Found. Comput. Math. 15
(2015). A restart sets t to 1 and forgets the momentum; the iterate is kept. The function scheme looks
at f - f*, which the problem knows without cancellation, and costs no epoch.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L, kappa
from solvers.method import method
from solvers.methods.nesterov import ExtrapolatedIterate
from solvers.vocabulary import axpy, dot, gap, gradient, put, sqrt, value


class CountedExtrapolation(NamedTuple):
    x: Any
    y: Any
    t: Any
    steps: Any  # since the last restart


@method(state=CountedExtrapolation, degrees=(1, 1, 0, 0))
class FixedRestart(NamedTuple):
    r"""The steps of ``NesterovConvex``, begun anew after ``interval`` steps (rounded up)."""

    step: Any = 1 / L
    interval: Any = sp.E * sp.sqrt(8 * kappa)

    def start(self, problem: Any, x: Any) -> CountedExtrapolation:
        return CountedExtrapolation(x, x * 1, x[:, :1] * 0 + 1, x[:, :1] * 0)

    def update(self, problem: Any, state: CountedExtrapolation, i: Any) -> None:
        t, steps = value(state.t) * 1, value(state.steps) + 1
        goes_on = 1 - 1 * (steps >= self.interval)
        following = (1 + sqrt(1 + 4 * t * t)) / 2
        change = state.y - self.step * gradient(problem, state.y)
        axpy(change, -1, state.x)
        axpy(state.x, 1, change)
        put(state.y, state.x)
        axpy(state.y, goes_on * (t - 1) / following, change)
        put(state.t, 1 + goes_on * (following - 1))
        put(state.steps, goes_on * steps)


@method(state=ExtrapolatedIterate, degrees=(1, 1, 0))
class FunctionRestart(NamedTuple):
    r"""The steps of ``NesterovConvex``, begun anew where $f(x_k) > f(x_{k-1})$."""

    step: Any = 1 / L

    def start(self, problem: Any, x: Any) -> ExtrapolatedIterate:
        return ExtrapolatedIterate(x, x * 1, x[:, :1] * 0 + 1)

    def update(self, problem: Any, state: ExtrapolatedIterate, i: Any) -> None:
        t, before = value(state.t) * 1, gap(problem, state.x)
        following = (1 + sqrt(1 + 4 * t * t)) / 2
        change = state.y - self.step * gradient(problem, state.y)
        axpy(change, -1, state.x)
        axpy(state.x, 1, change)
        goes_on = 1 - 1 * (gap(problem, state.x) > before)
        put(state.y, state.x)
        axpy(state.y, goes_on * (t - 1) / following, change)
        put(state.t, 1 + goes_on * (following - 1))


@method(state=ExtrapolatedIterate, degrees=(1, 1, 0))
class GradientRestart(NamedTuple):
    r"""The steps of ``NesterovConvex``, begun anew where $\nabla f(y_k)^T (x_k - x_{k-1}) > 0$, $x_k$ the
    step from $y_k$."""

    step: Any = 1 / L

    def start(self, problem: Any, x: Any) -> ExtrapolatedIterate:
        return ExtrapolatedIterate(x, x * 1, x[:, :1] * 0 + 1)

    def update(self, problem: Any, state: ExtrapolatedIterate, i: Any) -> None:
        t, g = value(state.t) * 1, gradient(problem, state.y)
        following = (1 + sqrt(1 + 4 * t * t)) / 2
        change = state.y - self.step * g
        axpy(change, -1, state.x)
        axpy(state.x, 1, change)
        goes_on = 1 - 1 * (dot(g, change) > 0)
        put(state.y, state.x)
        axpy(state.y, goes_on * (t - 1) / following, change)
        put(state.t, 1 + goes_on * (following - 1))
