r"""SGD with heavy-ball momentum: stable up to 2 (1 - beta^2), and hardly faster than SGD."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import SGD, GradientDescent, HeavyBall, MomentumSGD, NesterovSGD
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance
from solvers.problems.least_squares import least_squares
from solvers.problems.sampled_families import INTERPOLATION
from theorems.predictions import Rate, SpeedUp
from theorems.symbols import L, L_max, kappa, mu
from theorems.theorem import Rival, Source, Theorem


def two_samples(kappa: float) -> Instance:
    """Two orthogonal rows in two unknowns, of norms 1 and kappa^(-1/2): each draw moves one unknown."""
    return least_squares(np.diag([1.0, kappa**-0.5]), f"two orthogonal rows, kappa = {kappa:g}")


def pairs(*kappas: float) -> Family:
    """``two_samples`` for these condition numbers."""
    return Family(
        two_samples, product(kappa=kappas), f"two orthogonal rows, the second shorter, kappa = {span(kappas)}"
    )


half, nine_tenths = sp.Rational(1, 2), sp.Rational(9, 10)


def fraction(part: Any, momentum: Any) -> MomentumSGD:
    """The step is this part of the longest stable one, 2 (1 - momentum^2) / L_max."""
    return MomentumSGD(step=2 * part * (1 - momentum**2) / L_max, momentum=momentum)


# The best pair of step and momentum is close to this one, from kappa = 100 on.
tuned = fraction(1 - 2 / sp.sqrt(kappa), 1 - 2 / sp.sqrt(kappa))
best_sgd = SGD(step=2 * kappa / ((kappa + 1) * L_max))

edge = Rate(1, average="exact", method=fraction(1, half), label="edge at 1/2")
far_edge = replace(edge, method=fraction(1, nine_tenths), label="edge at 9/10")
floor = Rate(within=(1 - 8 / kappa, 1), average="exact", label="floor")
nearly_twice = SpeedUp(best_sgd, (sp.Rational(3, 2), 2), label="tuned")


def pace(momentum: Any) -> SpeedUp:
    """At half of either longest step, momentum multiplies the pace by 1 + momentum."""
    return SpeedUp(
        SGD(step=1 / L_max),
        ((1 + momentum) * sp.Rational(49, 50), (1 + momentum) * sp.Rational(51, 50)),
        method=fraction(half, momentum),
        label=f"momentum {momentum}",
    )


theorems = [
    Theorem(
        name="sgd-momentum",
        title="Heavy-ball momentum makes SGD at most a constant times faster",
        source=Source("kidambi2018"),
        statement="On two samples with orthogonal rows, SGD with step γ and heavy-ball momentum β converges "
        "in mean square for γ < 2(1 - β²)/L_max only, and no step and momentum shrink E|x - x*|² in the long "
        "run by a factor below 1 - 8/κ a step. Well tuned it is between 3/2 and 2 times as fast as SGD with "
        "its best step.",
        method=tuned,
        instances=pairs(1e2, 1e3, 1e4),
        premises=[INTERPOLATION],
        survey="fast gradient",
        remark="Derived for these instances, where each draw moves one unknown. At γ = 2(1 - β²)/L_max the "
        "second moment of the first unknown has the eigenvalue 1. The mean of the second unknown has two "
        "roots: if they are real, the larger one is at least 1 - γL_max/((1 - β)κ), which the limit keeps "
        "above 1 - 4/κ; if they are complex, β itself is above 1 - 8/κ. So the gain is at most about 4 where "
        "κ is large; in all that was computed it is below 2, which it approaches, and no proof of 2 is "
        "offered. At half of either longest step momentum multiplies the pace by 1 + β, to first order in "
        "1/κ.",
        predictions=[
            edge,
            far_edge,
            floor,
            nearly_twice,
            *(replace(pace(momentum), instances=pairs(1e3, 1e4, 1e5)) for momentum in (half, nine_tenths)),
            *(
                SpeedUp(
                    best_sgd,
                    (0, 2),
                    method=fraction(part, momentum),
                    instances=pairs(10, 1e2, 1e3, 1e4),
                    label=f"part {part}, momentum {momentum}",
                    quick=False,
                )
                for part in (half, nine_tenths, sp.Rational(99, 100))
                for momentum in (half, nine_tenths, sp.Rational(99, 100))
            ),
        ],
        rivals=[
            Rival("no gain at all", replace(nearly_twice, within=(0, 1))),
            Rival("three times as fast", replace(nearly_twice, within=(3, sp.oo))),
            Rival("square root of κ", replace(nearly_twice, within=(sp.sqrt(kappa) / 4, sp.oo))),
            Rival("floor 1 - 2/κ", replace(floor, within=(1 - 2 / kappa, 1))),
            Rival("the limit 2(1 - β)", replace(edge, method=MomentumSGD(step=2 * (1 - half) / L_max))),
            Rival("the limit of exact gradients", replace(edge, method=MomentumSGD(step=2 * (1 + half) / L))),
            Rival(
                "step damped by 1 - β",
                replace(edge, method=MomentumSGD(step=2 * (1 - half**2) * (1 - half) / L_max)),
            ),
            Rival(
                "gradient at the extrapolated point",
                replace(edge, method=NesterovSGD(2 * (1 - half**2) / L_max, half)),
            ),
            Rival(
                "the pace of the sum of gradients, 1/(1 - β)",
                replace(pace(half), within=(sp.Rational(49, 25), sp.Rational(51, 25))),
            ),
        ],
    ),
    Theorem(
        name="sgd-momentum-acceleration",
        title="Belief: heavy-ball momentum gives SGD the square root of κ",
        source=Source("kidambi2018"),
        also=[Source("polyak1964")],
        statement="Because heavy ball is √κ times faster than gradient descent, its momentum makes SGD as "
        "much faster. It does with exact gradients; with one sample a step Polyak's step and momentum "
        "diverge on two orthogonal rows, and good ones gain less than a factor 2.",
        method=tuned,
        instances=pairs(1e3, 1e4),
        premises=[INTERPOLATION],
        belief=True,
        survey="fast gradient",
        predictions=[
            SpeedUp(best_sgd, (sp.sqrt(kappa) / 4, sp.oo), expect="REFUTED", label="best"),
            SpeedUp(
                best_sgd,
                (sp.sqrt(kappa) / 4, sp.oo),
                method=MomentumSGD(*HeavyBall()),
                expect="REFUTED",
                label="Polyak",
            ),
            SpeedUp(
                best_sgd,
                (sp.sqrt(kappa) / 4, sp.oo),
                method=fraction(half, 1 - 1 / sp.sqrt(kappa)),
                expect="REFUTED",
                label="half the step",
            ),
            SpeedUp(
                GradientDescent(step=2 / (L + mu)),
                (9 * sp.sqrt(kappa) / 10, 11 * sp.sqrt(kappa) / 10),
                method=HeavyBall(),
                label="exact gradients",
            ),
            SpeedUp(best_sgd, (1, 2), label="at most twice"),
        ],
        rivals=[
            Rival("a fourth root of κ", SpeedUp(best_sgd, (kappa ** sp.Rational(1, 4) / 2, sp.oo))),
            Rival(
                "Polyak's tuning converges",
                Rate(within=(0, 1), average="exact", method=MomentumSGD(*HeavyBall())),
            ),
        ],
    ),
]
