"""Is a proof about the method that the suite ships, and is a certificate about the theorem's statement?

The method's own step runs on symbolic vectors: linear forms in the statement's atoms with exact scalars.
Every gradient that it asks for must be that of a point of the statement, and its state after the steps must
be what the statement says. Where the inner product of two vectors is asked for, the atoms are orthonormal.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.constants import L, L_max, N, horizon, kappa, lam, mu, n, sigma
from theorems.performance import Cycle, Obligation, Orbit, Point, Statement, Vector
from theorems.predictions import Proof

#: Constants at which a step is followed: squares, so that their roots are rational; two of everything that
#: is drawn, so that a random vector is its mean plus and minus its deviation.
SAMPLES: tuple[Mapping[sp.Symbol, Any], ...] = (
    {mu: Fraction(4, 9), L: Fraction(25, 4), L_max: Fraction(25, 4), n: 2, N: 2, sigma: 3, lam: 1},
    {mu: Fraction(1, 16), L: Fraction(9), L_max: Fraction(9), n: 2, N: 2, sigma: Fraction(1, 2), lam: 4},
)
#: Deviations above this, relative to the largest coordinate, are differences: roots are floats.
ROUNDING = 1e-9


class Unlike(Exception):
    """The method and the statement differ; the message says where."""


class Traced(Vector):
    """A vector whose inner products are numbers: its atoms are orthonormal."""

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Traced):
            return sum((c * other[a] for a, c in self.items() if a in other), Fraction(0))
        return self.__rmul__(other)


def cell(value: Any, count: int = 1) -> np.ndarray:
    """An array (1, count) that holds the value itself in every place."""
    array = np.empty((1, count), dtype=object)
    for k in range(count):
        array[0, k] = value
    return array


def drawn(vector: Mapping[str, Any], sign: int) -> Traced:
    """The vector where the deviations of what is random have this sign: one of two equally likely draws."""
    return Traced({a: sign * c if a[0] == "~" else c for a, c in vector.items()})


def deviation(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    """The largest difference of two linear forms, relative to their largest coefficient."""
    size = max((abs(float(c)) for c in [*a.values(), *b.values()]), default=0.0)
    worst = max((abs(float(a.get(k, 0)) - float(b.get(k, 0))) for k in {*a, *b}), default=0.0)
    exact = all(a.get(k, 0) == b.get(k, 0) for k in {*a, *b})
    return 0.0 if exact else max(worst / size, float(np.finfo(float).tiny))


def written(vector: Mapping[str, Any]) -> str:
    """The vector with decimals, for a sentence."""
    parts = [f"{float(c):+.4g} {a}" for a, c in vector.items()]
    return " ".join(parts).removeprefix("+") or "0"


class Oracle:
    """The problem that the method runs on: its answers are the statement's."""

    def __init__(self, statement: Statement, sign: int, constants: Mapping[sp.Symbol, Any]) -> None:
        self.statement, self.sign, self.constants = statement, sign, constants
        self.worst = 0.0

    def __getattr__(self, name: str) -> Any:
        raise Unlike(f"the method asks for {name!r}, of which the statement does not speak")

    def point(self, x: np.ndarray) -> Point:
        """The point of the statement whose x this is.

        Raises:
            Unlike: there is none.
        """
        asked = x[0, 0]
        points = list(self.statement.points.values())
        misses = [deviation(asked, drawn(p.x, self.sign)) for p in points]
        best = int(np.argmin(misses))
        if misses[best] > ROUNDING:
            raise Unlike(
                f"the method asks for a gradient at {written(asked)}; the statement's nearest point is "
                f"{points[best].name} at {written(points[best].x)}, {misses[best]:.2g} away"
            )
        self.worst = max(self.worst, misses[best])
        return points[best]

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return cell(drawn(self.point(x).g.mean(), 1))

    def smoothness(self, i: Any) -> np.ndarray:
        return cell(Fraction(1))

    def product(self, p: np.ndarray) -> np.ndarray:
        """The Hessian is the identity wherever a step asks for it."""
        return p * 1

    def component(self, x: np.ndarray, i: Any) -> np.ndarray:
        return cell(drawn(self.point(x).g + self.statement.noise, self.sign))

    def ascend(self, y: np.ndarray, a: np.ndarray, i: Any) -> None:
        y += a

    def mean(self, table: np.ndarray) -> np.ndarray:
        return cell((table[0, 0] + table[0, 1]) / 2)

    def samples(self) -> int:
        return 2

    def gap(self, x: np.ndarray) -> np.ndarray:
        """The value, from the assumption that says what it is: for atoms that are orthonormal."""
        wanted = self.point(x).value
        key = next(iter(wanted))
        for form, relation in self.statement.assumed.values():
            if relation == "=0" and key in form:
                squares = [k for k in form if "|" in k and len(set(k.split("|"))) == 1]
                rest = sum(form[k] for k in [*squares, *(k for k in form if k == "1")])
                return cell(-Fraction(rest) / form[key])
        raise Unlike(f"the method asks for the value at {written(x[0, 0])}, which no assumption gives")

    def remember(self, x: np.ndarray) -> np.ndarray:
        return cell(drawn(self.point(x).g, self.sign))

    def derivative(self, memory: np.ndarray, i: Any) -> np.ndarray:
        """Partial derivative i times its axis: n times it is random with the gradient for its mean."""
        return memory / Fraction(self.constants[n])

    def curvature(self, memory: np.ndarray, i: Any) -> np.ndarray:
        return cell(Fraction(self.constants[L]))

    def move(self, x: np.ndarray, memory: np.ndarray, i: Any, a: np.ndarray) -> None:
        x += a


