"""Does the error follow its formula, to rounding?"""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.evidence import Evidence, Figure, curve, number
from checks.formula import log_abs, log_bound, log_measure, measures_of
from checks.kinds.bound import first_miss, rounding
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.problems.instance import Instance
from solvers.trajectories import Trajectories
from theorems.predictions import Identity
from theorems.symbols import distance, lam, t


def collect(prediction: Identity, trial: Trial) -> Evidence:
    instances = trial.instances()
    runs = trial.trajectories(
        instances, measures_of(prediction.measure, prediction.expression), reduction=300.0
    )
    error = log_measure(prediction.measure, runs)
    if prediction.expression.has(lam):
        predicted = _modes(prediction, runs, instances)
    else:
        predicted = log_bound(prediction.expression, runs, instances)
    with np.errstate(invalid="ignore"):
        deviation = np.where(error == predicted, 0.0, np.abs(error - predicted))
    usable = (runs.rounds > 0) & ~np.isnan(deviation)
    if prediction.at == "end":
        usable &= runs.rounds == runs.rounds.max(1, keepdims=True)
    slack = rounding(prediction, runs, instances)
    over = np.where(usable, deviation - slack, -np.inf)
    rows: list[dict[str, Any]] = []
    for k, instance in enumerate(instances):
        mine = np.flatnonzero(runs.instance == k)
        b, j = np.unravel_index(np.argmax(over[mine]), over[mine].shape)
        b = mine[b]
        rows.append(
            {
                "instance": instance.label,
                "epoch": float(runs.epochs[b, j]),
                "predicted": float(predicted[b, j]),
                "measured": float(error[b, j]),
                "deviation": float(deviation[b, j]),
                "tolerance": float(slack[b, j]),
                "excess": float(over[b, j]),
                "largest deviation": float(np.where(usable[mine], deviation[mine], 0.0).max()),
                "checkpoints": int(usable[mine].sum()),
            }
        )
    worst = max(rows, key=lambda row: row["excess"])
    shown = next(i for i, k in enumerate(runs.instance.tolist()) if instances[k].label == worst["instance"])
    return Evidence(
        rows=rows,
        facts={
            "worst": worst,
            "first": first_miss(over, runs.epochs, predicted, error, runs.instance, instances),
            "checkpoints": int(usable.sum()),
        },
        ran=trial.ran(instances, runs),
        limits="An identity that holds to rounding along every run leaves room only for what these "
        "instances do not excite.",
        figures=[
            Figure(
                name="error",
                title=worst["instance"],
                x_label="epochs",
                y_label="ln error",
                curves=[
                    curve("measured", "measured", runs.epochs[shown], error[shown]),
                    curve("predicted", "predicted", runs.epochs[shown], predicted[shown]),
                ],
            )
        ],
        runs=trial.used,
    )


def _modes(prediction: Identity, runs: Trajectories, instances: list[Instance]) -> np.ndarray:
    """ln of the distance whose mode i is the residual polynomial at lambda_i times its start; (B, T)."""
    if prediction.measure != distance:
        raise ValueError("a residual polynomial predicts the distance; use measure=distance with it")
    predicted = np.full(runs.rounds.shape, np.nan)
    for b, k in enumerate(runs.instance):
        instance = instances[k]
        if instance.spectrum is None or type(instance.problem).__name__ != "Spectrum":
            raise ValueError(f"a residual polynomial needs an eigenbasis; {instance.label} has none")
        start = np.abs(instance.start(int(runs.seed[b])))
        values = {
            **instance.constants,
            lam: instance.problem.eigenvalues[:, None],
            t: runs.epochs[b][None, :],
        }
        with np.errstate(all="ignore"):
            log = log_abs(prediction.expression, values)[0] + np.log(start)[:, None]
            top = log.max(0)
            predicted[b] = top + 0.5 * np.log(np.exp(2 * (log - top)).sum(0))
    return predicted


def judge(prediction: Identity, evidence: Evidence) -> Verdict:
    worst = evidence.facts["worst"]
    if not evidence.facts["checkpoints"]:
        return Verdict(Word.INCONCLUSIVE, "no run got as far as the identity's first t", "identity")
    if number(worst["excess"]) > 0:
        return Verdict(
            Word.REFUTED,
            f"at epoch {worst['epoch']:g} ln error deviates by {number(worst['deviation']):.3g} on "
            f"{worst['instance']}, where rounding allows {worst['tolerance']:.1g}",
            "identity",
        )
    largest = max(row["largest deviation"] for row in evidence.rows)
    return Verdict(
        Word.EXACT,
        f"equal at {evidence.facts['checkpoints']} checkpoints, largest deviation of ln error {largest:.1g}",
        "identity",
    )
