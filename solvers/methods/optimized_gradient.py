"""The optimised gradient method (OGM).

Kim and Fessler, "Optimized first-order methods for smooth convex minimization", Math. Program. 159
(2016); found numerically by Drori and Teboulle, Math. Program. 145 (2014). The last step has another
theta than the others, so the number of steps must be known: ``horizon``. The iterate is the paper's x_k,
at which gradients are taken, and a run that goes on beyond the horizon goes on with the other steps' theta.
"""

from typing import Any, NamedTuple

from solvers.constants import L, horizon
from solvers.method import method
from solvers.vocabulary import axpy, gradient, put, sqrt, value


class OptimizedState(NamedTuple):
    x: Any
    y: Any
    theta: Any
    left: Any  # steps to the horizon


@method(state=OptimizedState, degrees=(1, 1, 0, 0))
class OptimizedGradient(NamedTuple):
    r"""$y_{k+1} = x_k - \alpha \nabla f(x_k)$, $x_{k+1} = y_{k+1} +
    \frac{\theta_k - 1}{\theta_{k+1}} (y_{k+1} - y_k) + \frac{\theta_k}{\theta_{k+1}} (y_{k+1} - x_k)$,
    $\theta_0 = 1$, $\theta_{k+1} = (1 + \sqrt{1 + 4 \theta_k^2})/2$, with 8 for the 4 in the last step."""

    step: Any = 1 / L
    horizon: Any = horizon

    def start(self, problem: Any, x: Any) -> OptimizedState:
        zero = x[:, :1] * 0
        return OptimizedState(x, x * 1, zero + 1, zero + self.horizon)

    def update(self, problem: Any, state: OptimizedState, i: Any) -> None:
        theta, left = value(state.theta) * 1, value(state.left) * 1
        following = (1 + sqrt(1 + (4 + 4 * (left == 1)) * theta * theta)) / 2
        y = state.x - self.step * gradient(problem, state.x)
        x = y + (theta - 1) / following * (y - state.y)
        axpy(x, theta / following, y - state.x)
        put(state.x, x)
        put(state.y, y)
        put(state.theta, following)
        put(state.left, left - 1)
