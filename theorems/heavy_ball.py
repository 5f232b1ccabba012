r"""The heavy ball: O(sqrt(kappa) log 1/epsilon) on quadratics, with a prefactor; elsewhere it may cycle."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import GradientDescent, HeavyBall, Nesterov
from solvers.problems import spectra
from solvers.problems.convex import LessardRechtPackard
from solvers.problems.families import decades, lessard_recht_packards, quadratics
from theorems.obligations import accelerated
from theorems.predictions import Bound, Complexity, Counterexample, Identity, Proof, Rate, Witness
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L, R, distance, epsilon, gap, kappa, mu, q, rho, t
from theorems.theorem import Rival, Source, Theorem

SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
ladder = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40)
mixed = quadratics(SPECTRA, kappa=decades(1, 3), n=40)
largest = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40, start="largest")
smallest = quadratics(spectra.log_spaced, kappa=decades(1, 3), n=40, start="smallest")
far = quadratics(spectra.log_spaced, kappa=decades(1, 4), n=40, start="largest")
fine = quadratics(spectra.log_spaced, kappa=decades(1, 5, per_decade=4), n=40)
finer = quadratics(spectra.log_spaced, kappa=decades(1, 6, per_decade=4), n=40)
scaling = Complexity(
    sp.sqrt(kappa) / 2 * sp.log(1 / epsilon),
    leading=True,
    instances=fine,
    full=finer,
    epochs=250 * sp.sqrt(kappa) + 100,
)

prefactor = 1 + (1 + rho) * t
root_L, root_mu = sp.sqrt(L), sp.sqrt(mu)


def tuned(guess: sp.Rational) -> HeavyBall:
    """Polyak's tuning for a strong convexity that is guessed as a multiple of mu."""
    root = root_mu * sp.sqrt(guess)
    return HeavyBall(4 / (root_L + root) ** 2, ((root_L - root) / (root_L + root)) ** 2)


# ---------------------------------------------------------------- the cycle, in rationals

CORNERS = (Fraction(792, 1225), Fraction(-2208, 1225), Fraction(2592, 1225))
ROOM = Fraction(142, 1225)  # from 2592/1225 to the bend at 2, the nearest bend to a corner
STARTS = (3.1, 3.2, 3.3, 3.4)


def cycle(method: Any) -> Witness:
    """Three exact steps that return to where they began, and one start that is drawn into them for ever.

    At all three corners f' has the slope 25, where a deviation d from the cycle obeys
    d_{k+1} = -4/3 d_k - 4/9 d_{k-1}, hence d_{k+j} = (-2/3)^j ((1 + j) d_k + 2/3 j d_{k-1}), which never
    exceeds 4/3 |d_k| + 16/27 |d_{k-1}|. An orbit for which that is less than the distance of the corners
    from the bends of f' never meets a bend again, and its deviation falls like j (2/3)^j.
    """
    problem, at = LessardRechtPackard(np.array([25])), {mu: 1, L: 25, kappa: 25}
    first, second, third = CORNERS
    around = exact.iterate(method, problem, [first], 3, constants=at, leaves=([first], [third]))
    visited = [x[0] for x in around]
    closed = visited == [first, second, third, first]
    orbit = [x[0] for x in exact.iterate(method, problem, [Fraction(33, 10)], 60, constants=at)]
    last, before = (abs(orbit[k] - CORNERS[k % 3]) for k in (60, 59))
    drawn = Fraction(4, 3) * last + Fraction(16, 27) * before < ROOM
    return Witness(
        holds=bool(closed and drawn),
        lines=(
            f"from {first}, reached from {third}, three steps lead to {', '.join(map(str, visited[1:]))}",
            f"from 33/10, after 60 steps the orbit is within {float(last):.2g} of the corner {first}, "
            f"{'too close ever to leave' if drawn else 'not close enough to be sure that it stays'}",
        ),
    )


triangle = Proof(
    obligation=accelerated.heavy_ball_cycle,
    sha256="7589a14b698c4887cb56b8189fab47328735a190283ddea6ac9c93c58eb598aa",
    values={"v": sp.Integer(2)},
    samples=({mu: sp.Rational(8, 37) ** 2, L: 1},),
    label="every large κ",
)

CYCLE = Source("lessardrechtpackard2016", "Section 4.6, eq. (4.11); cycle proved in Appendix B, (B.1)-(B.3)")

