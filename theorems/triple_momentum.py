r"""The triple momentum method: a factor 1 - 1/sqrt(kappa) per epoch on every strongly convex function."""

import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, Nesterov, TripleMomentum
from solvers.problems import spectra
from solvers.problems.families import decades, lessard_recht_packards, quadratics
from theorems.obligations import accelerated
from theorems.predictions import Bound, Complexity, Identity, Proof, Rate
from theorems.rivals import sharper_claim, wrong_powers
from theorems.symbols import L, R, distance, epsilon, gap, kappa, mu, q, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40)
ladder = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40)
smallest = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="smallest")
largest = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="largest")
bends = lessard_recht_packards(starts=(1.5, 3.3, 10.0, 100.0), smoothness=(10.0, 25.0, 100.0, 1000.0))
# Below kappa = 100, -log(1 - q) is visibly more than q, and the exponent would be that of a wrong curve.
fine = quadratics(spectra.log_spaced, kappa=decades(2, 4, per_decade=4), n=20)
finer = quadratics(spectra.log_spaced, kappa=decades(2, 6, per_decade=4), n=20)
scaling = Complexity(
    sp.sqrt(kappa) * sp.log(1 / epsilon),
    leading=True,
    instances=fine,
    full=finer,
    epochs=200 * sp.sqrt(kappa) + 50,
    seeds=2,
)

on_the_class = L * kappa * R**2 / 2 * (1 - q) ** (2 * t)


def guessing(multiple: sp.Rational) -> TripleMomentum:
    """The method for a condition number that is guessed as a multiple of kappa."""
    return TripleMomentum(factor=1 - 1 / sp.sqrt(multiple * kappa))


shrinking = Proof(
    obligation=accelerated.triple_momentum,
    sha256="a1c6ac935044ea4b11df353c37180c8a622c0559eba6d16264833db42570f153",
    values={"L": L, "u": sp.sqrt(L / mu) - 1},
    label="potential",
)

theorems = [
    Theorem(
        name="triple-momentum",
        title="The triple momentum method contracts by 1 - 1/√κ on every strongly convex function",
        source=Source("vanscoyfreemanlynch2018", "Theorem 1, eq. (4)"),
        statement="On every function that is μ-strongly convex and L-smooth the gap after t ≥ 1 epochs is at "
        "most (1 - 1/√κ)^(2t) LκR²/2, R the initial distance. On a quadratic the steepest mode attains it, "
        "at every t.",
        method=TripleMomentum(),
        instances=bends,
        epochs=30 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="The rate is the square of Nesterov's for the gap, and half of the epochs. The survey says "
        "that of its three fast methods only accelerated gradient is known to need √κ log(1/ε) epochs on all "
        "strongly convex functions; this method and the information-theoretic exact one do too. The exponent "
        "2(t+1), in which the bound is sometimes quoted, is one epoch too good.",
        predictions=[
            Bound(gap, on_the_class),
            Bound(gap, on_the_class, instances=mixed, quick=False, label="quadratics"),
            Bound(gap, on_the_class, instances=largest, label="steepest mode"),
            Identity(distance, R * sp.sqrt(kappa) * (1 - q) ** t, instances=largest, label="steepest mode"),
            Identity(distance, R * (1 - q) ** t, instances=smallest, label="slowest mode"),
            shrinking,
            Rate(1 - q, instances=ladder),
            scaling,
        ],
        rivals=[
            sharper_claim(shrinking),
            Rival("step 101/(100 L)", method=TripleMomentum(step=sp.Rational(101, 100) / L), of="potential"),
            Rival("exponent 2(t+1)", Bound(gap, on_the_class * (1 - q) ** 2, instances=largest)),
            Rival(
                "99 hundredths of the bound",
                Bound(gap, sp.Rational(99, 100) * on_the_class, instances=largest),
            ),
            Rival("rate of the heavy ball", Rate(rho, instances=ladder)),
            Rival("rate squared", Rate((1 - q) ** 2, instances=ladder)),
            Rival("nesterov", method=Nesterov(), of="steepest mode"),
            Rival("heavy ball", method=HeavyBall(), of="Bound"),
            Rival("gradient descent", method=GradientDescent(), of="quadratics"),
            Rival("step 1/(2L)", method=TripleMomentum(step=1 / (2 * L)), of="slowest mode"),
            Rival("alpha 1/L", method=TripleMomentum(step=1 / ((2 - q) * L)), of="slowest mode"),
            # gamma = beta is Nesterov's method with the step and the momentum of this one
            Rival(
                "gamma equal to beta",
                method=Nesterov(step=(2 - q) / L, momentum=(1 - q) ** 2 / (1 + q)),
                of="Rate",
            ),
            Rival("momentum for 4 kappa", method=guessing(sp.Integer(4)), of="slowest mode"),
            Rival("momentum for kappa/4", method=guessing(sp.Rational(1, 4)), of="slowest mode"),
            Rival("rho instead of 1 - 1/sqrt(kappa)", method=TripleMomentum(factor=rho), of="steepest mode"),
            *wrong_powers(scaling),
        ],
    ),
]
