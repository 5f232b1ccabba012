r"""Gradient descent x+ = x - step f'(x): distance, value and gradient norm, with exact and inexact gradients.

Throughout L = mu + s. A step is short if it is 2/(mu + L)/(1 + t), and long if it lies between
2/(mu + L) and 2/L, which is 2/(mu + L) (1 + mu/L/(1 + t)), for t > 0. At the worst function of a short step
the curvature is mu, at that of a long step it is L.

Sources: Taylor, Hendrickx and Glineur, "Exact worst-case convergence rates of the proximal gradient method
for composite convex minimization", J. Optim. Theory Appl. 178 (2018); de Klerk, Glineur and Taylor, "On the
worst-case complexity of the gradient method with exact line search for smooth strongly convex functions",
Optim. Lett. 11 (2017); Drori and Teboulle, Math. Program. 145 (2014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from theorems.performance import Obligation, Point, Statement, Vector

PAIRS = [("0", "1"), ("star", "0"), ("star", "1")]


def short(mu: Any, s: Any, t: Any) -> Any:
    return 2 / (2 * mu + s) / (1 + t)


def long(mu: Any, s: Any, t: Any) -> Any:
    return (2 + mu / (mu + s) * 2 / (1 + t)) / (2 * mu + s)


def best(mu: Any, s: Any) -> Any:
    return 2 / (2 * mu + s)


def setting(S: Statement, mu: Any, s: Any, step: Any) -> tuple[Vector, Point, Vector]:
    """x, the point there, and the next x, of a function with its minimiser at 0."""
    f = S.function("f", mu, mu + s)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    after = x - step * here.g
    S.moves({"x": x}, {"x": after})
    return x, here, after


def distance(step: Callable[..., Any], steep: bool = False) -> Callable[..., None]:
    """|x+ - x*|^2 <= factor^2 |x - x*|^2."""

    def state(S: Statement, *v: Any) -> None:
        x, _, after = setting(S, v[0], v[1], step(*v))
        S.claim(after.square(), factor(step, steep, *v) ** 2 * x.square())

    return state


def value(step: Callable[..., Any], steep: bool = False) -> Callable[..., None]:
    """f(x+) - f* <= factor^2 (f(x) - f*)."""

    def state(S: Statement, *v: Any) -> None:
        _, here, after = setting(S, v[0], v[1], step(*v))
        there = S.point("1", after, S.functions["f"])
        S.claim(there.value, factor(step, steep, *v) ** 2 * here.value)

    return state


def gradient_norm(step: Callable[..., Any], steep: bool = False) -> Callable[..., None]:
    """|f'(x+)|^2 <= factor^2 |f'(x)|^2."""

    def state(S: Statement, *v: Any) -> None:
        f = S.function("f", v[0], v[0] + v[1])
        x = S.vector("x")
        here = S.point("0", x, f)
        after = x - step(*v) * here.g
        S.moves({"x": x}, {"x": after})
        S.claim(S.point("1", after, f).g.square(), factor(step, steep, *v) ** 2 * here.g.square())

    return state


def factor(step: Callable[..., Any], steep: bool, *v: Any) -> Any:
    return (v[0] + v[1]) * step(*v) - 1 if steep else 1 - v[0] * step(*v)


def parabola(step: Callable[..., Any], steep: bool) -> Callable[..., Mapping[str, Any]]:
    """The atoms on the parabola whose curvature is L (or mu), from x = 1."""

    def at(*v: Any) -> Mapping[str, Any]:
        c = v[0] + v[1] if steep else v[0]
        return {"x": 1, "g0": c, "g1": c * (1 - c * step(*v))}

    return at


def family(what: Callable[..., Callable[..., None]], name: str, support: Any, said: str) -> list[Obligation]:
    """Short, long and best steps."""
    steps: list[tuple[str, tuple[str, ...], Callable[..., Any], list[bool]]] = [
        ("short", ("mu", "s", "t"), short, [False]),
        ("long", ("mu", "s", "t"), long, [True]),
        ("best", ("mu", "s"), best, [False, True]),
    ]
    return [
        Obligation(
            f"gd-{name}-{length}",
            variables,
            what(step, ends[-1] and length == "long"),
            support,
            worst=[parabola(step, steep) for steep in ends],
            mathematics=said,
        )
        for length, variables, step, ends in steps
    ]


distances = family(distance, "distance", (), "|x⁺ - x*|² ≤ factor² |x - x*|²")
values = family(value, "value", PAIRS, "f(x⁺) - f* ≤ factor² (f(x) - f*)")
gradient_norms = family(gradient_norm, "gradient", (), "|∇f(x⁺)|² ≤ factor² |∇f(x)|²")


# ---------------------------------------------------------------- convex functions, step 1/L


def worst_value(k: int) -> Obligation:
    """f(x_k) - f* <= |x_0 - x*|^2 / (4 k + 2) for L = 1; the multipliers are those of Drori and Teboulle.

    The iterates are the atoms, and a gradient is the difference of two: then every inequality has three
    neighbours at most, and the certificate grows like k.
    """

    def state(S: Statement) -> None:
        f = S.function("f", Fraction(0), Fraction(1))
        S.minimiser(f)
        x = [S.vector(f"x{j:02d}") for j in range(k + 2)]
        points = [S.point(str(j), x[j], f, g=x[j] - x[j + 1]) for j in range(k + 1)]
        S.moves({"x": x[0]}, {"x": x[k]}, steps=k)
        S.claim(points[k].value, x[0].square() / (4 * k + 2))

    rising = [Fraction(j, 2 * k + 1 - j) for j in range(k + 1)] + [Fraction(1)]
    known: dict[Any, Fraction] = {(str(j - 1), str(j)): rising[j] / 2 for j in range(1, k + 1)}
    known |= {("star", str(j)): (rising[j + 1] - rising[j]) / 2 for j in range(k + 1)}
    return Obligation(
        f"gd-convex-{k}",
        (),
        state,
        tuple(known),
        known={pair: _constant(v) for pair, v in known.items()},
        worst=[_huber(k)],
        mathematics=f"f(x_{k}) - f* ≤ L |x₀ - x*|²/{4 * k + 2}",
    )


def _constant(value: Any) -> Callable[..., Any]:
    return lambda *_: value


def _huber(k: int) -> Callable[..., Mapping[str, Any]]:
    """From x = 1 the slope stays 1/(2k + 1), on a Huber function that bends below all iterates."""

    def at() -> Mapping[str, Any]:
        slope = Fraction(1, 2 * k + 1)
        heights = {f"f:{j}": slope * (1 - j * slope) - slope**2 / 2 for j in range(k + 1)}
        return {f"x{j:02d}": 1 - j * slope for j in range(k + 2)} | heights

    return at


convex = {k: worst_value(k) for k in [*range(1, 11), 20, 40, 60]}


def potential(S: Statement, k: Any, L: Any) -> None:
    """(k + 1)(f(x+) - f*) + L/2 |x+ - x*|^2 <= k (f(x) - f*) + L/2 |x - x*|^2."""
    f = S.function("f", 0 * L, L)
    S.minimiser(f)
    x, after = S.vector("x"), S.vector("after")
    here = S.point("now", x, f, g=L * (x - after))  # the step 1/L, said the other way round
    there = S.point("next", after, f)
    S.moves({"x": x}, {"x": after})
    S.claim((k + 1) * there.value + L / 2 * after.square(), k * here.value + L / 2 * x.square())


convex_potential = Obligation(
    "gd-convex-potential",
    ("k", "L"),
    potential,
    [("now", "next"), ("star", "now")],
    worst=[lambda k, L: {"x": 1, "after": 1}],
    mathematics="k (f(x_k) - f*) + L/2 |x_k - x*|² never grows, so f(x_k) - f* ≤ L |x₀ - x*|²/(2k) for all k",
    counter="k",
    rename={"after": "x", "next": "now"},
)


def gradient_potential(S: Statement, k: Any, L: Any) -> None:
    """(2k + 1) L (f(x) - f*) + k (k + 2) |f'(x)|^2 + L^2 |x - x*|^2 does not grow."""
    f = S.function("f", 0 * L, L)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    after = x - here.g / L
    there = S.point("1", after, f)
    S.moves({"x": x}, {"x": after})
    S.claim(
        (2 * k + 3) * L * there.value + (k + 1) * (k + 3) * there.g.square() + L * L * after.square(),
        (2 * k + 1) * L * here.value + k * (k + 2) * here.g.square() + L * L * x.square(),
    )


