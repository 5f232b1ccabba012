r"""Rates that are true as bounds and false as descriptions: the factor of the distance for the gap, and 1/t
on one fixed function."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import GradientDescent, Nesterov, NesterovConvex, RandomizedCoordinateDescent
from solvers.problems import spectra
from solvers.problems.families import decades, power_laws, quadratics
from solvers.problems.quadratic import Quadratic
from solvers.problems.sampled_families import UNIT_DIAGONAL
from theorems.coordinate_descent import band, designs, textbook
from theorems.predictions import Bound, Counterexample, Identity, Order, Rate, Witness
from theorems.symbols import Delta, L, R, gap, kappa, mu, n, q, t
from theorems.theorem import Rival, Source, Theorem

half, ninth = sp.Rational(1, 2), sp.Rational(9, 10)
slowest = quadratics(spectra.log_spaced, kappa=decades(1, 2, per_decade=2), n=40, start="smallest")
generic = quadratics(spectra.log_spaced, kappa=decades(1, 2, per_decade=2), n=40)
descent, accelerated = GradientDescent(step=1 / L), Nesterov()
of_descent = Delta * (1 - 1 / kappa) ** (2 * t)
of_accelerated = Delta * ((1 + q * t) * (1 - q) ** t) ** 2
on_the_class = (1 - q) ** t * (Delta + mu * R**2 / 2)


def order(power: Any, exponent: Any, method: Any = None, **changes: Any) -> Order:
    """The decay of the gap on the density lambda^power.

    In t + (power + 3)/4: up to its second order the gap of gradient descent, the Beta function
    B(power + 2, 2t + 1), is a power of that. In t + 1 with Nesterov's t_k, whose momentum is (k - 1)/(k + 2)
    up to logarithms and whose amplitudes are then (k (k + 1) (k + 2))^(-1/2).
    """
    power = sp.sympify(power)
    origin = (power + 3) / 4 if method is None else 1
    family = power_laws((float(power),))
    return Order(gap, exponent, origin=origin, instances=family, method=method, **changes)


def first_steps(method: Any) -> Witness:
    """The expected gap after one step and after two, all draws enumerated, from the slowest eigenvector of
    (I + 11')/2 in three unknowns, where n kappa_CD = 6."""
    matrix = np.array([[Fraction(1 + (i == j), 2) for j in range(3)] for i in range(3)], dtype=object)
    start, means = [Fraction(1), Fraction(-1), Fraction(0)], []
    for steps in range(3):
        gaps = []
        for draws in itertools.product(range(3), repeat=steps):
            *_, x = exact.iterate(method, Quadratic(matrix), start, steps, draws=draws)
            gaps.append(x @ matrix @ x / 2)
        means.append(sum(gaps) / len(gaps))
    first, second = means[1] / means[0], means[2] / means[1]
    return Witness(
        first == Fraction(5, 6) and second < Fraction(5, 6),
        (f"the first step multiplies the expected gap by {first}, the second by {second}; quoted: 5/6",),
    )


theorems = [
    Theorem(
        name="gap-factor-as-quoted",
        title="Believed: the gap falls by 1 - 1/κ per epoch, with Nesterov's momentum by 1 - 1/√κ",
        source=Source("nesterov2004"),
        also=[Source("taylorhendrickxglineur2018"), Source("daspremontscieurtaylor2021", "Corollary 4.15")],
        statement="The factors that are usually quoted for the gap are those of the distance. The gap falls "
        "by their squares: by (1 - 1/κ)² with gradient descent and step 1/L, and on quadratics by "
        "(1 - 1/√κ)² with Nesterov's momentum, up to a power of t. Half of the epochs are enough.",
        method=descent,
        instances=slowest,
        epochs=10 * kappa,
        survey="benchmark",
        belief=True,
        remark="For gradient descent the square holds on all smooth and strongly convex functions (second "
        "source). For Nesterov's momentum it is known here on quadratics; on the class the bound with the "
        "plain factor is the one that is proved.",
        predictions=[
            Identity(gap, Delta * (1 - 1 / kappa) ** t, expect="REFUTED", label="gradient descent as quoted"),
            Identity(gap, of_descent, label="gradient descent"),
            Bound(gap, of_descent, instances=generic, label="gradient descent, all modes"),
            Identity(
                gap,
                on_the_class,
                method=accelerated,
                epochs=20 * sp.sqrt(kappa),
                expect="REFUTED",
                label="momentum as quoted",
            ),
            Bound(gap, on_the_class, method=accelerated, epochs=20 * sp.sqrt(kappa), label="momentum"),
            Identity(
                gap,
                of_accelerated,
                method=accelerated,
                epochs=20 * sp.sqrt(kappa),
                rounding=t**2,
                label="momentum, squared",
            ),
        ],
        rivals=[
            Rival("nine tenths of the square", Bound(gap, ninth * of_descent)),
            Rival("the cube", Bound(gap, Delta * (1 - 1 / kappa) ** (3 * t), instances=generic)),
            Rival("step 1/(2L)", method=GradientDescent(step=1 / (2 * L)), of="gradient descent"),
            Rival(
                "step 11/(10 L)", method=GradientDescent(step=sp.Rational(11, 10) / L), of="gradient descent"
            ),
            Rival(
                "momentum without the power of t",
                Bound(gap, Delta * (1 - q) ** (2 * t), method=accelerated, epochs=20 * sp.sqrt(kappa)),
            ),
            Rival("gradient descent with the bound of momentum", method=descent, of="momentum"),
        ],
    ),
    Theorem(
        name="coordinate-descent-factor-as-quoted",
        title="Believed: a step of coordinate descent takes 1/(n κ_CD) of the gap",
        source=Source("leventhallewis2010"),
        also=[Source("nesterov2012", "Theorem 2, (3.3) of the preprint")],
        statement="On quadratics with unit diagonal the factor 1 - 1/(n κ_CD) for the expected gap is "
        "attained in the first step, from the slowest eigenvector. In the long run the gap falls by its "
        "square, twice as fast in epochs.",
        method=RandomizedCoordinateDescent(),
        instances=designs,
        premises=[UNIT_DIAGONAL],
        survey="decomposition",
        belief=True,
        remark="The first step leaves the slowest eigenvector behind: what the gap is made of afterwards "
        "falls faster than it. The band is that of the theorem on coordinate descent.",
        predictions=[
            Rate(textbook ** (n / 2), average="exact", expect="REFUTED", label="as quoted"),
            band,
            Counterexample(
                belief="the factor of the first step is that of the second",
                witness=first_steps,
                label="first step",
            ),
        ],
        rivals=[
            Rival("the cube in the long run", Rate(textbook ** (3 * n / 2), average="exact")),
            Rival(
                "relaxation 1/2",
                method=RandomizedCoordinateDescent(half),
                of="first step",
            ),
        ],
    ),
    Theorem(
        name="fixed-convex-function",
        title="Believed: on a convex function the gap of gradient descent is of the order 1/t",
        source=Source("droriteboulle2014", "Theorem 3.1"),
        also=[Source("beckteboulle2009", "Theorem 4.4")],
        statement="For every t there is a function with the gap LR²/(4t+2), but another one for every t. On "
        "one fixed function the gap is o(1/t): where |e|² has the density λ^a near λ = 0, a > -1, it is of "
        "order t^-(2+a), and with Nesterov's t_k, for a > -1/2, of order t^-(7/2+a).",
        method=descent,
        instances=power_laws((0.0,)),
        epochs=3000,
        survey="benchmark",
        belief=True,
        remark="Derived. Gradient descent integrates λ^(a+1) (1-λ)^(2t). With t_k mode λ has the amplitude "
        "of a Bessel function, λ^(-3/4) t^(-3/2) beyond λ = 1/t², until 1/t, where it is damped. Both bounds "
        "are approached as a tends to -1, and attained by no fixed function of finite R.",
        predictions=[
            order(0, 1, expect="REFUTED", label="as quoted"),
            order(1, 3, quick=False, label="a = 1"),
            order(0, 2, label="a = 0"),
            order(-half, sp.Rational(3, 2), quick=False, label="a = -1/2"),
            order(-ninth, sp.Rational(11, 10), quick=False, label="a = -9/10"),
            order(0, 2, NesterovConvex(), expect="REFUTED", quick=False, label="momentum as quoted"),
            order(0, sp.Rational(7, 2), NesterovConvex(), quick=False, label="momentum, a = 0"),
            order(1, sp.Rational(9, 2), NesterovConvex(), quick=False, label="momentum, a = 1"),
            Bound(gap, L * R**2 / (4 * t + 2), label="the bound"),
        ],
        rivals=[
            Rival("t^(-9/4) for a = 0", order(0, sp.Rational(9, 4))),
            Rival("t^(-7/4) for a = 0", order(0, sp.Rational(7, 4))),
            Rival("t^(-13/4) with momentum for a = 0", order(0, sp.Rational(13, 4), NesterovConvex())),
            Rival("t^(-4) with momentum for a = 0", order(0, sp.Integer(4), NesterovConvex())),
            Rival("momentum gains nothing", method=NesterovConvex(), of="a = 0"),
            Rival("gradient descent as fast as momentum", method=descent, of="momentum, a = 0"),
        ],
    ),
]
