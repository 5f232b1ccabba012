"""Catalyst: an accelerated proximal-point method around coordinate descent and around SVRG.

Lin, Mairal and Harchaoui, "A universal catalyst for first-order optimization", NeurIPS 2015. A round takes
f plus a quadratic around an extrapolated centre and works on it, from the last iterate, with the inner
method. The source asks for an accuracy of the inner problem that rises with time; here, as its practice
has it, the work on it is constant. SVRG takes one snapshot a round, of f alone, for the added quadratic
has an exact gradient.
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


class CentreAndMemory(NamedTuple):
    x: Any
    previous: Any  # the iterate a round ago
    centre: Any
    memory: Any  # what the problem's oracle remembers at x, the gradient


@method(
    state=CentreAndMemory,
    degrees=(1, 1, 1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class CatalystCoordinateDescent(NamedTuple):
    r"""$y = x + \beta (x - x_-)$, $x_-$ the iterate a round ago; then ``passes`` sweeps' worth of exact steps
    along random coordinates on $f + \frac{\kappa}{2} |\cdot - y|^2$, from $x$, with $\beta$ = ``momentum``
    and $\kappa$ = ``smoothing``."""

    smoothing: Any = lambda_avg - mu
    momentum: Any = extrapolation(lambda_avg - mu)
    passes: Any = sp.Integer(2)

    def modal(self) -> Modal:
        """Of the iterate, the previous one and the centre, on a unit diagonal."""
        more = self.smoothing
        return Modal(
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [-1 / (1 + more), 0, 0],
            [lam + more, 0, -more],
            [1, 1, 1],
            outer=[[1, 0, 0], [1, 0, 0], [1 + self.momentum, -self.momentum, 0]],
        )

    def steps(self, problem: Any) -> int:
        return round(float(self.passes)) * problem.coordinates()

    def start(self, problem: Any, x: Any) -> CentreAndMemory:
        return CentreAndMemory(x, x * 1, x * 1, remember(problem, x))

    def outer(self, problem: Any, state: CentreAndMemory) -> None:
        put(state.centre, state.x)
        axpy(state.centre, self.momentum, state.x - state.previous)
        put(state.previous, state.x)

    def update(self, problem: Any, state: CentreAndMemory, i: Any) -> None:
        slope = derivative(problem, state.memory, i) + self.smoothing * (at(state.x, i) - at(state.centre, i))
        a = -slope / (curvature(problem, state.memory, i) + self.smoothing)
        move(problem, state.x, state.memory, i, a)

    def refresh(self, problem: Any, state: CentreAndMemory) -> None:
        put(state.memory, remember(problem, state.x))


class CentreAndSnapshot(NamedTuple):
    x: Any
    centre: Any
    snapshot: Any  # the iterate a round ago
    full: Any  # the gradient of f at the snapshot


@method(
    state=CentreAndSnapshot,
    degrees=(1, 1, 1, 1),
    linear=True,
    sampled="component",
    needs=("component", "ascend"),
)
class CatalystSVRG(NamedTuple):
    r"""$y = x + \beta (x - \tilde x)$ and $\tilde x \leftarrow x$; then
    ``inner`` steps $x \leftarrow x - \gamma (\nabla f_i(x) - \nabla f_i(\tilde x) + \nabla f(\tilde x)
    + \kappa (x - y))$, with $\beta$ = ``momentum``, $\kappa$ = ``smoothing`` and $\gamma$ = ``step``."""

    step: Any = 1 / (3 * L_max)
    smoothing: Any = L_max / N - mu
    momentum: Any = extrapolation(L_max / N - mu)
    inner: Any = 2 * N

    def modal(self) -> Modal:
        """Of the iterate, the centre and the snapshot, for unit rows that agree at the solution."""
        root, back = sp.sqrt(lam), self.step * self.smoothing
        return Modal(
            [[1 - back, back, -self.step * lam / N], [0, 1, 0], [0, 0, 1]],
            [-self.step * root, 0, 0],
            [root, 0, -root],
            [1, 1, 1],
            outer=[[1, 0, 0], [1 + self.momentum, 0, -self.momentum], [1, 0, 0]],
        )

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> CentreAndSnapshot:
        return CentreAndSnapshot(x, x * 1, x * 1, x * 0)

    def outer(self, problem: Any, state: CentreAndSnapshot) -> None:
        put(state.centre, state.x)
        axpy(state.centre, self.momentum, state.x - state.snapshot)
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: CentreAndSnapshot, i: Any) -> None:
        x = state.x
        difference = component(problem, x, i) - component(problem, state.snapshot, i)
        axpy(x, -self.step * self.smoothing, x - state.centre)
        axpy(x, -self.step, state.full)
        ascend(problem, x, -self.step * difference, i)