convex_gradient = Obligation(
    "gd-convex-gradient",
    ("k", "L"),
    gradient_potential,
    [("0", "1"), ("1", "0"), ("star", "0")],
    known={("1", "0"): lambda k, L: (2 * k * k + 6 * k + 3) / 2},
    mathematics="(2k+1) L (f(x_k) - f*) + k(k+2) |∇f(x_k)|² + L² |x_k - x*|² does not grow in step k, for "
    "all k",
)


# ---------------------------------------------------------------- other steps


def line_search(S: Statement, mu: Any, s: Any, a: Any) -> None:
    """f(x - a f'(x)) - f* <= ((L - mu)/(L + mu))^2 (f(x) - f*) for the a that minimises the left side."""
    x, here, after = setting(S, mu, s, a)
    there = S.point("1", after, S.functions["f"])
    S.assume("lowest", there.g * here.g, "=0")
    S.moves({"x": x, "gradient": here.g}, {"x": after})
    S.claim(there.value, (s / (2 * mu + s)) ** 2 * here.value)


exact_line_search = Obligation(
    "gd-line-search",
    ("mu", "s", "a"),
    line_search,
    [*PAIRS, "lowest"],
    known={
        ("0", "1"): lambda mu, s, a: 1 / (2 * (2 * mu + s)),
        ("star", "0"): lambda mu, s, a: mu / (2 * mu + s) ** 2,
        ("star", "1"): lambda mu, s, a: mu / s / (2 * mu + s),
        "lowest": lambda mu, s, a: 2 / (2 * mu + s) - a,
    },
    first=["x"],
    mathematics="f(x⁺) - f* ≤ ((L-μ)/(L+μ))² (f(x) - f*) where x⁺ is the lowest point along the gradient",
)


