"""An open question: the exponent is measured on every family, and registered statements may fall."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from checks.evidence import Curve, Evidence, Figure, curve, number
from checks.formula import log_measure, measures_of
from checks.kinds.complexity import scaling_figure
from checks.statistics import epochs_per_nat, fit_exponents
from checks.trial import Trial
from checks.verdict import Verdict, Word
from theorems.predictions import Open, Statement

#: Chance that the median over many cells lies outside its interval.
LEVEL = 1e-4


def collect(prediction: Open, trial: Trial) -> Evidence:
    instances = trial.instances()
    pairs = accuracies(prediction)
    floor = np.log(min(low for _, low in pairs))
    runs = trial.trajectories(instances, measures_of(prediction.measure), reduction=-floor + 1)
    error = log_measure(prediction.measure, runs)
    rows: list[dict[str, Any]] = []
    found: list[tuple[float, float, float]] = []  # an exponent and the ends of its interval
    figures = []
    groups = _groups(instances)
    for pair in pairs:
        costs = np.array([epochs_per_nat(x, y, pair) for x, y in zip(runs.epochs, error, strict=True)])
        costs = costs.reshape(len(instances), -1)
        between = {} if len(pairs) == 1 else {"between": f"{pair[0]:g} and {pair[1]:g}"}
        for group, members in groups.items():
            factor = np.array([instances[k].constants[prediction.against] for k in members])
            mine = costs[members]
            if not np.isfinite(mine).all():
                rows.append(
                    {"instance": group, **between, "measured": None, "remark": "some runs did not arrive"}
                )
                continue
            fit = fit_exponents(factor[:, None], mine)
            p, w = float(fit.exponents[0]), float(fit.widths[0])
            rows.append({"instance": group, **between, "measured": p, "interval": [p - w, p + w]})
            figures.append(scaling_figure(prediction.against, factor, mine, None))
            found.append((p, p - w, p + w))
    rise = max(float(np.diff(y[np.isfinite(y)]).max()) for y in error)
    quantities = {"largest rise of ln error": (rise, rise, rise)}
    if found:
        quantities["largest exponent"] = tuple(map(max, zip(*found, strict=True)))
        quantities["smallest exponent"] = tuple(map(min, zip(*found, strict=True)))
        quantities["median exponent"] = _median([p for p, _, _ in found])
    shown = figures[:1] if len(pairs) == 1 else [_map(rows, str(prediction.against))]
    return Evidence(
        rows=rows,
        facts={
            "quantities": {name: value for name, (value, _, _) in quantities.items()},
            "statements": [_tried(s, *quantities[s.quantity]) for s in prediction.statements if found],
        },
        ran=trial.ran(instances, runs),
        limits="Measured on these families and starts; an adversarial start may be slower. "
        "Nothing is proved.",
        figures=[*shown, _trajectories(runs, error, instances)],
        runs=trial.used,
    )


def accuracies(prediction: Open) -> list[tuple[float, float]]:
    """The pairs of accuracies between which epochs are counted."""
    pairs: Any = prediction.between
    return list(pairs) if isinstance(pairs[0], tuple) else [pairs]


def _median(values: list[float]) -> tuple[float, float, float]:
    """The median, and the order statistics that enclose that of the population at ``LEVEL``."""
    ordered = np.sort(values)
    reach = -scipy.special.ndtri(LEVEL / 2) * np.sqrt(len(ordered)) / 2
    low = max(int(np.floor(len(ordered) / 2 - reach)), 0)
    return float(np.median(ordered)), float(ordered[low]), float(ordered[len(ordered) - 1 - low])


def _map(rows: list[dict[str, Any]], against: str) -> Figure:
    """One curve for every line of the map, labelled "start; accuracies; spectrum": exponents against n."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        spectrum, size, start = row["instance"].split(", ")
        if row["measured"] is not None:
            line = lines.setdefault(f"{start}; {row['between']}; {spectrum}", [])
            line.append((float(size.removeprefix("n = ")), row["measured"]))
    return Figure(
        name="map",
        title=f"the exponent of {against}",
        x_label="n",
        y_label=f"exponent of {against}",
        curves=[
            Curve(label, "measured", *map(list, zip(*points, strict=True))) for label, points in lines.items()
        ],
    )


def _tried(statement: Statement, value: float, least: float, most: float) -> dict[str, Any]:
    """What became of a statement: it survives or falls (True, False) if the whole interval of its quantity
    is inside or outside the registered one, and is undecided (None) otherwise."""
    inside = statement.low < least and most < statement.high
    outside = most <= statement.low or least >= statement.high
    return {
        "text": statement.text,
        "value": value,
        "interval": [least, most],
        "low": statement.low,
        "high": statement.high,
        "survives": None if inside == outside else inside,
    }


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
    facts = evidence.facts
    if any(row["measured"] is None for row in evidence.rows):
        return Verdict(
            Word.INCONCLUSIVE, "budget too small: some runs did not arrive; raise epochs", "statements"
        )
    for survives, word, said in ((False, Word.REFUTED, "fell"), (None, Word.INCONCLUSIVE, "is undecided")):
        for s in facts["statements"]:
            if s["survives"] is survives:
                least, most = map(number, s["interval"])
                return Verdict(
                    word,
                    f"a registered statement {said}: {s['text']} "
                    f"(measured {number(s['value']):.3g} in [{least:.3g}, {most:.3g}])",
                    "statements",
                )
    low, high = (facts["quantities"][f"{which} exponent"] for which in ("smallest", "largest"))
    count = len(facts["statements"])
    return Verdict(
        Word.OPEN,
        f"measured exponents {low:.3f} ... {high:.3f}; "
        + ("1 registered statement stands" if count == 1 else f"{count} registered statements stand"),
        "statements",
    )
