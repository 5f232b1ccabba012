"""Conjugate gradients for quadratics, preconditioned by the diagonal (Jacobi).

Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems", J. Res. Nat. Bur.
Standards 49 (1952), in the coordinates in which the Hessian has unit diagonal. Deviations as in
``conjugate_gradient``: the residual is recomputed after every step, and beta is formed from A p.
"""

from typing import Any, NamedTuple

from solvers.method import method
from solvers.methods.conjugate_gradient import KrylovState
from solvers.vocabulary import axpy, curvatures, dot, gradient, product, put, quotient


@method(state=KrylovState, degrees=(1, 1, 1, 1), needs=("product", "curvatures"))
class JacobiConjugateGradient(NamedTuple):
    r"""$p_k = z_k + \beta_k p_{k-1}$, $z_k = D^{-1} r_k$, with
    $\beta_k = -z_k^T A p_{k-1} / p_{k-1}^T A p_{k-1}$; $x_{k+1} = x_k + \alpha_k p_k$ with
    $\alpha_k = r_k^T p_k / p_k^T A p_k$."""

    def start(self, problem: Any, x: Any) -> KrylovState:
        return KrylovState(x, -gradient(problem, x), x * 0, x * 0)

    def update(self, problem: Any, state: KrylovState, i: Any) -> None:
        r, p, image = state.residual, state.direction, state.image
        z = r / curvatures(problem)
        beta = -quotient(dot(z, image), dot(p, image))
        put(p, z + beta * p)
        put(image, product(problem, p))
        alpha = quotient(dot(r, p), dot(p, image))
        axpy(state.x, alpha, p)
        axpy(r, -alpha, image)

    def refresh(self, problem: Any, state: KrylovState) -> None:
        put(state.residual, -gradient(problem, state.x))
