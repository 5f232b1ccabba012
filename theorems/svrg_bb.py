r"""SVRG with Barzilai-Borwein steps: no step to tune, and rounds that must know kappa_CD instead."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import SGD, SVRG, SVRGBB
from solvers.problems.sampled_families import SQUARE_UNIT_ROWS, UNIT_ROWS, coordinates, noisy_rows, samples
from theorems.predictions import Bound, Complexity
from theorems.rivals import wrong_powers
from theorems.symbols import L_max, N, R, distance, epsilon, gain, gap, kappa, kappa_CD, mu, t
from theorems.theorem import Rival, Source, Theorem

# ---------------------------------------------------------------- rounds in proportion to kappa_CD

inner = sp.ceiling(4 * L_max / mu)
grid = samples(coordinates(8, kappa_CD=(8, 16, 32, 64), gain=(2, 4)))
larger_grid = samples(coordinates(8, kappa_CD=(8, 16, 32, 64, 128, 256), gain=(2, 4)))
slowest = samples(coordinates(8, kappa_CD=(4, 8), gain=(2,), start="slowest"))
tiny_first = SVRGBB(first=1 / (1000 * L_max), inner=inner)

scaling = Complexity(
    kappa_CD * sp.log(1 / epsilon),
    measure=gap,
    against=(kappa_CD, gain),
    between=(1e-20, 1e-280),
    seeds=4,
    instances=grid,
    full=larger_grid,
    epochs=8000 * kappa_CD,
)
never_faster = Bound(
    distance**2,
    (1 - 1 / inner) ** (2 * inner * N * t / (N + 2 * inner)) * R**2,
    side="lower",
    average="sampled",
    seeds=64,
    instances=slowest,
    epochs=60 * kappa_CD,
    label="slowest start",
    quick=False,
)

# ---------------------------------------------------------------- rounds long enough for a proof

proven_round = sp.ceiling(8 * kappa / mu)
least = 2 - 1 / (proven_round * mu)
contraction = sp.exp(-least / kappa) + kappa / (least * proven_round * mu)
proven = Bound(
    distance**2,
    contraction ** (N * t / (N + 2 * proven_round)) * R**2,
    average="sampled",
    seeds=64,
    method=SVRGBB(first=1 / (proven_round * mu), inner=proven_round),
    instances=noisy_rows(24, 3, noise=(1,)),
    epochs=12 + 24 * proven_round / N,
    label="long rounds",
    quick=False,
)

# ---------------------------------------------------------------- rounds of 2N

stiff = samples(coordinates(8, kappa_CD=(64,), gain=(2, 4)))
claimed = Bound(distance, 10 * R * sp.exp(-t / (40 * kappa_CD)), seeds=4, expect="REFUTED", quick=False)

theorems = [
    Theorem(
        name="svrg-bb",
        title="SVRG with Barzilai-Borwein steps needs κ_CD log(1/ε) epochs, if its rounds are long enough",
        source=Source("tanmadaiqian2016"),
        statement="SVRG with Barzilai-Borwein steps converges linearly in expectation if its rounds are long "
        "enough. On least squares with rows of norm 1, a round of m ≥ 8κ/μ steps multiplies E|x - x*|² by at "
        "most exp(-(2 - 1/(mμ))/κ) + κ/((2 - 1/(mμ))mμ), and no round by less than (1 - 1/m)^(2m) from the "
        "slowest mode. With rounds of 4 L_max/μ steps, single runs on square systems need O(κ_CD log(1/ε)) "
        "epochs, whatever the largest eigenvalue and the first step are.",
        method=tiny_first,
        instances=grid,
        premises=[UNIT_ROWS],
        survey="mixed",
        remark="The source has a bound of this form for strongly convex functions; the constants here are "
        "derived for rows of norm 1. The step is 1/m over a Rayleigh quotient of the Hessian, so it lies "
        "between 1/(mL) and 1/(mμ); with the error w of the snapshot, E|e|² is multiplied by at most 1 - "
        "μγ(2 - γ) in a step and γ²w'Hw is added. The expected error of the slowest mode is multiplied by "
        "1 - γμ ≥ 1 - 1/m. The step needs no tuning; the length of the rounds does, see "
        "svrg-bb-short-rounds.",
        predictions=[scaling, never_faster, proven],
        rivals=[
            Rival("SGD", method=SGD(step=1 / (10 * L_max)), of="long rounds"),
            Rival("SVRG with step 1/3", method=SVRG(inner=inner), of="slowest start"),
            Rival(
                "twice the rate",
                replace(proven, expression=contraction ** (6 * N * t / (N + 2 * proven_round)) * R**2),
            ),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="svrg-bb-short-rounds",
        title="Believed: with Barzilai-Borwein steps SVRG needs no tuning",
        source=Source("tanmadaiqian2016"),
        statement="With rounds of 2N steps and the steps of Barzilai and Borwein, SVRG converges at a "
        "fixed part of the pace of SVRG with step 1/(3 L_max). This is false where κ_CD is well above the "
        "length of a round over N: the Barzilai-Borwein step over m is then too long for the fast modes.",
        method=SVRGBB(),
        instances=stiff,
        epochs=100 * kappa_CD,
        premises=[SQUARE_UNIT_ROWS],
        belief=True,
        survey="mixed",
        remark="The source asks for rounds that are long against κ. In the slowest mode the step would be "
        "1/(mμ) = κ_CD/2 for m = 2N, where SVRG is stable below 1 at best.",
        predictions=[claimed],
        rivals=[
            Rival(
                "with a prefactor of 100",
                replace(claimed, expression=10 * claimed.expression, epochs=200 * kappa_CD),
            ),
            Rival("first step 1/1000", replace(claimed, method=SVRGBB(first=1 / (1000 * L_max)))),
        ],
    ),
]
