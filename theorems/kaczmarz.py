r"""The randomised Kaczmarz method: one bound for rows of any norm, and the band in which its rate lies."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import SGD, Kaczmarz
from solvers.problems.sampled_families import INTERPOLATION
from solvers.problems.scaled_families import scaled_rows
from theorems.predictions import Bound, Rate
from theorems.symbols import L_max, L_min, N, R, distance, kappa_CD, mu, n, t
from theorems.theorem import Rival, Source, Theorem

square = scaled_rows(8, 8, spread=(1, 3, 10), seeds=2)
tall = scaled_rows(24, 8, spread=(1, 3, 10), seeds=2)
slowest = scaled_rows(8, 8, spread=(1, 3, 10), seeds=2, start="slowest")

# 1/kappa_D^2 = smallest singular value squared over |A|_F^2, which is N mu / (N n lambda_avg).
published = 1 - 1 / (n * kappa_CD)
contraction = 1 - 2 / (n * kappa_CD * (1 + N * mu / L_min))

upper = Bound(distance**2, published ** (N * t) * R**2, average="exact", label="published")
lower = Bound(
    distance,
    published ** (N * t) * R,
    side="lower",
    average="exact",
    instances=slowest,
    label="slowest start",
)
band = Rate(within=(published**N, contraction ** (N / 2)), average="exact")

theorems = [
    Theorem(
        name="kaczmarz",
        title="The randomised Kaczmarz method contracts by 1 - 1/κ_D² a step, whatever the rows' norms",
        source=Source("strohmervershynin2009", "Theorem 2, (5)"),
        also=[Source("needellsrebroward2016")],
        statement="On consistent equations, projections onto rows drawn with probability proportional to "
        "the squares of their norms shrink the expected |x - x*|² by 1 - 1/κ_D² in every step, where κ_D² "
        "is the sum of the squares of A's singular values over s², the square of the smallest. The "
        "mean-square factor lies between (1 - 1/κ_D²)² and 1 - 2/(κ_D²(1 + s²/a²)), with a the smallest "
        "norm of a row.",
        method=Kaczmarz(),
        instances=square,
        epochs=200,
        premises=[INTERPOLATION],
        survey="decomposition",
        remark="The band is derived. Its lower end is the square of the factor of the expected error. For "
        "its upper end, a step takes 2a²|e|² over the sum of squares from the expectation of |e|² + a² "
        "e'(A'A)⁻¹e at least, because no row has a leverage above 1. So the published factor is half of the "
        "truth in the exponent where s is small beside a; the published bound itself would also pass a "
        "method that is faster, and it is the band that has power. On tall tables the band is wide, and the "
        "bound nearly attained.",
        predictions=[
            upper,
            replace(upper, instances=tall, epochs=40, label="more equations than unknowns"),
            lower,
            band,
            replace(band, instances=tall, label="more equations than unknowns"),
        ],
        rivals=[
            Rival("relaxation 9/10", method=Kaczmarz(sp.Rational(9, 10)), of="Rate"),
            Rival("relaxation 11/10", method=Kaczmarz(sp.Rational(11, 10)), of="Rate"),
            Rival("rows drawn uniformly, steps 1/L_max", method=SGD(1 / L_max), of="published"),
            Rival(
                "the published factor is attained",
                Rate(published ** (N / 2), average="exact", label="published"),
            ),
            Rival(
                "twice the published exponent from the start",
                replace(
                    upper, expression=(1 - 2 / (n * kappa_CD)) ** (N * t) * R**2, instances=tall, epochs=40
                ),
            ),
            Rival(
                "square root of κ_D²",
                Rate(within=(0, (1 - 1 / sp.sqrt(n * kappa_CD)) ** (N / 2)), average="exact", label="root"),
            ),
            Rival(
                "the expected error falls faster in the slowest mode",
                replace(lower, expression=published ** (sp.Rational(9, 10) * N * t) * R),
            ),
        ],
    ),
]
