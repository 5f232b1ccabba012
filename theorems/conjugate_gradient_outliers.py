r"""Conjugate gradients with a few eigenvalues far above the rest: one step for each, in exact arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import BarzilaiBorwein1, ConjugateGradient, GradientDescent
from solvers.problems import quadratic, spectra
from solvers.problems.families import Family, product
from solvers.problems.instance import Instance
from theorems.facts import within
from theorems.predictions import Bound, Calculation, Fact
from theorems.symbols import Delta, gap, t
from theorems.theorem import Rival, Source, Theorem

#: The eigenvalues that are not outliers lie in [1, INNER]; the factor is that of this interval.
INNER = 100
FACTOR = sp.Rational(9, 11)
#: With 500 digits nothing changes. With 150 the outliers come back: rounding in one that has converged grows
#: by about (outlier/100)^2 a step.
DIGITS = 300


def clustered(outliers: int) -> Instance:
    """40 equally spaced eigenvalues in [1, 100] and so many between 1e5 and 1e7, all with the same energy."""
    eigenvalues = np.r_[spectra.uniform(40, INNER), np.logspace(5, 7, outliers)]
    label = f"40 eigenvalues in [1, {INNER}] and {outliers} outliers from 1e5 to 1e7, equal energies"
    return quadratic.spectrum_of(eigenvalues, label, quadratic.Fixed(tuple(1 / np.sqrt(eigenvalues))))


def worst(outliers: int, steps: int) -> Instance:
    """Chebyshev points in [1, 100] with the worst start for so many steps, and outliers of little energy."""
    inner = spectra.chebyshev(steps + 1, INNER)
    far = np.logspace(6, 8, outliers)
    weights = np.sqrt(np.r_[0.5, np.ones(steps - 1), 0.5]) / inner
    start = quadratic.Fixed((*weights.tolist(), *(1e-4 / np.sqrt(far)).tolist()))
    label = f"{steps + 1} Chebyshev points in [1, {INNER}] and {outliers} outliers from 1e6 to 1e8"
    return quadratic.spectrum_of(np.r_[inner, far], label, start)


def height(instance: Instance, x: Any) -> Any:
    return sum(v * v * mpmath.mpf(e) for v, e in zip(x, instance.problem.eigenvalues.tolist(), strict=True))


def logs(method: Any, instance: Instance, steps: int) -> np.ndarray:
    """ln of the A-norm of the error over its start, after 0, 1, ... steps in arithmetic of many digits."""
    with mpmath.workdps(DIGITS):
        path = exact.iterate(
            method,
            instance.problem,
            instance.start(0),
            steps,
            number=mpmath.mpf,
            constants=instance.constants,
        )
        heights = [height(instance, x) for x in path]
        return np.array([float(mpmath.log(h / heights[0]) / 2) for h in heights])


def log_bound(steps: Any) -> Any:
    """ln 1/T_k((κ+1)/(κ-1)) for the inner interval."""
    decay = steps * np.log(float(FACTOR))
    return np.log(2) + decay - np.log1p(np.exp(2 * decay))


def never_above(method: Any, lost: int) -> list[Fact]:
    """The largest excess of ln error over its bound, with ``lost`` steps an outlier."""
    facts = []
    for outliers in (1, 3, 10):
        instance = clustered(outliers)
        k = np.arange(lost * outliers + 1, 36 + outliers)
        excess = logs(method, instance, k[-1])[k] - log_bound(k - lost * outliers)
        what = f"largest ln(error/bound), {outliers} outlier{'s' * (outliers > 1)}, steps {k[0]} to {k[-1]}"
        facts.append(within(what, excess.max(), -np.inf, 0.0, 0.0))
    return facts


def nearly_attained(method: Any, lost: int) -> list[Fact]:
    """The error over its bound for the worst start, which outliers at infinity would make 1.

    With as many points as steps and one, the optimal polynomial is the one that interpolates, and the gap is
    1/sum l_i(0)^2/w_i, l_i the Lagrange polynomials and w_i the energies. An outlier at o multiplies l_i(0)
    by 1/(1 - lambda_i/o); its own l(0) is about (100/o)^steps, for which 2^-40 is more than enough.
    """
    facts = []
    for outliers, steps in ((1, 10), (3, 20), (10, 40)):
        instance = worst(outliers, steps)
        far = instance.problem.eigenvalues[steps + 1 :]
        energies = instance.problem.eigenvalues * instance.start(0) ** 2
        share = energies[steps + 1 :].sum() / energies.sum()
        least = float(np.prod(1 - INNER / far) * np.sqrt(1 - share)) - 2.0**-40
        ratio = float(
            np.exp(logs(method, instance, steps + outliers)[-1] - log_bound(steps + (1 - lost) * outliers))
        )
        facts.append(
            within(f"error/bound after {steps} + {outliers} steps", ratio, least, 1 + 2.0**-40, least)
        )
    return facts


held = Calculation(
    compute=never_above,
    arguments={"lost": 1},
    rests_on="bound",
    quick=False,
    label="bound",
    ran=f"the method's own steps in {DIGITS}-digit arithmetic on 40 eigenvalues in [1, 100] and outliers",
)
attained = Calculation(
    compute=nearly_attained,
    arguments={"lost": 1},
    rests_on="bound",
    quick=False,
    label="worst start",
    ran=f"the method's own steps in {DIGITS}-digit arithmetic on Chebyshev points and outliers",
)
ten = Family(clustered, product(outliers=[10]), "40 eigenvalues in [1, 100] and 10 between 1e5 and 1e7")

theorems = [
    Theorem(
        name="conjugate-gradient-outliers",
        title="Conjugate gradients spend one step on each outlying eigenvalue",
        source=Source("jennings1977"),
        also=[Source("axelsson1976")],
        statement="If all but p eigenvalues lie in an interval of condition number κ, and the p others above "
        "it, then after k ≥ p steps the A-norm of the error is at most its start divided by the Chebyshev "
        "polynomial T_(k-p)((κ+1)/(κ-1)), in exact arithmetic.",
        method=ConjugateGradient(),
        survey="fast gradient",
        remark="The polynomial with roots at the outliers, times the Chebyshev polynomial of the interval, "
        "is no larger than that on all eigenvalues. Tried with κ = 100 and p = 1, 3, 10, in arithmetic of "
        "300 digits: double precision loses it (conjugate-gradient-outliers-rounded), and 150 digits did. "
        "With the worst start the bound is as tight as one likes, if the outliers are far enough away.",
        predictions=[held, attained],
        rivals=[
            Rival("no step for an outlier", replace(held, arguments={"lost": 0})),
            Rival("two steps for an outlier", replace(attained, arguments={"lost": 2})),
            Rival("gradient descent", method=GradientDescent(), of="bound"),
            Rival("Barzilai-Borwein steps", method=BarzilaiBorwein1(), of="worst start"),
        ],
    ),
    Theorem(
        name="conjugate-gradient-outliers-rounded",
        title="Believed: conjugate gradients spend one step on each outlying eigenvalue on a computer too",
        source=Source("jennings1977"),
        also=[Source("axelsson1976")],
        statement="In double precision the A-norm of the error is at most 2ρ^(k-p), ρ = 9/11 for the "
        "condition number 100 of the other eigenvalues. It is false: rounding brings the outliers back, "
        "again and again, and each time they cost further steps.",
        method=ConjugateGradient(),
        instances=ten,
        epochs=150,
        survey="fast gradient",
        belief=True,
        predictions=[Bound(gap, Delta * (2 * FACTOR ** (t - 10)) ** 2, expect="REFUTED")],
        rivals=[
            Rival("a thousand times the bound", Bound(gap, Delta * (2000 * FACTOR ** (t - 10)) ** 2)),
            Rival("three steps an outlier", Bound(gap, Delta * (2 * FACTOR ** (t - 30)) ** 2)),
        ],
    ),
]
