r"""Facts about quadratics that hold for every degree and every condition number, proved."""

from __future__ import annotations

import sympy as sp

from solvers.methods import HeavyBall
from theorems.obligations import accelerated, quadratics
from theorems.predictions import Proof
from theorems.rivals import sharper_claim
from theorems.symbols import L, lam, mu
from theorems.theorem import Rival, Source, Theorem

invariant = Proof(
    obligation=quadratics.chebyshev_invariant,
    sha256="0ab1f35c1853b802c7b19e6c8f705d6ffb45c03a35620c080e3b821d24419689",
    label="invariant",
)
bounded = Proof(
    obligation=quadratics.chebyshev_bounded,
    sha256="904be388e851a1be486d3448f9bd10a4347f4ffa22623e56480908a15414d428",
    label="at most 1",
)
growth = Proof(
    obligation=quadratics.chebyshev_growth,
    sha256="283d8893217870c0b43fca5620ab545f6bff711175ac406e89fa96d5768d3a7f",
    label="growth",
)
kantorovich = Proof(
    obligation=quadratics.kantorovich,
    sha256="c53a712f6b0ee3fb14cf463094252759b3473331da3837f00aeba8667c164b2f",
)
root_mu, root_L = sp.sqrt(mu), sp.sqrt(L)
factor = Proof(
    obligation=accelerated.heavy_ball_rate,
    sha256="cd216c587fb26b713bd8b2ffeabc16dc74f76f295d88d9393e5701bf4dfc8d55",
    values={"a": root_mu, "c": root_L - root_mu, "w": (lam - mu) / (L - lam)},
    label="factor",
)
definite = Proof(
    obligation=accelerated.heavy_ball_definite,
    sha256="e2021158bb1346f9e58902e906f173cd214588f3a1d6fa72e63dc2d6f00914ce",
    label="definite",
)

theorems = [
    Theorem(
        name="chebyshev-polynomials",
        title="Chebyshev polynomials stay below 1 on the spectrum and grow like 1/(2ρ^k) at zero",
        source=Source("golubvarga1961"),
        statement="For every degree k, |T_k(x)| ≤ 1 where |x| < 1, and T_k((κ+1)/(κ-1)) = (ρ^k + ρ^-k)/2 "
        "with ρ = "
        "(√κ-1)/(√κ+1). So the Chebyshev polynomial of the spectrum [μ, L] with value 1 at zero is at most "
        "2ρ^k/(1 + ρ^(2k)) there, which bounds conjugate gradients as well.",
        method=None,
        survey="fast gradient",
        remark="Two consecutive values are tied by a form that the recursion keeps, for all k at once.",
        predictions=[invariant, bounded, growth],
        rivals=[sharper_claim(invariant), sharper_claim(growth)],
    ),
    Theorem(
        name="kantorovich-inequality",
        title="Kantorovich's inequality, by which steepest descent contracts by ((κ-1)/(κ+1))²",
        source=Source("kantorovich1948"),
        statement="For a symmetric matrix A with spectrum in [μ, L] and every vector g, |g|⁴ is at least "
        "4μL/(μ+L)² times <g, A g> <g, A⁻¹g>: the exact step takes at least that part of the gap.",
        method=None,
        survey="benchmark",
        predictions=[kantorovich],
        rivals=[
            sharper_claim(kantorovich, 20),
        ],
    ),
    Theorem(
        name="heavy-ball-modes",
        title="On every mode of a quadratic the heavy ball multiplies a quadratic form by ρ²",
        source=Source("polyak1964"),
        statement="With Polyak's step α and momentum β = ρ², ρ = (√κ-1)/(√κ+1), the form |x|² - (1 + β - "
        "αλ)<x, x⁻> + β|x⁻|² "
        "is multiplied by exactly β in a step, on every mode λ between μ and L, and it is at least "
        "α²(λ-μ)(L-λ)/(4β) |x|². So the modes inside the spectrum fall like ρ^k, for all k.",
        method=HeavyBall(),
        survey="fast gradient",
        predictions=[factor, definite],
        rivals=[
            sharper_claim(factor),
            Rival(
                "step 1 percent longer",
                method=HeavyBall(step=sp.Rational(404, 100) / (root_L + root_mu) ** 2),
                of="factor",
            ),
            Rival(
                "momentum ρ", method=HeavyBall(momentum=(root_L - root_mu) / (root_L + root_mu)), of="factor"
            ),
        ],
    ),
]
