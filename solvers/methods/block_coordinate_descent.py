"""Block coordinate descent with exact minimisation over each block in turn, as in alternating least squares.

Tseng, "Convergence of a block coordinate descent method for nondifferentiable minimization", J. Optim.
Theory Appl. 109 (2001). The blocks are the problem's own; on a deep linear net they are its layers, from the
first to the last. Of all minimisers over a block the nearest is taken, so that a block that cannot improve
the error stays. ``relaxation`` 1 is exact minimisation.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods.gradient_descent import Iterate
from solvers.vocabulary import axpy, block_step, blocks


@method(state=Iterate, degrees=(1,), needs=("blocks", "block_step"))
class BlockCoordinateDescent(NamedTuple):
    r"""$x \leftarrow x + \omega d_k$ for $k = 1, 2, \dots$ in turn, where $x + d_k$ minimises $f$ over block
    $k$, $\omega$ = ``relaxation``."""

    relaxation: Any = sp.Integer(1)

    def start(self, problem: Any, x: Any) -> Iterate:
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        for k in range(blocks(problem)):
            axpy(state.x, self.relaxation, block_step(problem, state.x, k))
