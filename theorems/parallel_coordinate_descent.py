r"""Coordinate descent on several coordinates at once: what it gains, as a function of separability."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.chains import operations
from solvers.methods import GradientDescent, ParallelCoordinateDescent, RandomizedCoordinateDescent
from solvers.problems.parallel_families import separables
from solvers.problems.sampled_families import UNIT_DIAGONAL, coordinates, equicorrelated
from theorems.facts import equal
from theorems.predictions import Bound, Calculation, Fact, Rate, SpeedUp
from theorems.symbols import Delta, L, gap, mu, n, t
from theorems.theorem import Rival, Source, Theorem

rings = separables(8, (3, 5, 7))
quadratics = coordinates(8, kappa_CD=(32, 256), gain=(1.5, 4))


def overshoot(batch: int, degree: Any = L) -> Any:
    """β: how much further than allowed a batch would go with full steps."""
    return 1 + sp.Integer(batch - 1) * (degree - 1) / (n - 1)


def parallel(batch: int, beta: Any) -> ParallelCoordinateDescent:
    return ParallelCoordinateDescent(1 / beta, sp.Integer(batch))


def published(batch: int, **others: Any) -> Bound:
    beta = overshoot(batch)
    return Bound(
        gap,
        (1 - batch * mu / (beta * n)) ** (n * t / batch) * Delta,
        average="exact",
        method=parallel(batch, beta),
        label=others.pop("label", f"published {batch}"),
        **others,
    )


def band(batch: int, **others: Any) -> Rate:
    """E gap falls by s |g|²/2 and E|e|² by 4 s gap - s |g|²/β in a step, s = τ/(βn): so β|e|²/2 + gap, which
    is at most (1 + β/μ) gap, falls by 2τ/n gap; and the mean of e alone has the other factor."""
    beta = overshoot(batch)
    slow, fast = 1 - 2 * batch * mu / (n * (beta + mu)), 1 - batch * mu / (beta * n)
    return Rate(
        within=(fast ** (n / batch), slow ** (n / (2 * batch))),
        average="exact",
        method=parallel(batch, beta),
        label=others.pop("label", f"band {batch}"),
        **others,
    )


# An epoch loses between (2μ/β)/(1 + μ/β) and (2μ/β)/(1 - τμ/(βn)) of the logarithm of E|e|², β ≥ 1 and τ ≤ n;
# one of single coordinates the same with β = τ = 1.
slack = (1 + mu) / (1 - mu)


def gained(batch: int, **others: Any) -> SpeedUp:
    per_coordinate = 1 / overshoot(batch)
    return SpeedUp(
        RandomizedCoordinateDescent(),
        (per_coordinate / slack, per_coordinate * slack),
        method=parallel(batch, overshoot(batch)),
        label=others.pop("label", f"per coordinate {batch}"),
        **others,
    )


def waits(method: Any, each: int) -> list[Fact]:
    """The longest chain of n/τ steps on a full matrix: each + ⌊log₂ τ⌋ for a step."""
    facts = []
    for batch in (2, 3, 4, 8):
        for size in (24, 32):
            if size % batch == 0:
                chosen = method._replace(batch=sp.Integer(batch))
                chain = operations(chosen, equicorrelated(size, 0.5, "equal gap")).span
                depth = each + batch.bit_length() - 1
                facts.append(equal(f"n = {size}, τ = {batch}", size // batch * depth, chain, 0))
    return facts


chain = Calculation(
    compute=waits,
    method=parallel(2, overshoot(2)),
    arguments={"each": 4},
    quick=False,
    label="span",
    ran="the operations of an epoch on full matrices",
)
whole = Rate(
    1 - mu / L,
    average="exact",
    method=parallel(8, overshoot(8)),
    label="all at once",
)
too_long = parallel(4, sp.Integer(1))

theorems = [
    Theorem(
        name="parallel-coordinate-descent",
        title="τ coordinates at once are worth τ/(1 + (τ-1)(ω-1)/(n-1)) steps",
        source=Source("richtariktakac2016"),
        also=[Source("sun2020", "appendix")],
        statement="Let f be a sum of terms in at most ω unknowns each, with unit diagonal, and let τ "
        "different coordinates move at once from the same point, each the part 1/β of its way, β = 1 + "
        "(τ-1)(ω-1)/(n-1). Then the expected gap falls by the factor 1 - τμ/(βn) a step at least. For small "
        "μ a step is worth τ/β steps on single coordinates: τ if f is separable, 1 if every term has all "
        "unknowns, and never more than n/ω.",
        method=parallel(2, overshoot(2)),
        instances=rings,
        epochs=400,
        premises=[UNIT_DIAGONAL],
        assumptions=["on the rings L is the degree ω of separability"],
        survey="parallel",
        remark="The largest eigenvalue of a Hessian with unit diagonal does in the place of ω, which is "
        "never smaller; on sums of neighbours over a ring the two are equal. The speed-up is derived here, "
        "from a band that has both ends near 1 - 2τμ/(βn) for E|x - x*|².",
        predictions=[
            published(2),
            published(4, quick=False),
            published(8, quick=False),
            published(4, instances=quadratics, label="published 4 on other quadratics", quick=False),
            band(2),
            band(4, quick=False),
            band(4, instances=quadratics, label="band 4 on other quadratics", quick=False),
            *(gained(batch, quick=batch == 4) for batch in (2, 4)),
            gained(4, instances=quadratics, label="per coordinate 4 on other quadratics", quick=False),
            whole,
            SpeedUp(GradientDescent(1 / L), (1, 1), method=parallel(8, overshoot(8)), label="all at once"),
            chain,
        ],
        rivals=[
            Rival("a batch is worth its size", replace(gained(4), within=(1 / slack, slack))),
            Rival("a batch is worth one step", replace(gained(4), within=(1 / (4 * slack), slack / 4))),
            Rival(
                "half the degree of separability",
                method=parallel(4, overshoot(4, (L + 1) / 2)),
                of="per coordinate 4",
            ),
            Rival("half the part of the way", method=parallel(4, 2 * overshoot(4)), of="band 4"),
            Rival("full steps", method=too_long, of="band 4"),
            Rival(
                "the published factor is attained",
                Rate(
                    (1 - 4 * mu / (overshoot(4) * n)) ** (n / 8),
                    average="exact",
                    method=parallel(4, overshoot(4)),
                    label="attained",
                ),
            ),
            Rival("no waiting for sums", replace(chain, arguments={"each": 3})),
        ],
    ),
    Theorem(
        name="parallel-steps-as-long-as-serial",
        title="Believed: coordinates that move at once may go as far as one by one",
        source=Source("richtariktakac2016"),
        statement="Exact minimisation along every coordinate of a batch is a descent method, as it is along "
        "a single one. It is not: where the terms have many unknowns the steps add up, and E|x - x*|² grows.",
        method=too_long,
        instances=rings,
        epochs=60,
        survey="parallel",
        belief=True,
        predictions=[
            Bound(gap, Delta, average="exact", expect="REFUTED", label="never grows"),
            Rate(within=(1, sp.oo), average="exact", instances=separables(8, (5, 7)), label="grows"),
            Bound(gap, Delta, average="exact", method=parallel(4, overshoot(4)), label="with the factor 1/β"),
            Bound(gap, Delta, average="exact", method=RandomizedCoordinateDescent(), label="one by one"),
        ],
        rivals=[
            Rival("with the factor 1/β it grows too", method=parallel(4, overshoot(4)), of="grows"),
            Rival("one by one it grows too", method=RandomizedCoordinateDescent(), of="grows"),
        ],
    ),
]
