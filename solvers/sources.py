"""The hash of the sources that a result depends on. Compiled kernels and stored evidence carry it."""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("solvers", "theorems", "checks", "report")


def ours(file: str | Path) -> bool:
    """Whether a file belongs to the suite (an environment inside the clone does not)."""
    path = Path(file).resolve()
    return any(path.is_relative_to(ROOT / name) for name in PACKAGES)


def digest(paths: Iterable[Path]) -> str:
    """A short hash of the files' contents and names, independent of where the tree lies."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


@functools.cache
def package(name: str) -> str:
    """The hash of all Python files of one of the suite's packages."""
    return digest((ROOT / name).rglob("*.py"))


def reached_from(file: str | Path) -> list[Path]:
    """The file and every loaded module beside it: what a user's theorem file can have reached.

    A file of the suite's own packages reaches nothing here; ``package`` covers it.
    """
    path = Path(file).resolve()
    if ours(path):
        return []
    folder = path.parent
    loaded = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    beside = {Path(f).resolve() for f in loaded if f and f.endswith(".py")}
    return sorted({path} | {f for f in beside if f.is_relative_to(folder)})


def of_classes(*classes: type) -> str:
    """The hash of ``solvers`` and of every other file that these classes come from."""
    files = {f for c in classes for f in [Path(inspect.getfile(c)), *reached_from(inspect.getfile(c))]}
    return hashlib.sha256((package("solvers") + digest(files)).encode()).hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: build/kernels of the clone, else the system's temporary folder."""
    folder = ROOT / "build" / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / "rateproof-kernels"
