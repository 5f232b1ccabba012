"""The rows of evidence as tables, and each prediction's two numbers: predicted and measured.

A cell is a sequence of parts: text, numbers and formulas, which HTML and LaTeX write each in its way; the
text "\\n" is the end of a line. A
kind of prediction that is not listed here gets a plain table of its rows: nothing is left out silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from checks.verdict import Word
from report import mathematics
from report.evidence import Entry
from report.mathematics import Box, figure, symbol
from report.numbers import Number, fixed, number
from report.prose import spoken
from solvers import method as protocol
from solvers.constants import DEFINITIONS
from theorems.theorem import KNOWN

Part = str | Number | Box
Parts = tuple[Part, ...]
#: Between the ends of an interval, which stay together.
COMMA = ",\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Table:
    """A table as it is printed.

    Attributes:
        caption: what all rows have in common.
        numeric: for every column, whether it is one of numbers.
        marked: the row on which the verdict rests, or None.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Parts]]
    numeric: Sequence[bool]
    caption: str = ""
    marked: int | None = None


# ---------------------------------------------------------------- cells

Style = Callable[[Any], Parts]


def plain_cell(value: Any) -> Parts:
    """Any value that a record can hold."""
    if value is None:
        return ("–",)
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int | float) or value in ("inf", "-inf"):
        return (number(value),)
    if isinstance(value, list) and len(value) == 2 and all(_numeric(v) for v in value):
        return interval(value)
    if isinstance(value, list):
        return _joined([plain_cell(v) for v in value], ", ")
    if isinstance(value, Mapping):
        return _joined([(f"{k} ", *plain_cell(v)) for k, v in value.items()], ", ")
    return (str(value),)


