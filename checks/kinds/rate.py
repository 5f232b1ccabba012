"""The factor per epoch: computed exactly from the method's own step, with a run measured beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.evidence import Evidence, Figure, curve, number
from checks.exact import factor_per_epoch
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.constants import evaluate
from theorems.predictions import Rate

#: A defective 2 x 2 block has its eigenvalue to the square root of the unit roundoff, times its size.
EXACTNESS = 1e-7
#: A measured slope over the last half of a run may miss the asymptotic one by this much.
WINDOW = 0.05


def collect(prediction: Rate, trial: Trial) -> Evidence:
    instances = trial.instances()
    runs = None
    if prediction.average == "none":
        runs = trial.trajectories(instances, ("distance",), reduction=300.0)
    else:
        trial.check_premises(instances, trial.method)
    rows: list[dict[str, Any]] = []
    for k, instance in enumerate(instances):
        exact = factor_per_epoch(trial.method, instance)
        owner = f"the rate of {trial.theorem.name}"
        bounds = prediction.within or (prediction.expression, prediction.expression)
        low, high = (float(evaluate(b, instance.constants, owner)) for b in bounds)
        row = {
            "instance": instance.label,
            "predicted": high if prediction.within is None else [low, high],
            "exact": exact,
            "miss": max(low - exact, exact - high, 0.0),
        }
        if runs is not None:
            mine = np.flatnonzero(runs.instance == k)[0]
            row["measured"] = _slope(runs.epochs[mine], runs.log_distance[mine])
        rows.append(row)
    figures = []
    if runs is not None:
        last = len(runs.rounds) - 1
        y = runs.log_distance[last]
        figures = [
            Figure(
                name="error",
                title=rows[-1]["instance"],
                x_label="epochs",
                y_label="ln error",
                curves=[
                    curve("measured", "measured", runs.epochs[last], y),
                    curve(
                        "exact factor",
                        "predicted",
                        runs.epochs[last],
                        y[0] + runs.epochs[last] * np.log(exact),
                    ),
                ],
            )
        ]
    return Evidence(
        rows=rows,
        facts={"worst": max(rows, key=lambda row: row["miss"])},
        ran=trial.ran(instances, runs),
        limits="The factor is the spectral radius of the step on these instances; the prefactor is another "
        "question.",
        figures=figures,
        runs=trial.used,
    )


def _slope(epochs: np.ndarray, log_error: np.ndarray) -> float:
    """The factor per epoch between the middle of the run and its end (in ln error)."""
    good = np.flatnonzero(np.isfinite(log_error) & np.isfinite(epochs))
    middle = good[np.searchsorted(epochs[good], epochs[good[-1]] / 2)]
    last = good[-1]
    if last == middle:
        return float("nan")
    return float(np.exp((log_error[last] - log_error[middle]) / (epochs[last] - epochs[middle])))


def judge(prediction: Rate, evidence: Evidence) -> Verdict:
    worst = evidence.facts["worst"]
    if worst["miss"] > EXACTNESS:
        said = worst["predicted"]
        ends = [f"{number(end):.9g}" for end in (said if isinstance(said, list) else [said])]
        shown = ends[0] if len(ends) == 1 else f"in [{ends[0]}, {ends[1]}]"
        return Verdict(
            Word.REFUTED,
            f"the factor per epoch is {worst['exact']:.9g} on {worst['instance']}, predicted {shown}",
            "exact rate",
        )
    for row in evidence.rows:
        if "measured" not in row:
            continue
        off = _log_ratio(row)
        if not off <= WINDOW:
            return Verdict(
                Word.INCONCLUSIVE,
                f"window too short: the factor computed from the step is as predicted, but the run on "
                f"{row['instance']} shows {row['measured']}; raise the budget of epochs",
                "exact rate",
            )
    what = "a factor inside the band" if prediction.within else "the predicted factor"
    measured = " and the runs show it" if "measured" in evidence.rows[0] else ""
    return Verdict(
        Word.EXACT,
        f"the step has {what} on {len(evidence.rows)} instances{measured}",
        "exact rate",
    )


def _log_ratio(row: dict) -> float:
    measured, exact = row["measured"], row["exact"]
    if not isinstance(measured, float) or not measured > 0:
        return float("nan")
    if exact == 1 or measured == 1:
        return abs(measured - exact)
    return float(abs(np.log(measured) / np.log(exact) - 1))
