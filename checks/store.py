"""Evidence on disk: one JSON a prediction, one npz a batch of runs, both written atomically.

A name carries its key, the hash of everything that the content depends on: expressions, instances,
seeds, profile, backend, versions, sources. Content under another key is never read, so two runs can
share a folder, a run can be resumed, and nothing has to be deleted by hand.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import importlib.metadata
import inspect
import json
import os
import platform
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import sympy as sp

from solvers import sources
from solvers.trajectories import Outcome, Trajectories

FORMAT = 1
LIBRARIES = ("numpy", "scipy", "sympy", "numba")


def fingerprint(value: Any) -> str:
    """A canonical text of a value that a key is made of; equal values have equal texts.

    Raises:
        TypeError: a value whose text would not identify it.
    """
    if isinstance(value, sp.Basic):
        return _expression(value)
    if isinstance(value, str | int | float | bool | None | enum.Enum | Fraction):
        return repr(value)
    if isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        return f"array({array.dtype},{array.shape},{hashlib.sha256(array.tobytes()).hexdigest()})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return f"{type(value).__qualname__}{fingerprint(fields)}"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{fingerprint(k)}:{fingerprint(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return f"{type(value).__qualname__}(" + ",".join(map(fingerprint, value)) + ")"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if inspect.isfunction(value):
        code = value.__code__  # tells two lambdas of one line apart
        constants = [v for v in code.co_consts if isinstance(v, str | int | float)]
        held = [inspect.getclosurevars(value).nonlocals, value.__defaults__, value.__kwdefaults__]
        try:
            text = _source(code)
            return f"{value.__qualname__}:{text}{code.co_code.hex()}{constants}{fingerprint(held)}"
        except OSError:
            pass
    raise TypeError(f"{value!r} cannot be part of a key: it has no text that identifies it")


@functools.cache
def _source(code: CodeType) -> str:
    return inspect.getsource(code)


@functools.cache
def _expression(expression: sp.Basic) -> str:
    return sp.srepr(expression)


def key(parts: Any, classes: Sequence[type] = (), *, runs_only: bool = False) -> str:
    """The hash of the parts, of the sources that they meet, and of the libraries' versions.

    Trajectories (``runs_only``) depend on ``solvers`` and the classes' files; evidence on ``checks`` too.
    """
    text = [fingerprint(parts), sources.of_classes(*classes), json.dumps(versions(), sort_keys=True)]
    if not runs_only:
        text += [sources.package("checks"), sources.digest([sources.ROOT / "theorems" / "predictions.py"])]
    return hashlib.sha256("".join(text).encode()).hexdigest()[:20]


@functools.cache
def versions() -> dict[str, str]:
    """The versions that a result depends on."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), **found}


def write(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        os.fchmod(handle, 0o666 & ~_umask())  # mkstemp's 0600 would shut out everybody else
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class StoreError(Exception):
    """The results folder cannot be used; the message says which and why."""


@dataclasses.dataclass(frozen=True)
class Store:
    """The results folder."""

    folder: Path

    def check(self) -> None:
        """Make sure that results can be written.

        Raises:
            StoreError: the folder cannot be made or written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, probe = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
            os.close(handle)
            os.unlink(probe)
        except OSError as error:
            raise StoreError(
                f"--results {self.folder}: results cannot be written there ({error.strerror}); "
                "choose another folder"
            ) from error

    def path(self, theorem: str, name: str) -> Path:
        return self.folder / theorem / f"{name}.json"

    def load(self, theorem: str, name: str, wanted: str) -> dict[str, Any] | None:
        """The stored record if it is there, whole, and has this key."""
        try:
            record = json.loads(self.path(theorem, name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return record if record.get("key") == wanted and record.get("format") == FORMAT else None

    def save(self, theorem: str, name: str, record: dict[str, Any]) -> None:
        text = json.dumps({"format": FORMAT, **record}, indent=1, ensure_ascii=False, allow_nan=False)
        write(self.path(theorem, name), text.encode())

    def batch(
        self, parts: Any, classes: Sequence[type], compute: Callable[[], Trajectories]
    ) -> tuple[str, Trajectories]:
        """The name of a batch of runs and its trajectories, computed if they are not stored."""
        name = key(parts, classes, runs_only=True)
        path = self.folder / "runs" / f"{name}.npz"
        try:
            return name, _read(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            runs = compute()
            _write(path, runs)
            return name, runs


def _write(path: Path, runs: Trajectories) -> None:
    import io

    arrays = {
        f.name: np.array([o.name for o in runs.outcomes]) if f.name == "outcomes" else getattr(runs, f.name)
        for f in dataclasses.fields(runs)
        if getattr(runs, f.name) is not None
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write(path, buffer.getvalue())


def _read(path: Path) -> Trajectories:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return Trajectories(
        **{
            **{"log_gap": None, **arrays},
            "outcomes": tuple(Outcome[name] for name in arrays["outcomes"].tolist()),
            "reading": str(arrays["reading"]),
        }
    )
