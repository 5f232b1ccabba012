"""Catalyst: an accelerated proximal-point method around coordinate descent and around SVRG.

Lin, Mairal and Harchaoui, "A universal catalyst for first-order optimization", NeurIPS 2015. A round takes
f plus a quadratic around an extrapolated centre and works on it with the inner method, from the last
iterate or from the centre. The source asks for an accuracy of the inner problem that rises with time; here
the work on it is constant. SVRG takes one snapshot a round, of f alone, for the added quadratic has an
exact gradient.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, N, lam, lambda_avg, mu
from solvers.method import method
from solvers.modal import Modal
from solvers.vocabulary import (
    ascend,
    at,
    axpy,
    component,
    curvature,
    derivative,
    gradient,
    move,
    put,
    remember,
)


def extrapolation(smoothing: Any) -> Any:
    r"""$(1 - \sqrt q) / (1 + \sqrt q)$ with $q = \mu / (\mu + \kappa)$, the source's for constant q."""
    root = sp.sqrt(mu / (mu + smoothing))
    return (1 - root) / (1 + root)


class CentreAndMemories(NamedTuple):
    x: Any
    previous: Any  # the iterate a round ago
    centre: Any
    memory: Any  # what the problem's oracle remembers at x, the gradient
    previous_memory: Any


@method(
    state=CentreAndMemories,
    degrees=(1, 1, 1, 1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class CatalystCoordinateDescent(NamedTuple):
    r"""$y = x + \beta (x - x_-)$, $x_-$ the iterate a round ago; then ``passes`` sweeps' worth of exact steps
    along random coordinates on $f + \frac{\kappa}{2} |\cdot - y|^2$, from $x + \theta (y - x)$, with
    $\beta$ = ``momentum``, $\kappa$ = ``smoothing`` and $\theta$ = ``ahead``, 0 for the last iterate and 1
    for the centre. The gradient of the extrapolated point comes from those remembered: quadratics only."""

    smoothing: Any = lambda_avg - mu
    momentum: Any = extrapolation(lambda_avg - mu)
    passes: Any = sp.Integer(2)
    ahead: Any = sp.Integer(1)

    def modal(self) -> Modal:
        """Of the iterate, the previous one and the centre, on a unit diagonal."""
        more, jump = self.smoothing, self.ahead * self.momentum
        return Modal(
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [-1 / (1 + more), 0, 0],
            [lam + more, 0, -more],
            [1, 1, 1],
            outer=[[1 + jump, -jump, 0], [1, 0, 0], [1 + self.momentum, -self.momentum, 0]],
        )

    def steps(self, problem: Any) -> int:
        return round(float(self.passes)) * problem.coordinates()

    def start(self, problem: Any, x: Any) -> CentreAndMemories:
        memory = remember(problem, x)
        return CentreAndMemories(x, x * 1, x * 1, memory, memory * 1)

    def outer(self, problem: Any, state: CentreAndMemories) -> None:
        change, change_of_memory = state.x - state.previous, state.memory - state.previous_memory
        put(state.previous, state.x)
        put(state.previous_memory, state.memory)
        put(state.centre, state.x)
        axpy(state.centre, self.momentum, change)
        axpy(state.x, self.ahead * self.momentum, change)
        axpy(state.memory, self.ahead * self.momentum, change_of_memory)

    def update(self, problem: Any, state: CentreAndMemories, i: Any) -> None:
        slope = derivative(problem, state.memory, i) + self.smoothing * (at(state.x, i) - at(state.centre, i))
        a = -slope / (curvature(problem, state.memory, i) + self.smoothing)
        move(problem, state.x, state.memory, i, a)

    def refresh(self, problem: Any, state: CentreAndMemories) -> None:
        put(state.memory, remember(problem, state.x))
        put(state.previous_memory, remember(problem, state.previous))


class CentreAndSnapshot(NamedTuple):
    x: Any
    previous: Any  # the iterate a round ago
    centre: Any
    snapshot: Any
    full: Any  # the gradient of f at the snapshot


@method(
    state=CentreAndSnapshot,
    degrees=(1, 1, 1, 1, 1),
    linear=True,
    sampled="component",
    needs=("component", "ascend"),
)
class CatalystSVRG(NamedTuple):
    r"""$y = x + \beta (x - x_-)$, $x_-$ the iterate a round ago, and
    $x, \tilde x \leftarrow x + \theta (y - x)$; then ``inner`` steps
    $x \leftarrow x - \gamma (\nabla f_i(x) - \nabla f_i(\tilde x) + \nabla f(\tilde x) + \kappa (x - y))$,
    with $\gamma$ = ``step`` and the others as for ``CatalystCoordinateDescent``."""

    step: Any = 1 / (3 * L_max)
    smoothing: Any = L_max / N - mu
    momentum: Any = extrapolation(L_max / N - mu)
    inner: Any = 2 * N
    ahead: Any = sp.Integer(1)

    def modal(self) -> Modal:
        """Of the iterate, the previous one, the centre and the snapshot, for unit rows that agree at the
        solution."""
        root, back, jump = sp.sqrt(lam), self.step * self.smoothing, self.ahead * self.momentum
        ahead = [1 + jump, -jump, 0, 0]
        return Modal(
            [[1 - back, 0, back, -self.step * lam / N], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
            [-self.step * root, 0, 0, 0],
            [root, 0, 0, -root],
            [1, 1, 1, 1],
            outer=[ahead, [1, 0, 0, 0], [1 + self.momentum, -self.momentum, 0, 0], ahead],
        )

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> CentreAndSnapshot:
        return CentreAndSnapshot(x, x * 1, x * 1, x * 1, x * 0)

    def outer(self, problem: Any, state: CentreAndSnapshot) -> None:
        change = state.x - state.previous
        put(state.previous, state.x)
        put(state.centre, state.x)
        axpy(state.centre, self.momentum, change)
        axpy(state.x, self.ahead * self.momentum, change)
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: CentreAndSnapshot, i: Any) -> None:
        x = state.x
        difference = component(problem, x, i) - component(problem, state.snapshot, i)
        axpy(x, -self.step * self.smoothing, x - state.centre)
        axpy(x, -self.step, state.full)
        ascend(problem, x, -self.step * difference, i)
