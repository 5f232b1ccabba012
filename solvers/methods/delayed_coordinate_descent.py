"""Randomised coordinate descent whose partial derivatives come late.

Liu, Wright, Ré, Bittorf and Sridhar, "An asynchronous parallel stochastic coordinate descent algorithm",
J. Mach. Learn. Res. 16 (2015), with the reads consistent and every one as late as it may be: the partial
derivative is that of ``delay`` steps before. ``relaxation`` 1 would be exact minimisation there.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.delayed_gradient import past
from solvers.vocabulary import curvature, derivative, move, part, put, remember, shift


class IterateAndMemories(NamedTuple):
    x: Any
    memory: Any  # what the problem's oracle remembers, the gradient on a quadratic
    past: Any  # the memories before it side by side, the newest first


@method(
    state=IterateAndMemories,
    degrees=(1, 1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class DelayedCoordinateDescent(NamedTuple):
    r"""$x_i \leftarrow x_i - \omega\, \partial_i f(x_{k-d}) / \partial_{ii} f$, $i$ uniform, $\omega$ =
    ``relaxation``, $d$ = ``delay``."""

    relaxation: Any = sp.Integer(1)
    delay: Any = sp.Integer(1)

    def steps(self, problem: Any) -> int:
        return problem.coordinates()

    def start(self, problem: Any, x: Any) -> IterateAndMemories:
        memory = remember(problem, x)
        return IterateAndMemories(x, memory, past(memory, self.delay))

    def update(self, problem: Any, state: IterateAndMemories, i: Any) -> None:
        slots = state.past.shape[-1] // state.memory.shape[-1]
        late = part(state.past, slots - 1, state.memory)
        a = -self.relaxation * derivative(problem, late, i) / curvature(problem, late, i)
        shift(state.past, state.memory)
        move(problem, state.x, state.memory, i, a)

    def refresh(self, problem: Any, state: IterateAndMemories) -> None:
        put(state.memory, remember(problem, state.x))
