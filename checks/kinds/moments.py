"""Has an expectation its exact value, in the long run or summed over all steps?

Exactly, by a linear system with the operator of the second moment; or by runs, with a z-score at a
family-wise level: each run's measure is averaged over the second half of its epochs, where it is
stationary; the runs are independent, so their averages give a mean and its standard error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special
import sympy as sp

from checks.evidence import Evidence, Figure, curve
from checks.formula import log_measure, measures_of
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.constants import evaluate
from solvers.moments import SecondMoment
from solvers.plan import gap_at
from solvers.trajectories import every
from theorems.predictions import Moments
from theorems.symbols import Delta, R, distance, gap

#: Chance of a false refutation, over all instances together.
LEVEL = 1e-4
#: A relative standard error above this decides nothing.
RESOLUTION = 0.02


def collect(prediction: Moments, trial: Trial) -> Evidence:
    return _solved(prediction, trial) if prediction.average == "exact" else _sampled(prediction, trial)


def _solved(prediction: Moments, trial: Trial) -> Evidence:
    instances = trial.instances()
    trial.check_premises(instances, trial.method)
    rows: list[dict[str, Any]] = []
    for instance in instances:
        moment = SecondMoment.of(trial.method, instance)
        start = np.asarray(instance.start(0))
        first = {R: float(np.linalg.norm(start)), Delta: gap_at(instance.problem, start)}
        square, height = moment.totals(start) if prediction.of == "sum" else moment.limit()
        exact = _linear(prediction.measure, square, height)
        constants = {**instance.constants, **first}
        predicted = float(evaluate(prediction.expression, constants, trial.theorem.name))
        # A solution of 1 - T, whose inverse is as large as 1 / (1 - factor): rounding of that many entries,
        # each of them a mean over that many outcomes.
        terms = len(moment.triangle[0]) + len(moment.first_step.probabilities)
        tolerance = 2.0**-53 * terms / (1 - moment.factor())
        rows.append(
            {
                "instance": instance.label,
                "predicted": predicted,
                "measured": exact,
                "deviation": abs(exact - predicted) / abs(exact) if exact else abs(predicted),
                "tolerance": tolerance,
            }
        )
    return Evidence(
        rows=rows,
        facts={"worst": max(rows, key=lambda row: row["deviation"] - row["tolerance"])},
        ran=trial.ran(instances),
        limits="The expectation is exact, on the instances named.",
    )


def _linear(measure: Any, square: float, height: float) -> float:
    """The measure where E|e|^2 and E[f - f*] are these.

    Raises:
        ValueError: it is not linear in them.
    """
    e, h = sp.Symbol("e", positive=True), sp.Symbol("h", positive=True)
    form = sp.expand(sp.sympify(measure).subs({distance: sp.sqrt(e), gap: h}))
    a, b = form.coeff(e), form.coeff(h)
    if sp.simplify(form - a * e - b * h) != 0 or not (a.is_number and b.is_number):
        raise ValueError(
            f"the expectation of {measure} does not follow from those of distance**2 and gap; use a "
            "combination of these two"
        )
    return float(a) * square + float(b) * height


def _sampled(prediction: Moments, trial: Trial) -> Evidence:
    if prediction.of != "limit":
        raise ValueError(f"prediction {prediction.id!r} sums over all steps; that needs average='exact'")
    instances = trial.instances()
    runs = trial.trajectories(instances, measures_of(prediction.measure), grid=every)
    error = log_measure(prediction.measure, runs)
    half = error.shape[1] // 2
    seeds = len(np.unique(runs.seed))
    z = float(-scipy.special.stdtrit(seeds - 1, LEVEL / 2 / len(instances)))  # Student's, for few runs
    rows: list[dict[str, Any]] = []
    for k, instance in enumerate(instances):
        mine = np.flatnonzero(runs.instance == k)
        averages = np.exp(error[mine, half:]).mean(1)
        mean, deviation = averages.mean(), averages.std(ddof=1) / np.sqrt(len(mine))
        predicted = float(evaluate(prediction.expression, instance.constants, trial.theorem.name))
        rows.append(
            {
                "instance": instance.label,
                "predicted": predicted,
                "measured": float(mean),
                "interval": [float(mean - z * deviation), float(mean + z * deviation)],
                "z": float((mean - predicted) / deviation),
                "relative error": float(deviation / mean),
                "window": [float(runs.epochs[mine[0], half]), float(runs.epochs[mine[0], -1])],
            }
        )
    mine = np.flatnonzero(runs.instance == 0)
    mean = np.log(np.exp(error[mine]).mean(0))
    epochs = runs.epochs[mine[0]]
    level = np.full_like(epochs, np.log(rows[0]["predicted"]))
    return Evidence(
        rows=rows,
        facts={"z": z, "seeds": seeds},
        ran=trial.ran(instances, runs),
        limits=f"The mean of {seeds} independent runs; a difference below its interval is not seen.",
        figures=[
            Figure(
                name="error",
                title=str(rows[0]["instance"]),
                x_label="epochs",
                y_label="ln error",
                curves=[
                    curve("mean of the runs", "measured", epochs, mean),
                    curve("predicted", "predicted", epochs, level),
                ],
            )
        ],
        runs=trial.used,
    )


def judge(prediction: Moments, evidence: Evidence) -> Verdict:
    if prediction.average == "exact":
        worst = evidence.facts["worst"]
        found = (
            f"{worst['measured']:.12g} where {worst['predicted']:.12g} is predicted, on {worst['instance']}"
        )
        if not worst["deviation"] <= worst["tolerance"]:
            return Verdict(Word.REFUTED, f"the exact expectation is {found}", "exact expectation")
        return Verdict(
            Word.EXACT,
            f"equal to rounding on {len(evidence.rows)} instances; at most {worst['deviation']:.2g} apart",
            "exact expectation",
        )
    worst = max(evidence.rows, key=lambda row: abs(row["z"]))
    low, high = worst["interval"]
    sentence = (
        f"the mean is {worst['measured']:.5g} in [{low:.5g}, {high:.5g}] where {worst['predicted']:.5g} is "
        f"predicted (z = {worst['z']:.2f}), on {worst['instance']}"
    )
    if abs(worst["z"]) > evidence.facts["z"]:
        return Verdict(Word.REFUTED, sentence, "z-score")
    if max(row["relative error"] for row in evidence.rows) > RESOLUTION:
        return Verdict(Word.INCONCLUSIVE, f"interval too wide, raise seeds: {sentence}", "z-score")
    return Verdict(Word.HOLDS, sentence, "z-score")
