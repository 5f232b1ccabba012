"""An open question: the exponent is measured on every family, and registered statements may fall."""

from __future__ import annotations

from typing import Any

import numpy as np

from checks.evidence import Evidence, Figure, curve
from checks.formula import log_measure, measures_of
from checks.kinds.complexity import scaling_figure
from checks.statistics import epochs_per_nat, fit_exponents
from checks.trial import Trial
from checks.verdict import Verdict, Word
from theorems.predictions import Open


def collect(prediction: Open, trial: Trial) -> Evidence:
    instances = trial.instances()
    floor = np.log(prediction.between[1])
    runs = trial.trajectories(instances, measures_of(prediction.measure), reduction=-floor + 1)
    error = log_measure(prediction.measure, runs)
    costs = np.array(
        [epochs_per_nat(x, y, prediction.between) for x, y in zip(runs.epochs, error, strict=True)]
    ).reshape(len(instances), -1)
    rows: list[dict[str, Any]] = []
    quantities: dict[str, float] = {}
    figures = []
    for group, members in _groups(instances).items():
        factor = np.array([instances[k].constants[prediction.against] for k in members])
        mine = costs[members]
        if not np.isfinite(mine).all():
            rows.append({"instance": group, "measured": None, "remark": "some runs did not arrive"})
            continue
        fit = fit_exponents(factor[:, None], mine)
        p, w = float(fit.exponents[0]), float(fit.widths[0])
        rows.append({"instance": group, "measured": p, "interval": [p - w, p + w]})
        figures.append(scaling_figure(prediction.against, factor, mine, None))
        quantities["largest exponent"] = max(quantities.get("largest exponent", -np.inf), p)
        quantities["smallest exponent"] = min(quantities.get("smallest exponent", np.inf), p)
    rises = [float(np.nanmax(np.diff(y[np.isfinite(y)]))) for y in error]
    quantities["largest rise of ln error"] = max(rises)
    return Evidence(
        rows=rows,
        facts={
            "quantities": quantities,
            "statements": [
                {
                    "text": s.text,
                    "value": quantities.get(s.quantity),
                    "low": s.low,
                    "high": s.high,
                    "survives": s.quantity in quantities and s.low < quantities[s.quantity] < s.high,
                }
                for s in prediction.statements
            ],
        },
        ran=trial.ran(instances, runs),
        limits="Measured on these families and starts; an adversarial start may be slower. Nothing is proved.",
        figures=[*figures[:1], _trajectories(runs, error, instances)],
        runs=trial.used,
    )


def _groups(instances: list[Any]) -> dict[str, list[int]]:
    """Instances that differ in the condition number only."""
    groups: dict[str, list[int]] = {}
    for k, instance in enumerate(instances):
        name = ", ".join(part for part in instance.label.split(", ") if not part.startswith("kappa"))
        groups.setdefault(name, []).append(k)
    return groups


def _trajectories(runs: Any, error: np.ndarray, instances: list[Any]) -> Figure:
    last = np.flatnonzero(runs.instance == len(instances) - 1)[:3]
    return Figure(
        name="error",
        title=instances[-1].label,
        x_label="epochs",
        y_label="ln error",
        curves=[curve(f"start {runs.seed[b]}", "measured", runs.epochs[b], error[b]) for b in last],
    )


def judge(prediction: Open, evidence: Evidence) -> Verdict:
    quantities = evidence.facts["quantities"]
    fallen = [s for s in evidence.facts["statements"] if not s["survives"]]
    if any(row["measured"] is None for row in evidence.rows):
        return Verdict(
            Word.INCONCLUSIVE, "budget too small: some runs did not arrive; raise epochs", "statements"
        )
    if fallen:
        first = fallen[0]
        return Verdict(
            Word.REFUTED,
            f"a registered statement fell: {first['text']} (measured {first['value']:.3g})",
            "statements",
        )
    return Verdict(
        Word.OPEN,
        f"measured exponents {quantities['smallest exponent']:.3f} ... {quantities['largest exponent']:.3f}; "
        f"{len(evidence.facts['statements'])} registered statements stand",
        "statements",
    )
