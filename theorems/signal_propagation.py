r"""How signals and gradients pass through a net at its start: moments, spectra, tangent kernels.

Everything is about random weights; no method runs. The exact laws come from one fact: a Gaussian layer turns
a vector that does not depend on it into independent normal numbers.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from scipy.special import digamma, polygamma

from solvers.problems.deep_linear import parameters, problem_class, tangent_kernel
from solvers.problems.initialisation import gaussian_layer, orthogonal_layer
from theorems.facts import equal, mean
from theorems.predictions import Calculation, Fact
from theorems.symbols import depth, n
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53

# ---------------------------------------------------------------- products of Gaussian matrices


def newman(size: int) -> np.ndarray:
    """The exponents of a product of matrices with entries of variance 1/size: E ln chi_k / sqrt(size)."""
    return (digamma(np.arange(size, 0, -1) / 2) + np.log(2 / size)) / 2


def large_size(size: int) -> np.ndarray:
    """What is left of them for a large size: ln sqrt(k / size)."""
    return np.log(np.arange(size, 0, -1) / size) / 2


def draw(kind: str, rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    if kind == "orthogonal":
        return orthogonal_layer(rng, count, size, size)
    return gaussian_layer(rng, count, size, size)


def exponents(law: Callable[[int], np.ndarray], kind: str = "gaussian", gain: float = 1.0) -> list[Fact]:
    """ln R_ii of the QR factors along a product, whose sums are the logs of the volumes it makes.

    A layer is independent of the frame that comes in, so that R_ii sqrt(n) is a chi with n - i + 1 degrees in
    every layer: all layers and runs are independent samples, and nothing depends on the depth.
    """
    facts, sizes, count, steps = [], (2, 4, 8), 40, 100
    for size in sizes:
        rng = np.random.default_rng(size)
        frame = np.broadcast_to(np.eye(size), (count, size, size))
        logs = []
        for _ in range(steps):
            frame, R = np.linalg.qr(gain * draw(kind, rng, count, size) @ frame)
            logs.append(np.log(np.abs(np.diagonal(R, axis1=-2, axis2=-1))))
        samples = np.concatenate(logs)
        for i, predicted in enumerate(law(size)):
            facts.append(mean(f"n = {size}, exponent {i + 1}", predicted, samples[:, i], sum(sizes)))
    return facts


def condition(kind: str = "gaussian", spread: Any = lambda size: newman(size)[0] - newman(size)[-1]) -> Any:
    """The growth per layer of the log of the condition number, from depth L to 2 L.

    Products are normalised on the way. The largest singular value comes from the product, the smallest from
    the product of the inverses; an SVD of the product would lose it to rounding. From L to 2 L the log of the
    largest one grows by L times its exponent, but for exp(-gap L), gap the distance to the next exponent.
    """
    facts, cases, count = [], ((2, 40), (4, 80), (8, 120)), 128
    for size, half in cases:
        rng = np.random.default_rng([1, size])
        P = Q = np.broadcast_to(np.eye(size), (count, size, size))
        grown, at = np.zeros(count), []
        for layer in range(1, 2 * half + 1):
            W = draw(kind, rng, count, size)
            P, Q = W @ P, Q @ np.linalg.inv(W)
            for product in (P, Q):
                norm = np.linalg.norm(product, axis=(-2, -1))
                product /= norm[:, None, None]
                grown += np.log(norm)
            if layer % half == 0:
                at.append(grown + sum(np.log(np.linalg.norm(X, 2, axis=(-2, -1))) for X in (P, Q)))
        samples = (at[1] - at[0]) / half
        facts.append(mean(f"n = {size}, L = {half} to {2 * half}", spread(size), samples, len(cases)))
    return facts


spectrum_law = Calculation(
    compute=exponents, arguments={"law": newman}, rests_on="sample", quick=False,
    ran="QR factors along products of 100 matrices, n = 2, 4, 8", label="exponents",
)  # fmt: skip
condition_law = Calculation(
    compute=condition, rests_on="sample", quick=False,
    ran="products of up to 240 matrices and of their inverses, n = 2, 4, 8", label="condition number",
)  # fmt: skip

# ---------------------------------------------------------------- moments of the forward pass


def ratios(size: int, steps: int, activation: str, law: str, count: int) -> np.ndarray:
    """q_l / q_{l-1} in every layer, (count, steps), where q_l is the mean square of the units of layer l."""
    rng = np.random.default_rng([2, size, steps])
    h = np.ones((count, size, 1))
    q = [np.ones(count)]
    for _ in range(steps):
        h = gaussian_layer(rng, count, size, size, law) @ h
        h = np.maximum(h, 0) if activation == "relu" else h
        q.append((h * h).mean((-2, -1)))
    return np.array(q[1:]).T / np.array(q[:-1]).T


def moments(
    activation: str, law: str, power: Any, factor: int = 1, drift: bool = True, count: int = 1000
) -> list[Fact]:
    """Mean and mean square of a layer's ratio, independence of neighbours, and the logs at the last layer.

    Given what comes before, a ratio has one and the same distribution, so the ratios are independent and
    E q_L^2 = (E ratio^2)^L. The mean of q_L^2 itself would need millions of runs.
    """
    facts, steps = [], 8
    for size in (16, 32):
        r = ratios(size, steps, activation, law, count)
        pairs = (r[:, ::2] - 1) * (r[:, 1::2] - 1)
        fourth = float(sp.sympify(power).subs(n, size))
        facts += [
            mean(f"n = {size}, E ratio", factor, r.ravel(), 10),
            mean(f"n = {size}, E ratio²", fourth, r.ravel() ** 2, 10),
            mean(f"n = {size}, covariance of neighbours", 0, pairs.ravel(), 10),
        ]
        if activation == "linear":
            log, each = np.log(r).sum(1), digamma(size / 2) + np.log(2 / size)
            exact = steps * each if drift else 0.0
            square = (log - steps * each) ** 2
            facts += [
                mean(f"n = {size}, E ln q_8", exact, log, 10),
                mean(f"n = {size}, Var ln q_8", steps * polygamma(1, size / 2), square, 10),
            ]
    return facts


def forward(activation: str, law: str, c: int) -> Calculation:
    name = "ReLU" if activation == "relu" else activation
    return Calculation(
        compute=moments, arguments={"activation": activation, "law": law, "power": 1 + c / n},
        rests_on="sample", quick=False, expression=(1 + c / n) ** depth,
        ran=f"1000 {name} nets of depth 8, width 16 and 32", label=name,
    )  # fmt: skip


linear, relu = forward("linear", "lecun", 2), forward("relu", "he", 5)

# ---------------------------------------------------------------- unequal widths

WIDTHS = (32, 8, 32, 8, 32, 8, 16)
#: What a layer (in, out) does to the mean square of a signal, and to that of a gradient, on average.
FACTORS: dict[str, tuple[Callable[[int, int], float], Callable[[int, int], float]]] = {
    "lecun": (lambda i, o: 1.0, lambda i, o: o / i),
    "glorot": (lambda i, o: 2 * i / (i + o), lambda i, o: 2 * o / (i + o)),
    "fan out": (lambda i, o: i / o, lambda i, o: 1.0),
    "he": (lambda i, o: 2.0, lambda i, o: 2 * o / i),
}


def both_ways(claims: dict[str, Any]) -> list[Fact]:
    """The logs of the mean squares at the ends of linear nets whose widths go up and down.

    A layer multiplies the sum of squares by variance chi^2 with as many degrees as it has results, so
    E ln is that of its factor, less what E ln chi^2_k falls short of ln k.
    """
    count, pairs, facts = 1000, list(itertools.pairwise(WIDTHS)), []

    def short(degrees: int) -> float:
        return float(digamma(degrees / 2) + np.log(2 / degrees))

    for law, (onward, backward) in claims.items():
        rng = np.random.default_rng([3, len(law)])
        h, logs = np.ones((count, WIDTHS[0], 1)), [np.zeros(count), np.zeros(count)]
        for i, o in pairs:
            # the gradient that comes into a layer from above does not depend on it either
            W, g = gaussian_layer(rng, count, o, i, law), rng.standard_normal((count, o, 1))
            above, below = W @ h, W.swapaxes(-1, -2) @ g
            for log, after, before in ((logs[0], above, h), (logs[1], below, g)):
                log += np.log((after * after).mean((-2, -1)) / (before * before).mean((-2, -1)))
            h = above
        for way, claim, log, degrees in (
            ("signal", onward, logs[0], [o for _, o in pairs]),
            ("gradient", backward, logs[1], [i for i, _ in pairs]),
        ):
            predicted = sum(np.log(claim(i, o)) for i, o in pairs) + sum(map(short, degrees))
            facts.append(mean(f"{law}: E ln of the {way}", predicted, log, 2 * len(claims)))
    return facts


initialisations = Calculation(
    compute=both_ways, arguments={"claims": FACTORS}, rests_on="sample", quick=False,
    ran=f"1000 linear nets of widths {', '.join(map(str, WIDTHS))}",
)  # fmt: skip


def claimed(law: str, onward: Any, backward: Any) -> Calculation:
    """Other factors for one law."""
    return replace(initialisations, arguments={"claims": {law: (onward, backward)}})


# ---------------------------------------------------------------- the tangent kernel


def kernel_variance(m: int, L: int) -> Fraction:
    """Var K / L^2 of a linear net with scalar input and output, width m and depth L; exact.

    K is the sum over the layers j of q_{j-1} p_j, forward and backward mean squares. In the mean of the
    product of two terms at distance d the L - 1 - d layers outside contribute 1 + 2/m each. The d - 1 between
    see a forward and a backward vector: with M their product, S = M M', they contribute E (tr S)^2 / m^2. One
    more layer makes (E (tr S)^2, E tr S^2) into (a + 2 b/m, a/m + (1 + 1/m) b), and so
    E (tr S)^2 / m^2 = [(1 + 2/m)^d + 2 (1 - 1/m)^d] / 3.
    """
    up, down = 1 + Fraction(2, m), 1 - Fraction(1, m)
    distances = (abs(i - j) for i in range(L) for j in range(L))
    return sum((up ** (L - 1 - d) * (up**d + 2 * down**d) / 3 - 1 for d in distances), Fraction(0)) / (L * L)


def first_order(m: int, L: int) -> Fraction:
    """What is left of it for m much larger than L, and L large."""
    return Fraction(4 * L, 3 * m)


def kernels(m: int, L: int, count: int, kind: str = "gaussian") -> np.ndarray:
    """K / L of random nets, from the gradient of their output, (count,)."""
    widths = (1, *(m,) * (L - 1), 1)
    rng = np.random.default_rng([4, m, L])
    found, one = [], np.ones((1, 1, 1))
    for _ in range(count // 250):
        if kind == "orthogonal":
            shapes = list(itertools.pairwise(widths))
            x = np.hstack([orthogonal_layer(rng, 250, o, i).reshape(250, -1) for i, o in shapes])
        else:
            x = rng.standard_normal((250, parameters(widths))) / np.sqrt(m)
        x[:, :m] *= np.sqrt(m)  # the first layer has one input
        # with the residual 1 the gradient of the loss is that of the output
        target = problem_class(widths, True)(one * 0, one, one).map(x) - 1
        g = problem_class(widths, True)(target, one, one).gradient(x)
        found.append((g[:, :m] ** 2).sum(1) + (g[:, m:] ** 2).sum(1) / m)
    return np.concatenate(found) / L


CELLS = ((16, 2), (16, 4), (24, 3), (32, 4))


def kernel_moments(
    variance_law: Callable[[int, int], Any], cells: Sequence[tuple[int, int]] = CELLS, kind: str = "gaussian"
) -> list[Fact]:
    """The mean of K / L and its variance about the exact mean 1."""
    facts = []
    for m, L in cells:
        K = kernels(m, L, 4000, kind)
        facts += [
            mean(f"m = {m}, L = {L}, E K/L", 1, K, 2 * len(cells)),
            mean(f"m = {m}, L = {L}, Var K/L", float(variance_law(m, L)), (K - 1) ** 2, 2 * len(cells)),
        ]
    return facts


kernel_law = Calculation(
    compute=kernel_moments, arguments={"variance_law": kernel_variance}, rests_on="sample", quick=False,
    ran="the tangent kernels of 4000 nets in each of four widths and depths", label="Gaussian",
)  # fmt: skip


def frozen(kind: str = "orthogonal") -> list[Fact]:
    """The tangent kernel of orthogonal nets with scalar input and output."""
    facts = []
    for m, L in ((2, 16), (8, 8), (32, 4)):
        # K / L is a mean of squares of products of L matrices, each product rounded by m u a factor
        worst = np.abs(kernels(m, L, 250, kind) - 1).max()
        facts.append(equal(f"m = {m}, L = {L}, largest |K/L - 1|", 0, worst, 16 * L * m * U))
    return facts


frozen_law = Calculation(
    compute=frozen, ran="the tangent kernels of 250 orthogonal nets in each of three widths and depths",
    label="orthogonal",
)  # fmt: skip

# ---------------------------------------------------------------- dynamical isometry


def isometry(kind: str = "orthogonal", gain: float = 1.0, activation: str = "linear") -> list[Fact]:
    """The singular values of a square net's Jacobian, and the spectrum of its tangent kernel."""
    facts, size = [], 6
    for steps in (2, 8, 32):
        rng = np.random.default_rng([5, steps])
        weights = list(gain * np.array([draw(kind, rng, 1, size)[0] for _ in range(steps)]))
        h, jacobians = rng.standard_normal(size), []
        for W in weights:
            h = W @ h
            on = h > 0 if activation == "relu" else np.ones(size, dtype=bool)
            h = h * on
            jacobians.append(W * on[:, None])
        # each of the products rounds by its inner length, relative to the norms, which are 1
        tolerance = 4 * size * steps * U
        singular = np.linalg.svd(functools.reduce(lambda P, W: W @ P, jacobians), compute_uv=False)
        spectrum = np.linalg.eigvalsh(tangent_kernel(jacobians, np.eye(size))) / steps
        for what, values in (("singular value", singular), ("eigenvalue of the kernel / L", spectrum)):
            facts += [
                equal(f"L = {steps}, smallest {what}", 1, values.min(), tolerance),
                equal(f"L = {steps}, largest {what}", 1, values.max(), tolerance),
            ]
    return facts


