"""SAGA.

Defazio, Bach and Lacoste-Julien, "SAGA: a fast incremental gradient method with support for
non-strongly convex composite objectives", NeurIPS 2014. The table holds one scalar a component (the
gradient of a linear model's component is that scalar times its row); it starts at the gradients of
the first iterate. The average is maintained by the steps and recomputed once an epoch.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L_max, N, lam
from solvers.method import method
from solvers.modal import Modal
from solvers.vocabulary import add_at, ascend, at, axpy, component, components, mean, put, samples


class TableState(NamedTuple):
    x: Any
    table: Any
    average: Any


#: The oracles of a method with a table.
NEEDS = ("component", "components", "ascend", "mean")


def table_at(problem: Any, x: Any) -> TableState:
    """The state whose table holds the components' gradients at x."""
    table = components(problem, x)
    return TableState(x, table, mean(problem, table))


@method(
    state=TableState,
    degrees=(1, 1, 1),
    linear=True,
    sampled="component",
    needs=NEEDS,
)
class SAGA(NamedTuple):
    r"""$x \leftarrow x - \gamma (\nabla f_i(x) - \nabla f_i(\phi_i) + \overline{\nabla f(\phi)})$,
    then $\phi_i \leftarrow x$ (the $x$ before the step)."""

    step: Any = 1 / (3 * L_max)

    def modal(self) -> Modal:
        """Of the iterate and the table, for unit rows that agree at the solution."""
        root = sp.sqrt(lam)
        return Modal([[1, -self.step * root / N], [0, 1]], [-self.step * root, 1], [root, -1], [1, root])

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> TableState:
        return table_at(problem, x)

    def update(self, problem: Any, state: TableState, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.average)
        add_at(state.table, i, difference)
        ascend(problem, state.average, difference / samples(problem), i)

    def refresh(self, problem: Any, state: TableState) -> None:
        put(state.average, mean(problem, state.table))
