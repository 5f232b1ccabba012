r"""The longest constant steps that contract in mean square, and the pace up to there."""

from __future__ import annotations

from typing import Any

import sympy as sp

from solvers.methods import SAG, SAGA, SGD, LooplessSVRG, RandomizedCoordinateDescent
from solvers.problems.sampled_families import (
    coordinates,
    flat_designs,
    samples,
)
from solvers.problems.scaled_families import two_levels
from theorems.predictions import Rate, SpeedUp
from theorems.symbols import gain, kappa_CD
from theorems.theorem import Rival, Source, Theorem

SIZE = 131072
equal = flat_designs(SIZE, kappa_CD=(1,), gain=(1,))
# Eigenvalues 1/4 and 7/4, half and half.
unequal = two_levels(SIZE, low=(0.25,))
margin = sp.Rational(1, 500)
golden = (sp.sqrt(5) - 1) / 2


def stable(method: Any, label: str, quick: bool = False, **changes: Any) -> Rate:
    return Rate(within=(0, 1), average="exact", method=method, label=label, quick=quick, **changes)


def unstable(method: Any, label: str, quick: bool = False, **changes: Any) -> Rate:
    return Rate(within=(1, sp.oo), average="exact", method=method, label=label, quick=quick, **changes)


def edge(method: type, step: Any, label: str, **changes: Any) -> tuple[Rate, Rate]:
    """Stable a little below this step, unstable a little above."""
    return (
        stable(method((1 - margin) * step), f"{label}, below", **changes),
        unstable(method((1 + margin) * step), f"{label}, above", **changes),
    )


dense = coordinates(8, kappa_CD=(4, 64), gain=(1.5, 5))
dense_rows = samples(dense)

# ---------------------------------------------------------------- pace

many = flat_designs(SIZE, kappa_CD=(64, 1024), gain=(2, 1000))
exact_minimisation = RandomizedCoordinateDescent()


def pace(method: Any, ratio: Any, label: str) -> SpeedUp:
    """How many times fewer epochs than coordinate descent, whose relaxation is 1."""
    slack = 1 / kappa_CD
    return SpeedUp(
        exact_minimisation,
        (ratio * (1 - slack), ratio * (1 + slack)),
        method=method,
        label=label,
        quick=False,
    )


rational = sp.Rational
saga = pace(SAGA(rational(1, 3)), rational(1, 3), "SAGA, step 1/3")
# A step costs three component gradients on average: one pass for the snapshot in N steps, and two a step.
loopless = pace(LooplessSVRG(rational(1, 6)), rational(1, 18), "loopless SVRG, step 1/6")

