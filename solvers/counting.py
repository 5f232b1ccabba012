"""The counting reading: what a round costs in epochs, counted by the oracle that does the work.

An epoch is N component gradients, n partial derivatives, one step in each block, one gradient or one
Hessian product. The method's own text runs once on the instance with oracles that count their calls;
``refresh`` only repairs rounding, and ``remember``/``components`` in ``start`` happen once, so neither is
counted.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from solvers import method as protocol
from solvers.flat import Flat
from solvers.method import Method
from solvers.problems.instance import with_run_axis
from solvers.problems.least_squares import LeastSquares
from solvers.problems.quadratic import Quadratic


class Counter:
    """A problem whose oracles count their calls before they answer."""

    def __init__(self, problem: Any, dimension: int, components: int) -> None:
        self.problem = problem
        self.epochs = Fraction(0)
        self.cost = {
            "gradient": Fraction(1),
            "product": Fraction(1),
            "line_minimum": Fraction(1),
            "remember": Fraction(1),
            "components": Fraction(1),
            "derivative": Fraction(1, dimension),
            "component": Fraction(1, components or 1),
            "block_step": Fraction(1, problem.blocks() if hasattr(problem, "blocks") else 1),
        }

    def __getattr__(self, oracle: str) -> Any:
        self.epochs += self.cost.get(oracle, 0)
        return getattr(self.problem, oracle)


def epochs_per_round(method: Method, instance: Any) -> Fraction:
    """The epochs that one round of this evaluated method costs on this instance, in expectation where
    part of it comes by chance."""
    problem, start = instance.problem, instance.start(0)
    if isinstance(problem, Flat):  # it has no oracles; a step costs there what it costs on two unknowns
        two = np.eye(2)
        problem = (
            Quadratic(two) if protocol.sampled(method) == "coordinate" else LeastSquares(two, np.zeros(2))
        )
        start = np.ones(2)
    problem = with_run_axis(problem)
    counter = Counter(problem, instance.dimension, instance.components)
    columns = protocol.columns(method)
    state = columns.start(problem, start[None].copy())

    def cost(hook: Callable[..., None], *index: Any) -> Fraction:
        counter.epochs = Fraction(0)
        hook(columns, counter, state, *index)
        return counter.epochs

    sampling = protocol.sampling(method, instance)
    steps = protocol.steps(method, instance.problem)
    outer = cost(protocol.outer)
    batch = (1, sampling.picks) if sampling.picks else 1
    step = cost(protocol.update, (np.zeros(1, int), np.zeros(batch, int)))
    expected = Fraction(float(sampling.chances(steps).sum())).limit_denominator(10**9)
    by_chance = cost(protocol.by_chance) if expected else Fraction(0)
    return outer + steps * step + expected * by_chance
