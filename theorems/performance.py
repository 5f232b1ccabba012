r"""The language in which a statement about all functions of a class is written.

A worst case over a class of functions is a statement about finitely many points: iterates, gradients and
values, linked by the inequalities that every function of the class fulfils (interpolation). Vectors are
linear forms in atoms, function values and inner products are forms; the scalars may be floats, fractions
or rational functions, so that one text serves the numerical worst case, and the proof for all parameters.

    def distance(S, m, s, t):
        mu, L = m, m + s                      # all 0 < mu < L
        step = 2 / (mu + L) / (1 + t)         # all 0 < step < 2 / (mu + L)
        f = S.function("f", mu, L)
        S.minimiser(f)
        x = S.vector("x")
        S.claim((x - step * S.point("0", x, f).g).square(), (1 - mu * step) ** 2 * x.square())
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any


def quotient(a: Any, b: Any) -> Any:
    """a / b, without ever making a float of two integers."""
    return Fraction(a, b) if isinstance(a, int) and isinstance(b, int) else a / b


class Linear(dict[str, Any]):
    """A linear form {name: scalar} without zeros."""

    def __init__(self, terms: Mapping[str, Any] | None = None) -> None:
        super().__init__({k: c for k, c in (terms or {}).items() if c != 0})

    def __add__(self, other: Any) -> Any:
        total = dict(self)
        for key, value in self._of(other).items():
            total[key] = total[key] + value if key in total else value
        return type(self)(total)

    def _of(self, other: Any) -> Mapping[str, Any]:
        if isinstance(other, type(self)):
            return other
        raise TypeError(f"cannot add {type(other).__name__} to {type(self).__name__}")

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-1) * other

    def __rsub__(self, other: Any) -> Any:
        return (-1) * self + other

    def __neg__(self) -> Any:
        return (-1) * self

    def __rmul__(self, scalar: Any) -> Any:
        if isinstance(scalar, Linear):
            return NotImplemented
        return type(self)({k: scalar * c for k, c in self.items()})

    def __truediv__(self, scalar: Any) -> Any:
        return type(self)({k: quotient(c, scalar) for k, c in self.items()})


class Form(Linear):
    """Affine in function values ("f:name") and inner products of atoms ("a|b"); "1" is the number one."""

    def _of(self, other: Any) -> Mapping[str, Any]:
        return other if isinstance(other, Form) else {"1": other}


class Vector(Linear):
    """A linear form in atoms. An atom "~a" is random with mean zero, one without the sign constant."""

    def __mul__(self, other: Any) -> Any:
        """The inner product, in expectation where atoms are random."""
        if not isinstance(other, Vector):
            return self.__rmul__(other)
        total: dict[str, Any] = {}
        for a, x in self.items():
            for b, y in other.items():
                if (a[0] == "~") == (b[0] == "~"):
                    key = "|".join(sorted((a, b)))
                    total[key] = total[key] + x * y if key in total else x * y
        return Form(total)

    def square(self) -> Form:
        """The square of the norm, in expectation."""
        return self * self

    def mean(self) -> Vector:
        return Vector({k: c for k, c in self.items() if k[0] != "~"})

    def deviation(self) -> Vector:
        """The vector less its mean."""
        return Vector({k: c for k, c in self.items() if k[0] == "~"})


@dataclass(frozen=True)
class Function:
    """A function with mu |x|^2/2 <= f <= L |x|^2/2 in the sense of curvature; L is None if not smooth."""

    name: str
    mu: Any
    L: Any


@dataclass(frozen=True)
class Point:
    """A point of a function: x, a (sub)gradient and the value there."""

    name: str
    function: Function
    x: Vector
    g: Vector
    value: Form
    given: tuple[str, ...] = ()  # which of "g", "value" the statement gives


@dataclass
class Statement:
    """What an obligation says, for scalars of one kind.

    Attributes:
        assumed: name -> (form, relation), relation "<=0" or "=0".
        before, after: leaves of a method's state, before and after the steps that the points describe.
            They are no part of what is proved: they tie the points to the method that the suite ships.
        steps: how many steps that are.
        noise: what the gradient of one component has beside the gradient of its point.
    """

    functions: dict[str, Function] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    assumed: dict[str, tuple[Form, str]] = field(default_factory=dict)
    left: Form = field(default_factory=Form)
    right: Form = field(default_factory=Form)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 1
    noise: Vector = field(default_factory=Vector)

    def function(self, name: str, mu: Any, L: Any) -> Function:
        self.functions[name] = Function(name, mu, L)
        return self.functions[name]

    def vector(self, name: str) -> Vector:
        """A free vector."""
        return Vector({name: 1})

    def random(self, name: str) -> Vector:
        """A random vector: a constant and a part of mean zero."""
        return Vector({name: 1, "~" + name: 1})

    def point(
        self, name: str, x: Vector, f: Function, g: Vector | None = None, value: Form | None = None
    ) -> Point:
        """f at x; gradient and value are free unless given."""
        given = tuple(n for n, v in (("g", g), ("value", value)) if v is not None)
        gradient = Vector({"g" + name: 1}) if g is None else g
        height = Form({"f:" + name: 1}) if value is None else value
        self.points[name] = Point(name, f, x, gradient, height, given)
        return self.points[name]

    def sample(self, name: str, x: Vector, f: Function) -> Point:
        """The components of a mean at x, which may be random: the gradient is a random vector."""
        return self.point(name, x, f, g=self.random("g" + name))

    def minimiser(self, f: Function, name: str = "star") -> Point:
        """The minimiser of f, at 0, where f is 0."""
        return self.point(name, Vector(), f, Vector(), Form())

    def assume(self, name: str, form: Form, relation: str = "<=0") -> None:
        self.assumed[name] = form, relation

    def claim(self, left: Form, right: Form) -> None:
        """What follows: left <= right."""
        self.left, self.right = left, right

    def moves(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        steps: int = 1,
        noise: Vector | None = None,
    ) -> None:
        """The leaves of a method's state before its steps, and those that are compared after them.

        A leaf is a vector or a number, or a function without arguments that returns one where it has no
        value for symbols (a root). Leaves that are not given start as 0.
        """
        self.before, self.after, self.steps, self.noise = before, after, steps, noise or Vector()

    def hypotheses(self) -> dict[Any, Form]:
        """(i, j) or the name of an assumption -> a form that is <= 0 (or = 0)."""
        found: dict[Any, Form] = {
            (i.name, j.name): interpolation(i, j)
            for i in self.points.values()
            for j in self.points.values()
            if i is not j and i.function is j.function
        }
        return found | {name: form for name, (form, _) in self.assumed.items()}

    def free(self, h: Any) -> bool:
        """Whether the hypothesis is an equation: its multiplier may be negative."""
        return isinstance(h, str) and self.assumed[h][1] == "=0"


def interpolation(i: Point, j: Point) -> Form:
    """The inequality of the pair, a form that is <= 0: times 2 (L - mu), so that nothing is divided.

    Taylor, Hendrickx and Glineur, Math. Program. 161 (2017).
    """
    mu, L = i.function.mu, i.function.L
    dx, dg = i.x - j.x, i.g - j.g
    base = j.value - i.value + j.g * dx
    if L is None:
        return 2 * base + mu * dx.square()
    return 2 * (L - mu) * base + dg.square() + mu * L * dx.square() - 2 * mu * (dx * dg)


@dataclass(frozen=True)
class Obligation:
    """A statement that is to be proved for all positive values of its variables.

    Attributes:
        name: of the certificate.
        variables: names of the positive parameters.
        state: (statement, *variables) -> None; writes the statement.
        support: the pairs and assumptions that the proof uses; all if empty.
        known: multipliers that are known in advance, as functions of the variables.
        worst: null vectors of the proof, as functions of the variables: coordinates of the atoms for a
            function that attains the claim; and its values "f:name", where these are not <g, x>/2.
        first: atoms that are eliminated before the others, where the order of their names would divide by
            something whose sign is not visible.
        mathematics: what is proved, in words.
        counter: the variable that numbers the steps, if the claim is that a potential never grows: its
            left side is its right side after the step, with the next number;
        rename: names on the left -> names on the right.
    """

    name: str
    variables: tuple[str, ...]
    state: Callable[..., None]
    support: Sequence[Any] = ()
    known: Mapping[Any, Callable[..., Any]] = field(default_factory=dict)
    worst: Sequence[Callable[..., Mapping[str, Any]]] = ()
    first: Sequence[str] = ()
    mathematics: str = ""
    counter: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)

    def statement(self, *values: Any) -> Statement:
        """The statement at these values of the variables."""
        written = Statement()
        self.state(written, *values)
        return written


@dataclass(frozen=True)
class Orbit:
    """Points that a method with momentum goes round for ever, and the class of the function.

    Attributes:
        points: (coordinates "e1", "e2", ... of x, those of the gradient, the value).
    """

    mu: Any
    L: Any
    step: Any
    momentum: Any
    points: Sequence[tuple[Mapping[str, Any], Mapping[str, Any], Any]]


@dataclass(frozen=True)
class Cycle:
    """An orbit for all positive values of the variables: a method that does not converge on a class.

    Attributes:
        state: the variables -> the orbit.
        roots: the variables -> scalars whose squares are factors of what a pair's inequality has to spare,
            where that vanishes within the domain.
    """

    name: str
    variables: tuple[str, ...]
    state: Callable[..., Orbit]
    roots: Callable[..., Sequence[Any]] | None = None
    mathematics: str = ""


def sharper(obligation: Obligation, by: Any) -> Obligation:
    """The claim with its right side smaller by this share: false, where the claim is attained."""

    def state(S: Statement, *values: Any) -> None:
        obligation.state(S, *values)
        S.claim(S.left, S.right - by * S.right)

    return replace(obligation, state=state, mathematics="")
