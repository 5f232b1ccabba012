"""Figures, one function a figure, from the curves that evidence stores; and what is said of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from checks.evidence import Curve, Figure
from report import axes
from report.axes import DASHES, INK, SERIES, floats, logs
from report.evidence import Site
from report.numbers import number
from report.prose import sentence, spoken, to_plain
from report.tables import common

LN10 = math.log(10)
#: Curves that end at epochs this far apart get a logarithmic axis of epochs.
APART = 30


def labels(curves: Sequence[Curve]) -> tuple[list[str], str]:
    """Short labels for the curves, and what they have in common."""
    found, shared = common([c.label for c in curves])
    matches = [re.fullmatch(r"(\w+)\((.*)\)", text) for text in found]  # a method with its parameters
    methods = [m[1] for m in matches if m]
    for k, match in enumerate(matches):
        if match:
            inside = f", {match[2].replace('=', ' = ')}" if methods.count(match[1]) > 1 else ""
            found[k] = spoken(match[1]) + inside
    return [to_plain(text) for text in found], shared


def styles(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """How each curve is drawn: measured ones in colour, bounds and claims dashed in ink."""
    found: list[dict[str, Any]] = []
    measured = claimed = 0
    for curve in curves:
        if curve.role == "measured":
            dash = DASHES[(measured // len(SERIES)) % len(DASHES)]
            color = SERIES[measured % len(SERIES)]
            found.append({"color": color, "linestyle": dash, "linewidth": 1.6, "zorder": 2})
            measured += 1
        else:
            dash = DASHES[1 + claimed % (len(DASHES) - 1)]
            found.append({"color": INK, "linestyle": dash, "linewidth": 1.1, "zorder": 3})
            claimed += 1
    return found


def _window(panel: Any, figure: Figure, log: bool) -> None:
    if len(figure.window) == 2:
        axes.window(panel, [math.log10(w) for w in figure.window] if log else figure.window)


def error(figure: Figure, legend: bool = True) -> Any:
    """An error, stored as natural logs, as powers of ten against epochs."""
    curves = [c for c in figure.curves if c.x]
    ends = [end for c in curves if (end := float(np.nanmax(floats(c.x)))) > 0]
    log = figure.name == "decay" or (len(ends) > 1 and max(ends) > APART * min(ends))
    texts, _ = labels(curves)
    made, panel, _ = axes.canvas(axes.legend_rows(texts) if legend else 0)
    handles = []
    for k, (curve, style) in enumerate(zip(curves, styles(curves), strict=True)):
        x = logs(curve.x) if log else floats(curve.x)
        y = floats(curve.y) / LN10
        handles += panel.plot(x, y, gid=f"curve-{k}", **style)
        if curve.low and curve.high:
            band = (floats(edge) / LN10 for edge in (curve.low, curve.high))
            panel.fill_between(x, *band, color=style["color"], alpha=0.18, linewidth=0)
    _frame(panel, figure, handles, log, log_y=True)
    if legend:
        axes.legend(panel, handles, texts)
    return axes.framed(made, panel, log, True, texts)


def comparison(figure: Figure) -> Any:
    """Many methods on one problem; the page has the legend."""
    return error(figure, legend=False)


def _frame(panel: Any, figure: Figure, lines: Sequence[Any], log_x: bool, log_y: bool) -> None:
    """Limits, axes and the window of a fit, for the lines that are drawn."""
    low, high = axes.limits([float(v) for line in lines for v in line.get_xdata()])
    bottom, top = axes.limits([float(v) for line in lines for v in line.get_ydata()], margin=0.05)
    panel.set_xlim(low, high)
    panel.set_ylim(bottom, top)
    _window(panel, figure, log_x)
    power = 0
    if log_x:
        ticks = axes.decades(low, high)
    else:
        ticks, power = axes.linear(low, high)
    axes.x_axis(panel, ticks, axes.label(figure.x_label, power))
    if log_y:
        axes.y_axis(panel, axes.decades(bottom, top), axes.label(figure.y_label.removeprefix("ln ")))
    else:
        ticks, power = axes.linear(bottom, top)
        axes.y_axis(panel, ticks, axes.label(figure.y_label, power))


def scaling(figure: Figure) -> Any:
    """A cost against a constant, both axes logarithmic, with the claimed slope and a strip of residuals.

    The band is the range over the starts (or what is predicted); the strip shows measured over claimed.
    """
    curves = [c for c in figure.curves if c.x]
    claim = next((c for c in curves if c.role != "measured" and len(c.x) > 1), None)
    texts, _ = labels(curves)
    made, panel, strip = axes.canvas(axes.legend_rows(texts), strip=claim is not None)
    handles = []
    for k, (curve, style) in enumerate(zip(curves, styles(curves), strict=True)):
        style["gid"] = f"curve-{k}"
        x, y = logs(curve.x), logs(curve.y)
        if curve.role == "measured":
            style |= {"marker": "o", "markersize": 3.6, "linewidth": 1.0}
            # where another constant varies as well, a line through the points would mean nothing
            several = len({f"{v:.6g}" for v in curve.x}) < len(curve.x)
            if several:
                style["linestyle"] = "none"
            if curve.low and curve.high:
                band = logs(curve.low), logs(curve.high)
                if several:
                    panel.vlines(x, *band, color=style["color"], alpha=0.4, linewidth=1.2)
                else:
                    panel.fill_between(x, *band, color=style["color"], alpha=0.18, linewidth=0)
        handles += panel.plot(x, y, **style)
    if strip is None or claim is None:
        _frame(panel, figure, handles, log_x=True, log_y=True)
    else:
        low, high = axes.limits([float(v) for line in handles for v in line.get_xdata()])
        bottom, top = axes.limits([float(v) for line in handles for v in line.get_ydata()], margin=0.05)
        panel.set_xlim(low, high)
        panel.set_ylim(bottom, top)
        _window(panel, figure, log=True)
        axes.x_axis(panel, axes.decades(low, high), named=False)
        axes.y_axis(panel, axes.decades(bottom, top), axes.label(figure.y_label))
        strip.set_xlim(low, high)
        _window(strip, figure, log=True)
        _residuals(strip, [c for c in curves if c.role == "measured"], claim)
        axes.x_axis(strip, axes.decades(low, high), axes.label(figure.x_label))
    axes.legend(panel, handles, texts)
    return axes.framed(made, panel, True, True, texts)


def _residuals(strip: Any, measured: Sequence[Curve], claim: Curve) -> None:
    """Measured over claimed; logarithmic where the two part company."""
    found = []
    for curve in measured:
        x = logs(curve.x)
        line = np.interp(x, logs(claim.x), logs(claim.y))
        bars = [logs(ends) - line for ends in (curve.low, curve.high)] if curve.low and curve.high else []
        found.append((x, logs(curve.y) - line, bars))
    everything = np.concatenate([np.concatenate([off, *bars]) for _, off, bars in found])
    largest = float(np.nanmax(np.abs(everything), initial=0.0))
    wide = largest > 0.3  # a factor two

    def drawn(off: np.ndarray) -> np.ndarray:
        return off if wide else 10**off

    for (x, off, bars), color in zip(found, SERIES * len(found), strict=False):
        strip.plot(x, drawn(off), "o", color=color, markersize=3)
        if bars:
            strip.vlines(x, drawn(bars[0]), drawn(bars[1]), color=color, linewidth=0.8)
    strip.axhline(0 if wide else 1, color=INK, linewidth=0.8, zorder=1)
    if wide:
        low, high = axes.limits([0.0, *everything.tolist()], margin=0.1)
        ticks = axes.decades(low, high)
    else:
        reach = max(1.2 * float(np.nanmax(np.abs(10**everything - 1), initial=0.0)), 0.01)
        low, high = 1 - reach, 1 + reach
        unit = 10.0 ** math.floor(math.log10(0.85 * reach))
        tick = max(m * unit for m in (1, 2, 5) if m * unit <= 0.85 * reach)
        ticks = [(v, f"{v:.6g}") for v in (1 - tick, 1, 1 + tick)]
    strip.set_ylim(low, high)
    axes.y_axis(strip, ticks, "÷ claim")


def other(figure: Figure) -> Any:
    """A figure of a kind that is not known here: its curves on plain axes."""
    if figure.y_label.startswith("ln "):
        return error(figure)
    curves = [c for c in figure.curves if c.x]
    texts, _ = labels(curves)
    made, panel, _ = axes.canvas(axes.legend_rows(texts))
    chosen = styles(curves)
    handles = [
        h
        for c, style in zip(curves, chosen, strict=True)
        for h in panel.plot(floats(c.x), floats(c.y), **style)
    ]
    _frame(panel, figure, handles, log_x=False, log_y=False)
    axes.legend(panel, handles, texts)
    return made


def heat(figure: Figure) -> Any:
    """A map: a panel for every start and pair of accuracies, in it a cell for every spectrum and size.

    The curves are labelled "start; stretch; spectrum", their x are the sizes.
    """
    values = {(*c.label.split("; "), x): y for c in figure.curves for x, y in zip(c.x, c.y, strict=True)}
    starts, stretches, spectra, sizes = (list(dict.fromkeys(axis)) for axis in zip(*values, strict=True))
    made, panels = axes.mosaic(len(stretches), len(starts), len(spectra))
    for i, stretch in enumerate(stretches):
        for j, start in enumerate(starts):
            panel = panels[i][j]
            panel.set_xlim(0, len(sizes))
            panel.set_ylim(len(spectra), 0)
            for row, spectrum in enumerate(spectra):
                for column, size in enumerate(sizes):
                    value = values.get((start, stretch, spectrum, size))
                    if value is not None:
                        axes.cell(panel, row, column, value)
            if i == 0:
                panel.set_title(start, fontsize=axes.FONT - 1, pad=4)
            if j == 0:
                axes.names(panel, [s.removesuffix(" spectrum") for s in spectra], _stretch(stretch))
            if i == len(stretches) - 1:
                axes.sizes(panel, [number(size, 4).plain() for size in sizes], axes.label(figure.x_label))
    return made


def _stretch(between: str) -> str:
    """A pair of accuracies, as powers of ten where they are: "10⁻² to 10⁻⁸"."""
    ends = [float(end) for end in between.split(" and ")]
    return " to ".join(axes.superscript(round(math.log10(end))) for end in ends)


DRAWN: dict[str, Callable[[Figure], Any]] = {
    "error": error, "decay": error, "comparison": comparison, "scaling": scaling, "map": heat,
}  # fmt: skip


def draw(figure: Figure) -> Any:
    """The figure, by the function of its name; matplotlib's settings must be ``axes.style()``."""
    return DRAWN.get(figure.name, other)(figure)


