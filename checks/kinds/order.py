"""Does the error fall like t^(-p)? The slope of ln error on ln t."""

from __future__ import annotations

import numpy as np

from checks.evidence import Curve, Evidence, Figure, curve
from checks.exact import expectation
from checks.formula import log_measure, mean_over_seeds, measures_of
from checks.statistics import equivalence, fit_exponents
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.constants import evaluate
from theorems.predictions import Order

#: Exponents that differ by less than this part of the claim cannot be told apart.
MARGIN = 0.05
#: Bins of a fit along one run, geometric in t.
POINTS = 24


def collect(prediction: Order, trial: Trial) -> Evidence:
    instances = trial.instances()
    if prediction.average == "exact":
        runs = expectation(trial, instances)
    else:
        runs = trial.trajectories(instances, measures_of(prediction.measure))
    error = log_measure(prediction.measure, runs)
    seeds = len(np.unique(runs.seed))
    rows, curves = [], []
    if prediction.rechosen:
        last = [np.flatnonzero(r >= 0)[-1] for r in runs.rounds]
        origin = float(evaluate(prediction.origin, instances[0].constants, trial.theorem.name))
        x = np.array([e[j] + origin for e, j in zip(runs.epochs, last, strict=True)])
        y = np.array([e[j] for e, j in zip(error, last, strict=True)])
        claim = -float(evaluate(prediction.exponent, instances[0].constants, trial.theorem.name))
        rows.append(_row("one instance for every t", x, y, claim))
        curves.append(curve("measured", "measured", x, y))
    else:
        means = mean_over_seeds(error, runs)
        epochs = runs.epochs[runs.seed == runs.seed[0]]
        for k, instance in enumerate(instances):
            origin = float(evaluate(prediction.origin, instance.constants, trial.theorem.name))
            claim = -float(evaluate(prediction.exponent, instance.constants, trial.theorem.name))
            x, y = binned(epochs[k, 1:] + origin, means[k, 1:])
            rows.append(_row(instance.label, x, y, claim))
            curves.append(curve(instance.label, "measured", x, y))
    x_label = "epochs" if prediction.origin == 0 else f"epochs + {prediction.origin}"
    return Evidence(
        rows=rows,
        facts={"margin": MARGIN, "seeds": seeds},
        ran=trial.ran(instances, runs),
        limits="A slope over a finite range of t; a logarithmic factor can hide in its interval.",
        figures=[
            Figure("decay", "decay of the error", x_label, "ln error", [*curves, *_claims(curves, rows)])
        ],
        runs=trial.used,
    )


def binned(times: np.ndarray, log_error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean times (of logs) and ln mean errors over ``POINTS`` bins that are geometric in time.

    Under a power of time a bin changes no slope; where draws make the error fluctuate it averages them.
    """
    good = np.isfinite(times) & np.isfinite(log_error)
    times, log_error = times[good], log_error[good]
    edges = np.geomspace(times[0], times[-1] * (1 + 1e-9), POINTS + 1)
    bins = np.searchsorted(edges, times, side="right")
    x, y = [], []
    for b in np.unique(bins):
        mine = log_error[bins == b]
        x.append(np.exp(np.log(times[bins == b]).mean()))
        y.append(mine.max() + np.log(np.exp(mine - mine.max()).mean()))
    return np.array(x), np.array(y)


def _row(label: str, x: np.ndarray, y: np.ndarray, claim: float) -> dict:
    good = np.isfinite(x) & np.isfinite(y) & (x > 0)
    fit = fit_exponents(x[good][:, None], np.exp(y[good] - y[good].max())[:, None])
    p, w = float(fit.exponents[0]), float(fit.widths[0])
    return {
        "instance": label,
        "predicted": claim,
        "measured": p,
        "interval": [p - w, p + w],
        "window": [float(x[good].min()), float(x[good].max())],
    }


def _claims(curves: list[Curve], rows: list[dict]) -> list[Curve]:
    """A line of the claimed slope through the end of each curve."""
    lines = []
    for measured, row in zip(curves, rows, strict=True):
        x, y = np.array(measured.x), np.array(measured.y)
        line = y[-1] + row["predicted"] * np.log(x / x[-1])
        lines.append(curve(f"slope {row['predicted']:.3g}", "predicted", x, line))
    return lines


def judge(prediction: Order, evidence: Evidence) -> Verdict:
    margin = evidence.facts["margin"]
    words = []
    for row in evidence.rows:
        low, high = row["interval"]
        words.append(equivalence(low, high, row["predicted"], margin * abs(row["predicted"])))
    for word, verdict in (("reject", Word.REFUTED), ("undecided", Word.INCONCLUSIVE)):
        if word in words:
            row = evidence.rows[words.index(word)]
            low, high = row["interval"]
            return Verdict(
                verdict,
                f"ln error falls with slope {row['measured']:.4g} in [{low:.4g}, {high:.4g}] on ln t, "
                f"claimed {row['predicted']:.4g}, on {row['instance']}",
                "slope",
            )
    worst = max(evidence.rows, key=lambda r: abs(r["measured"] - r["predicted"]))
    return Verdict(
        Word.HOLDS,
        f"slope {worst['measured']:.4g} on ln t where {worst['predicted']:.4g} is claimed, the largest "
        f"difference over {len(evidence.rows)} fits",
        "slope",
    )
