"""How a number is printed: one rule for tables, sentences, figures and LaTeX."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
THIN = "\N{NARROW NO-BREAK SPACE}"
#: Numbers from here on, and below here, are written with a power of ten.
LARGEST, SMALLEST = 1e6, 1e-3


@dataclass(frozen=True)
class Number:
    """``mantissa`` x 10^``exponent``; a word where there is no number.

    Attributes:
        mantissa: digits with a true minus sign, a word as "∞", or empty for a bare power of ten.
        exponent: None where no power of ten is written.
    """

    mantissa: str
    exponent: int | None = None

    def plain(self) -> str:
        if self.exponent is None:
            return self.mantissa
        power = "10" + str(self.exponent).translate(SUPERSCRIPTS)
        return f"{self.mantissa}×{power}" if self.mantissa not in ("", "−") else self.mantissa + power


def number(value: Any, digits: int = 4, log: bool = False) -> Number:
    """The number as one prints it, to so many significant digits.

    Args:
        log: the value is the natural logarithm of what is printed, which may lie outside the range of
            a float.
    """
    if isinstance(value, str):
        value = float(value)  # "inf" and "-inf", as evidence stores them
    if value is None or math.isnan(value):
        return Number("–")
    if log:
        if math.isinf(value):
            return Number("∞") if value > 0 else Number("0")
        decades = value / math.log(10)
        if not math.log10(SMALLEST) <= decades < math.log10(LARGEST):
            exponent = math.floor(decades)
            return _scientific(10 ** (decades - exponent), exponent, digits)
        value = math.exp(value)
    if math.isinf(value):
        return Number("∞" if value > 0 else "−∞")
    size = abs(value)
    if size == 0 or (float(value).is_integer() and size < LARGEST):
        return Number(_grouped(f"{value:.0f}"))
    if SMALLEST <= size < LARGEST:
        places = max(0, digits - 1 - math.floor(math.log10(size)))
        text = f"{value:.{places}f}"
        return Number(_grouped(_shortest(text, value)))
    exponent = math.floor(math.log10(size))
    return _scientific(value / 10.0**exponent, exponent, digits)


def fixed(value: float, places: int) -> Number:
    """The number with so many digits after the point; a zero has no sign."""
    text = f"{value:.{places}f}"
    return Number(_grouped(text.removeprefix("-") if float(text) == 0 else text))


def _scientific(mantissa: float, exponent: int, digits: int) -> Number:
    places = max(min(digits, 3) - 1, 0)
    text = f"{mantissa:.{places}f}"
    if text.lstrip("-").startswith("10"):  # 9.996 was rounded up
        text, exponent = f"{mantissa / 10:.{places}f}", exponent + 1
    text = _shortest(text, mantissa)
    if text in ("1", "-1"):
        return Number("−" if text.startswith("-") else "", exponent)
    return Number(text.replace("-", "−"), exponent)


def _shortest(text: str, value: float) -> str:
    """Without zeros at the end, unless they are digits that were measured: the value is not exact."""
    exact = "." in text and math.isclose(float(text), value, rel_tol=1e-12)
    return text.rstrip("0").rstrip(".") if exact else text


def _grouped(text: str) -> str:
    """Thin spaces in the integer part from five digits on, and a true minus sign."""
    whole, point, rest = text.lstrip("-").partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", THIN)
    return ("−" if text.startswith("-") else "") + whole + point + rest