def _numeric(value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or value in ("inf", "-inf", None)


def _joined(cells: Sequence[Parts], separator: str) -> Parts:
    parts: list[Part] = []
    for k, cell in enumerate(cells):
        parts += [*([separator] if k else []), *cell]
    return tuple(parts)


def interval(value: Sequence[Any], digits: int = 4) -> Parts:
    """Both ends to two digits of the width, where that is more than their own digits would show."""
    ends = [number(v, digits) for v in value]
    if all(_numeric(v) and v is not None for v in value):
        low, high = map(float, value)
        width = abs(high - low)
        if all(e.exponent is None for e in ends) and 0 < width < math.inf:
            finest = digits - 1 - math.floor(math.log10(max(abs(low), abs(high))))
            places = max(min(1 - math.floor(math.log10(width)), finest), 0)
            ends = [fixed(low, places), fixed(high, places)]
    return ("[", ends[0], COMMA, ends[1], "]")


def digits(count: int) -> Style:
    """A number, or an interval of numbers, to so many digits."""

    def cell(value: Any) -> Parts:
        return interval(value, count) if isinstance(value, list) else (number(value, count),)

    return cell


def logarithm(value: Any) -> Parts:
    """A natural logarithm, printed as the number that it stands for."""
    return (number(value, log=True),)


def decades(value: Any) -> Parts:
    """A power of ten that is given by its exponent."""
    exponent = float(value)
    return ("0",) if exponent == -math.inf else (Number("", round(exponent)),)


def negated(value: Any) -> Parts:
    return (number(-float(value)),) if _numeric(value) and value is not None else plain_cell(value)


def method_cell(value: Any) -> Parts:
    """``GradientDescent(step=1/L)`` as a reader says it."""
    match = re.fullmatch(r"(\w+)\((.*)\)", str(value))
    if not match:
        return plain_cell(value)
    inside = match[2].replace("=", " = ").replace("**", "^").replace("*", " ")
    return (spoken(match[1]) + (f", {inside}" if inside else ""),)


#: For each kind, its columns in order: heading and style. A heading of None leaves the column out.
COLUMNS: dict[str, dict[str, tuple[str | None, Style]]] = {
    "Bound": {
        "instance": ("instance", plain_cell),
        "tightness": ("error ÷ bound, closest", logarithm),
        "closest at epoch": ("at epoch", plain_cell),
        "excess": ("smallest margin of ln error", negated),
        "epoch": ("at epoch", plain_cell),
        "predicted": ("bound there", logarithm),
        "measured": ("measured there", logarithm),
        "slack": ("tolerance", plain_cell),
        "relative deviation": ("relative deviation", plain_cell),
        "checkpoints": ("checkpoints", plain_cell),
    },
    "Identity": {
        "instance": ("instance", plain_cell),
        "deviation": ("largest deviation of ln error", plain_cell),
        "tolerance": ("rounding allows", plain_cell),
        "epoch": ("at epoch", plain_cell),
        "predicted": ("predicted there", logarithm),
        "measured": ("measured there", logarithm),
        "excess": (None, plain_cell),
        "checkpoints": ("checkpoints", plain_cell),
    },
    "Rate": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted factor", digits(8)),
        "exact": ("exact factor", digits(8)),
        "measured": ("measured on a run", digits(6)),
        "miss": ("miss", plain_cell),
    },
    "SpeedUp": {
        "instance": ("instance", plain_cell),
        "gain": ("L/λ_avg", digits(6)),
        "predicted": ("predicted", digits(6)),
        "exact": ("exact speed-up", digits(6)),
        "factor": ("factor", digits(8)),
        "factor of the other method": ("of the other method", digits(8)),
        "miss": ("miss", plain_cell),
    },
    "Complexity": {
        "instance": ("instance", plain_cell),
        "measured": ("epochs per factor e", plain_cell),
        "range": ("range over the starts", plain_cell),
    },
    "Order": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted slope", plain_cell),
        "measured": ("measured", plain_cell),
        "interval": ("interval", plain_cell),
        "window": ("window of t", plain_cell),
    },
    "Moments": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted", digits(5)),
        "measured": ("measured", digits(5)),
        "interval": ("interval", digits(5)),
        "z": ("z", digits(3)),
        "relative error": ("relative error", digits(2)),
        "window": ("epochs", plain_cell),
    },
    "FiniteTermination": {
        "instance": ("instance", plain_cell),
        "predicted": ("predicted steps", plain_cell),
        "decades before": ("error one step before", decades),
        "decades after": ("error there", decades),
    },
    "Counterexample": {"instance": ("witness", plain_cell)},
    "Open": {
        "instance": ("family", plain_cell),
        "measured": ("measured exponent", plain_cell),
        "interval": ("interval", plain_cell),
    },
}
#: Headings of columns that any kind may have.
HEADINGS = {"gain": "L/λ_avg"}
#: Styles of columns that any kind may have.
STYLES: dict[str, Style] = {"method": method_cell}


def table(entry: Entry) -> Table | None:
    """The rows of an entry's evidence."""
    if entry.evidence is None or not entry.evidence.rows:
        return None
    rows = [dict(r) for r in entry.evidence.rows]
    kind = entry.record["kind"]
    for r in rows:
        if kind == "Complexity" and {"low", "high"} <= set(r):
            r["range"] = [r.pop("low"), r.pop("high")]
    labels, caption = common([str(r["instance"]) if "instance" in r else "" for r in rows])
    worst = (entry.evidence.facts.get("worst") or {}).get("instance")
    marked = next((k for k, r in enumerate(rows) if worst is not None and r.get("instance") == worst), None)
    for r, label in zip(rows, labels, strict=True):
        if "instance" in r:
            r["instance"] = label
    listed = COLUMNS.get(kind, {})
    present = list(dict.fromkeys(key for r in rows for key in r))
    keys = [key for key in listed if key in present] + [key for key in present if key not in listed]
    keys = [key for key in keys if any(r.get(key) not in (None, 0, 0.0, "") for r in rows) or key in listed]
    if all(r.get("relative deviation", 0) == 0 for r in rows) and "relative deviation" in keys:
        keys.remove("relative deviation")
    if len(set(labels)) == 1 and labels[0] == "" and "instance" in keys:
        keys.remove("instance")
    head, cells, numeric = [], [], []
    for key in keys:
        heading, style = listed.get(key, (HEADINGS.get(key, key), STYLES.get(key, plain_cell)))
        if heading is None:
            continue
        values = [r.get(key) for r in rows]
        head.append(heading)
        cells.append([_cell(style, v) for v in values])
        numeric.append(all(_numeric(v) or (isinstance(v, list) and all(map(_numeric, v))) for v in values))
    return Table(head, list(zip(*cells, strict=True)), numeric, caption, marked if len(rows) > 1 else None)


