r"""SGD with constant steps under growth conditions: published bounds, and the band that tells them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SGD, Kaczmarz
from solvers.problems.sampled_families import INTERPOLATION, coordinates, samples, together
from solvers.problems.scaled_families import scaled_rows
from theorems.predictions import Bound, Rate
from theorems.symbols import Delta, L, L_max, N, R, distance, gap, kappa, mu, t
from theorems.theorem import Rival, Source, Theorem

square = together(
    scaled_rows(8, 8, spread=(1, 3), seeds=2),
    samples(coordinates(8, kappa_CD=(16, 64), gain=(2, 5))),
)
tall = scaled_rows(24, 8, spread=(1, 3), seeds=2)
slowest = samples(coordinates(8, kappa_CD=(16, 64), gain=(2, 5), start="slowest"))


def band(step: Any, **changes: Any) -> Rate:
    """Where the factor of the distance per epoch lies for SGD with this step, on any rows."""
    slow = 1 - 2 * step * mu / (1 + step * N * mu / (2 - step * L_max))
    return replace(Rate(within=((1 - step * mu) ** N, slow ** (N / 2)), average="exact"), **changes)


# ---------------------------------------------------------------- weak growth

# E|grad f_i|^2 <= 2 rho L (f - f*) with rho = L_max / L.
weak_step = 1 / L_max
weak = Bound(distance**2, (1 - mu / L_max) ** (N * t) * R**2, average="exact", label="published")
weak_floor = Bound(
    distance,
    (1 - mu / L_max) ** (N * t) * R,
    side="lower",
    average="exact",
    instances=slowest,
    label="slowest start",
)

# ---------------------------------------------------------------- strong growth

# E|grad f_i|^2 <= rho |grad f|^2 with rho = L_max / mu: the weak condition and f - f* <= |grad f|^2/(2 mu).
rho = L_max / mu
strong_step = 1 / (rho * L)
strong = Bound(gap, (1 - mu / (rho * L)) ** (N * t) * Delta, average="exact", label="published")
strong_floor = replace(
    strong,
    expression=(1 - mu / (rho * L)) ** (2 * N * t) * Delta,
    side="lower",
    instances=slowest,
    label="slowest start",
)

theorems = [
    Theorem(
        name="sgd-weak-growth",
        title="Under interpolation SGD with step 1/L_max contracts by 1 - μ/L_max a step",
        source=Source("vaswanibachschmidt2019", "Theorem 5 and Proposition 2"),
        also=[Source("needellsrebroward2016", "Theorem 2.1, (2.4) of the preprint")],
        statement="If E|∇f_i|² ≤ 2ρL(f - f*), SGD with step 1/(ρL) shrinks the expected |x - x*|² by "
        "1 - μ/(ρL) in every step; convex components that agree at the solution have ρ = L_max/L. On linear "
        "models the mean-square factor of step γ lies between (1 - γμ)² and "
        "1 - 2γμ/(1 + γNμ/(2 - γ L_max)).",
        method=SGD(weak_step),
        instances=square,
        epochs=200,
        premises=[INTERPOLATION],
        survey="decomposition",
        remark="The band is derived: the lower end is the square of the factor of the expected error; for "
        "the upper end, with s = (2 - γ L_max)/(γN), a step changes the expectation of |e|² + s e'H⁻¹e by at "
        "most -2γs|e|². Where N μ is small both ends are 2γμ from 1, twice the published exponent. The "
        "bound is for the distance: with the gap in its place it fails.",
        predictions=[
            weak,
            replace(weak, instances=tall, epochs=40, label="more samples than unknowns"),
            weak_floor,
            band(weak_step, label="unit step"),
            band(1 / (2 * L_max), method=SGD(1 / (2 * L_max)), label="half the step"),
            band(
                sp.Rational(3, 2) / L_max, method=SGD(sp.Rational(3, 2) / L_max), label="half as long again"
            ),
            band(weak_step, instances=tall, label="more samples than unknowns"),
        ],
        rivals=[
            Rival(
                "gap instead of distance",
                replace(weak, measure=gap, expression=weak.expression / R**2 * Delta, instances=slowest),
            ),
            Rival(
                "twice the exponent from the start",
                replace(weak, expression=(1 - mu / L_max) ** (2 * N * t) * R**2, instances=slowest),
            ),
            Rival("the published factor is attained", Rate((1 - mu / L_max) ** (N / 2), average="exact")),
            Rival("step 9/10", method=SGD(sp.Rational(9, 10) / L_max), of="unit step"),
            Rival("step 11/10", method=SGD(sp.Rational(11, 10) / L_max), of="unit step"),
            Rival("step 2", method=SGD(2 / L_max), of="more samples than unknowns"),
            Rival("rows drawn by their norms", method=Kaczmarz(), of="unit step"),
            Rival(
                "square root of the condition", Rate((1 - sp.sqrt(mu / L_max)) ** (N / 2), average="exact")
            ),
        ],
    ),
    Theorem(
        name="sgd-strong-growth",
        title="Under strong growth SGD contracts by 1 - μ/(ρL), and on least squares ρ is L_max/μ",
        source=Source("vaswanibachschmidt2019", "Theorem 4 and Proposition 1"),
        also=[Source("schmidtleroux2013")],
        statement="If E|∇f_i|² ≤ ρ|∇f|², SGD with step 1/(ρL) shrinks the expected gap by 1 - μ/(ρL) in "
        "every step. On consistent least squares ρ = L_max/μ, so the guarantee goes with the square of the "
        "condition number: the step is short, and what happens is 2μ²/(L L_max).",
        method=SGD(strong_step),
        instances=square,
        epochs=2 * kappa,
        premises=[INTERPOLATION],
        survey="decomposition",
        remark="The condition is the wrong one for least squares, not the analysis: with this step the band "
        "shows a factor of 2 at most between the bound and the truth in the exponent. The weak condition "
        "allows a step longer by κ.",
        predictions=[
            strong,
            replace(strong, instances=tall, label="more samples than unknowns"),
            strong_floor,
            band(strong_step, label="short step"),
        ],
        rivals=[
            Rival(
                "linear in the condition number",
                replace(strong, expression=(1 - mu / L_max) ** (N * t) * Delta),
            ),
            Rival(
                "twice the exponent from the start",
                replace(strong_floor, side="upper"),
            ),
            Rival(
                "no faster than published",
                replace(strong_floor, expression=strong.expression),
            ),
            Rival("the published factor is attained", Rate((1 - mu / (rho * L)) ** (N / 2), average="exact")),
            Rival("half of the step", method=SGD(strong_step / 2), of="short step"),
            Rival("the step of weak growth", method=SGD(weak_step), of="short step"),
        ],
    ),
]
