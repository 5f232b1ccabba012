r"""Exact line search and minimal gradients: kappa log 1/epsilon, and no less however the step is chosen."""

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from solvers.methods import ExactLineSearch, GradientDescent, MinimalGradient
from solvers.problems import spectra
from solvers.problems.adaptive_families import extreme_modes, one_over_cube, one_over_square
from solvers.problems.families import decades, quadratics
from theorems.barzilai_borwein import slow_orbit
from theorems.predictions import Bound, Complexity, Counterexample, Identity
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L, epsilon, gap, kappa, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40, start="gaussian gradient")
worst = extreme_modes(kappa=(3, 10, 100, 1000), share=one_over_square)
shortest = extreme_modes(kappa=(3, 10, 100, 1000), share=one_over_cube)
LADDER, LONGER = decades(1, 2.75, per_decade=4), decades(1, 4, per_decade=4)
fine, finer = (extreme_modes(k, one_over_square) for k in (LADDER, LONGER))
shorter, shorter_longer = (extreme_modes(k, one_over_cube) for k in (LADDER, LONGER))
generic, larger = (quadratics(spectra.log_spaced, kappa=k, n=40) for k in (LADDER, LONGER))

factor = (kappa - 1) / (kappa + 1)
nats = sp.log(1 / epsilon)
# Two inner products of n terms and a quotient make a step; both modes are multiplied by 1 - a lambda, which a
# relative error of a changes by twice itself, and the gap is a square: 24 roundings at most, three units.
GROWTH = 4 * t
scaling = Complexity(
    kappa / 2 * nats, leading=True, instances=fine, full=finer, between=(1e-10, 1e-40),
    epochs=60 * kappa + 50, seeds=1, label="worst",
)  # fmt: skip
shortest_scaling = replace(scaling, instances=shorter, full=shorter_longer)
from_anywhere = Complexity(
    kappa * nats, instances=generic, full=larger, between=(1e-10, 1e-40), epochs=60 * kappa + 100, seeds=3,
    label="random starts",
)  # fmt: skip
BELIEF = "a line search that is exact needs fewer than κ/2 log(1/ε) epochs from every start"

theorems = [
    Theorem(
        name="exact-line-search",
        title="Gradient descent with exact line search contracts the gap by ((κ-1)/(κ+1))² per epoch",
        source=Source("deklerkglineurtaylor2017", "Theorem 1.2"),
        also=[Source("kantorovich1948")],
        statement="After t epochs the gap is at most ((κ-1)/(κ+1))^(2t) times its start. From the error "
        "(1/μ, 1/L) in the two extreme modes it is exactly that at every t: knowing the best step gains "
        "nothing over 2/(L+μ) in the worst case.",
        method=ExactLineSearch(),
        instances=worst,
        epochs=10 * kappa + 20,
        survey="benchmark",
        remark="The source proves it for all smooth and strongly convex functions; on quadratics it is "
        "Kantorovich's inequality. Here it is tried on quadratics, where the line search has a closed form. "
        "Random starts are drawn into the same zigzag.",
        predictions=[
            Bound(gap, Delta * factor ** (2 * t), rounding=GROWTH),
            Bound(gap, Delta * factor ** (2 * t), instances=mixed, quick=False, label="all spectra"),
            Identity(gap, Delta * factor ** (2 * t), rounding=GROWTH, label="worst start"),
            Counterexample(
                belief=BELIEF, witness=slow_orbit(lambda size: Fraction(1, size**2)), label="orbit"
            ),
            scaling,
            from_anywhere,
        ],
        rivals=[
            Rival("nine tenths of the bound", Bound(gap, sp.Rational(9, 10) * Delta * factor ** (2 * t))),
            Rival("rate of the heavy ball", Bound(gap, Delta * rho ** (2 * t))),
            Rival("step 1/L", method=GradientDescent(1 / L), of="Identity"),
            Rival("half of the exact step", method=ExactLineSearch(sp.Rational(1, 2)), of="Bound"),
            Rival(
                "nine tenths of the exact step", method=ExactLineSearch(sp.Rational(9, 10)), of="worst start"
            ),
            Rival("the minimal gradient's step", method=MinimalGradient(), of="orbit"),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="minimal-gradient",
        title="The minimal gradient method contracts the gradient by (κ-1)/(κ+1) per epoch, and no faster",
        source=Source("daiyuan2003"),
        statement="With the step after which the gradient is shortest, the gradient falls by (κ-1)/(κ+1) in "
        "every epoch on a quadratic, so that the gap is at most κ ((κ-1)/(κ+1))^(2t) times its start. From "
        "the error (1, κ^(-3/2)) in the extreme modes every component falls by exactly that factor.",
        method=MinimalGradient(),
        instances=shortest,
        epochs=10 * kappa + 20,
        survey="benchmark",
        also=[Source("kantorovich1948")],
        remark="It is Kantorovich's inequality for the gradient; the source alternates this step with exact "
        "line search. The bound for the gap has a slack of κ, the orbit has none: there the factor is exact.",
        predictions=[
            Bound(gap, kappa * Delta * factor ** (2 * t), rounding=GROWTH),
            Bound(gap, kappa * Delta * factor ** (2 * t), instances=mixed, quick=False, label="all spectra"),
            Identity(gap, Delta * factor ** (2 * t), rounding=GROWTH, label="worst start"),
            Counterexample(
                belief=BELIEF, witness=slow_orbit(lambda size: Fraction(1, size**3)), label="orbit"
            ),
            shortest_scaling,
        ],
        rivals=[
            Rival("rate of the heavy ball", Bound(gap, kappa * Delta * rho ** (2 * t))),
            Rival(
                "the square of the factor",
                Bound(gap, kappa * Delta * factor ** (4 * t)),
            ),
            Rival("exact line search", method=ExactLineSearch(), of="orbit"),
            Rival("step 1/L", method=GradientDescent(1 / L), of="worst start"),
            *wrong_powers(shortest_scaling),
        ],
    ),
]
