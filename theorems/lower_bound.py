r"""No method that moves in the span of its gradients beats the square root of kappa, or 1/t^2 without mu."""

from typing import Any

import sympy as sp

from solvers.methods import (
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    ConjugateGradient,
    GradientDescent,
    HeavyBall,
    Nesterov,
    NesterovConvex,
    OptimizedGradient,
)
from solvers.problems.families import chains, tridiagonals
from solvers.problems.instance import Instance, Premise
from theorems.predictions import Bound, Identity
from theorems.symbols import L, R, distance, gap, horizon, mu, n, rho, t
from theorems.theorem import Rival, Source, Theorem

SPAN_METHODS = {
    "gradient descent with step 1 over L": GradientDescent(1 / L),
    "gradient descent": GradientDescent(),
    "nesterov": Nesterov(),
    "conjugate gradients": ConjugateGradient(),
    "long barzilai-borwein steps": BarzilaiBorwein1(),
    "short barzilai-borwein steps": BarzilaiBorwein2(),
}

QUICK = {"nesterov", "conjugate gradients"}

hard = tridiagonals(kappa=(10, 100, 1000, 10000), n=120)
lower = R * sp.sqrt((rho ** (2 * t) - rho ** (2 * n)) / (1 - rho ** (2 * n)))


CONVEX_METHODS = {
    "gradient descent": GradientDescent(1 / L),
    "heavy ball with momentum 1/2": HeavyBall(1 / L, sp.Rational(1, 2)),
    "nesterov": NesterovConvex(),
    "optimised gradient": OptimizedGradient(),
    "long barzilai-borwein steps": BarzilaiBorwein1(),
}

hard_convex = chains((1, 2, 5, 10, 30, 100))
harder_convex = chains((1, 2, 5, 10, 30, 100, 300))
least_gap = 3 * L * R**2 / (32 * (t + 1) ** 2)
nearest = R * sp.sqrt((t + 2) * (2 * t + 3) / (2 * (2 * t + 1) * (4 * t + 3)))


def convex(method: Any, instance: Instance) -> bool:
    """Whether the spectrum lies between 0 and the class's L, up to the rounding of an eigensolver."""
    if instance.spectrum is None:
        return False
    slack = 2.0**-53 * instance.dimension * instance.constants[L]
    return bool(instance.spectrum.min() > 0 and instance.spectrum.max() <= instance.constants[L] + slack)


def in_the_class(method: Any, instance: Instance) -> bool:
    """Whether the spectrum lies between the class's mu and L, up to the rounding of an eigensolver."""
    if instance.spectrum is None:
        return False
    slack = 2.0**-53 * instance.dimension * instance.constants[L]
    low, high = instance.constants[mu] - slack, instance.constants[L] + slack
    return bool(low <= instance.spectrum.min() and instance.spectrum.max() <= high)


