"""Is the error zero after m steps, and not before? In arithmetic of several hundred digits."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from checks.evidence import Evidence, Figure, curve, number
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import exact
from theorems.predictions import FiniteTermination
from theorems.symbols import m

#: An error below this part of the digits is zero; one above a part is not (there is nothing between).
ZERO, ALIVE = 0.25, 0.1


def collect(prediction: FiniteTermination, trial: Trial) -> Evidence:
    instances = trial.instances()
    trial.check_premises(instances, trial.method)
    rows: list[dict[str, Any]] = []
    figures: list[Figure] = []
    with mpmath.workdps(prediction.digits):
        for instance in instances:
            distinct = len(set(instance.problem.eigenvalues.tolist()))
            steps = int(sp.sympify(prediction.steps).subs({m: distinct}))
            logs = []
            for x in exact.iterate(
                trial.method,
                instance.problem,
                instance.start(0),
                max(steps, distinct),
                number=_many_digits,
                constants=instance.constants,
            ):
                square = sum(v * v for v in x)
                logs.append(float(mpmath.log(square) / 2) if square else float("-inf"))
            decades = [(log - logs[0]) / math.log(10) for log in logs]
            rows.append(
                {
                    "instance": instance.label,
                    "predicted": steps,
                    "decades before": decades[steps - 1],
                    "decades after": decades[steps],
                }
            )
            if not figures:
                shown = [max(d, -prediction.digits) * math.log(10) for d in decades]
                line = curve("measured", "measured", range(len(shown)), shown)
                figures.append(Figure("error", instance.label, "epochs", "ln error", [line]))
    return Evidence(
        rows=rows,
        facts={"digits": prediction.digits},
        ran=f"{trial.ran(instances)}, in {prediction.digits}-digit arithmetic",
        limits="A statement about exact arithmetic; in double precision the termination is delayed or lost.",
        figures=figures,
    )


def _many_digits(value: Any) -> mpmath.mpf:
    """The value in the working precision; a fraction is divided there, not before."""
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    return mpmath.mpf(value)


def judge(prediction: FiniteTermination, evidence: Evidence) -> Verdict:
    digits = evidence.facts["digits"]
    for row in evidence.rows:
        before, after = (number(row[k]) for k in ("decades before", "decades after"))
        if after > -ALIVE * digits:
            return Verdict(
                Word.REFUTED,
                f"after {row['predicted']} steps the error is still 10^{after:.1f} of its start on "
                f"{row['instance']}",
                "termination",
            )
        if before < -ALIVE * digits:
            return Verdict(
                Word.REFUTED,
                f"the error is zero before step {row['predicted']} on {row['instance']}",
                "termination",
            )
        if after > -ZERO * digits:
            return Verdict(Word.INCONCLUSIVE, f"too few digits for {row['instance']}", "termination")
    largest = max(number(row["decades after"]) for row in evidence.rows)
    return Verdict(
        Word.EXACT,
        f"the error falls to 10^{largest:.0f} at the predicted step and not before, on "
        f"{len(evidence.rows)} instances in {digits}-digit arithmetic",
        "termination",
    )
