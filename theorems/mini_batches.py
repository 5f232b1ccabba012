r"""Mini-batches: by how much they reduce the variance, exactly, and how many samples it pays to take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SGD, GradientDescent, MiniBatchSGD
from solvers.problems.sampled_families import INTERPOLATION, UNIT_ROWS, coordinates, noisy_rows, samples
from solvers.problems.scaled_families import tight_frames
from theorems.predictions import Bound, Moments, Rate, SpeedUp
from theorems.symbols import L, L_max, N, R, distance, gap, kappa_CD, mu, sigma, t
from theorems.theorem import Rival, Source, Theorem

half = sp.Rational(1, 2)

# ---------------------------------------------------------------- variance factors

frame = tight_frames(12, 4, noise=(0.5,))
clean_frame = tight_frames(12, 4, noise=(0,))
noisy = noisy_rows(12, 4, noise=(0.5,), seeds=2)


def variance(batch: int, replacement: bool) -> Any:
    """The variance of the mean of a batch, as a multiple of that of one sample."""
    return sp.Rational(1, batch) if replacement else (N - batch) / (batch * (N - 1))


def batches(step: Any, batch: int, replacement: bool) -> MiniBatchSGD:
    return MiniBatchSGD(step, sp.Integer(batch), sp.Integer(int(replacement)))


def level(step: Any, v: Any, curvature: Any = mu) -> Any:
    """The expected gap in the long run where every eigenvalue of the Hessian is ``curvature``."""
    return step * v * sigma**2 / (4 - 2 * step * v - 2 * step * (1 - v) * curvature)


def factor(step: Any, v: Any) -> Any:
    """The factor of E|x - x*|^2 in a step, there."""
    return (1 - step * mu) ** 2 + step**2 * v * mu * (1 - mu)


def floor(batch: int, replacement: bool, step: Any = half) -> Moments:
    return Moments(
        gap,
        level(step, variance(batch, replacement)),
        average="exact",
        method=batches(step, batch, replacement),
        label=f"level {batch} {'with' if replacement else 'without'} replacement",
    )


def pace(batch: int, replacement: bool, step: Any = half) -> Rate:
    return Rate(
        factor(step, variance(batch, replacement)) ** (N / (2 * batch)),
        average="exact",
        method=batches(step, batch, replacement),
        instances=clean_frame,
        label=f"pace {batch} {'with' if replacement else 'without'} replacement",
    )


four = floor(4, False)

# ---------------------------------------------------------------- linear scaling

designs = samples(coordinates(8, kappa_CD=(64, 512), gain=(1.5, 3, 5)))
slow_designs = samples(coordinates(8, kappa_CD=(64,), gain=(1.5, 5), start="slowest"))


def longest(v: Any) -> Any:
    """The step at which a batch of this variance contracts fastest in every mode but the slowest."""
    return 1 / ((1 - v) * L + v * L_max)


def scaled(batch: int, replacement: bool = True) -> tuple[MiniBatchSGD, Any, Any]:
    """The method with its longest step, that step, and the upper end of its factor per step."""
    v = variance(batch, replacement)
    step = longest(v)
    return batches(step, batch, replacement), step, 1 - 2 * step * mu / (1 + step * mu * (1 - v + v * N))


def bound(batch: int) -> Bound:
    method, step, _ = scaled(batch)
    return Bound(
        distance**2,
        (1 - step * mu) ** (N * t / batch) * R**2,
        average="exact",
        method=method,
        label=f"published {batch}",
        quick=False,
    )


def band(batch: int, replacement: bool = True) -> Rate:
    method, step, slow = scaled(batch, replacement)
    return Rate(
        within=((1 - step * mu) ** (N / batch), slow ** (N / (2 * batch))),
        average="exact",
        method=method,
        label=f"band {batch} {'with' if replacement else 'without'} replacement",
        quick=batch == 2 and not replacement,
    )


# As mu -> 0 an epoch of a batch loses 2 step mu N / batch of the logarithm, and one of single samples
# 2 mu N / L_max. The ends of both bands are apart by less than 1 + 2/kappa_CD.
slack = 1 + 2 / kappa_CD


def gained(batch: int, replacement: bool = True) -> SpeedUp:
    method, step, _ = scaled(batch, replacement)
    per_sample = step * L_max / batch
    return SpeedUp(
        SGD(1 / L_max),
        (per_sample / slack, per_sample * slack),
        method=method,
        label=f"per sample {batch} {'with' if replacement else 'without'} replacement",
        quick=False,
    )


whole = SpeedUp(
    GradientDescent(1 / L),
    (1, 1),
    method=batches(longest(sp.Integer(0)), 8, False),
    label="whole",
    quick=False,
)

theorems = [
    Theorem(
        name="mini-batch-variance",
        title="A batch of b divides the variance by b, and by b(N-1)/(N-b) if no sample comes twice",
        source=Source("dekelgiladbachrachshamirxiao2012"),
        also=[Source("needellsrebroward2016")],
        statement="On unit rows whose Hessian is a multiple λ of the identity, SGD on batches with step γ "
        "has the mean-square factor (1 - γλ)² + γ²vλ(1 - λ) a step and the expected gap γvσ²/(4 - 2γv - "
        "2γ(1 - v)λ) in the long run, exactly, where v is 1/b for batches with replacement and (N - b)/(b(N "
        "- 1)) for batches without.",
        method=batches(half, 4, False),
        instances=frame,
        premises=[UNIT_ROWS],
        survey="decomposition",
        remark="Derived: in a step E|e|² changes by -(4γ - 2γ²v) gap + γ²(1 - v)|He|² + γ²vσ². On a tight "
        "frame |He|² is 2λ gap, and the two values follow; on other rows the level lies between those with "
        "λ = μ and λ = L. The whole sum as one batch has v = 0: it is gradient descent, and no noise is "
        "left.",
        predictions=[
            *(floor(b, False) for b in (2, 6)),
            four,
            *(floor(b, True) for b in (2, 3)),
            *(pace(b, False) for b in (2, 4, 6, 12)),
            *(pace(b, True) for b in (2, 3)),
        ],
        rivals=[
            Rival("1/b without replacement", replace(four, expression=level(half, sp.Rational(1, 4)))),
            Rival("(N-b)/(bN) without replacement", replace(four, expression=level(half, (N - 4) / (4 * N)))),
            Rival("1/√b", replace(four, expression=level(half, sp.Rational(1, 2)))),
            Rival("a fourth of the level of one sample", replace(four, expression=level(half, 1) / 4)),
            Rival("without replacement", method=batches(half, 3, False), of="level 3 with replacement"),
            Rival("a batch of three", method=batches(half, 3, False), of="level 4 without replacement"),
            Rival(
                "pace of one sample", replace(pace(4, False), expression=factor(half, 1) ** sp.Rational(3, 2))
            ),
            Rival("pace of gradient descent", replace(pace(4, False), expression=(1 - half * mu) ** (N / 4))),
            Rival("rows that are no frame", replace(four, instances=noisy)),
        ],
    ),
    Theorem(
        name="mini-batch-linear-scaling",
        title="Batches up to L_max/L samples save steps, none saves samples",
        source=Source("mabassilybelkin2018"),
        also=[Source("dekelgiladbachrachshamirxiao2012")],
        statement="Under interpolation SGD on batches of b samples with replacement contracts the expected "
        "|x - x*|² by 1 - γμ a step with γ = b/(L_max + (b - 1)L). So for small μ a step is worth "
        "b/(1 + (b - 1)L/L_max) steps on one sample: nearly b while b is below L_max/L, and never more than "
        "L_max/L; per sample no batch is faster than one sample at a time.",
        method=scaled(2)[0],
        instances=designs,
        epochs=400,
        premises=[UNIT_ROWS, INTERPOLATION],
        survey="decomposition",
        remark="Derived here, in the sense of the paper: a step changes E|e|² by at most -γ(2 - γ((1 - v)λ "
        "+ v L_max))λ in the mode λ, v the variance of the mean of a batch as a multiple of that of one "
        "sample. The band is that of one sample's step, with s = 1/(γ(1 - v + vN)): both ends are 2γμ from "
        "1 where μ is small, twice what the bound says. Without replacement the step is a little longer, up "
        "to 1/L for the whole sum.",
        predictions=[
            bound(2),
            bound(3),
            *(band(b) for b in (2, 3)),
            *(band(b, False) for b in (2, 4, 7)),
            *(gained(b) for b in (2, 3)),
            *(gained(b, False) for b in (2, 4, 7)),
            whole,
        ],
        rivals=[
            Rival(
                "twice the published exponent from the start",
                replace(
                    bound(2),
                    instances=slow_designs,
                    expression=(1 - scaled(2)[1] * mu) ** (N * t) * R**2,
                ),
            ),
            Rival(
                "linear scaling for every batch",
                replace(gained(4, False), within=(1 / slack, slack)),
            ),
            Rival(
                "the step of one sample",
                method=batches(1 / L_max, 4, False),
                of="per sample 4 without replacement",
            ),
            Rival(
                "the step with replacement",
                method=batches(longest(sp.Rational(1, 4)), 4, False),
                of="per sample 4 without replacement",
            ),
            Rival(
                "b times the step of one sample",
                method=batches(3 / L_max, 3, True),
                of="band 3 with replacement",
            ),
            Rival("a batch saves samples", replace(gained(2), within=(1, 2))),
            Rival(
                "the published factor is attained",
                Rate((1 - scaled(2)[1] * mu) ** (N / 4), average="exact", label="published", quick=False),
            ),
        ],
    ),
]
