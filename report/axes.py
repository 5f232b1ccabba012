"""The frame of a figure: its colours, panels, ticks, labels and legend.

matplotlib draws, but ticks are ours: its own axes take twice the time of everything else in a figure,
and a report has a hundred of them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from report.numbers import SUPERSCRIPTS, number
from report.prose import to_plain

#: Okabe and Ito's colours, which colour-blind readers tell apart, with the page's name of each.
PALETTE = {
    "#0072b2": "--s1", "#d55e00": "--s2", "#009e73": "--s3", "#cc79a7": "--s4", "#e69f00": "--s5",
    "#56b4e9": "--s6", "#7a5195": "--s7", "#8c6d31": "--s8",
}  # fmt: skip
SERIES = tuple(PALETTE)
INK, QUIET, RULE, WASH = "#1c1b19", "#6a6760", "#d9d5cc", "#f1ede3"
#: Every colour that a figure uses, and what it becomes on a page.
ROLES = {**PALETTE, INK: "--ink", QUIET: "--quiet", RULE: "--rule", WASH: "--wash"}
DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.6)), (0, (1.4, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
#: Inches; half a page wide, so that the letters keep their size on a small screen.
WIDTH, PANEL, STRIP, LEGEND = 4.7, 2.55, 0.62, 0.185
LEFT, RIGHT, BOTTOM = 0.62, 0.12, 0.46
FONT = 8.5
#: Names of axes that are not what a reader calls them.
SPOKEN = {"gain": "L/λ_avg"}

Ticks = list[tuple[float, str]]


@functools.cache
def style() -> Any:
    """The defaults of matplotlib, whatever the user's own file says, and ours on top."""
    import matplotlib

    defaults: dict[Any, Any] = {
        k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")
    }
    return defaults | {
        "font.family": ["DejaVu Sans"],
        "font.size": FONT,
        "text.color": INK,
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "axes.facecolor": "none",
        "axes.edgecolor": QUIET,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "legend.fontsize": FONT - 0.5,
        "legend.borderaxespad": 0.0,
        "legend.borderpad": 0.0,
        "legend.handlelength": 1.7,
        "legend.handletextpad": 0.5,
        "legend.columnspacing": 1.2,
        "legend.labelspacing": 0.25,
        "svg.fonttype": "none",
        "svg.hashsalt": "rateproof",
    }


# ---------------------------------------------------------------- where ticks stand


