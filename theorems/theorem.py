"""A theorem: one statement of the literature, with what follows from it and what must not."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sympy as sp

from solvers.constants import DEFINITIONS
from solvers.problems.families import Family
from solvers.problems.instance import Premise
from theorems import symbols
from theorems.predictions import Prediction

HERE = Path(__file__).resolve().parent
#: The group of entry points by which an installed package offers theorems.
GROUP = "rateproof.theorems"
#: Files of this folder that hold no theorems of their own.
INFRASTRUCTURE = {
    "__init__", "__main__", "theorem", "predictions", "symbols", "rivals", "facts", "template",
    "lint", "performance", "survey",
}  # fmt: skip
#: What an expression may contain.
KNOWN = {
    *DEFINITIONS,
    symbols.t,
    symbols.epsilon,
    symbols.distance,
    symbols.gap,
    symbols.R,
    symbols.Delta,
    symbols.m,
}


class TheoremError(Exception):
    """A theorem or its file is malformed; the message is one sentence for its author."""


@dataclass(frozen=True)
class Source:
    """A key of ``references.bib`` and the place in it; no locator that nobody checked."""

    key: str
    locator: str = ""


@dataclass(frozen=True)
class Rival:
    """Something near the theorem that is false. The suite must refute it, or its check is blind.

    Attributes:
        name: unique within the theorem.
        prediction: a wrong prediction for the right method, or
        method: a wrong method for the theorem's predictions, at least one of which must refute it;
        of: the label or kind of the only predictions that are tried on ``method`` (all if empty).
    """

    name: str
    prediction: Prediction | None = None
    method: Any = None
    of: str = ""


@dataclass(frozen=True, kw_only=True)
class Theorem:
    r"""A statement on trial.

    Attributes:
        name: unique, lower case with hyphens; names the page, the test and the evidence.
        title: one line for a reader.
        source, also: where the statement is from, and where else it can be read.
        statement: the sentence in words; the mathematics is printed from the predictions.
        method: with the theorem's own step, as expressions in the constants; None for a statement that
            is not about a method.
        instances: what it is tried on.
        epochs: budget of a run, an expression in the constants.
        predictions: what follows.
        rivals: what must be refuted.
        premises: conditions under which the theorem speaks, tested on every instance.
        assumptions: conditions in words that the family fulfils by construction.
        belief: True if the statement is commonly believed and false; then it expects REFUTED.
        remark: what a reader should know.
        survey: the survey's class, a key of ``theorems.survey.CLASSES``.
    """

    name: str
    title: str
    source: Source
    statement: str
    method: Any
    predictions: Sequence[Prediction]
    instances: Family | None = None
    epochs: Any = 100
    also: Sequence[Source] = ()
    rivals: Sequence[Rival] = ()
    premises: Sequence[Premise] = ()
    assumptions: Sequence[str] = ()
    belief: bool = False
    remark: str = ""
    survey: str = ""

    def __post_init__(self) -> None:
        ids = [p.id for p in self.predictions]
        _unique(ids, f"theorem {self.name!r}", "predictions", "give them different labels")
        _unique([r.name for r in self.rivals], f"theorem {self.name!r}", "rivals", "rename one")
        if not self.predictions:
            raise TheoremError(f"theorem {self.name!r} predicts nothing; add a prediction")
        for prediction in [*self.predictions, *(r.prediction for r in self.rivals if r.prediction)]:
            _check_symbols(self.name, prediction)

    def resolved(self, prediction: Prediction) -> tuple[Any, Family | None, Any]:
        """The method, the instances and the budget under which this prediction is tried."""
        return (
            prediction.method if prediction.method is not None else self.method,
            prediction.instances or self.instances,
            prediction.epochs if prediction.epochs is not None else self.epochs,
        )


def _unique(names: Sequence[str], owner: str, what: str, cure: str) -> None:
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise TheoremError(f"{owner} has two {what} named {', '.join(twice)}; {cure}")


def _check_symbols(name: str, prediction: Prediction) -> None:
    for field in ("expression", "measure", "exponent", "steps"):
        expression = getattr(prediction, field, None)
        if expression is None:
            continue
        unknown = sorted(str(s) for s in sp.sympify(expression).free_symbols - KNOWN)
        if unknown:
            raise TheoremError(
                f"theorem {name!r}, prediction {prediction.id!r}: unknown symbol {', '.join(unknown)} in "
                f"{field} = {expression}; the symbols are {', '.join(sorted(map(str, KNOWN)))}"
            )


# ---------------------------------------------------------------- the catalogue


def catalogue(paths: Iterable[str | Path] = ()) -> dict[str, tuple[Theorem, str]]:
    """All theorems of this folder, of installed packages and of ``paths``: name -> (theorem, file).

    A package offers a module with a list ``theorems`` as an entry point of the group ``GROUP``.

    Raises:
        TheoremError: a file that is missing, does not load, has no list ``theorems``, or a name that
            two theorems share.
    """
    found: dict[str, tuple[Theorem, str]] = {}
    for theorem, path in [*_listed([*_here(), *_installed()]), *loaded(paths)]:
        if theorem.name in found:
            raise TheoremError(
                f"two theorems are named {theorem.name!r}, in {found[theorem.name][1]} and {path}; rename one"
            )
        found[theorem.name] = theorem, path
    return found


def loaded(paths: Iterable[str | Path]) -> list[tuple[Theorem, str]]:
    """The theorems of files and folders, each with its file.

    Raises:
        TheoremError: as for ``catalogue``.
    """
    files: list[tuple[Path, ModuleType]] = []
    for path in map(Path, paths):
        if not path.exists():
            raise TheoremError(f"--theorems {path}: there is no such file or folder")
        chosen = sorted(path.glob("*.py")) if path.is_dir() else [path]
        if not chosen:
            raise TheoremError(f"--theorems {path}: the folder holds no Python file")
        files += [(file, load(file.resolve())) for file in chosen]
    return _listed(files)


def _listed(files: Iterable[tuple[Path, ModuleType]]) -> list[tuple[Theorem, str]]:
    found = []
    for path, module in files:
        listed = getattr(module, "theorems", None)
        if not isinstance(listed, list | tuple) or not all(isinstance(x, Theorem) for x in listed):
            raise TheoremError(
                f"{path} has no list 'theorems' of Theorem objects; end the file with theorems = [...]"
            )
        found += [(theorem, str(path)) for theorem in listed]
    return found


def _here() -> Iterable[tuple[Path, ModuleType]]:
    for file in sorted(HERE.glob("*.py")):
        if file.stem not in INFRASTRUCTURE:
            yield file, importlib.import_module(f"theorems.{file.stem}")


def _installed() -> Iterable[tuple[Path, ModuleType]]:
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            module = entry.load()
        except Exception as error:
            raise TheoremError(
                f"the entry point {entry.name} = {entry.value} of {GROUP} does not load: "
                f"{type(error).__name__}: {error}"
            ) from error
        yield Path(getattr(module, "__file__", None) or entry.value), module


def load(file: Path) -> ModuleType:
    """The module in this file, which may lie outside the clone.

    Raises:
        TheoremError: it does not load.
    """
    name = f"rateproof_user_{file.stem}_{abs(hash(str(file))):x}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise TheoremError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except TheoremError:
        raise
    except Exception as error:
        raise TheoremError(f"{file} does not load: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(file.parent))
    return module
