"""Adam and AMSGrad on single components, on a box, with the step alpha / sqrt(t).

Reddi, Kale and Kumar, "On the convergence of Adam and beyond", ICLR 2018: the form in which they are
analysed, without bias corrections. A run draws its component uniformly; an adversary may choose it instead.
The box is centred at zero.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.adam import LargestMomentAndClock, MomentsAndClock
from solvers.vocabulary import ascend, axpy, clip, component, maximum, put, quotient, sqrt, value


@method(
    state=MomentsAndClock, degrees=(0, 0, 0, 0), sampled="component", needs=("component", "ascend")
)  # fmt: skip
class OnlineAdam(NamedTuple):
    r"""$m \leftarrow \beta_1 m + (1 - \beta_1) g$, $v \leftarrow \beta_2 v + (1 - \beta_2) g^2$, with $g$ the
    gradient of one component, and $x \leftarrow x - \frac{\alpha}{\sqrt t} m / (\sqrt v + \epsilon)$, clipped
    to $[-r, r]$ entry by entry; $\beta_1$ = ``memory``, $\beta_2$ = ``square_memory``,
    $\epsilon$ = ``offset``, $r$ = ``radius``."""

    step: Any = sp.Rational(1, 10)
    memory: Any = sp.Rational(9, 10)
    square_memory: Any = sp.Rational(99, 100)
    offset: Any = sp.Rational(1, 10**8)
    radius: Any = sp.Integer(10**6)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> MomentsAndClock:
        return MomentsAndClock(x, x * 0, x * 0, x[:, :1] * 0)

    def update(self, problem: Any, state: MomentsAndClock, i: Any) -> None:
        g = state.x * 0
        ascend(problem, g, component(problem, state.x, i), i)
        t = value(state.clock) + 1
        put(state.clock, t)
        put(state.mean, self.memory * state.mean + (1 - self.memory) * g)
        put(state.square, self.square_memory * state.square + (1 - self.square_memory) * g * g)
        axpy(state.x, -self.step / sqrt(t), quotient(state.mean, sqrt(state.square) + self.offset))
        put(state.x, clip(state.x, -self.radius, self.radius))


@method(
    state=LargestMomentAndClock, degrees=(0, 0, 0, 0, 0), sampled="component", needs=("component", "ascend")
)  # fmt: skip
class OnlineAMSGrad(NamedTuple):
    r"""As OnlineAdam, with $\hat v \leftarrow \max(\hat v, v)$ in place of $v$ in the step."""

    step: Any = sp.Rational(1, 10)
    memory: Any = sp.Rational(9, 10)
    square_memory: Any = sp.Rational(99, 100)
    offset: Any = sp.Rational(1, 10**8)
    radius: Any = sp.Integer(10**6)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> LargestMomentAndClock:
        return LargestMomentAndClock(x, x * 0, x * 0, x * 0, x[:, :1] * 0)

    def update(self, problem: Any, state: LargestMomentAndClock, i: Any) -> None:
        g = state.x * 0
        ascend(problem, g, component(problem, state.x, i), i)
        t = value(state.clock) + 1
        put(state.clock, t)
        put(state.mean, self.memory * state.mean + (1 - self.memory) * g)
        put(state.square, self.square_memory * state.square + (1 - self.square_memory) * g * g)
        put(state.largest, maximum(state.largest, state.square))
        axpy(state.x, -self.step / sqrt(t), quotient(state.mean, sqrt(state.largest) + self.offset))
        put(state.x, clip(state.x, -self.radius, self.radius))
