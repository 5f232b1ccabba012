r"""One step of a sampled method in expectation, on every sum of functions of a class: proved for all n."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from solvers.methods import SAGA, SGD, SVRG, Kaczmarz, LooplessSVRG, RandomizedCoordinateDescent
from theorems.obligations import stochastic as proved
from theorems.predictions import Proof
from theorems.rivals import sharper_claim
from theorems.symbols import L, L_max, N, mu, n, sigma
from theorems.theorem import Rival, Source, Theorem

ONE = sp.Integer(1)
#: All components have the largest of their constants.
CLASS = {"mu": mu, "s": L_max - mu}
SHORT = CLASS | {"t": (L_max - mu) / (L_max + mu)}

agreeing = Proof(
    obligation=proved.sgd_interpolation,
    sha256="1e73b9934906a2db34d22268ee70657586852dd3e1c7b468280c6d3dd132f16d",
    values=SHORT,
    label="interpolation",
)
bounded = Proof(
    obligation=proved.sgd_variance,
    sha256="ef739bb502433e962f6339a0bf98edbbea4f5fd3bf82d94d67eb437453f16e0d",
    values=SHORT | {"sigma": sigma},
    label="bounded variance",
)
disagreeing = Proof(
    obligation=proved.sgd_noise,
    sha256="64ba9dfad15b09ca83f762a7c16a26d6a4905c2481b76748a183e0d5f9f9c57f",
    values=CLASS | {"t": ONE, "sigma": sigma},
    method=SGD(1 / (4 * L_max)),
    label="noise at the solution",
)
coordinates = Proof(
    obligation=proved.coordinate_descent_distance,
    values={"mu": mu, "s": L - mu, "t": (L - mu) / (L + mu), "d": n - 1},
    sha256="1209f61f09cef2d8f111815a7f1001e5c638c5cdcdc19e62cdc72dc5148a6d77",
    label="distance",
)
blocks = Proof(
    obligation=proved.coordinate_descent_value,
    sha256="8f5331b6de7eb5b1e9c8d4836886d94cbc072f472631a05adb7cbd23e0a4d8ac",
    values={"mu": mu, "s": L - mu, "d": n - 1},
    label="value",
)
third, known = SAGA(1 / (3 * L_max)), SAGA(1 / (2 * (mu * N + L_max)))
saga = Proof(
    obligation=proved.saga_known,
    sha256="1c2e1db2579e33bcfa3b79361ddd784980766dfdba4dffd37f59cb9959244d5f",
    values=CLASS | {"v": N - 1},
    method=known,
    label="step 1/(2(μn + L))",
)
few = Proof(
    obligation=proved.saga_few,
    sha256="3a2f2a3f36e19734a702d0fc90c850c3621665afe541f8489a87ed172abbae79",
    values=CLASS | {"v": 3 * L_max / (4 * mu * N) - 1},
    method=third,
    label="step 1/(3L), few components",
)
many = replace(
    few,
    obligation=proved.saga_many,
    sha256="994d536715200da8a1c05bfb178643aaf8195cd3fe40ea20b82e4cf0d0c17c4e",
    values=CLASS | {"v": 4 * mu * N / (3 * L_max) - 1},
    samples=({mu: ONE, L_max: sp.Rational(9, 8)}, {mu: ONE, L_max: sp.Rational(5, 4)}),
    label="step 1/(3L), many components",
)
inner = Proof(
    obligation=proved.svrg_inner,
    sha256="0d45cf366d267c3656b9281e3a1e918b5bfac510ca5c36a9a5dbe255a17c16c0",
    values={"L": L_max, "t": ONE / 2},
    method=SVRG(),
    label="inner step",
)
epoch = Proof(
    obligation=proved.svrg_rate,
    sha256="6a3c399b0c33a5478369cc219afbfdf91fb6df44111c759e5cf137a64ada1ac1",
    label="round",
)
loopless = [
    Proof(
        obligation=proved.loopless_svrg[0],
        sha256="df03674ec0772e70e9838199d76a8fec5e06f7af814043c9688a362068593f9a",
        values=CLASS | {"v": 3 * L_max / (mu * N) - 1},
        method=LooplessSVRG(),
        label="without loops, few components",
    ),
    Proof(
        obligation=proved.loopless_svrg[1],
        sha256="e691af8563ce4306231dde7fad15db36342315c0a7a0b59ad6985a418ea17daf",
        values=CLASS | {"v": ONE},
        method=LooplessSVRG(),
        label="without loops, many components",
    ),
]
rows = Proof(
    obligation=proved.kaczmarz,
    sha256="8641fe027a0ece4f930d82d6e5d38004c0a3d4ca91a0ef5596bcfafc697eeb24",
    values={"mu": ONE / 50},
)
fast_coordinates = Proof(
    obligation=proved.accelerated_coordinates,
    sha256="d7bd29213717e271fa87995b222713faae4a6e4aada5f07760a6d7bd8b5ae2fb",
)

theorems = [
    Theorem(
        name="sgd-expected-step",
        title="A step of SGD contracts the expected squared distance by (1 - γμ)², up to its noise",
        source=Source("needellsrebroward2016", "Theorem 2.1, (2.4) of the preprint"),
        also=[Source("bottoucurtisnocedal2018", "Theorem 4.6")],
        statement="With γ < 2/(L+μ): (1 - γμ)² if every component is μ-strongly convex and L-smooth and has "
        "the same minimiser; "
        "(1 - γμ)² plus γ²σ² if the mean is and the gradient's variance is σ² at most; and with γ < 1/(2L), "
        "1 - γμ plus "
        "2γ²σ² if the components are convex, their mean is strongly convex, and σ² is the mean square of "
        "their gradients at the solution.",
        method=SGD(1 / L_max),
        survey="decomposition",
        remark="Any number of components: a random gradient is its mean and a part of mean zero.",
        predictions=[agreeing, bounded, disagreeing],
        rivals=[
            sharper_claim(agreeing),
            Rival("step 101/(100 L)", method=SGD(sp.Rational(101, 100) / L_max), of="interpolation"),
            Rival("step 101/(400 L)", method=SGD(sp.Rational(101, 400) / L_max), of="noise at the solution"),
        ],
    ),
    Theorem(
        name="coordinate-descent-expected-step",
        title="A coordinate step takes 1/n of what a gradient step takes, in any number of coordinates",
        source=Source("nesterov2012", "Theorem 2, (3.3) of the preprint"),
        statement="One of n coordinates is drawn. The step γ < 2/(L+μ) along it shrinks the expected |x - "
        "x*|² by ((1 - γμ)² "
        "+ n - 1)/n on every μ-strongly convex, L-smooth function; the step 1/L shrinks the expected gap by "
        "1 - μ/(nL) where L bounds the curvature along coordinates only.",
        method=RandomizedCoordinateDescent(),
        survey="decomposition",
        remark="n times a partial derivative, along its axis, is random; its mean is the gradient and its "
        "mean square n times the gradient's. That is an assumption of the statements, and true of axes.",
        predictions=[coordinates, blocks],
        rivals=[
            Rival(
                "relaxation 101/100", method=RandomizedCoordinateDescent(sp.Rational(101, 100)), of="value"
            ),
            Rival(
                "relaxation 99/100", method=RandomizedCoordinateDescent(sp.Rational(99, 100)), of="distance"
            ),
        ],
    ),
    Theorem(
        name="kaczmarz-expected-step",
        title="A step of the randomised Kaczmarz method takes the mean square of the part along a row",
        source=Source("strohmervershynin2009", "Theorem 2, (5)"),
        statement="The error is projected off the direction of a random row of a consistent system. If the "
        "mean square "
        "of its part along that row is at least μ|x - x*|², the expected |x - x*|² falls by 1 - μ; that is "
        "1 - 1/|A|_F²|A⁻¹|² where rows are drawn by the squares of their norms.",
        method=Kaczmarz(),
        survey="decomposition",
        remark="Elementary: the square of a projection's part is its inner product with the error.",
        predictions=[rows],
        rivals=[
            sharper_claim(rows),
            Rival("relaxation 101/100", method=Kaczmarz(sp.Rational(101, 100))),
        ],
    ),
    Theorem(
        name="accelerated-coordinate-expected-step",
        title="Accelerated coordinate descent keeps a potential from growing, in any number of coordinates",
        source=Source("nesterov2012"),
        statement="One of n coordinates is drawn, with a curvature of at most L along each of them. With "
        "A_k = n²a_k² = A_(k-1) + a_k, A_k (E f(x_k) - f*) + L/2 E|z_k - x*|² does not grow on any convex "
        "function, so "
        "the gap is O(n²/k²).",
        method=None,
        survey="decomposition",
        predictions=[fast_coordinates],
        rivals=[sharper_claim(fast_coordinates)],
    ),
    Theorem(
        name="saga-expected-step",
        title="SAGA's Lyapunov function contracts in every step, for every number of components",
        source=Source("defaziobachlacostejulien2014", "Theorem 1"),
        statement="Where every one of n components is μ-strongly convex and L-smooth, the mean of f_i(φ_i) - "
        "f_i(x*) - "
        "<∇f_i(x*), φ_i - x*> plus |x - x*|²/(2γ(1 - γμ)n) shrinks by 1 - γμ in expectation with "
        "γ = 1/(2(μn + L)), and by 1 - min(1/(4n), μ/(3L)) with γ = 1/(3L).",
        method=third,
        survey="decomposition",
        predictions=[saga, few, many],
        rivals=[
            sharper_claim(saga),
            sharper_claim(few),
            Rival("step 101/(300 L)", method=SAGA(sp.Rational(101, 300) / L_max), of=few.label),
            Rival("SVRG", method=SVRG(), of=few.label),
        ],
    ),
    Theorem(
        name="svrg-expected-step",
        title="A round of SVRG contracts the expected gap, and SVRG without loops a Lyapunov function",
        source=Source("johnsonzhang2013"),
        also=[Source("kovalevhorvathrichtarik2020")],
        statement="Where the components are convex and L-smooth, an inner step γ < 1/(2L) of SVRG has E|x⁺ - "
        "x*|² + 2γ(1 - "
        "2Lγ)(f(x) - f*) ≤ |x - x*|² + 4Lγ²(f(w) - f*), w the snapshot. Where their mean is μ-strongly "
        "convex, a round of m steps "
        "multiplies the expected gap of a snapshot drawn among them by 1/(μγ(1-2Lγ)m) + 2Lγ/(1-2Lγ). "
        "Without loops, γ = 1/(6L) and chance 1/n, |x - x*|² + 4γ²n E|∇f_i(w) - ∇f_i(x*)|² shrinks by "
        "1 - min(μ/(6L), 1/(2n)).",
        method=SVRG(),
        survey="decomposition",
        predictions=[inner, epoch, *loopless],
        rivals=[
            sharper_claim(inner),
            Rival("step 101/(300 L)", method=SVRG(step=sp.Rational(101, 300) / L_max), of="inner step"),
            Rival(
                "step 101/(600 L) without loops",
                method=LooplessSVRG(step=sp.Rational(101, 600) / L_max),
                of=loopless[0].label,
            ),
        ],
    ),
]
