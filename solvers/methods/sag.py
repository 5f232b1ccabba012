"""The stochastic average gradient method.

Schmidt, Le Roux and Bach, "Minimizing finite sums with the stochastic average gradient", Math. Program.
162 (2017). The state is that of SAGA; a step goes along the average of the table after its update, so the
new gradient counts 1/N and the direction is biased.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, N, lam
from solvers.method import method
from solvers.methods.saga import NEEDS, TableState, table_at
from solvers.modal import Modal
from solvers.vocabulary import add_at, ascend, at, axpy, component, mean, put, samples


@method(
    state=TableState,
    degrees=(1, 1, 1),
    linear=True,
    sampled="component",
    needs=NEEDS,
)
class SAG(NamedTuple):
    r"""$\phi_i \leftarrow x$, then $x \leftarrow x - \gamma\, \overline{\nabla f(\phi)}$."""

    step: Any = 1 / (16 * L_max)

    def modal(self) -> Modal:
        """Of the iterate and the table, for unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        return Modal([[1, -self.step * root / N], [0, 1]], [-self.step * root / N, 1], [root, -1], [1, root])

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> TableState:
        return table_at(problem, x)

    def update(self, problem: Any, state: TableState, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        add_at(state.table, i, difference)
        ascend(problem, state.average, difference / samples(problem), i)
        axpy(state.x, -self.step, state.average)

    def refresh(self, problem: Any, state: TableState) -> None:
        put(state.average, mean(problem, state.table))
