"""Proofs for all parameters at once: multipliers and squares over the field of rational functions.

The multipliers solve a linear system: function values must cancel, and the vectors of a worst case must
be null vectors of the rest. What is left is a sum of squares by elimination (LDL). Nothing here has to be
trusted: the kernel re-checks the outcome.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import QQ
from sympy.polys.fields import field

from theorems.performance import (
    Cycle,
    Form,
    Function,
    Obligation,
    Orbit,
    Point,
    Statement,
    Vector,
    interpolation,
)

#: Multipliers (1 + sum of the variables)^k that are tried to make a sign visible.
POLYA = 8


def of(K: Any, value: Any) -> Any:
    """An element of the field; K is None for the rational numbers. In sympy's fields 0 + 1 is a Python
    integer, whose quotients are floats."""
    if K is None:
        return Fraction(value)
    if isinstance(value, int | Fraction):
        return K.ground_new(QQ(*Fraction(value).as_integer_ratio()))
    return value


class NotProved(Exception):
    """No proof was found; the message says what failed."""


def scalars(names: Sequence[str]) -> tuple[Any, list[Any]]:
    """The field of rational functions of these variables, None without variables, and the variables."""
    if not names:
        return None, []
    K, *variables = field(",".join(names), QQ)
    return K, variables


def prove(obligation: Obligation | Cycle) -> dict[str, Any]:
    """A certificate for the obligation, as data for JSON.

    Raises:
        NotProved: the linear system has no or several solutions, the rest is no sum of squares, or a sign
            is not visible.
    """
    K, variables = scalars(obligation.variables)
    if isinstance(obligation, Cycle):
        roots = [of(K, root) for root in obligation.roots(*variables)] if obligation.roots else []
        return _Writer(K, obligation.variables).cycle(obligation.state(*variables), roots)
    statement = obligation.statement(*variables)
    hypotheses = statement.hypotheses()
    support = list(obligation.support) or list(hypotheses)
    unknown = [h for h in support if h not in obligation.known]
    known = {h: of(K, value(*variables)) for h, value in obligation.known.items()}
    rest = statement.right - statement.left
    for h, value in known.items():
        rest = rest + value * hypotheses[h]
    found = _solve(K, rest, {h: hypotheses[h] for h in unknown}, obligation, variables) if unknown else {}
    multipliers = known | found
    for h in unknown:
        rest = rest + multipliers[h] * hypotheses[h]
    squares = decompose(K, rest, obligation.first)
    squares = [absorb(K, *square) for square in squares]
    certificate = _Writer(K, obligation.variables).certificate(statement, multipliers, squares)
    if obligation.counter:
        step = certificate["statement"]
        shared = {key: step[key] for key in ("variables", "denominators")}
        repeated = {"counter": obligation.counter, "rename": dict(obligation.rename)}
        certificate["statement"] = {"kind": "telescoping", **shared, "step": step, **repeated}
    return certificate


def _solve(
    K: Any, rest: Form, hypotheses: Mapping[Any, Form], obligation: Obligation, variables: Sequence[Any]
) -> dict[Any, Any]:
    """The multipliers for which values cancel and the worst cases are null vectors."""
    names = list(hypotheses)
    nulls = [{a: of(K, c) for a, c in worst(*variables).items()} for worst in obligation.worst]
    solution, free = eliminate(equations(K, [rest, *hypotheses.values()], nulls), len(names))
    if solution is None:
        raise NotProved(
            f"{obligation.name}: inconsistent, no multipliers of {listed(names)} make the values cancel"
        )
    if free:
        raise NotProved(
            f"{obligation.name}: not unique, free are {listed([names[k] for k in free])}; give a smaller "
            "support, a worst case or a known multiplier"
        )
    return dict(zip(names, solution, strict=True))


def listed(names: Sequence[Any]) -> str:
    return ", ".join(n if isinstance(n, str) else "-".join(n) for n in names)


def equations(K: Any, forms: Sequence[Form], nulls: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Linear equations for factors of all forms but the first, right side last: with these factors values
    cancel in the sum of the forms, and the vectors are null vectors of it."""
    keys = sorted({key for form in forms for key in form if "|" not in key})
    rows = [[of(K, form.get(key, 0)) for form in forms] for key in keys]
    for null in nulls:
        images = [_image(K, form, null) for form in forms]
        atoms = sorted({atom for image in images for atom in image})
        rows += [[image.get(atom, of(K, 0)) for image in images] for atom in atoms]
    return [[*row[1:], -row[0]] for row in rows]


