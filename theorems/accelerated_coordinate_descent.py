r"""Accelerated coordinate descent: O(sqrt(kappa_CD) log 1/epsilon), whatever the largest eigenvalue."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import (
    AcceleratedCoordinateDescent,
    NesterovCoordinateDescent,
    RandomizedCoordinateDescent,
)
from solvers.methods.accelerated_coordinate_descent import COUPLING
from solvers.problems.families import doublings
from solvers.problems.sampled_families import (
    UNIT_DIAGONAL,
    coordinates,
    equicorrelations,
    flat_designs,
    together,
)
from theorems.predictions import Bound, Complexity, Rate
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, R, distance, epsilon, gain, gap, kappa, kappa_CD, mu, n, t
from theorems.theorem import Rival, Source, Theorem

designs = together(coordinates(8, kappa_CD=(16, 256), gain=(2, 6)), equicorrelations(8, (0.99,)))
larger_designs = together(designs, coordinates(16, kappa_CD=(16, 64, 256, 1024), gain=(2, 12)))
slow_designs = coordinates(8, kappa_CD=(16, 256), gain=(2, 6), start="slowest")
grid = coordinates(32, kappa_CD=(32, 64, 128, 256), gain=(2, 12), start="slowest")
huge = flat_designs(131072, kappa_CD=(16, 256, 4096), gain=(2, 1000, 100_000))
larger_grid = coordinates(128, kappa_CD=(32, 64, 128, 256, 512, 1024), gain=(2, 6, 24), start="slowest")

factor = 1 - COUPLING
expected = Bound(gap, factor ** (n * t) * (Delta + mu * R**2 / 2), average="exact", label="expected gap")
from_slowest = replace(expected, instances=slow_designs, label="slowest start")

# From y = z = 1 in the slowest mode E z = factor^k, and E y / factor^k rises from 1 to ``height``.
height = (n / mu - 1) * COUPLING / factor
slowest_mode = factor ** (n * t) * (height + (1 - height) * (1 - mu / n) ** (n * t))
attained = Bound(
    distance, slowest_mode * R, side="lower", average="exact", instances=slow_designs, label="slowest mode"
)
band = Rate(within=(factor**n, factor ** (n / 2)), average="exact", full=larger_designs)
# The gap of a run swings over many e-folds, so its exponents take accuracies far apart.
scaling = Complexity(
    sp.sqrt(kappa_CD) * sp.log(1 / epsilon),
    measure=gap,
    against=(kappa_CD, gain),
    between=(1e-20, 1e-160),
    seeds=4,
    instances=grid,
    full=larger_grid,
    epochs=350 * sp.sqrt(kappa_CD),
)
exact_scaling = replace(
    scaling,
    average="exact",
    instances=flat_designs(1024, kappa_CD=doublings(5, 11), gain=(2, 500), start="slowest"),
    full=flat_designs(131072, kappa_CD=doublings(5, 16), gain=(2, 1000, 100_000), start="slowest"),
    epochs=250 * sp.sqrt(kappa_CD),
    label="exact expectation",
)


def tuned_for(guess: sp.Expr) -> AcceleratedCoordinateDescent:
    """Coupling and step for this in the place of kappa_CD."""
    return AcceleratedCoordinateDescent(*(h.subs(kappa_CD, guess) for h in AcceleratedCoordinateDescent()))


published = AcceleratedCoordinateDescent()

# ---------------------------------------------------------------- Nesterov's schedule

# A step that changes with time is followed one by one: few of them.
few_designs = coordinates(5, kappa_CD=(16, 64), gain=(2,))
few_slow_designs = coordinates(5, kappa_CD=(16, 64), gain=(2,), start="slowest")
up, down = 1 + sp.sqrt(mu) / (2 * n), 1 - sp.sqrt(mu) / (2 * n)
nesterov_bound = mu * (2 * R**2 + Delta / n**2) / (up ** (n * t + 1) - down ** (n * t + 1)) ** 2
scheduled = Bound(gap, nesterov_bound, average="exact", quick=False, label="expected gap")
scheduled_slowest = Bound(
    distance,
    (1 - sp.sqrt(mu) / n) ** (n * t) * R,
    side="lower",
    average="exact",
    instances=few_slow_designs,
    quick=False,
    label="slowest mode",
)

theorems = [
    Theorem(
        name="accelerated-coordinate-descent",
        survey="mixed",
        title="Accelerated coordinate descent needs √κ_CD log(1/ε) epochs",
        source=Source("allenzhuqurichtarikyuan2016"),
        also=[Source("nesterov2012")],
        statement="On a quadratic with unit diagonal, accelerated coordinate descent with uniformly drawn "
        "coordinates has an expected gap of at most (1 - τ)^k (f(x_0) - f* + μ|x_0 - x*|²/2) after k steps, "
        "where τ²n²κ_CD = 1 - τ; so it needs O(√κ_CD log(1/ε)) epochs, whatever the largest eigenvalue is.",
        method=published,
        instances=designs,
        epochs=20 * sp.sqrt(kappa_CD),
        premises=[UNIT_DIAGONAL],
        remark="The parameters are the source's for equal curvatures. With them 1/(1 + ησ) = 1 - τ, and its "
        "argument gives a bound without a constant (derived here): the expectation of "
        "f(y) - f* + μ|z - x*|²/2 is multiplied by 1 - τ or less in every step. The factor of the mean "
        "square is at least (1 - τ)²: in the slowest mode the expectation of z shrinks by exactly 1 - τ. "
        "The expectation of y falls behind it there, by a factor that rises from 1 towards about √κ_CD. The "
        "exponents are those of single runs. A step costs one partial derivative, 1/n epoch; its sweeps "
        "through vectors of length n are not counted.",
        predictions=[
            expected,
            from_slowest,
            attained,
            band,
            replace(band, instances=huge, full=None, quick=False, label="131072 unknowns"),
            scaling,
            exact_scaling,
        ],
        rivals=[
            Rival("plain coordinate descent", method=RandomizedCoordinateDescent(), of="Rate"),
            Rival("z moves no further than y", method=AcceleratedCoordinateDescent(step=1), of="Rate"),
            Rival("half the step of z", method=published._replace(step=published.step / 2), of="Rate"),
            Rival(
                "half as far again for z", method=published._replace(step=3 * published.step / 2), of="Rate"
            ),
            Rival("tuned for κ instead of κ_CD", method=tuned_for(kappa), of="Rate"),
            Rival("tuned for a quarter of κ_CD", method=tuned_for(kappa_CD / 4), of="Rate"),
            Rival("1 - τ is attained", Rate(factor ** (n / 2), average="exact")),
            Rival("(1 - τ)² is attained", Rate(factor**n, average="exact")),
            Rival(
                "without the term of the distance",
                replace(from_slowest, expression=factor ** (n * t) * Delta),
            ),
            Rival(
                "nothing lags behind in the slowest mode",
                replace(attained, side="upper", expression=factor ** (n * t) * R),
            ),
            Rival(
                "κ_CD as without acceleration",
                replace(exact_scaling, expression=kappa_CD * sp.log(1 / epsilon)),
            ),
            Rival(
                "√κ instead of √κ_CD", replace(exact_scaling, expression=sp.sqrt(kappa) * sp.log(1 / epsilon))
            ),
            *wrong_powers(exact_scaling),
        ],
    ),
    Theorem(
        name="nesterov-coordinate-descent",
        survey="mixed",
        title="Nesterov's accelerated coordinate descent of 2012 needs √κ_CD log(1/ε) epochs",
        source=Source("nesterov2012", "Theorem 6"),
        also=[Source("allenzhuqurichtarikyuan2016")],
        statement="On a quadratic with unit diagonal, the method with its own schedule of parameters has an "
        "expected gap of at most μ(2R² + Δ/n²)/((1 + √μ/(2n))^{k+1} - (1 - √μ/(2n))^{k+1})² after k steps. "
        "In the slowest mode the expected distance falls by no more than 1 - √μ/n in a step.",
        method=NesterovCoordinateDescent(),
        instances=few_designs,
        epochs=7 * sp.sqrt(kappa_CD),
        premises=[UNIT_DIAGONAL],
        remark="In the long run the bound falls by (1 + √μ/(2n))^{-2} a step, about as the one for constant "
        "parameters; the lower bound is derived: the expectation of v in the slowest mode is multiplied "
        "by 1 - γμ/n with γ below its limit 1/√μ, and that of x by no less than the smaller of this and "
        "1 - μ/n. The parameters tend to those of MaSS on samples with AA' = Q, so its exact rates and "
        "exponents are those of this method in the long run.",
        predictions=[
            scheduled,
            replace(scheduled, instances=few_slow_designs, label="slowest start"),
            scheduled_slowest,
        ],
        rivals=[
            Rival("plain coordinate descent", method=RandomizedCoordinateDescent(), of="slowest start"),
            Rival(
                "the square of the rate",
                replace(
                    scheduled,
                    expression=nesterov_bound**2 / (mu * R**2),
                    instances=few_slow_designs,
                ),
            ),
            Rival(
                "a sixth of the bound",
                replace(scheduled, expression=nesterov_bound / 6, instances=few_slow_designs),
            ),
            Rival("no acceleration", replace(scheduled_slowest, expression=(1 - mu / n) ** (n * t / 2) * R)),
            Rival(
                "sixteen times the convexity",
                method=NesterovCoordinateDescent(convexity=16 * mu),
                of="slowest start",
            ),
        ],
    ),
]
