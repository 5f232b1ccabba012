"""Stochastic gradient descent with heavy-ball momentum.

Kidambi, Netrapalli, Jain and Kakade, "On the insufficiency of existing momentum schemes for stochastic
optimization", ICLR 2018. One component a step, drawn uniformly with replacement. The first step has no
momentum (x_{-1} = x_0); without momentum the method is SGD.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, lam
from solvers.method import method
from solvers.methods.heavy_ball import IterateAndPrevious
from solvers.modal import Modal
from solvers.vocabulary import ascend, axpy, component, put


@method(
    state=IterateAndPrevious,
    degrees=(1, 1),
    linear=True,
    sampled="component",
    needs=("component", "ascend"),
)
class MomentumSGD(NamedTuple):
    r"""$x_{k+1} = x_k - \gamma \nabla f_i(x_k) + \beta (x_k - x_{k-1})$, $i$ uniform,
    $\gamma$ = ``step``, $\beta$ = ``momentum``, $x_{-1} = x_0$."""

    step: Any = 1 / (2 * L_max)
    momentum: Any = sp.Rational(1, 2)

    def modal(self) -> Modal:
        """For unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        return Modal([[1 + self.momentum, -self.momentum], [1, 0]], [-self.step * root, 0], [root, 0], [1, 1])

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> IterateAndPrevious:
        return IterateAndPrevious(x, x * 1)

    def update(self, problem: Any, state: IterateAndPrevious, i: Any) -> None:
        direction = self.momentum * (state.x - state.previous)
        ascend(problem, direction, -self.step * component(problem, state.x, i), i)
        put(state.previous, state.x)
        axpy(state.x, 1, direction)
