r"""Katyusha: variance reduction at the root of kappa_CD, where its rounds or its coins keep it together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SGD, SVRG, Katyusha, LooplessKatyusha, LooplessSVRG
from solvers.methods.katyusha import COUPLING, HALF
from solvers.problems.sampled_families import (
    UNIT_ROWS,
    coordinates,
    flat_designs,
    noisy_rows,
    samples,
    together,
)
from theorems.predictions import Bound, Complexity, Moments, Rate
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L_max, N, R, epsilon, gain, gap, kappa, kappa_CD, mu, n, t
from theorems.theorem import Rival, Source, Theorem

#: mu / L_max for unit rows, whose Hessian has trace 1; the same on a flat design, whose mu is that of Q.
slow = 1 / (n * kappa_CD)


def tuned(kind: Any, guess: Any = kappa_CD) -> Any:
    """The published parameters for mu = L_max / (n guess)."""
    convexity = L_max / (n * guess)
    coupling = sp.Min(sp.sqrt(2 * N * convexity / (3 * L_max)), HALF)
    return kind(coupling=coupling, step=1 / (3 * coupling * L_max), convexity=convexity)


square = samples(coordinates(4, kappa_CD=(4, 64), gain=(2,)))
noisy = noisy_rows(24, 4, noise=(1,))
designs = together(noisy, square)
flat = flat_designs(1024, kappa_CD=(64, 128, 256, 512), gain=(2, 128))

tau = COUPLING.subs(mu, L_max * slow)
#: 1 + alpha sigma: what the slowest mode of E z falls by in a step.
theta = 1 + slow / (3 * tau)

# ---------------------------------------------------------------- rounds of 2N steps, five epochs

total = (theta ** (2 * N) - 1) / (theta - 1)
factor = sp.Max(theta ** (-2 * N), HALF)
round_bound = Bound(
    gap,
    factor ** (t / 5) * ((1 + (1 - 2 * tau) / total) * Delta + 3 * tau**2 * L_max * R**2 / total),
    average="exact",
    label="a round",
    quick=False,
)
round_band = Rate(
    within=(theta ** (-2 * N / sp.Integer(5)), factor ** sp.Rational(1, 10)), average="exact", quick=False
)
# tau_1 = (2/(3 kappa_CD))^(1/2) e-folds of the gap in N steps, which cost 5/2 epochs.
round_scaling = Complexity(
    sp.Rational(5, 2) * sp.sqrt(3 * kappa_CD / 2) * sp.log(1 / epsilon),
    measure=gap,
    against=(kappa_CD, gain),
    between=(1e-20, 1e-80),
    average="exact",
    leading=True,
    instances=flat,
    epochs=750 * sp.sqrt(kappa_CD),
)

# ---------------------------------------------------------------- coins, three epochs for N steps

published = 1 - sp.Min(1 - 1 / theta, tau / 2, tau / (N * (1 + tau)))
first = (1 + (1 + tau) / 2 * N) * Delta + tau * L_max * (1 + slow / (3 * tau)) * 3 * tau * R**2 / 2
loopless_bound = Bound(
    gap,
    published ** (N * t / 3) * first,
    average="exact",
    label="published",
    epochs=60 * n * sp.sqrt(kappa_CD) / N,
    quick=False,
)
loopless_band = Rate(within=(theta ** (-N / sp.Integer(3)), published ** (N / 6)), average="exact")
loopless_scaling = replace(
    round_scaling,
    expression=3 * sp.sqrt(3 * kappa_CD / 2) * sp.log(1 / epsilon),
    epochs=900 * sp.sqrt(kappa_CD),
)
no_ball = Moments(gap, 0, of="limit", average="exact", instances=noisy, label="no ball", quick=False)

theorems = [
    Theorem(
        name="katyusha",
        survey="mixed",
        title="Katyusha needs √κ_CD log(1/ε) epochs on equal-diagonal quadratics",
        source=Source("allenzhu2018"),
        statement="On least squares with rows of norm 1, with residuals or without, a round of 2N steps of "
        "Katyusha multiplies an energy, and in the long run the expected gap of its snapshot, by (1 + "
        "ασ)^(-2N) or less, where ασ = τ₁/(2N) and τ₁ = √(2Nμ/(3L_max)) < 1/2; by max((1 + ασ)^(-2N), 1/2) "
        "where τ₁ = 1/2. On square systems that is O(√κ_CD log(1/ε)) epochs, whatever the largest "
        "eigenvalue is.",
        method=tuned(Katyusha),
        instances=designs,
        epochs=60 * n * sp.sqrt(kappa_CD) / N,
        premises=[UNIT_ROWS],
        remark="The source states the rate with an O(1) in front; the constant here comes from its "
        "argument, with the strong convexity in f instead of the proximal term. E z of the slowest mode "
        "falls by exactly 1 + ασ in a step, because the two terms of its step cancel there; so no mean "
        "square falls faster than (1 + ασ)^(-4N) in a round, and on large flat designs this is what "
        "happens: τ₁ e-folds of the gap in N steps. A round costs five epochs. Accelerated gradient needs "
        "√κ epochs, larger by √(λ_max/λ_avg).",
        predictions=[round_bound, round_band, round_scaling],
        rivals=[
            Rival("SVRG", method=SVRG(), of="Rate"),
            Rival("SGD", method=SGD(step=1 / (3 * L_max)), of="a round"),
            Rival("tuned for 16 κ_CD", method=tuned(Katyusha, 16 * kappa_CD), of="Rate"),
            Rival("tuned for κ_CD / 16", method=tuned(Katyusha, kappa_CD / 16), of="a round"),
            Rival("α a fifth of it", method=tuned(Katyusha)._replace(step=1 / (15 * tau * L_max)), of="Rate"),
            Rival("without the anchor", method=tuned(Katyusha)._replace(anchor=sp.Integer(0)), of="a round"),
            Rival("the bound's factor is attained", Rate(factor ** sp.Rational(1, 10), average="exact")),
            Rival(
                "twice the rate",
                replace(round_bound, expression=round_bound.expression.subs(t, 3 * t)),
            ),
            Rival(
                "κ_CD as without acceleration",
                replace(round_scaling, expression=kappa_CD * sp.log(1 / epsilon)),
            ),
            Rival("√κ", replace(round_scaling, expression=sp.sqrt(kappa) * sp.log(1 / epsilon))),
            *wrong_powers(round_scaling),
        ],
    ),
    Theorem(
        name="loopless-katyusha",
        survey="mixed",
        title="Katyusha without loops needs 3.7 √κ_CD log(1/ε) epochs on equal-diagonal quadratics",
        source=Source("kovalevhorvathrichtarik2020"),
        also=[Source("allenzhu2018")],
        statement="On least squares with rows of norm 1, with residuals or without, a step of loopless "
        "Katyusha multiplies its Lyapunov function by 1 - min(ησ/(1 + ησ), θ₁/2, pθ₁/(1 + θ₁)) or less, p "
        "= 1/N, σ = μ/L_max, η = 1/(3θ₁), θ₁ = min(√(2σN/3), 1/2). On square systems it needs 3√(3κ_CD/2) "
        "epochs for a factor e of the gap where κ_CD is large, whatever the largest eigenvalue is.",
        method=tuned(LooplessKatyusha),
        instances=designs,
        premises=[UNIT_ROWS],
        remark="The Lyapunov function is L_max(1 + ησ)/(2η)|z - x*|² plus the gap of y over θ₁ and that of "
        "the snapshot times (1 + θ₁)/(2pθ₁). E z of the slowest mode falls by exactly 1 + ησ in a step, "
        "and its square is the factor in the long run: half of the truth is published, and the truth is "
        "attained. N steps cost three epochs.",
        predictions=[loopless_bound, loopless_band, loopless_scaling, no_ball],
        rivals=[
            Rival("loopless SVRG", method=LooplessSVRG(), of="Rate"),
            Rival("SGD", method=SGD(step=1 / (3 * L_max)), of="no ball"),
            Rival("tuned for 4 κ_CD", method=tuned(LooplessKatyusha, 4 * kappa_CD), of="Complexity"),
            Rival(
                "half the chance",
                method=tuned(LooplessKatyusha)._replace(chance=1 / (2 * N)),
                of="Complexity",
            ),
            Rival(
                "η a fifth of it",
                method=tuned(LooplessKatyusha)._replace(step=1 / (15 * tau * L_max)),
                of="Rate",
            ),
            Rival(
                "the published factor is attained",
                Rate(published ** (N / 6), average="exact", instances=square),
            ),
            Rival(
                "three times the rate",
                replace(loopless_bound, expression=published ** (N * t) * first),
            ),
            Rival(
                "κ_CD as without acceleration",
                replace(loopless_scaling, expression=kappa_CD * sp.log(1 / epsilon)),
            ),
            Rival(
                "twice the leading constant",
                replace(loopless_scaling, expression=2 * loopless_scaling.expression),
            ),
        ],
    ),
]
