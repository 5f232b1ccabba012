"""Gradient descent and SGD with gradients that come late.

Arjevani, Shamir and Srebro, "A tight convergence analysis for stochastic gradient descent with delayed
updates", Proc. 31st Int. Conf. Algorithmic Learning Theory (2020). Every gradient is that of ``delay`` steps
before, as where workers answer in turn; before there are so many iterates, that of the start.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L, L_max
from solvers.method import method
from solvers.vocabulary import ascend, axpy, component, gradient, part, shift


class IterateAndPast(NamedTuple):
    x: Any
    past: Any  # the iterates before it side by side, the newest first


def past(x: Any, delay: Any) -> Any:
    """As many copies of the start as steps of delay.

    Raises:
        ValueError: a delay that is no positive whole number.
    """
    count = float(delay[0, 0])
    if count < 1 or count != round(count):
        raise ValueError(
            f"a delay is a whole number of steps, got {count:g}; take 1 or more, or the method without delay"
        )
    return x[:, list(range(x.shape[-1])) * round(count)]


@method(state=IterateAndPast, degrees=(1, 1), linear=True)
class DelayedGradientDescent(NamedTuple):
    r"""$x_{k+1} = x_k - \alpha \nabla f(x_{k-d})$, $\alpha$ = ``step``, $d$ = ``delay``."""

    step: Any = 1 / (2 * L)
    delay: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> IterateAndPast:
        return IterateAndPast(x, past(x, self.delay))

    def update(self, problem: Any, state: IterateAndPast, i: Any) -> None:
        slots = state.past.shape[-1] // state.x.shape[-1]
        late = gradient(problem, part(state.past, slots - 1, state.x))
        shift(state.past, state.x)
        axpy(state.x, -self.step, late)


@method(state=IterateAndPast, degrees=(1, 1), linear=True, sampled="component", needs=("component", "ascend"))
class DelayedSGD(NamedTuple):
    r"""$x_{k+1} = x_k - \gamma \nabla f_i(x_{k-d})$, $i$ uniform, $\gamma$ = ``step``, $d$ = ``delay``."""

    step: Any = 1 / (2 * L_max)
    delay: Any = sp.Integer(1)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> IterateAndPast:
        return IterateAndPast(x, past(x, self.delay))

    def update(self, problem: Any, state: IterateAndPast, i: Any) -> None:
        slots = state.past.shape[-1] // state.x.shape[-1]
        c = component(problem, part(state.past, slots - 1, state.x), i)
        shift(state.past, state.x)
        ascend(problem, state.x, -self.step * c, i)
