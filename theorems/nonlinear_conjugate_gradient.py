r"""Nonlinear conjugate gradients: the linear method on quadratics, and what a restart is for elsewhere."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import ConjugateGradient, ExactLineSearch, FletcherReeves, PolakRibiere
from solvers.problems.adaptive_families import log_coshes
from solvers.problems.families import chebyshev_densities, decades
from theorems.predictions import (
    Bound,
    Complexity,
    Counterexample,
    FiniteTermination,
    Identity,
    Open,
    Statement,
    Witness,
)
from theorems.quasi_newton import few, fewest, hardest
from theorems.rivals import wrong_powers
from theorems.splittings import path, where_they_part
from theorems.symbols import Delta, R, distance, epsilon, gap, horizon, kappa, m, rho, t
from theorems.theorem import Rival, Source, Theorem

WORST_CASE = Source("dasguptafreundsuntaylor2025")
NEVER = sp.Integer(10) ** 12  # gradients are never that far from orthogonal

# ---------------------------------------------------------------- quadratics, in rationals

MATRIX = np.array([[4, 1, 0, 0], [1, 3, 1, 0], [0, 1, 2, 1], [0, 0, 1, 5]], dtype=object)
START = [Fraction(v) for v in (1, -2, 3, 1)]
SIZE = len(START)


def same_path(method: Any) -> Witness:
    """The method beside conjugate gradients, to the end of both."""
    mine = path(method, MATRIX, START, SIZE)
    parted = where_they_part(mine, path(ConjugateGradient(), MATRIX, START, SIZE))
    told = f"equal for {SIZE} steps, to the solution" if parted is None else f"they part in step {parted}"
    return Witness(parted is None and not any(mine[-1]), (told,))


PATH = "on a quadratic these methods make other steps than conjugate gradients"

# ---------------------------------------------------------------- families and claims

dense = chebyshev_densities(decades(1, 2.5, per_decade=6), 1e-8)
denser = chebyshev_densities(decades(1, 3.5, per_decade=4), 1e-8)
bent = log_coshes(kappa=(10, 30), n=40, width=(0.1, 1e-3))
more_bent = log_coshes(kappa=decades(1, 3), n=40, width=(0.1, 1e-3))
ladder = log_coshes(kappa=decades(1, 2.4, per_decade=5), n=40, width=(0.1,))
longer = log_coshes(kappa=decades(1, 4, per_decade=4), n=60, width=(0.1, 1e-3))

# a step costs two epochs: its gradient, and its line search
one_over_T = 2 * rho ** (t / 2) / (1 + rho**t)
attained = Delta * one_over_T**2
scaling = Complexity(
    sp.sqrt(kappa) / 2 * sp.log(1 / epsilon),
    leading=True,
    measure=gap,
    between=(1e-4, 1e-16),
    instances=dense,
    full=denser,
    epochs=40 * sp.sqrt(kappa) + 100,
    seeds=1,
)
root = sp.sqrt(kappa)
arrived = Bound(
    distance, R / 10**8, at="end", instances=bent, full=more_bent, epochs=25 * root, seeds=2, quick=False
)
not_yet = replace(arrived, side="lower", epochs=10 * root)


below = Statement("the exponent of κ is below 3/4", "largest exponent", -np.inf, 0.75)
above = Statement("it is above 1/4", "smallest exponent", 0.25, np.inf)


def question(label: str, method: Any, *statements: Statement) -> Open:
    """The open question for one of the two methods."""
    return Open(
        statements=statements, method=method, instances=ladder, full=longer, epochs=60 * root + 100,
        between=(1, 1e-8), seeds=4, label=label,
    )  # fmt: skip


theorems = [
    Theorem(
        name="nonlinear-conjugate-gradient",
        title="On quadratics nonlinear conjugate gradients are conjugate gradients",
        source=Source("fletcherreeves1964"),
        also=[Source("polakribiere1969"), Source("powell1977")],
        statement="With exact line search the methods of Fletcher and Reeves and of Polak and Ribière make "
        "the steps of conjugate gradients on a quadratic, where successive gradients are orthogonal and "
        "Powell's restart never comes: √κ/2 log(1/ε) steps, and no more than distinct eigenvalues.",
        method=FletcherReeves(),
        instances=few,
        survey="fast gradient",
        remark="A line search is counted as a second epoch of every step.",
        predictions=[
            Counterexample(belief=PATH, witness=same_path, label="Fletcher-Reeves"),
            Counterexample(belief=PATH, witness=same_path, method=PolakRibiere(), label="Polak-Ribière"),
            FiniteTermination(m, label="Fletcher-Reeves"),
            FiniteTermination(m, method=PolakRibiere(), label="Polak-Ribière"),
            Identity(gap, attained, instances=hardest, epochs=2 * horizon, at="end", label="worst start"),
            Identity(
                gap,
                attained,
                instances=hardest,
                epochs=2 * horizon,
                at="end",
                method=PolakRibiere(),
                label="worst start, Polak-Ribière",
            ),
            scaling,
        ],
        rivals=[
            Rival("restarted in every step", method=FletcherReeves(sp.Integer(0)), of="worst start"),
            Rival("steepest descent", method=ExactLineSearch(), of="Fletcher-Reeves"),
            Rival(
                "restarted in every step, by its path",
                method=FletcherReeves(sp.Integer(0)),
                of="Fletcher-Reeves",
            ),
            Rival(
                "line searches that are free",
                Identity(
                    gap,
                    Delta * (2 * rho**t / (1 + rho ** (2 * t))) ** 2,
                    instances=hardest,
                    epochs=2 * horizon,
                    at="end",
                ),
            ),
            Rival("one step fewer", FiniteTermination(m - 1, instances=fewest)),
            Rival("one step more", FiniteTermination(m + 1, instances=fewest)),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="nonlinear-conjugate-gradient-restarted",
        title="Open: with Powell's restart nonlinear conjugate gradients behave like √κ beyond quadratics",
        source=Source("powell1977"),
        also=[WORST_CASE],
        statement="On log-cosh functions, whose curvature grows from 1 to κ near the solution, "
        "Fletcher-Reeves and Polak-Ribière with Powell's restart reach 1e-8 of the start after 10√κ to 25√κ "
        "epochs. In the worst case nothing of the kind is known.",
        method=FletcherReeves(),
        instances=bent,
        survey="fast gradient",
        remark="A measurement, with forty unknowns and up to κ = 1000; where n is below √κ they end earlier. "
        "Among all smooth and strongly convex functions the second source has examples on which these "
        "methods are no faster than steepest descent with exact line search.",
        predictions=[
            replace(arrived, label="by 25√κ"),
            replace(not_yet, label="not by 10√κ"),
            replace(arrived, method=PolakRibiere(), label="by 25√κ, Polak-Ribière"),
            question("Fletcher-Reeves", FletcherReeves(), below),
            question("Polak-Ribière", PolakRibiere(), below, above),
        ],
        rivals=[
            Rival("by 10√κ", replace(not_yet, side="upper")),
            Rival("not by 25√κ", replace(arrived, side="lower")),
            Rival("Fletcher-Reeves without a restart", method=FletcherReeves(NEVER), of="by 25√κ"),
            Rival("restarted in every step", method=FletcherReeves(sp.Integer(0)), of="by 25√κ"),
            Rival(
                "exponent of gradient descent",
                question("", FletcherReeves(), Statement("above 3/4", "largest exponent", 0.75, np.inf)),
            ),
            Rival(
                "exponent below a quarter",
                question("", PolakRibiere(), Statement("below 1/4", "smallest exponent", -np.inf, 0.25)),
            ),
        ],
    ),
    Theorem(
        name="fletcher-reeves-without-restart",
        title="Believed: Fletcher-Reeves needs no restart",
        source=Source("powell1977"),
        also=[Source("fletcherreeves1964")],
        statement="Near its solution a smooth function is almost a quadratic, so the method keeps the √κ of "
        "conjugate gradients. It does not: a direction that has become bad stays bad, and only the restart "
        "brings back what 25√κ epochs are enough for.",
        method=FletcherReeves(NEVER),
        instances=bent,
        survey="fast gradient",
        belief=True,
        remark="Polak-Ribière, cut off at zero, restarts by itself where a step was short, and does without.",
        predictions=[
            replace(arrived, expect="REFUTED", label="without"),
            replace(arrived, method=FletcherReeves(), label="with"),
            replace(arrived, method=PolakRibiere(NEVER), label="Polak-Ribière without"),
        ],
        rivals=[
            Rival("with a restart it is as slow", replace(arrived, side="lower", method=FletcherReeves())),
            Rival("steepest descent", method=FletcherReeves(sp.Integer(0)), of="with"),
        ],
    ),
]
