"""Do the numbers that are computed lie where theory puts them?"""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.evidence import Curve, Evidence, Figure, number
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import method as protocol
from theorems.predictions import Calculation, Fact

#: What each kind of interval can and cannot show.
LIMITS = {
    "identity": "Equal to rounding in the cases named; an identity is not proved by cases.",
    "sample": "Means of samples; a difference below their intervals is not seen.",
    "slope": "A fitted exponent; one within the margin of the claim cannot be told from it.",
    "bound": "Not violated in the cases named; that proves nothing for others.",
}


def collect(prediction: Calculation, trial: Trial) -> Evidence:
    if prediction.compute is None:
        raise ValueError(f"prediction {prediction.id!r} computes nothing; give compute= a function")
    if prediction.rests_on not in LIMITS:
        raise ValueError(
            f"prediction {prediction.id!r} rests on {prediction.rests_on!r}; "
            f"the choices are {', '.join(LIMITS)}"
        )
    method = () if trial.method is None else (trial.method,)
    facts = list(prediction.compute(*method, **prediction.arguments))
    if not facts:
        raise ValueError(f"the computation of prediction {prediction.id!r} gave no numbers")
    rows: list[dict[str, Any]] = [
        {
            "instance": fact.what,
            "predicted": fact.predicted,
            "measured": fact.measured,
            "interval": [fact.low, fact.high],
            "miss": miss(fact),
        }
        for fact in facts
    ]
    return Evidence(
        rows=rows,
        facts={"worst": max(rows, key=lambda row: row["miss"])},
        ran=prediction.ran or (protocol.name(trial.method) if trial.method is not None else "computed"),
        limits=LIMITS[prediction.rests_on],
        figures=[] if prediction.drawn is None else [_figure(facts, prediction)],
    )


def _figure(facts: list[Fact], prediction: Calculation) -> Figure:
    """The numbers that have a place, a line for what was measured and one for what is predicted."""
    assert prediction.drawn is not None
    placed = [fact for fact in facts if fact.at is not None]
    curves = []
    for role in ("measured", "predicted"):
        points = sorted((float(fact.at or 0), fact.measured) for fact in placed if fact.curve == role)
        curves.append(Curve(role, role, [x for x, _ in points], [y for _, y in points]))
    return Figure("scaling", prediction.ran or prediction.label, *prediction.drawn, curves)


def miss(fact: Fact) -> float:
    """How far outside its interval a number lies, in units of the half width; 0 inside, infinite for NaN."""
    if fact.low <= fact.measured <= fact.high:
        return 0.0
    distance = max(fact.low - fact.measured, fact.measured - fact.high)
    half = (fact.high - fact.low) / 2
    return float(distance / half) if 0 < half < np.inf and distance < np.inf else float("inf")


def judge(prediction: Calculation, evidence: Evidence) -> Verdict:
    worst: dict[str, Any] = evidence.facts["worst"]
    low, high = map(number, worst["interval"])
    if number(worst["miss"]) > 0:
        return Verdict(
            Word.REFUTED,
            f"{worst['instance']}: {number(worst['measured']):.6g}, which is not in [{low:.6g}, {high:.6g}]",
            prediction.rests_on,
        )
    word = Word.EXACT if prediction.rests_on == "identity" else Word.HOLDS
    count = len(evidence.rows)
    return Verdict(word, f"{count} number{'s' * (count > 1)} where theory puts them", prediction.rests_on)
