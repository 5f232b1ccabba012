"""Figures as SVG: files whose bytes depend on the data alone, and the same as part of a page.

A file is drawn in colours for paper. On a page the same text gets the page's colours instead, so that it
follows the reader's light or dark mode. A file that is there already is not drawn again.
"""

from __future__ import annotations

import functools
import hashlib
import html
import io
import json
import re
from pathlib import Path

from checks.evidence import Figure
from report import axes, figures
from report.files import write
from report.once import by_identity

HERE = Path(__file__).resolve().parent
#: The files that a drawing depends on, beside its data.
CODE = ("axes.py", "figures.py", "numbers.py", "pdf.py", "prose.py", "svg.py", "tables.py")
FONTS = "system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif"
#: What all texts of a figure have in common.
SHARED = f'font-family="{FONTS}" font-size="{axes.FONT}px" fill="{axes.INK}"'


@functools.cache
def _code() -> str:
    import matplotlib

    digest = hashlib.sha256(matplotlib.__version__.encode())
    for name in CODE:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


@by_identity
def stem(figure: Figure) -> str:
    """The name of a figure's files: the hash of its data and of the code that draws it."""
    data = json.dumps(figure, default=vars, sort_keys=True)
    return hashlib.sha256((data + _code()).encode()).hexdigest()[:16]


def name(figure: Figure) -> str:
    return f"{stem(figure)}.svg"


def file(figure: Figure, folder: Path) -> Path:
    """The figure's file in this folder, drawn if it is not there yet."""
    path = folder / name(figure)
    if not path.exists():
        write(path, draw(figure))
    return path


def draw(figure: Figure) -> str:
    """The figure as a standalone SVG."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with matplotlib.rc_context(axes.style()):
        buffer = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        made = figures.draw(figure)
        FigureCanvasSVG(made).print_svg(buffer, metadata=nothing)
    text = _tidy(buffer.getvalue())
    frame = getattr(made, "frame", None)
    if frame is None:
        return text
    data = html.escape(json.dumps(frame, ensure_ascii=False, separators=(",", ":")), quote=True)
    return text.replace("<svg ", f'<svg data-frame="{data}" ', 1)


def _tidy(svg: str) -> str:
    """Without what no reader needs: comments, empty metadata, names of no curve that nothing refers to."""
    svg = re.sub(r"<!--.*?-->\s*|<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used or m[1].startswith("curve-") else "", svg)
    svg = svg.replace("font-family: 'DejaVu Sans'; ", "").replace(" font-family: 'DejaVu Sans'", "")
    svg = svg.replace("<svg ", f"<svg {SHARED} ", 1)
    svg = re.sub(r"_(\w+)(?=[^<>]*</text>)", r'<tspan dy="2" font-size="75%">\1</tspan>', svg)
    svg = re.sub(r'<path d="[^"]*" style="fill: none"/>|(?<=") transform="rotate\(-0 [^"]*"', "", svg)
    svg = re.sub(r' (?:d|x|y|transform|points)="[^"]*"', lambda m: _short(m[0]), svg)
    svg = re.sub(r' style="[^"]*"', lambda m: re.sub(r"(?<=[;:]) ", "", m[0]), svg)
    # what all texts share stands at the top, once
    svg = svg.replace(f"font-size:{axes.FONT}px;", "").replace(f';fill:{axes.INK}"', '"')
    return re.sub(r"<g>\s*</g>\s*", "", re.sub(r"\n\s*", "\n", svg))


def _short(attribute: str) -> str:
    """Coordinates to a hundredth of a point, without room that nobody reads."""
    rounded = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), attribute)
    if not rounded.startswith(" d="):
        return rounded
    path = re.sub(r"\s*([A-Za-z])\s*", r"\1", rounded[len(' d="') : -1].strip())
    return f' d="{path}"'


def inline(svg: str, prefix: str, label: str) -> str:
    """A standalone SVG as part of a page: the page's colours, names of its own, and a text for it.

    Args:
        prefix: makes the names in this figure unique on its page.
        label: the alternative text, already escaped.
    """
    svg = svg[svg.index("<svg") :]
    for color, role in axes.ROLES.items():
        svg = svg.replace(color, f"var({role})")
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)
    box = re.search(r'viewBox="([^"]+)"', svg)
    frame = re.search(r' data-frame="[^"]*"', svg)
    shared = SHARED.replace(axes.INK, f"var({axes.ROLES[axes.INK]})")
    opening = f'<svg viewBox="{box[1] if box else "0 0 1 1"}" {shared} role="img" aria-label="{label}"'
    opening += f"{frame[0] if frame else ''}>"
    return re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
