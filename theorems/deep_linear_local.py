r"""Deep linear nets near their solution: methods see the local condition number kappa(target)^(2 - 2/D)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import GradientDescent
from solvers.problems.deep_families import near_solutions, target
from solvers.problems.deep_linear import balanced, tangent_kernel
from solvers.problems.families import decades
from theorems.facts import equal
from theorems.predictions import Calculation, Complexity, Fact, Rate
from theorems.rivals import wrong_powers
from theorems.symbols import L, L_local, depth, distance, epsilon, kappa_local, kappa_target, mu, mu_local
from theorems.theorem import Rival, Source, Theorem

LOCAL = {L: L_local, mu: mu_local}


def local(method: Any) -> Any:
    """The method with the constants of the Hessian at a balanced solution."""
    return type(method)(*(sp.sympify(e).subs(LOCAL) for e in method))


gradient_descent = local(GradientDescent(step=2 / (L + mu)))
root = sp.sqrt(kappa_local)

nets = near_solutions((2, 3, 5), 3, kappa=(3, 10))
grid = near_solutions(3, 3, kappa=decades(0.6, 1.5, per_decade=8))
larger_grid = near_solutions(3, 4, kappa=decades(0.6, 2, per_decade=8))


def scaling(expression: Any, method: Any, against: Any, budget: Any, **changes: Any) -> Complexity:
    """Epochs against a condition number, between accuracies that a net reaches above its rounding."""
    return Complexity(
        expression * sp.log(1 / epsilon), measure=distance, against=(against,), between=(1e-2, 1e-9),
        method=method, epochs=budget, seeds=2, instances=grid, full=larger_grid, **changes,
    )  # fmt: skip


linear = scaling(kappa_local, gradient_descent, kappa_local, 40 * kappa_local)


def spectrum(method: Any, power: Any) -> list[Fact]:
    """The extreme eigenvalues of the tangent kernel of balanced square nets."""
    facts = []
    for layers in (2, 3, 5, 8):
        for kappa in (2.0, 10.0):
            goal = target(4, kappa, seed=layers)
            values = np.linalg.eigvalsh(tangent_kernel(balanced(goal, (4,) * (layers + 1)), np.eye(4)))
            claimed = kappa ** float(power.subs(depth, layers))
            # the kernel is a sum of that many products, and its smallest eigenvalue is known to u times the
            # largest one
            tolerance = 64 * layers * 2.0**-53 * claimed * values[-1] / values[0]
            facts.append(
                equal(f"depth {layers}, kappa = {kappa:g}", claimed, values[-1] / values[0], tolerance)
            )
    return facts


law = Calculation(
    compute=spectrum,
    arguments={"power": 2 - 2 / depth},
    expression=kappa_target ** (2 - 2 / depth),
    ran="the tangent kernel of balanced square nets of width 4, depth 2 to 8",
    label="local condition number",
)

theorems = [
    Theorem(
        name="deep-linear-local-condition-number",
        title="Near its solution a deep linear net has condition number κ(Φ)^{2-2/D}",
        source=Source("sun2020"),
        statement="At a balanced solution of a square whitened net of depth D the Hessian's non-zero "
        "eigenvalues have the ratio κ(Φ)^{2-2/D}, Φ the target. Gradient descent needs that many epochs "
        "there for a factor e, up to a constant.",
        method=gradient_descent,
        instances=nets,
        epochs=12 * kappa_local,
        survey="benchmark",
        remark="Derived: the eigenvalue of the pair (i, k) of singular values is the sum over the layers j "
        "of s_i^{2(D-j)/D} s_k^{2(j-1)/D}. The factors are those of the quadratic with that spectrum; a run "
        "that starts near the solution is measured beside them.",
        predictions=[
            law,
            Rate((kappa_local - 1) / (kappa_local + 1), label="gradient descent"),
            linear,
        ],
        rivals=[
            Rival("κ(Φ)²", replace(law, arguments={"power": sp.Integer(2)})),
            Rival("κ(Φ)^{2-1/D}", replace(law, arguments={"power": 2 - 1 / depth})),
            Rival("square root for gradient descent", Rate((root - 1) / (root + 1))),
            Rival("step too long", method=local(GradientDescent(step=sp.Rational(21, 10) / L))),
            *wrong_powers(linear),
        ],
    ),
]
