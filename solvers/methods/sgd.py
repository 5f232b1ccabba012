"""Stochastic gradient descent, with a constant and with a diminishing step.

Robbins and Monro, "A stochastic approximation method", Ann. Math. Statist. 22 (1951). One component a
step, drawn uniformly with replacement. On a least-squares problem with unit rows and step 1 this is
the randomised Kaczmarz method.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, lam, mu
from solvers.method import method
from solvers.methods.gradient_descent import Iterate
from solvers.modal import Modal
from solvers.vocabulary import ascend, component, put, value


@method(state=Iterate, degrees=(1,), linear=True, sampled="component", needs=("component", "ascend"))
class SGD(NamedTuple):
    r"""$x_{k+1} = x_k - \gamma \nabla f_i(x_k)$, $i$ uniform, $\gamma$ = ``step``."""

    step: Any = 1 / L_max

    def modal(self) -> Modal:
        """For unit rows that agree at the solution."""
        return Modal([[1]], [-self.step * sp.sqrt(lam)], [sp.sqrt(lam)], [1])

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        ascend(problem, state.x, -self.step * component(problem, state.x, i), i)


class IterateAndTime(NamedTuple):
    x: Any
    time: Any


@method(state=IterateAndTime, degrees=(1, 0), linear=True, sampled="component", needs=("component", "ascend"))
class DiminishingSGD(NamedTuple):
    r"""SGD with $\gamma_k = c / (k + k_0)$, $c$ = ``numerator``, $k_0$ = ``offset``."""

    numerator: Any = 1 / mu
    offset: Any = L_max / mu

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> IterateAndTime:
        return IterateAndTime(x, x[:, :1] * 0 + self.offset)

    def update(self, problem: Any, state: IterateAndTime, i: Any) -> None:
        step = self.numerator / value(state.time)
        ascend(problem, state.x, -step * component(problem, state.x, i), i)
        put(state.time, value(state.time) + 1)