theorems = [
    Theorem(
        name="heavy-ball-quadratic",
        title="The heavy ball needs √κ log(1/ε) epochs on quadratics",
        source=Source("polyak1964"),
        also=[Source("lessardrechtpackard2016", "Proposition 1"), Source("sun2020", "appendix")],
        statement="With Polyak's step and momentum, and no momentum in the first step, the distance after t "
        "epochs is at most (1 + (1+ρ) t) ρ^t of its start, ρ = (√κ-1)/(√κ+1). The steepest mode attains "
        "it; the slowest one is at (1 + (1-ρ) t) ρ^t.",
        method=HeavyBall(),
        instances=ladder,
        epochs=40 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="The rate is the source's; the prefactor is derived here: every mode is at "
        "ρ^t (cos tθ + (cos θ - ρ) sin tθ / sin θ) for some θ. The error can first grow by √κ/e.",
        predictions=[
            Bound(
                distance,
                R * prefactor * rho**t,
                instances=mixed,
                rounding=t**2,
                quick=False,
                label="all spectra",
            ),
            Bound(distance, R * prefactor * rho**t, instances=largest, rounding=t**2, label="steepest mode"),
            Identity(
                distance, R * prefactor * rho**t, instances=largest, rounding=t**2, label="steepest mode"
            ),
            Identity(
                distance,
                R * (1 + (1 - rho) * t) * rho**t,
                instances=smallest,
                rounding=t**2,
                label="slowest mode",
            ),
            Rate(rho),
            scaling,
        ],
        rivals=[
            Rival("prefactor 1 + t", Bound(distance, R * (1 + t) * rho**t, instances=largest, rounding=t**2)),
            Rival(
                "nine tenths of the bound",
                Bound(
                    distance, sp.Rational(9, 10) * R * prefactor * rho**t, instances=largest, rounding=t**2
                ),
            ),
            Rival("rate of nesterov", Rate(1 - q)),
            Rival("rate squared", Rate(rho**2)),
            Rival(
                "momentum not squared",
                method=HeavyBall(momentum=(root_L - root_mu) / (root_L + root_mu)),
                of="steepest mode",
            ),
            Rival("step 1/L", method=HeavyBall(step=1 / L), of="all spectra"),
            Rival("tuned for kappa/4", method=tuned(sp.Integer(4)), of="all spectra"),
            Rival("tuned for 4 kappa", method=tuned(sp.Rational(1, 4)), of="all spectra"),
            Rival("momentum 9/10", method=HeavyBall(momentum=sp.Rational(9, 10)), of="all spectra"),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="heavy-ball-without-prefactor",
        title="Believed: the heavy ball contracts by ρ in every epoch",
        source=Source("polyak1964"),
        statement="The distance after t epochs is at most ρ^t of its start: the usual short form of the "
        "theorem. It is false, by a factor that grows like t.",
        method=HeavyBall(),
        instances=far,
        epochs=20 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        belief=True,
        predictions=[
            Bound(distance, R * rho**t, rounding=t**2, expect="REFUTED"),
            Bound(distance, R, rounding=t**2, expect="REFUTED", label="never grows"),
        ],
        rivals=[
            Rival("prefactor 10", Bound(distance, 10 * R * rho**t, rounding=t**2)),
            Rival("prefactor sqrt(kappa)", Bound(distance, sp.sqrt(kappa) * R * rho**t, rounding=t**2)),
        ],
    ),
    Theorem(
        name="heavy-ball-cycle",
        title="The heavy ball with Polyak's tuning need not converge on a strongly convex function",
        source=CYCLE,
        also=[Source("goujaudtaylordieuleveut2025")],
        statement="On a function of one variable with μ = 1 and L = 25, whose derivative is piecewise "
        "linear, the method runs into the cycle 792/1225, -2208/1225, 2592/1225. Gradient descent and "
        "Nesterov's method converge from the same starts.",
        method=HeavyBall(),
        instances=lessard_recht_packards(STARTS),
        epochs=300,
        survey="fast gradient",
        remark="Not a curiosity of this function: Polyak's tuning cycles for all κ ≥ 17.95 "
        "(heavy-ball-cycle-criterion). That is a statement about one tuning. That every other tuning, too, "
        "is either not accelerated on quadratics or has a function on which it cycles is another theorem "
        "(second source, heavy-ball-no-tuning).",
        predictions=[
            Counterexample(
                belief="the heavy ball converges on every smooth, strongly convex function", witness=cycle
            ),
            Identity(distance, sp.Rational(792, 1225), at="end", label="at a corner in the end"),
            Bound(
                distance,
                R * ((kappa - 1) / (kappa + 1)) ** t,
                method=GradientDescent(),
                label="gradient descent converges",
            ),
            Bound(
                gap,
                (1 - q) ** t * (Delta + mu * R**2 / 2),
                method=Nesterov(),
                label="nesterov converges",
            ),
            triangle,
        ],
        rivals=[
            Rival(
                "step 1 percent longer",
                method=HeavyBall(step=sp.Rational(404, 100) / (root_L + root_mu) ** 2),
                of=triangle.label,
            ),
            Rival("nesterov goes round", method=Nesterov(), of=triangle.label),
            Rival("nesterov cycles", method=Nesterov(), of="Counterexample"),
            Rival("step 1/L cycles", method=HeavyBall(step=1 / L), of="Counterexample"),
            Rival(
                "half the momentum cycles", method=HeavyBall(momentum=sp.Rational(2, 9)), of="Counterexample"
            ),
            Rival("gradient descent stays away", method=GradientDescent(), of="at a corner in the end"),
            Rival("another corner", Identity(distance, sp.Rational(2208, 1225), at="end")),
        ],
    ),
    Theorem(
        name="heavy-ball-strongly-convex",
        title="Believed: the heavy ball needs √κ log(1/ε) epochs on every strongly convex function",
        source=CYCLE,
        also=[Source("sun2020", "appendix")],
        statement="What holds on quadratics holds on all smooth, strongly convex functions. It is false: on "
        "the function of heavy-ball-cycle the method does not converge, and no constant saves the bound.",
        remark="The survey claims the rate for quadratics, and rightly says that of its three fast methods "
        "only accelerated gradient is known to have it on all strongly convex functions.",
        method=HeavyBall(),
        instances=lessard_recht_packards(STARTS),
        epochs=300,
        survey="fast gradient",
        belief=True,
        predictions=[Bound(distance, R * prefactor * rho**t, rounding=t**2, expect="REFUTED")],
        rivals=[
            Rival(
                "ten thousand times the bound", Bound(distance, 10000 * R * prefactor * rho**t, rounding=t**2)
            ),
            Rival("the rate of gradient descent", Bound(distance, R * ((kappa - 1) / (kappa + 1)) ** t)),
        ],
    ),
]
