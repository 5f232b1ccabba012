r"""Sampled methods: one step in expectation. A random vector is its mean and a part of mean zero ("~").

Sources: Needell, Srebro and Ward, Math. Program. 155 (2016); Bottou, Curtis and Nocedal, SIAM Rev. 60 (2018);
Defazio, Bach and Lacoste-Julien, NeurIPS 2014; Johnson and Zhang, NeurIPS 2013; Kovalev, Horvath and
Richtarik, ALT 2020; Nesterov, SIAM J. Optim. 22 (2012). In SAGA and SVRG the values are those of
f_i - <f_i'(x*), x - x*>, so that every component has its minimiser at x* = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from theorems.performance import Form, Obligation, Point, Statement, Vector


def short(mu: Any, s: Any, t: Any) -> Any:
    """Any step below 2/(mu + L), with L = mu + s."""
    return 2 / (2 * mu + s) / (1 + t)


def mean_curvature(S: Statement, point: Point, mu: Any, L: Any = None) -> None:
    """The mean of the components at a point that is not random has curvature mu to L; at 0 it is least."""
    mean = S.function("mean", mu, L)
    S.point("mean", point.x, mean, g=point.g.mean(), value=point.value)
    S.minimiser(mean, "least")


# ---------------------------------------------------------------- SGD


def interpolated(S: Statement, mu: Any, s: Any, t: Any) -> None:
    """Every component has curvature mu to L and the same minimiser."""
    step = short(mu, s, t)
    f = S.function("f", mu, mu + s)
    S.minimiser(f)
    x = S.vector("x")
    after = x - step * S.sample("0", x, f).g
    S.moves({"x": x}, {"x": after})
    S.claim(after.square(), (1 - mu * step) ** 2 * x.square())


def bounded_variance(S: Statement, mu: Any, s: Any, t: Any, sigma: Any) -> None:
    """The mean has curvature mu to L, the variance of the gradient is at most sigma^2."""
    step = short(mu, s, t)
    f = S.function("mean", mu, mu + s)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    noise = Vector({"~noise": 1})
    S.assume("variance", noise.square() - sigma * sigma)
    after = x - step * (here.g + noise)
    S.moves({"x": x}, {"x": after}, noise=noise)
    S.claim(after.square(), (1 - mu * step) ** 2 * x.square() + _one(step * step * sigma * sigma))


def noise_at_solution(S: Statement, mu: Any, s: Any, t: Any, sigma: Any) -> None:
    """Components convex and L-smooth, their mean mu-strongly convex, E|f_i'(x*)|^2 <= sigma^2, and a step
    below 1/(2L)."""
    L = mu + s
    step = 1 / (2 * L) / (1 + t)
    f = S.function("f", 0 * mu, L)
    S.minimiser(f)
    x = S.vector("x")
    here = S.sample("0", x, f)
    mean_curvature(S, here, mu)
    noise = Vector({"~noise": 1})
    S.assume("variance", noise.square() - sigma * sigma)
    after = x - step * (here.g + noise)
    S.moves({"x": x}, {"x": after}, noise=noise)
    S.claim(after.square(), (1 - mu * step) * x.square() + _one(2 * step * step * sigma * sigma))


def _one(value: Any) -> Form:
    """A number as a form."""
    return Form({"1": value})


def slow(mu: Any, s: Any, *_: Any) -> dict[str, Any]:
    """On the parabola of curvature mu, from x = 1."""
    return {"x": 1, "g0": mu, "gmean": mu}


sgd_interpolation = Obligation(
    "sgd-interpolation",
    ("mu", "s", "t"),
    interpolated,
    worst=[slow],
    mathematics="E|x⁺ - x*|² ≤ (1 - μγ)² |x - x*|² where all components agree at the solution",
)
sgd_variance = Obligation(
    "sgd-variance",
    ("mu", "s", "t", "sigma"),
    bounded_variance,
    worst=[slow],
    mathematics="E|x⁺ - x*|² ≤ (1 - μγ)² |x - x*|² + γ²σ² where the gradient's variance is at most σ²",
)
sgd_noise = Obligation(
    "sgd-noise-at-solution",
    ("mu", "s", "t", "sigma"),
    noise_at_solution,
    [("0", "star"), ("least", "mean"), "variance"],
    known={
        ("least", "mean"): lambda mu, s, t, sigma: 1 / (2 * (mu + s)) / (1 + t),
        "variance": lambda mu, s, t, sigma: 2 * (1 / (2 * (mu + s)) / (1 + t)) ** 2,
    },
    mathematics="E|x⁺ - x*|² ≤ (1 - μγ) |x - x*|² + 2γ²σ² where E|∇f_i(x*)|² ≤ σ²",
)


# ---------------------------------------------------------------- coordinate descent


def coordinate_distance(S: Statement, mu: Any, s: Any, t: Any, d: Any) -> None:
    """Any number 1 + d of coordinates: (1 + d) times a partial derivative along its axis is random, its mean
    is the gradient, and its square is 1 + d times the gradient's."""
    count, step = 1 + d, short(mu, s, t)
    f = S.function("f", mu, mu + s)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    spread = Vector({"~axis": 1})
    S.assume("axes", spread.square() - d * here.g.square(), "=0")
    after = x - step / count * (here.g + spread)
    S.moves({"x": x, "memory": here.g + spread}, {"x": after})
    S.claim(after.square(), ((1 - mu * step) ** 2 + d) / count * x.square())


