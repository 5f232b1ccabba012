"""Coordinate descent in a random order, drawn anew for every sweep.

Lee and Wright, "Random permutations fix a worst case for cyclic coordinate descent", IMA J. Numer. Anal.
39 (2019). A step is a sweep: every coordinate once, in an order that is uniform among all orders.
``relaxation`` 1 is exact minimisation, as in the paper.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.coordinate_descent import IterateAndMemory
from solvers.sampling import Sampling
from solvers.vocabulary import curvature, derivative, move, pick, picks, put, remember


@method(
    state=IterateAndMemory,
    degrees=(1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
    sweeps=True,
)
class PermutedCoordinateDescent(NamedTuple):
    r"""$x_i \leftarrow x_i - \omega\, \partial_i f(x) / \partial_{ii} f$ for $i = \pi(1), \dots, \pi(n)$
    in turn, $\pi$ a uniform permutation, $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.coordinates(), problem.coordinates(), replace=False, ordered=True)

    def start(self, problem: Any, x: Any) -> IterateAndMemory:
        return IterateAndMemory(x, remember(problem, x))

    def update(self, problem: Any, state: IterateAndMemory, i: Any) -> None:
        for k in range(picks(i)):
            j = pick(i, k)
            a = -self.relaxation * derivative(problem, state.memory, j)
            move(problem, state.x, state.memory, j, a / curvature(problem, state.memory, j))

    def refresh(self, problem: Any, state: IterateAndMemory) -> None:
        put(state.memory, remember(problem, state.x))