def number(expression: Any, constants: Mapping[sp.Symbol, Any], owner: str) -> Any:
    """The value of an expression, a fraction where it is one.

    Raises:
        ValueError: a symbol has no value.
    """
    exact = {s: sp.Rational(*Fraction(v).as_integer_ratio()) for s, v in constants.items()}
    value = sp.nsimplify(sp.sympify(expression)).subs(exact)
    if value.free_symbols:
        raise ValueError(f"{owner} = {expression} has no value where the proof is followed: {value}")
    value = sp.simplify(value)
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else float(value)


def variables(proof: Proof, constants: Mapping[sp.Symbol, Any]) -> list[Any]:
    """The obligation's variables at these constants.

    Raises:
        Unlike: one is not positive, so that the certificate says nothing here.
    """
    assert proof.obligation is not None
    found = []
    for name in proof.obligation.variables:
        if proof.values is None or name not in proof.values:
            raise ValueError(f"prediction {proof.id!r} says nothing of {name}; add it to values=")
        value = number(proof.values[name], constants, name)
        if not value > 0:
            raise Unlike(f"the certificate is for {name} > 0, and here {name} = {value}")
        found.append(value)
    return found


def follow(proof: Proof, method: Any) -> tuple[int, float]:
    """Run the method's own steps on the statement's vectors: how many comparisons, and the largest deviation.

    Raises:
        Unlike: the method does something else.
        ValueError: the proof cannot be followed.
    """
    count, worst = 0, 0.0
    samples = proof.samples or SAMPLES
    for own in samples:
        constants = {**SAMPLES[0], horizon: 9, **own}
        constants[kappa] = Fraction(constants[L]) / Fraction(constants[mu])
        at = variables(proof, constants)
        o = proof.obligation
        assert o is not None
        statements = _along(o.state(*at)) if isinstance(o, Cycle) else [o.statement(*at)]
        signs = (1, -1) if type(method).sampled else (1,)
        for statement, sign in itertools.product(statements, signs):
            found = _steps(statement, method, constants, sign)
            count, worst = count + found[0], max(worst, found[1])
    return count, worst


def _along(orbit: Orbit) -> Iterator[Statement]:
    """Every point of the orbit goes to the next one."""
    points = [(Vector(x), Vector(g)) for x, g, _ in orbit.points]
    for k, (x, g) in enumerate(points):
        S = Statement()
        S.point("x", x, S.function("f", orbit.mu, orbit.L), g)
        S.moves({"x": x, "previous": points[k - 1][0]}, {"x": points[(k + 1) % len(points)][0]})
        yield S


def _steps(
    statement: Statement, method: Any, constants: Mapping[sp.Symbol, Any], sign: int
) -> tuple[int, float]:
    """One draw: the steps, and the comparison of what the statement says of the state after them."""
    if not statement.after:
        raise ValueError("the statement does not say what a method does; write S.moves(before, after)")
    oracle = Oracle(statement, sign, constants)
    columns = _columns(method, constants)
    leaves = [_leaf(name, statement.before.get(name, Vector()), sign) for name in type(method).State._fields]
    state = type(method).State(*leaves)
    index = (np.zeros(1, int), np.zeros(1, int))
    for _ in range(statement.steps):
        try:
            protocol.update(columns, oracle, state, index)
        except TypeError as error:
            raise Unlike(f"the method's step cannot be taken from the statement's state: {error}") from error
    missing = [name for name in statement.after if name not in state._fields]
    if missing:
        raise Unlike(f"the method has no {', '.join(missing)} in its state {', '.join(state._fields)}")
    for name, said in statement.after.items():
        leaf, wanted = getattr(state, name)[0, 0], said() if callable(said) else said
        if isinstance(wanted, Vector):
            miss = deviation(leaf, drawn(wanted, sign))
        else:
            miss = (
                0.0 if leaf == wanted else abs(float(leaf) - float(wanted)) / max(abs(float(wanted)), 1e-300)
            )
        if miss > ROUNDING:
            left = written(leaf) if isinstance(leaf, Vector) else f"{float(leaf):.6g}"
            right = written(wanted) if isinstance(wanted, Vector) else f"{float(wanted):.6g}"
            raise Unlike(f"{name} becomes {left}, and in the statement {right}, {miss:.2g} apart")
        oracle.worst = max(oracle.worst, miss)
    return len(statement.after), oracle.worst