def relative_error(S: Statement, mu: Any, s: Any, w: Any) -> None:
    """With a direction d, |d - f'(x)| <= |f'(x)|/(1 + w)."""
    error = 1 / (1 + w)
    low, high = (1 - error) * mu, (1 + error) * (mu + s)
    f = S.function("f", mu, mu + s)
    S.minimiser(f)
    x, d = S.vector("x"), S.vector("d")
    here = S.point("0", x, f)
    there = S.point("1", x - 2 / (low + high) * d, f)
    S.assume("error", (d - here.g).square() - error * error * here.g.square())
    S.claim(there.value, ((high - low) / (high + low)) ** 2 * here.value)


def _inexact(steep: bool) -> Callable[..., Mapping[str, Any]]:
    def at(mu: Any, s: Any, w: Any) -> Mapping[str, Any]:
        error = 1 / (1 + w)
        low, high = (1 - error) * mu, (1 + error) * (mu + s)
        c, d = (mu + s, high) if steep else (mu, low)
        return {"x": 1, "g0": c, "d": d, "g1": c * (1 - 2 / (low + high) * d)}

    return at


inexact_relative = Obligation(
    "gd-inexact-relative",
    ("mu", "s", "w"),
    relative_error,
    [*PAIRS, "error"],
    worst=[_inexact(False), _inexact(True)],
    mathematics="f(x⁺) - f* ≤ factor² (f(x) - f*) with any direction d, |d - ∇f(x)| ≤ ε|∇f(x)|, ε = 1/(1+w)",
)


def absolute_error(S: Statement, mu: Any, s: Any, e: Any) -> None:
    """With a direction d, |d - f'(x)| <= e, and the step 1/L: f falls to e^2/(2 mu) by 1 - mu/L."""
    L = mu + s
    f = S.function("f", mu, L)
    S.minimiser(f)
    x, d = S.vector("x"), S.vector("d")
    here = S.point("0", x, f)
    there = S.point("1", x - d / L, f)
    S.assume("error", (d - here.g).square() - e * e)
    S.claim(there.value, (1 - mu / L) * here.value + e * e / (2 * L))


inexact_absolute = Obligation(
    "gd-inexact-absolute",
    ("mu", "s", "e"),
    absolute_error,
    [("0", "1"), ("star", "0"), "error"],
    mathematics="f(x⁺) - f* ≤ (1 - μ/L)(f(x) - f*) + e²/(2L) with any direction d, |d - ∇f(x)| ≤ e",
)


def gradient_dominated(S: Statement, mu: Any, s: Any) -> None:
    """No convexity: f(x+) - f* <= (1 - mu/L)(f(x) - f*) with the step 1/L where |f'|^2 >= 2 mu (f - f*)."""
    L = mu + s
    f = S.function("f", -L, L)
    x = S.vector("x")
    here = S.point("0", x, f)
    after = x - here.g / L
    there = S.point("1", after, f)
    S.moves({"x": x}, {"x": after})
    S.assume("dominated", 2 * mu * here.value - here.g.square())
    S.claim(there.value, (1 - mu / L) * here.value)


