r"""Nesterov's method: O(sqrt(kappa) log 1/epsilon) with constant momentum, 2LR^2/(k+1)^2 with t_k."""

from dataclasses import replace

import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, Nesterov, NesterovConvex
from solvers.problems import spectra
from solvers.problems.families import accelerated, decades, hubers, lessard_recht_packards, quadratics
from theorems.obligations import accelerated as proved
from theorems.predictions import Bound, Complexity, Identity, Order, Proof, Rate
from theorems.rivals import sharper_claim, wrong_powers
from theorems.symbols import Delta, L, R, distance, epsilon, gap, horizon, kappa, mu, q, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
ladder = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40)
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40)
slowest = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40, start="smallest")
bends = lessard_recht_packards(starts=(1.5, 3.3, 10.0, 100.0), smoothness=(10.0, 25.0, 100.0, 1000.0))
# Below kappa = 100, -log(1 - q) is visibly more than q, and the exponent would be that of a wrong curve.
fine = quadratics(spectra.log_spaced, kappa=decades(2, 5, per_decade=4), n=40)
finer = quadratics(spectra.log_spaced, kappa=decades(2, 6, per_decade=4), n=40)
scaling = Complexity(
    sp.sqrt(kappa) * sp.log(1 / epsilon),
    leading=True,
    instances=fine,
    full=finer,
    epochs=250 * sp.sqrt(kappa) + 100,
)

on_quadratics = R * (1 + q * t) * (1 - q) ** t
on_the_class = (1 - q) ** t * (Delta + mu * R**2 / 2)

worst_convex = hubers(decades(1, 3, per_decade=4), way=accelerated)
longer_convex = hubers(decades(1, 3.5, per_decade=4), way=accelerated)
convex_bound = 2 * L * R**2 / (t + 1) ** 2


def guessing(multiple: sp.Rational) -> Nesterov:
    """The momentum for a condition number that is guessed as a multiple of kappa."""
    root = sp.sqrt(multiple * kappa)
    return Nesterov(momentum=(root - 1) / (root + 1))


# ---------------------------------------------------------------- tuned for quadratics

root = sp.sqrt(3 * kappa + 1)
tuned = Nesterov(step=4 / (3 * L + mu), momentum=(root - 2) / (root + 2))
tuned_rate = 1 - 2 / root
tuned_slowest = R * (1 + 2 * t / root) * tuned_rate**t
tuned_steepest = R * tuned_rate**t * (3 - tuned_rate + (1 + tuned_rate) * sp.Rational(-1, 3) ** t) / 4
steepest = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40, start="largest")
tuned_scaling = replace(scaling, expression=sp.sqrt(3 * kappa) / 2 * sp.log(1 / epsilon))

on_every_function = Proof(
    obligation=proved.nesterov,
    sha256="81f903f95cb3a1c495283cf63c4a0350a58105d90050ef5bfaf84681494d9664",
    values={"L": L, "u": sp.sqrt(L / mu) - 1},
    label="potential",
)
for_every_t = Proof(
    obligation=proved.nesterov_convex,
    sha256="eb59d75be048a2b17c015f74cb7ede62b46e2abfcb572620062c92db8513d7e2",
    values={"t": sp.Integer(2), "L": L},
    label="potential",
)

