r"""Gradient descent: O(kappa log 1/epsilon) on quadratics, LR^2/(4k+2) on convex functions."""

import sympy as sp

from solvers.methods import GradientDescent
from solvers.problems import spectra
from solvers.problems.families import decades, quadratics
from theorems.predictions import Bound, Complexity, Identity, Rate
from theorems.symbols import L, R, distance, epsilon, kappa, lam, mu, t
from theorems.theorem import Rival, Source, Theorem

half = sp.Rational(1, 2)
ladder = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40)
fine = quadratics(spectra.log_spaced, kappa=decades(1, 4, per_decade=4), n=40)
finer = quadratics(spectra.log_spaced, kappa=decades(1, 4.5, per_decade=4), n=40)

short_step = (1 - 1 / kappa) ** t
best_step = ((kappa - 1) / (kappa + 1)) ** t

theorems = [
    Theorem(
        name="gradient-descent-quadratic",
        title="Gradient descent with step 1/L needs κ log(1/ε) epochs on quadratics",
        source=Source("sun2020", "appendix"),
        statement="With step 1/L, mode i of the error is multiplied by 1 - λ_i/L in every epoch, so the "
        "distance to the solution falls by 1 - 1/κ at least, and in the long run by no more.",
        method=GradientDescent(step=1 / L),
        instances=ladder,
        epochs=100 * kappa,
        survey="benchmark",
        predictions=[
            Identity(distance, (1 - lam / L) ** t, label="modes"),
            Bound(distance, R * short_step),
            Rate(1 - 1 / kappa),
            Complexity(kappa * sp.log(1 / epsilon), instances=fine, full=finer, epochs=160 * kappa),
        ],
        rivals=[
            Rival("step 1/(2L)", method=GradientDescent(step=1 / (2 * L))),
            Rival("step 3/(2L)", method=GradientDescent(step=3 / (2 * L))),
            Rival("step 1/(L sqrt(kappa))", method=GradientDescent(step=1 / (L * sp.sqrt(kappa)))),
            Rival("square-root rate", Rate(1 - 1 / sp.sqrt(kappa))),
            Rival(
                "exponent 3/4",
                Complexity(
                    kappa ** sp.Rational(3, 4) * sp.log(1 / epsilon), instances=fine, epochs=160 * kappa
                ),
            ),
            Rival(
                "exponent 5/4",
                Complexity(
                    kappa ** sp.Rational(5, 4) * sp.log(1 / epsilon), instances=fine, epochs=160 * kappa
                ),
            ),
        ],
    ),
    Theorem(
        name="gradient-descent-best-step",
        title="Gradient descent with step 2/(L+μ) contracts by (κ-1)/(κ+1)",
        source=Source("nesterov2004", "Theorem 2.1.15"),
        statement="With step 2/(L+μ) the distance to the solution falls by the factor (κ-1)/(κ+1) in "
        "every epoch, the best that any constant step can promise.",
        method=GradientDescent(step=2 / (L + mu)),
        instances=ladder,
        epochs=100 * kappa,
        survey="benchmark",
        predictions=[
            Bound(distance, R * best_step),
            Rate((kappa - 1) / (kappa + 1)),
            Complexity(kappa * sp.log(1 / epsilon), instances=fine, full=finer, epochs=160 * kappa),
        ],
        rivals=[
            Rival("step 1/L", method=GradientDescent(step=1 / L)),
            Rival(
                "square-root rate", Bound(distance, R * ((sp.sqrt(kappa) - 1) / (sp.sqrt(kappa) + 1)) ** t)
            ),
            Rival(
                "exponent 3/4",
                Complexity(
                    kappa ** sp.Rational(3, 4) * sp.log(1 / epsilon), instances=fine, epochs=160 * kappa
                ),
            ),
        ],
    ),
]
