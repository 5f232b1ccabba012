r"""The survey's third class: what is true of "they rely much less on kappa", and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import BFGS, LBFGS, BarzilaiBorwein1, BarzilaiBorwein2, ConjugateGradient, HeavyBall
from theorems import barzilai_borwein, quasi_newton
from theorems.predictions import Bound, Counterexample, Open, Statement
from theorems.symbols import L, gap, horizon, kappa, mu, n
from theorems.theorem import Rival, Source, Theorem

long_step, unit_step = BarzilaiBorwein1(), quasi_newton.unit_step
below_quarter = Statement("the exponent of κ is below 1/4", "largest exponent", -np.inf, 0.25)
below = Statement("the exponent of κ is below 3/4", "largest exponent", -np.inf, 0.75)
above = Statement("the exponent of κ is above 3/4", "largest exponent", 0.75, np.inf)


def of_steps(statement: Statement, label: str, **changes: Any) -> Open:
    """A statement about the long Barzilai-Borwein step from random starts."""
    return replace(barzilai_borwein.question(label, long_step, (statement,)), **changes)


def of_pairs(statement: Statement, label: str, **changes: Any) -> Open:
    """A statement about L-BFGS with one pair from random starts."""
    return replace(quasi_newton.question(1, (statement,)), label=label, **changes)


def of_matrix(statement: Statement, label: str) -> Open:
    """A statement about BFGS with ten unknowns, whose epochs are counted from the start."""
    return Open(
        statements=[statement], method=unit_step, instances=quasi_newton.ladder, between=(1, 1e-8),
        epochs=n * sp.log(kappa), seeds=3, label=label,
    )  # fmt: skip


def in_krylov_space(method: Any, label: str, share: Any = 1, **changes: Any) -> Bound:
    """Where conjugate gradients are slowest, the method's gap beside theirs, before n epochs."""
    return replace(
        Bound(gap, share * quasi_newton.attained, side="lower", at="end", method=method, label=label),
        instances=quasi_newton.hardest, epochs=horizon, **changes,
    )  # fmt: skip


theorems = [
    Theorem(
        name="second-order-like-methods",
        title="Believed: Barzilai-Borwein steps and quasi-Newton methods rely much less on κ",
        source=Source("sun2020", "appendix"),
        also=[Source("lisun2021"), Source("nazareth1979"), Source("rodomanovnesterov2021")],
        statement="Than gradient descent they do, from random starts. Than √κ they do not: Barzilai-Borwein "
        "steps and L-BFGS grow like √κ there too, the former like κ in the worst case, and in the first n "
        "epochs none is faster than conjugate gradients. BFGS alone is free of powers of κ, through n: it "
        "needs up to n log κ epochs.",
        method=long_step,
        survey="second order",
        belief=True,
        remark="All of them move in the Krylov space of the first gradient, so that the lower bound with √κ "
        "is theirs as long as t < n. What leaves that bound behind is n: a matrix of n² numbers that has "
        "seen n directions, or few unknowns. Measured from random starts on log-spaced spectra.",
        predictions=[
            of_steps(below_quarter, "Barzilai-Borwein, as believed", expect="REFUTED"),
            of_pairs(below_quarter, "L-BFGS, as believed", expect="REFUTED"),
            in_krylov_space(
                unit_step, "BFGS, as believed", sp.Rational(9, 10), side="upper", expect="REFUTED"
            ),
            Counterexample(
                belief=barzilai_borwein.BELIEF,
                witness=barzilai_borwein.long_orbit,
                method=BarzilaiBorwein1(first=2 / (L + mu)),
                label="Barzilai-Borwein, worst case",
            ),
            in_krylov_space(long_step, "long step, before n epochs"),
            in_krylov_space(BarzilaiBorwein2(), "short step, before n epochs"),
            in_krylov_space(LBFGS(), "L-BFGS, before n epochs"),
            in_krylov_space(BFGS(), "BFGS, before n epochs"),
            of_steps(below, "Barzilai-Borwein, what holds"),
            of_pairs(below, "L-BFGS, what holds"),
            of_matrix(below_quarter, "BFGS, what holds"),
        ],
        rivals=[
            Rival("Barzilai-Borwein steps grow like gradient descent", of_steps(above, "")),
            Rival("L-BFGS grows like gradient descent", of_pairs(above, "")),
            Rival(
                "BFGS grows like a root of κ",
                of_matrix(Statement("above 1/4", "smallest exponent", 0.25, np.inf), ""),
            ),
            Rival(
                "conjugate gradients cannot attain the lower bound",
                in_krylov_space(ConjugateGradient(), "", sp.Rational(11, 10)),
            ),
            Rival("the heavy ball is faster", in_krylov_space(HeavyBall(), "", side="upper")),
            Rival(
                "every first step is slow",
                method=BarzilaiBorwein1(first=1 / L),
                of="Barzilai-Borwein, worst case",
            ),
        ],
    ),
]
