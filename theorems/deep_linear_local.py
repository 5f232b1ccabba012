r"""Deep linear nets near their solution: methods see the local condition number kappa(target)^(2 - 2/D)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, Nesterov
from solvers.problems.deep_families import near_solutions, target
from solvers.problems.deep_linear import balanced, tangent_kernel
from solvers.problems.families import decades
from theorems.facts import equal
from theorems.predictions import Calculation, Complexity, Fact, Rate
from theorems.rivals import wrong_powers
from theorems.symbols import L, L_local, depth, distance, epsilon, kappa_local, kappa_target, mu, mu_local
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
LOCAL = {L: L_local, mu: mu_local}


def local(method: Any) -> Any:
    """The method with the constants of the Hessian at a balanced solution."""
    return type(method)(*(sp.sympify(e).subs(LOCAL) for e in method))


gradient_descent = local(GradientDescent(step=2 / (L + mu)))
heavy_ball = local(HeavyBall())
nesterov = local(Nesterov())
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


def in_the_long_run(expression: Any, method: Any, against: Any, layered: int, label: str) -> Complexity:
    """Epochs against a condition number, from the factor of the method's step on the kernel's spectrum, where
    the local condition number is between 1e2 and 1e6."""
    kappa = 10 ** (np.linspace(2, 6, 9) / (2 - 2 / layered))
    return Complexity(
        expression * sp.log(1 / epsilon),
        measure=distance,
        against=(against,),
        long_run=True,
        method=method,
        instances=near_solutions(layered, 3, kappa=[float(f"{k:.6g}") for k in kappa]),
        label=label,
    )


linear = scaling(kappa_local, gradient_descent, kappa_local, 40 * kappa_local)


def against_the_target(name: str, method: Any, root_of: int) -> list[Complexity]:
    """The power of the target's condition number for three depths; the root of 2 - 2/N for momentum."""
    return [
        in_the_long_run(
            kappa_target ** ((2 - sp.Rational(2, k)) / root_of), method, kappa_target, k, f"{name}, depth {k}"
        )
        for k in (2, 3, 5)
    ]


# ---------------------------------------------------------------- the spectrum at a solution


def spectrum(method: Any, power: Any) -> list[Fact]:
    """The extreme eigenvalues of the tangent kernel of balanced square nets."""
    facts = []
    for layered in (2, 3, 5, 8):
        for kappa in (2.0, 10.0):
            goal = target(4, kappa, seed=layered)
            values = np.linalg.eigvalsh(tangent_kernel(balanced(goal, (4,) * (layered + 1)), np.eye(4)))
            claimed = kappa ** float(power.subs(depth, layered))
            # the kernel is a sum of that many products, and its smallest eigenvalue is known to u times the
            # largest one
            tolerance = 64 * layered * U * claimed * values[-1] / values[0]
            facts.append(
                equal(f"depth {layered}, kappa = {kappa:g}", claimed, values[-1] / values[0], tolerance)
            )
    return facts


def missing(method: Any, power: Any, factor: Any) -> list[Fact]:
    """The same where the net has fewer outputs than inputs."""
    facts = []
    for layered in (2, 3, 5, 8):
        goal = np.hstack([target(3, 4.0, seed=layered), np.zeros((3, 2))])
        values = np.linalg.eigvalsh(tangent_kernel(balanced(goal, (5,) * layered + (3,)), np.eye(5)))
        claimed = float(factor.subs(depth, layered)) * 4.0 ** float(power.subs(depth, layered))
        tolerance = 64 * layered * U * claimed * values[-1] / values[0]
        facts.append(
            equal(f"depth {layered}, 5 inputs, 3 outputs", claimed, values[-1] / values[0], tolerance)
        )
    return facts


def of_pair(s: float, r: float, layered: int) -> float:
    """The eigenvalue that belongs to two singular values of the target."""
    return sum(
        s ** (2 * (layered - j) / layered) * r ** (2 * (j - 1) / layered) for j in range(1, layered + 1)
    )


def diagonal_only(s: float, r: float, layered: int) -> float:
    """What it would be if only the geometric mean of the two counted (a wrong law)."""
    return layered * (s * r) ** (1 - 1 / layered)


def eigenvalues(method: Any, pair: Callable[[float, float, int], float]) -> list[Fact]:
    """All eigenvalues of the kernel of balanced square nets, by pairs of singular values."""
    facts = []
    for layered in (2, 3, 5, 8):
        goal = target(4, 5.0, seed=layered)
        singular = np.geomspace(1.0, 5.0, 4).tolist()
        claimed = np.sort([pair(s, r, layered) for s in singular for r in singular])
        values = np.linalg.eigvalsh(tangent_kernel(balanced(goal, (4,) * (layered + 1)), np.eye(4)))
        tolerance = 64 * layered * U * values[-1]
        facts.append(
            equal(f"depth {layered}: largest difference", 0, np.abs(values - claimed).max(), tolerance)
        )
    return facts