def _cell(style: Style, value: Any) -> Parts:
    """The value in its column's style, or as it is if it is not what the style expects."""
    if value is None:
        return ("–",)
    try:
        return style(value)
    except (TypeError, ValueError):
        return plain_cell(value)


def common(labels: Sequence[str]) -> tuple[list[str], str]:
    """The labels without the parts (between commas) that all of them share, and those parts."""
    parts = [label.split(", ") for label in labels]
    if len(set(labels)) < 2:
        return list(labels), ""
    shared = [p for p in parts[0] if all(p in other for other in parts)]
    short = [", ".join(p for p in own if p not in shared) for own in parts]
    return short, ", ".join(shared)


def details(entry: Entry) -> Table | None:
    """A second table, of what the verdict is read off, for the kinds that have one."""
    if entry.evidence is None:
        return None
    facts = entry.evidence.facts
    try:
        if entry.record["kind"] == "Complexity":
            return _fit(facts)
        if facts.get("statements"):
            return _statements(facts["statements"])
    except (KeyError, TypeError, ValueError, IndexError):
        return None  # facts of another shape: the verdict's sentence has the numbers
    return None


def _fit(facts: Mapping[str, Any]) -> Table | None:
    rows: list[Sequence[Parts]] = []
    margin = facts["margin"]
    for name, claim, p, w in zip(
        facts["against"], facts["claimed"], facts["exponents"], facts["widths"], strict=True
    ):
        rows.append((("exponent of ", constant(name)), *_measured(claim, p, p - w, p + w, margin)))
    power = facts.get("power of log(1/epsilon)")
    if power and power.get("claimed") is not None:
        p, w = power["measured"], power["width"]
        rows.append((("power of log(1/ε)",), *_measured(power["claimed"], p, p - w, p + w, margin)))
    if "leading" in facts:
        c, w = facts["leading"], facts["leading width"]
        ends = c * math.exp(-w), c * math.exp(w)
        rows.append((("epochs ÷ claimed epochs",), *_measured(1.0, c, *ends, margin)))
    return Table(["", "claimed", "measured", "interval", "margin"], rows, [False, True, True, True, True])


def _measured(claim: float, value: float, low: float, high: float, margin: float) -> Sequence[Parts]:
    return (number(claim),), (number(value),), interval([low, high]), (number(margin),)


def _statements(statements: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            (str(s["text"]),),
            interval([s["low"], s["high"]]),
            plain_cell(s["value"]),
            ("stands" if s["survives"] else "fell",),
        )
        for s in statements
    ]
    return Table(["registered statement", "must lie in", "measured", ""], rows, [False, True, True, False])


# ---------------------------------------------------------------- two numbers a prediction


def summary(entry: Entry) -> tuple[Parts, Parts]:
    """What is predicted and what was measured, for the tables with one line a theorem."""
    if entry.evidence is None:
        return ("–",), ("–",)
    maker = SUMMARIES.get(entry.record["kind"], _first)
    try:
        return maker(entry, entry.evidence.facts, entry.evidence.rows)
    except (KeyError, TypeError, ValueError, IndexError):
        return ("–",), ("–",)


#: The symbols that an expression may contain, by name.
NAMED = {str(s): s for s in KNOWN}


def constant(name: str) -> Box:
    return symbol(NAMED.get(name, sp.Symbol(name)))


