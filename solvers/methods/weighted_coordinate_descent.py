"""Randomised coordinate descent that draws a coordinate with a power of its curvature.

Leventhal and Lewis, "Randomized methods for linear constraints: convergence rates and conditioning",
Math. Oper. Res. 35 (2010), for the power 1; Nesterov, "Efficiency of coordinate descent methods on
huge-scale optimization problems", SIAM J. Optim. 22 (2012), for any. Drawn with replacement; the
minimisation along the coordinate is exact.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.coordinate_descent import IterateAndMemory
from solvers.sampling import Sampling
from solvers.vocabulary import curvature, derivative, move, put, remember


@method(
    state=IterateAndMemory,
    degrees=(1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move", "curvatures"),
)
class WeightedCoordinateDescent(NamedTuple):
    r"""$x_i \leftarrow x_i - \partial_i f(x) / \partial_{ii} f$, $i$ with probability
    $(\partial_{ii} f)^\alpha / \sum_j (\partial_{jj} f)^\alpha$, $\alpha$ = ``power``."""

    power: Any = sp.Integer(1)

    def steps(self, problem: Any) -> int:
        return problem.coordinates()

    def sampling(self, problem: Any) -> Sampling:
        weights = problem.curvatures() ** float(self.power)
        return Sampling(problem.coordinates(), weights=weights / weights.sum())

    def start(self, problem: Any, x: Any) -> IterateAndMemory:
        return IterateAndMemory(x, remember(problem, x))

    def update(self, problem: Any, state: IterateAndMemory, i: Any) -> None:
        a = derivative(problem, state.memory, i)
        move(problem, state.x, state.memory, i, -a / curvature(problem, state.memory, i))

    def refresh(self, problem: Any, state: IterateAndMemory) -> None:
        put(state.memory, remember(problem, state.x))
