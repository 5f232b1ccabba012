"""Exact counterexamples: points of a function of the class at which a claim fails.

The quadratics mu x^2/2 and L x^2/2, and the functions that an obligation names as its worst, are put into
the statement with rational numbers. Where every hypothesis holds and the claim does not, the claim is false:
points that fulfil the inequalities of the class are points of a function of the class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theorems.performance import Form, Obligation, Statement

#: Values of the variables at which a counterexample is looked for.
GRID = (Fraction(1), Fraction(1, 3), Fraction(3), Fraction(1, 50))


@dataclass(frozen=True)
class Counterexample:
    """Values of the variables, the coordinates of the atoms, and the two sides of the claim."""

    values: tuple[Fraction, ...]
    coordinates: Mapping[str, Fraction]
    left: Fraction
    right: Fraction


def counterexample(obligation: Obligation) -> Counterexample | None:
    """Points at which the hypotheses hold and the claim fails, if they are found."""
    count = len(obligation.variables)
    grid = [(v,) * count for v in GRID]
    grid += [tuple(GRID[(k + j) % len(GRID)] for j in range(count)) for k in range(len(GRID))]
    for values in dict.fromkeys(grid):
        statement = obligation.statement(*values)
        named = [dict(worst(*values)) for worst in obligation.worst]
        for start in [*named, *_parabolas(statement)]:
            found = _complete(statement, start)
            left, right = (value(form, found) for form in (statement.left, statement.right))
            if left > right and holds(statement, found):
                return Counterexample(values, found, left, right)
    return None


def value(form: Form, at: Mapping[str, Fraction]) -> Fraction:
    """The form where atoms are numbers and what is random does not vary."""
    total = Fraction(0)
    for key, c in form.items():
        a, bar, b = key.partition("|")
        if key == "1":
            total += c
        elif bar:
            total += c * at.get(a, Fraction(0)) * at.get(b, Fraction(0))
        else:
            total += c * at.get(key, Fraction(0))
    return total


def holds(statement: Statement, at: Mapping[str, Fraction]) -> bool:
    """Whether every hypothesis holds there."""
    for key, form in statement.hypotheses().items():
        found = value(form, at)
        if found > 0 or (found and statement.free(key)):
            return False
    return True


def _parabolas(statement: Statement) -> Sequence[dict[str, Any]]:
    """The starts of c x^2/2 for the ends c of every class: all free vectors are 1."""
    free = {a for p in statement.points.values() for a in p.x if a[0] not in "g~"}
    ends = [c for f in statement.functions.values() for c in (f.mu, f.L) if c is not None]
    found = []
    for c in ends:
        at: dict[str, Any] = {a: Fraction(1) for a in free}
        for _ in statement.points:
            for p in statement.points.values():
                if all(a in at or a[0] == "~" for a in p.x) and "g" not in p.given:
                    at.setdefault("g" + p.name, c * sum(at.get(a, 0) * v for a, v in p.x.items()))
        found.append(at)
    return found


def _complete(statement: Statement, start: Mapping[str, Any]) -> dict[str, Fraction]:
    """The start with a value <g, x>/2 for every point whose value is free and not given."""
    at = {key: Fraction(v) for key, v in start.items()}
    for p in statement.points.values():
        if "value" not in p.given and "f:" + p.name not in at:
            x, g = (sum(at.get(a, Fraction(0)) * c for a, c in v.items()) for v in (p.x, p.g))
            at["f:" + p.name] = Fraction(x) * g / 2
    return at