def _image(K: Any, form: Form, vector: Mapping[str, Any]) -> dict[str, Any]:
    """Twice the form's matrix times the vector."""
    found: dict[str, Any] = {}
    for key, value in form.items():
        a, bar, b = key.partition("|")
        if bar:
            found[a] = found.get(a, of(K, 0)) + value * vector.get(b, of(K, 0))
            found[b] = found.get(b, of(K, 0)) + value * vector.get(a, of(K, 0))
    return found


def eliminate(system: list[list[Any]], unknowns: int) -> tuple[list[Any] | None, list[int]]:
    """The solution of a linear system (right-hand side last) over a field, None if there is none, and the
    unknowns that it leaves free."""
    pivots: list[int] = []
    rows = [list(row) for row in system]
    for column in range(unknowns):
        at = len(pivots)
        found = next((r for r in range(at, len(rows)) if rows[r][column] != 0), None)
        if found is None:
            continue
        rows[at], rows[found] = rows[found], rows[at]
        pivot = rows[at][column]
        rows[at] = [entry / pivot for entry in rows[at]]
        for r in range(len(rows)):
            if r != at and rows[r][column] != 0:
                factor = rows[r][column]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[at], strict=True)]
        pivots.append(column)
    if any(row[-1] != 0 for row in rows[len(pivots) :]):
        return None, []
    free = [c for c in range(unknowns) if c not in pivots]
    solution: list[Any] = [0] * unknowns
    for row, column in zip(rows, pivots, strict=False):
        solution[column] = row[-1]
    return solution, free


def decompose(K: Any, form: Form, first: Sequence[str] = ()) -> list[tuple[Any, Vector]]:
    """The form as a sum of weights times squares of vectors, by elimination of one atom after the other, in
    the order of their names or some of them first.

    Raises:
        NotProved: a function value is left, or an atom has no square but a product.
    """
    left = {key: value for key, value in form.items() if "|" not in key}
    if left:
        raise NotProved(f"inconsistent, {sorted(left)[0]} is left over")
    matrix: dict[tuple[str, str], Any] = {}
    for key, value in form.items():
        a, b = key.split("|")
        if a == b:
            matrix[a, a] = of(K, value)
        else:
            matrix[a, b] = matrix[b, a] = of(K, value) / of(K, 2)
    squares = []
    atoms = {a for a, _ in matrix}
    for atom in [*(a for a in first if a in atoms), *sorted(atoms - set(first))]:
        pivot = matrix.get((atom, atom), of(K, 0))
        row = {b: value for b in sorted(atoms) if (value := matrix.get((atom, b), 0)) != 0}
        if not row:
            continue
        if pivot == 0:
            raise NotProved(f"not a sum of squares: {atom} has products, but no square")
        vector = Vector({b: value / pivot for b, value in row.items()})
        squares.append((pivot, vector))
        for (a, x), (b, y) in itertools.product(row.items(), repeat=2):
            matrix[a, b] = matrix.get((a, b), of(K, 0)) - x * y / pivot
    return squares


