r"""Methods with momentum: one step of a potential, for every step number and all constants.

Sources: Nesterov, "Introductory Lectures on Convex Optimization" (2004); Kim and Fessler, Math. Program. 159
(2016); Van Scoy, Freeman and Lynch, IEEE Control Syst. Lett. 2 (2018); Taylor and Drori, Math. Program. 199
(2023); Goujaud, Taylor and Dieuleveut, Math. Program. (2025).
"""

from __future__ import annotations

from typing import Any

from theorems.performance import Cycle, Form, Obligation, Orbit, Point, Statement, Vector


def floor(point: Point, mu: Any, L: Any) -> Form:
    """f(x) - f* less what smoothness and strong convexity guarantee of it at x."""
    base = point.value - point.g.square() / (2 * L)
    return base - mu * L / (2 * (L - mu)) * (point.x - point.g / L).square()


# ---------------------------------------------------------------- Nesterov


def nesterov_strongly_convex(S: Statement, L: Any, u: Any) -> None:
    """q = sqrt(mu/L) = 1/(1 + u): f(x) - f* + mu/2 |z - x*|^2 shrinks by 1 - q, with z = y + (y - x)/q."""
    q = 1 / (1 + u)
    mu, momentum = q * q * L, (1 - q) / (1 + q)
    f = S.function("f", mu, L)
    S.minimiser(f)
    x, y = S.vector("x"), S.vector("y")
    at_x, at_y = S.point("x", x, f), S.point("y", y, f)
    after = y - at_y.g / L
    then = after + momentum * (after - x)
    here, there = y + (y - x) / q, then + (then - after) / q
    S.moves({"x": x, "previous": x - (y - x) / momentum}, {"x": after, "previous": x})
    S.claim(
        S.point("next", after, f).value + mu / 2 * there.square(),
        (1 - q) * (at_x.value + mu / 2 * here.square()),
    )


nesterov = Obligation(
    "nesterov-strongly-convex",
    ("L", "u"),
    nesterov_strongly_convex,
    [("y", "next"), ("x", "y"), ("star", "y")],
    mathematics="f(x⁺) - f* + μ/2 |z⁺ - x*|² ≤ (1 - √(μ/L)) (f(x) - f* + μ/2 |z - x*|²)",
)


def nesterov_convex_step(S: Statement, t: Any, L: Any) -> None:
    """The t of this step is 1 + t: t^2 (f(x+) - f*) + L/2 |z+ - x*|^2 does not grow, where the t before had
    the square t^2 - t, and z = t y - (t - 1) x."""
    now = 1 + t
    f = S.function("f", 0 * L, L)
    S.minimiser(f)
    x, y = S.vector("x"), S.vector("y")
    at_x, at_y = S.point("x", x, f), S.point("y", y, f)
    after = y - at_y.g / L
    here, there = now * y - (now - 1) * x, now * after - (now - 1) * x

    def following() -> Any:
        return (1 + (1 + 4 * now * now) ** 0.5) / 2

    S.moves(
        {"x": x, "y": y, "t": now},
        {"x": after, "t": following, "y": lambda: after + (there - after) / following()},
    )
    S.claim(
        now * now * S.point("next", after, f).value + L / 2 * there.square(),
        (now * now - now) * at_x.value + L / 2 * here.square(),
    )


nesterov_convex = Obligation(
    "nesterov-convex",
    ("t", "L"),
    nesterov_convex_step,
    [("y", "next"), ("x", "y"), ("star", "y")],
    mathematics="t_k² (f(x_k) - f*) + L/2 |z_k - x*|² does not grow, whatever t_k > 1 is, so f(x_k) - f* ≤ "
    "L |x₀ - x*|²/(2 t_k²)",
)


