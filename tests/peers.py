"""Worst cases that PEPit computes in its own examples, stated in the language of theorems/performance.py.

The names and parameters are those of PEPit's test suite (Goujaud et al., Math. Program. Comput. 16, 2024);
``value`` is what PEPit 0.5.1 returned with Clarabel. Its row on quadratics is left out: our language has no
class of quadratics, since such a claim is a statement about polynomials.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from math import sqrt
from typing import Any

from theorems.performance import Form, Function, Point, Statement, Vector


@dataclass(frozen=True)
class Row:
    """One example: our statement, whose right side is the initial condition, and PEPit's value."""

    name: str
    value: float
    state: Callable[[Statement], None]
    module: str
    arguments: Mapping[str, Any]

    def statement(self) -> Statement:
        written = Statement()
        self.state(written)
        return written

    def run_peer(self) -> float:
        """PEPit's value, computed now.

        Raises:
            ImportError: PEPit is not installed.
        """
        module = import_module("PEPit.examples." + self.module)
        function = next(f for name, f in vars(module).items() if name.startswith("wc_"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "may be inaccurate", and a note on silver steps
            return float(function(**self.arguments, wrapper="cvxpy", solver="CLARABEL", verbose=-1)[0])


ROWS: list[Row] = []


def row(module: str, value: float, **arguments: Any) -> Callable[..., Any]:
    """Add the statement to the rows."""

    def add(state: Callable[..., None]) -> Callable[..., None]:
        ROWS.append(Row(state.__name__, value, lambda S: state(S, **arguments), module, arguments))
        return state

    return add


def start(S: Statement, L: Any, mu: Any = 0.0) -> tuple[Function, Vector]:
    """A function with its minimiser, and a vector to start from."""
    f = S.function("f", mu, L)
    S.minimiser(f)
    return f, S.vector("x")


def least(S: Statement, forms: list[Form]) -> Form:
    """A number that is at most each of the forms, as large as it may be."""
    smallest = Form({"f:least": 1})
    for k, form in enumerate(forms):
        S.assume(f"least{k}", smallest - form)
    return smallest


def quadratic_growth(S: Statement) -> tuple[Function, Vector]:
    """A convex function, kept below L |x - x*|^2 / 2 by ``grow`` (Goujaud, Taylor and Dieuleveut, 2022)."""
    f = S.function("f", 0.0, None)
    return f, S.vector("x")


def grow(S: Statement, L: float) -> None:
    """To be called when all points are there, and before the minimiser is."""
    for p in S.points.values():
        S.assume("growth" + p.name, p.value - p.g * p.x + p.g.square() / (2 * L))


def line_search(S: Statement, name: str, f: Function, x: Vector, directions: list[Vector]) -> Point:
    """The minimiser of f on x + the span of the directions: its gradient is orthogonal to the step too."""
    p = S.point(name, S.vector("x" + name), f)
    for k, direction in enumerate([p.x - x, *directions]):
        S.assume(f"search{name}_{k}", p.g * direction, "=0")
    return p


# ------------------------------------------------------------------------------------ gradient descent


@row("unconstrained_convex_minimization.gradient_descent", 0.1666666669, L=3, gamma=1 / 3, n=4)
def gradient_descent(S: Statement, L: float, gamma: float, n: int) -> None:
    f, x = start(S, L)
    right = x.square()
    for k in range(n):
        x = x - gamma * S.point(f"{k}", x, f).g
    S.claim(S.point(f"{n}", x, f).value, right)


@row("tutorials.gradient_descent_contraction", 0.8100000058, L=1, mu=0.1, gamma=1, n=1)
def contraction(S: Statement, L: float, mu: float, gamma: float, n: int) -> None:
    f = S.function("f", mu, L)
    x, y = S.vector("x"), S.vector("y")
    right = (x - y).square()
    for k in range(n):
        x, y = x - gamma * S.point(f"x{k}", x, f).g, y - gamma * S.point(f"y{k}", y, f).g
    S.claim((x - y).square(), right)


@row(
    "unconstrained_convex_minimization.gradient_descent_silver_stepsize_strongly_convex",
    0.0375949439,
    L=3.2,
    mu=0.1,
    n=17,
)
def silver(S: Statement, L: float, mu: float, n: int) -> None:
    steps: list[float] = []
    for bit in (i for i in range(n.bit_length()) if n >> i & 1):
        z = mu / L
        last = (1 + L / mu * z) / (1 + z)
        part = [last]
        for _ in range(bit):
            eta = 1 - z
            y, z = z / (eta + sqrt(1 + eta**2)), z * (eta + sqrt(1 + eta**2))
            a, b = ((1 + L / mu * t) / (1 + t) for t in (y, z))
            part = [*part[:-1], a, *part[:-1], b]
        steps += part
    f, x = start(S, L, mu)
    right = x.square()
    for k, step in enumerate(steps):
        x = x - step / L * S.point(f"{k}", x, f).g
    S.claim(x.square(), right)


@row("unconstrained_convex_minimization.gradient_descent_qg_convex", 0.2777777759, L=1, gamma=0.1, n=4)
def gradient_descent_growth(S: Statement, L: float, gamma: float, n: int) -> None:
    f, x = quadratic_growth(S)
    right = x.square()
    for k in range(n):
        x = x - gamma * S.point(f"{k}", x, f).g
    left = S.point(f"{n}", x, f).value
    grow(S, L)
    S.minimiser(f)
    S.claim(left, right)


@row("unconstrained_convex_minimization.gradient_exact_line_search", 0.8751299761, L=3, mu=0.1, n=1)
def exact_line_search(S: Statement, L: float, mu: float, n: int) -> None:
    f, x = start(S, L, mu)
    first = here = S.point("0", x, f)
    for k in range(n):
        here = line_search(S, f"{k + 1}", f, here.x, [here.g])
    S.claim(here.value, first.value)


def _inexact(S: Statement, p: Point, epsilon: float) -> Vector:
    direction = S.vector("d" + p.name)
    S.assume("error" + p.name, (direction - p.g).square() - epsilon**2 * p.g.square())
    return direction


@row(
    "unconstrained_convex_minimization.inexact_gradient_descent", 0.8039356960, L=3, mu=0.1, epsilon=0.1, n=2
)
def inexact(S: Statement, L: float, mu: float, epsilon: float, n: int) -> None:
    f, x = start(S, L, mu)
    step = 2 / ((1 + epsilon) * L + (1 - epsilon) * mu)
    first = here = S.point("0", x, f)
    for k in range(n):
        x = x - step * _inexact(S, here, epsilon)
        here = S.point(f"{k + 1}", x, f)
    S.claim(here.value, first.value)


@row(
    "unconstrained_convex_minimization.inexact_gradient_exact_line_search",
    0.8039356064,
    L=3,
    mu=0.1,
    epsilon=0.1,
    n=2,
)
def inexact_line_search(S: Statement, L: float, mu: float, epsilon: float, n: int) -> None:
    f, x = start(S, L, mu)
    first = here = S.point("0", x, f)
    for k in range(n):
        here = line_search(S, f"{k + 1}", f, here.x, [_inexact(S, here, epsilon)])
    S.claim(here.value, first.value)


def _span_search(S: Statement, f: Function, x: Vector, n: int) -> Form:
    here = S.point("0", x, f)
    span = [here.g]
    for k in range(n):
        after = line_search(S, f"{k + 1}", f, here.x, span)
        span += [after.g, here.x - after.x]
        here = after
    return here.value


@row("unconstrained_convex_minimization.conjugate_gradient", 0.1856825479, L=3, n=2)
def span_search(S: Statement, L: float, n: int) -> None:
    f, x = start(S, L)
    S.claim(_span_search(S, f, x, n), x.square())


@row("unconstrained_convex_minimization.conjugate_gradient_qg_convex", 0.1346153813, L=3.5, n=12)
def span_search_growth(S: Statement, L: float, n: int) -> None:
    f, x = quadratic_growth(S)
    left = _span_search(S, f, x, n)
    grow(S, L)
    S.minimiser(f)
    S.claim(left, x.square())


# ------------------------------------------------------------------------------------ momentum


@row(
    "unconstrained_convex_minimization.heavy_ball_momentum",
    0.5900556,
    L=1,
    mu=0.1,
    alpha=0.5,
    beta=sqrt((1 - 0.5 * 0.1) * (1 - 0.5 * 1)),
    n=3,
)
def heavy_ball(S: Statement, L: float, mu: float, alpha: float, beta: float, n: int) -> None:
    f, x = start(S, L, mu)
    old, values = x, []
    for k in range(n + 1):
        p = S.point(f"{k}", x, f)
        values.append(p.value)
        x, old = x - alpha * p.g + beta * (x - old), x
    S.claim(values[-1], values[0])


@row("unconstrained_convex_minimization.heavy_ball_momentum_qg_convex", 0.0833333365, L=1, n=5)
def heavy_ball_growth(S: Statement, L: float, n: int) -> None:
    f, x = quadratic_growth(S)
    right, old = x.square(), x
    for t in range(n):
        x, old = x - 1 / (L * (t + 2)) * S.point(f"{t}", x, f).g + t / (t + 2) * (x - old), x
    left = S.point(f"{n}", x, f).value
    grow(S, L)
    S.minimiser(f)
    S.claim(left, right)


@row("unconstrained_convex_minimization.accelerated_gradient_convex", 0.0123351120, mu=0.0, L=1, n=10)
def fista_sequence(S: Statement, mu: float, L: float, n: int) -> None:
    f, x = start(S, L, mu)
    right, y, lam = x.square(), x, 1.0
    for k in range(n):
        before, lam = lam, (1 + sqrt(4 * lam**2 + 1)) / 2
        old, x = x, y - S.point(f"y{k}", y, f).g / L
        y = x + (before - 1) / lam * (x - old)
    S.claim(S.point("end", x, f).value, right)


@row(
    "unconstrained_convex_minimization.accelerated_gradient_convex_simplified",
    0.0128205132,
    mu=0.0,
    L=1,
    n=10,
)
def nesterov_simplified(S: Statement, mu: float, L: float, n: int) -> None:
    f, x = start(S, L, mu)
    right, y = x.square(), x
    for k in range(n):
        old, x = x, y - S.point(f"y{k}", y, f).g / L
        y = x + k / (k + 3) * (x - old)
    S.claim(S.point("end", x, f).value, right)


@row("unconstrained_convex_minimization.accelerated_gradient_strongly_convex", 0.0771202174, mu=0.1, L=1, n=5)
def nesterov(S: Statement, mu: float, L: float, n: int) -> None:
    f, x = start(S, L, mu)
    right, y = mu / 2 * x.square(), x
    momentum = (1 - sqrt(mu / L)) / (1 + sqrt(mu / L))
    for k in range(n):
        p = S.point(f"y{k}", y, f)
        if k == 0:
            right = right + p.value
        old, x = x, y - p.g / L
        y = x + momentum * (x - old)
    S.claim(S.point("end", x, f).value, right)


def _theta(n: int) -> list[float]:
    theta = [1.0]
    for k in range(n):
        theta.append((1 + sqrt((4 if k < n - 1 else 8) * theta[-1] ** 2 + 1)) / 2)
    return theta


@row("unconstrained_convex_minimization.optimized_gradient", 0.0767518286, L=3, n=4)
def optimized(S: Statement, L: float, n: int) -> None:
    f, x = start(S, L)
    right, y, theta = x.square(), x, _theta(n)
    for k in range(n):
        old, x = x, y - S.point(f"y{k}", y, f).g / L
        y = x + (theta[k] - 1) / theta[k + 1] * (x - old) + theta[k] / theta[k + 1] * (x - y)
    S.claim(S.point("end", y, f).value, right)


@row("unconstrained_convex_minimization.optimized_gradient_for_gradient", 0.3070073080, L=3, n=4)
def optimized_for_gradient(S: Statement, L: float, n: int) -> None:
    f, x = start(S, L)
    y, theta, right = x, _theta(n)[::-1], Form()
    for k in range(n):
        p = S.point(f"{k}", x, f)
        right = right or p.value
        old, y = y, x - p.g / L
        factor = (2 * theta[k + 1] - 1) / (2 * theta[k] - 1)
        x = y + (theta[k] - 1) / theta[k] * factor * (y - old) + factor * (y - x)
    S.claim(S.point("end", x, f).g.square(), right)


@row("unconstrained_convex_minimization.triple_momentum", 0.2389250613, mu=0.1, L=1, n=4)
def triple_momentum(S: Statement, mu: float, L: float, n: int) -> None:
    f, x = start(S, L, mu)
    rho = 1 - sqrt(mu / L)
    alpha, beta = (1 + rho) / L, rho**2 / (2 - rho)
    gamma, delta = rho**2 / (1 + rho) / (2 - rho), rho**2 / (1 - rho**2)
    right, old, y = x.square(), x, x
    for k in range(n):
        old, x = x, (1 + beta) * x - beta * old - alpha * S.point(f"y{k}", y, f).g
        y = (1 + gamma) * x - gamma * old
    S.claim(S.point("end", (1 + delta) * x - delta * old, f).value, right)


@row("unconstrained_convex_minimization.robust_momentum", 0.6270836320, mu=0.1, L=1, lam=0.5)
def robust_momentum(S: Statement, mu: float, L: float, lam: float) -> None:
    f, x0 = start(S, L, mu)
    x1, kappa = S.vector("x1"), L / mu
    rho = lam * (1 - 1 / kappa) + (1 - lam) * (1 - 1 / sqrt(kappa))
    alpha = kappa * (1 - rho) ** 2 * (1 + rho) / L
    beta = kappa * rho**3 / (kappa - 1)
    gamma = rho**3 / ((kappa - 1) * (1 - rho) ** 2 * (1 + rho))
    weight = mu**2 * (kappa - kappa * rho**2 - 1) / (2 * rho * (1 - rho))
    potentials = []
    for k in range(2):
        p = S.point(f"{k}", x1 + gamma * (x1 - x0), f)
        x0, x1 = x1, x1 + beta * (x1 - x0) - alpha * p.g
        z = (x1 - rho**2 * x0) / (1 - rho**2)
        q = (L - mu) * (p.value - mu / 2 * p.x.square()) - (p.g - mu * p.x).square() / 2
        potentials.append(weight * z.square() + q)
    S.claim(potentials[1], potentials[0])


@row("unconstrained_convex_minimization.information_theoretic_exact_method", 0.9382899877, mu=0.01, L=3, n=3)
def item(S: Statement, mu: float, L: float, n: int) -> None:
    f, z = start(S, L, mu)
    right, x, q, A = z.square(), z, mu / L, 0.0
    for k in range(n):
        old, A = A, ((1 + q) * A + 2 * (1 + sqrt((1 + A) * (1 + q * A)))) / (1 - q) ** 2
        beta = old / (1 - q) / A
        delta = ((1 - q) ** 2 * A - (1 + q) * old) / (1 + q + q * old) / 2
        y = (1 - beta) * z + beta * x
        g = S.point(f"{k}", y, f).g
        x, z = y - g / L, (1 - q * delta) * z + q * delta * y - delta / L * g
    S.claim(z.square(), right)


# ------------------------------------------------------------------------------------ not smooth, not convex


@row(
    "unconstrained_convex_minimization.subgradient_method",
    0.6030226915,
    M=2,
    n=10,
    gamma=1 / (2 * sqrt(11)),
)
def subgradient(S: Statement, M: float, n: int, gamma: float) -> None:
    f, x = start(S, None)
    S.assume("radius", x.square() - 1)
    values = []
    for k in range(n + 1):
        p = S.point(f"{k}", x, f)
        S.assume(f"lipschitz{k}", p.g.square() - M**2)
        values.append(p.value)
        x = x - gamma * p.g
    S.claim(least(S, values), Form({"1": 1.0}))


@row("unconstrained_convex_minimization.proximal_point", 0.8333333318, gamma=0.1, n=3)
def proximal_point(S: Statement, gamma: float, n: int) -> None:
    f, x = start(S, None)
    right = x.square()
    for k in range(n):
        x = x - gamma * S.vector(f"g{k}")
        p = S.point(f"{k}", x, f)
    S.claim(p.value, right)


@row("nonconvex_optimization.gradient_descent", 0.2666666667, L=1, gamma=1, n=5)
def nonconvex(S: Statement, L: float, gamma: float, n: int) -> None:
    f, x = S.function("f", -L, L), S.vector("x")
    points = []
    for k in range(n + 1):
        points.append(S.point(f"{k}", x, f))
        x = x - gamma * points[-1].g
    S.claim(least(S, [p.g.square() for p in points]), points[0].value - points[-1].value)


@row(
    "nonconvex_optimization.gradient_descent_quadratic_lojasiewicz_naive",
    0.3846731797,
    L=1,
    mu=0.2,
    gamma=1,
    n=3,
)
def lojasiewicz(S: Statement, L: float, mu: float, gamma: float, n: int) -> None:
    f, x = start(S, L, -L)
    points = []
    for k in range(n + 1):
        p = S.point(f"{k}", x, f)
        S.assume(f"below{k}", p.value - p.g.square() / (2 * mu))
        S.assume(f"above{k}", p.g.square() / (2 * L) - p.value)
        points.append(p)
        x = x - gamma * p.g
    S.claim(points[-1].value, points[0].value)


@row("composite_convex_minimization.proximal_gradient", 0.6561000029, L=1, mu=0.1, gamma=1, n=2)
def proximal_gradient(S: Statement, L: float, mu: float, gamma: float, n: int) -> None:
    f, h, x = S.function("f", mu, L), S.function("h", 0.0, None), S.vector("x")
    slope = S.vector("slope")
    S.point("f", Vector(), f, slope, Form())
    S.point("h", Vector(), h, -slope, Form())
    right = x.square()
    for k in range(n):
        x = x - gamma * S.point(f"f{k}", x, f).g - gamma * S.vector(f"gh{k}")
        S.point(f"h{k}", x, h)
    S.claim(x.square(), right)


@row("adaptive_methods.polyak_steps_in_distance_to_optimum", 0.6666666674, L=1, mu=0.1, gamma=2)
def polyak_distance(S: Statement, L: float, mu: float, gamma: float) -> None:
    f, x = start(S, L, mu)
    p = S.point("0", x, f)
    S.assume("polyak", gamma * p.g.square() - 2 * p.value, "=0")
    S.claim((x - gamma * p.g).square(), x.square())


@row("adaptive_methods.polyak_steps_in_function_value", 0.5124999942, L=1, mu=0.1, gamma=1.5)
def polyak_value(S: Statement, L: float, mu: float, gamma: float) -> None:
    f, x = start(S, L, mu)
    p = S.point("0", x, f)
    S.assume("polyak", p.g.square() - 2 * L * (2 - L * gamma) * p.value, "=0")
    S.claim(S.point("1", x - gamma * p.g, f).value, p.value)


# ------------------------------------------------------------------------------------ coordinates


class Blocks(tuple[Vector, ...]):
    """A vector in orthogonal blocks: inner products are taken within these."""

    def __sub__(self, other: Any) -> Blocks:
        return Blocks([a - b for a, b in zip(self, other, strict=True)])

    def __mul__(self, other: Any) -> Form:  # type: ignore[override]
        return sum((a * b for a, b in zip(self, other, strict=True)), Form())

    def square(self) -> Form:
        return self * self


def _blocks(S: Statement, name: str, d: int) -> Blocks:
    return Blocks([S.vector(f"{name}b{k}") for k in range(d)])


def _move(x: Blocks, k: int, step: Vector) -> Blocks:
    return Blocks([a - step if k == i else a for i, a in enumerate(x)])


def _cyclic(S: Statement, L: list[float], n: int) -> None:
    d = len(L)
    x = _blocks(S, "x", d)
    right, f = x.square(), Function("f", 0.0, 1.0)
    zero = Blocks([Vector()] * d)
    points = [Point("star", f, zero, zero, Form())]  # type: ignore[arg-type]
    for k in range(n + 1):
        points.append(Point(f"{k}", f, x, _blocks(S, f"g{k}", d), Form({f"f:{k}": 1})))  # type: ignore[arg-type]
        x = _move(x, k % d, points[-1].g[k % d] / L[k % d])  # type: ignore[index]
    for i in points:
        for j in points:
            base = j.value - i.value + j.g * (i.x - j.x)
            for b in range(d if i is not j else 0):
                change = i.g[b] - j.g[b]  # type: ignore[index]
                S.assume(f"{i.name}-{j.name}-{b}", base + change.square() / (2 * L[b]))
    S.claim(points[-1].value, right)


@row("unconstrained_convex_minimization.cyclic_coordinate_descent", 0.0263157895, L=[1], n=9)
def cyclic_one(S: Statement, L: list[float], n: int) -> None:
    _cyclic(S, L, n)


@row("unconstrained_convex_minimization.cyclic_coordinate_descent", 1.4892758, L=[1, 2, 10], n=9)
def cyclic_three(S: Statement, L: list[float], n: int) -> None:
    _cyclic(S, L, n)


@row(
    "stochastic_and_randomized_convex_minimization.randomized_coordinate_descent_smooth_convex",
    1.0000000117,
    L=1,
    gamma=1,
    d=3,
    t=10,
)
def coordinate_potential(S: Statement, L: float, gamma: float, d: int, t: int) -> None:
    f, x, zero = Function("f", 0.0, L), _blocks(S, "x", d), Blocks([Vector()] * d)

    def at(name: str, where: Blocks) -> Point:
        return Point(name, f, where, _blocks(S, "g" + name, d), Form({"f:" + name: 1}))  # type: ignore[arg-type]

    def potential(k: int, p: Point) -> Form:
        return (k * gamma * L / d + 1) * p.value + L / 2 * p.x.square()

    here = at("0", x)
    after = [at(f"{k + 1}", _move(x, k, gamma * here.g[k])) for k in range(d)]  # type: ignore[index]
    points = [Point("star", f, zero, zero, Form()), here, *after]  # type: ignore[arg-type]
    for i in points:
        for j in points:
            if i is not j:
                dx, dg = i.x - j.x, i.g - j.g
                S.assume(f"{i.name}-{j.name}", j.value - i.value + j.g * dx + dg.square() / (2 * L))
    S.claim(sum((potential(t, p) for p in after), Form()) / d, potential(t - 1, here))


@row(
    "stochastic_and_randomized_convex_minimization.randomized_coordinate_descent_smooth_strongly_convex",
    0.8898071859,
    L=1,
    mu=0.1,
    gamma=2 / 1.1,
    d=3,
)
def coordinate_distance(S: Statement, L: float, mu: float, gamma: float, d: int) -> None:
    f, x = start(S, L, mu)
    g = S.point("0", x, f).g
    S.claim(x.square() - 2 * gamma / d * (x * g) + gamma**2 / d * g.square(), x.square())


# ------------------------------------------------------------------------------------ finite sums
# Components are tilted so that each has its minimum at 0: the steps see only differences of gradients.


@row("stochastic_and_randomized_convex_minimization.saga", 0.9666666660, L=1, mu=0.1, n=5)
def saga(S: Statement, L: float, mu: float, n: int) -> None:
    f, h = S.function("f", mu, L), S.function("h", 0.0, None)
    S.minimiser(f)
    S.minimiser(h, "starh")
    x, step = S.vector("x"), 1 / 2 / (mu * n + L)
    c = 1 / 2 / step / (1 - mu * step) / n
    old, new = S.sample("old", S.random("phi"), f), S.sample("new", x, f)
    after = x - step * (new.g - old.g + old.g.mean()) - step * S.random("gh")
    S.sample("h", after, h)
    left = (1 - 1 / n) * old.value + new.value / n + c * after.square()
    S.claim(left, c * x.square() + old.value)


@row("stochastic_and_randomized_convex_minimization.point_saga", 0.9372522700, L=1, mu=0.1, n=10)
def point_saga(S: Statement, L: float, mu: float, n: int) -> None:
    f = S.function("f", mu, L)
    S.minimiser(f)
    x, table = S.vector("x"), S.random("table")
    step = sqrt((n - 1) ** 2 + 4 * n * L / mu) / 2 / L / n - (1 - 1 / n) / 2 / L
    p = S.sample("1", x + step * (table - table.mean()) - step * S.random("g1"), f)
    c = 1 / (mu * L)
    left = p.x.square() + c * (1 - 1 / n) * table.square() + c / n * p.g.square()
    S.claim(left, x.square() + c * table.square())


@row("stochastic_and_randomized_convex_minimization.sgd", 5.0416523111, L=1, mu=0.1, gamma=1, v=1, R=2, n=5)
def sgd(S: Statement, L: float, mu: float, gamma: float, v: float, R: float, n: int) -> None:
    f, x = S.function("f", mu, L), S.vector("x")
    noise = Vector({"~noise": 1})
    S.point("star", Vector(), f, noise, Form())
    S.assume("variance", noise.square() - v**2)
    S.assume("radius", x.square() - R**2)
    S.claim((x - gamma * S.sample("0", x, f).g).square(), Form({"1": 1.0}))


@row(
    "stochastic_and_randomized_convex_minimization.sgd_overparametrized",
    0.8100000047,
    L=1,
    mu=0.1,
    gamma=1,
    n=5,
)
def sgd_interpolation(S: Statement, L: float, mu: float, gamma: float, n: int) -> None:
    f, x = start(S, L, mu)
    S.claim((x - gamma * S.sample("0", x, f).g).square(), x.square())
