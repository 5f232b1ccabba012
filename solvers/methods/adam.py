"""Adam, and AMSGrad, which divides by the largest second moment so far.

Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; Reddi, Kale and Kumar, "On the
convergence of Adam and beyond", ICLR 2018. Here with the full gradient and a constant step. AMSGrad keeps
Adam's bias corrections, as torch does; its paper has none (``online_adam``).
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.vocabulary import axpy, gradient, maximum, put, quotient, sqrt, value


class MomentsAndClock(NamedTuple):
    x: Any
    mean: Any  # the first moment of the gradient
    square: Any  # the second moment, entry by entry
    clock: Any


@method(state=MomentsAndClock, degrees=(0, 0, 0, 0))
class Adam(NamedTuple):
    r"""$m \leftarrow \beta_1 m + (1 - \beta_1) g$, $v \leftarrow \beta_2 v + (1 - \beta_2) g^2$,
    $x \leftarrow x - \alpha \frac{m}{1 - \beta_1^t} / (\sqrt{v / (1 - \beta_2^t)} + \epsilon)$, entry by
    entry, $\beta_1$ = ``memory``, $\beta_2$ = ``square_memory``, $\epsilon$ = ``offset``."""

    step: Any = sp.Rational(1, 1000)
    memory: Any = sp.Rational(9, 10)
    square_memory: Any = sp.Rational(999, 1000)
    offset: Any = sp.Rational(1, 10**8)

    def start(self, problem: Any, x: Any) -> MomentsAndClock:
        return MomentsAndClock(x, x * 0, x * 0, x[:, :1] * 0)

    def update(self, problem: Any, state: MomentsAndClock, i: Any) -> None:
        g = gradient(problem, state.x)
        t = value(state.clock) + 1
        put(state.clock, t)
        put(state.mean, self.memory * state.mean + (1 - self.memory) * g)
        put(state.square, self.square_memory * state.square + (1 - self.square_memory) * g * g)
        root = sqrt(state.square / (1 - self.square_memory**t))
        axpy(state.x, -self.step / (1 - self.memory**t), quotient(state.mean, root + self.offset))


class LargestMomentAndClock(NamedTuple):
    x: Any
    mean: Any
    square: Any
    largest: Any  # the largest second moment so far
    clock: Any


@method(state=LargestMomentAndClock, degrees=(0, 0, 0, 0, 0))
class AMSGrad(NamedTuple):
    r"""As Adam, with $\hat v \leftarrow \max(\hat v, v)$ in place of $v$ in the step."""

    step: Any = sp.Rational(1, 1000)
    memory: Any = sp.Rational(9, 10)
    square_memory: Any = sp.Rational(999, 1000)
    offset: Any = sp.Rational(1, 10**8)

    def start(self, problem: Any, x: Any) -> LargestMomentAndClock:
        return LargestMomentAndClock(x, x * 0, x * 0, x * 0, x[:, :1] * 0)

    def update(self, problem: Any, state: LargestMomentAndClock, i: Any) -> None:
        g = gradient(problem, state.x)
        t = value(state.clock) + 1
        put(state.clock, t)
        put(state.mean, self.memory * state.mean + (1 - self.memory) * g)
        put(state.square, self.square_memory * state.square + (1 - self.square_memory) * g * g)
        put(state.largest, maximum(state.largest, state.square))
        root = sqrt(state.largest / (1 - self.square_memory**t))
        axpy(state.x, -self.step / (1 - self.memory**t), quotient(state.mean, root + self.offset))