coordinate_descent_distance = Obligation(
    "coordinate-distance",
    ("mu", "s", "t", "d"),
    coordinate_distance,
    known={"axes": lambda mu, s, t, d: (short(mu, s, t) / (1 + d)) ** 2},
    worst=[slow],
    mathematics="E|x⁺ - x*|² ≤ ((1 - μγ)² + n - 1)/n |x - x*|² in n = 1 + d coordinates",
)


def coordinate_value(S: Statement, mu: Any, s: Any, d: Any) -> None:
    """Curvature at most L along every coordinate, step 1/L there, strong convexity mu, 1 + d coordinates."""
    L, count = mu + s, 1 + d
    f = S.function("f", mu, None)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    spread = Vector({"~axis": 1})
    S.assume("axes", spread.square() - d * here.g.square(), "=0")
    move = -1 / (L * count) * (here.g + spread)
    there = S.point("after", Vector(), S.function("height", 0 * mu, None)).value
    S.assume("blocks", there - here.value - move * here.g - L / 2 * move.square())
    S.moves({"x": x, "memory": here.g + spread}, {"x": x + move})
    S.claim(there, (1 - mu / (L * count)) * here.value)


coordinate_descent_value = Obligation(
    "coordinate-value",
    ("mu", "s", "d"),
    coordinate_value,
    [("star", "0"), "blocks", "axes"],
    known={"axes": lambda mu, s, d: 1 / (2 * (mu + s) * (1 + d) ** 2)},
    mathematics="E f(x⁺) - f* ≤ (1 - μ/(nL)) (f(x) - f*) in n = 1 + d coordinates",
)


# ---------------------------------------------------------------- SAGA


def saga(
    step: Callable[..., Any], count: Callable[..., Any], rate: Callable[..., Any]
) -> Callable[..., None]:
    """The Lyapunov function of Defazio, Bach and Lacoste-Julien: the table's mean value plus c |x - x*|^2,
    c = 1/(2 step (1 - mu step) n)."""

    def state(S: Statement, mu: Any, s: Any, v: Any) -> None:
        n = count(mu, s, v)
        h = step(mu, s, v)
        f = S.function("f", mu, mu + s)
        S.minimiser(f)
        x, stored = S.vector("x"), S.random("w")
        here, table = S.sample("x", x, f), S.sample("w", stored, f)
        after = x - h * (here.g - table.g + table.g.mean())
        weight = 1 / (2 * h * (1 - mu * h) * n)
        S.moves({"x": x, "table": table.g, "average": table.g.mean()}, {"x": after})
        S.claim(
            (1 - 1 / n) * table.value + here.value / n + weight * after.square(),
            rate(mu, s, v) * (table.value + weight * x.square()),
        )

    return state


def _first(mu: Any, s: Any, v: Any) -> dict[str, Any]:
    return {"x": 1, "gx": mu, "w": 0, "gw": 0}