def absorb(K: Any, weight: Any, vector: Vector) -> tuple[Any, Vector]:
    """The same square with even powers of factors of unknown sign moved from its weight into its vector."""
    if K is None or all(c > 0 for c in weight.numer.coeffs()):
        return weight, vector
    for factor, power in weight.numer.factor_list()[1]:
        if power % 2 == 0 and len({c > 0 for c in factor.coeffs()}) == 2:
            own = K.field_new(factor)
            weight, vector = weight / own**power, own ** (power // 2) * vector
    return weight, vector


def polya(polynomial: Any) -> int:
    """The smallest k for which all coefficients of (1 + sum of the variables)^k times it are positive.

    Raises:
        NotProved: none up to ``POLYA``, unless there is one variable (the kernel has Sturm's test).
    """
    ring = polynomial.ring
    simplex = sum(ring.gens, ring.one)
    tried = polynomial
    for k in range(POLYA + 1):
        if all(c > 0 for c in tried.coeffs()):
            return k
        tried = tried * simplex
    if len(ring.gens) == 1:
        return 0
    raise NotProved(f"undecided sign of {polynomial}")


class _Writer:
    """Scalars over one list of denominators."""

    def __init__(self, K: Any, variables: Sequence[str]) -> None:
        self.K, self.variables = K, list(variables)
        self.bases: list[Any] = []

    def certificate(
        self, statement: Statement, multipliers: Mapping[Any, Any], squares: Sequence[tuple[Any, Vector]]
    ) -> dict[str, Any]:
        """The statement and its proof."""
        # First with the denominators as they come, then again with all of them known.
        for _ in range(2):
            said = self.statement(statement)
            proof = {
                "multipliers": [
                    {
                        "of": h if isinstance(h, str) else list(h),
                        **self.signed(value, statement.free(h)),
                    }
                    for h, value in multipliers.items()
                    if value != 0
                ],
                "squares": [
                    {"weight": self.scalar(weight), "vector": self.linear(vector), **self.extra(weight)}
                    for weight, vector in squares
                ],
            }
        said["denominators"] = [self.polynomial(base) for base in self.bases]
        return {"statement": said, "proof": proof}

    def cycle(self, orbit: Orbit, roots: Sequence[Any]) -> dict[str, Any]:
        """The statement and the proof that these points are an orbit on a function of the class."""
        powers, products = [0], []
        for slack in self._slacks(orbit):
            root = next((d for d in roots if slack.numer.rem([d.numer]) == 0), None)
            part = slack if root is None else slack / root**2
            powers.append(self.extra(part).get("polya", 0))
            if root is not None and (part, root) not in products:
                products.append((part, root))
        for _ in range(2):
            said = {
                "kind": "cycle",
                "variables": self.variables,
                "denominators": [],
                "function": {"mu": self.scalar(orbit.mu), "L": self.scalar(orbit.L)},
                "step": self.scalar(orbit.step),
                "momentum": self.scalar(orbit.momentum),
                "points": [
                    {"x": self.linear(Vector(x)), "g": self.linear(Vector(g)), "value": self.scalar(value)}
                    for x, g, value in orbit.points
                ],
            }
        said["denominators"] = [self.polynomial(base) for base in self.bases]
        written = [[self.scalar(part), self.scalar(root)] for part, root in products]
        return {"statement": said, "proof": {"polya": max(powers), "products": written}}

    def _slacks(self, orbit: Orbit) -> list[Any]:
        """What the pairs' inequalities have to spare, where that is not 0."""
        f = Function("f", orbit.mu, orbit.L)
        points = [
            Point(str(k), f, Vector(x), Vector(g), Form({"1": value}))
            for k, (x, g, value) in enumerate(orbit.points)
        ]
        found = []
        for i, j in itertools.permutations(points, 2):
            form = interpolation(i, j)
            total = of(self.K, 0)
            for key, value in form.items():
                if key == "1" or key.split("|")[0] == key.split("|")[-1]:
                    total = total - value
            if total != 0:
                found.append(total)
        return found

    def statement(self, statement: Statement) -> dict[str, Any]:
        return {
            "kind": "interpolation",
            "variables": self.variables,
            "denominators": [],
            "functions": {
                f.name: {"mu": self.scalar(f.mu), "L": None if f.L is None else self.scalar(f.L)}
                for f in statement.functions.values()
            },
            "points": {
                p.name: {
                    "function": p.function.name,
                    "x": self.linear(p.x),
                    **({"g": self.linear(p.g)} if "g" in p.given else {}),
                    **({"value": self.linear(p.value)} if "value" in p.given else {}),
                }
                for p in statement.points.values()
            },
            "assume": {
                name: {"form": self.linear(form), "relation": relation}
                for name, (form, relation) in statement.assumed.items()
            },
            "claim": {"left": self.linear(statement.left), "right": self.linear(statement.right)},
        }

    def linear(self, form: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self.scalar(value) for key, value in form.items()}

    def polynomial(self, p: Any) -> Any:
        return {
            ",".join(map(str, exponents)): str(Fraction(int(c.numerator), int(c.denominator)))
            for exponents, c in p.terms()
        }

    def scalar(self, value: Any) -> Any:
        """Over powers of the denominators; new ones are added to the list."""
        value = of(self.K, value)
        if self.K is None:
            return str(value)
        constant, factors = value.denom.factor_list()
        numerator, powers = value.numer, {}
        for factor, power in factors:
            if any(c < 0 for c in factor.coeffs()):
                if any(c > 0 for c in factor.coeffs()):
                    raise NotProved(f"the denominator {factor} is not visibly positive")
                factor, constant = -factor, constant * (-1) ** power
            if factor not in self.bases:
                self.bases.append(factor)
            powers[self.bases.index(factor)] = power
        numerator = numerator * (QQ(1) / QQ(constant))
        if not self.bases:
            return self.polynomial(numerator)
        return {"over": self.polynomial(numerator), "by": [powers.get(k, 0) for k in range(len(self.bases))]}

    def signed(self, value: Any, free: bool = False) -> dict[str, Any]:
        """A scalar that has to be non-negative."""
        written = {"value": self.scalar(value)}
        return written if free else written | self.extra(value)

    def extra(self, value: Any) -> dict[str, int]:
        value = of(self.K, value)
        if self.K is None:
            if value < 0:
                raise NotProved(f"{value} is negative")
            return {}
        sign = -1 if any(c < 0 for c in value.denom.coeffs()) else 1
        k = polya(value.numer * sign)
        return {"polya": k} if k else {}
