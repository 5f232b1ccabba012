r"""The Chebyshev semi-iteration: the least error that a polynomial of given degree can promise."""

import sympy as sp

from solvers.methods import Chebyshev, ConjugateGradient, GradientDescent, HeavyBall, Nesterov
from solvers.problems import spectra
from solvers.problems.families import chebyshev_witnesses, decades, quadratics
from theorems.predictions import Bound, Complexity, Identity
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L, R, distance, epsilon, gap, horizon, kappa, mu, q, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=decades(1, 4), n=40)
smallest = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="smallest")
largest = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="largest")
witnesses = chebyshev_witnesses(kappa=(10, 1e2, 1e4), steps=(2, 5, 10, 20, 40))
fine = quadratics(spectra.log_spaced, kappa=decades(1, 4, per_decade=4), n=20)
finer = quadratics(spectra.log_spaced, kappa=decades(1, 6, per_decade=4), n=20)
scaling = Complexity(
    sp.sqrt(kappa) / 2 * sp.log(1 / epsilon),
    leading=True,
    instances=fine,
    full=finer,
    epochs=100 * sp.sqrt(kappa) + 50,
    seeds=2,
)

one_over_T = 2 * rho**t / (1 + rho ** (2 * t))


def for_interval(low: sp.Expr, high: sp.Expr) -> Chebyshev:
    """The method for a spectrum that is thought to be [low, high]."""
    return Chebyshev(step=2 / (low + high), radius=(high - low) / (high + low))


theorems = [
    Theorem(
        name="chebyshev",
        title="The Chebyshev semi-iteration contracts by 1/T_t((κ+1)/(κ-1)), and no fixed polynomial by more",
        source=Source("golubvarga1961"),
        also=[Source("sun2020", "appendix")],
        statement="On a quadratic with spectrum in [μ, L] the distance after t epochs is at most its start "
        "divided by the Chebyshev polynomial T_t((κ+1)/(κ-1)), that is times 2ρ^t/(1+ρ^(2t)). Both ends of "
        "the spectrum attain it, at every t.",
        method=Chebyshev(),
        instances=mixed,
        epochs=40 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="Of all polynomials of degree t with value 1 at zero this one is the smallest on [μ, L]. So "
        "on t+1 Chebyshev points with the right weights not even conjugate gradients, which know the "
        "spectrum, are nearer to the solution in the A-norm. The weight ω tends to that of the heavy ball, "
        "whose prefactor 1 + (1+ρ)t is the price of using the limit from the start. The iteration is "
        "defective at the ends in the limit, so roundings add up like t².",
        predictions=[
            Bound(distance, R * one_over_T, rounding=t**2, quick=False, label="all spectra"),
            Bound(gap, Delta * one_over_T**2, rounding=t**2, quick=False, label="gap"),
            Identity(distance, R * one_over_T, instances=smallest, rounding=t**2, label="slowest mode"),
            Identity(distance, R * one_over_T, instances=largest, rounding=t**2, label="steepest mode"),
            Identity(
                distance,
                R * one_over_T,
                instances=witnesses,
                epochs=horizon,
                at="end",
                rounding=t**2,
                label="Chebyshev points",
            ),
            Bound(
                gap,
                Delta * one_over_T**2,
                side="lower",
                at="end",
                method=ConjugateGradient(),
                instances=witnesses,
                epochs=horizon,
                rounding=t**2,
                label="conjugate gradients do no better",
            ),
            scaling,
        ],
        rivals=[
            Rival(
                "without the factor 2",
                Bound(distance, R * rho**t, instances=smallest, rounding=t**2),
            ),
            Rival(
                "99 hundredths of the bound",
                Bound(distance, sp.Rational(99, 100) * R * one_over_T, instances=smallest, rounding=t**2),
            ),
            Rival(
                "one epoch ahead",
                Bound(distance, R * one_over_T.subs(t, t + 1), instances=smallest, rounding=t**2),
            ),
            Rival(
                "conjugate gradients attain more",
                Bound(
                    gap,
                    sp.Rational(101, 100) * Delta * one_over_T**2,
                    side="lower",
                    at="end",
                    method=ConjugateGradient(),
                    instances=witnesses,
                    epochs=horizon,
                    rounding=t**2,
                ),
            ),
            Rival("the rate of nesterov", Identity(distance, R * (1 - q) ** t, instances=smallest)),
            Rival("the heavy ball", method=HeavyBall(), of="steepest mode"),
            Rival("nesterov", method=Nesterov(), of="slowest mode"),
            Rival("gradient descent", method=GradientDescent(), of="slowest mode"),
            Rival("for the interval [4 mu, L]", method=for_interval(4 * mu, L), of="all spectra"),
            Rival("for the interval [mu/4, L]", method=for_interval(mu / 4, L), of="slowest mode"),
            Rival("for the interval [mu, 2 L]", method=for_interval(mu, 2 * L), of="slowest mode"),
            Rival("step 1/L", method=Chebyshev(step=1 / L), of="steepest mode"),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="chebyshev-without-factor",
        title="Believed: the Chebyshev semi-iteration contracts by ρ^t",
        source=Source("golubvarga1961"),
        statement="The distance after t epochs is at most ρ^t of its start, ρ = (√κ-1)/(√κ+1): the usual "
        "short form. It is false from the first epoch on, in the end by a factor of two.",
        method=Chebyshev(),
        instances=smallest,
        epochs=20 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        belief=True,
        predictions=[Bound(distance, R * rho**t, rounding=t**2, expect="REFUTED")],
        rivals=[
            Rival(
                "prefactor 199/100",
                Bound(distance, sp.Rational(199, 100) * R * rho**t, rounding=t**2),
            ),
        ],
    ),
]