theorems = [
    Theorem(
        name="mean-square-stability",
        title="In mean square coordinate descent is stable to 2, SAG to 1, SAGA to at least 0.618",
        source=Source("sun2020", "appendix"),
        also=[
            Source("defaziobachlacostejulien2014"),
            Source("schmidtlerouxbach2017"),
            Source("kovalevhorvathrichtarik2020"),
        ],
        statement="For many unit rows of which none dominates, in units of 1/L_max: SGD and coordinate "
        "descent contract in mean square below the step 2, and SAG below 1, whatever the spectrum is; SAGA "
        "where the mean of γλ + γλ/(1 + γλ) over the eigenvalues (of mean 1) is below 1, and loopless SVRG "
        "with chance 1/N where that of (γλ)²/(1 + γλ) is. If all eigenvalues are equal these are the golden "
        "section 0.618 and its inverse 1.618.",
        method=SAGA(golden),
        instances=equal,
        survey="decomposition",
        remark="Derived, as the limit of the secular equation of the second moment when the number of "
        "samples grows and no eigenvalue takes a share of the trace. For SGD and coordinate descent it "
        "holds for any number: a step changes the expected |x - x*|² by -2γ(2 - γ) times the gap. On the "
        "unequal spectrum, 1/4 and 7/4, the equations give 0.6609 for SAGA and 1.4982 for loopless SVRG. "
        "Beyond the limit the mean square grows although almost every run may converge.",
        predictions=[
            *edge(SAGA, golden, "SAGA"),
            *edge(LooplessSVRG, 1 / golden, "loopless SVRG"),
            *edge(SAG, sp.Integer(1), "SAG"),
            *edge(SGD, sp.Integer(2), "SGD"),
            *edge(SAGA, rational(6609, 10000), "SAGA, unequal", instances=unequal),
            *edge(LooplessSVRG, rational(14982, 10000), "loopless SVRG, unequal", instances=unequal),
            *edge(SAG, sp.Integer(1), "SAG, unequal", instances=unequal),
            *edge(SGD, sp.Integer(2), "SGD, eight samples", instances=dense_rows, quick=True),
            *edge(
                RandomizedCoordinateDescent,
                sp.Integer(2),
                "coordinate descent, eight unknowns",
                instances=dense,
                quick=True,
            ),
        ],
        rivals=[
            Rival("SAGA up to two thirds", stable(SAGA(rational(2, 3)), "rival")),
            Rival("SAGA up to one half only", unstable(SAGA(rational(1, 2)), "rival")),
            Rival("SAGA as SAG", stable(SAGA(rational(99, 100)), "rival")),
            Rival("SAG as SAGA", unstable(SAG(rational(2, 3)), "rival")),
            Rival("SAG as SGD", stable(SAG(rational(3, 2)), "rival")),
            Rival("loopless SVRG as SGD", stable(LooplessSVRG(rational(19, 10)), "rival")),
            Rival(
                "SAGA on unequal eigenvalues up to the golden section only",
                unstable(SAGA((1 + margin) * golden), "rival", instances=unequal),
            ),
            Rival(
                "loopless SVRG on unequal eigenvalues up to 1.618",
                stable(LooplessSVRG((1 - margin) / golden), "rival", instances=unequal),
            ),
            Rival(
                "SGD up to 1 only", unstable(SGD(rational(3, 2)), "rival", instances=dense_rows, quick=True)
            ),
        ],
    ),
    Theorem(
        name="slow-mode-law",
        title="Every method with step γ needs κ_CD/(2γ) passes over the samples for a factor e of the gap",
        source=Source("sun2020", "appendix"),
        also=[
            Source("defaziobachlacostejulien2014"),
            Source("schmidtlerouxbach2017"),
            Source("kovalevhorvathrichtarik2020"),
        ],
        statement="In the long run and for small μ, what a method does is decided by its slowest mode, "
        "where the expected squared error loses 2γμ in a step of length γ/L_max, variance reduction or not, "
        "and whatever the largest eigenvalue is. So in N steps coordinate descent with relaxation 19/10 is "
        "19/10 times as fast as with exact minimisation, SAGA with step 1/3 a third, SAG with step 1/16 a "
        "sixteenth.",
        method=SGD(rational(1, 2)),
        instances=many,
        survey="decomposition",
        remark="The best constant step is therefore just below the edge of stability: 2 for coordinate "
        "descent and SGD, 1 for SAG, 0.618 to 1 for SAGA, and for loopless SVRG 1 to 1.618, where a step "
        "costs three component gradients. For SGD and coordinate descent the law follows from the band of "
        "their theorems; for the others it is what the exact factors show. SAG is a little faster, by "
        "γ/κ_CD. At the identity there is no slow mode, and SAGA with step 1/3 needs 2.3 times the steps of "
        "SGD, not three times.",
        predictions=[
            pace(RandomizedCoordinateDescent(rational(19, 10)), rational(19, 10), "relaxation 19/10"),
            pace(SGD(rational(1, 2)), rational(1, 2), "SGD, step 1/2"),
            pace(SGD(rational(3, 2)), rational(3, 2), "SGD, step 3/2"),
            saga,
            pace(SAGA(rational(3, 5)), rational(3, 5), "SAGA, step 3/5"),
            pace(SAG(rational(1, 16)), rational(1, 16), "SAG, step 1/16"),
            pace(SAG(rational(9, 10)), rational(9, 10), "SAG, step 9/10"),
            loopless,
            pace(LooplessSVRG(rational(3, 2)), rational(1, 2), "loopless SVRG, step 3/2"),
            SpeedUp(
                SGD(1),
                (rational(43, 100), rational(44, 100)),
                method=SAGA(rational(1, 3)),
                instances=equal,
                label="SAGA at the identity",
                quick=False,
            ),
        ],
        rivals=[
            Rival("SAGA as fast as coordinate descent", pace(SAGA(rational(1, 3)), 1, "rival")),
            Rival("SAGA with half of its step as fast", method=SAGA(rational(1, 6)), of=saga.label),
            Rival(
                "loopless SVRG where a step costs one gradient", pace(LooplessSVRG(), rational(1, 6), "rival")
            ),
            Rival("SAG at a fifteenth", pace(SAG(rational(1, 16)), rational(1, 15), "rival")),
            Rival(
                "faster where the gain is large", SpeedUp(exact_minimisation, (gain / 4, gain), quick=False)
            ),
            Rival(
                "a third at the identity",
                SpeedUp(
                    SGD(1),
                    (rational(32, 100), rational(34, 100)),
                    method=SAGA(),
                    instances=equal,
                    quick=False,
                ),
            ),
        ],
    ),
]
