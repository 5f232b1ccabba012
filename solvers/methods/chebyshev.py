"""The Chebyshev semi-iteration.

Golub and Varga, "Chebyshev semi-iterative methods, successive overrelaxation iterative methods, and
second order Richardson iterative methods, part I", Numer. Math. 3 (1961), applied to gradient descent
with the step 2/(L + mu). Nothing deviates from the paper; the first step has no momentum.
"""

from typing import Any, NamedTuple

from solvers.constants import L, mu
from solvers.method import method
from solvers.vocabulary import axpy, gradient, put, value


class IterateAndWeight(NamedTuple):
    x: Any
    previous: Any
    weight: Any  # omega of the last step, 0 before the first


@method(state=IterateAndWeight, degrees=(1, 1, 0))
class Chebyshev(NamedTuple):
    r"""$x_{k+1} = \omega_{k+1} (x_k - \alpha \nabla f(x_k) - x_{k-1}) + x_{k-1}$ with $\omega_1 = 1$,
    $\omega_2 = 1/(1 - \varrho^2/2)$, $\omega_{k+1} = 1/(1 - \varrho^2 \omega_k / 4)$;
    $\varrho$ = ``radius``, the spectral radius of gradient descent with $\alpha$ = ``step``."""

    step: Any = 2 / (L + mu)
    radius: Any = (L - mu) / (L + mu)

    def start(self, problem: Any, x: Any) -> IterateAndWeight:
        return IterateAndWeight(x, x * 1, x[:, :1] * 0)

    def update(self, problem: Any, state: IterateAndWeight, i: Any) -> None:
        omega = value(state.weight)
        divisor = 4 - 2 * (omega == 1)  # omega is 1 before the second step, and never after it
        omega = 1 / (1 - self.radius * self.radius * omega / divisor)
        change = state.x - state.previous
        axpy(change, -self.step, gradient(problem, state.x))
        change = state.previous + omega * change
        put(state.previous, state.x)
        put(state.x, change)
        put(state.weight, omega)
