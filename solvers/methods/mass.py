"""MaSS: SGD with Nesterov's momentum and a term that compensates for sampling.

Liu and Belkin, "Accelerating SGD with momentum for over-parameterized learning", ICLR 2020. Their first
form has the iterates w and u, $u_{k+1} = (1 + \\gamma) w_{k+1} - \\gamma w_k + \\eta_2 g$; here it is their
equivalent form with w and v, of which u is a mean: in that of w and u the difference of two nearly equal
steps decides the rate. With ``long`` = ``step`` / ``pace`` it is Nesterov's momentum. One component a
step, drawn uniformly with replacement; the default is tuned for the worst leverage of a row, 1.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, N, lam, mu
from solvers.method import method
from solvers.modal import Modal
from solvers.vocabulary import ascend, axpy, component, put


class ShortAndLong(NamedTuple):
    w: Any
    v: Any


@method(state=ShortAndLong, degrees=(1, 1), linear=True, sampled="component", needs=("component", "ascend"))
class MaSS(NamedTuple):
    r"""$u = (\alpha v + w) / (1 + \alpha)$ and $g = \nabla f_i(u)$, $i$ uniform; then
    $w \leftarrow u - \eta g$ and $v \leftarrow (1 - \alpha) v + \alpha u - \delta g$, with $\eta$ = ``step``,
    $\alpha$ = ``pace`` and $\delta$ = ``long``."""

    step: Any = 1 / L_max
    pace: Any = sp.sqrt(mu / (L_max * N))
    long: Any = 1 / sp.sqrt(L_max * N * mu)

    def modal(self) -> Modal:
        """For unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        u = [1 / (1 + self.pace), self.pace / (1 + self.pace)]
        v = [self.pace * u[0], 1 - self.pace + self.pace * u[1]]
        return Modal([u, v], [-self.step * root, -self.long * root], [root * a for a in u], [1, 1])

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> ShortAndLong:
        return ShortAndLong(x, x * 1)

    def update(self, problem: Any, state: ShortAndLong, i: Any) -> None:
        w, v = state.w, state.v
        u = (w + self.pace * v) / (1 + self.pace)
        c = -component(problem, u, i)
        put(w, u)
        ascend(problem, w, self.step * c, i)
        axpy(v, -self.pace, v)
        axpy(v, self.pace, u)
        ascend(problem, v, self.long * c, i)
