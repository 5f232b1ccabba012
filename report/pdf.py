"""Figures as PDF, for LaTeX: from the same data, by the same code as the pages' SVG."""

from __future__ import annotations

import functools
import hashlib
import io
import re
from pathlib import Path
from typing import Any

from checks.evidence import Figure
from report import axes, figures, svg
from report.files import write
from report.prose import MATHS
from solvers import sources

#: What a figure may say: Latin, Greek, indices and the signs that a text may hold (``prose.MATHS``).
CHARACTERS = [
    *range(0x20, 0x100),
    *range(0x391, 0x3CA),
    *map(ord, "".join(MATHS) + "–—‘’“”…₊₋⁺⁻\N{NARROW NO-BREAK SPACE}"),
]
FAMILY = "Rateproof Sans"


def file(figure: Figure, folder: Path) -> Path:
    """The figure's file in this folder, drawn if it is not there yet."""
    path = folder / f"{svg.stem(figure)}.pdf"
    if not path.exists():
        write(path, draw(figure))
    return path


def draw(figure: Figure) -> bytes:
    """The figure as a PDF without a date: its bytes depend on the data alone."""
    import matplotlib
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    font()
    chosen: dict[str, Any] = {
        "font.family": [FAMILY, "DejaVu Sans"],
        "pdf.fonttype": 42,
        "mathtext.fontset": "custom",
    }
    chosen |= {f"mathtext.{face}": FAMILY for face in ("rm", "it", "bf", "cal", "sf", "tt")}
    with matplotlib.rc_context(axes.style() | chosen):
        made = figures.draw(figure)
        for panel in made.axes:
            legend = panel.get_legend()
            for text in [*panel.texts, *(legend.get_texts() if legend else ())]:
                text.set_text(re.sub(r"_(\w+)", r"$_{\\mathrm{\1}}$", text.get_text()))
        buffer = io.BytesIO()
        nothing = {"CreationDate": None, "Creator": None, "Producer": None}
        FigureCanvasPdf(made).print_pdf(buffer, metadata=nothing)
    return buffer.getvalue()


@functools.cache
def font() -> None:
    """Register the few hundred characters of matplotlib's own font that figures use.

    matplotlib reduces the font that it embeds anew for every file; from the whole of it that takes ten
    times as long as everything else in a figure. What is made here is kept where kernels are kept.
    """
    from matplotlib import __version__, font_manager

    wanted = hashlib.sha256(f"{__version__} {CHARACTERS}".encode()).hexdigest()[:16]
    path = sources.cache_folder() / f"{wanted}.ttf"
    if not path.exists():
        write(path, _reduced(font_manager.findfont("DejaVu Sans")))
    font_manager.fontManager.addfont(path)


def _reduced(file: str) -> bytes:
    """The font in this file with ``CHARACTERS`` alone, under its own name."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    whole = TTFont(file)
    chosen = subset.Options(layout_features=[], hinting=False, drop_tables=["FFTM", "GPOS", "GSUB"])
    reduced = subset.Subsetter(chosen)
    reduced.populate(unicodes=CHARACTERS)
    reduced.subset(whole)
    for record in whole["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = FAMILY
    buffer = io.BytesIO()
    whole.save(buffer)
    return buffer.getvalue()
