r"""Polyak's steps, which know the optimal value: the worst case in kappa, and what random starts show."""

from fractions import Fraction

import numpy as np
import sympy as sp

from solvers.methods import GradientDescent, PolyakStep
from solvers.problems import spectra
from solvers.problems.adaptive_families import extreme_modes, one_over
from solvers.problems.families import decades, lessard_recht_packards, quadratics
from theorems.barzilai_borwein import slow_orbit
from theorems.obligations import gradient_descent as proved
from theorems.predictions import Bound, Complexity, Counterexample, Identity, Open, Proof, Statement
from theorems.rivals import sharper_claim, wrong_powers
from theorems.symbols import L, R, distance, epsilon, kappa, mu, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40, start="gaussian gradient")
extremes = extreme_modes(kappa=(3, 10, 100, 1000), share=one_over)
bends = lessard_recht_packards(starts=(1.5, 3.3, 10.0, 100.0), smoothness=(10.0, 25.0, 100.0, 1000.0))
fine = quadratics(spectra.log_spaced, kappa=decades(1, 2.75, per_decade=4), n=40)
finer = quadratics(spectra.log_spaced, kappa=decades(1, 4, per_decade=4), n=40)
wide, wider = (
    quadratics(
        spectra.log_spaced, kappa=decades(1, top, per_decade=4), n=[20, 100], start="gaussian gradient"
    )
    for top in (4, 5)
)

factor = (kappa - 1) / (kappa + 1)
short_factor = sp.sqrt(1 - 3 * kappa / (1 + kappa) ** 2)
scaling = Complexity(
    kappa / 2 * sp.log(1 / epsilon), leading=True, instances=fine, full=finer, between=(1e-10, 1e-40),
    epochs=60 * kappa + 100, seeds=3,
)  # fmt: skip

REGISTERED = (
    Statement("the exponent of κ is below 3/4", "largest exponent", -np.inf, 0.75),
    Statement("it is above 1/4", "smallest exponent", 0.25, np.inf),
)


def question(statements: tuple[Statement, ...] = REGISTERED) -> Open:
    """How the epochs of the short step grow with kappa from random starts."""
    return Open(
        statements=statements, instances=wide, full=wider, epochs=350 * sp.sqrt(kappa) + 1000,
        between=(1e-5, 1e-30), seeds=4, label="random starts",
    )  # fmt: skip


# Where the inner products are those of orthonormal atoms, any value of the step can be followed.
on_every_function = Proof(
    obligation=proved.polyak,
    sha256="42949d26946dab9fd7fda1ac046ccbf45853b9acaf692e11b97d57249d9d0fee",
    values={"mu": mu, "a": (L - mu) / 2, "b": (L - mu) / 2},
    label="every step",
)

gap_of_every_step = Proof(
    obligation=proved.polyak_gap, sha256="f83df3055e5ec55162613248014480e0602ff30ddb7d4ec7117cb839eb58cc91"
)

BELIEF = "with the right optimal value the epochs need not grow in proportion to κ"

