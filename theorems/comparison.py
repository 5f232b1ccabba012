r"""All methods on one problem: the survey's comparison, run instead of summed up."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import (
    BFGS,
    LBFGS,
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    Chebyshev,
    ConjugateGradient,
    GradientDescent,
    HeavyBall,
    Katyusha,
    LooplessSVRG,
    Nesterov,
    NesterovCoordinateDescent,
    RandomizedCoordinateDescent,
    TripleMomentum,
)
from solvers.problems.sampled_families import samples, spread_coordinates
from theorems.coordinate_descent import attained, short_gradient_step
from theorems.predictions import Bound, Measurement
from theorems.symbols import L, R, distance, kappa, kappa_CD, mu, rho, t
from theorems.theorem import Rival, Source, Theorem

root = sp.sqrt(kappa)
root_CD = sp.sqrt(kappa_CD)

problems = spread_coordinates(32, kappa=(30, 1000))

full = Measurement(
    (
        (short_gradient_step, 20 * kappa),
        (GradientDescent(step=2 / (L + mu)), 10 * kappa),
        (HeavyBall(), 40 * root),
        (Nesterov(), 60 * root),
        (TripleMomentum(), 60 * root),
        (Chebyshev(), 30 * root),
        (ConjugateGradient(), 30 * root),
        (BarzilaiBorwein1(), 200 * root),
        (BarzilaiBorwein2(), 200 * root),
        (BFGS(), 30 * root),
        (LBFGS(), 100 * root),
        (RandomizedCoordinateDescent(), 30 * kappa_CD),
        (AcceleratedCoordinateDescent(), 160 * root_CD),
        (NesterovCoordinateDescent(), 160 * root_CD),
    ),
    seeds=4,
    label="as a quadratic",
)
sums = Measurement(
    (
        (SGD(), 40 * kappa_CD),
        (SAG(), 500 * kappa_CD),
        (SAGA(), 100 * kappa_CD),
        (SVRG(), 200 * kappa_CD),
        (LooplessSVRG(), 300 * kappa_CD),
        (Katyusha(), 300 * root_CD),
    ),
    instances=samples(problems),
    seeds=4,
    label="as a sum of n samples",
)
descent = Bound(
    distance, R * (1 - 1 / kappa) ** t, method=short_gradient_step, epochs=kappa, label="gradient descent"
)
decomposed = replace(attained, epochs=kappa_CD, label="coordinate descent", quick=False)

theorems = [
    Theorem(
        name="all-methods",
        survey="benchmark",
        title="All methods on one problem, with equal diagonal entries",
        source=Source("sun2020", "appendix"),
        statement="On two quadratics with unit diagonal, which are sums of n squares as well, every method "
        "of the catalogue is run: what it costs in epochs is measured, and what is proved of it holds.",
        method=RandomizedCoordinateDescent(),
        instances=problems,
        epochs=kappa_CD,
        assumptions=["every diagonal entry of Q is 1"],
        remark="The rows of the square root of Q are the samples: their squares add up to the quadratic, so "
        "a method that draws samples and one that draws coordinates see the same problem, with the same "
        "κ and κ_CD. The accuracies are those of the gap, relative to the start, in the mean over the seeds.",
        predictions=[full, sums, descent, decomposed],
        rivals=[
            Rival("gradient descent sees κ_CD", replace(descent, expression=R * (1 - 1 / kappa_CD) ** t)),
            Rival("gradient descent at the pace of the heavy ball", replace(descent, expression=R * rho**t)),
            Rival(
                "coordinate descent with relaxation 1/2",
                replace(decomposed, method=RandomizedCoordinateDescent(sp.Rational(1, 2))),
            ),
        ],
    ),
]
