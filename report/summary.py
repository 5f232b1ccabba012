"""Two numbers a prediction, predicted and measured, and which prediction stands for its theorem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from checks.verdict import Word
from report.boxes import Box, Fence, Over, of_number, power
from report.cells import COMMA, Part, Parts, decades, digits, interval, plain_cell
from report.evidence import Entry
from report.mathematics import box, constant
from report.numbers import fixed, number
from report.tables import COLUMNS


def summary(entry: Entry) -> tuple[Parts, Parts]:
    """What is predicted and what was measured, for the tables with one line a theorem."""
    if entry.evidence is None:
        return ("–",), ("–",)
    maker = SUMMARIES.get(entry.record["kind"], _first)
    try:
        return maker(entry, entry.evidence.facts, entry.evidence.rows)
    except (KeyError, TypeError, ValueError, IndexError):
        return ("–",), ("–",)


def _power(base: str, exponent: Any, measured: bool = False) -> Box:
    """A constant with its exponent, to three decimals if it was measured."""
    letter = constant(base)
    if isinstance(letter, Over):
        letter = Fence("(", letter, ")")
    return power(letter, of_number(fixed(exponent, 3) if measured else number(exponent)))


def _within(low: float, high: float) -> Parts:
    return ("[", fixed(low, 3), COMMA, fixed(high, 3), "]")


def _exponents(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    claimed: list[Part] = []
    measured: list[Part] = []
    exponents = list(zip(*(facts[k] for k in ("against", "claimed", "exponents", "widths")), strict=True))
    # a constant on which nothing depends, as claimed, is left to the theorem's page
    for name, claim, p, w in [e for e in exponents if e[1] != 0] or exponents:
        if claimed:
            claimed.append("\n")
            measured.append("\n")
        claimed.append(_power(name, claim))
        measured += [_power(name, p, measured=True), " ", *_within(p - w, p + w)]
    return tuple(claimed), tuple(measured)


def _worst_of(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    worst = facts["worst"]
    style = COLUMNS[entry.record["kind"]]["predicted"][1]
    return style(worst["predicted"]), digits(8)(worst["exact"])


def _speed_up(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    low, high = (sp.sympify(b) for b in getattr(entry.prediction, "within", facts["worst"]["predicted"]))
    found = interval([facts["smallest"], facts["largest"]])
    if max(sp.count_ops(low), sp.count_ops(high)) > 2:
        return ("in its band",), found  # too long for a table: the relation shows it
    if low == high:
        return (box(low),), found
    return ("[", box(low), COMMA, box(high), "]"), found


def _ratio(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    upper = facts["side"] == "upper"
    if entry.verdict is not None and entry.verdict.word == Word.REFUTED:
        worst = facts["worst"]
        found = number(float(worst["measured"]) - float(worst["predicted"]), 3, log=True)
    else:
        closest = [float(r["tightness"]) for r in rows]
        found = number(max(closest) if upper else min(closest), 3, log=True)
    return ("error ÷ bound ≤ 1" if upper else "error ÷ bound ≥ 1",), (found,)


def _deviation(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    return ("equality",), ("deviation ", number(max(float(r["deviation"]) for r in rows), 2))


def _slope(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    worst = max(rows, key=lambda r: abs(r["measured"] - r["predicted"]))
    return (_power("t", worst["predicted"]),), (
        _power("t", worst["measured"], measured=True), " ", *_within(*worst["interval"])
    )  # fmt: skip


def _moment(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    if "z" not in rows[0]:
        return _deviation(entry, facts, rows)
    worst = max(rows, key=lambda r: abs(r["z"]))
    return (number(worst["predicted"]),), (number(worst["measured"]), " ", *interval(worst["interval"]))


def _termination(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    largest = max(float(r["decades after"]) for r in rows)
    steps = sorted({int(r["predicted"]) for r in rows})
    said = str(steps[0]) if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    return (f"exact after {said} steps",), ("error ", *decades(largest))


def _witness(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    return ("a counterexample",), (f"{len(rows)} exact facts" if facts["holds"] else "does not add up",)


def _calculation(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    first = facts["worst"] if facts["worst"]["miss"] else rows[0]
    return (number(float(first["predicted"])),), (number(float(first["measured"])),)


def _proof(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    return ("a proof",), ("accepted" if "kernel" in facts and "refused" not in facts else "none",)


def _open(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    low, high = (facts["quantities"][f"{which} exponent"] for which in ("smallest", "largest"))
    against = str(getattr(entry.prediction, "against", "kappa"))
    return ("unknown",), (_power(against, low, measured=True), " to ", _power(against, high, measured=True))


def _first(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    if not any({"predicted", "measured"} & set(r) for r in rows):
        return ("–",), (f"{len(rows)} rows",)
    first = facts.get("worst") or rows[0]
    return plain_cell(first.get("predicted")), plain_cell(first.get("exact", first.get("measured")))


SUMMARIES: dict[str, Callable[[Entry, Any, Any], tuple[Parts, Parts]]] = {
    "Complexity": _exponents,
    "Rate": _worst_of,
    "SpeedUp": _speed_up,
    "Bound": _ratio,
    "Identity": _deviation,
    "Order": _slope,
    "Moments": _moment,
    "FiniteTermination": _termination,
    "Counterexample": _witness,
    "Calculation": _calculation,
    "Proof": _proof,
    "Open": _open,
}
#: Whose numbers stand for a theorem, the most telling kind first.
TELLING = (
    "Complexity", "SpeedUp", "Order", "Rate", "Moments", "FiniteTermination", "Counterexample", "Open",
    "Calculation", "Identity", "Bound", "Proof",
)  # fmt: skip


def spokesman(entries: Sequence[Entry], decider: Entry | None) -> Entry | None:
    """The prediction that stands for its theorem: the one that surprises, else the most telling one."""
    refuted = decider is not None and decider.verdict is not None and decider.verdict.word == Word.REFUTED
    if decider is not None and (decider.surprising or refuted):
        return decider
    told = [e for e in entries if e.evidence is not None]
    known = [e for e in told if e.record["kind"] in TELLING]
    return min(known, key=lambda e: TELLING.index(e.record["kind"]), default=told[0] if told else None)