theorems = [
    Theorem(
        name="lower-bound",
        title="No span method contracts faster than (√κ-1)/(√κ+1) per epoch while t < n",
        source=Source("nesterov2018", "Theorem 2.1.13"),
        also=[Source("sun2020", "appendix")],
        statement="On Nesterov's tridiagonal quadratic, started at zero, every method that moves in the span "
        "of the gradients it has seen is after t < n epochs at least as far from the solution as "
        "R √((ρ^(2t) - ρ^(2n))/(1 - ρ^(2n))). The heavy ball is exactly there, at every t.",
        method=HeavyBall(),
        instances=hard,
        epochs=n - 1,
        survey="fast gradient",
        premises=[Premise("the spectrum lies between μ and L", in_the_class)],
        remark="The source's statement is for infinite dimension; the formula for finite n is derived here. "
        "With the last diagonal entry changed, x*_i = ρ^i exactly, and t gradients reach the first t "
        "coordinates only. That the heavy ball has solved those exactly is special to the start at zero.",
        predictions=[
            Bound(distance, lower, side="lower", rounding=t**2, label="heavy ball"),
            Identity(distance, lower, rounding=t**2, label="heavy ball"),
            *(
                Bound(distance, lower, side="lower", method=method, quick=label in QUICK, label=label)
                for label, method in SPAN_METHODS.items()
            ),
        ],
        rivals=[
            Rival("a tenth more", Bound(distance, sp.Rational(11, 10) * lower, side="lower", rounding=t**2)),
            Rival(
                "a tenth more for conjugate gradients",
                Bound(distance, sp.Rational(11, 10) * lower, side="lower", method=ConjugateGradient()),
            ),
            Rival("rate rho^(3/4)", Bound(distance, R * rho ** (3 * t / 4), side="lower", rounding=t**2)),
            Rival(
                "rate of gradient descent",
                Bound(distance, R * (1 - mu / L) ** t, side="lower", method=ConjugateGradient()),
            ),
            Rival("nesterov attains it", Identity(distance, lower, method=Nesterov())),
            Rival("momentum not squared", method=HeavyBall(momentum=rho), of="Identity"),
        ],
    ),
    Theorem(
        name="lower-bound-convex",
        title="No span method has a gap below 3LR²/(32(t+1)²) on all convex functions",
        source=Source("nesterov2004", "Theorem 2.1.7"),
        also=[Source("drori2017")],
        statement="For every t there is a convex quadratic in 2t+1 unknowns on which, from zero, every "
        "method that moves in the span of the gradients it has seen has after t epochs a gap of at least "
        "3LR²/(32(t+1)²), and has not come nearer than R/√8. The conjugate gradient method has there the gap "
        "L/(16(t+1)) exactly, which is all that t gradients can reach.",
        method=ConjugateGradient(),
        instances=hard_convex,
        epochs=horizon,
        survey="fast gradient",
        premises=[Premise("the spectrum lies between 0 and L", convex)],
        remark="The function is another one for every t, and is read at that t. As R² is "
        "(2t+1)(4t+3)/(12(t+1)), L/(16(t+1)) is 3LR²/(4(2t+1)(4t+3)), which exceeds the bound by 1.5 at t = "
        "1 and tends to it. The distance of conjugate gradients tends to R/2, not to R/√8: that they are the "
        "best in the gap does not make them the nearest. The optimised gradient method has LR²/(t+1)² at "
        "worst, so t^(-2) is the truth; the exact constant needs another function (second source).",
        predictions=[
            Identity(gap, L / (16 * (t + 1)), at="end", full=harder_convex, label="gap"),
            Identity(
                gap, 3 * L * R**2 / (4 * (2 * t + 1) * (4 * t + 3)), at="end", label="gap by the distance"
            ),
            Identity(
                distance,
                R * sp.sqrt((2 * t**2 + 4 * t + 3) / ((2 * t + 1) * (4 * t + 3))),
                at="end",
                label="distance",
            ),
            Bound(gap, least_gap, side="lower", at="end", label="conjugate gradients"),
            *(
                Bound(gap, least_gap, side="lower", at="end", method=method, label=label)
                for label, method in CONVEX_METHODS.items()
            ),
            *(
                Bound(
                    distance,
                    nearest,
                    side="lower",
                    at="end",
                    method=method,
                    quick=False,
                    label=f"{label}, distance",
                )
                for label, method in {"conjugate gradients": ConjugateGradient(), **CONVEX_METHODS}.items()
            ),
        ],
        rivals=[
            Rival(
                "a fiftieth more",
                Bound(gap, sp.Rational(51, 50) * least_gap, side="lower", at="end"),
            ),
            Rival(
                "order t^(-7/4)", Bound(gap, least_gap * (t + 1) ** sp.Rational(1, 4), side="lower", at="end")
            ),
            Rival("no nearer than 11/20 of R", Bound(distance, 11 * R / 20, side="lower", at="end")),
            Rival("at every t of one function", Identity(gap, L / (16 * (t + 1)))),
            Rival("nesterov attains it", method=NesterovConvex(), of="gap"),
            Rival("gradient descent attains it", method=GradientDescent(1 / L), of="gap"),
            Rival("one gradient more", Identity(gap, L / (16 * (t + 1)), epochs=horizon + 1, at="end")),
        ],
    ),
]
