"""All figures of a report, drawn before they are used: those that are not there yet, in several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from checks.evidence import Figure
from report import figures, pdf, svg
from report.comparison import races
from report.evidence import Site

#: Fewer figures than this are drawn here; starting processes takes some seconds.
FEW = 24


def prepare(site: Site, output: Path, latex: Path, say: Callable[[int, int], None]) -> None:
    """Draw what the site and the paper need.

    Args:
        say: told how many of how many are drawn.
    """
    needed = list(figures.wanted(site))
    work = [(svg.file, data, output / "figures") for data in [*needed, *(r.figure for r in races(site))]]
    work += [(pdf.file, data, latex / "figures") for data in needed]
    missing = {}
    for draw, data, folder in work:
        name = svg.stem(data) + (".svg" if draw is svg.file else ".pdf")
        if not (folder / name).exists():
            missing[folder / name] = draw, data, folder
    for count, _ in enumerate(_drawn(list(missing.values())), 1):
        say(count, len(missing))


def _drawn(jobs: list[tuple[Callable[[Figure, Path], Path], Figure, Path]]) -> Iterable[Path]:
    if len(jobs) < FEW or (os.cpu_count() or 1) == 1:
        return (draw(data, folder) for draw, data, folder in jobs)
    import joblib

    parallel = joblib.Parallel(n_jobs=-1, return_as="generator_unordered", batch_size=8)
    return parallel(joblib.delayed(draw)(data, folder) for draw, data, folder in jobs)
