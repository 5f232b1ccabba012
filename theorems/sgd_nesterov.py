r"""SGD with Nesterov's momentum: no square root of kappa on four orthogonal samples or more, but on two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import SGD, GradientDescent, MomentumSGD, Nesterov, NesterovSGD
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance
from solvers.problems.least_squares import least_squares
from solvers.problems.sampled_families import INTERPOLATION
from theorems.predictions import Rate, SpeedUp
from theorems.symbols import L, L_max, N, kappa, mu, rho
from theorems.theorem import Rival, Source, Theorem


def orthogonal_rows(count: int, kappa: float) -> Instance:
    """``count`` orthogonal rows, the last of norm kappa^(-1/2) and the others of norm 1: each draw moves
    one unknown."""
    norms = np.r_[np.ones(count - 1), kappa**-0.5]
    return least_squares(np.diag(norms), f"{count} orthogonal rows, kappa = {kappa:g}")


def orthogonal(counts: Sequence[int], *kappas: float) -> Family:
    """``orthogonal_rows`` for these numbers of rows and condition numbers."""
    return Family(
        orthogonal_rows,
        product(count=counts, kappa=kappas),
        f"{span(counts)} orthogonal rows, one of them shorter, kappa = {span(kappas)}",
    )


half, two_fifths, third = sp.Rational(1, 2), sp.Rational(2, 5), sp.Rational(1, 3)
root = sp.sqrt(kappa)
best_sgd = SGD(step=2 * kappa / ((kappa + 1) * L_max))

# ---------------------------------------------------------------- two samples, and three

# The mean of the slow unknown sees lambda = step * mu; at this momentum its two roots are 1 - sqrt(lambda).
two = NesterovSGD(step=1 / (2 * L_max), momentum=(2 * root - 1) / (2 * root + 1))
cube_root = kappa**third
three = NesterovSGD(6 / (5 * cube_root * L_max), 1 - 13 / (10 * cube_root**2))
accelerated = SpeedUp(best_sgd, (two_fifths * root, half * root), label="two samples")
edge = Rate(1, average="exact", method=NesterovSGD(step=2 / (3 * L_max), momentum=1), label="longest step")

# ---------------------------------------------------------------- four samples and more

many = orthogonal((4, 6, 8), 1e2, 1e4)
far = orthogonal((6, 8), 1e3, 1e4)
drag = (N - 3) / (2 * N)  # 1 - momentum is at least drag * step * L_max
slow = 8 / ((N - 3) * kappa)
least = ((1 - slow) * (1 - slow**2 / 4)) ** (N / 2)
floor = Rate(within=(least, 1), average="exact", label="floor")
ceiling = SpeedUp(best_sgd, (0, 2 * N / (N - 3)), label="at most")
nearly = SpeedUp(
    best_sgd, (sp.Rational(4, 5) * N / (N - 3), N / (N - 3)), instances=far, label="nearly attained"
)


def damped(step: Any, part: Any) -> NesterovSGD:
    """``part`` times as far from momentum 1 as the step asks for at the least."""
    return NesterovSGD(step=step / L_max, momentum=1 - part * drag * step)


tuned = damped(1 / root, 1 + 6 / root)
classical = NesterovSGD(*(h.subs(L, L_max) for h in Nesterov()))

theorems = [
    Theorem(
        name="sgd-nesterov-two-samples",
        title="On two orthogonal samples Nesterov's momentum makes SGD √κ times faster",
        source=Source("kidambi2018"),
        also=[Source("liubelkin2020")],
        statement="On two samples with orthogonal rows, SGD with Nesterov's momentum converges in mean "
        "square for every step below 2/(3 L_max), however close to 1 the momentum is. With the step 1/(2 "
        "L_max) and the momentum (2√κ-1)/(2√κ+1) it is between 2√κ/5 and √κ/2 times as fast as SGD with its "
        "best step, from κ = 1000 on. On three orthogonal samples the gain of the best pair grows as the "
        "cube root of κ.",
        method=two,
        instances=orthogonal((2,), 1e3, 1e4, 1e5),
        premises=[INTERPOLATION],
        survey="fast gradient",
        remark="Derived. Each draw moves one unknown; let p = 1/N be its chance, γ the step times L_max and "
        "β the momentum. For a row of norm 1, 1 is an eigenvalue of the second moment where 1 + βm = v((1 + "
        "β)²(1 - βm) + β²(1 + βm)), m = 1 - pγ, v = 1 - 2pγ + pγ². At β = 1 the left side exceeds the right "
        "one by pγ²(6p - 2 - 3pγ): for p = 1/2 if γ < 2/3, for p ≤ 1/3 never. So with two samples the "
        "momentum may be that of the slow unknown's mean, whose step is γ/(2κ); the noise there costs a "
        "factor that tends to 1 with κ. With three, the momentum asks for a step of order κ^{-1/3}.",
        predictions=[
            accelerated,
            edge,
            Rate(
                within=(0, 1 - 1 / (100 * kappa)),
                average="exact",
                method=NesterovSGD(step=1 / (2 * L_max), momentum=1),
                label="momentum 1",
            ),
            Rate(within=((1 - 1 / root) ** 2, 1), average="exact", label="no more than √κ"),
            SpeedUp(
                best_sgd,
                (3 * cube_root / 5, 4 * cube_root / 5),
                method=three,
                instances=orthogonal((3,), 1e3, 1e4, 1e5),
                label="three samples",
            ),
        ],
        rivals=[
            Rival("at most twice as fast", replace(accelerated, within=(0, 2))),
            Rival("a fourth root of κ", replace(accelerated, within=(0, 2 * kappa ** sp.Rational(1, 4)))),
            Rival("power 3/4 of κ", replace(accelerated, within=(kappa ** sp.Rational(3, 4) / 4, sp.oo))),
            Rival("twice as fast again", replace(accelerated, within=(4 * root / 5, root))),
            Rival(
                "momentum tuned for 4κ",
                method=two._replace(momentum=(4 * root - 1) / (4 * root + 1)),
                of="two samples",
            ),
            Rival(
                "momentum tuned for κ/4",
                method=two._replace(momentum=(root - 1) / (root + 1)),
                of="two samples",
            ),
            Rival("step 1/L_max", method=two._replace(step=1 / L_max), of="two samples"),
            Rival("heavy ball", method=MomentumSGD(*two), of="two samples"),
            Rival("longest step 3/4", replace(edge, method=NesterovSGD(3 / (4 * L_max), sp.Integer(1)))),
            Rival(
                "longest step of heavy ball, 2(1 - β²)",
                replace(edge, method=NesterovSGD(2 * (1 - half**2) / L_max, half)),
            ),
            Rival(
                "three samples as two",
                replace(accelerated, method=three, instances=orthogonal((3,), 1e3, 1e4, 1e5)),
            ),
            Rival(
                "momentum 1 with three samples",
                Rate(
                    within=(0, 1),
                    average="exact",
                    method=NesterovSGD(step=1 / (2 * L_max), momentum=1),
                    instances=orthogonal((3,), 1e3),
                ),
            ),
        ],
    ),
    Theorem(
        name="sgd-nesterov-many-samples",
        title="On four orthogonal samples or more Nesterov's momentum makes SGD a constant times faster",
        source=Source("liubelkin2020"),
        also=[Source("kidambi2018")],
        statement="On N = 4, 6 or 8 samples with orthogonal rows, SGD with step γ/L_max and Nesterov's "
        "momentum β in [0, 1) converges in mean square only if 1 - β > γ(N - 3)/(2N). So with no step and "
        "momentum it is more than about 2N/(N - 3) times as fast as SGD with its best step, and well tuned "
        "it comes close to N/(N - 3).",
        method=tuned,
        instances=many,
        premises=[INTERPOLATION],
        survey="fast gradient",
        remark="Derived, with the notation of the theorem on two samples. At 1 - β = (1 - τ)γ(N - 3)/(2N) "
        "the right side of the equation for the eigenvalue 1 exceeds the left one for all τ in [0, 1]; for "
        "N = 6 their difference is γ³ times x²/2 - (6 - τ)x + 3τ² - 10τ + 19 + 24τ/γ, over 144, with x = (1 "
        "- τ)γ ≤ 4. The mean of the slow unknown has two roots: if they are real, the larger one is at "
        "least 1 - 2γ/(Nκ(1 - β)); if they are complex, 1 - β < 2(γ/(Nκ))^{1/2}, and the square of their "
        "modulus is β(1 - γ/(Nκ)). Either way the limit keeps the factor of the mean square above 1 - 8/((N "
        "- 3)κ), up to terms of order κ^{-2}, and SGD has 1 - 4/(Nκ). Six orthogonal samples have the "
        "second moments of Gaussian data of which a draw shows one of two coordinates.",
        predictions=[
            floor,
            ceiling,
            nearly,
            *(
                replace(
                    floor,
                    within=(least, sp.oo),
                    method=damped(step, part),
                    label=f"step {step}, {part} times the drag",
                    quick=False,
                )
                for step in (1, half, sp.Rational(1, 10), 1 / root)
                for part in (1, sp.Rational(3, 2), 2)
            ),
            replace(floor, within=(1, sp.oo), method=damped(1 / root, 1), label="unstable at the limit"),
            Rate(within=(1, sp.oo), average="exact", method=classical, label="the classical pair"),
            Rate(within=(0, 1), average="exact", method=SGD(step=1 / L_max), label="SGD with its step"),
        ],
        rivals=[
            Rival("square root of κ", replace(nearly, within=(root / 4, sp.oo))),
            Rival("a fourth root of κ", replace(nearly, within=(kappa ** sp.Rational(1, 4) / 2, sp.oo))),
            Rival("no gain at all", replace(nearly, within=(0, 1))),
            Rival("the gain is 2N/(N - 3)", replace(nearly, within=(sp.Rational(8, 5) * N / (N - 3), sp.oo))),
            Rival(
                "half the floor's distance from 1",
                replace(floor, within=((1 - slow / 4) ** (N / 2), 1), instances=far),
            ),
            Rival("momentum of two samples", method=two, of="floor"),
            Rival("half the drag is enough", method=damped(1 / root, half), of="floor"),
            Rival(
                "the classical pair converges",
                Rate(within=(0, 1), average="exact", method=classical),
            ),
        ],
    ),
    Theorem(
        name="sgd-nesterov-never-accelerates",
        title="Belief: with sampled gradients Nesterov's momentum is no faster than SGD",
        source=Source("kidambi2018"),
        also=[Source("liubelkin2020")],
        statement="With one sample a step no choice of step and momentum makes Nesterov's method more than "
        "a constant times faster than SGD. True on four orthogonal samples and more, and so true as a "
        "statement that there are such instances; false as a statement about all of them, for on two "
        "orthogonal samples a good pair is √κ/2 times faster.",
        method=two,
        instances=orthogonal((2,), 1e3, 1e4),
        premises=[INTERPOLATION],
        belief=True,
        survey="fast gradient",
        remark="The sources say that there are instances, and that there is no acceleration in general. Two "
        "orthogonal samples are an instance for heavy ball but not for Nesterov's momentum, as the exact "
        "rate of a pair in closed form shows.",
        predictions=[
            SpeedUp(best_sgd, (0, 2), expect="REFUTED", label="two samples"),
            SpeedUp(
                best_sgd,
                (0, 2),
                method=three,
                instances=orthogonal((3,), 1e3, 1e4),
                expect="REFUTED",
                label="three samples",
            ),
            SpeedUp(best_sgd, (0, 4), method=tuned, instances=far, label="six and eight samples"),
            SpeedUp(best_sgd, (two_fifths * root, half * root), label="what holds on two"),
            SpeedUp(
                GradientDescent(step=2 / (L + mu)),
                (two_fifths * root, 2 * root),
                method=Nesterov(),
                label="exact gradients",
            ),
        ],
        rivals=[
            Rival(
                "nor is it slower", SpeedUp(best_sgd, (1, sp.oo), method=two._replace(momentum=rho**2 / 2))
            ),
            Rival(
                "as fast on six samples as on two",
                SpeedUp(best_sgd, (two_fifths * root, sp.oo), method=tuned, instances=far),
            ),
        ],
    ),
]
