"""Methods and constants, as a reader is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from report.boxes import Box
from report.cells import Part, Parts
from report.evidence import Entry
from report.mathematics import box, symbol
from report.prose import spoken
from solvers import method as protocol
from solvers.constants import DEFINITIONS


def method_parts(method: Any, known: Any = None) -> Parts:
    """A method in words with its hyper-parameters; only those that differ, if ``known`` is its kin."""
    if method is None:
        return ()
    parts: list[Part] = []
    same = type(method) is type(known)
    if not same:
        parts.append(spoken(type(method).__name__))
    for field, value in zip(method._fields, method, strict=True):
        if same and getattr(known, field) == value:
            continue
        parts += [f"{', ' if parts else ''}{field.replace('_', ' ')} = ", box(value)]
    return tuple(parts) or ("the same method",)


def ran(entry: Entry, method: Any) -> Parts:
    """What was run, with the method as mathematics where the sentence begins with it."""
    if entry.evidence is None:
        return ()
    sentence = entry.evidence.ran
    name = protocol.name(method) if method is not None else " "
    if sentence.startswith(name):
        return (*method_parts(method), sentence.removeprefix(name))
    return (sentence,)


def constants(expressions: Sequence[Any]) -> list[tuple[Box, str]]:
    """The constants that appear in the expressions, with what each means."""
    used = set().union(*(sp.sympify(e).free_symbols for e in expressions), set())
    return [(symbol(s), text) for s, text in DEFINITIONS.items() if s in used]


def expressions(theorem: Any) -> list[Any]:
    """Every expression that a theorem's page shows."""
    found: list[Any] = list(theorem.method or ())
    for p in [*theorem.predictions, *(r.prediction for r in theorem.rivals if r.prediction is not None)]:
        for name in ("expression", "measure", "exponent", "steps", "within"):
            value = getattr(p, name, None)
            if name == "steps" or value is None:
                continue
            found += list(value) if isinstance(value, tuple) else [value]
    return [e for e in found if not isinstance(e, str)]
