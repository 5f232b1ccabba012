"""Mathematics from the one sympy expression: an expression, and a whole prediction, as boxes."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy.core.function import Application

from report.boxes import (
    Box,
    Digits,
    Fence,
    Letter,
    Limit,
    Over,
    Root,
    Row,
    Script,
    Sign,
    Words,
    of_number,
    power,
    row,
)
from report.numbers import number
from report.prose import spoken
from theorems import symbols
from theorems.predictions import Prediction
from theorems.symbols import Delta, R, distance, gap, lam, t
from theorems.theorem import KNOWN

x_t = Script(Letter("x"), sub=Letter("t"))
x_0 = Script(Letter("x"), sub=Digits("0"))
best = Script(Letter("x"), sup=Sign("∗", space=False))
f_best = Script(Letter("f"), sup=Sign("∗", space=False))


def _norm(x: Box) -> Box:
    return Fence("‖", row(x, Sign("−"), best), "‖")


def _height(x: Box) -> Box:
    return row(Letter("f"), Fence("(", x, ")"), Sign("−"), f_best)


#: How each symbol of ``theorems.symbols`` is written; others by their name.
WRITTEN: dict[sp.Symbol, Box] = {
    distance: _norm(x_t),
    gap: _height(x_t),
    R: _norm(x_0),
    Delta: _height(x_0),
    symbols.gain: Over(Letter("L"), Script(Letter("λ"), sub=Letter("avg", upright=True))),
}
#: What a written symbol is at its outermost, where that is not an atom.
SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
STRENGTH: dict[sp.Symbol, int] = {gap: SUM, Delta: SUM, symbols.gain: PRODUCT}
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "omega": "ω", "Phi": "Φ",
}  # fmt: skip


def symbol(s: sp.Symbol) -> Box:
    """A symbol: Greek names as letters, what follows an underscore as a subscript."""
    if s in WRITTEN:
        return WRITTEN[s]
    name, _, below = str(s).partition("_")
    letter = Letter(GREEK.get(name, name))
    if not below:
        return letter
    if below.isdigit():
        return Script(letter, sub=Digits(below))
    below = ", ".join(GREEK.get(part, part) for part in below.split("_"))
    return Script(letter, sub=Letter(below, upright=len(below) > 1))


#: The symbols that an expression may contain, by name.
NAMED = {str(s): s for s in KNOWN}


def constant(name: str) -> Box:
    """The symbol of this name, as it is written."""
    return symbol(NAMED.get(name, sp.Symbol(name)))


def box(expression: Any) -> Box:
    """The box of a sympy expression."""
    return _box(sp.sympify(expression))[0]


@functools.cache
def _box(e: sp.Basic) -> tuple[Box, int]:
    """The box and how strongly it binds."""
    if isinstance(e, sp.Symbol):
        return symbol(e), STRENGTH.get(e, ATOM)
    if e == sp.oo or e == -sp.oo:
        return Digits("∞" if e == sp.oo else "−∞"), ATOM
    if isinstance(e, sp.Number | sp.NumberSymbol):
        return _constant(e)
    if isinstance(e, sp.Add):
        return _sum(e), SUM
    if isinstance(e, sp.Mul):
        return _product(e)
    if isinstance(e, sp.Pow | sp.exp):
        return _power(e)
    if isinstance(e, Application):  # sp.Function, and Max and Min
        return _function(e), ATOM
    return Words(str(e)), SUM


def _constant(e: Any) -> tuple[Box, int]:
    if isinstance(e, sp.Rational) and e.q != 1:
        sign = (Sign("−", space=False),) if e.p < 0 else ()
        return row(*sign, Over(Digits(str(abs(e.p))), Digits(str(e.q)))), PRODUCT
    if isinstance(e, sp.Integer):
        return Digits(str(e.p).replace("-", "−")), ATOM if e.p >= 0 else SUM
    names = {sp.pi: "π", sp.E: "e"}
    return (Letter(names[e]), ATOM) if e in names else (of_number(number(float(e))), ATOM)


def _tight(e: sp.Basic, needed: int) -> Box:
    """The box of e, in parentheses if it binds less strongly than ``needed``."""
    body, strength = _box(e)
    return Fence("(", body, ")") if strength < needed else body


def _sum(e: sp.Add) -> Box:
    terms = list(e.as_ordered_terms())
    positive = [k for k, term in enumerate(terms) if not term.could_extract_minus_sign()]
    if positive:  # 1 - x, not -x + 1
        terms.insert(0, terms.pop(positive[0]))
    items: list[Box] = []
    for k, term in enumerate(terms):
        negative = term.could_extract_minus_sign()
        if k or negative:
            items.append(Sign("−" if negative else "+", space=bool(k)))
        items.append(_tight(-term if negative else term, PRODUCT if negative else SUM))
    return Row(tuple(items))


def _fraction(e: sp.Basic) -> tuple[sp.Basic, sp.Basic]:
    """What stands above and below the line. (``sympy.fraction`` would take powers of sums apart.)"""
    above, below = [], []
    for factor in sp.Mul.make_args(e):
        if isinstance(factor, sp.Rational):
            above.append(sp.Integer(factor.p))
            below.append(sp.Integer(factor.q))
        elif isinstance(factor, sp.Pow) and factor.exp.could_extract_minus_sign():
            below.append(sp.Pow(factor.base, -factor.exp))
        else:
            above.append(factor)
    return sp.Mul(*above), sp.Mul(*below)


def _product(e: sp.Mul) -> tuple[Box, int]:
    if e.could_extract_minus_sign():
        return row(Sign("−", space=False), _tight(-e, PRODUCT)), SUM
    top, bottom = _fraction(e)
    if bottom != 1:
        # a power that does not belong under the line stands behind the fraction
        factors = sp.Mul.make_args(top)
        behind = [f for f in factors if isinstance(f, sp.Pow | sp.log) and f.has(t, symbols.epsilon)]
        before = [f for f in factors if f not in behind]
        fraction = Over(box(sp.Mul(*before)), box(bottom))
        if not behind:
            return fraction, PRODUCT
        if before:
            return _juxtapose([fraction, *map(_factor, behind)]), PRODUCT
        return Over(box(top), box(bottom)), PRODUCT
    factors = sorted(sp.Mul.make_args(top), key=_place)
    return _juxtapose([_factor(f) for f in factors]), PRODUCT


def _factor(e: sp.Basic) -> Box:
    """A factor: a fraction stands alone, other products and sums want parentheses."""
    body, _ = _box(e)
    return body if isinstance(body, Over) else _tight(e, PRODUCT if e.is_Number else POWER)


def _place(factor: sp.Basic) -> tuple[int, str]:
    """Numbers, then constants, then errors, then sums, then what depends on t or epsilon."""
    if factor.is_number:
        rank = 0
    elif factor.has(t, symbols.epsilon):
        rank = 4
    elif factor.has(distance, gap, R, Delta):
        rank = 2
    else:
        rank = 3 if factor.has(sp.Add) else 1
    return rank, str(factor)


def _juxtapose(factors: list[Box]) -> Box:
    """Factors side by side; two numbers that touch get a sign between them."""
    items: list[Box] = [factors[0]]
    for before, after in itertools.pairwise(factors):
        both = isinstance(before, Digits) and isinstance(after, Digits | Over)
        items += [Sign("×") if both else Sign("", space=_named(after)), after]
    return Row(tuple(items))


def _named(b: Box) -> bool:
    """Whether a box begins with the name of a function, which wants room before it."""
    first = b.items[0] if isinstance(b, Row) else b
    if isinstance(first, Script):
        first = first.base
    return isinstance(first, Letter) and len(first.text) > 1


def _power(e: Any) -> tuple[Box, int]:
    base, exponent = (sp.E, e.args[0]) if isinstance(e, sp.exp) else (e.base, e.exp)
    if exponent.is_number and exponent.could_extract_minus_sign() and not isinstance(e, sp.exp):
        return Over(Digits("1"), box(sp.Pow(base, -exponent))), PRODUCT
    if exponent == sp.Rational(1, 2):
        return Root(box(base)), ATOM
    above = _slashed(exponent)
    bottom = _tight(base, ATOM)
    if isinstance(bottom, Script) and bottom.sup is not None:
        bottom = Fence("(", bottom, ")")
    return power(bottom, above), POWER


def _slashed(e: sp.Basic) -> Box:
    """A fraction on one line, for exponents and arguments."""
    if e.could_extract_minus_sign():
        return row(Sign("−", space=False), _slashed(-e))
    top, bottom = _fraction(e)
    if bottom == 1:
        return box(e)
    return row(_tight(top, PRODUCT), Sign("/", space=False), _tight(bottom, POWER))


FUNCTIONS = {"acosh": "arcosh", "Max": "max", "Min": "min"}


def _function(e: Any) -> Box:
    name = type(e).__name__
    if name == "Abs":
        return Fence("|", box(e.args[0]), "|")
    if name in ("floor", "ceiling"):
        left, right = ("⌊", "⌋") if name == "floor" else ("⌈", "⌉")
        return Fence(left, box(e.args[0]), right)
    arguments: list[Box] = []
    head: Box = Letter(FUNCTIONS.get(name, name), upright=True)
    if name == "chebyshevt":
        head, rest = Script(Letter("T"), sub=box(e.args[0])), e.args[1:]
    else:
        rest = e.args
    for k, argument in enumerate(rest):
        arguments += [*((Sign(", ", space=False),) if k else ()), _slashed(argument)]
    return row(head, Fence("(", Row(tuple(arguments)), ")"))


# ---------------------------------------------------------------- what a prediction says

E = Letter("E", upright=True)


def expected(body: Box) -> Box:
    return row(E, Fence("[", body, "]"))


def measure(prediction: Any) -> Box:
    """What is measured: the error, or its expectation.

    The exact second moment speaks of E |x - x*|^2, so a distance is its square root.
    """
    what = sp.sympify(getattr(prediction, "measure", distance))
    average = getattr(prediction, "average", "none")
    if average == "none" and prediction.kind != "Moments":
        return box(what)
    if average == "exact" and what == distance:
        return Script(expected(box(distance**2)), sup=_slashed(sp.Rational(1, 2)))
    return expected(box(what))


def relation(prediction: Prediction) -> Box | None:
    """The whole statement of a prediction as a formula, or None where its kind has none."""
    expression = getattr(prediction, "expression", None)
    if prediction.kind not in RELATIONS:
        return None if expression is None else box(expression)
    said = RELATIONS[prediction.kind](_shortened(prediction))
    if _shortened(prediction) is prediction:
        return said
    return row(said, Sign(", ", space=False), symbol(RHO), Sign("="), box(symbols.rho))


RHO = sp.Symbol("rho", positive=True)


def _shortened(prediction: Any) -> Any:
    """The prediction with rho for (sqrt(kappa) - 1)/(sqrt(kappa) + 1) where that stands more than once."""
    expression = getattr(prediction, "expression", None)
    if not isinstance(expression, sp.Basic):
        return prediction
    found = sum(1 for part in sp.preorder_traversal(expression) if part == symbols.rho)
    if found < 2:
        return prediction
    return dataclasses.replace(prediction, expression=expression.subs(symbols.rho, RHO))


def _bound(p: Any) -> Box:
    return row(measure(p), Sign("≤" if p.side == "upper" else "≥"), box(p.expression))


def _identity(p: Any) -> Box:
    if not sp.sympify(p.expression).has(lam):
        return row(measure(p), Sign("="), box(p.expression))
    # a residual polynomial: the eigencomponents of the error are multiplied by it
    i = Letter("i")
    mode = Script(Fence("(", row(x_0, Sign("−"), best), ")"), sub=i, sup=Digits("2"))
    lam_i = sp.Symbol("lambda_i", positive=True)
    factor = _tight((p.expression**2).subs(lam, lam_i), POWER)
    total = _juxtapose([Limit("∑", i, large=True), factor, mode])
    return row(Script(box(distance), sup=Digits("2")), Sign("="), total)


def _rate(p: Any) -> Box:
    if getattr(p, "average", "none") == "none":
        inside = Script(box(distance), sup=_slashed(1 / t))
    else:
        inside = Script(expected(box(distance**2)), sup=_slashed(1 / (2 * t)))
    factor = _juxtapose([Limit("lim", row(Letter("t"), Sign("→"), Digits("∞"))), inside])
    if p.within is not None:
        low, high = p.within
        return row(box(low), Sign("≤"), factor, Sign("≤"), box(high))
    return row(factor, Sign("="), box(p.expression))


def _complexity(p: Any) -> Box:
    # the exponents are tested from both sides, so this is Θ; O would allow any larger exponent
    return row(Words("epochs"), Sign("="), Letter("Θ", upright=True), Fence("(", box(p.expression), ")"))


def _speed_up(p: Any) -> Box:
    other = Words(f"epochs of {spoken(type(p.over).__name__).lower()}" if p.over is not None else "epochs")
    ratio = Over(other, Words("epochs"))
    low, high = p.within
    if low == high:
        return row(ratio, Sign("="), box(low))
    return row(box(low), Sign("≤"), ratio, Sign("≤"), box(high))


def _order(p: Any) -> Box:
    fall = box((t + sp.sympify(getattr(p, "origin", 0))) ** -sp.sympify(p.exponent))
    return row(measure(p), Sign("="), Letter("Θ", upright=True), Fence("(", fall, ")"))


def _moments(p: Any) -> Box:
    if p.of == "sum":
        before = Limit("∑", Words("steps"), large=True)
    else:
        before = Limit("lim", row(Letter("t"), Sign("→"), Digits("∞")))
    return row(_juxtapose([before, measure(p)]), Sign("="), box(p.expression))


def _termination(p: Any) -> Box:
    steps = sp.sympify(p.steps)
    at, before = (Script(Letter("x"), sub=box(s)) for s in (steps, steps - 1))
    return row(at, Sign("="), best, Sign(", ", space=False), before, Sign("≠"), best)


def _open(p: Any) -> Box:
    unknown = Fence("(", power(box(p.against), Letter("p")), ")")
    known = row(Words("epochs"), Sign("="), Letter("Θ", upright=True), unknown)
    return row(known, Sign(", ", space=False), Letter("p"), Sign("="), Digits("?"))


RELATIONS: dict[str, Callable[[Any], Box]] = {
    "Bound": _bound,
    "Identity": _identity,
    "Rate": _rate,
    "Complexity": _complexity,
    "SpeedUp": _speed_up,
    "Order": _order,
    "Moments": _moments,
    "FiniteTermination": _termination,
    "Open": _open,
}
