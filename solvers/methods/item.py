"""The information-theoretic exact method (ITEM).

Taylor and Drori, "An optimal gradient method for smooth strongly convex minimization", Math. Program. 199
(2023). The iterate is the paper's z_k, whose distance it bounds. One deviation: the paper's A_k grows
without bound, so a_k = 1/(1 + A_k) is kept in its place.
"""

from typing import Any, NamedTuple

from solvers.constants import L, mu
from solvers.method import method
from solvers.vocabulary import axpy, gradient, put, sqrt, value


class ExactState(NamedTuple):
    z: Any
    x: Any
    a: Any  # 1/(1 + A)


@method(state=ExactState, degrees=(1, 1, 0))
class ITEM(NamedTuple):
    r"""$y_k = (1 - \beta_k) z_k + \beta_k x_k$, $x_{k+1} = y_k - \alpha \nabla f(y_k)$,
    $z_{k+1} = (1 - q \delta_k) z_k + q \delta_k y_k - \delta_k \alpha \nabla f(y_k)$;
    $\alpha$ = ``step``, $q$ = ``ratio`` below 1, $A_0 = 0$,
    $(1-q)^2 A_{k+1} = (1+q) A_k + 2 + 2 \sqrt{(1 + A_k)(1 + q A_k)}$,
    $\beta_k = A_k / ((1-q) A_{k+1})$, $\delta_k = ((1-q)^2 A_{k+1} - (1+q) A_k) / (2 (1 + q + q A_k))$."""

    step: Any = 1 / L
    ratio: Any = mu / L

    def start(self, problem: Any, x: Any) -> ExactState:
        return ExactState(x, x * 1, x[:, :1] * 0 + 1)

    def update(self, problem: Any, state: ExactState, i: Any) -> None:
        a, q = value(state.a) * 1, self.ratio
        root = sqrt(a + q - q * a)  # a sqrt((1 + A)(1 + qA))
        growth = (a * (1 - q) * (2 - q) + 1 + q + 2 * root) / ((1 - q) * (1 - q))  # a (1 + the next A)
        beta = (1 - a) / ((growth - a) * (1 - q))
        delta = (a + root) / (a + q)
        y = (1 - beta) * state.z + beta * state.x
        descent = -self.step * gradient(problem, y)
        put(state.x, y)
        axpy(state.x, 1, descent)
        put(state.z, (1 - q * delta) * state.z + q * delta * y)
        axpy(state.z, delta, descent)
        put(state.a, a / growth)
