r"""Conjugate gradients: 1/T_k(...) in the A-norm, O(sqrt(kappa) log 1/epsilon), finite termination."""

import sympy as sp

from solvers.methods import BarzilaiBorwein1, ConjugateGradient, GradientDescent, HeavyBall
from solvers.problems import spectra
from solvers.problems.families import (
    Family,
    chebyshev_densities,
    chebyshev_witnesses,
    decades,
    quadratics,
    repeated,
)
from theorems.predictions import Bound, Complexity, FiniteTermination, Identity
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, epsilon, gap, horizon, kappa, m, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=(10, 1e2, 1e4, 1e6, 1e8), n=[10, 60], start="equal gap")
gaussian = quadratics(SPECTRA, kappa=(10, 1e2, 1e4, 1e6, 1e8), n=[10, 60])
witnesses = chebyshev_witnesses(kappa=(10, 1e2, 1e4, 1e6), steps=(2, 5, 10, 20, 40, 80))

ACCURACY = 1e-10  # of the A-norm, the square root of the gap
scaling = Complexity(
    sp.sqrt(kappa) / 4 * sp.log(1 / epsilon),  # the gap is the square of the A-norm
    leading=True,
    measure=gap,
    between=(1e-6, 1e-20),
    instances=chebyshev_densities(decades(1, 4, per_decade=4), ACCURACY),
    full=chebyshev_densities(decades(1, 5, per_decade=4), ACCURACY),
    epochs=20 * sp.sqrt(kappa) + 20,
    seeds=1,
)

one_over_T = 2 * rho**t / (1 + rho ** (2 * t))

few = Family(
    repeated,
    tuple({"kappa": k, "distinct": d, "n": 60} for k, d in ((1e2, 5), (1e4, 10), (1e6, 20))),
    "quadratics with m = 5, 10, 20 distinct eigenvalues of 60, kappa = 1e2, 1e4, 1e6",
)
fewest = Family(
    repeated,
    ({"kappa": 1e4, "distinct": 10, "n": 20},),
    "a quadratic with 10 distinct eigenvalues of 20, kappa = 1e4",
)
hardest = Family(
    repeated,
    ({"kappa": 1e8, "distinct": 40, "n": 60},),
    "a quadratic with 40 distinct eigenvalues of 60, kappa = 1e8",
)

theorems = [
    Theorem(
        name="conjugate-gradient",
        title="Conjugate gradients need √κ log(1/ε) epochs",
        source=Source("daniel1967"),
        also=[Source("kaniel1966"), Source("greenbaum1979"), Source("sun2020", "appendix")],
        statement="After t epochs the A-norm of the error is at most its start divided by the Chebyshev "
        "polynomial T_t((κ+1)/(κ-1)), that is times 2ρ^t/(1+ρ^(2t)). For every t a spectrum and a start "
        "attain it.",
        method=ConjugateGradient(),
        instances=mixed,
        epochs=60 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="The gap is half the square of the A-norm. On few or favourably spaced eigenvalues the method "
        "is much faster; the exponent 1/2 needs a spectrum of Chebyshev density, and a dimension beyond the "
        "number of epochs.",
        predictions=[
            Bound(gap, Delta * one_over_T**2, epochs=300),
            Bound(
                gap,
                Delta * one_over_T**2,
                instances=gaussian,
                epochs=300,
                quick=False,
                label="gaussian start",
            ),
            Identity(
                gap, Delta * one_over_T**2, instances=witnesses, epochs=horizon, at="end", label="worst start"
            ),
            scaling,
        ],
        rivals=[
            Rival(
                "without the factor 2",
                Bound(gap, Delta * rho ** (2 * t), instances=witnesses, epochs=horizon),
            ),
            Rival(
                "nine tenths of the bound",
                Bound(gap, sp.Rational(9, 10) * Delta * one_over_T**2, instances=witnesses, epochs=horizon),
            ),
            Rival(
                "rate rho^(5/4)",
                Bound(gap, Delta * (2 * rho ** (5 * t / 4)) ** 2, instances=witnesses, epochs=horizon),
            ),
            Rival("the heavy ball", method=HeavyBall(), of="gaussian start"),
            Rival("gradient descent", method=GradientDescent(), of="gaussian start"),
            Rival("Barzilai-Borwein steps", method=BarzilaiBorwein1(), of="worst start"),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="conjugate-gradient-termination",
        title="Conjugate gradients are done after as many steps as there are distinct eigenvalues",
        source=Source("hestenesstiefel1952"),
        statement="In exact arithmetic the error is zero after m steps, m the number of distinct eigenvalues "
        "that the start excites, and not before.",
        method=ConjugateGradient(),
        instances=few,
        survey="fast gradient",
        predictions=[
            FiniteTermination(m),
            FiniteTermination(m, instances=hardest, quick=False, label="forty"),
        ],
        rivals=[
            Rival("one step fewer", FiniteTermination(m - 1, instances=fewest)),
            Rival("one step more", FiniteTermination(m + 1, instances=fewest)),
            Rival("gradient descent", method=GradientDescent()),
            Rival("Barzilai-Borwein steps", method=BarzilaiBorwein1()),
        ],
    ),
    Theorem(
        name="conjugate-gradient-termination-rounded",
        title="Believed: conjugate gradients are done after m steps on a computer too",
        source=Source("hestenesstiefel1952"),
        statement="Finite termination survives double precision. It does not: with κ = 1e8 and 40 distinct "
        "eigenvalues the error after 40 steps has hardly begun to fall.",
        method=ConjugateGradient(),
        instances=hardest,
        survey="fast gradient",
        belief=True,
        predictions=[FiniteTermination(m, digits=16, expect="REFUTED")],
        rivals=[Rival("in extended precision", FiniteTermination(m, digits=19))],
    ),
]
