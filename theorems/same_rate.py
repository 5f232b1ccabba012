r"""How much of coordinate descent's rate SAGA and SVRG keep: the factor 1/step, computed exactly."""

import sympy as sp

from solvers.methods import SAGA, SGD, SVRG, GradientDescent
from solvers.problems.sampled_families import SQUARE_UNIT_ROWS, coordinates, flat_designs, samples
from theorems.predictions import SpeedUp
from theorems.symbols import L, L_max, N, gain, kappa_CD, n
from theorems.theorem import Rival, Source, Theorem

designs = samples(coordinates(8, kappa_CD=(16, 64, 256), gain=(1.5, 3, 6)))
larger_designs = samples(coordinates(16, kappa_CD=(16, 64, 256), gain=(1.5, 3, 6, 12)))
flat = samples(coordinates(8, kappa_CD=(16, 64, 256), gain=(1.5, 2)))

third = sp.Rational(1, 3)
# A round of SVRG's 2N steps costs N + 4N component gradients: 5/2 of a step's.
round_cost = sp.Rational(5, 2)
slack = 1 - 1 / kappa_CD
projection = SGD(step=1 / L_max)
gradient_step = GradientDescent(step=1 / L)

theorems = [
    Theorem(
        name="variance-reduction-keeps-a-third",
        title="SAGA has the rate of coordinate descent up to its step, SVRG up to its step and its passes",
        source=Source("sun2020", "appendix"),
        also=[Source("defaziobachlacostejulien2014"), Source("johnsonzhang2013")],
        statement="On equal-diagonal quadratics, as κ_CD grows, an unbiased method with step γ/L_max loses "
        "2γμ of its expected squared error in a step. So SAGA with step 1/(3 L_max) needs three times the "
        "epochs of randomised coordinate descent, and SVRG, whose 2N steps cost 5N component gradients, "
        "seven and a half times.",
        method=SAGA(),
        instances=designs,
        premises=[SQUARE_UNIT_ROWS],
        survey="decomposition",
        remark="“The same rate” is true of the dependence on κ_CD and not of the constant. The comparison is "
        "with SGD of step 1/L_max, which on these problems is the Kaczmarz method and has the mean-square "
        "factor of coordinate descent. Both factors are exact, from the second moment of each method's own "
        "step; the samples agree at the solution, so there is nothing to be gained from variance reduction.",
        predictions=[
            SpeedUp(projection, (third, third / slack), full=larger_designs, label="SAGA"),
            SpeedUp(
                projection,
                (third / round_cost, third / round_cost / slack),
                method=SVRG(),
                full=larger_designs,
                label="SVRG",
            ),
            SpeedUp(
                projection,
                (third, third / slack),
                instances=flat_designs(131072, kappa_CD=(16, 256, 4096), gain=(2, 1000, 100_000)),
                quick=False,
                label="SAGA on 131072 unknowns",
            ),
        ],
        rivals=[
            Rival("the same constant", SpeedUp(projection, (sp.Rational(9, 10), sp.Rational(11, 10)))),
            Rival("half of it", SpeedUp(projection, (sp.Rational(9, 20), sp.Rational(11, 20)))),
            Rival("SAGA with step 1/(4 L_max)", method=SAGA(step=1 / (4 * L_max)), of="SAGA"),
            Rival("SVRG with inner loops of N", method=SVRG(inner=N), of="SVRG"),
            Rival("passes of SVRG not counted", SpeedUp(projection, (third, third / slack), method=SVRG())),
        ],
    ),
    Theorem(
        name="variance-reduction-never-slower",
        title="Belief: SVRG and SAGA are 1 to n times faster than gradient descent",
        source=Source("sun2020", "appendix"),
        statement="SVRG and SAGA share the rate of coordinate descent, so they are 1 to n times faster than "
        "gradient descent. With the steps of the theory the range is λ_max/(3 λ_avg) for SAGA, from 1/3 to "
        "n/3, and two fifths of that for SVRG.",
        method=SAGA(),
        instances=flat,
        premises=[SQUARE_UNIT_ROWS],
        belief=True,
        survey="decomposition",
        remark="Gradient descent has the step 1/L. The upper end n is out of reach for the same reason.",
        predictions=[
            SpeedUp(gradient_step, (1, n), expect="REFUTED", label="SAGA"),
            SpeedUp(gradient_step, (1, n), method=SVRG(), expect="REFUTED", label="SVRG"),
            SpeedUp(
                gradient_step,
                (third * gain * slack, third * gain),
                instances=designs,
                full=larger_designs,
                label="what holds for SAGA",
            ),
            SpeedUp(
                gradient_step,
                (third * gain * slack / round_cost, third * gain / round_cost),
                method=SVRG(),
                instances=designs,
                full=larger_designs,
                label="what holds for SVRG",
            ),
        ],
        rivals=[
            Rival(
                "λ_max/λ_avg times faster",
                SpeedUp(gradient_step, (gain * slack, gain), instances=designs),
            ),
            Rival("at least half as fast", SpeedUp(gradient_step, (sp.Rational(2, 3), n))),
            Rival(
                "against the best constant step",
                SpeedUp(
                    GradientDescent(), (third * gain * slack, third * gain), instances=designs, label="best"
                ),
            ),
        ],
    ),
]
