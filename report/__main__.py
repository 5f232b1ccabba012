"""``python -m report`` builds HTML and LaTeX from stored evidence."""

from __future__ import annotations

import argparse
import sys
import time
import webbrowser
from pathlib import Path

from report.evidence import ReportError, read
from theorems.theorem import TheoremError

ROOT = Path(__file__).resolve().parent.parent


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m report",
        description="Build the report, HTML and LaTeX, from stored evidence. Nothing is run.",
    )
    build = ROOT / "build"
    parser.add_argument(
        "--results", type=Path, default=build / "results", metavar="DIR",
        help="stored evidence, as pytest checks/ wrote it (default build/results)",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, default=build / "report", metavar="DIR",
        help="where the report goes (default build/report)",
    )  # fmt: skip
    parser.add_argument(
        "--latex", type=Path, default=build / "latex", metavar="DIR",
        help="where the paper goes: rateproof.tex and its parts (default build/latex)",
    )  # fmt: skip
    parser.add_argument(
        "--theorems", action="append", default=[], metavar="PATH",
        help="a file or folder with theorems of your own; may be given again",
    )  # fmt: skip
    parser.add_argument("--open", action="store_true", help="open the report in a browser")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Build the report; the status is 2 where there is nothing to report on or nowhere to put it."""
    chosen = options(arguments)
    began = time.monotonic()
    try:
        site = read(chosen.results, chosen.theorems)
        from report import html, paper  # templates and matplotlib: only where there is something to show

        files = html.build(site, chosen.output)
        texts = paper.build(site, chosen.latex)
    except (ReportError, TheoremError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        where = f"--output {chosen.output}, --latex {chosen.latex}"
        print(f"{where}: the report cannot be written there ({error.strerror})", file=sys.stderr)
        return 2
    for warning in site.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    index = chosen.output / "index.html"
    print(html.sentence(site))
    print(f"{index} ({len(files)} files, {time.monotonic() - began:.1f} s)")
    print(f"{chosen.latex / 'rateproof.tex'} ({len(texts)} files)")
    if chosen.open:
        webbrowser.open(index.resolve().as_uri())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
