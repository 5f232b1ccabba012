r"""Plateaus: chains of scalar weights need a time exponential in their depth, and momentum its square root.

The laws are those of gradient flow; the runs are those of the methods, whose time is step times rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.integrate
import scipy.special
import sympy as sp

from solvers import method as protocol
from solvers.methods import GradientDescent, HeavyBall, NesterovConvex, RandomizedCoordinateDescent
from solvers.observe import crossing, finer
from solvers.problems.deep_linear import layers, net
from solvers.problems.instance import Instance, with_run_axis
from theorems.deep_linear_dynamics import altered, kept
from theorems.facts import equal, mean, order
from theorems.predictions import Calculation, Fact
from theorems.symbols import depth
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
#: E ln 1/|w| of a standard normal w.
DECAY = (sp.EulerGamma + sp.log(2)) / 2
#: The standard deviation of the weights at the start.
size = sp.Symbol("size", positive=True)


@dataclass(frozen=True)
class Starts:
    """The start of each seed, a row of ``x``."""

    x: np.ndarray

    def __call__(self, seed: int) -> np.ndarray:
        return self.x[seed]


def chain(weights: np.ndarray, label: str) -> Instance:
    """f(w) = (w_1 ... w_k - 1)^2 / 2 from the weights (seeds, k)."""
    return net(np.ones((1, 1)), (1,) * (weights.shape[1] - 1), label, Starts(weights))


def flow_time(w: np.ndarray, level: float = 0.5) -> np.ndarray:
    """The time in which gradient flow takes the product of the weights w, (S, k), from below to the level.

    All w_i^2 grow by the same amount, so that the weight v of least size follows
    v' = Q (1 - v Q), Q^2 = prod over the others of (w_i^2 - w^2 + v^2), through zero if the product starts
    negative. Gauss-Legendre in y = arsinh(v/c), c^2 the least of these differences: all zeros of Q then have
    an imaginary part of pi/2 in y. The weights must differ in size.
    """
    signed = np.prod(np.sign(w), axis=1)
    size = np.sort(np.abs(w), axis=1)
    others = size[:, 1:] ** 2 - size[:, :1] ** 2

    def log_rest(v: np.ndarray) -> np.ndarray:  # (S, M) -> ln Q
        return 0.5 * np.log(others[:, None, :] + v[:, :, None] ** 2).sum(-1)

    low, high = np.zeros(len(w)), np.full(len(w), 2.0)
    for _ in range(60):
        middle = (low + high) / 2
        reached = np.log(middle) + log_rest(middle[:, None])[:, 0] > np.log(level)
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    scale = np.sqrt(others[:, :1])
    nodes, weights = np.polynomial.legendre.leggauss(48)
    start, end = np.arcsinh(signed[:, None] * size[:, :1] / scale), np.arcsinh(high[:, None] / scale)
    y = start + (end - start) * (nodes + 1) / 2
    v = scale * np.sinh(y)
    log_q = log_rest(v)
    integrand = scale * np.cosh(y) * np.exp(-log_q) / (1 - v * np.exp(log_q))
    return (integrand @ weights) * ((end - start) / 2)[:, 0]


def draw(depth: int, size: float, count: int) -> np.ndarray:
    """Normal weights (count, depth) whose product is below 1/2 in size: no start is past its plateau."""
    w = size * np.random.default_rng([depth]).standard_normal((3 * count, depth))
    return w[np.abs(w.prod(1)) < 0.5][:count]


@kept
def flow_logs(depth: int, size: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """ln T and ln |p| of normal weights, (count,)."""
    w = draw(depth, size, count)
    return np.log(flow_time(w)), np.log(np.abs(w)).sum(1)


def growth(rate: Any, power: float, sizes: Sequence[float]) -> list[Fact]:
    """ln T = rate k - power ln k + O(1) of chains, k their depth: slopes over three depths in which the
    O(1), whose mean no longer changes there, drops out."""
    depths, count = np.array([32, 64, 128]), 1200
    against = (depths - depths.mean()) / ((depths - depths.mean()) ** 2).sum()
    logs = np.log(depths)
    against_log = (logs - logs.mean()) / ((logs - logs.mean()) ** 2).sum()
    facts = []
    for spread in sizes:
        times, products = zip(*(flow_logs(int(k), float(spread), count) for k in depths), strict=True)
        claimed = float(sp.sympify(rate).subs(size, spread))
        corrected = np.array(times) + 2 * logs[:, None]
        facts.append(
            mean(f"ln T + 2 ln k against k, size {float(spread):.3g}", claimed, against @ corrected, 4)
        )
        if spread == sizes[0]:
            relative = np.array(times) + np.array(products)
            facts.append(mean("ln T |p| against ln k", -power, against_log @ relative, 4))
    return facts


def as_if_equal(w: np.ndarray, level: float = 0.5) -> np.ndarray:
    """``flow_time`` if all weights of a chain had the size of their geometric mean (a wrong law)."""
    power = 2 - 2 / w.shape[1]
    return np.array(
        [
            scipy.integrate.quad(lambda p: p**-power / (1 - p) / w.shape[1], start, level, epsrel=1e-10)[0]
            for start in np.abs(w.prod(1))
        ]
    )


def follows(method: Any, law: Callable[[np.ndarray], np.ndarray], power: float) -> list[Fact]:
    """The relative error of a method's time against that of the law, for shrinking steps. Starts are
    chosen by the time of the flow, never by the outcome."""
    facts = []
    for k in (3, 5):
        w = chosen(k)
        steps = [float(m.step) for m in finer(method, 4)]
        errors = [
            np.abs(h * descent_rounds(m, k) / law(w) - 1).mean()
            for h, m in zip(steps, finer(method, 4), strict=True)
        ]
        facts.append(order(f"{k} weights: error of the time against the step", power, steps, errors))
    return facts


@kept
def chosen(depth: int) -> np.ndarray:
    """Starts (24, depth) that the flow leaves in a time from 1 to 8."""
    w = draw(depth, 0.7, 150)
    times = flow_time(w)
    return w[(times > 1) & (times < 8)][:24]


@kept
def descent_rounds(method: Any, depth: int) -> np.ndarray:
    w = chosen(depth)
    limit = int(24 / float(method.step))
    return crossing(method, [chain(w, f"{depth} weights")], range(len(w)), end_to_end, 0.5, limit)


def end_to_end(x: np.ndarray) -> np.ndarray:
    return x.prod(-1)


def plateau(method: Any, power: float, scales: tuple[float, float], depth: int) -> list[Fact]:
    """The rounds that a method spends on plateaus, as a power of the time that gradient flow spends:
    starts with the same directions and smaller and smaller sizes."""
    short, rounds = plateaus(method, scales, depth)
    return [order(f"{depth} weights: rounds against the flow's time", power, short, rounds)]


@kept
def plateaus(method: Any, scales: tuple[float, float], depth: int) -> tuple[list[float], list[float]]:
    """1/time of the flow and 1/rounds of the method, geometric means over the directions."""
    directions = np.random.default_rng([depth, 7]).standard_normal((6, depth))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    short, rounds = [], []
    for scale in np.geomspace(*scales, 5):
        w = scale * directions
        instance = chain(w, f"{depth} weights of size {scale:.3g}")
        found = crossing(method, [instance], range(len(w)), end_to_end, 0.5, 20_000)
        short.append(float(np.exp(-np.log(flow_time(w)).mean())))
        rounds.append(float(np.exp(-np.log(found).mean())))
    return short, rounds


def after_one_coordinate(method: Any) -> list[Fact]:
    """The largest error over 40 chains of normal weights after one step along one random weight."""
    facts = []
    for k in (4, 16, 64):
        w = draw(k, 1.0, 40)
        problem = with_run_axis(chain(w, f"{k} weights").problem)
        columns = protocol.columns(protocol.evaluate(method, chain(w, f"{k} weights")), len(w))
        state = columns.start(problem, w.copy())
        index = np.random.default_rng(k).integers(0, k, len(w))
        protocol.update(columns, problem, state, (np.arange(len(w)), index))
        error = float(np.abs(end_to_end(state[0]) - 1).max())
        # the products of the weights and of the others round k times each
        facts.append(equal(f"{k} weights: largest |product - 1|", 0, error, 8 * k * U))
    return facts


def logarithmic_factor(width: int) -> float:
    """E ln |Wx|/|x| for a width x width matrix W of normal entries with variance 1/width."""
    return float(scipy.special.digamma(width / 2) + np.log(2 / width)) / 2


def gradients(factor: Callable[[int], float]) -> list[Fact]:
    """E ln of a layer's gradient over the error, at random weights of a net with one input, one output."""
    facts = []
    widths, layered, count = (1, 2, 4, 8, 16), 16, 600
    for width in widths:
        shape = (1, *(width,) * (layered - 1), 1)
        entries = 2 * width + (layered - 2) * width**2
        x = np.random.default_rng([width, layered]).standard_normal((count, entries)) / np.sqrt(width)
        problem = net(np.ones((1, 1)), shape[1:-1], f"width {width}", Starts(x)).problem
        gradient = layers(shape, problem.gradient(x))
        product = np.ones((count, 1, 1))
        for weight in layers(shape, x):
            product = weight @ product
        for j in (0, layered // 2):
            found = np.log(np.linalg.norm(gradient[j], axis=(1, 2)) / np.abs(product[:, 0, 0] - 1))
            facts.append(
                mean(
                    f"width {width}, layer {j + 1} of {layered}: mean ln gradient per further layer",
                    factor(width),
                    found / (layered - 1),
                    2 * len(widths),
                )
            )
    return facts


times = Calculation(
    compute=growth,
    arguments={"rate": DECAY - sp.log(size), "power": 2, "sizes": (1, sp.Rational(4, 5))},
    rests_on="sample",
    expression=sp.exp(DECAY * depth) / depth**2,
    ran="exact times of gradient flow on chains of 32 to 128 normal weights, 1200 starts each",
    label="time of gradient flow",
    quick=False,
)
descent_follows = Calculation(
    compute=follows,
    arguments={"law": flow_time, "power": 1},
    method=GradientDescent(step=sp.Rational(1, 50)),
    rests_on="slope",
    ran="gradient descent on chains of 3 and 5 weights with four steps, against the flow's exact time",
    label="descent follows the flow",
    quick=False,
)
vanishing = Calculation(
    compute=gradients,
    arguments={"factor": logarithmic_factor},
    rests_on="sample",
    ran="gradients at 600 random starts of nets with 16 layers, one input and one output",
    label="gradient at the start",
)


def on_plateau(label: str, method: Any, power: Any, scales: tuple[float, float], depth: int) -> Calculation:
    return Calculation(
        compute=plateau,
        arguments={"power": power, "scales": scales, "depth": depth},
        method=method,
        rests_on="slope",
        ran=f"chains of {depth} weights, six directions, five sizes from {scales[0]:g} to {scales[1]:g}",
        label=label,
        quick=False,
    )


plain = on_plateau("gradient descent", GradientDescent(step=sp.Rational(1, 20)), 1, (0.2, 0.03), 3)
momentum = sp.Rational(3, 4)
heavy = on_plateau("heavy ball", HeavyBall(step=sp.Rational(1, 20), momentum=momentum), 1, (0.1, 0.01), 3)
accelerated = [
    on_plateau(f"Nesterov, {k} weights", NesterovConvex(step=sp.Rational(1, 20)), 0.5, scales, k)
    for k, scales in ((3, (0.03, 0.002)), (4, (0.15, 0.03)))
]


at_once = Calculation(
    compute=after_one_coordinate,
    method=RandomizedCoordinateDescent(),
    ran="40 chains of each 4, 16 and 64 normal weights, one step",
    label="one coordinate",
)


theorems = [
    Theorem(
        name="deep-linear-chain-exponential-time",
        title="A chain of k normal weights needs e^{0.635 k}/k² units of time",
        source=Source("shamir2019"),
        statement="From standard normal weights gradient flow on (w_1 ... w_k - 1)²/2 needs a time T with "
        "ln T = (γ + ln 2)/2 · k - 2 ln k + O(√k), and gradient descent follows it: its time is that of the "
        "flow up to O(step). The gradient at a random start of width n shrinks by "
        "(ψ(n/2) + ln(2/n))/2 per layer in the mean of its logarithm.",
        method=None,
        survey="deep linear",
        remark="Shamir proves that gradient descent needs a number of iterations exponential in k; the rate "
        "and the power of k are derived here. All w_i² grow alike, so that the time is one integral over the "
        "smallest weight, of 1/product of the others, and E ln 1/|w| = (γ + ln 2)/2. The claim is about "
        "gradient descent: other methods are faster on a plateau.",
        predictions=[times, descent_follows, vanishing],
        rivals=[
            Rival(
                "rate of the mean weight",
                altered(times, rate=sp.log(sp.pi / 2) / 2 - sp.log(size)),
            ),
            Rival("same rate at any size", altered(times, rate=DECAY)),
            Rival(
                "exponential at size e^{0.635} too",
                altered(times, rate=DECAY, sizes=(sp.exp(DECAY),)),
            ),
            *(
                Rival(
                    f"power {power} of the depth",
                    altered(times, power=power),
                )
                for power in (1, 3)
            ),
            Rival(
                "all weights alike",
                altered(descent_follows, law=as_if_equal),
            ),
            Rival(
                "second order in the step",
                altered(descent_follows, power=2),
            ),
            Rival(
                "momentum keeps the time",
                replace(
                    descent_follows, method=HeavyBall(step=sp.Rational(1, 50), momentum=sp.Rational(1, 2))
                ),
            ),
            Rival("variance 1/n keeps the gradient", altered(vanishing, factor=lambda n: 0.0)),
            Rival("-1/(2n) at every width", altered(vanishing, factor=lambda n: -0.5 / n)),
        ],
    ),
    Theorem(
        name="deep-linear-plateau-acceleration",
        title="On a plateau Nesterov's rounds are the square root of gradient descent's",
        source=Source("shamir2019"),
        statement="On a chain of k ≥ 3 weights that starts with size s, gradient descent and the heavy ball "
        "with constant momentum need rounds like the flow's time, s^{-(k-2)}, and Nesterov's method with "
        "growing momentum like its square root. Exact minimisation along any one weight ends at once.",
        method=None,
        survey="deep linear",
        remark="Derived: near zero the gradient is homogeneous of degree k - 1, so that time scales with "
        "s^{-(k-2)} where w' = -∇f and with s^{-(k-2)/2} where w'' + 3w'/t = -∇f.",
        predictions=[plain, heavy, *accelerated, at_once],
        rivals=[
            *(
                Rival(
                    f"{claim.label}: power {power}",
                    altered(claim, power=power),
                )
                for claim, power in ((plain, 0.5), (heavy, 0.5), *((claim, 1) for claim in accelerated))
            ),
            Rival("a gradient step ends at once", method=plain.method, of=at_once.label),
            Rival(
                "a relaxed step ends at once",
                method=RandomizedCoordinateDescent(relaxation=sp.Rational(9, 10)),
                of=at_once.label,
            ),
            Rival(
                "constant momentum is enough",
                method=HeavyBall(step=sp.Rational(1, 20), momentum=sp.Rational(9, 10)),
                of=accelerated[0].label,
            ),
        ],
    ),
]
