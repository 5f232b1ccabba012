"""What a report was built from, so that a second build of the same has nothing to do."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from checks.store import versions
from report.files import write
from solvers import sources

#: Files of the packages that a report depends on.
SUFFIXES = {".py", ".html", ".css", ".js", ".bib", ".md", ".json"}


class Built:
    """The stored evidence, the code, the versions and the places of a report.

    They are kept beside the report with the names of its files.
    """

    def __init__(self, results: Path, theorems: Iterable[str], output: Path, latex: Path) -> None:
        self.file = output / ".built.json"
        mine = [p for path in map(Path, theorems) for p in (path.glob("*.py") if path.is_dir() else [path])]
        shipped = [
            p for name in sources.PACKAGES for p in (sources.ROOT / name).rglob("*") if p.suffix in SUFFIXES
        ]
        evidence = [*results.glob("*.json"), *results.glob("*/*.json")]
        self.mark = {
            "places": [str(p.resolve()) for p in (results, output, latex)],
            "versions": versions(),
            "contents": sources.digest([*mine, *shipped, *evidence]),
        }

    def current(self) -> bool:
        """Whether the report is that of this evidence and this code, and whole."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            return bool(kept["mark"] == self.mark and all(Path(f).is_file() for f in kept["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def keep(self, files: Iterable[Path]) -> None:
        """Remember that these files are the report."""
        write(self.file, json.dumps({"mark": self.mark, "files": [str(f.resolve()) for f in files]}))
