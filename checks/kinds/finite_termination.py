"""Is the error zero after m steps, and not before? In arithmetic of several hundred digits."""

from __future__ import annotations

import mpmath
import sympy as sp

from checks.evidence import Evidence, Figure, curve
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import exact
from theorems.predictions import FiniteTermination

#: An error below this part of the digits is zero; one above a part is not (there is nothing between).
ZERO, ALIVE = 0.25, 0.1


def collect(prediction: FiniteTermination, trial: Trial) -> Evidence:
    instances = trial.instances()
    trial.check_premises(instances, trial.method)
    rows, figures = [], []
    with mpmath.workdps(prediction.digits):
        for instance in instances:
            distinct = len(set(instance.problem.eigenvalues.tolist()))
            steps = int(
                sp.sympify(prediction.steps).subs({sp.Symbol("m", positive=True, integer=True): distinct})
            )
            sizes = []
            for x in exact.iterate(
                trial.method, instance.problem, instance.start(0), max(steps, distinct), number=mpmath.mpf
            ):
                square = sum(v * v for v in x)
                sizes.append(float(mpmath.log(square) / 2) if square else float("-inf"))
            decades = [(s - sizes[0]) / 2.302585092994046 for s in sizes]
            rows.append(
                {
                    "instance": instance.label,
                    "predicted": steps,
                    "decades before": decades[steps - 1],
                    "decades after": decades[steps],
                }
            )
            if not figures:
                shown = [max(d, -prediction.digits) * 2.302585092994046 for d in decades]
                figures.append(
                    Figure("error", instance.label, "epochs", "ln error", [curve("measured", "measured", range(len(shown)), shown)])
                )  # fmt: skip
    return Evidence(
        rows=rows,
        facts={"digits": prediction.digits},
        ran=f"{trial.ran(instances)}, in {prediction.digits}-digit arithmetic",
        limits="A statement about exact arithmetic; in double precision the termination is delayed or lost.",
        figures=figures,
    )


def judge(prediction: FiniteTermination, evidence: Evidence) -> Verdict:
    digits = evidence.facts["digits"]
    for row in evidence.rows:
        before, after = (_number(row[k]) for k in ("decades before", "decades after"))
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
    largest = max(_number(row["decades after"]) for row in evidence.rows)
    return Verdict(
        Word.EXACT,
        f"the error falls to 10^{largest:.0f} at the predicted step and not before, on "
        f"{len(evidence.rows)} instances in {digits}-digit arithmetic",
        "termination",
    )


def _number(value: float | str) -> float:
    return float(value)
