r"""Catalyst: the square root of kappa_CD around coordinate descent and SVRG, if the inner start is right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SVRG, CatalystCoordinateDescent, CatalystSVRG, RandomizedCoordinateDescent
from solvers.problems.families import doublings
from solvers.problems.sampled_families import coordinates, equicorrelations, flat_designs, samples, together
from theorems.predictions import Complexity, Rate, SpeedUp
from theorems.rivals import wrong_powers
from theorems.symbols import L_max, N, distance, epsilon, gain, kappa, kappa_CD, n
from theorems.theorem import Rival, Source, Theorem

# On a unit diagonal, with kappa + mu = lambda_avg, q = mu/lambda_avg = 1/kappa_CD.
root_q = 1 / sp.sqrt(kappa_CD)
beta = (1 - root_q) / (1 + root_q)
passes = 2
around_descent = CatalystCoordinateDescent(1 - 1 / kappa_CD, beta, sp.Integer(passes))
around_svrg = CatalystSVRG(step=1 / (3 * L_max), smoothing=(1 - 1 / kappa_CD) / N, momentum=beta)
from_last = around_descent._replace(ahead=sp.Integer(0))
growing = from_last._replace(passes=2 * sp.log(kappa_CD))

designs = together(coordinates(6, kappa_CD=(16, 256), gain=(2,)), equicorrelations(6, (0.99,)))
large = flat_designs((1024, 131072), kappa_CD=(16, 256, 4096, 65536), gain=(2, 100))
square = together(
    samples(coordinates(6, kappa_CD=(16, 256), gain=(2, 4))), samples(equicorrelations(6, (0.99,)))
)
grid = flat_designs(1024, kappa_CD=doublings(10, 16), gain=(2, 500), start="slowest")


def slowest(left: Any, ahead: bool) -> sp.Expr:
    """The larger root of the mean of a round in the slowest mode, where the inner method leaves this part
    of the distance between its start and the inner solution."""
    moved = (1 - left) * (1 - 1 / kappa_CD)
    if ahead:
        total, product = (moved + left) * (1 + beta), (moved + left) * beta
    else:
        total, product = moved * (1 + beta) + left, moved * beta
    return (total + sp.sqrt(total**2 - 4 * product)) / 2


# A step of coordinate descent takes 1/n of (mu + kappa)/(1 + kappa) = 1/(2 - 1/kappa_CD) off the mean.
descent_left = (1 - 1 / (n * (2 - 1 / kappa_CD))) ** (passes * n)
svrg_left = (1 - 1 / (3 * N)) ** (2 * N)
svrg_cost = 5  # epochs of a round: one full gradient and 2N steps of two component gradients


def near(root: sp.Expr, cost: int, part: sp.Rational, **changes: Any) -> Rate:
    """The factor per epoch has at least this part of the log of the mean's, and no more than all of it."""
    return Rate(within=(root ** sp.Rational(1, cost), root ** (part / cost)), average="exact", **changes)


nine_tenths, nearly_all = sp.Rational(9, 10), sp.Rational(999, 1000)
ahead, behind = slowest(descent_left, True), slowest(descent_left, False)
band = near(ahead, passes, nine_tenths, label="coordinate descent")
scaling = Complexity(
    sp.sqrt(kappa_CD) / (1 - sp.exp(-sp.Rational(passes, 4))) * sp.log(1 / epsilon),
    measure=distance**2,
    against=(kappa_CD, gain),
    between=(1e-20, 1e-160),
    average="exact",
    leading=True,
    instances=grid,
    epochs=1000 * sp.sqrt(kappa_CD),
)
over_descent = SpeedUp(
    RandomizedCoordinateDescent(),
    (sp.sqrt(kappa_CD) / 6, sp.sqrt(kappa_CD) / 4),
    instances=large,
    quick=False,
    label="over coordinate descent",
)
over_svrg = SpeedUp(
    SVRG(), (2 * sp.sqrt(kappa_CD) / 5, 3 * sp.sqrt(kappa_CD) / 5), method=around_svrg, instances=large,
    quick=False, label="over SVRG",
)  # fmt: skip
most = (sp.exp(sp.Rational(passes, 2)) - 1) / passes
no_gain = replace(over_descent, within=(0, most), method=from_last, label="no gain")

