"""SVRG without its inner loop.

Kovalev, Horvath and Richtarik, "Don't jump through hoops and remove those loops: SVRG and Katyusha are
better without the outer loop", ALT 2020. After every step the snapshot moves, with a small chance, to the
iterate before that step; here the coin is tossed before the next step, which is the same.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, N, lam
from solvers.method import method
from solvers.modal import Modal
from solvers.sampling import Sampling
from solvers.vocabulary import ascend, axpy, component, gradient, put


class LooplessState(NamedTuple):
    x: Any
    previous: Any  # the iterate before the last step
    snapshot: Any
    full: Any  # the gradient at the snapshot


@method(
    state=LooplessState, degrees=(1, 1, 1, 1), linear=True, sampled="component", needs=("component", "ascend")
)
class LooplessSVRG(NamedTuple):
    r"""$x_{k+1} = x_k - \gamma (\nabla f_i(x_k) - \nabla f_i(w_k) + \nabla f(w_k))$, then $w_{k+1} = x_k$
    with probability ``chance``, else $w_{k+1} = w_k$."""

    step: Any = 1 / (6 * L_max)
    chance: Any = 1 / N

    def modal(self) -> Modal:
        """Of the iterate, the one before and the snapshot, for unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        return Modal(
            [[1, 0, -self.step * lam / N], [1, 0, 0], [0, 0, 1]],
            [-self.step * root, 0, 0],
            [root, 0, -root],
            [1, 1, 1],
            by_chance=[[1, 0, 0], [0, 1, 0], [0, 1, 0]],
        )

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.samples(), chance=float(self.chance))

    def start(self, problem: Any, x: Any) -> LooplessState:
        return LooplessState(x, x * 1, x * 1, gradient(problem, x))

    def by_chance(self, problem: Any, state: LooplessState) -> None:
        put(state.snapshot, state.previous)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: LooplessState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        put(state.previous, state.x)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)
