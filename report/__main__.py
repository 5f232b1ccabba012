"""``python -m report`` builds HTML and LaTeX from stored evidence."""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import sys
import time
import webbrowser
from dataclasses import replace
from pathlib import Path

from checks.store import versions
from report.evidence import ReportError, Site, read
from report.files import write
from solvers import sources
from theorems.theorem import TheoremError

ROOT = Path(__file__).resolve().parent.parent
#: Files of the packages that a report depends on.
SUFFIXES = {".py", ".html", ".css", ".js", ".bib", ".md", ".json"}
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

        built = Built(chosen)
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


class Built:
    """What the report was built from: the stored evidence, the code, and where everything lies.

    It is kept beside the report with the names of its files, so that a second build of the same has
    nothing to do.
    """

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.file = chosen.output / ".built.json"
        mine = [
            p for path in map(Path, chosen.theorems) for p in (path.glob("*.py") if path.is_dir() else [path])
        ]
        shipped = [p for name in sources.PACKAGES for p in (ROOT / name).rglob("*") if p.suffix in SUFFIXES]
        evidence = [*chosen.results.glob("*.json"), *chosen.results.glob("*/*.json")]
        places = [str(p.resolve()) for p in (chosen.results, chosen.output, chosen.latex)]
        total = hashlib.sha256(json.dumps([places, sorted(versions().items())]).encode())
        for path in sorted([*mine, *shipped, *evidence]):
            total.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
        self.mark = total.hexdigest()

    def current(self) -> bool:
        """Whether the report is that of this evidence and this code, and whole."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            return bool(kept["mark"] == self.mark and all(Path(f).is_file() for f in kept["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def keep(self, files: list[Path]) -> None:
        written = json.dumps({"mark": self.mark, "files": [str(f.resolve()) for f in files]})
        write(self.file, written)


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
