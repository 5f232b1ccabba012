"""The conjugate gradient method for quadratics.

Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems", J. Res. Nat. Bur.
Standards 49 (1952). Two deviations, both without effect in exact arithmetic: the residual is
recomputed after every step (the recursive one stalls at machine precision), and beta is formed from
the stored product A p, so that it stays accurate when the residual is not orthogonal to the last one.
"""

from typing import Any, NamedTuple

from solvers.method import method
from solvers.vocabulary import axpy, dot, gradient, product, put, quotient


class KrylovState(NamedTuple):
    x: Any
    residual: Any
    direction: Any
    image: Any  # A times direction


@method(state=KrylovState, degrees=(1, 1, 1, 1), needs=("product",))
class ConjugateGradient(NamedTuple):
    r"""$p_k = r_k + \beta_k p_{k-1}$ with $\beta_k = -r_k^T A p_{k-1} / p_{k-1}^T A p_{k-1}$,
    $x_{k+1} = x_k + \alpha_k p_k$ with $\alpha_k = r_k^T p_k / p_k^T A p_k$."""

    def start(self, problem: Any, x: Any) -> KrylovState:
        return KrylovState(x, -gradient(problem, x), x * 0, x * 0)

    def update(self, problem: Any, state: KrylovState, i: Any) -> None:
        r, p, image = state.residual, state.direction, state.image
        beta = -quotient(dot(r, image), dot(p, image))
        put(p, r + beta * p)
        put(image, product(problem, p))
        alpha = quotient(dot(r, p), dot(p, image))
        axpy(state.x, alpha, p)
        axpy(r, -alpha, image)

    def refresh(self, problem: Any, state: KrylovState) -> None:
        put(state.residual, -gradient(problem, state.x))
