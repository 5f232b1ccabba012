"""Mathematics from the one sympy expression: to MathML, to LaTeX, and to a line of text.

An expression becomes a tree of boxes, as a typesetter sees it; the three renderers read the same tree,
so a page, a table in a paper and the alternative text of a figure cannot differ.
"""

from __future__ import annotations

import dataclasses
import functools
import html
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.function import Application

from report.numbers import Number, number
from report.prose import MATHS, latex_text, spoken
from theorems import symbols
from theorems.predictions import Prediction
from theorems.symbols import Delta, R, distance, gap, lam, t

# ---------------------------------------------------------------- boxes


@dataclass(frozen=True)
class Letter:
    """An identifier: italic if it is one letter, unless ``upright``."""

    text: str
    upright: bool = False


@dataclass(frozen=True)
class Digits:
    text: str


@dataclass(frozen=True)
class Sign:
    """An operator or relation; ``space`` says whether it has room on both sides."""

    text: str
    space: bool = True


@dataclass(frozen=True)
class Words:
    """Text within a formula."""

    text: str


@dataclass(frozen=True)
class Row:
    items: tuple[Box, ...]


@dataclass(frozen=True)
class Over:
    """A fraction."""

    top: Box
    bottom: Box


@dataclass(frozen=True)
class Script:
    base: Box
    sub: Box | None = None
    sup: Box | None = None


@dataclass(frozen=True)
class Root:
    body: Box


@dataclass(frozen=True)
class Fence:
    left: str
    body: Box
    right: str


@dataclass(frozen=True)
class Limit:
    """An operator with something written below it, as lim or a sum."""

    name: str
    below: Box
    large: bool = False


Box = Letter | Digits | Sign | Words | Row | Over | Script | Root | Fence | Limit


def row(*items: Box) -> Row:
    return Row(items)


def power(base: Box, exponent: Box) -> Script:
    """The base with an exponent, above its subscript if it has one."""
    if isinstance(base, Script) and base.sup is None:
        return Script(base.base, base.sub, exponent)
    return Script(base, sup=exponent)


def figure(value: Number) -> Box:
    """A number as a box."""
    if value.exponent is None:
        return Digits(value.mantissa)
    power = Script(Digits("10"), sup=Digits(str(value.exponent).replace("-", "−")))
    if value.mantissa == "":
        return power
    return row(Digits(value.mantissa), *(() if value.mantissa == "−" else (Sign("×"),)), power)


# ---------------------------------------------------------------- from sympy

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
    "omega": "ω",
}  # fmt: skip


def symbol(s: sp.Symbol) -> Box:
    """A symbol: Greek names as letters, what follows an underscore as a subscript."""
    if s in WRITTEN:
        return WRITTEN[s]
    name, _, below = str(s).partition("_")
    letter = Letter(GREEK.get(name, name))
    if not below:
        return letter
    return Script(letter, sub=Digits(below) if below.isdigit() else Letter(below, upright=len(below) > 1))


def box(expression: Any) -> Box:
    """The box of a sympy expression."""
    return _box(sp.sympify(expression))[0]


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
    return (Letter(names[e]), ATOM) if e in names else (figure(number(float(e))), ATOM)


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
    limit = Limit("lim", row(Letter("t"), Sign("→"), Digits("∞")))
    return row(_juxtapose([limit, measure(p)]), Sign("="), box(p.expression))


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


def _tall(b: Box) -> bool:
    """Whether what a fence holds is higher than a line."""
    if isinstance(b, Row):
        return any(map(_tall, b.items))
    if isinstance(b, Script):
        return _tall(b.base)
    return isinstance(b, Over | Limit) or (isinstance(b, Fence | Root) and _tall(b.body))


# ---------------------------------------------------------------- MathML


def mathml(b: Box, block: bool = False) -> str:
    """MathML presentation markup, with a line of text for readers that have no MathML.

    Args:
        block: set it as a formula on its own line, with fractions at full size.
    """
    text = html.escape(plain(b), quote=True)
    style = ' displaystyle="true"' if block else ""
    return f'<math{style} alttext="{text}">{_mathml(b)}</math>'


@functools.singledispatch
def _mathml(b: Any) -> str:
    raise TypeError(f"{b!r} is no box")


@_mathml.register
def _(b: Letter) -> str:
    normal = ' mathvariant="normal"' if b.upright and len(b.text) == 1 else ""
    return f"<mi{normal}>{html.escape(b.text)}</mi>"


@_mathml.register
def _(b: Digits) -> str:
    return f"<mn>{html.escape(b.text)}</mn>"


@_mathml.register
def _(b: Sign) -> str:
    if not b.text:
        return "<mo>\N{INVISIBLE TIMES}</mo>" + ('<mspace width="0.17em"/>' if b.space else "")
    if b.text == ", ":
        return '<mo separator="true">,</mo><mspace width="0.5em"/>'
    narrow = "" if b.space else ' lspace="0" rspace="0"'
    return f"<mo{narrow}>{html.escape(b.text)}</mo>"


@_mathml.register
def _(b: Words) -> str:
    return f"<mtext>{html.escape(b.text)}</mtext>"


@_mathml.register
def _(b: Row) -> str:
    return "<mrow>" + "".join(map(_mathml, b.items)) + "</mrow>"


@_mathml.register
def _(b: Over) -> str:
    return f"<mfrac>{_mathml(b.top)}{_mathml(b.bottom)}</mfrac>"


