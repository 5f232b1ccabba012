r"""No method that moves in the span of its gradients beats the square root of kappa."""

from typing import Any

import sympy as sp

from solvers.methods import (
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    ConjugateGradient,
    GradientDescent,
    HeavyBall,
    Nesterov,
)
from solvers.problems.families import tridiagonals
from solvers.problems.instance import Instance, Premise
from theorems.predictions import Bound, Identity
from theorems.symbols import L, R, distance, mu, n, rho, t
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
]
