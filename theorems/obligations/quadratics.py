r"""Quadratics: Kantorovich's inequality for steepest descent, and Chebyshev polynomials of every degree.

Source: Kantorovich, "Functional analysis and applied mathematics", Uspekhi Mat. Nauk 3 (1948). A polynomial's
values T_k are vectors here, so that an identity of numbers is one of inner products.
"""

from __future__ import annotations

from typing import Any

from theorems.performance import Form, Obligation, Statement, Vector


def steepest(S: Statement, mu: Any, s: Any, h: Any) -> None:
    """y = A^(-1/2) g and w = A^(1/2) g are point and gradient of the quadratic with the matrix A; then
    <y, w> = |g|^2, |w|^2 = <g, A g>, |y|^2 = <g, A^-1 g>, and the exact step is h with |g|^2 = h <g, A g>."""
    f = S.function("f", mu, mu + s)
    S.minimiser(f)
    y, w = S.vector("y"), S.vector("w")
    S.point("0", y, f, g=w)
    S.assume("step", y * w - h * w.square(), "=0")
    S.claim(4 * mu * (mu + s) / (2 * mu + s) ** 2 * y.square(), h * (y * w))


kantorovich = Obligation(
    "kantorovich",
    ("mu", "s", "h"),
    steepest,
    [("0", "star"), ("star", "0"), "step"],
    known={
        ("0", "star"): lambda mu, s, h: 2 / (2 * mu + s) ** 2,
        ("star", "0"): lambda mu, s, h: 2 / (2 * mu + s) ** 2,
        "step": lambda mu, s, h: 4 / (2 * mu + s) - h,
    },
    worst=[lambda mu, s, h: {"y": h, "w": 1}],
    mathematics="|g|⁴ ≥ 4μL/(μ+L)² <g, A g> <g, A⁻¹g>: steepest descent takes ((L-μ)/(L+μ))² of f - f* or "
    "less",
)


def chain(S: Statement, factor: Any) -> tuple[Vector, Vector, Vector]:
    """T_(k-1), T_k, T_(k+1) with T_(k+1) = factor T_k - T_(k-1)."""
    before, now, after = S.vector("before"), S.vector("now"), S.vector("after")
    for name, along in (("before", before), ("now", now), ("after", after)):
        S.assume(f"recursion_{name}", (after - factor * now + before) * along, "=0")
    return before, now, after


def inside(S: Statement, k: Any, w: Any) -> None:
    """For x = (1 - w)/(1 + w), every point of (-1, 1)."""
    before, now, after = chain(S, 2 * (1 - w) / (1 + w))
    S.claim(_pell(w, after, now), _pell(w, now, before))


def _pell(w: Any, now: Vector, before: Vector) -> Form:
    """1 + w times |now|^2 - 2 x <now, before> + |before|^2."""
    return (1 + w) * (now.square() + before.square()) - 2 * (1 - w) * (now * before)


chebyshev_invariant = Obligation(
    "chebyshev-invariant",
    ("k", "w"),
    inside,
    known={
        "recursion_after": lambda k, w: 1 + w,
        "recursion_before": lambda k, w: -1 - w,
        "recursion_now": lambda k, w: 0,
    },
    worst=[lambda k, w: {"now": 1, "after": 2 * (1 - w) / (1 + w)}],
    mathematics="T_k² - 2x T_k T_(k-1) + T_(k-1)² does not grow, for all k and |x| < 1; at k = 1 it is 1 - "
    "x²",
    counter="k",
    rename={"after": "now", "now": "before"},
)


def bounded(S: Statement, w: Any) -> None:
    """For x = (1 - w)/(1 + w)."""
    x = (1 - w) / (1 + w)
    before, now = S.vector("before"), S.vector("now")
    S.claim((1 + w) * (1 - x * x) * now.square(), _pell(w, now, before))


chebyshev_bounded = Obligation(
    "chebyshev-bounded",
    ("w",),
    bounded,
    first=["before"],
    mathematics="(1 - x²) T_k² ≤ T_k² - 2x T_k T_(k-1) + T_(k-1)², so |T_k(x)| ≤ 1 for all k and |x| < 1",
)


def outside(S: Statement, u: Any) -> None:
    """At (kappa + 1)/(kappa - 1) = (r + 1/r)/2, with r = (sqrt(kappa) - 1)/(sqrt(kappa) + 1) = 1/(1 + u)."""
    r = 1 / (1 + u)
    before, now, after = chain(S, r + 1 / r)
    S.claim((now - r * before).square(), r * r * (after - r * now).square())


chebyshev_growth = Obligation(
    "chebyshev-growth",
    ("u",),
    outside,
    known={
        "recursion_after": lambda u: -1 / (1 + u) ** 2,
        "recursion_now": lambda u: -1 / (1 + u) + 1 / (1 + u) ** 3,
        "recursion_before": lambda u: 1 / (1 + u) ** 2,
    },
    worst=[lambda u: {"now": 1, "after": 1 + u + 1 / (1 + u)}],
    mathematics="T_k - r T_(k-1) grows by 1/r a step, so T_k((κ+1)/(κ-1)) = (r^k + r^-k)/2 and the best "
    "polynomial on [μ, L] is at most 2r^k",
)