def _columns(method: Any, constants: Mapping[sp.Symbol, Any]) -> Any:
    hyper = zip(method._fields, method, strict=True)
    return type(method)(*(cell(number(v, constants, f"{type(method).__name__}.{f}")) for f, v in hyper))


def _leaf(name: str, said: Any, sign: int) -> np.ndarray:
    """A leaf of the state; a table has a place for either draw."""
    said = said() if callable(said) else said
    if not isinstance(said, Vector):
        return cell(said)
    if name != "table":
        return cell(drawn(said, sign))
    both = cell(drawn(said, sign), 2)
    both[0, 1] = drawn(said, -sign)
    return both


# ---------------------------------------------------------------- certificate and statement


def same_statement(obligation: Obligation | Cycle, certificate: Mapping[str, Any]) -> None:
    """Compare what a certificate states with what the obligation states, at rational values of the variables.

    Raises:
        Unlike: they differ.
    """
    said = certificate["statement"]
    if said["variables"] != list(obligation.variables):
        raise Unlike(f"the certificate is over {said['variables']}, not {list(obligation.variables)}")
    for k in range(2):
        at = [Fraction(7 + 3 * k + 2 * j, 5 + j * k) for j in range(len(obligation.variables))]
        read = Reader(said, at)
        if isinstance(obligation, Cycle):
            _compare(read.orbit(said), _orbit_parts(obligation.state(*at)))
            continue
        step = said
        if obligation.counter:
            shared = (said.get("counter"), said.get("rename"))
            if shared != (obligation.counter, dict(obligation.rename)):
                raise Unlike("the certificate repeats another step")
            step = said["step"]
        _compare(read.statement(step), _parts(obligation.statement(*at)))


def _compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> None:
    for key in {*a, *b}:
        if a.get(key) != b.get(key):
            raise Unlike(f"the certificate's {key} is not the obligation's")


def _parts(statement: Statement) -> dict[str, Any]:
    parts: dict[str, Any] = {f"class {f.name}": (f.mu, f.L) for f in statement.functions.values()}
    parts |= {
        f"point {p.name}": (p.function.name, dict(p.x), dict(p.g), dict(p.value))
        for p in statement.points.values()
    }
    parts |= {
        f"assumption {name}": (dict(form), relation) for name, (form, relation) in statement.assumed.items()
    }
    return parts | {"left side": dict(statement.left), "right side": dict(statement.right)}


def _orbit_parts(orbit: Orbit) -> dict[str, Any]:
    points = {
        f"point {k}": (dict(Vector(x)), dict(Vector(g)), value)
        for k, (x, g, value) in enumerate(orbit.points)
    }
    return {"class": (orbit.mu, orbit.L), "method": (orbit.step, orbit.momentum), **points}


class Reader:
    """The scalars of a certificate at rational values of its variables."""

    def __init__(self, statement: Mapping[str, Any], values: Sequence[Fraction]) -> None:
        self.values = values
        self.bases = [self.polynomial(base) for base in statement["denominators"]]

    def polynomial(self, data: Any) -> Fraction:
        if isinstance(data, str):
            return Fraction(data)
        total = Fraction(0)
        for key, c in data.items():
            term = Fraction(c)
            for value, power in zip(self.values, key.split(",") if key else [], strict=True):
                term *= value ** int(power)
            total += term
        return total

    def scalar(self, data: Any) -> Fraction:
        if isinstance(data, dict) and "over" in data:
            total = self.polynomial(data["over"])
            for base, power in zip(self.bases, data["by"], strict=True):
                total /= base**power
            return total
        return self.polynomial(data)

    def form(self, data: Mapping[str, Any]) -> dict[str, Fraction]:
        found = {key: self.scalar(value) for key, value in data.items()}
        return {key: value for key, value in found.items() if value}

    def function(self, data: Mapping[str, Any]) -> tuple[Any, Any]:
        return self.scalar(data["mu"]), None if data["L"] is None else self.scalar(data["L"])

    def statement(self, said: Mapping[str, Any]) -> dict[str, Any]:
        parts: dict[str, Any] = {f"class {n}": self.function(c) for n, c in said["functions"].items()}
        for name, data in said["points"].items():
            g = self.form(data.get("g", {"g" + name: "1"}))
            value = self.form(data.get("value", {"f:" + name: "1"}))
            parts[f"point {name}"] = (data["function"], self.form(data["x"]), g, value)
        for name, data in said["assume"].items():
            parts[f"assumption {name}"] = (self.form(data["form"]), data["relation"])
        claim = said["claim"]
        return parts | {"left side": self.form(claim["left"]), "right side": self.form(claim["right"])}

    def orbit(self, said: Mapping[str, Any]) -> dict[str, Any]:
        points = {
            f"point {k}": (self.form(p["x"]), self.form(p["g"]), self.scalar(p["value"]))
            for k, p in enumerate(said["points"])
        }
        method = (self.scalar(said["step"]), self.scalar(said["momentum"]))
        return {"class": self.function(said["function"]), "method": method, **points}
