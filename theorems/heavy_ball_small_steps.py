r"""The heavy ball with steps of at most 1/L: it converges on every strongly convex function, and does not
accelerate."""

import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, Nesterov
from solvers.problems import spectra
from solvers.problems.adaptive_families import log_coshes
from solvers.problems.families import decades, lessard_recht_packards, quadratics
from theorems.obligations import accelerated
from theorems.predictions import Bound, Complexity, Identity, Proof, Rate, SpeedUp
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L, R, distance, epsilon, gap, kappa, mu, q, rho, t
from theorems.theorem import Rival, Source, Theorem

half = sp.Rational(1, 2)

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40)
ladder = quadratics(spectra.log_spaced, kappa=decades(2, 3, per_decade=2), n=20)
slowest = quadratics(spectra.log_spaced, kappa=decades(2, 3, per_decade=2), n=20, start="smallest")
bends = lessard_recht_packards(starts=(1.5, 3.3, 10.0, 100.0), smoothness=(10.0, 25.0, 100.0, 1000.0))
smooth = log_coshes(kappa=decades(1, 3), n=20, width=(0.1,))
fine = quadratics(spectra.log_spaced, kappa=decades(2, 4, per_decade=4), n=20)
finer = quadratics(spectra.log_spaced, kappa=decades(2, 4.5, per_decade=4), n=20)


def small(share: sp.Rational) -> HeavyBall:
    """The tuning with the step share/L."""
    return HeavyBall(step=share / L, momentum=sp.sqrt((1 - share * mu / L) * (1 - share)))


# With the step 1/(2L), mode mu has two real roots for kappa > 25.
momentum = sp.sqrt((1 - half / kappa) / 2)
trace = 1 + momentum - half / kappa
root = sp.sqrt(trace**2 - 4 * momentum)
factor, other, first = (trace + root) / 2, (trace - root) / 2, 1 - half / kappa
on_slowest = R * ((first - other) * factor**t - (first - factor) * other**t) / root

bound = Delta * (1 - half / kappa) ** t
scaling = Complexity(
    kappa / (1 + sp.sqrt(half)) * sp.log(1 / epsilon),
    leading=True, instances=fine, full=finer, between=(1e-10, 1e-40), epochs=60 * kappa + 100, seeds=2,
)  # fmt: skip
# Constants for which the momentum is rational.
shrinking = Proof(
    obligation=accelerated.heavy_ball_small,
    sha256="8251342f116a586d7eea6216b76788d654eeaf1cd459f41f5daff3fb933b593e",
    values={"h": half / L, "u": sp.sqrt(2 - mu / L) - 1, "w": mu / (2 * L - mu)},
    samples=({mu: sp.Rational(14, 25), L: 1}, {mu: sp.Rational(62, 100), L: 2}),
    label="potential",
    whole=False,
)

theorems = [
    Theorem(
        name="heavy-ball-small-steps",
        title="With steps of at most 1/L the heavy ball converges on every strongly convex function",
        source=Source("ghadimifeyzmahdavianjohansson2015", "Theorem 4"),
        statement="With a step α ≤ 1/L and the momentum √((1-αμ)(1-αL)) the gap after t epochs is at most "
        "(1-αμ)^t times its start, on every function that is μ-strongly convex and L-smooth. This is no "
        "acceleration: with α = s/L quadratics need κ/(1 + √(1-s)) log(1/ε) epochs, between half and all of "
        "those of gradient descent with step 1/L.",
        method=small(half),
        instances=bends,
        epochs=12 * kappa + 20,
        survey="fast gradient",
        remark="The bound is the source's. The factor on quadratics is derived here: the slowest mode has "
        "two real roots for large κ, the larger about 1 - αμ/(1-β). So at α = 1/(2L) the distance falls "
        "almost seven times as fast as the bound's square root says, and still the epochs grow like κ. "
        "Steps beyond 1/L are another matter: heavy-ball-no-tuning.",
        predictions=[
            Bound(gap, bound),
            shrinking,
            Bound(gap, bound, instances=smooth, epochs=2 * kappa, quick=False, label="log-cosh"),
            Bound(gap, bound, instances=mixed, quick=False, label="all spectra"),
            Bound(
                gap,
                Delta * (1 - sp.Rational(9, 10) / kappa) ** t,
                method=small(sp.Rational(9, 10)),
                quick=False,
                label="step 9/(10 L)",
            ),
            Identity(
                distance, on_slowest, instances=slowest, epochs=4 * kappa, quick=False, label="slowest mode"
            ),
            Rate(factor, instances=ladder, quick=False),
            SpeedUp(
                over=GradientDescent(1 / L), within=(1 + sp.sqrt(half), sp.Rational(9, 5)), instances=ladder
            ),
            scaling,
        ],
        rivals=[
            Rival(
                "step 101/(200 L)",
                method=small(half)._replace(step=sp.Rational(101, 200) / L),
                of="potential",
            ),
            Rival(
                "nine tenths of the bound",
                Bound(gap, sp.Rational(9, 10) * bound, instances=slowest, epochs=20),
            ),
            Rival("eighth power", Bound(gap, Delta * (1 - half / kappa) ** (8 * t), instances=slowest)),
            Rival("rate of the bound", Rate(sp.sqrt(1 - half / kappa), instances=ladder, quick=False)),
            Rival("square-root rate", Rate(1 - q, instances=ladder, quick=False)),
            Rival("Polyak's tuning", method=HeavyBall(), of="Bound"),
            Rival("the momentum of nesterov", method=HeavyBall(half / L, rho), of="SpeedUp"),
            Rival("the momentum squared", method=HeavyBall(half / L, (1 - half / kappa) / 2), of="SpeedUp"),
            Rival("step 1/(4L)", method=small(sp.Rational(1, 4)), of="slowest mode"),
            Rival("gradient descent", method=GradientDescent(1 / L), of="SpeedUp"),
            Rival("nesterov", method=Nesterov(), of="SpeedUp"),
            *wrong_powers(scaling),
        ],
    ),
]
