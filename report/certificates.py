"""Certificates as mathematics: the claim, the inequalities that are used, and the squares that are left.

Everything is read off the stored certificate, whose form ``checks.proofs.kernel`` documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy import QQ
from sympy.polys.rings import ring

from report import boxes, prose
from report.boxes import Box, Digits, Fence, Letter, Script, Sign, Words, power, row
from report.evidence import Entry
from report.mathematics import box
from report.once import by_identity

#: Inequalities and squares that are printed; the file has all of them.
PRINTED = 12
#: A space that MathML keeps at the end of a text.
GAP = "\N{NO-BREAK SPACE}"
TWO, MINUS, PLUS = Digits("2"), Sign("−"), Sign("+")


@dataclass(frozen=True)
class Certificate:
    """A proof as it is printed.

    Attributes:
        said: what is proved, in words.
        claim: what is proved, as a formula; None for an orbit.
        setting: the classes, the points and the assumptions, each a line.
        multipliers: (the inequality that is used, its multiplier).
        squares: what is left, a sum of these.
        more: multipliers and squares that are not printed.
        kernel: the kernel's sentence.
        command: how to check it again.
    """

    name: str
    said: str
    claim: Box | None
    setting: Sequence[Box]
    multipliers: Sequence[tuple[Box, Box]]
    squares: Sequence[Box]
    more: int
    random: bool
    kernel: str
    command: str


@by_identity
def certificate(entry: Entry) -> Certificate | None:
    """The proof behind an entry, if the kernel accepted one and it was short enough to be stored."""
    if entry.evidence is None or entry.record.get("kind") != "Proof":
        return None
    facts = entry.evidence.facts
    if "certificate" not in facts or "kernel" not in facts:
        return None
    stored = facts["certificate"]
    said = stored["statement"]
    step = said["step"] if said["kind"] == "telescoping" else said
    read = Reader(said, step)
    orbit = said["kind"] == "cycle"
    multipliers = [] if orbit else stored["proof"]["multipliers"]
    squares = [] if orbit else stored["proof"]["squares"]
    return Certificate(
        name=facts["obligation"],
        said=facts["mathematics"],
        claim=None if orbit else read.claim(),
        setting=read.orbit() if orbit else read.setting(),
        multipliers=[read.multiplier(item) for item in multipliers[:PRINTED]],
        squares=[read.square(item) for item in squares[:PRINTED]],
        more=len(multipliers[PRINTED:]) + len(squares[PRINTED:]),
        random="~" in str(step),
        kernel=facts["kernel"],
        command=f"python -I checks/proofs/kernel.py {facts['file']} --statement {facts['sha256']}",
    )


def inequality() -> Box:
    """What (i, j) stands for."""
    i, j = Letter("i"), Letter("j")
    f_i, f_j, g_i, g_j, x_i, x_j = (Script(Letter(a), sub=k) for a in "fgx" for k in (i, j))
    mu, L = Letter("μ"), Letter("L")
    dx, dg = row(x_i, MINUS, x_j), row(g_i, MINUS, g_j)
    return row(
        TWO, Fence("(", row(L, MINUS, mu), ")"),
        Fence("(", row(f_j, MINUS, f_i, PLUS, inner(g_j, dx)), ")"), PLUS, squared(dg), PLUS,
        mu, Sign(""), L, Sign(""), squared(dx), MINUS, TWO, mu, Sign(""), inner(dx, dg),
        Sign("≤"), Digits("0"),
    )  # fmt: skip


def inner(a: Box, b: Box) -> Box:
    return Fence("⟨", row(a, Sign(", ", space=False), b), "⟩")


def squared(a: Box) -> Box:
    return power(Fence("‖", a, "‖"), TWO)


class Reader:
    """The scalars, vectors and forms of a certificate as boxes."""

    def __init__(self, field: Mapping[str, Any], step: Mapping[str, Any]) -> None:
        self.step = step
        names = field["variables"]
        root = field.get("root")
        self.ring, *_ = ring(names or ["unused"], QQ)
        self.symbols = [sp.sqrt(root)] if root else [sp.Symbol(n, positive=True) for n in names]
        self.factors: dict[Any, Any] = {}
        self.bases = [self.polynomial(base) for base in field["denominators"]]
        points = step.get("points", {})
        self.gradients = {"g" + n for n in points} if isinstance(points, dict) else set()

    def polynomial(self, data: Any) -> Any:
        if isinstance(data, str):
            return self.ring.ground_new(QQ(*Fraction(data).as_integer_ratio()))
        size = len(self.ring.gens)
        terms = {
            (tuple(int(e) for e in key.split(",")) if key else (0,) * size): QQ(
                *Fraction(c).as_integer_ratio()
            )
            for key, c in data.items()
        }
        return self.ring.from_dict(terms)

    def scalar(self, data: Any) -> sp.Expr:
        """The scalar in factors."""
        by = [0] * len(self.bases)
        if isinstance(data, dict) and "over" in data:
            data, by = data["over"], data["by"]
        polynomial = self.polynomial(data)
        if not polynomial:
            return sp.Integer(0)
        powers: dict[Any, int] = {}
        constant = self._split(polynomial, 1, powers)
        for base, exponent in zip(self.bases, by, strict=True):
            constant *= self._split(base, -exponent, powers)
        product = sp.Rational(int(constant.numerator), int(constant.denominator))
        for factor, exponent in powers.items():
            product *= factor.as_expr(*self.symbols) ** exponent
        return product

    def _split(self, polynomial: Any, exponent: int, powers: dict[Any, int]) -> Any:
        if polynomial not in self.factors:
            self.factors[polynomial] = polynomial.factor_list()
        constant, factors = self.factors[polynomial]
        for factor, own in factors:
            below, whole = factor.clear_denoms()
            above, whole = whole.primitive()
            constant *= (above / below) ** own
            powers[whole] = powers.get(whole, 0) + own * exponent
        return constant**exponent

    def atom(self, name: str) -> Box:
        """A vector's letter: points' gradients are g, what is random deviates from its mean by a δ."""
        if name[0] == "~":
            return row(Letter("δ"), self.atom(name[1:]))
        if name in self.gradients:
            return Script(Letter("g"), sub=short(name[1:]))
        return short(name)

    def monomial(self, key: str) -> Box | None:
        if key == "1":
            return None
        if key[:2] == "f:":
            return Script(Letter("f"), sub=short(key[2:]))
        a, b = key.split("|")
        return squared(self.atom(a)) if a == b else inner(self.atom(a), self.atom(b))

    def form(self, data: Mapping[str, Any]) -> Box:
        return self.sum((self.scalar(c), self.monomial(key)) for key, c in data.items())

    def vector(self, data: Mapping[str, Any]) -> Box:
        return self.sum((self.scalar(c), self.atom(key)) for key, c in data.items())

    def sum(self, terms: Iterable[tuple[sp.Expr, Box | None]]) -> Box:
        items: list[Box] = []
        for c, what in terms:
            if c == 0:
                continue
            negative = c.could_extract_minus_sign()
            if items or negative:
                items.append(Sign("−" if negative else "+", space=bool(items)))
            items.append(times(-c if negative else c, what))
        return row(*items) if items else Digits("0")

    def claim(self) -> Box:
        sides = self.step["claim"]
        return row(self.form(sides["left"]), Sign("≤"), self.form(sides["right"]))

    def setting(self) -> list[Box]:
        """Classes, points and assumptions."""
        lines: list[Box] = []
        for name, data in self.step["functions"].items():
            L = Digits("∞") if data["L"] is None else box(self.scalar(data["L"]))
            mu = box(self.scalar(data["mu"]))
            lines.append(
                row(Words(f"class of{GAP}"), short(name), Words(f":{GAP}"), Letter("μ"), Sign("="), mu,
                    Sign(", ", space=False), Letter("L"), Sign("="), L)
            )  # fmt: skip
        for name, p in self.step["points"].items():
            parts: list[Box] = [
                Words(f"point{GAP}"),
                short(name),
                Words(f"{GAP}of{GAP}"),
                short(p["function"]),
                Words(f":{GAP}"),
            ]
            parts += [Letter("x"), Sign("="), self.vector(p["x"])]
            if "g" in p:
                parts += [Sign(", ", space=False), Letter("g"), Sign("="), self.vector(p["g"])]
            if "value" in p:
                parts += [Sign(", ", space=False), Letter("f"), Sign("="), self.form(p["value"])]
            lines.append(row(*parts))
        for name, data in self.step["assume"].items():
            relation = "=" if data["relation"] == "=0" else "≤"
            lines.append(
                row(
                    Words(f"assumption {name.replace('_', ' ')}:{GAP}"),
                    self.form(data["form"]),
                    Sign(relation),
                    Digits("0"),
                )
            )
        return lines

    def orbit(self) -> list[Box]:
        """The class, the method and the points that it goes round."""
        said = self.step
        f = said["function"]
        lines = [
            row(Letter(name), Sign("="), box(self.scalar(value)))
            for name, value in (("μ", f["mu"]), ("L", f["L"]), ("α", said["step"]), ("β", said["momentum"]))
        ]
        for k, p in enumerate(said["points"]):
            sub = Digits(str(k))
            lines.append(
                row(Script(Letter("x"), sub=sub), Sign("="), self.vector(p["x"]), Sign(", ", space=False),
                    Script(Letter("g"), sub=sub), Sign("="), self.vector(p["g"]))
            )  # fmt: skip
        return [*lines]

    def multiplier(self, item: Mapping[str, Any]) -> tuple[Box, Box]:
        of = item["of"]
        if isinstance(of, str):
            name: Box = Words(of.replace("_", " "))
        else:
            name = Fence("(", row(short(of[0]), Sign(", ", space=False), short(of[1])), ")")
        return name, box(self.scalar(item["value"]))

    def square(self, item: Mapping[str, Any]) -> Box:
        return times(self.scalar(item["weight"]), squared(self.vector(item["vector"])))


def short(name: str) -> Box:
    """A name of the statement: a number behind it becomes a subscript, the solution is a star."""
    if name == "star":
        return Sign("∗", space=False)
    match = re.fullmatch(r"([A-Za-z]*)_?(\d*)", name)
    if match is None:
        return Words(name)
    letters, digits = match.groups()
    if not letters:
        return Digits(str(int(digits)))
    head = Letter(letters, upright=len(letters) > 1)
    return Script(head, sub=Digits(str(int(digits)))) if digits else head


def times(c: sp.Expr, what: Box | None) -> Box:
    """c times what; a factor 1 is not written."""
    if what is None:
        return box(c)
    if c == 1:
        return what
    body = box(c)
    return row(Fence("(", body, ")") if isinstance(c, sp.Add) else body, Sign(""), what)


# ---------------------------------------------------------------- LaTeX


def latex(entry: Entry) -> list[str]:
    """The proof behind an entry, in lines for a paper; a formula that is too wide is made smaller."""
    c = certificate(entry)
    if c is None:
        return []

    def line(before: str, formula: Box) -> str:
        return rf"\par\noindent {before}\rpFormula{{{boxes.latex(formula)}}}"

    lines = [rf"\par\smallskip\noindent Proved: {prose.to_latex(c.said)}."]
    if c.claim is not None:
        lines += [r"\par\noindent Claim:", line("", c.claim)]
    lines += [line("", setting) for setting in c.setting]
    if c.multipliers:
        lines.append(r"\par\noindent The inequalities that are used, each with its multiplier:")
        lines += [line("", row(name, Words(f"{GAP}times{GAP}"), value)) for name, value in c.multipliers]
    if c.squares:
        lines.append(r"\par\noindent What is left is the sum of:")
        lines += [line("", square) for square in c.squares]
    if c.more:
        lines.append(rf"\par\noindent And {c.more} more multipliers and squares, in the file.")
    lines.append(rf"\par\noindent Kernel: {prose.to_latex(c.kernel.rpartition(' [')[0])}. To check it again:")
    spaced = prose.latex_text(c.command.replace("/", "/ ")).replace("/ ", r"/\allowbreak{}")
    lines.append(rf"\par{{\scriptsize\ttfamily\raggedright {spaced}\par}}")
    return lines
