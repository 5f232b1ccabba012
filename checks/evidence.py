"""Evidence: what was measured, in a form that can be stored and judged without running anything."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

#: Points that a stored curve keeps.
POINTS = 150


@dataclass(frozen=True)
class Curve:
    """A line of a figure: natural logs of the error against epochs, or epochs against a constant.

    Attributes:
        role: "measured", "bound" or "predicted".
        low, high: a band around y, or empty.
    """

    label: str
    role: str
    x: list[float]
    y: list[float]
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """A figure's data.

    Attributes:
        name: "error" (ln error against epochs) or "scaling" (epochs against a constant, log-log).
        window: the part of the x axis that a fit used, or empty.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    curves: list[Curve]
    window: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Evidence:
    """Everything a verdict is made of.

    Attributes:
        rows: one mapping an instance (or statement): "instance", "predicted", "measured", and what
            the kind adds ("interval", "window", "margin", "epoch").
        facts: the numbers that the verdict is read off.
        ran: what was run, in one sentence.
        limits: what this evidence cannot show.
        runs: names of the stored batches of trajectories.
    """

    rows: list[dict[str, Any]]
    facts: dict[str, Any]
    ran: str
    limits: str
    figures: list[Figure] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return plain(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Evidence:
        figures = [
            Figure(**{**figure, "curves": [Curve(**curve) for curve in figure["curves"]]})
            for figure in data["figures"]
        ]
        return cls(**{**data, "figures": figures})


def plain(value: Any) -> Any:
    """The value in types that JSON has; a number without a finite value becomes a word."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, Evidence | Figure | Curve):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def number(value: Any) -> float:
    """The number behind what ``plain`` made of it: a word stands for an infinity, None for NaN."""
    return float("nan") if value is None else float(value)


def curve(label: str, role: str, x: Any, y: Any) -> Curve:
    """A curve of at most ``POINTS`` finite points, the first and the last one kept."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if keep.size > POINTS:
        keep = keep[np.unique(np.linspace(0, keep.size - 1, POINTS).round().astype(int))]
    return Curve(label, role, [float(f"{v:.8g}") for v in x[keep]], [float(f"{v:.8g}") for v in y[keep]])
