r"""Gradient steps along what is not quite the gradient, and on what is not quite convex; subgradients."""

from __future__ import annotations

import sympy as sp

from solvers.methods import GradientDescent
from theorems.obligations import gradient_descent as proved
from theorems.predictions import Proof
from theorems.rivals import sharper_claim
from theorems.symbols import L, mu
from theorems.theorem import Rival, Source, Theorem

relative = Proof(
    obligation=proved.inexact_relative,
    sha256="bbf06b25894e09b0043c17181064e582bd71fa1ce8829f7df1a221bcb89d6efd",
    label="relative error",
)
absolute = Proof(
    obligation=proved.inexact_absolute,
    sha256="2a83c6f3de49e9852997725e1bf64166d3cf732c7bd271e89fae0a16187196ad",
    label="absolute error",
)
dominated = Proof(
    obligation=proved.dominated,
    sha256="4bbf05ae669b2fd1c329caaf44d014b846e273976af2ccecb7a3b8fd83771dc7",
    values={"mu": mu, "s": L - mu},
)
slopes = Proof(
    obligation=proved.subgradient,
    sha256="1735f59bc13e73122834971c424c0bdd08d3d8c2feba4b172fd28f82f02488fe",
    values={"h": 1 / L, "M": sp.Integer(1)},
)

theorems = [
    Theorem(
        name="inexact-gradient",
        title="A gradient with a relative error ε costs gradient descent a factor (1+ε)/(1-ε) of κ",
        source=Source("deklerkglineurtaylor2017"),
        statement="If the direction d differs from the gradient by ε|∇f(x)| at most, the step 2/(L_ε + μ_ε) "
        "with L_ε = (1+ε)L and μ_ε = (1-ε)μ shrinks the gap by ((L_ε - μ_ε)/(L_ε + μ_ε))², on every function "
        "that is μ-strongly convex and L-smooth; quadratics attain it. If it differs by e at most, the step "
        "1/L shrinks it by 1 - μ/L up to e²/(2L).",
        method=None,
        survey="benchmark",
        remark="The second part is the descent lemma with the error kept.",
        predictions=[relative, absolute],
        rivals=[sharper_claim(relative), sharper_claim(relative, 10)],
    ),
    Theorem(
        name="gradient-dominated",
        title="Gradient descent needs no convexity where the gradient dominates the gap",
        source=Source("polyak1963"),
        statement="On every function with an L-Lipschitz gradient, convex or not, for which |∇f(x)|² is at "
        "least 2μ(f(x) - f*), the step 1/L shrinks the gap by 1 - μ/L in every epoch.",
        method=GradientDescent(1 / L),
        survey="benchmark",
        predictions=[dominated],
        rivals=[
            Rival("step 101/(100 L)", method=GradientDescent(sp.Rational(101, 100) / L)),
            Rival("step 1/(2L)", method=GradientDescent(1 / (2 * L))),
        ],
    ),
    Theorem(
        name="subgradient",
        title="Subgradient steps R/(M√n) bring the mean gap of n steps below MR/√n",
        source=Source("nesterov2004"),
        statement="On every convex function whose subgradients are no longer than M a step h changes |x - "
        "x*|² "
        "by h²M² - 2h(f(x) - f*) at most. Added up over n steps h = R/(M√n), the mean of the gaps is at most "
        "MR/√n.",
        method=GradientDescent(1 / L),
        survey="benchmark",
        remark="The step is that of gradient descent, along a subgradient. The sum is elementary: the "
        "squares "
        "telescope, so n 2h (mean gap) ≤ R² + n h²M².",
        predictions=[slopes],
        rivals=[Rival("step 101/(100 L)", method=GradientDescent(sp.Rational(101, 100) / L))],
    ),
]
