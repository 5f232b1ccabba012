"""The triple momentum method.

Van Scoy, Freeman and Lynch, "The fastest known globally convergent first-order method for minimizing
strongly convex functions", IEEE Control Syst. Lett. 2 (2018). The paper's x_k, whose error it bounds, is
the iterate; gradients are taken at its y_k, and xi_0 = xi_{-1} = x_0.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L, mu
from solvers.method import method
from solvers.vocabulary import axpy, gradient, put


class OutputAndMomentum(NamedTuple):
    x: Any
    xi: Any
    previous: Any  # the xi before


@method(state=OutputAndMomentum, degrees=(1, 1, 1), linear=True)
class TripleMomentum(NamedTuple):
    r"""$y_k = \xi_k + \gamma (\xi_k - \xi_{k-1})$,
    $\xi_{k+1} = \xi_k + \beta (\xi_k - \xi_{k-1}) - \alpha \nabla f(y_k)$,
    $x_{k+1} = \xi_{k+1} + \delta (\xi_{k+1} - \xi_k)$; with $\varrho = 1 - 1/\sqrt\kappa$ = ``factor``,
    $\alpha = (1 + \varrho)$ ``step``, $\beta = \varrho^2/(2 - \varrho)$,
    $\gamma = \beta / (1 + \varrho)$, $\delta = \varrho^2/(1 - \varrho^2)$."""

    step: Any = 1 / L
    factor: Any = 1 - sp.sqrt(mu / L)

    def start(self, problem: Any, x: Any) -> OutputAndMomentum:
        return OutputAndMomentum(x, x * 1, x * 1)

    def update(self, problem: Any, state: OutputAndMomentum, i: Any) -> None:
        factor, square = self.factor, self.factor * self.factor
        beta = square / (2 - factor)
        change = state.xi - state.previous
        y = state.xi + beta / (1 + factor) * change
        put(state.previous, state.xi)
        axpy(state.xi, beta, change)
        axpy(state.xi, -(1 + factor) * self.step, gradient(problem, y))
        put(state.x, state.xi)
        axpy(state.x, square / (1 - square), state.xi - state.previous)
