r"""Coordinates drawn in proportion to their curvature: 1 - mu/trace a step, and when that is no gain."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import RandomizedCoordinateDescent, WeightedCoordinateDescent
from solvers.problems.scaled_families import scaled_coordinates, two_blocks
from theorems.predictions import Bound, Rate, SpeedUp
from theorems.symbols import Delta, L_min, R, distance, gap, kappa_CD, mu, n, t
from theorems.theorem import Rival, Source, Theorem

scaled = scaled_coordinates(8, kappa_CD=(16, 256), gain=(2, 5), spread=(1, 4, 25))
slowest = scaled_coordinates(8, kappa_CD=(16, 256), gain=(2, 5), spread=(1, 4, 25), start="slowest")

# mu / trace
published = 1 - 1 / (n * kappa_CD)
contraction = 1 - 2 / (n * kappa_CD * (1 + mu / L_min))
# The smallest curvature of the family is 1; a measure knows no constant of an instance.
potential = gap + distance**2 / 2

upper = Bound(gap, published ** (n * t) * Delta, average="exact", label="published")
sharp = Bound(
    potential,
    contraction ** (n * t) * (Delta + R**2 / 2),
    average="exact",
    instances=slowest,
    label="potential",
    quick=False,
)
band = Rate(within=(published**n, contraction ** (n / 2)), average="exact")

# ---------------------------------------------------------------- against uniform drawing

uniform = RandomizedCoordinateDescent()
hard_where_steep = two_blocks(8, heavy=(0.99,), light=(0.0,), scale=(4,))
hard_where_flat = two_blocks(8, heavy=(0.0,), light=(0.99,), scale=(4,))
tenth = sp.Rational(1, 10)

theorems = [
    Theorem(
        name="weighted-coordinate-descent",
        title="Coordinates drawn in proportion to curvature: a contraction by 1 - μ/trace a step",
        source=Source("leventhallewis2010"),
        also=[Source("nesterov2012")],
        statement="Exact minimisation along coordinate i, drawn with probability Q_ii/trace Q, shrinks the "
        "expected gap by 1 - μ/trace Q in every step. The expectation of f - f* + d|x - x*|²/2, with d the "
        "smallest curvature, shrinks by 1 - 2μ/((1 + μ/d) trace Q), and the mean-square factor lies between "
        "(1 - μ/trace Q)² and that.",
        method=WeightedCoordinateDescent(),
        instances=scaled,
        epochs=6 * kappa_CD,
        survey="decomposition",
        assumptions=["the scale is chosen so that the smallest curvature, for the potential, is 1"],
        remark="The potential is derived. In the coordinates Q^(1/2)(x - x*) a step is a projection along "
        "Q^(1/2) u_i, so the method is Kaczmarz's with rows drawn by their norms; with a unit diagonal it is "
        "plain randomised coordinate descent, and the potential is the one of that theorem. As there, the "
        "published factor is half of the truth in the exponent.",
        predictions=[
            upper,
            replace(upper, instances=slowest, label="slowest start", quick=False),
            sharp,
            band,
        ],
        rivals=[
            Rival("coordinates drawn uniformly", method=WeightedCoordinateDescent(0), of="Rate"),
            Rival(
                "coordinates drawn by the square of the curvature",
                method=WeightedCoordinateDescent(2),
                of="Rate",
            ),
            Rival("root of the curvature", method=WeightedCoordinateDescent(sp.Rational(1, 2)), of="Rate"),
            Rival(
                "the published factor is attained", Rate(published ** (n / 2), average="exact", label="half")
            ),
            Rival(
                "the gap falls by 1 - 2μ/trace from the start",
                replace(
                    upper,
                    instances=slowest,
                    expression=(1 - 2 / (n * kappa_CD)) ** (n * t) * Delta,
                    quick=False,
                ),
            ),
            Rival(
                "a potential with 25 times the smallest curvature",
                replace(
                    sharp,
                    measure=gap + 25 * distance**2 / 2,
                    expression=(1 - 2 / (n * kappa_CD * (1 + mu / 25))) ** (n * t) * (Delta + 25 * R**2 / 2),
                ),
            ),
        ],
    ),
    Theorem(
        name="importance-sampling-always-faster",
        title="Belief: drawing coordinates in proportion to their curvature makes coordinate descent faster",
        source=Source("nesterov2012"),
        also=[Source("leventhallewis2010")],
        statement="Steep coordinates deserve more attention, so importance sampling is never slower than "
        "uniform drawing. With exact minimisation along a coordinate, uniform drawing sees the matrix scaled "
        "to a unit diagonal, and importance sampling Q itself: which one is faster depends on where the slow "
        "mode lives.",
        method=WeightedCoordinateDescent(),
        instances=hard_where_flat,
        belief=True,
        survey="decomposition",
        remark="The sources give the rates of both and do not say this. Two blocks of four coordinates, the "
        "one four times as steep as the other, one of them hard (correlations 99/100). A step falls into "
        "the steep block with probability 4/5 in place of 1/2: 8/5 times the pace if that is the hard one, "
        "2/5 if it is the other. For gradient steps with one common length, which are not tried here, "
        "importance sampling does help.",
        predictions=[
            SpeedUp(uniform, (1, n), expect="REFUTED", label="hard where flat"),
            SpeedUp(
                uniform,
                ((1 - tenth) * sp.Rational(2, 5), (1 + tenth) * sp.Rational(2, 5)),
                label="two fifths of the pace",
            ),
            SpeedUp(
                uniform,
                ((1 - tenth) * sp.Rational(8, 5), (1 + tenth) * sp.Rational(8, 5)),
                instances=hard_where_steep,
                label="hard where steep",
            ),
            SpeedUp(
                uniform,
                (1, 1),
                instances=two_blocks(8, heavy=(0.99,), light=(0.0,), scale=(1,)),
                label="equal curvatures",
            ),
        ],
        rivals=[
            Rival("never slower by more than a half", SpeedUp(uniform, (sp.Rational(1, 2), n))),
            Rival(
                "faster by the ratio of the curvatures", SpeedUp(uniform, (3, 5), instances=hard_where_steep)
            ),
            Rival(
                "square of the curvature", method=WeightedCoordinateDescent(2), of="two fifths of the pace"
            ),
        ],
    ),
]
