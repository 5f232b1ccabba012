r"""Barzilai-Borwein steps: how they depend on kappa is open; what is known is on trial."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import BarzilaiBorwein1, BarzilaiBorwein2, ExactLineSearch, GradientDescent
from solvers.problems import spectra
from solvers.problems.families import decades, quadratics
from solvers.problems.quadratic import Spectrum
from theorems.predictions import Bound, Counterexample, Open, Statement, Witness
from theorems.symbols import L, R, distance, kappa, mu, t
from theorems.theorem import Rival, Source, Theorem

GRID = decades(1, 6, per_decade=4)
generic = quadratics(spectra.log_spaced, kappa=GRID, n=[10, 20, 50, 200], start="gaussian gradient")
larger = quadratics(spectra.log_spaced, kappa=GRID, n=[10, 20, 50, 200, 1000], start="gaussian gradient")
low_dimensional = quadratics(spectra.log_spaced, kappa=GRID, n=5, start="gaussian gradient")
ladder = quadratics(spectra.log_spaced, kappa=decades(2, 4), n=50, start="gaussian gradient")

REGISTERED = (
    Statement("the exponent of κ is below 3/4", "largest exponent", -np.inf, 0.75),
    Statement("with ten unknowns or more it is above 1/4", "smallest exponent", 0.25, np.inf),
    Statement("the error is not monotone", "largest rise of ln error", 0.0, np.inf),
)
BUDGET = 1500 * sp.sqrt(kappa) + 1000
BETWEEN = (1e-5, 1e-40)


def question(label: str, method: Any, statements: tuple[Statement, ...] = REGISTERED) -> Open:
    """The open question for one of the two steps."""
    return Open(
        statements=statements, method=method, instances=generic, full=larger, epochs=BUDGET, between=BETWEEN,
        label=label,
    )  # fmt: skip


# ---------------------------------------------------------------- the slow orbit, in rationals

STEPS = 100


def slow_orbit(
    share: Callable[[int], Fraction], sizes: tuple[int, ...] = (5, 10, 1000)
) -> Callable[[Any], Witness]:
    """A witness: from errors 1 in the flat direction and of square share(kappa) in the steep ones, every
    component is multiplied by (kappa - 1)/(kappa + 1) in every step, in absolute value, without end.

    The steep component changes its sign in every step. A method whose step depends on the squares of the
    components alone, and is 2/(L + mu) here, then takes that step again. The largest eigenvalue is there four
    times, because every rational number is a sum of four rational squares.
    """

    def witness(method: Any) -> Witness:
        lines, holds = [], True
        for size in sizes:
            start = [Fraction(1), *four_squares(share(size))]
            modes = np.array([1, size, size, size, size])
            at = {mu: 1, L: size, kappa: size}
            factor, followed = Fraction(size - 1, size + 1), 0
            for x in exact.iterate(method, Spectrum(modes), start, STEPS, constants=at):
                # off the orbit the rationals of this method double in length with every step: stop there
                if any(abs(x[i]) != factor**followed * abs(start[i]) for i in range(5)):
                    break
                followed += 1
            followed -= 1
            holds &= followed == STEPS
            lines.append(f"κ = {size}: {followed} steps contract all components by {factor} each")
        return Witness(holds, tuple(lines))

    return witness


def four_squares(number: Fraction) -> list[Fraction]:
    """Four rational numbers whose squares add up to a positive one (Lagrange)."""
    from sympy.solvers.diophantine.diophantine import sum_of_four_squares

    parts = sum_of_four_squares(number.numerator * number.denominator)
    return [Fraction(int(part), number.denominator) for part in parts]


BELIEF = "Barzilai-Borwein steps never need epochs in proportion to κ"
long_orbit = slow_orbit(lambda size: Fraction(1, size**2))
short_orbit = slow_orbit(lambda size: Fraction(1, size**3))

# ---------------------------------------------------------------- two dimensions, in rationals

FOLLOWED = 10


def recursion(method: Any) -> Witness:
    """With t_k the square of the ratio of the two components of the gradient, t_{k+1} = t_k / t_{k-1}^2 for
    k >= 1, exactly: ln t obeys a linear recursion with the characteristic polynomial z^2 - z + 2, both of
    whose roots have the modulus sqrt(2). From every start here t leaves 1 for good."""
    lines, holds = [], True
    for size, ratio in ((10, Fraction(7, 10)), (1000, Fraction(3)), (2, Fraction(1, 5))):
        modes = (1, size)
        at = {mu: 1, L: size, kappa: size}
        start = [Fraction(1), ratio / size]
        t, error = [], []
        for x in exact.iterate(method, Spectrum(np.array(modes)), start, FOLLOWED, constants=at):
            if not x.all():
                break
            t.append((x[1] * modes[1] / (x[0] * modes[0])) ** 2)
            error.append(digits(x[0] ** 2 + x[1] ** 2) / 2)
        kept = len(t) == FOLLOWED + 1 and all(t[k + 1] * t[k - 1] ** 2 == t[k] for k in range(1, FOLLOWED))
        logs = [abs(digits(v)) for v in t]
        far = kept and max(logs[-3:]) > 4 * max(logs[1:4])
        holds &= bool(far)
        lines.append(
            f"κ = {size}: t_(k+1) = t_k / t_(k-1)² "
            + (f"at {FOLLOWED - 1} steps, after which |x - x*| is 10^{error[-1]:.0f}" if kept else "fails")
        )
    return Witness(holds, tuple(lines))


def digits(number: Fraction) -> float:
    """The decimal log of a positive rational number of any length."""
    return float(
        sp.log(sp.Rational(number.numerator), 10).evalf()
        - sp.log(sp.Rational(number.denominator), 10).evalf()
    )


theorems = [
    Theorem(
        name="barzilai-borwein",
        title="Open: how the epochs of Barzilai-Borwein steps depend on κ",
        source=Source("sun2020", "appendix"),
        also=[
            Source("barzilaiborwein1988"),
            Source("raydan1993"),
            Source("dailiao2002"),
            Source("lisun2021"),
        ],
        statement="The survey says that these methods rely much less on κ than gradient descent, and that "
        "the theory is largely open. Measured on quadratics with log-spaced spectrum from random starts.",
        method=BarzilaiBorwein1(),
        instances=generic,
        epochs=BUDGET,
        survey="second order",
        remark="The range of exponents is a measurement on these families, not a rate. The worst start is as "
        "slow as gradient descent (barzilai-borwein-slow-orbit), and the method moves in a Krylov space, so "
        "the lower bound with √κ applies to it. With five unknowns or fewer the exponent is near zero and "
        "says nothing of larger problems.",
        predictions=[
            question("long step", BarzilaiBorwein1()),
            question("short step", BarzilaiBorwein2()),
            Open(
                statements=[REGISTERED[0], REGISTERED[2]],
                instances=low_dimensional,
                epochs=BUDGET,
                between=BETWEEN,
                label="five unknowns",
            ),
        ],
        rivals=[
            Rival(
                "exponent below a quarter",
                question(
                    "", BarzilaiBorwein1(), (Statement("below 1/4", "largest exponent", -np.inf, 0.25),)
                ),
            ),
            Rival(
                "exponent of gradient descent",
                question("", BarzilaiBorwein1(), (Statement("above 3/4", "largest exponent", 0.75, np.inf),)),
            ),
            Rival(
                "monotone",
                question(
                    "",
                    BarzilaiBorwein2(),
                    (Statement("the error never rises", "largest rise of ln error", -np.inf, 0.0),),
                ),
            ),
        ],
    ),
    Theorem(
        name="barzilai-borwein-slow-orbit",
        title="Barzilai-Borwein steps can be as slow as gradient descent",
        source=Source("lisun2021"),
        statement="With two eigenvalues, from one particular direction and the first step 2/(L+μ), both "
        "methods repeat that step for ever: every component shrinks by (κ-1)/(κ+1) per epoch.",
        method=BarzilaiBorwein1(first=2 / (L + mu)),
        survey="second order",
        remark="The source constructs an example with its rate; the orbits here are derived anew. They are a "
        "set of measure zero and unstable: rounding ends the long step's orbit.",
        predictions=[
            Counterexample(belief=BELIEF, witness=long_orbit, label="long step"),
            Counterexample(
                belief=BELIEF,
                witness=short_orbit,
                method=BarzilaiBorwein2(first=2 / (L + mu)),
                label="short step",
            ),
        ],
        rivals=[
            Rival("first step 1/L", method=BarzilaiBorwein1(first=1 / L), of="long step"),
            Rival(
                "the short step from the long step's start",
                method=BarzilaiBorwein2(first=2 / (L + mu)),
                of="long step",
            ),
            Rival("gradient descent with step 1/L", method=GradientDescent(1 / L), of="long step"),
        ],
    ),
    Theorem(
        name="barzilai-borwein-two-dimensions",
        title="In two dimensions the long Barzilai-Borwein step is superlinear, but not from every start",
        source=Source("barzilaiborwein1988"),
        statement="On a quadratic of two unknowns let t be the square of the ratio of the gradient's two "
        "components in the eigenbasis. Then t_(k+1) = t_k / t_(k-1)², exactly, so that ln t grows like "
        "√2^k, and the error falls R-superlinearly with it. From t₀ = t₁ = 1 nothing grows: that is the slow "
        "orbit.",
        method=BarzilaiBorwein1(first=1 / (2 * L)),
        survey="second order",
        remark="The source has the superlinear rate; the recursion is derived here: 1 - αλ is proportional "
        "to the square of the other component of the last gradient. The logarithm's recursion has the roots "
        "(1 ± i√7)/2, of modulus √2. It says nothing of three unknowns or more.",
        predictions=[
            Counterexample(
                belief="Barzilai-Borwein steps converge linearly at best",
                witness=recursion,
                label="superlinear",
            ),
            Counterexample(
                belief="in two dimensions they are superlinear from every start",
                witness=long_orbit,
                method=BarzilaiBorwein1(first=2 / (L + mu)),
                label="not from every start",
            ),
        ],
        rivals=[
            Rival(
                "the short step has the same recursion",
                method=BarzilaiBorwein2(first=1 / (2 * L)),
                of="superlinear",
            ),
            Rival("exact line search has it", method=ExactLineSearch(), of="superlinear"),
            Rival("gradient descent has it", method=GradientDescent(1 / (2 * L)), of="superlinear"),
            Rival("first step 1/L is slow there", method=BarzilaiBorwein1(), of="not from every start"),
        ],
    ),
    Theorem(
        name="barzilai-borwein-without-prefactor",
        title="Believed: Barzilai-Borwein steps contract by 1 - 1/κ in every epoch",
        source=Source("lisun2021"),
        statement="The distance after t epochs is at most (1 - 1/κ)^t of its start. The source proves this "
        "rate with a constant in front; without one it is false for the long step: the error first rises.",
        method=BarzilaiBorwein1(),
        instances=ladder,
        epochs=10 * sp.sqrt(kappa),
        survey="second order",
        belief=True,
        predictions=[Bound(distance, R * (1 - 1 / kappa) ** t, seeds=8, expect="REFUTED")],
        rivals=[
            Rival("prefactor 5/4", Bound(distance, sp.Rational(5, 4) * R * (1 - 1 / kappa) ** t, seeds=8))
        ],
    ),
]
