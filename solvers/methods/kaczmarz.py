"""The randomised Kaczmarz method.

Strohmer and Vershynin, "A randomized Kaczmarz algorithm with exponential convergence", J. Fourier Anal.
Appl. 15 (2009). An equation is drawn with probability proportional to the square of its row's norm, and
the iterate is projected onto its solutions; ``relaxation`` 1 is the projection.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.gradient_descent import Iterate
from solvers.sampling import Sampling
from solvers.vocabulary import ascend, component, smoothness


@method(
    state=Iterate, degrees=(1,), linear=True, sampled="component", needs=("component", "ascend", "smoothness")
)
class Kaczmarz(NamedTuple):
    r"""$x \leftarrow x - \omega \frac{a_i^T x - b_i}{|a_i|^2} a_i$, $i$ with probability
    $|a_i|^2 / \sum_j |a_j|^2$, $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.samples(), weights=problem.importance())

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        ascend(
            problem, state.x, -self.relaxation * component(problem, state.x, i) / smoothness(problem, i), i
        )
