"""Nesterov's accelerated coordinate descent of 2012, with its own schedule.

Nesterov, "Efficiency of coordinate descent methods on huge-scale optimization problems", SIAM J. Optim. 22
(2012), its method ACDM. Its two sequences enter through their quotient alone, which starts at 1/(2n); it is
the clock. Where all curvatures along coordinates are equal it tends to ``convexity``^(-1/2), and the
parameters with it. Both vectors' gradients are remembered, so that the gradient of a combination is the
same combination of memories: quadratics only.
"""

from typing import Any, NamedTuple

from solvers.constants import mu, n
from solvers.method import method
from solvers.vocabulary import axpy, curvature, derivative, move, put, remember, sqrt, value


class PairAndClock(NamedTuple):
    x: Any
    v: Any
    x_memory: Any  # what the problem's oracle remembers at x, the gradient
    v_memory: Any
    quotient: Any


@method(
    state=PairAndClock,
    degrees=(1, 1, 1, 1, 0),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class NesterovCoordinateDescent(NamedTuple):
    r"""$\gamma$ the larger root of $\gamma^2 - \gamma/n = (1 - \gamma\sigma/n) \gamma_-^2$, with $\gamma_-$
    the last one, $\alpha = \frac{n - \gamma\sigma}{\gamma (n^2 - \sigma)}$ and $\beta = 1 - \gamma\sigma/n$;
    $y = \alpha v + (1 - \alpha) x$ and $s = \partial_i f(y) / \partial_{ii} f$, $i$ uniform; then
    $x \leftarrow y - s e_i$ and $v \leftarrow \beta v + (1 - \beta) y - \gamma s e_i$, with $\sigma$ =
    ``convexity`` in the norm of the curvatures and $n$ = ``count``."""

    convexity: Any = mu
    first: Any = 1 / (2 * n)
    count: Any = n

    def steps(self, problem: Any) -> int:
        return problem.coordinates()

    def start(self, problem: Any, x: Any) -> PairAndClock:
        memory = remember(problem, x)
        return PairAndClock(x, x * 1, memory, memory * 1, x[:, :1] * 0 + self.first)

    def update(self, problem: Any, state: PairAndClock, i: Any) -> None:
        x, v, x_memory, v_memory = state.x, state.v, state.x_memory, state.v_memory
        count, last = self.count, value(state.quotient)
        half = (1 - self.convexity * last**2) / (2 * count)
        gamma = half + sqrt(half**2 + last**2)
        forget = gamma * self.convexity / count
        alpha = (count - gamma * self.convexity) / (gamma * (count**2 - self.convexity))
        axpy(x, -alpha, x)  # x and its memory hold those of y from here on
        axpy(x, alpha, v)
        axpy(x_memory, -alpha, x_memory)
        axpy(x_memory, alpha, v_memory)
        axpy(v, -forget, v)
        axpy(v, forget, x)
        axpy(v_memory, -forget, v_memory)
        axpy(v_memory, forget, x_memory)
        s = -derivative(problem, x_memory, i) / curvature(problem, x_memory, i)
        move(problem, x, x_memory, i, s)
        move(problem, v, v_memory, i, gamma * s)
        put(state.quotient, gamma)

    def refresh(self, problem: Any, state: PairAndClock) -> None:
        put(state.x_memory, remember(problem, state.x))
        put(state.v_memory, remember(problem, state.v))
