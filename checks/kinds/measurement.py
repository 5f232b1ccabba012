"""How many epochs do methods need on instances that nobody designed? A table, and no claim.

The mean over the seeds counts, as for every statement about an expectation. Where a method does not
arrive, the table says how its runs ended.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.evidence import Evidence, Figure, curve
from checks.formula import log_measure, mean_over_seeds, measures_of
from checks.statistics import first_hit
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import method as protocol
from solvers.constants import N, kappa, kappa_CD, n
from solvers.problems.instance import Instance
from solvers.trajectories import Outcome, Trajectories
from theorems.predictions import Measurement

#: A run goes on this far (in nats) beyond the last accuracy.
BEYOND = 3.0
STANDS = "it falls no faster than 1/√t, if at all, so a larger budget would help little"


def collect(prediction: Measurement, trial: Trial) -> Evidence:
    if not prediction.methods:
        raise ValueError(f"prediction {prediction.id!r} measures no method; give methods=")
    instances = trial.instances()
    rows: list[dict[str, Any]] = []
    lines: list[list[Any]] = [[] for _ in instances]
    for method, budget in prediction.methods:
        runs = trial.trajectories(
            instances,
            measures_of(prediction.measure),
            seeds=range(prediction.seeds if protocol.sampled(method) else 1),
            reduction=-np.log(prediction.accuracies[-1]) + BEYOND,
            epochs=budget,
            method=method,
        )
        error = _kept(log_measure(prediction.measure, runs), runs)
        means = mean_over_seeds(error - error[:, :1], runs)
        epochs = runs.epochs[runs.seed == runs.seed[0]]
        for k, instance in enumerate(instances):
            rows.append(_row(prediction, instance, method, epochs[k], means[k], runs, k))
            lines[k].append(curve(protocol.name(method), "measured", epochs[k], means[k]))
    return Evidence(
        rows=rows,
        facts={"accuracies": list(prediction.accuracies), "methods": len(prediction.methods)},
        ran=f"{len(prediction.methods)} methods on {len(instances)} instances: {trial.family.text}; "
        f"{prediction.seeds} runs of each sampled method on each",
        limits="What these methods do here, from these starts. Nothing is claimed, so nothing is refuted.",
        figures=[
            Figure("error", instance.label, "epochs", "ln error, relative to the start", mine)
            for instance, mine in zip(instances, lines, strict=True)
        ],
        runs=trial.used,
    )


def _kept(error: np.ndarray, runs: Trajectories) -> np.ndarray:
    """The errors (runs, times), where a run that has arrived keeps its last one, at most exp(-BEYOND) of the
    last accuracy: the mean is that of all runs, however early some of them arrive."""
    error = error.copy()
    for k, outcome in enumerate(runs.outcomes):
        good = np.flatnonzero(~np.isnan(error[k]))
        if outcome == Outcome.CONVERGED and good.size:
            error[k, good[-1] + 1 :] = error[k, good[-1]]
    return error


def column(accuracy: float) -> str:
    """The name of the column with the epochs to this accuracy."""
    return f"epochs to {accuracy:g}"


def _row(
    prediction: Measurement,
    instance: Instance,
    method: Any,
    epochs: np.ndarray,
    mean: np.ndarray,
    runs: Trajectories,
    k: int,
) -> dict[str, Any]:
    hits = [first_hit(epochs, mean, float(np.log(a))) for a in prediction.accuracies]
    constants = {
        str(c): float(instance.constants[c]) for c in (N, n, kappa, kappa_CD) if c in instance.constants
    }
    row: dict[str, Any] = {"instance": instance.label, "method": protocol.name(method), **constants}
    row |= {column(a): hit for a, hit in zip(prediction.accuracies, hits, strict=True)}
    row["seeds"] = int((runs.instance == k).sum())
    if not np.isfinite(hits).all():
        last = np.flatnonzero(~np.isnan(mean))[-1]
        row["remark"] = (
            f"the mean stood at {np.exp(mean[last]):.2g} of its start after {epochs[last]:.0f} epochs; "
            + (STANDS if _stands(epochs, mean) else _ending(runs, k))
        )
    return row


def _stands(epochs: np.ndarray, mean: np.ndarray) -> bool:
    """Whether the mean over the last half of the epochs is at least 2^(-1/2) of that over the quarter before,
    as under a fall like t^(-1/2)."""
    good = ~np.isnan(mean)
    epochs, value = epochs[good], np.exp(mean[good])
    late, before = epochs > epochs[-1] / 2, (epochs > epochs[-1] / 4) & (epochs <= epochs[-1] / 2)
    return bool(before.any() and value[late].mean() >= value[before].mean() / np.sqrt(2))


def _ending(runs: Trajectories, k: int) -> str:
    """How the runs of an instance ended that did not arrive, the commonest way first."""
    ends = [o for o, i in zip(runs.outcomes, runs.instance, strict=True) if i == k]
    missed = [o for o in ends if o not in (Outcome.CONVERGED, Outcome.TERMINATED)]
    counts = sorted({(-missed.count(o), o.value) for o in missed})
    return "; ".join(f"{-count} of {len(ends)} runs: {text}" for count, text in counts)


def judge(prediction: Measurement, evidence: Evidence) -> Verdict:
    names = [column(a) for a in evidence.facts["accuracies"]]
    arrived = [row for row in evidence.rows if all(row[name] is not None for name in names)]
    missed = len(evidence.rows) - len(arrived)
    sentence = f"{evidence.facts['methods']} methods measured, {len(evidence.rows)} rows"
    if missed:
        sentence += (
            f"; {missed} of them did not reach {evidence.facts['accuracies'][-1]:g}, as the remarks say"
        )
    return Verdict(Word.OPEN, sentence, "none")