theorems = [
    Theorem(
        name="nesterov-quadratic",
        title="Nesterov's method needs √κ log(1/ε) epochs on quadratics",
        source=Source("nesterov2004"),
        also=[Source("sun2020", "appendix")],
        statement="With step 1/L and momentum (√κ-1)/(√κ+1), and none in the first step, the distance after "
        "t epochs is at most (1 + t/√κ) (1 - 1/√κ)^t of its start; the slowest mode attains it.",
        method=Nesterov(),
        instances=ladder,
        epochs=40 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="The method is the source's. The bound is derived here: mode λ is at "
        "r^t (cos tθ + q cos θ sin tθ / sin θ) for some θ, with r² = (1-q)(1-λ/L)/(1+q) at most (1-q)² and "
        "q = 1/√κ. The gap falls by the square, (1-q)², twice as fast as the bound for the class says.",
        predictions=[
            Bound(distance, on_quadratics, instances=mixed, rounding=t**2, quick=False, label="all spectra"),
            Bound(distance, on_quadratics, instances=slowest, rounding=t**2, label="slowest mode"),
            Identity(distance, on_quadratics, instances=slowest, rounding=t**2, label="slowest mode"),
            Rate(1 - q),
            scaling,
        ],
        rivals=[
            Rival("no prefactor", Bound(distance, R * (1 - q) ** t, instances=slowest, rounding=t**2)),
            Rival(
                "nine tenths of the bound",
                Bound(distance, sp.Rational(9, 10) * on_quadratics, instances=slowest, rounding=t**2),
            ),
            Rival("rate of the heavy ball", Rate(rho)),
            Rival("momentum squared", method=Nesterov(momentum=rho**2), of="slowest mode"),
            Rival("momentum for 4 kappa", method=guessing(sp.Integer(4)), of="all spectra"),
            Rival("momentum for kappa/4", method=guessing(sp.Rational(1, 4)), of="slowest mode"),
            Rival(
                "momentum (kappa-1)/(kappa+1)",
                method=Nesterov(momentum=(kappa - 1) / (kappa + 1)),
                of="all spectra",
            ),
            Rival("momentum 9/10", method=Nesterov(momentum=sp.Rational(9, 10)), of="all spectra"),
            Rival("gradient at x instead of y", method=HeavyBall(1 / L, rho), of="slowest mode"),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="nesterov-tuned-for-quadratics",
        title="Tuned for quadratics, Nesterov's method needs √(3κ)/2 log(1/ε) epochs",
        source=Source("lessardrechtpackard2016"),
        statement="With step 4/(3L+μ) and momentum (√(3κ+1)-2)/(√(3κ+1)+2) the distance falls by "
        "1 - 2/√(3κ+1) per epoch on quadratics, the best that the method can do there: 13 percent fewer "
        "epochs than with step 1/L. It is at most 1 + 2t/√(3κ+1) times that power of its start.",
        method=tuned,
        instances=ladder,
        epochs=40 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="The tuning and its rate r are the source's; the prefactors are derived here. The slowest "
        "mode has the double root r, the steepest one the roots -r and r/3, and is at "
        "r^t ((3-r) + (1+r)(-1/3)^t)/4. "
        "Where 1 - αλ is negative a mode is a mean of powers of its two real roots, elsewhere it is at "
        "s^t (cos tθ + (1-β)/(1+β) cos θ sin tθ / sin θ) with s at most r: both are below the slowest one.",
        predictions=[
            Bound(distance, tuned_slowest, instances=mixed, rounding=t**2, quick=False, label="all spectra"),
            Bound(distance, tuned_slowest, instances=slowest, rounding=t**2, label="slowest mode"),
            Identity(distance, tuned_slowest, instances=slowest, rounding=t**2, label="slowest mode"),
            Identity(distance, tuned_steepest, instances=steepest, label="steepest mode"),
            Rate(tuned_rate),
            tuned_scaling,
        ],
        rivals=[
            Rival("no prefactor", Bound(distance, R * tuned_rate**t, instances=slowest, rounding=t**2)),
            Rival("rate with step 1/L", Rate(1 - q)),
            Rival("rate of the heavy ball", Rate(rho)),
            Rival("step 1/L", method=Nesterov(), of="Rate"),
            Rival("momentum for step 1/L", method=Nesterov(step=4 / (3 * L + mu)), of="slowest mode"),
            Rival("the constant with step 1/L", replace(tuned_scaling, expression=scaling.expression)),
            *wrong_powers(tuned_scaling),
        ],
    ),
    Theorem(
        name="nesterov-strongly-convex",
        title="Nesterov's method needs √κ log(1/ε) epochs on every strongly convex function",
        source=Source("daspremontscieurtaylor2021", "Corollary 4.15"),
        also=[Source("nesterov2004"), Source("sun2020", "appendix")],
        statement="With step 1/L and momentum (√κ-1)/(√κ+1) the gap after t epochs is at most "
        "(1 - 1/√κ)^t (f(x0) - f* + μR²/2), on every function that is μ-strongly convex and L-smooth.",
        method=Nesterov(),
        instances=bends,
        epochs=40 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        predictions=[
            Bound(gap, on_the_class),
            Bound(gap, on_the_class, instances=mixed, quick=False, label="quadratics"),
            on_every_function,
        ],
        rivals=[
            Rival(
                "rate 1 - 3/sqrt(kappa)",
                Bound(gap, on_the_class * ((1 - 3 * q) / (1 - q)) ** t, instances=ladder),
            ),
            Rival("a quarter of the bound", Bound(gap, on_the_class / 4, instances=slowest)),
            Rival(
                "momentum (kappa-1)/(kappa+1)",
                method=Nesterov(momentum=(kappa - 1) / (kappa + 1)),
                of="quadratics",
            ),
            Rival("momentum 99/100", method=Nesterov(momentum=sp.Rational(99, 100)), of="quadratics"),
            Rival("step 101/(100 L)", method=Nesterov(step=sp.Rational(101, 100) / L), of="potential"),
            Rival(
                "momentum 1 percent larger",
                method=Nesterov(momentum=sp.Rational(101, 100) * rho),
                of="potential",
            ),
            Rival("the heavy ball", method=HeavyBall()),
            Rival("gradient descent", method=GradientDescent(), of="quadratics"),
        ],
    ),
    Theorem(
        name="nesterov-convex",
        title="Nesterov's method with t_k has the gap 2LR²/(t+1)² on convex functions",
        source=Source("beckteboulle2009", "Theorem 4.4"),
        statement="On every convex function with an L-Lipschitz gradient the gap after t epochs is at most "
        "2LR²/(t+1)². Huber functions, another one for every t, come close: within one percent at t = 1000.",
        method=NesterovConvex(),
        instances=worst_convex,
        epochs=horizon,
        survey="fast gradient",
        predictions=[
            Bound(gap, convex_bound),
            Bound(gap, convex_bound, instances=mixed, epochs=200, quick=False, label="quadratics"),
            Order(gap, 2, origin=1, rechosen=True, full=longer_convex),
            for_every_t,
        ],
        rivals=[
            Rival("half of the bound", Bound(gap, convex_bound / 2)),
            Rival("nine tenths of the bound", Bound(gap, sp.Rational(9, 10) * convex_bound)),
            Rival("order 1/t", Order(gap, 1, origin=1, rechosen=True)),
            Rival("order t^(-9/4)", Order(gap, sp.Rational(9, 4), origin=1, rechosen=True)),
            Rival("order t^(-7/4)", Order(gap, sp.Rational(7, 4), origin=1, rechosen=True)),
            Rival("step 1/(2L)", method=NesterovConvex(step=1 / (2 * L)), of="Bound"),
            sharper_claim(for_every_t),
            Rival("step 101/(100 L)", method=NesterovConvex(step=sp.Rational(101, 100) / L), of="potential"),
            Rival("gradient descent", method=GradientDescent(1 / L), of="Bound"),
            Rival("constant momentum 9/10", method=Nesterov(1 / L, sp.Rational(9, 10)), of="Bound"),
        ],
    ),
]
