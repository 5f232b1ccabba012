"""How far an obligation can be proved: for all parameters, exactly at numbers, or in floats only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from checks.proofs import kernel
from checks.proofs.certificates import text
from checks.proofs.fitting import prove_without_hints
from checks.proofs.refutation import counterexample
from checks.proofs.rounding import TIGHT, prove_at
from checks.proofs.sdp import NotSolved, Vacuous, WorstCase, worst_case
from checks.proofs.symbolic import NotProved, prove
from theorems.performance import Cycle, Obligation
from theorems.predictions import Proof
from theorems.theorem import Theorem, TheoremError, load

#: Values of the variables at which numbers are tried, in turn for each variable.
VALUES = (Fraction(1), Fraction(1, 3), Fraction(5, 2), Fraction(1, 20))


@dataclass(frozen=True)
class Attempt:
    """One level: whether it was reached, what was found or failed, and more lines on that."""

    level: str
    reached: bool
    said: str
    lines: tuple[str, ...] = ()


def named(place: str) -> Obligation | Cycle:
    """The obligation PATH::name of a file: the name of its certificate, or of a variable that holds it.

    Raises:
        TheoremError: the place is not of this form, the file does not load, or has no such obligation.
    """
    path, colons, name = place.partition("::")
    if not colons or not name:
        raise TheoremError(
            f"{place} is no place; give the file and the obligation, as theorems/mine.py::name"
        )
    file = Path(path)
    if not file.is_file():
        raise TheoremError(f"{path}: there is no such file")
    found = _obligations(load(file.resolve()))
    if name not in found:
        known = ", ".join(sorted({o.name for o in found.values()})) or "none"
        raise TheoremError(f"{path} has no obligation {name}; it has {known}")
    return found[name]


def _obligations(module: ModuleType) -> dict[str, Obligation | Cycle]:
    """The module's obligations by variable and by name, those of its theorems too."""
    found: dict[str, Obligation | Cycle] = {}
    for variable, value in vars(module).items():
        held = value if isinstance(value, list | tuple) else [value]
        for item in held:
            if isinstance(item, Obligation | Cycle):
                found.setdefault(item.name, item)
                if item is value:
                    found.setdefault(variable, item)
            if isinstance(item, Theorem):
                for prediction in item.predictions:
                    if isinstance(prediction, Proof) and prediction.obligation is not None:
                        found.setdefault(prediction.obligation.name, prediction.obligation)
    return found


def attempts(obligation: Obligation | Cycle) -> Iterator[Attempt]:
    """The levels from the strongest down, until one is reached; where none is, how the claim fails."""
    routes: list[tuple[str, Callable[[Any], Any]]] = [("symbolic", prove)]
    if isinstance(obligation, Obligation):
        routes.append(("symbolic, without hints", prove_without_hints))
    for level, route in routes:
        try:
            said = kernel.check(text(route(obligation)))
        except (NotProved, kernel.Refused) as error:
            yield Attempt(level, False, str(error))
        else:
            yield Attempt(level, True, said)
            return
    if isinstance(obligation, Cycle):
        return
    points = _points(len(obligation.variables))
    failed = []
    for values in points:
        try:
            kernel.check(text(prove_at(obligation, values)))
        except (NotProved, kernel.Refused) as error:
            failed.append(f"at {_at(obligation, values)}: {error}")
    reached = len(points) - len(failed)
    yield Attempt("exact", not failed, f"proved at {reached} of {len(points)} points", tuple(failed))
    if not failed:
        return
    yield from _numbers(obligation, points)


def _numbers(obligation: Obligation, points: Sequence[tuple[Fraction, ...]]) -> Iterator[Attempt]:
    """The worst case at the points; where the claim is too small, what exceeds it."""
    worst: tuple[float, tuple[Fraction, ...], WorstCase] | None = None
    unsolved = []
    for values in points:
        try:
            found = worst_case(obligation.statement(*values))
        except Vacuous:
            continue
        except NotSolved as error:
            unsolved.append(f"at {_at(obligation, values)}: {error}")
            continue
        if worst is None or found.ratio > worst[0]:
            worst = found.ratio, values, found
    if worst is None:
        yield Attempt("numeric", not unsolved, "no worst case at any point", tuple(unsolved))
        return
    ratio, values, found = worst
    said = f"the worst case is {ratio:.9g} times the right side, at {_at(obligation, values)}"
    if ratio <= 1 + TIGHT:
        yield Attempt("numeric", not unsolved, said, tuple(unsolved))
        return
    yield Attempt("numeric", False, said, (*unsolved, *_suggested(found)))
    exact = counterexample(obligation)
    if exact is not None:
        where = ", ".join(f"{name} = {value}" for name, value in exact.coordinates.items() if value)
        sides = f"left {exact.left} exceeds right {exact.right} at {_at(obligation, exact.values)}"
        yield Attempt("refuted", True, f"{sides}, every hypothesis holds", (where,))


def _suggested(found: WorstCase) -> tuple[str, ...]:
    """The worst-case function as vectors and values."""
    vectors = found.coordinates(1e-5)
    lines = ["suggested counterexample, scaled so that the right side is 1:"]
    for atom, vector in vectors.items():
        lines.append(f"  {atom} = ({', '.join(f'{v:.6g}' for v in np.round(vector, 9) + 0.0)})")
    values = [f"{key} = {value:.6g}" for key, value in found.values.items()]
    return (*lines, *([f"  {', '.join(values)}"] if values else []))


def _points(count: int) -> list[tuple[Fraction, ...]]:
    """Values for so many variables."""
    if not count:
        return [()]
    return [tuple(VALUES[(k + j) % len(VALUES)] for j in range(count)) for k in range(len(VALUES))]


def _at(obligation: Obligation, values: Sequence[Any]) -> str:
    pairs = zip(obligation.variables, values, strict=True)
    return ", ".join(f"{name} = {value}" for name, value in pairs) or "these numbers"
