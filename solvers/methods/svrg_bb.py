"""SVRG with Barzilai-Borwein steps.

Tan, Ma, Dai and Qian, "Barzilai-Borwein step size for stochastic gradient descent", NeurIPS 2016. The
snapshot is the last inner iterate. The step of a round is the Barzilai-Borwein step of the last two
snapshots over the number of inner steps; the first round has a step of its own.
"""

from typing import Any, NamedTuple

from solvers.constants import L_max, N
from solvers.method import method
from solvers.vocabulary import ascend, axpy, component, dot, gradient, put, quotient, value


class SnapshotAndStep(NamedTuple):
    x: Any
    snapshot: Any
    full: Any  # the gradient at the snapshot
    step: Any


@method(state=SnapshotAndStep, degrees=(1, 1, 1, 0), sampled="component", needs=("component", "ascend"))
class SVRGBB(NamedTuple):
    r"""SVRG with the step $\gamma = \frac{1}{m} s^T s / s^T y$ in a round of m = ``inner`` steps, where $s$
    and $y$ are what snapshot and full gradient changed by; $\gamma$ = ``first`` in the first round."""

    first: Any = 1 / (10 * L_max)
    inner: Any = 2 * N

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> SnapshotAndStep:
        return SnapshotAndStep(x, x * 1, gradient(problem, x), x[:, :1] * 0 + self.first)

    def outer(self, problem: Any, state: SnapshotAndStep) -> None:
        full = gradient(problem, state.x)
        s, y = state.x - state.snapshot, full - state.full
        length = dot(s, s)
        # a snapshot that did not move, as before the first round, leaves the step as it is
        kept = value(state.step) * (length == 0)
        put(state.step, kept + quotient(length, self.inner * dot(s, y)))
        put(state.snapshot, state.x)
        put(state.full, full)

    def update(self, problem: Any, state: SnapshotAndStep, i: Any) -> None:
        step = value(state.step)
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -step * difference, i)
        axpy(state.x, -step, state.full)