def superscript(exponent: int) -> str:
    """A power of ten as text."""
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def decades(low: float, high: float) -> Ticks:
    """Ticks from decimal log to decimal log: powers of ten, or 1, 2, 3, 5 on a short axis."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 2:
        least = (last - first) / 6
        step = next((s for s in (1, 2, 3, 5, 10, 20, 25, 50, 100, 200, 250, 500) if s >= least), 1000)
        return [(float(k), superscript(k)) for k in range(first, last + 1) if k % step == 0]
    powers = range(math.floor(low), math.ceil(high) + 1)
    factors = (1, 2, 5) if high - low > 1.2 else (1, 2, 3, 5)
    inside = [k + math.log10(m) for k in powers for m in factors]
    inside = [place for place in inside if low - 1e-9 <= place <= high + 1e-9]
    if len(inside) < 2:  # less than a factor two: evenly spaced values
        inside = [math.log10(place) for place, _ in linear(10**low, 10**high)[0] if place > 0]
    return [(place, number(float(f"{10**place:.6g}"), 4).plain()) for place in inside]


def linear(low: float, high: float) -> tuple[Ticks, int]:
    """About five ticks at round values, and the power of ten that their label has to name."""
    if not high > low:
        return [(low, number(low).plain())], 0
    raw = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw)
    places = [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    size = max(map(abs, places), default=1.0)
    power = 3 * math.floor(math.log10(size) / 3) if size >= 1e5 else 0
    return [(p, number(float(f"{p / 10**power:.9g}"), 4).plain()) for p in places], power


def label(text: str, power: int = 0) -> str:
    """An axis label, with the name of a constant as a letter."""
    return to_plain(SPOKEN.get(text, text)) + (f" (in {superscript(power)})" if power else "")


# ---------------------------------------------------------------- what is drawn


def canvas(rows: int, strip: bool = False) -> tuple[Any, Any, Any]:
    """A figure with room for so many rows of legend, its panel, and a strip below it if wanted."""
    from matplotlib.figure import Figure as Canvas

    top = 0.08 + LEGEND * rows
    height = top + PANEL + BOTTOM + (STRIP + 0.1 if strip else 0.0)
    made = Canvas(figsize=(WIDTH, height))

    def panel(bottom: float, tall: float) -> Any:
        box = (LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, tall / height)
        axes = made.add_axes(box)
        axes.xaxis.set_visible(False)
        axes.yaxis.set_visible(False)
        return axes

    return made, panel(height - top - PANEL, PANEL), panel(BOTTOM, STRIP) if strip else None


def framed(made: Any, panel: Any, log_x: bool, log_y: bool, texts: Sequence[str]) -> Any:
    """The figure, with what a page needs to read values off it: the panel's place in points, from the top
    left, the values at its edges, and the names of the curves, whose identifiers are curve-0, curve-1, ..."""
    box, height = panel.get_window_extent(), made.get_figheight() * 72
    points = 72 / made.dpi
    made.frame = {
        "place": [
            round(v * points, 2) for v in (box.x0, height / points - box.y1, box.x1, height / points - box.y0)
        ],
        "x": [*(float(f"{v:.8g}") for v in panel.get_xlim()), log_x],
        "y": [*(float(f"{v:.8g}") for v in panel.get_ylim()), log_y],
        "names": list(texts),
    }
    return made


def _inches(panel: Any) -> tuple[float, float]:
    box, figure = panel.get_position(), panel.get_figure()
    return box.width * figure.get_figwidth(), box.height * figure.get_figheight()


def _grid(panel: Any, segments: Sequence[Sequence[tuple[float, float]]], transform: Any) -> None:
    """Thin lines, all of them one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if not segments:
        return
    path = Path([end for segment in segments for end in segment], [Path.MOVETO, Path.LINETO] * len(segments))
    grid = PathPatch(path, fill=False, edgecolor=RULE, linewidth=0.5, zorder=0.5, transform=transform)
    panel.add_artist(grid)
    grid.set_clip_path(panel.patch)


def x_axis(panel: Any, ticks: Ticks, text: str = "", named: bool = True) -> None:
    """Lines of the grid, their values (if ``named``) and a label, below the panel."""
    across = panel.get_xaxis_transform()
    _grid(panel, [[(place, 0), (place, 1)] for place, _ in ticks], across)
    if named:
        below = 5 / 72 / _inches(panel)[1]
        for place, value in ticks:
            panel.text(place, -below, value, transform=across, ha="center", va="top")
        panel.text(
            0.5, -below - 15 / 72 / _inches(panel)[1], text, transform=panel.transAxes, ha="center", va="top"
        )


def y_axis(panel: Any, ticks: Ticks, text: str) -> None:
    """Lines of the grid, their values and a label, left of the panel."""
    along = panel.get_yaxis_transform()
    _grid(panel, [[(0, place), (1, place)] for place, _ in ticks], along)
    left = 4 / 72 / _inches(panel)[0]
    for place, value in ticks:
        panel.text(-left, place, value, transform=along, ha="right", va="center_baseline")
    edge = -(LEFT - 0.06) / _inches(panel)[0]
    panel.text(edge, 0.5, text, transform=panel.transAxes, ha="left", va="center", rotation=90)


def window(panel: Any, ends: Sequence[float]) -> None:
    """The part of the x axis that a fit used."""
    panel.axvspan(*ends, color=WASH, linewidth=0, zorder=0)