SAGA_PAIRS = [("w", "star"), ("star", "x")]
saga_known = Obligation(
    "saga",
    ("mu", "s", "v"),
    saga(
        lambda mu, s, v: 1 / (2 * (mu * (1 + v) + mu + s)),
        lambda mu, s, v: 1 + v,
        lambda mu, s, v: 1 - mu / (2 * (mu * (1 + v) + mu + s)),
    ),
    SAGA_PAIRS,
    worst=[_first],
    mathematics="E T⁺ ≤ (1 - μγ) T with γ = 1/(2(μn + L)), T = mean_i (f_i(φ_i) - f_i(x*) - <∇f_i(x*), φ_i - "
    "x*>) "
    "+ c |x - x*|², for all n = 1 + v",
)
saga_few = Obligation(
    "saga-third-few",
    ("mu", "s", "v"),
    saga(
        lambda mu, s, v: 1 / (3 * (mu + s)),
        lambda mu, s, v: 3 * (mu + s) / (4 * mu) / (1 + v),
        lambda mu, s, v: 1 - mu / (3 * (mu + s)),
    ),
    SAGA_PAIRS,
    worst=[_first],
    mathematics="E T⁺ ≤ (1 - μ/(3L)) T with γ = 1/(3L), for all n < 3L/(4μ), n = 3L/(4μ)/(1 + v)",
)
saga_many = Obligation(
    "saga-third-many",
    ("mu", "s", "v"),
    saga(
        lambda mu, s, v: 1 / (3 * (mu + s)),
        lambda mu, s, v: 3 * (mu + s) / (4 * mu) * (1 + v),
        lambda mu, s, v: 1 - mu / (3 * (mu + s)) / (1 + v),
    ),
    SAGA_PAIRS,
    mathematics="E T⁺ ≤ (1 - 1/(4n)) T with γ = 1/(3L), for all n > 3L/(4μ), n = 3L/(4μ) (1 + v)",
)


# ---------------------------------------------------------------- SVRG


def svrg_step(S: Statement, L: Any, t: Any) -> None:
    """Components convex and L-smooth, a step below 1/(2L)."""
    h = 1 / (2 * L) / (1 + t)
    f = S.function("f", 0 * L, L)
    S.minimiser(f)
    x, snapshot = S.vector("x"), S.vector("w")
    here, there = S.sample("x", x, f), S.sample("w", snapshot, f)
    after = x - h * (here.g - there.g + there.g.mean())
    S.moves({"x": x, "snapshot": snapshot, "full": there.g.mean()}, {"x": after})
    S.claim(
        after.square() + 2 * h * (1 - 2 * L * h) * here.value,
        x.square() + 4 * L * h * h * there.value,
    )


svrg_inner = Obligation(
    "svrg-inner",
    ("L", "t"),
    svrg_step,
    [("x", "star"), ("w", "star"), ("star", "x")],
    worst=[lambda L, t: {"x": 1}],
    mathematics="E|x⁺ - x*|² + 2γ(1-2Lγ)(f(x) - f*) ≤ |x - x*|² + 4Lγ² (f(w) - f*), γ < 1/(2L), w the "
    "snapshot",
)


def svrg_epoch(S: Statement, mu: Any, s: Any, t: Any, m: Any) -> None:
    """What m inner steps from the snapshot w add up to: the sum of the f(x_t) - f*, t < m, is m times the
    value at the next snapshot, in expectation."""
    L = mu + s
    h = 1 / (4 * L) / (1 + t)
    f = S.function("f", mu, None)
    S.minimiser(f)
    snapshot = S.point("w", S.vector("w"), f)
    following = S.point("next", S.vector("next"), S.function("height", 0 * mu, None))
    last = S.vector("last")
    S.assume(
        "inner",
        last.square()
        + 2 * h * (1 - 2 * L * h) * m * following.value
        - snapshot.x.square()
        - 4 * L * h * h * m * snapshot.value,
    )
    rate = 1 / (mu * h * (1 - 2 * L * h) * m) + 2 * L * h / (1 - 2 * L * h)
    S.claim(following.value, rate * snapshot.value)


svrg_rate = Obligation(
    "svrg-epoch",
    ("mu", "s", "t", "m"),
    svrg_epoch,
    [("star", "w"), ("w", "star"), "inner"],
    known={("star", "w"): lambda *_: 0},
    mathematics="E f(w⁺) - f* ≤ (1/(μγ(1-2Lγ)m) + 2Lγ/(1-2Lγ)) (f(w) - f*), γ < 1/(4L), m steps of the inner "
    "loop",
)


