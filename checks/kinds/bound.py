r"""Is the error above (or below) its bound at any t?

Dominance: the largest excess of ln error over ln bound, over all runs and all t >= 1, against the
rounding that a run of that length can have collected. A mean over seeds is compared at a family-wise
level, and only where the sample says something about a mean (its skewness gates it).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from checks.evidence import Evidence, Figure, curve, number
from checks.exact import expectation
from checks.formula import log_abs, log_bound, log_measure, mean_over_seeds, measures_of
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.trajectories import Trajectories
from theorems.predictions import Bound
from theorems.symbols import t

#: Rounding of one epoch, in units of which a prediction states the growth (derived: at most eight
#: roundings enter a component of the error in a step, each below 2^-53).
UNIT = 8 * 2.0**-53
#: Chance of a false refutation of a sampled bound, over all its checkpoints together.
LEVEL = 1e-4
#: A mean is compared only where the sample can speak of it: the relative standard deviation and the
#: skewness of expected gaps grow with t, and beyond these the z-level is wrong.
LARGEST_SPREAD, SEEDS_PER_SKEWNESS = 0.9, 50
#: A bound counts as attained where the error comes this close to it.
ATTAINED = 1e-6


def rounding(prediction: Any, runs: Trajectories, instances: list[Any]) -> np.ndarray:
    """The log deviation that rounding may cause along each run, (B, T)."""
    dimension = np.array([instances[i].dimension for i in runs.instance])[:, None]
    steps = np.maximum(runs.rounds, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.exp(log_abs(prediction.rounding, {t: steps})[0])
    return UNIT * (dimension + growth)


def collect(prediction: Bound, trial: Trial) -> Evidence:
    if prediction.average == "sampled" and prediction.seeds < 2:
        raise ValueError(f"prediction {prediction.id!r} averages over one run; give seeds= a larger number")
    instances = trial.instances()
    if prediction.average == "exact":
        runs = expectation(trial, instances)
    else:
        runs = trial.trajectories(
            instances, measures_of(prediction.measure, prediction.expression), reduction=300.0
        )
    error = log_measure(prediction.measure, runs)
    bound = log_bound(prediction.expression, runs, instances)
    if prediction.average == "sampled":
        error, slack, spread = _means(error, runs)
        first = runs.seed == runs.seed[0]
        bound = mean_over_seeds(bound, runs)  # the start may be random too
        epochs, owner = runs.epochs[first], runs.instance[first]
    else:
        slack, epochs, owner = rounding(prediction, runs, instances), runs.epochs, runs.instance
        spread = np.zeros_like(error)
    sign = 1.0 if prediction.side == "upper" else -1.0
    with np.errstate(invalid="ignore"):
        excess = sign * (error - bound)
    usable = np.isfinite(bound) & ~np.isnan(excess) & (epochs > 0)
    if prediction.at == "end":
        usable &= epochs == np.nanmax(epochs, axis=1, keepdims=True)
    excess = np.where(usable, excess, -np.inf)
    rows: list[dict[str, Any]] = []
    for k, instance in enumerate(instances):
        mine = np.flatnonzero(owner == k)
        over = np.where(usable[mine], excess[mine] - slack[mine], -np.inf)
        b, j = np.unravel_index(np.argmax(over), over.shape)
        b = mine[b]
        c, i = np.unravel_index(np.argmax(excess[mine]), over.shape)
        rows.append(
            {
                "instance": instance.label,
                "epoch": float(epochs[b, j]),
                "predicted": float(bound[b, j]),
                "measured": float(error[b, j]),
                "excess": float(over.max()),
                "tightness": float(sign * excess[mine].max()),
                "closest at epoch": float(epochs[mine[c], i]),
                "checkpoints": int(usable[mine].sum()),
                "slack": float(slack[b, j]),
                "relative deviation": float(spread[b, j]),
            }
        )
    worst = max(rows, key=lambda row: row["excess"])
    return Evidence(
        rows=rows,
        facts={
            "worst": worst,
            "first": first_miss(excess - slack, epochs, bound, error, owner, instances),
            "checkpoints": int(usable.sum()),
            "side": prediction.side,
        },
        ran=trial.ran(instances, runs),
        limits={
            "none": "Runs cannot prove a bound; this one was not exceeded on the instances named.",
            "sampled": "A mean over seeds estimates the expectation, and only as far as its skewness allows.",
            "exact": "The expectation is exact, on the instances named.",
        }[prediction.average],
        figures=[_figure(error, bound, epochs, owner, instances, worst["instance"], prediction)],
        runs=trial.used,
    )


def first_miss(
    over: np.ndarray,
    epochs: np.ndarray,
    predicted: np.ndarray,
    measured: np.ndarray,
    owner: np.ndarray,
    instances: list[Any],
) -> dict[str, Any] | None:
    """The smallest counterexample: the earliest epoch at which the first instance that misses does so."""
    missed = np.argwhere(over > 0)  # sorted by run, then by time; the runs by instance
    if not missed.size:
        return None
    mine = missed[owner[missed[:, 0]] == owner[missed[0, 0]]]
    b, j = min(mine, key=lambda where: epochs[tuple(where)])
    return {
        "instance": instances[owner[b]].label,
        "epoch": float(epochs[b, j]),
        "ln predicted": float(predicted[b, j]),
        "ln measured": float(measured[b, j]),
    }


def _means(error: np.ndarray, runs: Trajectories) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln mean over seeds, its slack at the family-wise level, and the relative deviation; (I, T).

    NaN where the sample cannot speak of its mean.
    """
    seeds = len(np.unique(runs.seed))
    values = error.reshape(-1, seeds, error.shape[1])
    top = np.nanmax(np.where(np.isfinite(values), values, -np.inf), axis=1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    scaled = np.exp(values - top)
    mean, deviation = scaled.mean(1), scaled.std(1, ddof=1)
    with np.errstate(all="ignore"):
        spread = deviation / mean
        skewness = ((scaled - mean[:, None]) ** 3).mean(1) / deviation**3
        speaks = (spread <= LARGEST_SPREAD) & (seeds >= SEEDS_PER_SKEWNESS * skewness**2)
        speaks |= deviation <= 1e-12 * mean
        z = -scipy.special.ndtri(LEVEL / max(int(speaks.sum()), 1))
        slack = z * spread / np.sqrt(seeds)
        return np.where(speaks, np.log(mean) + top[:, 0], np.nan), slack, spread


def _figure(
    error: np.ndarray,
    bound: np.ndarray,
    epochs: np.ndarray,
    owner: np.ndarray,
    instances: list[Any],
    shown: str,
    prediction: Bound,
) -> Figure:
    """The instance with the worst excess: its error, and the bound."""
    b = next(i for i, k in enumerate(owner) if instances[k].label == shown)
    side = "upper bound" if prediction.side == "upper" else "lower bound"
    return Figure(
        name="error",
        title=shown,
        x_label="epochs",
        y_label="ln error",
        curves=[
            curve("measured", "measured", epochs[b], error[b]),
            curve(side, "bound", epochs[b], bound[b]),
        ],
    )


def judge(prediction: Bound, evidence: Evidence) -> Verdict:
    worst, side = evidence.facts["worst"], evidence.facts["side"]
    excess, measured, predicted = (number(worst[k]) for k in ("excess", "measured", "predicted"))
    if not evidence.facts["checkpoints"]:
        return Verdict(
            Word.INCONCLUSIVE,
            "there is no t at which the bound and the measurement can be compared "
            "(window too short, or the spread over seeds too wide)",
            "dominance",
        )
    if excess > 0:
        ratio = _times(measured - predicted)
        return Verdict(
            Word.REFUTED,
            f"at epoch {worst['epoch']:g} the error is {ratio} the {side} bound on {worst['instance']}",
            "dominance",
        )
    sign = 1.0 if side == "upper" else -1.0
    nearest = max(evidence.rows, key=lambda row: sign * number(row["tightness"]))
    closest = sign * number(nearest["tightness"])
    held = f"never {_beyond(side)} on {len(evidence.rows)} instances"
    if closest > -ATTAINED and prediction.average != "sampled":  # a sample is off by more than that
        return Verdict(
            Word.TIGHT,
            f"{held}, and attained, at epoch {nearest['closest at epoch']:g} on {nearest['instance']}",
            "dominance",
        )
    return Verdict(
        Word.HOLDS,
        f"{held}; at its closest the error is {_times(sign * closest)} the bound",
        "dominance",
    )


def _beyond(side: str) -> str:
    return "exceeded" if side == "upper" else "undercut"


def _times(log: float) -> str:
    """A ratio in words, from its log: ``0.987 times`` or ``10^-23 times``."""
    if not np.isfinite(log):
        return "no finite multiple of"
    return f"{np.exp(log):.4g} times" if abs(log) < 12 else f"10^{log / np.log(10):.4g} times"
