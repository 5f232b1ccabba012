r"""MaSS and the accelerated Kaczmarz method: the square root of kappa_CD with one sample a step."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import SGD, AcceleratedCoordinateDescent, AcceleratedKaczmarz, Kaczmarz, MaSS
from solvers.problems.families import doublings
from solvers.problems.sampled_families import (
    INTERPOLATION,
    UNIT_ROWS,
    coordinates,
    equicorrelations,
    flat_designs,
    noisy_rows,
    samples,
    together,
)
from theorems.predictions import Bound, Complexity, Rate, SpeedUp
from theorems.rivals import wrong_powers
from theorems.sgd_nesterov import best_sgd, orthogonal
from theorems.symbols import L_max, N, R, distance, epsilon, gain, kappa, kappa_CD, mu, t
from theorems.theorem import Rival, Source, Theorem

designs = together(
    samples(coordinates(8, kappa_CD=(16, 256), gain=(2, 6))), samples(equicorrelations(8, (0.99,)))
)
slow_designs = samples(coordinates(8, kappa_CD=(16, 256), gain=(2, 6), start="slowest"))
# A step that changes with time is followed one by one: few of them.
few_designs = samples(coordinates(5, kappa_CD=(16, 64), gain=(2,)))
few_slow_designs = samples(coordinates(5, kappa_CD=(16, 64), gain=(2,), start="slowest"))
tall = noisy_rows(24, 6, noise=(0,), seeds=3)
large = flat_designs((4096, 131072), kappa_CD=(16, 256, 4096), gain=(2, 1000))
grid = flat_designs(1024, kappa_CD=doublings(5, 11), gain=(2, 500), start="slowest")
larger_grid = flat_designs(131072, kappa_CD=doublings(5, 16), gain=(2, 1000, 100_000), start="slowest")

quarter, half = sp.Rational(1, 4), sp.Rational(1, 2)
# With as many rows of norm 1 as unknowns, mu = 1/(N kappa_CD); in general the pace is (mu/(L_max N))^(1/2).
pace = 1 / (N * sp.sqrt(kappa_CD))
square = MaSS(step=1 / L_max, pace=pace, long=1 / (L_max * N * pace))
general = sp.sqrt(mu / (L_max * N))

expected = Bound(distance**2, 2 * (1 - pace) ** (N * t) * R**2, average="exact", label="expected distance")
from_slowest = replace(expected, instances=slow_designs, label="slowest start")
# In the slowest mode E v = (1 - pace)^k; E w falls behind it, by a factor that rises from 1 to ``height``.
short = (1 - N * pace**2) / (1 + pace)
height = short * pace / (1 - pace - short)
slowest_mode = (1 - pace) ** (N * t) * height + short ** (N * t) * (1 - height)
attained = Bound(
    distance, slowest_mode * R, side="lower", average="exact", instances=slow_designs, label="slowest mode"
)
band = Rate(within=((1 - pace) ** N, (1 - pace) ** (N / 2)), average="exact")
scaling = Complexity(
    sp.sqrt(kappa_CD) * sp.log(1 / epsilon),
    measure=distance**2,
    against=(kappa_CD, gain),
    between=(1e-20, 1e-160),
    average="exact",
    instances=grid,
    full=larger_grid,
    epochs=250 * sp.sqrt(kappa_CD),
)
over_sgd = SpeedUp(
    best_sgd,
    (sp.sqrt(kappa) / 4, sp.sqrt(kappa) / 2),
    method=MaSS(),
    instances=orthogonal((2, 6), 1e2, 1e3, 1e4),
    label="orthogonal samples",
)
same = SpeedUp(
    AcceleratedCoordinateDescent(),
    (1 - pace, 1 + pace),
    instances=large,
    quick=False,
    label="accelerated coordinate descent",
)


def tuned_for(guess: sp.Expr) -> MaSS:
    """Pace and long step for this in the place of kappa_CD."""
    return MaSS(*(h.subs(kappa_CD, guess) for h in square))


# ---------------------------------------------------------------- accelerated Kaczmarz

root = sp.sqrt(N * mu)  # of the smallest eigenvalue of A'A
up, down = 1 + root / (2 * N), 1 - root / (2 * N)
kaczmarz_bound = 4 * R**2 / (up ** (N * t + 1) - down ** (N * t + 1)) ** 2
projections = Bound(distance**2, kaczmarz_bound, average="exact", quick=False, label="expected distance")
kaczmarz_slowest = Bound(
    distance,
    (1 - root / N) ** (N * t) * R,
    side="lower",
    average="exact",
    instances=few_slow_designs,
    quick=False,
    label="slowest mode",
)

theorems = [
    Theorem(
        name="mass",
        title="MaSS needs √κ_CD log(1/ε) epochs with one sample a step",
        source=Source("liubelkin2020"),
        also=[Source("allenzhuqurichtarikyuan2016"), Source("nesterov2012")],
        statement="On consistent least squares with N rows of norm 1 and as many unknowns, MaSS with step "
        "1/L_max and pace α = 1/(N√κ_CD) shrinks the expected |w - x*|² to at most 2(1 - α)^k of its start "
        "in k steps: O(√κ_CD log(1/ε)) epochs. Where Nesterov's momentum alone gains a constant, the "
        "compensated one is between √κ/4 and √κ/2 times as fast as SGD.",
        method=square,
        instances=designs,
        epochs=20 * sp.sqrt(kappa_CD),
        premises=[INTERPOLATION],
        assumptions=["rows of norm 1, as many as unknowns, where the pace is stated in κ_CD"],
        survey="mixed",
        remark="Derived, in the source's way. With H the Hessian and δ the long step, the expectation of (v "
        "- x*)'H⁻¹(v - x*) + (δ/α)|w - x*|² is multiplied by 1 - α or less in a step if E[a (a'H⁻¹a) a'] ≤ "
        "cH, α² = μ/(L_max c) and δ = α/μ; for c one may take N times the largest leverage of a row, so N "
        "will do for any rows of norm 1, and is exact where there are as many as unknowns. In the slowest "
        "mode the expectation of v shrinks by exactly 1 - α, so the factor of the mean square lies between "
        "(1 - α)² and 1 - α. These are the limits of the parameters of Nesterov's accelerated coordinate "
        "descent of 2012 on AA', in other coordinates; the method of Allen-Zhu and others differs from it "
        "by a relative 1/(2N√κ_CD) in its parameters, and in its rate by less. Computed from the source's "
        "first form, with the iterates w and u, the rate loses its digits as κ_CD grows: it hangs on the "
        "difference of two steps that are nearly equal.",
        predictions=[
            expected,
            from_slowest,
            attained,
            band,
            replace(band, instances=large, quick=False, label="up to 131072 unknowns"),
            Rate(
                within=((1 - general) ** N, (1 - general) ** (N / 2)),
                average="exact",
                method=MaSS(),
                instances=tall,
                label="more samples than unknowns",
            ),
            scaling,
            over_sgd,
            same,
        ],
        rivals=[
            Rival("SGD", method=SGD(step=1 / L_max), of="Rate"),
            Rival(
                "no compensation: Nesterov's momentum",
                method=square._replace(long=1 / (L_max * pace)),
                of="Rate",
            ),
            Rival("half the long step", method=square._replace(long=square.long / 2), of="Rate"),
            Rival("half as long again", method=square._replace(long=3 * square.long / 2), of="Rate"),
            Rival("tuned for κ instead of κ_CD", method=tuned_for(kappa), of="Rate"),
            Rival("tuned for a quarter of κ_CD", method=tuned_for(kappa_CD / 4), of="Rate"),
            Rival("1 - α is attained", Rate((1 - pace) ** (N / 2), average="exact")),
            Rival("(1 - α)² is attained", Rate((1 - pace) ** N, average="exact")),
            Rival(
                "without the factor 2",
                replace(from_slowest, expression=(1 - pace) ** (N * t) * R**2),
            ),
            Rival(
                "nothing lags behind in the slowest mode",
                replace(attained, side="upper", expression=(1 - pace) ** (N * t) * R),
            ),
            Rival("a constant times SGD", replace(over_sgd, within=(0, 2))),
            Rival("twice as fast as SGD again", replace(over_sgd, within=(sp.sqrt(kappa) / 2, sp.oo))),
            Rival("faster than accelerated coordinate descent", replace(same, within=(1 + pace, sp.oo))),
            Rival("κ_CD as without momentum", replace(scaling, expression=kappa_CD * sp.log(1 / epsilon))),
            Rival("√κ instead of √κ_CD", replace(scaling, expression=sp.sqrt(kappa) * sp.log(1 / epsilon))),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="accelerated-kaczmarz",
        title="The accelerated Kaczmarz method is as fast as accelerated coordinate descent on AA'",
        source=Source("liuwright2016"),
        also=[Source("nesterov2012")],
        statement="On consistent least squares with N rows of norm 1, the accelerated Kaczmarz method "
        "shrinks the expected |x - x*|² to at most 4/((1 + √σ/(2N))^{k+1} - (1 - √σ/(2N))^{k+1})² of its "
        "start in k steps, σ the smallest eigenvalue of A'A: about (1 - √σ/N)^k, where the Kaczmarz method "
        "has (1 - σ/N)^k. In the slowest mode it shrinks by no more than (1 - √σ/N)² a step.",
        method=AcceleratedKaczmarz(),
        instances=few_designs,
        epochs=7 * sp.sqrt(kappa_CD),
        premises=[UNIT_ROWS, INTERPOLATION],
        survey="mixed",
        remark="Nesterov's argument with the errors measured as the source measures them: a_k²|x - x*|² + "
        "b_k²(x - x*)'(A'A)⁻¹(x - x*), the second of v, does not rise in expectation; at the start a = 0 "
        "and b = 2, and (x - x*)'(A'A)⁻¹(x - x*) ≤ R²/σ. The lower bound is derived: the expectation of v "
        "in the slowest mode is multiplied by 1 - γσ/N with γ below its limit 1/√σ, and that of x by no "
        "less than the smaller of this and 1 - σ/N.",
        predictions=[
            projections,
            replace(projections, instances=few_slow_designs, label="slowest start"),
            replace(projections, instances=tall, epochs=8, label="more samples than unknowns"),
            kaczmarz_slowest,
        ],
        rivals=[
            Rival("Kaczmarz", method=Kaczmarz(), of="slowest start"),
            Rival(
                "the square of the rate",
                replace(
                    projections,
                    expression=kaczmarz_bound**2 / R**2,
                    instances=few_slow_designs,
                ),
            ),
            Rival(
                "a sixth of the bound",
                replace(projections, expression=kaczmarz_bound / 6, instances=few_slow_designs),
            ),
            Rival("no acceleration", replace(kaczmarz_slowest, expression=(1 - mu) ** (N * t / 2) * R)),
            Rival("sixteen times σ", method=AcceleratedKaczmarz(convexity=16 * N * mu), of="slowest start"),
        ],
    ),
]
