"""The accelerated randomised Kaczmarz method.

Liu and Wright, "An accelerated randomized Kaczmarz algorithm", Math. Comp. 85 (2016): Nesterov's
accelerated coordinate descent on the dual of the least-norm problem, written in the unknowns. Equations
are drawn uniformly, as theirs are once their rows are scaled to norm 1; the scaling is done in the step.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import N, mu
from solvers.method import method
from solvers.vocabulary import ascend, axpy, component, put, samples, smoothness, sqrt, value


class PairAndQuotient(NamedTuple):
    x: Any
    v: Any
    quotient: Any


@method(
    state=PairAndQuotient,
    degrees=(1, 1, 0),
    linear=True,
    sampled="component",
    needs=("component", "ascend", "smoothness"),
)
class AcceleratedKaczmarz(NamedTuple):
    r"""$\gamma$, $\alpha$, $\beta$ as for ``NesterovCoordinateDescent``, with $N$ for $n$;
    $y = \alpha v + (1 - \alpha) x$ and $s = (a_i^T y - b_i) / |a_i|^2$, $i$ uniform; then
    $x \leftarrow y - s a_i$ and $v \leftarrow \beta v + (1 - \beta) y - \gamma s a_i$, with $\sigma$ =
    ``convexity``, the smallest eigenvalue of $A^T A$ for rows of norm 1."""

    convexity: Any = N * mu
    first: Any = sp.Integer(0)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> PairAndQuotient:
        return PairAndQuotient(x, x * 1, x[:, :1] * 0 + self.first)

    def update(self, problem: Any, state: PairAndQuotient, i: Any) -> None:
        x, v, count, last = state.x, state.v, samples(problem), value(state.quotient)
        half = (1 - self.convexity * last**2) / (2 * count)
        gamma = half + sqrt(half**2 + last**2)
        forget = gamma * self.convexity / count
        alpha = (count - gamma * self.convexity) / (gamma * (count**2 - self.convexity))
        axpy(x, -alpha, x)  # x holds y from here on
        axpy(x, alpha, v)
        axpy(v, -forget, v)
        axpy(v, forget, x)
        s = -component(problem, x, i) / smoothness(problem, i)
        ascend(problem, x, s, i)
        ascend(problem, v, gamma * s, i)
        put(state.quotient, gamma)