def _power(base: str, exponent: Any, measured: bool = False) -> Box:
    """A constant with its exponent, to three decimals if it was measured."""
    letter = constant(base)
    if isinstance(letter, mathematics.Over):
        letter = mathematics.Fence("(", letter, ")")
    return mathematics.power(letter, figure(fixed(exponent, 3) if measured else number(exponent)))


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
        return (mathematics.box(low),), found
    return ("[", mathematics.box(low), COMMA, mathematics.box(high), "]"), found


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
    worst = max(rows, key=lambda r: abs(r["z"]))
    return (number(worst["predicted"]),), (number(worst["measured"]), " ", *interval(worst["interval"]))


def _termination(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    largest = max(float(r["decades after"]) for r in rows)
    steps = sorted({int(r["predicted"]) for r in rows})
    said = str(steps[0]) if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    return (f"exact after {said} steps",), ("error ", *decades(largest))


def _witness(entry: Entry, facts: Any, rows: Any) -> tuple[Parts, Parts]:
    return ("a counterexample",), (f"{len(rows)} exact facts" if facts["holds"] else "does not add up",)


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
    "Open": _open,
}
#: Whose numbers stand for a theorem, the most telling kind first.
TELLING = (
    "Complexity", "SpeedUp", "Order", "Rate", "Moments", "FiniteTermination", "Counterexample", "Open",
    "Identity", "Bound",
)  # fmt: skip


def spokesman(entries: Sequence[Entry], decider: Entry | None) -> Entry | None:
    """The prediction that stands for its theorem: the one that surprises, else the most telling one."""
    refuted = decider is not None and decider.verdict is not None and decider.verdict.word == Word.REFUTED
    if decider is not None and (decider.surprising or refuted):
        return decider
    told = [e for e in entries if e.evidence is not None]
    known = [e for e in told if e.record["kind"] in TELLING]
    return min(known, key=lambda e: TELLING.index(e.record["kind"]), default=told[0] if told else None)


# ---------------------------------------------------------------- methods and constants


def hyperparameters(method: Any) -> list[tuple[str, Box]]:
    """The names and expressions of a method's hyper-parameters."""
    return [(f.replace("_", " "), mathematics.box(v)) for f, v in zip(method._fields, method, strict=True)]


def method_parts(method: Any, known: Any = None) -> Parts:
    """A method in words with its hyper-parameters; only those that differ, if ``known`` is its kin."""
    parts: list[Part] = []
    same = type(method) is type(known)
    if not same:
        parts.append(spoken(type(method).__name__))
    for field, value in zip(method._fields, method, strict=True):
        if same and getattr(known, field) == value:
            continue
        parts += [f"{', ' if parts else ''}{field.replace('_', ' ')} = ", mathematics.box(value)]
    return tuple(parts) or ("the same method",)


def ran(entry: Entry, method: Any) -> Parts:
    """What was run, with the method as mathematics where the sentence begins with it."""
    if entry.evidence is None:
        return ()
    sentence = entry.evidence.ran
    name = protocol.name(method)
    if sentence.startswith(name):
        return (*method_parts(method), sentence.removeprefix(name))
    return (sentence,)


def constants(expressions: Sequence[Any]) -> list[tuple[Box, str]]:
    """The constants that appear in the expressions, with what each means."""
    used = set().union(*(sp.sympify(e).free_symbols for e in expressions), set())
    return [(symbol(s), text) for s, text in DEFINITIONS.items() if s in used]


def expressions(theorem: Any) -> list[Any]:
    """Every expression that a theorem's page shows."""
    found: list[Any] = list(theorem.method)
    for p in [*theorem.predictions, *(r.prediction for r in theorem.rivals if r.prediction is not None)]:
        for name in ("expression", "measure", "exponent", "steps", "within"):
            value = getattr(p, name, None)
            if name == "steps" or value is None:
                continue
            found += list(value) if isinstance(value, tuple) else [value]
    return [e for e in found if not isinstance(e, str)]
