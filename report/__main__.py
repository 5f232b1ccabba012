"""``python -m report`` builds HTML and LaTeX from stored evidence."""

from __future__ import annotations

import argparse
import difflib
import sys
import time
import webbrowser
from dataclasses import replace
from pathlib import Path

from report.evidence import ReportError, Site, read
from theorems.theorem import TheoremError

ROOT = Path(__file__).resolve().parent.parent
#: Changes that are printed; the page has all of them.
LINES = 20


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
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME",
        help="build the pages of these theorems alone (the name, or the beginning of several)",
    )  # fmt: skip
    parser.add_argument(
        "--compare", type=Path, metavar="OLD_RESULTS",
        help="say what changed since the run that is stored there, and write changes.html",
    )  # fmt: skip
    parser.add_argument("--open", action="store_true", help="open the report in a browser")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Build the report; the status is 2 where there is nothing to report on or nowhere to put it."""
    chosen = options(arguments)
    began = time.monotonic()
    try:
        site = read(chosen.results, chosen.theorems)
        if chosen.only:
            site = part(site, chosen.only)
        # templates and matplotlib: only where there is something to show
        from report import changes, drawings, html, paper
        from report.built import Built

        built = Built(chosen.results, chosen.theorems, chosen.output, chosen.latex)
        whole = not chosen.only and chosen.compare is None
        if whole and built.current():
            print(html.sentence(site))
            print(f"{chosen.output / 'index.html'} (nothing changed, {time.monotonic() - began:.1f} s)")
            return shown_at(chosen, site, "index.html")
        drawings.prepare(site, chosen.output, chosen.latex, progress)
        if chosen.only:
            files, shown = html.build_pages(site, chosen.output), f"theorems/{site.pages[0].name}.html"
        else:
            files, shown = html.build(site, chosen.output), "index.html"
            texts = paper.build(site, chosen.latex)
            built.keep([*files, *texts])
        if chosen.compare is not None:
            old = read(chosen.compare, chosen.theorems)
            found = changes.changes(part(old, chosen.only) if chosen.only else old, site)
            files.append(html.build_changes(found, chosen.compare, site, chosen.output))
            shown = "changes.html"
    except (ReportError, TheoremError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        where = f"--output {chosen.output}, --latex {chosen.latex}"
        print(f"{where}: the report cannot be written there ({error.strerror})", file=sys.stderr)
        return 2
    print(html.sentence(site))
    if chosen.compare is not None:
        told = changes.lines(found) or [f"nothing changed since {chosen.compare}"]
        rest = [f"and {len(told) - LINES} more"] if len(told) > LINES else []
        print("\n".join([*told[:LINES], *rest]))
    print(f"{chosen.output / shown} ({len(files)} files, {time.monotonic() - began:.1f} s)")
    if not chosen.only:
        print(f"{chosen.latex / 'rateproof.tex'} ({len(texts)} files)")
    return shown_at(chosen, site, shown)


def shown_at(chosen: argparse.Namespace, site: Site, page: str) -> int:
    """Tell the warnings, and open the page if that is wished."""
    for warning in site.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if chosen.open:
        webbrowser.open((chosen.output / page).resolve().as_uri())
    return 0


def part(site: Site, names: list[str]) -> Site:
    """The site of the theorems with these names, or with names that begin so.

    Raises:
        ReportError: a name that no theorem has.
    """
    for name in names:
        if not any(page.name.startswith(name) for page in site.pages):
            near = difflib.get_close_matches(name, [page.name for page in site.pages], 3, 0.4)
            hint = f"; near it are {', '.join(near)}" if near else ""
            raise ReportError(f"--only {name}: there is no theorem of that name{hint}")
    exact = {page.name for page in site.pages} & set(names)
    pages = [
        page
        for page in site.pages
        if page.name in exact or any(page.name.startswith(n) for n in names if n not in exact)
    ]
    mine = tuple(f"{page.name}: " for page in pages)
    return replace(site, pages=pages, warnings=[w for w in site.warnings if w.startswith(mine)])


def progress(done: int, total: int) -> None:
    """How many figures are drawn, on a terminal."""
    if sys.stderr.isatty():
        print(f"\rdrawing figures: {done} of {total}", end="\n" if done == total else "", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
