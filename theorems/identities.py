r"""Equalities that need no spectrum: what the expected gaps of all steps add up to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SGD, Kaczmarz, RandomizedCoordinateDescent
from solvers.problems.sampled_families import (
    INTERPOLATION,
    UNIT_DIAGONAL,
    coordinates,
    equicorrelations,
    near_identity,
    noisy_rows,
    samples,
    together,
)
from solvers.problems.scaled_families import scaled_rows
from theorems.predictions import Moments
from theorems.symbols import Delta, L, L_max, R, gap, lambda_avg, mu, n
from theorems.theorem import Rival, Source, Theorem

designs = together(
    coordinates(8, kappa_CD=(4, 64), gain=(1.5, 5)), equicorrelations(8, (0.9,)), near_identity(8, (0.3,))
)
rows = together(samples(coordinates(8, kappa_CD=(4, 64), gain=(1.5, 5))), noisy_rows(24, 8, noise=(0,)))
scaled = together(scaled_rows(8, 8, spread=(1, 4)), scaled_rows(24, 8, spread=(4,)))

half, longer = sp.Rational(1, 2), sp.Rational(3, 2)


def of_coordinates(relaxation: Any, **changes: Any) -> Moments:
    """The sum of the expected gaps of coordinate descent."""
    total = n / (2 * relaxation) * (R**2 / 2 + relaxation / (2 - relaxation) * Delta)
    return replace(Moments(gap, total, of="sum", average="exact"), **changes)


def of_samples(step: Any, **changes: Any) -> Moments:
    """The sum of the expected gaps of SGD on unit rows."""
    total = R**2 / (2 * step * (2 - step))
    return replace(Moments(gap, total, of="sum", average="exact"), **changes)


def of_projections(relaxation: Any, **changes: Any) -> Moments:
    """The sum of the expected gaps of the Kaczmarz method, |A|_F^2 = N n lambda_avg."""
    total = n * lambda_avg * R**2 / (2 * relaxation * (2 - relaxation))
    return replace(Moments(gap, total, of="sum", average="exact"), **changes)


exact_minimisation, projection = of_coordinates(sp.Integer(1)), of_projections(1)
unit_step = of_samples(1, label="unit step")

theorems = [
    Theorem(
        name="coordinate-descent-sum",
        title="The expected gaps of coordinate descent add up to n/2 (|e₀|²/2 + Δ), whatever the spectrum",
        source=Source("leventhallewis2010"),
        also=[Source("nesterov2012")],
        statement="On a quadratic with unit diagonal the expected gaps of all steps of randomised coordinate "
        "descent with relaxation ω add up to n/(2ω) (|x₀ - x*|²/2 + ω/(2-ω) (f₀ - f*)), exactly.",
        method=RandomizedCoordinateDescent(),
        instances=designs,
        premises=[UNIT_DIAGONAL],
        survey="decomposition",
        remark="Derived, path by path: a step takes 2ω/n times the gap from the expectation of "
        "|x - x*|²/2 + ω/(2-ω) (f - f*). For ω = 1 this is the potential of the theorem on the rate.",
        predictions=[
            exact_minimisation,
            of_coordinates(half, method=RandomizedCoordinateDescent(half), label="relaxation 1/2"),
            of_coordinates(longer, method=RandomizedCoordinateDescent(longer), label="relaxation 3/2"),
        ],
        rivals=[
            Rival("without the gap", replace(exact_minimisation, expression=n * R**2 / 4)),
            Rival("n in place of n/2", replace(exact_minimisation, expression=n * (R**2 / 2 + Delta))),
            Rival(
                "the sum that the textbook factor gives",
                replace(exact_minimisation, expression=n * Delta / mu),
            ),
            Rival("relaxation 9/10", method=RandomizedCoordinateDescent(sp.Rational(9, 10)), of="Moments"),
            Rival("relaxation 11/10", method=RandomizedCoordinateDescent(sp.Rational(11, 10)), of="Moments"),
        ],
    ),
    Theorem(
        name="sgd-sum",
        title="The expected gaps of SGD under interpolation add up to |e₀|²/(2γ(2-γ)), whatever the rows",
        source=Source("needellsrebroward2016"),
        also=[Source("strohmervershynin2009")],
        statement="On consistent equations with rows of norm 1 the expected gaps of all steps of SGD with "
        "step γ add up to |x₀ - x*|²/(2γ(2 - γ)), exactly; for the Kaczmarz method on rows of any norm and "
        "with relaxation γ, to that times the trace of the Hessian.",
        method=SGD(1 / L_max),
        instances=rows,
        premises=[INTERPOLATION],
        survey="decomposition",
        remark="Derived: a step takes 2γ(2-γ) times the gap from the expectation of |x - x*|², for the "
        "Kaczmarz method that over the trace. The smallest sum is that of γ = 1, for every A.",
        predictions=[
            unit_step,
            of_samples(half, method=SGD(half), label="step 1/2"),
            of_samples(longer, method=SGD(longer), label="step 3/2"),
            replace(projection, method=Kaczmarz(), instances=scaled, label="Kaczmarz"),
            of_projections(half, method=Kaczmarz(half), instances=scaled, label="Kaczmarz, relaxation 1/2"),
        ],
        rivals=[
            Rival("half of it", replace(unit_step, expression=R**2 / 4)),
            Rival(
                "the sum that the published factor gives", replace(unit_step, expression=L * R**2 / (2 * mu))
            ),
            Rival("step 9/10", method=SGD(sp.Rational(9, 10)), of="unit step"),
            Rival("step 11/10", method=SGD(sp.Rational(11, 10)), of="unit step"),
            Rival(
                "rows of any norm drawn uniformly, steps 1/L_max",
                replace(projection, method=SGD(1 / L_max), instances=scaled),
            ),
            Rival(
                "Kaczmarz without the trace",
                replace(projection, method=Kaczmarz(), instances=scaled, expression=R**2 / 2),
            ),
        ],
    ),
]
