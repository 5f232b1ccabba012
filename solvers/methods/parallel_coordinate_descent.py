"""Coordinate descent in parallel: several coordinates at once, each from the same point.

Richtárik and Takáč, "Parallel coordinate descent methods for big data optimization", Math. Program. 156
(2016). ``batch`` different coordinates are drawn uniformly (their tau-nice sampling). Each would go to its
own minimum; together they would go too far, so all go the part ``step`` of it. The default, for two at a
time, is one over 1 + (tau - 1)(omega - 1)/(n - 1) with the largest eigenvalue of a Hessian with unit diagonal
in the place of their degree of separability omega, which is never smaller.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L, n
from solvers.method import method
from solvers.methods.coordinate_descent import IterateAndMemory
from solvers.sampling import Sampling
from solvers.vocabulary import (
    add_at,
    at,
    curvature,
    derivative,
    move,
    pick,
    picks,
    put,
    remember,
)


@method(
    state=IterateAndMemory,
    degrees=(1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class ParallelCoordinateDescent(NamedTuple):
    r"""$x_i \leftarrow x_i - s\, \partial_i f(x) / \partial_{ii} f$ for all $i \in S$ at once, $S$ uniform
    among the sets of $\tau$ = ``batch`` coordinates, $s$ = ``step``."""

    step: Any = (n - 1) / (n + L - 2)
    batch: Any = sp.Integer(2)

    def steps(self, problem: Any) -> int:
        return -(-problem.coordinates() // round(float(self.batch)))

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.coordinates(), round(float(self.batch)), replace=False)

    def start(self, problem: Any, x: Any) -> IterateAndMemory:
        return IterateAndMemory(x, remember(problem, x))

    def update(self, problem: Any, state: IterateAndMemory, i: Any) -> None:
        change = state.x * 0
        for k in range(picks(i)):
            j = pick(i, k)
            a = -self.step * derivative(problem, state.memory, j)
            add_at(change, j, a / curvature(problem, state.memory, j))
        for k in range(picks(i)):
            j = pick(i, k)
            move(problem, state.x, state.memory, j, at(change, j))

    def refresh(self, problem: Any, state: IterateAndMemory) -> None:
        put(state.memory, remember(problem, state.x))