def optimized_step(S: Statement, a: Any, L: Any) -> None:
    """theta = 1 + a: 2 theta^2 (f(x) - f* - |f'(x)|^2/(2L)) + L/2 |z+ - x*|^2 does not grow, where the theta
    before had the square theta^2 - theta."""
    theta = 1 + a
    f = S.function("f", 0 * L, L)
    S.minimiser(f)
    last, z = S.vector("last"), S.vector("z")
    before = S.point("last", last, f)
    y = last - before.g / L
    here = S.point("now", (1 - 1 / theta) * y + z / theta, f)
    after, there = here.x - here.g / L, z - 2 * theta / L * here.g

    def following() -> Any:
        return (1 + (1 + 4 * theta * theta) ** 0.5) / 2

    S.moves(
        {"x": here.x, "y": y, "theta": theta, "left": 9},
        {"y": after, "theta": following, "x": lambda: after + (there - after) / following()},
    )
    S.claim(
        2 * theta * theta * floor(here, 0 * L, L) + L / 2 * there.square(),
        2 * (theta * theta - theta) * floor(before, 0 * L, L) + L / 2 * z.square(),
    )


optimized = Obligation(
    "optimized-gradient",
    ("a", "L"),
    optimized_step,
    [("last", "now"), ("star", "now")],
    mathematics="2θ_k² (f(x_k) - f* - |∇f(x_k)|²/(2L)) + L/2 |z_(k+1) - x*|² does not grow, whatever θ_k > 1 "
    "is",
)


def last_step(S: Statement, a: Any, L: Any) -> None:
    """The last theta is 1 + a, and twice the square of the one before is theta^2 - theta."""
    theta = 1 + a
    f = S.function("f", 0 * L, L)
    S.minimiser(f)
    last, z = S.vector("last"), S.vector("z")
    before = S.point("last", last, f)
    y = last - before.g / L
    here = S.point("now", (1 - 1 / theta) * y + z / theta, f)
    there = z - theta / L * here.g

    def former() -> Any:
        return ((theta * theta - theta) / 2) ** 0.5

    def former_y() -> Vector:
        old = former()
        return y - (z - y - old * (y - last)) / (old - 1)

    S.moves({"x": last, "y": former_y, "theta": former, "left": 1}, {"x": here.x, "y": y, "theta": theta})
    S.claim(
        theta * theta * here.value + L / 2 * there.square(),
        (theta * theta - theta) * floor(before, 0 * L, L) + L / 2 * z.square(),
    )


optimized_last = Obligation(
    "optimized-gradient-last",
    ("a", "L"),
    last_step,
    [("last", "now"), ("star", "now")],
    mathematics="θ_T² (f(x_T) - f*) is at most the potential before it, so f(x_T) - f* ≤ L |x₀ - x*|²/(2 "
    "θ_T²)",
)


# ---------------------------------------------------------------- the best constant momentum, and ITEM


def triple(S: Statement, L: Any, u: Any) -> None:
    """q = sqrt(mu/L) = 1/(1 + u): the potential of Cyrus, Hu, Van Scoy and Lessard shrinks by (1 - q)^2."""
    q = 1 / (1 + u)
    mu, rho = q * q * L, 1 - q
    step, momentum = (1 + rho) / L, rho**2 / (2 - rho)
    ahead, out = momentum / (1 + rho), rho**2 / (1 - rho**2)
    f = S.function("f", mu, L)
    S.minimiser(f)
    now, before = S.vector("now"), S.vector("before")
    first = S.point("first", now + ahead * (now - before), f)
    middle = now + momentum * (now - before) - step * first.g
    second = S.point("second", middle + ahead * (middle - now), f)
    after = middle + momentum * (middle - now) - step * second.g

    def potential(point: Point, x: Vector, previous: Vector) -> Form:
        output = x + out * (x - previous)
        return floor(point, mu, L) + mu * L / (L - mu) * output.square()

    S.moves(
        {"xi": now, "previous": before},
        {"xi": after, "previous": middle, "x": after + out * (after - middle)},
        steps=2,
    )
    S.claim(potential(second, after, middle), rho**2 * potential(first, middle, now))