dominated = Obligation(
    "gd-dominated",
    ("mu", "s"),
    gradient_dominated,
    [("0", "1"), "dominated"],
    mathematics="f(x⁺) - f* ≤ (1 - μ/L)(f(x) - f*) where |∇f|² ≥ 2μ(f - f*), convex or not",
)


def polyak_distance(S: Statement, mu: Any, a: Any, b: Any) -> None:
    """The step h = 2 (f(x) - f*)/|f'(x)|^2, which lies between 1/L and 1/mu: 1/h = mu + a, L = mu + a + b."""
    L, h = mu + a + b, 1 / (mu + a)
    f = S.function("f", mu, L)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    after = x - h * here.g
    S.assume("step", h * here.g.square() - 2 * here.value, "=0")
    S.moves({"x": x}, {"x": after})
    S.claim(after.square(), (h * L - 1) * (1 - h * mu) / (h * (L + mu) - 1) * x.square())


polyak = Obligation(
    "gd-polyak",
    ("mu", "a", "b"),
    polyak_distance,
    [("0", "star"), ("star", "0"), "step"],
    worst=[lambda mu, a, b: {"x": 1}, lambda mu, a, b: {"g0": 1}],
    mathematics="|x⁺ - x*|² ≤ (hL-1)(1-hμ)/(h(L+μ)-1) |x - x*|² for the step h = 2(f(x)-f*)/|∇f(x)|²",
)


def own_step(mu: Any, s: Any, t: Any) -> Any:
    """A step between 1/L and (2 L - mu)/L^2."""
    return 1 / (mu + s) + s / (mu + s) ** 2 / (1 + t)


def polyak_factor(mu: Any, s: Any, t: Any) -> Any:
    L, h = mu + s, own_step(mu, s, t)
    return (h * L - 1) * (L * h * (3 - h * (L + mu)) - 1)


def polyak_value(S: Statement, mu: Any, s: Any, t: Any) -> None:
    """The step h with |f'(x)|^2 = 2 L (2 - L h) (f(x) - f*)."""
    L, h = mu + s, own_step(mu, s, t)
    f = S.function("f", mu, L)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    there = S.point("1", x - h * here.g, f)
    S.assume("step", here.g.square() - 2 * L * (2 - L * h) * here.value, "=0")
    S.claim(there.value, polyak_factor(mu, s, t) * here.value)


def _weights(mu: Any, s: Any, t: Any) -> dict[Any, Any]:
    L, h = mu + s, own_step(mu, s, t)
    down, across, start = 1 - h * mu, h * mu, h * mu * (h * L - 1)
    own = (polyak_factor(mu, s, t) - down + start) / (2 * L * (2 - L * h))
    return {
        ("0", "1"): down / (2 * s),
        ("star", "1"): across / (2 * s),
        ("star", "0"): start / (2 * s),
        "step": own,
    }


def _weight(of: Any) -> Callable[..., Any]:
    return lambda *v: _weights(*v)[of]


def _between(mu: Any, s: Any, t: Any) -> Mapping[str, Any]:
    """On the parabola for which h is the step."""
    c = mu + s * t / (1 + t)
    return {"x": 1, "g0": c, "g1": c * (1 - c * own_step(mu, s, t))}


polyak_gap = Obligation(
    "gd-polyak-value",
    ("mu", "s", "t"),
    polyak_value,
    [*PAIRS, "step"],
    known={of: _weight(of) for of in [*PAIRS, "step"]},
    worst=[_between],
    mathematics="f(x⁺) - f* ≤ (hL-1)(Lh(3 - h(L+μ)) - 1)(f(x) - f*) for the step h with "
    "|∇f(x)|² = 2L(2 - Lh)(f(x) - f*)",
)


def subgradient_step(S: Statement, h: Any, M: Any) -> None:
    """A convex function whose subgradients are no longer than M: |x+|^2 + 2 h (f(x) - f*) <= |x|^2 + h^2 "
    "M^2."""
    f = S.function("f", 0 * h, None)
    S.minimiser(f)
    x = S.vector("x")
    here = S.point("0", x, f)
    S.assume("slope", here.g.square() - M * M)
    after = x - h * here.g
    S.moves({"x": x}, {"x": after})
    S.claim(after.square() + 2 * h * here.value, x.square() + h * h * M * M)


subgradient = Obligation(
    "subgradient-step",
    ("h", "M"),
    subgradient_step,
    [("star", "0"), "slope"],
    mathematics="|x⁺ - x*|² + 2h (f(x) - f*) ≤ |x - x*|² + h²M²",
)
