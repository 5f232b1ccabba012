"""Cells: what stands in one place of a table, in parts that HTML and LaTeX write each in its way."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from report.boxes import Box, plain
from report.numbers import Number, fixed, number
from report.prose import spoken

#: Text, a number or a formula; the text "\n" is the end of a line.
Part = str | Number | Box
Parts = tuple[Part, ...]
#: Between the ends of an interval, which stay together.
COMMA = ",\N{NO-BREAK SPACE}"

Style = Callable[[Any], Parts]


def one_text(cell: Parts) -> str:
    """A cell as a line of text."""
    written = (
        part if isinstance(part, str) else part.plain() if isinstance(part, Number) else plain(part)
        for part in cell
    )
    return "".join(written)


def plain_cell(value: Any) -> Parts:
    """Any value that a record can hold."""
    if value is None:
        return ("–",)
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, int | float) or value in ("inf", "-inf"):
        return (number(value),)
    if isinstance(value, list) and len(value) == 2 and all(numeric(v) for v in value):
        return interval(value)
    if isinstance(value, list):
        return _joined([plain_cell(v) for v in value], ", ")
    if isinstance(value, Mapping):
        return _joined([(f"{k} ", *plain_cell(v)) for k, v in value.items()], ", ")
    return (str(value),)


def numeric(value: Any) -> bool:
    return (isinstance(value, int | float) and not isinstance(value, bool)) or value in ("inf", "-inf", None)


def _joined(cells: Sequence[Parts], separator: str) -> Parts:
    parts: list[Part] = []
    for k, cell in enumerate(cells):
        parts += [*([separator] if k else []), *cell]
    return tuple(parts)


def interval(value: Sequence[Any], digits: int = 4) -> Parts:
    """Both ends to two digits of the width, where that is more than their own digits would show."""
    ends = [number(v, digits) for v in value]
    if all(numeric(v) and v is not None for v in value):
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
    return (number(-float(value)),) if numeric(value) and value is not None else plain_cell(value)


def method_cell(value: Any) -> Parts:
    """``GradientDescent(step=1/L)`` as a reader says it."""
    match = re.fullmatch(r"(\w+)\((.*)\)", str(value))
    if not match:
        return plain_cell(value)
    inside = match[2].replace("=", " = ").replace("**", "^").replace("*", " ")
    return (spoken(match[1]) + (f", {inside}" if inside else ""),)
