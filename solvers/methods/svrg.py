"""Stochastic variance-reduced gradient.

Johnson and Zhang, "Accelerating stochastic gradient descent using predictive variance reduction",
NeurIPS 2013. The snapshot is the last inner iterate (their option I). The snapshot's components are
recomputed at every inner step, so a round of m steps costs N + 2m component gradients.
"""

from typing import Any, NamedTuple

from solvers.constants import L_max, N
from solvers.method import method
from solvers.vocabulary import ascend, axpy, component, gradient, put


class SnapshotState(NamedTuple):
    x: Any
    snapshot: Any
    full: Any  # the gradient at the snapshot


@method(
    state=SnapshotState, degrees=(1, 1, 1), linear=True, sampled="component", needs=("component", "ascend")
)
class SVRG(NamedTuple):
    r"""$x \leftarrow x - \gamma (\nabla f_i(x) - \nabla f_i(\tilde x) + \nabla f(\tilde x))$,
    ``inner`` times between two snapshots $\tilde x \leftarrow x$."""

    step: Any = 1 / (3 * L_max)
    inner: Any = 2 * N

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> SnapshotState:
        return SnapshotState(x, x * 1, x * 0)

    def outer(self, problem: Any, state: SnapshotState) -> None:
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: SnapshotState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)
