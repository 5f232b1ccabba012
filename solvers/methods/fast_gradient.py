"""The fast gradient method of Devolder, Glineur and Nesterov.

Devolder, Glineur and Nesterov, "First-order methods of smooth convex optimization with inexact oracle",
Math. Program. 146 (2014), without constraints and with the squared distance as the prox-function. The iterate
is the paper's y_k, whose gap it bounds; gradients are taken at its x_k. It is not Nesterov's method with the
momentum k/(k+3): there z_k lies on the line through the last two y, here it is a sum of all gradients.
"""

from typing import Any, NamedTuple

from solvers.constants import L
from solvers.method import method
from solvers.vocabulary import axpy, gradient, put, value


class PrimalAndDual(NamedTuple):
    y: Any
    z: Any
    k: Any


@method(state=PrimalAndDual, degrees=(1, 1, 0))
class FastGradient(NamedTuple):
    r"""$x_k = \frac{2}{k+2} z_{k-1} + \frac{k}{k+2} y_{k-1}$, $y_k = x_k - \alpha \nabla f(x_k)$,
    $z_k = z_{k-1} - \frac{k+1}{2} \alpha \nabla f(x_k)$, $y_{-1} = z_{-1}$ the start."""

    step: Any = 1 / L

    def start(self, problem: Any, x: Any) -> PrimalAndDual:
        return PrimalAndDual(x, x * 1, x[:, :1] * 0)

    def update(self, problem: Any, state: PrimalAndDual, i: Any) -> None:
        k = value(state.k) * 1
        x = state.y + 2 / (k + 2) * (state.z - state.y)
        descent = -self.step * gradient(problem, x)
        put(state.y, x)
        axpy(state.y, 1, descent)
        axpy(state.z, (k + 1) / 2, descent)
        put(state.k, k + 1)