def limits(values: Sequence[float], margin: float = 0.02) -> tuple[float, float]:
    """The range of the finite values, a little widened."""
    finite = [v for v in values if math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    pad = margin * (high - low) or max(0.02 * abs(low), 1e-3)
    return low - pad, high + pad


def floats(values: Sequence[Any]) -> np.ndarray:
    """Stored values as numbers: None is NaN, and "inf" is what it says."""
    return np.array([math.nan if v is None else float(v) for v in values])


def logs(values: Sequence[Any]) -> np.ndarray:
    """Decimal logs; NaN where a value is missing or has none."""
    numbers = floats(values)
    return np.log10(np.where(numbers > 0, numbers, math.nan))


def _columns(texts: Sequence[str]) -> int:
    """The largest number of columns that a legend above the panel has room for."""
    room = (WIDTH - LEFT) * 72
    widths = [len(t) * FONT * 0.56 + 32 for t in texts]
    for count in range(len(texts), 1, -1):
        # as matplotlib fills them: the first columns take one more, if they do not come out even
        rows, longer = divmod(len(texts), count)
        ends = [rows * (k + 1) + min(k + 1, longer) for k in range(count)]
        if sum(max(widths[a:b]) for a, b in zip([0, *ends], ends, strict=False)) <= room:
            return count
    return 1


def legend_rows(texts: Sequence[str]) -> int:
    return math.ceil(len(texts) / _columns(texts)) if texts else 0


def legend(panel: Any, handles: Sequence[Any], texts: Sequence[str]) -> None:
    """A legend above the panel."""
    if handles:
        panel.legend(handles, texts, loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=_columns(texts))


# ---------------------------------------------------------------- maps


def mosaic(rows: int, columns: int, lines: int) -> tuple[Any, list[list[Any]]]:
    """A figure of rows x columns panels, each with so many lines of cells."""
    from matplotlib.figure import Figure as Canvas

    left, top, between = 1.0, 0.24, 0.1
    wide = (WIDTH - left - RIGHT - between * (columns - 1)) / columns
    tall = 0.26 * lines
    height = top + rows * tall + between * (rows - 1) + BOTTOM
    made = Canvas(figsize=(WIDTH, height))
    panels = []
    for i in range(rows):
        bottom = height - top - tall - i * (tall + between)
        boxes = [
            ((left + j * (wide + between)) / WIDTH, bottom / height, wide / WIDTH, tall / height)
            for j in range(columns)
        ]
        panels.append([made.add_axes(box) for box in boxes])
    for panel in [p for row in panels for p in row]:
        panel.xaxis.set_visible(False)
        panel.yaxis.set_visible(False)
        for spine in panel.spines.values():
            spine.set_visible(False)
    return made, panels


def cell(panel: Any, row: int, column: int, value: float) -> None:
    """A cell with its value, darker for a larger one."""
    from matplotlib.patches import Rectangle

    strength = 0.05 + 0.55 * min(max(value, 0.0), 1.0)
    panel.add_patch(Rectangle((column, row), 0.96, 0.94, facecolor=SERIES[0], alpha=strength, linewidth=0))
    panel.text(
        column + 0.48, row + 0.47, f"{value:.2f}".replace("-", "−"), ha="center", va="center_baseline",
        fontsize=FONT - 2.5,
    )  # fmt: skip


def names(panel: Any, texts: Sequence[str], side: str) -> None:
    """The names of a panel's lines on its left, and what all of them share, turned."""
    for row, text in enumerate(texts):
        panel.text(-0.12, row + 0.47, text, ha="right", va="center_baseline", fontsize=FONT - 2)
    edge = -0.94 / _inches(panel)[0]
    panel.text(
        edge, 0.5, side, transform=panel.transAxes, ha="left", va="center", rotation=90, fontsize=FONT - 2.5
    )


def sizes(panel: Any, texts: Sequence[str], text: str) -> None:
    """The names of a panel's columns and a label, below it."""
    below = 4 / 72 / _inches(panel)[1]
    across = panel.get_xaxis_transform()
    for column, name in enumerate(texts):
        panel.text(column + 0.48, -below, name, transform=across, ha="center", va="top", fontsize=FONT - 2)
    panel.text(
        0.5, -below - 12 / 72 / _inches(panel)[1], text, transform=panel.transAxes, ha="center", va="top"
    )
