"""The rows of evidence as tables.

A kind of prediction that is not listed here gets a plain table of its rows: nothing is left out silently.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from report.cells import (
    Parts,
    Style,
    decades,
    digits,
    interval,
    logarithm,
    method_cell,
    negated,
    numeric,
    plain_cell,
)
from report.evidence import Entry
from report.mathematics import constant
from report.numbers import number


@dataclass(frozen=True)
class Table:
    """A table as it is printed.

    Attributes:
        caption: what all rows have in common.
        numeric: for every column, whether it is one of numbers.
        marked: the row on which the verdict rests, or None.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Parts]]
    numeric: Sequence[bool]
    caption: str = ""
    marked: int | None = None


#: For each kind, its columns in order: heading and style. A heading of None leaves the column out.
COLUMNS: dict[str, dict[str, tuple[str | None, Style]]] = {
    "Bound": {
        "instance": ("instance", plain_cell),
        "tightness": ("error ÷ bound, closest", logarithm),
        "closest at epoch": ("at epoch", plain_cell),
        "excess": ("smallest margin of ln error", negated),
        "epoch": ("at epoch", plain_cell),
        "predicted": ("bound there", logarithm),
        "measured": ("measured there", logarithm),
        "slack": ("tolerance", plain_cell),
        "relative deviation": ("relative deviation", plain_cell),
        "checkpoints": ("checkpoints", plain_cell),
    },
    "Identity": {
        "instance": ("instance", plain_cell),
        "deviation": ("largest deviation of ln error", plain_cell),
        "tolerance": ("rounding allows", plain_cell),
        "epoch": ("at epoch", plain_cell),
        "predicted": ("predicted there", logarithm),
        "measured": ("measured there", logarithm),
        "excess": (None, plain_cell),
        "checkpoints": ("checkpoints", plain_cell),
    },
    "Rate": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted factor", digits(8)),
        "exact": ("exact factor", digits(8)),
        "measured": ("measured on a run", digits(6)),
        "miss": ("miss", plain_cell),
    },
    "SpeedUp": {
        "instance": ("instance", plain_cell),
        "gain": ("L/λ_avg", digits(6)),
        "predicted": ("predicted", digits(6)),
        "exact": ("exact speed-up", digits(6)),
        "factor": ("factor", digits(8)),
        "factor of the other method": ("of the other method", digits(8)),
        "miss": ("miss", plain_cell),
    },
    "Complexity": {
        "instance": ("instance", plain_cell),
        "measured": ("epochs per factor e", plain_cell),
        "range": ("range over the starts", plain_cell),
    },
    "Order": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted slope", plain_cell),
        "measured": ("measured", plain_cell),
        "interval": ("interval", plain_cell),
        "window": ("window of t", plain_cell),
    },
    "Moments": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted", digits(5)),
        "measured": ("measured", digits(5)),
        "deviation": ("relative deviation", plain_cell),
        "tolerance": ("rounding allows", plain_cell),
        "interval": ("interval", digits(5)),
        "z": ("z", digits(3)),
        "relative error": ("relative error", digits(2)),
        "window": ("epochs", plain_cell),
    },
    "FiniteTermination": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted steps", plain_cell),
        "decades before": ("error one step before", decades),
        "decades after": ("error there", decades),
    },
    "Counterexample": {"instance": ("witness", plain_cell)},
    "Calculation": {
        "instance": ("quantity", plain_cell),
        "predicted": ("predicted", digits(6)),
        "measured": ("computed", digits(6)),
        "interval": ("must lie in", digits(6)),
        "miss": (None, plain_cell),
    },
    "Open": {
        "instance": ("family", plain_cell),
        "measured": ("measured exponent", plain_cell),
        "interval": ("interval", plain_cell),
    },
}
#: Headings of columns that any kind may have.
HEADINGS = {"gain": "L/λ_avg"}
#: Styles of columns that any kind may have.
STYLES: dict[str, Style] = {"method": method_cell}


