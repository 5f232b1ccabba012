r"""Proximal steps: one of a single function, and one of a smooth function and another that is not.

Sources: Rockafellar, "Monotone operators and the proximal point algorithm", SIAM J. Control Optim. 14 (1976);
Taylor, Hendrickx and Glineur, J. Optim. Theory Appl. 178 (2018).
"""

from __future__ import annotations

from typing import Any

from theorems.performance import Form, Obligation, Statement


def point(S: Statement, mu: Any, h: Any) -> None:
    """x+ = x - h g with g a subgradient at x+."""
    f = S.function("f", mu, None)
    S.minimiser(f)
    x, g = S.vector("x"), S.vector("g")
    after = S.point("1", x - h * g, f, g=g)
    S.claim(after.x.square(), x.square() / (1 + mu * h) ** 2)


proximal_point = Obligation(
    "proximal-point",
    ("mu", "h"),
    point,
    worst=[lambda mu, h: {"x": 1, "g": mu / (1 + mu * h)}],
    mathematics="|x⁺ - x*|² ≤ |x - x*|²/(1 + μh)² for x⁺ = prox_(hf)(x), f strongly convex, smooth or not",
)


def gradient(S: Statement, mu: Any, s: Any, t: Any) -> None:
    """x+ = x - h (f'(x) + v) with v a subgradient of r at x+; at the solution the two cancel."""
    h = 2 / (2 * mu + s) / (1 + t)
    f, r = S.function("f", mu, mu + s), S.function("r", 0 * mu, None)
    x, v, pull = S.vector("x"), S.vector("v"), S.vector("pull")
    zero = 0 * x
    here = S.point("0", x, f)
    S.point("star", zero, f, g=pull)
    after = x - h * here.g - h * v
    S.point("1", after, r, g=v)
    S.point("least", zero, r, g=-pull)
    S.claim(after.square(), (1 - mu * h) ** 2 * x.square())


proximal_gradient = Obligation(
    "proximal-gradient",
    ("mu", "s", "t"),
    gradient,
    worst=[lambda mu, s, t: {"x": 1, "g0": mu}, lambda mu, s, t: {"g0": 1, "pull": 1, "v": -1}],
    mathematics="|x⁺ - x*|² ≤ (1 - μh)² |x - x*|² for x⁺ = prox_(hr)(x - h ∇f(x)), r convex, smooth or not",
)


def accelerated(S: Statement, t: Any, L: Any) -> None:
    """The step of Beck and Teboulle with the t of this step 1 + t, as in Nesterov's method, on f + r."""
    now = 1 + t
    f, r = S.function("f", 0 * L, L), S.function("r", 0 * L, None)
    x, y, v, pull = S.vector("x"), S.vector("y"), S.vector("v"), S.vector("pull")
    zero = 0 * x
    S.point("star", zero, f, g=pull, value=Form())
    S.point("least", zero, r, g=-pull, value=Form())
    at_x, at_y = S.point("x", x, f), S.point("y", y, f)
    after = y - at_y.g / L - v / L
    there, height, lower = S.point("next", after, f), S.point("rx", x, r), S.point("rnext", after, r, g=v)
    here, beyond = now * y - (now - 1) * x, now * after - (now - 1) * x
    S.claim(
        now * now * (there.value + lower.value) + L / 2 * beyond.square(),
        (now * now - now) * (at_x.value + height.value) + L / 2 * here.square(),
    )


fista = Obligation(
    "proximal-accelerated",
    ("t", "L"),
    accelerated,
    [("y", "next"), ("x", "y"), ("star", "y"), ("rx", "rnext"), ("least", "rnext")],
    worst=[lambda t, L: {"x": 1, "y": 1}],
    mathematics="t_k² (F(x_k) - F*) + L/2 |z_k - x*|² does not grow, F = f + r, whatever t_k > 1 is, so "
    "F(x_k) - F* ≤ "
    "L |x₀ - x*|²/(2 t_k²)",
)
