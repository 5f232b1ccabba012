"""Accelerated randomised coordinate descent with constant parameters, for equal curvatures.

Allen-Zhu, Qu, Richtárik and Yuan, "Even faster accelerated coordinate descent using non-uniform
sampling", ICML 2016, their method for strongly convex functions; where all curvatures along coordinates
are equal its sampling is uniform, and its mirror step is written with the coupling alone, because
1/(1 + eta sigma) = 1 - tau at their parameters. Both vectors' gradients are remembered, so that the
gradient of a combination is the same combination of memories: quadratics only.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import kappa_CD, lam, n
from solvers.method import method
from solvers.modal import Modal
from solvers.vocabulary import axpy, curvature, derivative, move, put, remember

#: The positive root of tau^2 n^2 kappa_CD = 1 - tau.
COUPLING = 2 / (1 + sp.sqrt(1 + 4 * n**2 * kappa_CD))


class CoupledAndMemories(NamedTuple):
    y: Any
    z: Any
    y_memory: Any  # what the problem's oracle remembers at y, the gradient
    z_memory: Any


@method(
    state=CoupledAndMemories,
    degrees=(1, 1, 1, 1),
    linear=True,
    sampled="coordinate",
    needs=("remember", "derivative", "curvature", "move"),
)
class AcceleratedCoordinateDescent(NamedTuple):
    r"""$x = \tau z + (1 - \tau) y$ and $a = \partial_i f(x) / \partial_{ii} f$, $i$ uniform; then
    $y \leftarrow x - a e_i$ and $z \leftarrow (1 - \tau) z + \tau x - \gamma a e_i$, with $\tau$ =
    ``coupling`` and $\gamma$ = ``step``."""

    coupling: Any = COUPLING
    step: Any = (1 - COUPLING) / (n * COUPLING)

    def modal(self) -> Modal:
        """On a unit diagonal."""
        tau = self.coupling
        return Modal(
            [[1 - tau, tau], [tau * (1 - tau), (1 - tau) + tau**2]],
            [-1, -self.step],
            [(1 - tau) * lam, tau * lam],
            [1, 1],
        )

    def steps(self, problem: Any) -> int:
        return problem.coordinates()

    def start(self, problem: Any, x: Any) -> CoupledAndMemories:
        memory = remember(problem, x)
        return CoupledAndMemories(x, x * 1, memory, memory * 1)

    def update(self, problem: Any, state: CoupledAndMemories, i: Any) -> None:
        y, z, y_memory, z_memory = state.y, state.z, state.y_memory, state.z_memory
        axpy(y, -self.coupling, y)  # y and its memory hold those of x from here on
        axpy(y, self.coupling, z)
        axpy(y_memory, -self.coupling, y_memory)
        axpy(y_memory, self.coupling, z_memory)
        axpy(z, -self.coupling, z)
        axpy(z, self.coupling, y)
        axpy(z_memory, -self.coupling, z_memory)
        axpy(z_memory, self.coupling, y_memory)
        a = -derivative(problem, y_memory, i) / curvature(problem, y_memory, i)
        move(problem, y, y_memory, i, a)
        move(problem, z, z_memory, i, self.step * a)

    def refresh(self, problem: Any, state: CoupledAndMemories) -> None:
        put(state.y_memory, remember(problem, state.y))
        put(state.z_memory, remember(problem, state.z))
