"""Katyusha for strongly convex functions, with its rounds and without.

Allen-Zhu, "Katyusha: the first direct acceleration of stochastic gradient methods", J. Mach. Learn. Res.
18 (2018), the algorithm for strongly convex functions with the step y <- x + tau_1 (z_new - z)
(``Katyusha``);
Kovalev, Horvath and Richtarik, "Don't jump through hoops and remove those loops: SVRG and Katyusha are
better without the outer loop", ALT 2020 (``LooplessKatyusha``).

Deviations: there is no proximal term. In Katyusha the strong convexity is that of f, and so the step of z
has the term sigma |z - x|^2 / 2 of the loopless method in the place of the proximal term. The weights of
the average, (1 + alpha sigma)^j for the j-th iterate, are built up by forgetting, so that every step is the
same. The loopless coin is tossed before the next step, which is the same as after the last one.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, N, lam, mu
from solvers.method import method
from solvers.methods.svrg import whole
from solvers.modal import Modal
from solvers.sampling import Sampling
from solvers.vocabulary import ascend, axpy, component, gradient, put

HALF = sp.Rational(1, 2)
#: The weight of z for rounds of 2N steps, and without rounds for the chance 1/N.
COUPLING = sp.Min(sp.sqrt(2 * N * mu / (3 * L_max)), HALF)


def coupled(self: Any, y: Any, z: Any, w: Any) -> tuple[Any, Any, Any, Any]:
    """A step on one eigenvalue, from rows that stand for y, z and the snapshot w: the new y and z, what the
    drawn component adds to z, and the row that it is read from."""
    root, gain = sp.sqrt(lam), self.step * self.convexity
    x = self.coupling * z + self.anchor * w + (1 - self.coupling - self.anchor) * y
    z_new = (z + gain * x - self.step * lam / N * w) / (1 + gain)
    y_new = x + self.coupling * (z_new - z)
    return y_new, z_new, -self.step * root / (1 + gain), root * (x - w)


def unit_rows(count: int) -> list[Any]:
    return [sp.eye(count)[k, :] for k in range(count)]


class KatyushaState(NamedTuple):
    kept: Any  # what will be the next snapshot, and is returned
    y: Any
    z: Any
    snapshot: Any
    full: Any  # the gradient at the snapshot


@method(
    state=KatyushaState,
    degrees=(1, 1, 1, 1, 1),
    linear=True,
    sampled="component",
    needs=("component", "ascend"),
)
class Katyusha(NamedTuple):
    r"""$x = \tau_1 z + \tau_2 \tilde x + (1 - \tau_1 - \tau_2) y$ and $g = \nabla f_i(x) - \nabla
    f_i(\tilde x) + \nabla f(\tilde x)$; then $z \leftarrow (z + \alpha\sigma x - \alpha g) / (1 +
    \alpha\sigma)$ and $y \leftarrow x + \tau_1 (z_{new} - z)$, ``inner`` times between two snapshots;
    the next snapshot is the average of the $y$ of the round with weights $(1 + \alpha\sigma)^j$. Here
    $\tau_1$ = ``coupling``, $\tau_2$ = ``anchor``, $\alpha$ = ``step``, $\sigma$ = ``convexity``."""

    coupling: Any = COUPLING
    anchor: Any = HALF
    step: Any = 1 / (3 * COUPLING * L_max)
    convexity: Any = mu
    inner: Any = 2 * N

    def modal(self) -> Modal:
        """Of what is kept, y, z and the snapshot, for unit rows."""
        kept, y, z, w = unit_rows(4)
        y_new, z_new, added, read = coupled(self, y, z, w)
        forgotten = self.step * self.convexity / (1 + self.step * self.convexity)
        weight = forgotten / (1 - (1 - forgotten) ** self.inner)
        rows = [(1 - forgotten) * kept + weight * y_new, y_new, z_new, w]
        return Modal(
            [list(row) for row in rows],
            [weight * self.coupling * added, self.coupling * added, added, 0],
            list(read),
            [1, 1, 1, 1],
            outer=[[0, 0, 0, 0], list(y), list(z), list(kept)],
        )

    def steps(self, problem: Any) -> int:
        return whole(self.inner, self)

    def start(self, problem: Any, x: Any) -> KatyushaState:
        return KatyushaState(x, x * 1, x * 1, x * 1, x * 0)

    def outer(self, problem: Any, state: KatyushaState) -> None:
        put(state.snapshot, state.kept)
        put(state.full, gradient(problem, state.snapshot))
        put(state.kept, state.kept * 0)

    def update(self, problem: Any, state: KatyushaState, i: Any) -> None:
        others = (1 - self.coupling - self.anchor) * state.y
        x = self.coupling * state.z + self.anchor * state.snapshot + others
        difference = component(problem, x, i) - component(problem, state.snapshot, i)
        put(state.y, x - self.coupling * state.z)
        gain = self.step * self.convexity
        axpy(state.z, gain, x)
        axpy(state.z, -self.step, state.full)
        ascend(problem, state.z, -self.step * difference, i)
        forgotten = gain / (1 + gain)
        axpy(state.z, -forgotten, state.z)
        axpy(state.y, self.coupling, state.z)
        weight = forgotten / (1 - (1 - forgotten) ** self.inner)
        axpy(state.kept, -forgotten, state.kept)
        axpy(state.kept, weight, state.y)


class LooplessKatyushaState(NamedTuple):
    y: Any
    z: Any
    previous: Any  # y before the last step
    snapshot: Any
    full: Any  # the gradient at the snapshot


@method(
    state=LooplessKatyushaState,
    degrees=(1, 1, 1, 1, 1),
    linear=True,
    sampled="component",
    needs=("component", "ascend"),
)
class LooplessKatyusha(NamedTuple):
    r"""The steps of ``Katyusha``; after each, $\tilde x$ becomes the $y$ before the step with probability
    ``chance``. The published step is $\eta / L$ with $\eta = \theta_2 / ((1 + \theta_2) \theta_1)$."""

    coupling: Any = COUPLING
    anchor: Any = HALF
    step: Any = 1 / (3 * COUPLING * L_max)
    convexity: Any = mu
    chance: Any = 1 / N

    def modal(self) -> Modal:
        """Of y, z, the y before the last step and the snapshot, for unit rows."""
        y, z, previous, w = unit_rows(4)
        y_new, z_new, added, read = coupled(self, y, z, w)
        return Modal(
            [list(row) for row in (y_new, z_new, y, w)],
            [self.coupling * added, added, 0, 0],
            list(read),
            [1, 1, 1, 1],
            by_chance=[list(row) for row in (y, z, previous, previous)],
        )

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(problem.samples(), chance=float(self.chance))

    def start(self, problem: Any, x: Any) -> LooplessKatyushaState:
        return LooplessKatyushaState(x, x * 1, x * 1, x * 1, gradient(problem, x))

    def by_chance(self, problem: Any, state: LooplessKatyushaState) -> None:
        put(state.snapshot, state.previous)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: LooplessKatyushaState, i: Any) -> None:
        others = (1 - self.coupling - self.anchor) * state.y
        x = self.coupling * state.z + self.anchor * state.snapshot + others
        difference = component(problem, x, i) - component(problem, state.snapshot, i)
        put(state.previous, state.y)
        put(state.y, x - self.coupling * state.z)
        gain = self.step * self.convexity
        axpy(state.z, gain, x)
        axpy(state.z, -self.step, state.full)
        ascend(problem, state.z, -self.step * difference, i)
        axpy(state.z, -gain / (1 + gain), state.z)
        axpy(state.y, self.coupling, state.z)
