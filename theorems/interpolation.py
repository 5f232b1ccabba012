r"""Square systems interpolate: SGD, Kaczmarz and coordinate descent are one method there."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import SAGA, SGD, Kaczmarz, RandomizedCoordinateDescent
from solvers.problems.least_squares import LeastSquares
from solvers.problems.quadratic import Quadratic
from solvers.problems.sampled_families import INTERPOLATION, coordinates, flat_designs, samples
from solvers.problems.scaled_families import scaled_rows
from theorems.predictions import Counterexample, SpeedUp, Witness
from theorems.symbols import L_max
from theorems.theorem import Rival, Source, Theorem

projection = SGD(step=1 / L_max)
flat = flat_designs(131072, kappa_CD=(16, 4096), gain=(2, 1000))
dense = samples(coordinates(8, kappa_CD=(16, 256), gain=(1.5, 5)))
scaled = scaled_rows(8, 8, spread=(4,))
tight = 1 - sp.Rational(1, 10**9), 1 + sp.Rational(1, 10**9)

ROWS = np.array(
    [
        [Fraction(1), Fraction(0), Fraction(0)],
        [Fraction(3, 5), Fraction(4, 5), Fraction(0)],
        [Fraction(2, 3), Fraction(2, 3), Fraction(1, 3)],
    ]
)


def on_the_same_path(method: Any) -> Witness:
    """All 81 sequences of four draws, on three unit rows A and on Q = AA', from x = A'y."""
    y = np.array([Fraction(1), Fraction(-2), Fraction(3)])
    system = LeastSquares(ROWS, np.array([Fraction(0)] * 3))
    quadratic = Quadratic(ROWS @ ROWS.T)
    same, total = 0, Fraction(0)
    for draws in itertools.product(range(3), repeat=4):
        of_rows = exact.iterate(method, system, ROWS.T @ y, 4, constants={L_max: 1}, draws=draws)
        of_coordinates = exact.iterate(RandomizedCoordinateDescent(), quadratic, y, 4, draws=draws)
        pairs = list(zip(of_rows, of_coordinates, strict=True))
        same += all((x == ROWS.T @ z).all() for x, z in pairs)
        total += sum(pairs[-1][0] ** 2) / 81
    return Witness(
        holds=same == 81,
        lines=(
            "rows (1, 0, 0), (3/5, 4/5, 0), (2/3, 2/3, 1/3), and Q = AA'",
            f"{same} of 81 sequences of four draws: the iterate of SGD is A' times that of coordinate "
            "descent after every step, so that |x - x*|² is twice its gap",
            f"the expectation of both after four steps: {total}, from {sum((ROWS.T @ y) ** 2)}",
        ),
    )


theorems = [
    Theorem(
        name="square-systems-interpolate",
        title="With as many samples as unknowns SGD, Kaczmarz and coordinate descent are one method",
        source=Source("leventhallewis2010"),
        also=[Source("strohmervershynin2009"), Source("sun2020", "appendix")],
        statement="If A is square and invertible with rows of norm 1, every sample can be fitted and there "
        "is no gradient noise at the solution. SGD with step 1/L_max is the Kaczmarz method, and its "
        "iterates are A' times those of coordinate descent on Q = AA' for the same draws: |x - x*|² is "
        "twice the gap of the latter, and the rates are equal, whatever Q is. Variance reduction has "
        "nothing to reduce and only loses its factor 1/γ.",
        method=projection,
        instances=dense,
        premises=[INTERPOLATION],
        survey="decomposition",
        remark="So a comparison of variance reduction with SGD needs residuals, and more samples than "
        "unknowns; where the survey compares coordinate descent, SVRG and SAGA on square systems, plain SGD "
        "is the fastest of them.",
        predictions=[
            SpeedUp(projection, tight, method=Kaczmarz(), label="Kaczmarz"),
            SpeedUp(
                projection,
                tight,
                method=RandomizedCoordinateDescent(),
                instances=flat,
                label="coordinate descent",
                quick=False,
            ),
            SpeedUp(
                projection,
                (sp.Rational(1, 3), sp.Rational(2, 5)),
                method=SAGA(1 / (3 * L_max)),
                label="SAGA",
            ),
            Counterexample(
                belief="SGD with a constant step on a sum of samples must stall at a noise level, or needs "
                "its variance reduced",
                witness=on_the_same_path,
                label="same path",
                quick=False,
            ),
        ],
        rivals=[
            Rival("rows of different norms", SpeedUp(projection, tight, method=Kaczmarz(), instances=scaled)),
            Rival("relaxation 9/10", method=Kaczmarz(sp.Rational(9, 10)), of="Kaczmarz"),
            Rival("SGD with step 9/10", method=SGD(sp.Rational(9, 10) / L_max), of="same path"),
            Rival("SAGA as fast", SpeedUp(projection, (sp.Rational(9, 10), 2), method=SAGA())),
            Rival(
                "coordinate descent with relaxation 11/10",
                method=RandomizedCoordinateDescent(sp.Rational(11, 10)),
                of="coordinate descent",
            ),
        ],
    ),
]