theorems = [
    Theorem(
        name="catalyst",
        title="Catalyst makes coordinate descent and SVRG √κ_CD times faster",
        source=Source("linmairalharchaoui2015"),
        also=[Source("linmairalharchaoui2018")],
        statement="On unit-diagonal quadratics, Catalyst with κ = λ_avg - μ around coordinate descent, with "
        "two passes a round from the extrapolated centre, needs √κ_CD/(1 - exp(-1/2)) log(1/ε) epochs to "
        "shrink the expected |x - x*|² by ε, as κ_CD grows. Around SVRG, from the centre too, it is between "
        "2√κ_CD/5 and 3√κ_CD/5 times as fast as SVRG. From the last iterate it needs a number of passes "
        "that grows like log κ_CD, and is then between √κ_CD/(3 log κ_CD) and √κ_CD/(2 log κ_CD) times as "
        "fast.",
        method=around_descent,
        instances=designs,
        assumptions=["unit diagonal, or as many samples with rows of norm 1 as unknowns"],
        survey="mixed",
        remark="Derived. The exact proximal point of y leaves 1 - 1/κ_CD of the slowest mode, and at the "
        "momentum of the source the two roots of a round are 1 - 1/√κ_CD. The inner method leaves the part θ "
        "of the distance between its start and that point, θ about exp(-passes/2) for coordinate descent. "
        "From the centre the roots are those of a step that is 1 - θ times as long, the larger one about "
        "1 - (1 - √θ)/√κ_CD; no factor of the mean square is below its square. That the noise costs "
        "less than a tenth of its log is computed, not proved. The constant grows with the passes: "
        "as few as possible are best, and accelerated coordinate descent does without a centre.",
        predictions=[
            band,
            near(ahead, passes, nearly_all, instances=large, quick=False, label="1024 unknowns and more"),
            near(
                slowest(svrg_left, True),
                svrg_cost,
                nine_tenths,
                method=around_svrg,
                instances=square,
                label="SVRG",
            ),
            scaling,
            over_descent,
            over_svrg,
            replace(
                over_descent,
                method=growing,
                within=tuple(sp.sqrt(kappa_CD) / (part * sp.log(kappa_CD)) for part in (3, 2)),
                label="from the last iterate, growing passes",
            ),
        ],
        rivals=[
            Rival("plain coordinate descent", method=RandomizedCoordinateDescent(), of="coordinate descent"),
            Rival("from the last iterate", method=from_last, of="coordinate descent"),
            Rival(
                "no extrapolation",
                method=around_descent._replace(momentum=sp.Integer(0)),
                of="coordinate descent",
            ),
            Rival(
                "half the smoothing",
                method=around_descent._replace(smoothing=around_descent.smoothing / 2),
                of="coordinate descent",
            ),
            Rival("the rate of exact proximal points", near(1 - root_q, passes, nine_tenths)),
            Rival("constant gain", replace(over_descent, within=(0, 3))),
            Rival("√κ_CD times as fast", replace(over_descent, within=(sp.sqrt(kappa_CD) / 3, sp.oo))),
            Rival("√κ_CD times SVRG", replace(over_svrg, within=(4 * sp.sqrt(kappa_CD) / 5, sp.oo))),
            Rival("κ_CD as without it", replace(scaling, expression=kappa_CD * sp.log(1 / epsilon))),
            Rival("√κ instead of √κ_CD", replace(scaling, expression=sp.sqrt(kappa) * sp.log(1 / epsilon))),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="catalyst-any-start",
        title="Belief: a constant amount of inner work is enough for Catalyst, whatever its start",
        source=Source("linmairalharchaoui2018"),
        also=[Source("linmairalharchaoui2015")],
        statement="Since the inner problem is well conditioned, a constant number of passes on it gives "
        "√κ_CD, from the last iterate as well as from the centre. From the last iterate it gives no "
        "acceleration: with two passes Catalyst is at most (e - 1)/2 times as fast as coordinate descent, "
        "on every κ_CD.",
        method=from_last,
        instances=large,
        assumptions=["unit diagonal"],
        belief=True,
        survey="mixed",
        remark="Derived, with the notation of the theorem on Catalyst. The inner method leaves the part θ "
        "of the extrapolation itself undone, so that the momentum is (1 - θ)β instead of β: as κ_CD grows "
        "the mean of a round shrinks by (1 - θ)/(θκ_CD) only. The later source names the right warm start "
        "as a key; its premise of an accuracy that rises with time asks here for θ of order 1/√κ_CD, that "
        "is log κ_CD passes.",
        predictions=[
            replace(over_descent, expect="REFUTED", label="two passes"),
            replace(
                over_descent,
                method=from_last._replace(passes=sp.Integer(6)),
                within=(sp.sqrt(kappa_CD) / 9, sp.oo),
                expect="REFUTED",
                label="six passes",
            ),
            no_gain,
            near(behind, passes, nearly_all, quick=False, label="the rate"),
            replace(over_descent, method=around_descent, label="from the centre"),
        ],
        rivals=[
            Rival("a fourth root", replace(no_gain, within=(kappa_CD ** sp.Rational(1, 4) / 4, sp.oo))),
            Rival("half of the most", replace(no_gain, within=(0, most / 2))),
            Rival("from the centre", method=around_descent, of="no gain"),
            Rival("the rate of the centre", near(ahead, passes, nearly_all, quick=False)),
        ],
    ),
]