@_mathml.register
def _(b: Script) -> str:
    base = _mathml(b.base)
    if b.sub is not None and b.sup is not None:
        return f"<msubsup>{base}{_mathml(b.sub)}{_mathml(b.sup)}</msubsup>"
    if b.sub is not None:
        return f"<msub>{base}{_mathml(b.sub)}</msub>"
    return base if b.sup is None else f"<msup>{base}{_mathml(b.sup)}</msup>"


@_mathml.register
def _(b: Root) -> str:
    return f"<msqrt>{_mathml(b.body)}</msqrt>"


@_mathml.register
def _(b: Fence) -> str:
    stretchy = f'stretchy="{str(_tall(b.body)).lower()}" lspace="0" rspace="0"'
    left = f'<mo form="prefix" {stretchy}>{b.left}</mo>'
    right = f'<mo form="postfix" {stretchy}>{b.right}</mo>'
    return f"<mrow>{left}{_mathml(b.body)}{right}</mrow>"


@_mathml.register
def _(b: Limit) -> str:
    name = f"<mo>{b.name}</mo>" if b.large else f"<mi>{b.name}</mi>"
    return f"<munder>{name}{_mathml(b.below)}</munder>" + ("" if b.large else '<mspace width="0.17em"/>')


# ---------------------------------------------------------------- LaTeX


def latex(b: Box) -> str:
    """LaTeX for math mode; it needs no package."""
    return " ".join(_latex(b).split())


@functools.singledispatch
def _latex(b: Any) -> str:
    raise TypeError(f"{b!r} is no box")


#: Functions that LaTeX knows; others are set upright.
OPERATORS = {"log", "exp", "cos", "sin", "tan", "cosh", "sinh", "tanh", "max", "min", "ln"}


@_latex.register
def _(b: Letter) -> str:
    if b.text in OPERATORS:
        return rf"\{b.text} "
    text = MATHS.get(b.text) or latex_text(b.text)
    if b.upright and b.text not in MATHS:
        return rf"\mathrm{{{text}}}"
    return text + " " if text.startswith("\\") else (text if len(b.text) == 1 else rf"\mathit{{{text}}}")


@_latex.register
def _(b: Digits) -> str:
    return "".join(MATHS.get(c, c) for c in b.text.replace("\N{NARROW NO-BREAK SPACE}", r"\,"))


@_latex.register
def _(b: Sign) -> str:
    if not b.text:
        return r"\," if b.space else ""
    if b.text == ", ":
        return r",\; "
    text = MATHS.get(b.text, b.text)
    return f" {text} " if b.space else (text + " " if text.startswith("\\") else text)


@_latex.register
def _(b: Words) -> str:
    return rf"\mbox{{{latex_text(b.text)}}}"


@_latex.register
def _(b: Row) -> str:
    return "".join(map(_latex, b.items))


@_latex.register
def _(b: Over) -> str:
    return rf"\frac{{{latex(b.top)}}}{{{latex(b.bottom)}}}"


@_latex.register
def _(b: Script) -> str:
    base = latex(b.base)
    if not isinstance(b.base, Letter | Digits | Fence):
        base = f"{{{base}}}"
    sub = "" if b.sub is None else f"_{{{latex(b.sub)}}}"
    return base + sub + ("" if b.sup is None else f"^{{{latex(b.sup)}}}")


@_latex.register
def _(b: Root) -> str:
    return rf"\sqrt{{{latex(b.body)}}}"


DELIMITERS = {
    "‖": (r"\|", r"\|"), "(": ("(", ")"), "[": ("[", "]"), "|": ("|", "|"),
    "⌊": (r"\lfloor ", r"\rfloor "), "⌈": (r"\lceil ", r"\rceil "),
}  # fmt: skip


@_latex.register
def _(b: Fence) -> str:
    left, right = DELIMITERS[b.left]
    body = latex(b.body)
    if _tall(b.body):
        return rf"\left{left}{body}\right{right}"
    return f"{left}{body}{right}"


@_latex.register
def _(b: Limit) -> str:
    return rf"{MATHS[b.name] if b.large else chr(92) + b.name}_{{{latex(b.below)}}} "


# ---------------------------------------------------------------- a line of text


def plain(b: Box) -> str:
    """The formula on one line of Unicode text."""
    return _plain(b)


@functools.singledispatch
def _plain(b: Any) -> str:
    raise TypeError(f"{b!r} is no box")


@_plain.register
def _(b: Letter | Digits | Words) -> str:
    return b.text


@_plain.register
def _(b: Sign) -> str:
    if b.text in ("", ", "):
        return b.text or " "
    return f" {b.text} " if b.space else b.text


@_plain.register
def _(b: Row) -> str:
    return "".join(map(_plain, b.items))


@_plain.register
def _(b: Over) -> str:
    return "/".join(
        _plain(p) if isinstance(p, Letter | Digits | Script) else f"({_plain(p)})" for p in (b.top, b.bottom)
    )


@_plain.register
def _(b: Script) -> str:
    def part(mark: str, p: Box | None) -> str:
        if p is None:
            return ""
        text = _plain(p)
        return mark + (text if len(text) == 1 or text.isalnum() else f"({text})")

    return _plain(b.base) + part("_", b.sub) + part("^", b.sup)


@_plain.register
def _(b: Root) -> str:
    return f"√{_plain(b.body)}" if isinstance(b.body, Letter | Digits | Script) else f"√({_plain(b.body)})"


@_plain.register
def _(b: Fence) -> str:
    return f"{b.left}{_plain(b.body)}{b.right}"


@_plain.register
def _(b: Limit) -> str:
    return f"{b.name}_({_plain(b.below)}) "