triple_momentum = Obligation(
    "triple-momentum",
    ("L", "u"),
    triple,
    [("first", "second"), ("star", "second")],
    mathematics="f(y_k) - f* - |∇f(y_k)|²/(2L) - μL/(2(L-μ)) |y_k - ∇f(y_k)/L - x*|² + μL/(L-μ) |x_(k+1) - "
    "x*|² "
    "shrinks by (1 - √(μ/L))² a step",
)


def item_step(S: Statement, L: Any, u: Any, w: Any) -> None:
    """mu/L = r^2 with r = 1/(1 + u); all A > 0 by the conic (1 + slope A)^2 = (1 + A)(1 + q A)."""
    r = 1 / (1 + u)
    q = r * r
    mu, slope = q * L, r + (1 - r) ** 2 / 2 / (1 + w)
    A = (1 + q - 2 * slope) / (slope * slope - q)
    root = 1 + slope * A
    A_next = ((1 + q) * A + 2 * (1 + root)) / (1 - q) ** 2
    beta = A / ((1 - q) * A_next)
    delta = ((1 - q) ** 2 * A_next - (1 + q) * A) / (2 * (1 + q + q * A))
    f = S.function("f", mu, L)
    S.minimiser(f)
    z, last = S.vector("z"), S.vector("last")
    before = S.point("last", last, f)
    x = last - before.g / L
    y = (1 - beta) * z + beta * x
    here = S.point("now", y, f)
    after = (1 - q * delta) * z + q * delta * y - delta / L * here.g

    def potential(point: Point, z: Vector, A: Any) -> Form:
        return (1 - q) * A * floor(point, mu, L) + (L + mu * A) * z.square()

    S.moves(
        {"z": z, "x": x, "a": 1 / (1 + A)},
        {"z": after, "x": y - here.g / L, "a": 1 / (1 + A_next)},
    )
    S.claim(potential(here, after, A_next), potential(before, z, A))


item = Obligation(
    "item",
    ("L", "u", "w"),
    item_step,
    [("last", "now"), ("star", "now")],
    mathematics="(1-q) A_k (f(y) - f* - |∇f(y)|²/(2L) - μL/(2(L-μ)) |y - ∇f(y)/L - x*|²) + (L + μ A_k) |z_k "
    "- x*|² "
    "does not grow, so |z_k - x*|² ≤ |z₀ - x*|²/(1 + q A_k)",
)


# ---------------------------------------------------------------- heavy ball


def contraction(S: Statement, a: Any, c: Any, w: Any) -> None:
    """On f(x) = lambda x^2/2, mu = a^2 < lambda < L = (a + c)^2, Polyak's step and momentum: the form
    |x|^2 beta - p <x, x_before> + |x_before|^2 beta ... shrinks by beta exactly."""
    step, beta, curvature = _tuning(a, c, w)
    f = S.function("f", 0 * a, (a + c) ** 2)
    x, before = S.vector("x"), S.vector("before")
    g = S.point("now", x, f, g=curvature * x).g
    after = x - step * g + beta * (x - before)
    S.moves({"x": x, "previous": before}, {"x": after, "previous": x})
    S.claim(_form(step, beta, curvature, after, x), beta * _form(step, beta, curvature, x, before))


def _tuning(a: Any, c: Any, w: Any) -> tuple[Any, Any, Any]:
    """Step, momentum, and a curvature between mu = a^2 and L = (a + c)^2."""
    low, high = a * a, (a + c) ** 2
    return 4 / (2 * a + c) ** 2, (c / (2 * a + c)) ** 2, (low + w * high) / (1 + w)


def _form(step: Any, beta: Any, curvature: Any, x: Vector, before: Vector) -> Form:
    return x.square() - (1 + beta - step * curvature) * (x * before) + beta * before.square()