theorems = [
    Theorem(
        name="polyak-long-step",
        title="Polyak's step 2(f-f*)/|g|² contracts by (κ-1)/(κ+1) per epoch",
        source=Source("barretaylordaspremont2020", "Proposition 1"),
        statement="With the step 2(f(x) - f*)/|∇f(x)|² the distance falls by (κ-1)/(κ+1) in every epoch, as "
        "with the best constant step, but without knowing μ and L. From the error (1, κ^(-1/2)) in the "
        "extreme modes it falls by exactly that.",
        method=PolyakStep(scale=sp.Integer(2)),
        instances=extremes,
        epochs=10 * kappa + 20,
        survey="benchmark",
        remark="The source has the factor for every value that the step may take; this is the largest one, "
        "at 2/(L+μ). Random starts are drawn to it.",
        predictions=[
            Bound(distance, R * factor**t, rounding=2 * t),
            Bound(distance, R * factor**t, instances=mixed, quick=False, label="all spectra"),
            Bound(distance, R * factor**t, instances=bends, label="no quadratic"),
            Identity(distance, R * factor**t, rounding=2 * t, label="worst start"),
            Counterexample(belief=BELIEF, witness=slow_orbit(lambda size: Fraction(1, size)), label="orbit"),
            on_every_function,
            scaling,
        ],
        rivals=[
            Rival(
                "1 percent more than the gap", method=PolyakStep(scale=sp.Rational(202, 100)), of="every step"
            ),
            Rival("nine tenths of the bound", Bound(distance, sp.Rational(9, 10) * R * factor**t)),
            Rival("rate of the heavy ball", Bound(distance, R * rho**t)),
            Rival("the short step", method=PolyakStep(), of="worst start"),
            Rival("step 1/L", method=GradientDescent(1 / L), of="Bound"),
            Rival("three times the gap", method=PolyakStep(scale=sp.Integer(3)), of="Bound"),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="polyak-step-for-the-gap",
        title="A variant of Polyak's step contracts the gap by a factor that its own length gives",
        source=Source("barretaylordaspremont2020"),
        statement="With the step h for which |∇f(x)|² = 2L(2 - Lh)(f(x) - f*), between 1/L and (2L-μ)/L², "
        "the "
        "gap falls by (hL - 1)(Lh(3 - h(L+μ)) - 1), on every function that is μ-strongly convex and "
        "L-smooth.",
        method=None,
        survey="benchmark",
        remark="The factor is largest at h = 2/(L+μ), where it is ((κ-1)/(κ+1))².",
        predictions=[gap_of_every_step],
        rivals=[sharper_claim(gap_of_every_step, 50)],
    ),
    Theorem(
        name="polyak-step",
        title="Polyak's step (f-f*)/|g|² contracts by √(1 - 3κ/(1+κ)²) per epoch at least",
        source=Source("hazankakade2019"),
        also=[Source("polyak1969")],
        statement="On a quadratic the step (f(x) - f*)/|∇f(x)|² takes at least the part 3κ/(1+κ)² of the "
        "squared distance in every epoch, and the first one may take no more; on every strongly convex "
        "function 3/(4κ). For every κ above 3 there is a start from which every component shrinks by "
        "(κ-1)/(κ+1) per epoch for ever.",
        method=PolyakStep(),
        instances=extremes,
        epochs=20 * sp.sqrt(kappa) + 20,
        survey="benchmark",
        remark="The constants are derived here: the squared distance falls by (3/4)(e'Ae)²/(e'A²e), which "
        "Kantorovich's inequality bounds; in general by α(μ|e|² + f - f*), where α is at least 1/(2L). The "
        "source has a rate of this kind.",
        predictions=[
            Bound(distance, R * short_factor**t, rounding=2 * t),
            Bound(distance, R * short_factor**t, instances=mixed, quick=False, label="all spectra"),
            Bound(
                distance,
                R * (1 - 3 / (4 * kappa)) ** (t / 2),
                instances=bends,
                epochs=10 * kappa,
                label="no quadratic",
            ),
            Counterexample(
                belief=BELIEF,
                witness=slow_orbit(lambda size: Fraction(size - 3, size * (3 * size - 1))),
                label="orbit",
            ),
        ],
        rivals=[
            Rival("nine tenths of the bound", Bound(distance, sp.Rational(9, 10) * R * short_factor**t)),
            Rival("4κ in place of 3κ", Bound(distance, R * sp.sqrt(1 - 4 * kappa / (1 + kappa) ** 2) ** t)),
            Rival("half the step", method=PolyakStep(scale=sp.Rational(1, 2)), of="Bound"),
            Rival("the long step from there", method=PolyakStep(scale=sp.Integer(2)), of="orbit"),
            Rival("gradient descent from there", method=GradientDescent(1 / L), of="orbit"),
        ],
    ),
    Theorem(
        name="polyak-step-random-starts",
        title="Open: how the epochs of Polyak's step depend on κ from random starts",
        source=Source("hazankakade2019"),
        statement="The worst start needs epochs in proportion to κ. Random starts do not find it: measured "
        "on quadratics with log-spaced spectrum, the exponent of κ is near 1/2. We know of no theorem on it.",
        method=PolyakStep(),
        instances=wide,
        epochs=350 * sp.sqrt(kappa) + 1000,
        survey="benchmark",
        remark="So the short step does not behave like gradient descent, and the long one does "
        "(polyak-long-step): the slow orbit of the short one is unstable, that of the long one attracts.",
        predictions=[question()],
        rivals=[
            Rival(
                "exponent of gradient descent",
                question((Statement("above 3/4", "largest exponent", 0.75, np.inf),)),
            ),
            Rival(
                "exponent below a quarter",
                question((Statement("below 1/4", "largest exponent", -np.inf, 0.25),)),
            ),
        ],
    ),
]
