"""Stochastic gradient descent on mini-batches, drawn with or without replacement.

Dekel, Gilad-Bachrach, Shamir and Xiao, "Optimal distributed online prediction using mini-batches",
J. Mach. Learn. Res. 13 (2012). A batch is drawn anew for every step; without replacement means that no
index comes twice within it.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max
from solvers.method import method
from solvers.methods.gradient_descent import Iterate
from solvers.sampling import Sampling
from solvers.vocabulary import ascend, axpy, component, pick, picks


@method(state=Iterate, degrees=(1,), linear=True, sampled="component", needs=("component", "ascend"))
class MiniBatchSGD(NamedTuple):
    r"""$x_{k+1} = x_k - \frac{\gamma}{b} \sum_{i \in B} \nabla f_i(x_k)$, $B$ a batch of $b$ = ``batch``
    indices, which may repeat if ``replacement`` is 1 and not if it is 0."""

    step: Any = 1 / L_max
    batch: Any = sp.Integer(2)
    replacement: Any = sp.Integer(0)

    def steps(self, problem: Any) -> int:
        return -(-problem.samples() // round(float(self.batch)))

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.samples(), round(float(self.batch)), bool(self.replacement))

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        change = state.x * 0
        for k in range(picks(i)):
            ascend(problem, change, component(problem, state.x, pick(i, k)), pick(i, k))
        axpy(state.x, -self.step / self.batch, change)