law = Calculation(
    compute=spectrum,
    arguments={"power": 2 - 2 / depth},
    expression=kappa_target ** (2 - 2 / depth),
    ran="the tangent kernel of balanced square nets of width 4, depth 2 to 8",
    label="local condition number",
)
pairs = Calculation(
    compute=eigenvalues,
    arguments={"pair": of_pair},
    ran="the tangent kernel of balanced square nets of width 4, depth 2 to 8",
    label="every eigenvalue",
)
narrow = Calculation(
    compute=missing,
    arguments={"power": 2 - 2 / depth, "factor": depth},
    expression=depth * kappa_target ** (2 - 2 / depth),
    ran="the tangent kernel of balanced nets with 5 inputs and 3 outputs, depth 2 to 8",
    label="fewer outputs than inputs",
)

theorems = [
    Theorem(
        name="deep-linear-local-condition-number",
        title="Near its solution a deep linear net has condition number κ(Φ)^{2-2/D}",
        source=Source("sun2020"),
        statement="At a balanced solution of a square whitened net of depth D the Hessian's non-zero "
        "eigenvalues have the ratio κ(Φ)^{2-2/D}, Φ the target; with fewer outputs than inputs D times "
        "that. Gradient descent needs that many epochs there for a factor e, up to a constant.",
        method=gradient_descent,
        instances=nets,
        epochs=12 * kappa_local,
        survey="deep linear",
        remark="Derived: the eigenvalue of the pair (i, k) of singular values is the sum over the layers "
        "j of s_i^{2(D-j)/D} s_k^{2(j-1)/D}. The factors are those of the quadratic with that spectrum; "
        "a run that starts near the solution is measured beside them.",
        predictions=[
            law,
            pairs,
            narrow,
            Rate((kappa_local - 1) / (kappa_local + 1), label="gradient descent"),
            linear,
            *against_the_target("gradient descent", gradient_descent, 1),
        ],
        rivals=[
            Rival("κ(Φ)²", replace(law, arguments={"power": sp.Integer(2)})),
            Rival("κ(Φ)^{2-1/D}", replace(law, arguments={"power": 2 - 1 / depth})),
            Rival("geometric means alone", replace(pairs, arguments={"pair": diagonal_only})),
            Rival(
                "missing outputs change nothing",
                replace(narrow, arguments={"power": 2 - 2 / depth, "factor": sp.Integer(1)}),
            ),
            Rival("square root for gradient descent", Rate((root - 1) / (root + 1))),
            Rival("step too long", method=local(GradientDescent(step=sp.Rational(21, 10) / L))),
            *wrong_powers(linear),
            Rival(
                "κ(Φ) at depth 3",
                in_the_long_run(kappa_target, gradient_descent, kappa_target, 3, "depth 3"),
            ),
        ],
    ),
    Theorem(
        name="deep-linear-local-momentum",
        title="Near its solution a deep linear net gives heavy ball and Nesterov √κ(Φ)^{2-2/D}",
        source=Source("polyak1964"),
        also=[Source("nesterov2004", "Section 2.2"), Source("sun2020")],
        statement="With the constants of the Hessian at the solution both need √κ_local epochs for a "
        "factor e, up to a constant, which is κ(Φ)^{1-1/D} on a square, balanced and whitened net of "
        "depth D.",
        method=heavy_ball,
        instances=nets,
        survey="deep linear",
        remark="The factors are exact, of each method's step on the spectrum at the solution; that runs "
        "follow them is another theorem's subject. A slope over runs would be biased: the slowest mode "
        "of these tunings falls like t ρ^t.",
        predictions=[
            in_the_long_run(root, heavy_ball, kappa_local, 3, "heavy ball"),
            in_the_long_run(root, nesterov, kappa_local, 3, "Nesterov"),
            *against_the_target("heavy ball", heavy_ball, 2),
            *against_the_target("Nesterov", nesterov, 2),
        ],
        rivals=[
            *wrong_powers(in_the_long_run(root, heavy_ball, kappa_local, 3, "heavy ball")),
            Rival(
                "momentum of a half",
                method=local(Nesterov(momentum=sp.Rational(1, 2))),
                of="Nesterov",
            ),
            Rival("κ(Φ)^{2-2/D} for Nesterov", against_the_target("Nesterov", nesterov, 1)[2]),
        ],
    ),
]