def definite(S: Statement, a: Any, c: Any, w: Any) -> None:
    """That form is at least step^2 (lambda - mu)(L - lambda)/(4 beta) |x|^2."""
    step, beta, curvature = _tuning(a, c, w)
    x, before = S.vector("x"), S.vector("before")
    room = step * step * (curvature - a * a) * ((a + c) ** 2 - curvature) / (4 * beta)
    S.claim(room * x.square(), _form(step, beta, curvature, x, before))


heavy_ball_rate = Obligation(
    "heavy-ball-quadratic",
    ("a", "c", "w"),
    contraction,
    mathematics="V(x, x⁻) = |x|² - (1+β-αλ)<x, x⁻> + β|x⁻|² is multiplied by β in a step, on every mode λ",
)
heavy_ball_definite = Obligation(
    "heavy-ball-definite",
    ("a", "c", "w"),
    definite,
    mathematics="V(x, x⁻) ≥ α²(λ-μ)(L-λ)/(4β) |x|², so |x_k| falls like β^(k/2) = ((√κ-1)/(√κ+1))^k",
)


def triangle(v: Any) -> Orbit:
    """Three points 120 degrees apart; L = 1 and mu = q^2 for q = 4v/(4v^2 + 8v + 5).

    That is every q from 0 to sqrt(5) - 2, which is reached at v = sqrt(5)/2, so every condition number from
    (2 + sqrt(5))^2 on.
    """
    q = 4 * v / (4 * v * v + 8 * v + 5)
    step, momentum = 4 / (1 + q) ** 2, ((1 - q) / (1 + q)) ** 2
    corner = [Vector({f"e{k}": 1 + 0 * v}) for k in (1, 2, 3)]
    x = [3 * c - corner[0] - corner[1] - corner[2] for c in corner]
    turn = [(1 + momentum) * x[k] - x[(k + 1) % 3] - momentum * x[k - 1] for k in range(3)]
    return Orbit(q * q, 1 + 0 * v, step, momentum, [(x[k], turn[k] / step, 0 * v) for k in range(3)])


def _roots(v: Any) -> list[Any]:
    """1 - 4q - q^2, which is a factor of what some pairs have to spare, is the square of this."""
    return [(4 * v * v - 5) / (4 * v * v + 8 * v + 5)]


heavy_ball_cycle = Cycle(
    "heavy-ball-cycle",
    ("v",),
    triangle,
    roots=_roots,
    mathematics="with Polyak's step and momentum the heavy ball goes round a triangle for ever on a function "
    "of "
    "the class, for every κ ≥ (2 + √5)²",
)


def small_step(S: Statement, h: Any, u: Any, w: Any) -> None:
    """The step h <= 1/L and the momentum with the square (1 - mu h)(1 - L h). These two factors are p r^2
    and p with r = 1 + u and p = 1/(r^2 (1 + w)), so that the momentum is p r."""
    r = 1 + u
    p = 1 / (r * r * (1 + w))
    mu, L, momentum = (1 - p * r * r) / h, (1 - p) / h, p * r
    f = S.function("f", mu, L)
    S.minimiser(f)
    x, before = S.vector("x"), S.vector("before")
    here = S.point("now", x, f)
    after = x - h * here.g + momentum * (x - before)
    there = S.point("next", after, f)
    S.moves({"x": x, "previous": before}, {"x": after, "previous": x})
    share = (1 - L * h) / (2 * h)
    S.claim(
        there.value + share * (after - x).square(),
        (1 - mu * h) * (here.value + share * (x - before).square()),
    )


heavy_ball_small = Obligation(
    "heavy-ball-small-steps",
    ("h", "u", "w"),
    small_step,
    [("now", "next"), ("star", "now")],
    mathematics="f(x_k) - f* + (1-αL)/(2α) |x_k - x_(k-1)|² shrinks by 1 - αμ with the step α ≤ 1/L and the "
    "momentum "
    "√((1-αμ)(1-αL))",
)
