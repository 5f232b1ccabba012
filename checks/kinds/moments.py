"""Has an expectation its exact value in the long run? Runs, by z-score at a family-wise level.

Each run's measure is averaged over the second half of its epochs, where it is stationary; the runs
are independent, so their averages give a mean and its standard error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from checks.evidence import Evidence, Figure, curve
from checks.formula import log_measure, measures_of
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.constants import evaluate
from solvers.trajectories import every
from theorems.predictions import Moments

#: Chance of a false refutation, over all instances together.
LEVEL = 1e-4
#: A relative standard error above this decides nothing.
RESOLUTION = 0.02


def collect(prediction: Moments, trial: Trial) -> Evidence:
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
