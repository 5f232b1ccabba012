"""Stochastic gradient descent with Nesterov's momentum.

Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning",
ICML 2013. One component a step, drawn uniformly with replacement; step and momentum are constant. The
first step has no momentum (x_{-1} = x_0); without momentum the method is SGD.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, lam
from solvers.method import method
from solvers.methods.heavy_ball import IterateAndPrevious
from solvers.modal import Modal
from solvers.vocabulary import ascend, component, put


@method(
    state=IterateAndPrevious,
    degrees=(1, 1),
    linear=True,
    sampled="component",
    needs=("component", "ascend"),
)
class NesterovSGD(NamedTuple):
    r"""$y_k = x_k + \beta (x_k - x_{k-1})$, $x_{k+1} = y_k - \gamma \nabla f_i(y_k)$, $i$ uniform,
    $\gamma$ = ``step``, $\beta$ = ``momentum``, $x_{-1} = x_0$."""

    step: Any = 1 / (4 * L_max)
    momentum: Any = sp.Rational(1, 2)

    def modal(self) -> Modal:
        """For unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        ahead = [1 + self.momentum, -self.momentum]
        return Modal([ahead, [1, 0]], [-self.step * root, 0], [root * a for a in ahead], [1, 1])

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> IterateAndPrevious:
        return IterateAndPrevious(x, x * 1)

    def update(self, problem: Any, state: IterateAndPrevious, i: Any) -> None:
        y = state.x + self.momentum * (state.x - state.previous)
        put(state.previous, state.x)
        put(state.x, y)
        ascend(problem, state.x, -self.step * component(problem, y, i), i)
