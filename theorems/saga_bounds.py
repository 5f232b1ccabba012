r"""SAGA's published bounds, at both of their steps, beyond what they are proved for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SAG, SAGA, SGD
from solvers.problems.sampled_families import coordinates, noisy_rows, samples
from theorems.predictions import Bound, Rate
from theorems.symbols import Delta, L_max, N, R, distance, kappa_CD, mu, t
from theorems.theorem import Rival, Source, Theorem

designs = samples(coordinates(8, kappa_CD=(16, 64), gain=(1.5, 5)))
slow_designs = samples(coordinates(8, kappa_CD=(16, 64), gain=(1.5, 5), start="slowest"))
noisy = noisy_rows(16, 4, noise=(1.0,), seeds=2)

adaptive, known = 1 / (3 * L_max), 1 / (2 * (mu * N + L_max))


def published(step: Any, contraction: Any, weight: Any, label: str) -> Bound:
    return Bound(
        distance**2,
        contraction ** (N * t) * (R**2 + weight * Delta),
        average="exact",
        method=SAGA(step),
        label=label,
        quick=step == adaptive,
    )


without_mu = published(
    adaptive, 1 - sp.Min(1 / (4 * N), mu / (3 * L_max)), 2 * N / (3 * L_max), "step 1 to 3 L"
)
with_mu = published(known, 1 - known * mu, N / (mu * N + L_max), "step with mu")


def narrow(step: Any, label: str) -> Rate:
    """The square of the expected error's factor, nearly: what the instances show."""
    expected = 1 - step * mu
    return Rate(
        within=(expected**N, expected ** (N * (1 - kappa_CD**-3))),
        average="exact",
        method=SAGA(step),
        label=label,
        quick=step == adaptive,
    )


attained = narrow(adaptive, "nearly deterministic")
floor = Bound(
    distance,
    (1 - adaptive * mu) ** (N * t) * R,
    side="lower",
    average="exact",
    instances=slow_designs,
    label="slowest start",
    quick=False,
)

theorems = [
    Theorem(
        name="saga-published-bounds",
        title="SAGA's published bounds hold where only the average is strongly convex, with half of its pace",
        source=Source("defaziobachlacostejulien2014", "Theorem 1"),
        statement="SAGA shrinks the expected |x - x*|² by 1 - min(1/(4N), μ/(3L_max)) in a step of length "
        "1/(3L_max), and by 1 - γμ in one of length γ = 1/(2(μN + L_max)). On least squares without residual "
        "the mean-square factor is (1 - γμ)², nearly exactly: SAGA's slowest mode forgets the noise.",
        method=SAGA(adaptive),
        instances=designs,
        epochs=300,
        survey="decomposition",
        remark="The theorem asks every component to be strongly convex with μ; a single row is not, and μ is "
        "here that of the average, so what is tried is more than what is proved. A residual changes neither "
        "bound nor pace, since the error of SAGA does not see it. The lower end of the band is "
        "derived, the square of the factor of the expected error; the upper end, the same to the power "
        "1 - 1/κ_CD³, is what the instances show. Twice the published exponent is what happens, so a bound "
        "alone would pass a claim that is twice as strong.",
        predictions=[
            without_mu,
            replace(without_mu, instances=noisy, epochs=20, label="step 1 to 3 L, with residuals"),
            with_mu,
            replace(with_mu, instances=noisy, epochs=20, label="step with mu, with residuals"),
            attained,
            narrow(known, "nearly deterministic, step with mu"),
            floor,
        ],
        rivals=[
            Rival(
                "three times the published exponent",
                replace(without_mu, expression=without_mu.expression.subs(mu, 3 * mu)),
            ),
            Rival(
                "the power 3/4 of the condition number",
                replace(
                    without_mu,
                    expression=(1 - sp.Min(1 / (4 * N), (mu / (3 * L_max)) ** sp.Rational(3, 4))) ** (N * t)
                    * (R**2 + 2 * N * Delta / (3 * L_max)),
                ),
            ),
            Rival(
                "the published factor is attained",
                Rate((1 - mu / (3 * L_max)) ** (N / 2), average="exact", label="published"),
            ),
            Rival("step 1/(4 L_max)", method=SAGA(1 / (4 * L_max)), of=attained.label),
            Rival("step 2/(5 L_max)", method=SAGA(sp.Rational(2, 5) / L_max), of=attained.label),
            Rival("SGD with the same step", method=SGD(adaptive), of=attained.label),
            Rival("SAG with the same step", method=SAG(adaptive), of=attained.label),
            Rival("SGD where there are residuals", method=SGD(adaptive), of="step 1 to 3 L, with residuals"),
            Rival(
                "the expected error of a step 1/(4 L_max)",
                replace(floor, expression=(1 - mu / (4 * L_max)) ** (N * t) * R),
            ),
        ],
    ),
]
