"""All methods on one problem, side by side, from what is stored: nothing is run here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checks.evidence import Curve, Figure
from checks.kinds.measurement import column
from report.cells import Parts, plain_cell
from report.evidence import Page, Site
from report.figures import labels, styles
from report.mathematics import constant
from report.numbers import number


@dataclass(frozen=True)
class Runner:
    """A method on a problem.

    Attributes:
        name: in words, with parameters only where two methods differ in nothing else.
        color, dash: of its curve.
        epochs: to each accuracy, infinite where it does not arrive.
        remark: why it does not arrive.
    """

    name: str
    color: str
    dash: str
    epochs: Sequence[float]
    seeds: int
    remark: str


@dataclass(frozen=True)
class Race:
    """A problem with all methods that were measured on it.

    Attributes:
        page: the theorem that holds the evidence.
        constants: (letter, value) of the problem.
        accuracies: of the columns.
    """

    name: str
    page: Page
    constants: Sequence[tuple[Any, Parts]]
    accuracies: Sequence[Parts]
    figure: Figure
    runners: Sequence[Runner]


def races(site: Site) -> list[Race]:
    """The problems of all measurements. The k-th instances of a theorem's measurements are one problem."""
    found = []
    for page in site.pages:
        told = [e for e in page.predictions if e.record.get("kind") == "Measurement" and e.evidence]
        shown = max((len(e.evidence.figures) for e in told if e.evidence), default=0)
        for k in range(shown):
            parts = [e.evidence for e in told if e.evidence and k < len(e.evidence.figures)]
            found.append(_race(page, [(p.figures[k], p.rows, p.facts["accuracies"]) for p in parts]))
    # the problem with most methods comes first
    return sorted(found, key=lambda race: -len(race.runners))


def _race(page: Page, parts: Sequence[tuple[Figure, Sequence[dict[str, Any]], Sequence[float]]]) -> Race:
    curves: list[Curve] = []
    rows: list[dict[str, Any]] = []
    accuracies = parts[0][2]
    for figure, all_rows, _ in parts:
        mine = {row["method"]: row for row in all_rows if row["instance"] == figure.title}
        for curve in figure.curves:
            if curve.label in mine and curve.x:
                curves.append(curve)
                rows.append(mine[curve.label])
    names, _ = labels(curves)
    title = parts[0][0].title
    runners = [
        Runner(
            name, style["color"], _dash(style["linestyle"]), [_epochs(row, a) for a in accuracies],
            int(row["seeds"]), str(row.get("remark", "")),
        )
        for name, row, style in zip(names, rows, styles(curves), strict=True)
    ]  # fmt: skip
    values = {key: rows[0][key] for key in ("kappa", "kappa_CD", "n", "N") if key in rows[0]}
    first = parts[0][0]
    return Race(
        name=title,
        page=page,
        constants=[(constant(key), (number(value),)) for key, value in values.items()],
        accuracies=[plain_cell(a) for a in accuracies],
        figure=Figure("comparison", title, first.x_label, first.y_label, curves),
        runners=runners,
    )


def _dash(dash: Any) -> str:
    return "" if dash == "solid" else " ".join(f"{v:g}" for v in dash[1])


def _epochs(row: dict[str, Any], accuracy: float) -> float:
    value = row.get(column(accuracy))
    return math.inf if value is None else float(value)