def loopless(many: bool) -> Callable[..., None]:
    """Step 1/(6L), the snapshot moves with chance 1/n; |x - x*|^2 + 4 step^2 n E|f_i'(w) - f_i'(x*)|^2."""

    def state(S: Statement, mu: Any, s: Any, v: Any) -> None:
        L = mu + s
        n = 3 * L / mu * (1 + v) if many else 3 * L / mu / (1 + v)
        h, chance = 1 / (6 * L), 1 / n
        f = S.function("f", 0 * mu, L)
        S.minimiser(f)
        x, snapshot = S.vector("x"), S.vector("w")
        here, there = S.sample("x", x, f), S.sample("w", snapshot, f)
        mean_curvature(S, here, mu)
        after = x - h * (here.g - there.g + there.g.mean())
        weight = 4 * h * h * n
        table = chance * here.g.square() + (1 - chance) * there.g.square()
        S.moves({"x": x, "snapshot": snapshot, "full": there.g.mean()}, {"x": after, "previous": x})
        rate = 1 - 1 / (2 * n) if many else 1 - mu / (6 * L)
        S.claim(after.square() + weight * table, rate * (x.square() + weight * there.g.square()))

    return state


loopless_svrg = [
    Obligation(
        f"loopless-svrg-{name}",
        ("mu", "s", "v"),
        loopless(many),
        [("x", "star"), ("least", "mean")],
        known={("least", "mean"): lambda mu, s, v: 1 / (6 * (mu + s))},
        mathematics=said,
    )
    for name, many, said in [
        (
            "few",
            False,
            "E V⁺ ≤ (1 - μ/(6L)) V, V = |x - x*|² + 4γ²n E|∇f_i(w) - ∇f_i(x*)|², γ = 1/(6L), n < 3L/μ",
        ),
        (
            "many",
            True,
            "E V⁺ ≤ (1 - 1/(2n)) V, V = |x - x*|² + 4γ²n E|∇f_i(w) - ∇f_i(x*)|², γ = 1/(6L), n > 3L/μ",
        ),
    ]
]


# ---------------------------------------------------------------- rows and accelerated coordinates


def row_step(S: Statement, mu: Any) -> None:
    """The error is projected off the direction of a random row: p, with <p, x> = |p|^2 for every row, and
    mu |x|^2 at most in the mean square of p."""
    x, p = S.vector("x"), S.random("p")
    f = S.function("f", 0 * mu, 1 + 0 * mu)  # rows of norm 1
    S.point("row", x, f, g=p)
    S.moves({"x": x}, {"x": x - p})
    S.assume("projection", p * x - p.square(), "=0")
    S.assume("spread", mu * x.square() - p.square())
    S.claim((x - p).square(), (1 - mu) * x.square())


kaczmarz = Obligation(
    "kaczmarz",
    ("mu",),
    row_step,
    ["projection", "spread"],
    known={"projection": lambda mu: -2, "spread": lambda mu: 1},
    worst=[lambda mu: {"x": 1, "p": mu, "~p": Fraction(7, 50)}],  # attained at mu = 1/50
    mathematics="E|x⁺ - x*|² ≤ (1 - μ) |x - x*|², μ the smallest mean square of the part along a row",
)


def accelerated_coordinate(S: Statement, b: Any, L: Any, d: Any) -> None:
    """n = 1 + d coordinates, curvature at most L along each, a = (1 + b)/n^2: A = n^2 a^2 after the step and
    n^2 a^2 - a before it; y = ((A - a) x + a z)/A, and z moves n a times as far as x."""
    n = 1 + d
    a = (1 + b) / n**2
    large, small = n**2 * a**2, n**2 * a**2 - a
    f = S.function("f", 0 * L, None)
    S.minimiser(f)
    x, z = S.vector("x"), S.vector("z")
    at_x, at_y = S.point("x", x, f), S.point("y", (small * x + a * z) / large, f)
    spread = Vector({"~axis": 1})
    S.assume("axes", spread.square() - d * at_y.g.square(), "=0")
    move = -1 / (L * n) * (at_y.g + spread)
    there = S.point("after", Vector(), S.function("height", 0 * L, None)).value
    S.assume("blocks", there - at_y.value - move * at_y.g - L / 2 * move.square())
    S.claim(
        large * there + L / 2 * (z + n * a * move).square(),
        small * at_x.value + L / 2 * z.square(),
    )


accelerated_coordinates = Obligation(
    "coordinate-accelerated",
    ("b", "L", "d"),
    accelerated_coordinate,
    [("x", "y"), ("star", "y"), "blocks", "axes"],
    known={"axes": lambda b, L, d: ((1 + b) / (1 + d) ** 2) ** 2 / L},
    mathematics="A_k (E f(x_k) - f*) + L/2 E|z_k - x*|² does not grow, A = n²a², a = A - A⁻, in n = 1 + d "
    "coordinates",
)
