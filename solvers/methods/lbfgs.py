"""The limited-memory BFGS method on quadratics.

Nocedal, "Updating quasi-Newton matrices with limited storage", Math. Comp. 35 (1980), with the scaling of
Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", Math. Program. 45 (1989):
the matrix that the pairs update is s'y / y'y of the newest one times I, ``first`` times I before there is
one. Pairs that do not exist yet are zero, and do nothing. The line search is that of ``bfgs``.
"""

from typing import Any, NamedTuple

import sympy as sp

from solvers.constants import L
from solvers.method import method
from solvers.vocabulary import axpy, clip, dot, gradient, part, product, put, quotient, shift, value


class PairsState(NamedTuple):
    x: Any
    gradient: Any
    steps: Any  # the differences s of iterates, side by side, the newest first
    changes: Any  # the differences y of gradients
    scale: Any


@method(state=PairsState, degrees=(1, 1, 1, 1, 0), needs=("product",))
class LBFGS(NamedTuple):
    r"""$x_{k+1} = x_k - \alpha_k H_k g_k$, $H_k$ by the updates of BFGS with the last ``memory`` pairs
    $s, y$ from $s^T y / y^T y$ times $I$."""

    memory: Any = sp.Integer(5)
    first: Any = 1 / L
    shortest: Any = sp.Rational(1, 10)
    longest: Any = sp.Rational(19, 10)

    def start(self, problem: Any, x: Any) -> PairsState:
        pairs = x[:, [0] * (int(self.memory[0, 0]) * x.shape[-1])] * 0
        return PairsState(x, gradient(problem, x), pairs, pairs * 1, x[:, :1] * 0 + self.first)

    def update(self, problem: Any, state: PairsState, i: Any) -> None:
        pairs = state.steps.shape[-1] // state.x.shape[-1]
        d = -state.gradient
        weights = []
        for k in range(pairs):
            s, y = part(state.steps, k, state.x), part(state.changes, k, state.x)
            a = quotient(dot(s, d), dot(s, y))
            axpy(d, -a, y)
            weights.append(a)
        d = value(state.scale) * d
        for j in range(pairs):
            k = pairs - 1 - j
            s, y = part(state.steps, k, state.x), part(state.changes, k, state.x)
            axpy(d, weights[k] - quotient(dot(y, d), dot(s, y)), s)
        image = product(problem, d)
        best = quotient(-dot(state.gradient, d), dot(d, image))
        alpha = clip(best * 0 + 1, self.shortest * best, self.longest * best)
        s, y = alpha * d, alpha * image
        shift(state.steps, s)
        shift(state.changes, y)
        put(state.scale, quotient(dot(s, y), dot(y, y)))
        axpy(state.x, 1, s)
        axpy(state.gradient, 1, y)

    def refresh(self, problem: Any, state: PairsState) -> None:
        put(state.gradient, gradient(problem, state.x))