# ---------------------------------------------------------------- in words


def worthwhile(figure: Figure) -> bool:
    """Whether a figure shows more than the table does: a curve of two points at least."""
    return any(len(c.x) > 1 for c in figure.curves)


def wanted(site: Site) -> Iterator[Figure]:
    """The figures of the theorems' pages."""
    for page in site.pages:
        for entry in page.predictions:
            for data in entry.evidence.figures if entry.evidence is not None else ():
                if worthwhile(data):
                    yield data


def describe(figure: Figure) -> str:
    """The alternative text: what is drawn, and where the curves begin and end."""
    if figure.name == "map":
        every = [y for c in figure.curves for y in c.y]
        low, high = number(min(every), 2).plain(), number(max(every), 2).plain()
        return f"A map of {figure.title}, {len(every)} cells from {low} to {high}."
    log = figure.y_label.startswith("ln ")
    texts, _ = labels(figure.curves)
    parts = []
    for text, c in zip(texts, figure.curves, strict=True):
        if c.x:
            first, last = (number(v, 2, log=log).plain() for v in (c.y[0], c.y[-1]))
            x0, x1 = number(c.x[0], 3).plain(), number(c.x[-1], 3).plain()
            parts.append(f"{text} goes from {first} at {x0} to {last} at {x1}")
    what = f"{axes.label(figure.y_label.removeprefix('ln '))} against {axes.label(figure.x_label)}"
    return f"{what}. {'; '.join(parts)}."


def caption(figure: Figure) -> str:
    """What stands below the figure, as prose."""
    if figure.name == "map":
        return f"{sentence(figure.title)}: the darker a cell, the larger it is."
    _, shared = labels(figure.curves)
    parts = [sentence(figure.title)]
    if shared and shared not in figure.title:
        parts.append(shared)
    if any(c.low for c in figure.curves):
        parts.append("bars and bands: the range")
    if figure.window:
        parts.append("shaded: the window of the fit")
    return "; ".join(parts) + "."
