"""Stochastic variance-reduced gradient, by what becomes the next snapshot.

Johnson and Zhang, "Accelerating stochastic gradient descent using predictive variance reduction",
NeurIPS 2013: the last inner iterate (their option I, ``SVRG``) or one of x_0, ..., x_(m-1) drawn
uniformly (option II, ``RandomSVRG``). Xiao and Zhang, "A proximal stochastic gradient method with
progressive variance reduction", SIAM J. Optim. 24 (2014): the average of x_1, ..., x_m
(``AverageSVRG``, here without a proximal term). A round of m steps costs N + 2m component gradients,
because the snapshot's components are recomputed; ``StoredSVRG`` keeps their N scalars, and a round
costs N + m.

Deviation: option II draws its index while the round runs. Step t puts x_t in the place of what is kept
with chance 1/(t + 1), so that at the end each of them is kept with the same chance.
"""

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from solvers.constants import L_max, N, lam
from solvers.method import method
from solvers.methods.saga import NEEDS, TableState, table_at
from solvers.modal import Modal
from solvers.sampling import Sampling
from solvers.vocabulary import ascend, at, axpy, component, components, gradient, mean, put


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

    def modal(self) -> Modal:
        """Of the iterate and the snapshot, for unit rows."""
        root = sp.sqrt(lam)
        M0 = [[1, -self.step * lam / N], [0, 1]]
        return Modal(M0, [-self.step * root, 0], [root, -root], [1, 1], outer=[[1, 0], [1, 0]])

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


@method(state=TableState, degrees=(1, 1, 1), linear=True, sampled="component", needs=NEEDS)
class StoredSVRG(NamedTuple):
    r"""The steps of ``SVRG``; the scalars $c_i$ of $\nabla f_i(\tilde x) = c_i a_i$ are stored."""

    step: Any = 1 / (3 * L_max)
    inner: Any = 2 * N

    def modal(self) -> Modal:
        """Of the iterate and the table, for unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        M0 = [[1, -self.step * root / N], [0, 1]]
        return Modal(M0, [-self.step * root, 0], [root, -1], [1, root], outer=[[1, 0], [root, 0]])

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> TableState:
        return table_at(problem, x)

    def outer(self, problem: Any, state: TableState) -> None:
        put(state.table, components(problem, state.x))
        put(state.average, mean(problem, state.table))

    def update(self, problem: Any, state: TableState, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.average)


class KeptState(NamedTuple):
    kept: Any  # what will be the next snapshot, and is returned
    x: Any
    snapshot: Any
    full: Any  # the gradient at the snapshot


def whole(inner: Any, owner: Any) -> int:
    """``inner`` as an integer, for methods that weigh the iterates of a round.

    Raises:
        ValueError: it is none.
    """
    steps = round(float(inner))
    if steps != float(inner) or steps < 1:
        raise ValueError(
            f"{type(owner).__name__} weighs the {float(inner):g} iterates of a round, which is not a whole "
            "number of them; round it, with sympy's ceiling say"
        )
    return steps


@method(
    state=KeptState, degrees=(1, 1, 1, 1), linear=True, sampled="component", needs=("component", "ascend")
)
class RandomSVRG(NamedTuple):
    r"""The steps of ``SVRG``; then $x$ and $\tilde x$ become $x_t$, $t$ uniform in 0, ..., m - 1 with m =
    ``inner``."""

    step: Any = 1 / (10 * L_max)
    inner: Any = 2 * N

    def steps(self, problem: Any) -> int:
        return whole(self.inner, self)

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.samples(), chance=1 / np.arange(1, self.steps(problem) + 1))

    def start(self, problem: Any, x: Any) -> KeptState:
        return KeptState(x, x * 1, x * 1, x * 0)

    def outer(self, problem: Any, state: KeptState) -> None:
        put(state.x, state.kept)
        put(state.snapshot, state.kept)
        put(state.full, gradient(problem, state.snapshot))

    def by_chance(self, problem: Any, state: KeptState) -> None:
        put(state.kept, state.x)

    def update(self, problem: Any, state: KeptState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)


@method(
    state=KeptState, degrees=(1, 1, 1, 1), linear=True, sampled="component", needs=("component", "ascend")
)
class AverageSVRG(NamedTuple):
    r"""The steps of ``SVRG``; then $x$ and $\tilde x$ become the average of $x_1, \dots, x_m$, m =
    ``inner``."""

    step: Any = 1 / (10 * L_max)
    inner: Any = 2 * N

    def modal(self) -> Modal:
        """Of what is kept, the iterate and the snapshot, for unit rows."""
        root, share = sp.sqrt(lam), 1 / self.inner
        pull = -self.step * lam / N
        return Modal(
            [[1, share, share * pull], [0, 1, pull], [0, 0, 1]],
            [-share * self.step * root, -self.step * root, 0],
            [0, root, -root],
            [1, 1, 1],
            outer=[[0, 0, 0], [1, 0, 0], [1, 0, 0]],
        )

    def steps(self, problem: Any) -> int:
        return whole(self.inner, self)

    def start(self, problem: Any, x: Any) -> KeptState:
        return KeptState(x, x * 1, x * 1, x * 0)

    def outer(self, problem: Any, state: KeptState) -> None:
        put(state.x, state.kept)
        put(state.snapshot, state.kept)
        put(state.full, gradient(problem, state.snapshot))
        put(state.kept, state.kept * 0)

    def update(self, problem: Any, state: KeptState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)
        axpy(state.kept, 1 / self.inner, state.x)