isometric = Calculation(compute=isometry, ran="square nets of width 6, depth 2, 8 and 32")

theorems = [
    Theorem(
        name="gaussian-products-lyapunov-spectrum",
        survey="training",
        title="A product of Gaussian matrices is ill conditioned, exponentially in the depth",
        source=Source("newman1986"),
        also=[Source("penningtonschoenholzganguli2017")],
        statement="For L layers of n × n independent normal entries of variance 1/n, the logs of the "
        "singular values of the product grow by [ψ((n-i+1)/2) + ln(2/n)]/2 per layer, i = 1, ..., n, ψ the "
        "digamma function. The log of the condition number grows by [ψ(n/2) - ψ(1/2)]/2 per layer.",
        method=None,
        remark="The sums of the first k exponents are the means of the logs of volumes, exact at every "
        "depth. The condition number does not see the size of the weights, the exponents do.",
        predictions=[spectrum_law, condition_law],
        rivals=[
            Rival("the law for large n", replace(spectrum_law, arguments={"law": large_size})),
            Rival(
                "weights a twentieth too large",
                replace(spectrum_law, arguments={"law": newman, "gain": 1.05}),
            ),
            Rival(
                "orthogonal weights",
                replace(condition_law, arguments={"kind": "orthogonal"}),
            ),
            Rival(
                "a condition number as if n were large",
                replace(
                    condition_law,
                    arguments={"spread": lambda k: float(np.log(k)) / 2},
                ),
            ),
        ],
    ),
    Theorem(
        name="forward-pass-moments",
        survey="training",
        title="He's variance keeps a ReLU net's second moment; the fourth grows with depth / width",
        source=Source("hanin2018"),
        also=[Source("hezhangrensun2015")],
        statement="Let q be the mean square of the units of a layer of width n, 1 at the input. With "
        "variance 1/n for linear units and 2/n for ReLU, E q = 1 at every depth L; E q² = (1 + c/n)^L, c = "
        "2 for linear units and 5 for ReLU. For linear units E ln q = L[ψ(n/2) + ln(2/n)] and Var ln q = L "
        "ψ'(n/2).",
        method=None,
        remark="The constants are derived here: the ratio of two layers is a mean of n independent "
        "squares. The ratios of different layers are independent, so their moments are measured, and not "
        "that of a product with heavy tails.",
        predictions=[linear, relu],
        rivals=[
            Rival(
                "variance 1/n for ReLU",
                replace(relu, arguments={**relu.arguments, "law": "lecun"}),
            ),
            Rival("the fourth moment of linear units for ReLU", forward("relu", "he", 2)),
            Rival("fourth moments that do not grow", forward("linear", "lecun", 0)),
            Rival(
                "a logarithm that keeps its mean",
                replace(linear, arguments={**linear.arguments, "drift": False}),
            ),
        ],
    ),
    Theorem(
        name="initialisation-variances",
        survey="training",
        title="No variance keeps signal and gradient in layers of unequal widths; Glorot's is between",
        source=Source("glorotbengio2010"),
        also=[Source("lecunbottouorrmuller1998"), Source("hezhangrensun2015")],
        statement="A layer with a inputs, b outputs and entries of variance s² multiplies the mean square "
        "of a signal by a s² on average, and that of a gradient by b s². So s² = 1/a keeps the signal, 1/b "
        "the gradient, and Glorot's 2/(a + b) neither, unless a = b.",
        method=None,
        remark="The logs at the ends are measured, which have few outliers; ln chi² has a mean of its own.",
        predictions=[initialisations],
        rivals=[
            Rival(
                "Glorot keeps the signal",
                claimed("glorot", lambda i, o: 1.0, FACTORS["glorot"][1]),
            ),
            Rival(
                "Glorot keeps the gradient",
                claimed("glorot", FACTORS["glorot"][0], lambda i, o: 1.0),
            ),
            Rival(
                "LeCun keeps the gradient",
                claimed("lecun", FACTORS["lecun"][0], lambda i, o: 1.0),
            ),
            Rival(
                "He keeps the signal of linear units",
                claimed("he", lambda i, o: 1.0, FACTORS["he"][1]),
            ),
        ],
    ),
    Theorem(
        name="tangent-kernel-at-initialisation",
        survey="training",
        title="A Gaussian net's tangent kernel fluctuates by depth / width, an orthogonal one's not at all",
        source=Source("haninnica2020"),
        also=[Source("huxiaopennington2020")],
        statement="Linear nets with one input, one output, width m and depth L: for Gaussian weights the "
        "tangent kernel has mean L, and its variance over L² is the mean over all pairs of layers, d their "
        "distance, of (1 + 2/m)^{L-1-d} [(1 + 2/m)^d + 2(1 - 1/m)^d]/3 - 1: about 4L/(3m) for L large and "
        "L/m small. For orthogonal weights the kernel is L.",
        method=None,
        remark="The variance is exact and derived here; it has a limit where width and depth grow "
        "together. (Hanin and Nica treat ReLU nets, up to constants.)",
        predictions=[kernel_law, frozen_law],
        rivals=[
            Rival(
                "4L/(3m) for small L",
                replace(
                    kernel_law,
                    arguments={"variance_law": first_order, "cells": CELLS[:1]},
                ),
            ),
            Rival(
                "no dependence on the depth",
                replace(
                    kernel_law,
                    arguments={"variance_law": lambda m, L: Fraction(1, m), "cells": CELLS[1:2]},
                ),
            ),
            Rival(
                "a Gaussian kernel does not fluctuate", replace(frozen_law, arguments={"kind": "gaussian"})
            ),
        ],
    ),
    Theorem(
        name="orthogonal-nets-dynamical-isometry",
        survey="training",
        title="An orthogonal linear net is an isometry at every depth",
        source=Source("saxemcclellandganguli2014"),
        also=[Source("penningtonschoenholzganguli2017")],
        statement="With orthogonal square layers all singular values of a linear net are 1, and all "
        "eigenvalues of its tangent kernel are L, at every depth L. ReLU nets have no such start.",
        method=None,
        predictions=[isometric],
        rivals=[
            Rival("Gaussian layers", replace(isometric, arguments={"kind": "gaussian"})),
            Rival("layers a hundredth too large", replace(isometric, arguments={"gain": 1.01})),
            Rival("orthogonal layers with ReLU", replace(isometric, arguments={"activation": "relu"})),
        ],
    ),
]