def table(entry: Entry) -> Table | None:
    """The rows of an entry's evidence."""
    if entry.evidence is None or not entry.evidence.rows:
        return None
    rows = [dict(r) for r in entry.evidence.rows]
    kind = entry.record["kind"]
    for r in rows:
        if kind == "Complexity" and {"low", "high"} <= set(r):
            r["range"] = [r.pop("low"), r.pop("high")]
    labels, caption = common([str(r["instance"]) if "instance" in r else "" for r in rows])
    worst = (entry.evidence.facts.get("worst") or {}).get("instance")
    marked = next((k for k, r in enumerate(rows) if worst is not None and r.get("instance") == worst), None)
    for r, label in zip(rows, labels, strict=True):
        if "instance" in r:
            r["instance"] = label
    listed = COLUMNS.get(kind, {})
    present = list(dict.fromkeys(key for r in rows for key in r))
    keys = [key for key in listed if key in present] + [key for key in present if key not in listed]
    keys = [key for key in keys if any(r.get(key) not in (None, 0, 0.0, "") for r in rows) or key in listed]
    if all(r.get("relative deviation", 0) == 0 for r in rows) and "relative deviation" in keys:
        keys.remove("relative deviation")
    if len(set(labels)) == 1 and labels[0] == "" and "instance" in keys:
        keys.remove("instance")
    head, cells, numbers = [], [], []
    for key in keys:
        heading, style = listed.get(key, (HEADINGS.get(key, key), STYLES.get(key, plain_cell)))
        if heading is None:
            continue
        values = [r.get(key) for r in rows]
        head.append(heading)
        cells.append([_cell(style, v) for v in values])
        numbers.append(all(numeric(v) or (isinstance(v, list) and all(map(numeric, v))) for v in values))
    return Table(head, list(zip(*cells, strict=True)), numbers, caption, marked if len(rows) > 1 else None)


def _cell(style: Style, value: Any) -> Parts:
    """The value in its column's style, or as it is if it is not what the style expects."""
    if value is None:
        return ("–",)
    try:
        return style(value)
    except (TypeError, ValueError):
        return plain_cell(value)


def common(labels: Sequence[str]) -> tuple[list[str], str]:
    """The labels without the parts (between commas) that all of them share, and those parts."""
    parts = [label.split(", ") for label in labels]
    if len(set(labels)) < 2:
        return list(labels), ""
    shared = [p for p in parts[0] if all(p in other for other in parts)]
    short = [", ".join(p for p in own if p not in shared) for own in parts]
    return short, ", ".join(shared)


def details(entry: Entry) -> Table | None:
    """A second table, of what the verdict is read off, for the kinds that have one."""
    if entry.evidence is None:
        return None
    facts = entry.evidence.facts
    try:
        if entry.record["kind"] == "Complexity":
            return _fit(facts)
        if facts.get("statements"):
            return _statements(facts["statements"])
    except (KeyError, TypeError, ValueError, IndexError):
        return None  # facts of another shape: the verdict's sentence has the numbers
    return None


def _fit(facts: Mapping[str, Any]) -> Table | None:
    rows: list[Sequence[Parts]] = []
    margin = facts["margin"]
    for name, claim, p, w in zip(
        facts["against"], facts["claimed"], facts["exponents"], facts["widths"], strict=True
    ):
        rows.append((("exponent of ", constant(name)), *_measured(claim, p, p - w, p + w, margin)))
    power = facts.get("power of log(1/epsilon)")
    if power and power.get("claimed") is not None:
        p, w = power["measured"], power["width"]
        rows.append((("power of log(1/ε)",), *_measured(power["claimed"], p, p - w, p + w, margin)))
    if "leading" in facts:
        c, w = facts["leading"], facts["leading width"]
        ends = c * math.exp(-w), c * math.exp(w)
        rows.append((("epochs ÷ claimed epochs",), *_measured(1.0, c, *ends, margin)))
    return Table(["", "claimed", "measured", "interval", "margin"], rows, [False, True, True, True, True])


def _measured(claim: float, value: float, low: float, high: float, margin: float) -> Sequence[Parts]:
    return (number(claim),), (number(value),), interval([low, high]), (number(margin),)


def _statements(statements: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            (str(s["text"]),),
            interval([s["low"], s["high"]]),
            plain_cell(s["value"]),
            ("stands" if s["survives"] else "fell",),
        )
        for s in statements
    ]
    return Table(["registered statement", "must lie in", "measured", ""], rows, [False, True, True, False])
