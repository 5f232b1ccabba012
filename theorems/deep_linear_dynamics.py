r"""Deep linear nets from afar: sigmoids of balanced starts, plateaus, and times exponential in the depth.

The laws are those of gradient flow; the runs are those of the methods, whose time is step times rounds.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.integrate
import scipy.special
import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, NesterovConvex
from solvers.observe import iterates
from solvers.problems.deep_families import aligned, target
from solvers.problems.deep_linear import flat, layers, net
from solvers.problems.instance import Instance
from theorems.facts import equal, mean, order
from theorems.predictions import Calculation, Fact
from theorems.symbols import depth
from theorems.theorem import Rival, Source, Theorem

#: E ln 1/|w| of a standard normal w.
DECAY = (sp.EulerGamma + sp.log(2)) / 2
#: The standard deviation of the weights at the start.
size = sp.Symbol("size", positive=True)
U = 2.0**-53
#: What is measured is kept: a rival that changes a claim alone is tried on the same numbers. Two methods with
#: equal hyper-parameters are equal tuples, so the type belongs to the key.
kept = functools.lru_cache(maxsize=None, typed=True)


def crossing(
    method: Any,
    instances: Sequence[Instance],
    seeds: Sequence[int],
    signal: Callable[[np.ndarray], np.ndarray],
    level: float,
    limit: int,
) -> np.ndarray:
    """The round in which each run's signal reaches the level, interpolated, (B,); NaN after the limit."""
    found: np.ndarray = np.array([])
    before: np.ndarray = np.array([])
    for r, x in enumerate(itertools.islice(iterates(method, instances, seeds), limit + 1)):
        value = signal(x)
        if r == 0:
            found = np.where(value >= level, 0.0, np.nan)
        else:
            new = np.isnan(found) & (value >= level)
            found[new] = r - (value[new] - level) / (value[new] - before[new])
        if not np.isnan(found).any():
            break
        before = value
    return found


def finer(method: Any, count: int) -> list[Any]:
    """The method with its step, half of it, a quarter, ..."""
    return [method._replace(step=method.step / 2**k) for k in range(count)]


@dataclass(frozen=True)
class Starts:
    """The start of each seed, a row of ``x``."""

    x: np.ndarray

    def __call__(self, seed: int) -> np.ndarray:
        return self.x[seed]


# ---------------------------------------------------------------- chains of scalar weights


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
    for k, scales in ((3, (0.03, 0.001)), (4, (0.1, 0.02)))
]


# ---------------------------------------------------------------- aligned starts


def modes(frames: tuple[np.ndarray, np.ndarray], layered: int, x: np.ndarray) -> np.ndarray:
    """U' W_N ... W_1 V, (..., d, d), with frames U and V'."""
    U, Vt = frames
    product = np.eye(len(U))
    for weight in layers((len(U),) * (layered + 1), x):
        product = weight @ product
    return U.T @ product @ Vt.T


def sigmoids(t: np.ndarray, s: np.ndarray, start: float, layered: int) -> np.ndarray:
    """a(t) of gradient flow for each singular value s from a(0) = start, (T, d).

    a' = N a^{2-2/N} (s - a); with two layers a = s e^{2st} / (e^{2st} - 1 + s/start).
    """
    if layered == 2:
        factor = np.exp(2 * s * t[:, None])
        return s * factor / (factor - 1 + s / start)
    solved = scipy.integrate.solve_ivp(
        lambda _, a: layered * a ** (2 - 2 / layered) * (s - a), (0, t[-1]), np.full(len(s), start),
        t_eval=t, rtol=1e-12, atol=1e-14, method="DOP853",
    )  # fmt: skip
    return solved.y.T


SINGULAR = np.array([4.0, 2.0, 1.0])
#: Depth and size of the product at the start.
STARTS = ((2, 0.02), (3, 0.1), (5, 0.1))
END = 3.0


@kept
def watched(method: Any, layered: int, start: float, other: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) and the map in the target's singular directions (T, 3, 3) along one run."""
    goal = target(3, 4.0)
    U, _, Vt = np.linalg.svd(goal)
    weights = aligned(goal if other is None else target(3, 4.0, seed=other), layered, start)
    instance = net(goal, (3,) * (layered - 1), f"depth {layered}", Starts(flat(weights)[None]))
    h = float(method.step)
    rounds = round(END / h)
    stride = rounds // 50
    kept = itertools.islice(iterates(method, [instance]), 0, rounds + 1, stride)
    maps = np.array([modes((U, Vt), layered, x)[0] for x in kept])
    return h * stride * np.arange(len(maps)), maps


def along_sigmoids(
    method: Any, law: Callable[[int], int], speed: float, power: float, other: int | None
) -> list[Fact]:
    """The largest distance of the learnt singular values from the law, for shrinking steps."""
    facts = []
    for layered, start in STARTS:
        steps, errors = [], []
        for m in finer(method, 4):
            t, maps = watched(m, layered, start, other)
            learnt = np.diagonal(maps, axis1=1, axis2=2)
            steps.append(float(m.step))
            errors.append(float(np.abs(learnt - sigmoids(speed * t, SINGULAR, start, law(layered))).max()))
        facts.append(order(f"depth {layered}: error of the law against the step", power, steps, errors))
    return facts


def decoupled(method: Any, other: int | None) -> list[Fact]:
    """The other entries of the map stay zero. They grow no faster than the learnt ones, by 4/start at most,
    and a round adds 8 roundings of three-term products for each layer."""
    facts = []
    for layered, start in STARTS:
        t, maps = watched(method, layered, start, other)
        rest = maps - np.eye(3) * maps
        tolerance = 8 * 3 * layered * U * len(t) * (t[1] / float(method.step)) * 4 / start
        facts.append(
            equal(f"depth {layered}: largest entry off the diagonal", 0, np.abs(rest).max(), tolerance)
        )
    return facts


def integral(layered: float, s: float, start: float, end: float) -> float:
    """N times the time of the sigmoid of N layers from start to end; infinite ``layered`` is its limit."""
    return scipy.integrate.quad(
        lambda a: a ** (2 / layered - 2) / (s - a), start, end, epsabs=1e-13, epsrel=1e-12
    )[0]


def gaussian(goal: np.ndarray, layered: int) -> list[np.ndarray]:
    """Weights with normal entries of variance 1/width."""
    rng = np.random.default_rng([layered, len(goal)])
    return [rng.standard_normal(goal.shape) / np.sqrt(len(goal)) for _ in range(layered)]


def learnt_by(
    method: Any, weights: list[np.ndarray], goal: np.ndarray, s: float, end: float, limit: int
) -> float:
    """Rounds until the smallest entry on the diagonal in the goal's directions reaches ``end``; the goal is s
    times an orthogonal matrix."""
    layered = len(weights)
    instance = net(goal, (len(goal),) * (layered - 1), f"depth {layered}", Starts(flat(weights)[None]))
    frames = (goal / s, np.eye(len(goal)))
    return float(
        crossing(
            method, [instance], [0],
            lambda x: np.diagonal(modes(frames, layered, x), axis1=-2, axis2=-1).min(-1), end, limit,
        )[0]
    )  # fmt: skip


def learning_time(
    method: Any, start: Callable[..., list[np.ndarray]], law: Callable[[int], float]
) -> list[Fact]:
    """Rounds times step times depth to learn an orthogonal map of size 2 from size 1, for shrinking steps."""
    facts = []
    for layered in (2, 8, 16):
        steps, errors = [], []
        for m in finer(method, 4):
            h = float(m.step.subs(depth, 1))
            rounds = rounds_to_learn(m, start, layered)
            steps.append(h)
            errors.append(abs(rounds * h - integral(law(layered), 2.0, 1.0, 1.98)))
        facts.append(order(f"depth {layered}: error of the time against the step", 1, steps, errors))
    return facts


@kept
def rounds_to_learn(method: Any, start: Callable[..., list[np.ndarray]], layered: int) -> float:
    """NaN beyond twice the time of two layers, the longest of the law."""
    goal = 2 * aligned(np.eye(3), 1, 1.0)[0]
    limit = int(2 * integral(2, 2.0, 1.0, 1.98) / float(method.step.subs(depth, 1)))
    return learnt_by(method, start(goal, layered), goal, 2.0, 1.98, limit)


def limit_of_depth(power: float, end: float) -> list[Fact]:
    """The times approach that of infinite depth like a power of 1/depth."""
    s, start = 2.0, 1.0
    limit = (1 / start - 1 / end) / s + np.log(end * (s - start) / (start * (s - end))) / s**2
    depths = np.array([8, 16, 32, 64, 128, 256])
    gaps = [integral(int(k), s, start, end) - limit for k in depths]
    return [
        equal("infinite depth: closed form", limit, integral(np.inf, s, start, end), 1e-10),
        order("distance from infinite depth against 1/depth", power, list(1 / depths), gaps),
    ]


def from_unit(goal: np.ndarray, layered: int) -> list[np.ndarray]:
    return aligned(goal, layered, 1.0)


def small_starts(method: Any, power: Callable[[int], float], logarithmic: int) -> list[Fact]:
    """The time to learn half of an orthogonal map from smaller and smaller starts."""
    facts = []
    for layered, low in ((2, 1e-8), (3, 1e-6), (4, 1e-5), (8, 1e-4)):
        starts = np.geomspace(1e-2, low, 5)
        spent = np.array([half_time(method, layered, a) for a in starts.tolist()])
        # up to this depth exp(2 T) is a power of the start, beyond it T itself
        decaying = np.exp(-2 * spent) if layered <= logarithmic else 1 / spent
        facts.append(
            order(f"depth {layered}: time against the start", power(layered), list(starts), list(decaying))
        )
    return facts


@kept
def half_time(method: Any, layered: int, start: float) -> float:
    goal = aligned(np.eye(2), 1, 1.0)[0]
    weights = aligned(goal, layered, start)
    return learnt_by(method, weights, goal, 1.0, 0.5, 20_000) * float(method.step)


def plateau_power(layered: int) -> float:
    return 1.0 if layered == 2 else 1 - 2 / layered


curve = Calculation(
    compute=along_sigmoids,
    arguments={"law": int, "speed": 1.0, "power": 1, "other": None},
    rests_on="slope",
    ran="aligned nets of 2, 3 and 5 layers, four steps from 1/100 to 1/800",
    label="sigmoids",
    quick=False,
)
apart = Calculation(
    compute=decoupled,
    arguments={"other": None},
    ran="aligned nets of 2, 3 and 5 layers, 300 rounds",
    label="modes stay apart",
)
per_depth = Calculation(
    compute=learning_time,
    arguments={"start": from_unit, "law": int},
    rests_on="slope",
    ran="aligned nets of 2, 8 and 16 layers, four steps",
    label="gradient descent follows",
    method=GradientDescent(step=sp.Rational(1, 40) / depth),
    quick=False,
)
depth_limit = Calculation(
    compute=limit_of_depth,
    arguments={"power": 1, "end": 1.98},
    rests_on="slope",
    ran="the law at depth 8 to 256",
    label="limit of depth",
)
small = Calculation(
    compute=small_starts,
    arguments={"power": plateau_power, "logarithmic": 2},
    rests_on="slope",
    ran="aligned nets of 2, 3, 4 and 8 layers, five starts each, down to 1e-8",
    label="time from a small start",
    quick=False,
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
        survey="benchmark",
        remark="Shamir proves that gradient descent needs a number of iterations exponential in k; the rate "
        "and the power of k are derived here. All w_i² grow alike, so that the time is one integral over the "
        "smallest weight, of 1/product of the others, and E ln 1/|w| = (γ + ln 2)/2. The claim is about "
        "gradient descent: other methods are faster on a plateau.",
        predictions=[times, descent_follows, vanishing],
        rivals=[
            Rival(
                "rate of the mean weight",
                replace(times, arguments={**times.arguments, "rate": sp.log(sp.pi / 2) / 2 - sp.log(size)}),
            ),
            Rival("same rate at any size", replace(times, arguments={**times.arguments, "rate": DECAY})),
            Rival(
                "exponential at size e^{0.635} too",
                replace(times, arguments={"rate": DECAY, "power": 2, "sizes": (sp.exp(DECAY),)}),
            ),
            *(
                Rival(
                    f"power {power} of the depth",
                    replace(times, arguments={**times.arguments, "power": power}),
                )
                for power in (1, 3)
            ),
            Rival(
                "all weights alike",
                replace(descent_follows, arguments={"law": as_if_equal, "power": 1}),
            ),
            Rival(
                "second order in the step",
                replace(descent_follows, arguments={"law": flow_time, "power": 2}),
            ),
            Rival(
                "momentum keeps the time",
                replace(
                    descent_follows, method=HeavyBall(step=sp.Rational(1, 50), momentum=sp.Rational(1, 2))
                ),
            ),
            Rival("variance 1/n keeps the gradient", replace(vanishing, arguments={"factor": lambda n: 0.0})),
            Rival("-1/(2n) at every width", replace(vanishing, arguments={"factor": lambda n: -0.5 / n})),
        ],
    ),
    Theorem(
        name="deep-linear-plateau-acceleration",
        title="On a plateau Nesterov's rounds are the square root of gradient descent's",
        source=Source("shamir2019"),
        statement="On a chain of k ≥ 3 weights that starts with size s, gradient descent and the heavy ball "
        "with constant momentum need rounds like the flow's time, s^{-(k-2)}, and Nesterov's method with "
        "growing momentum like its square root.",
        method=None,
        survey="fast gradient",
        remark="Derived: near zero the gradient is homogeneous of degree k - 1, so that time scales with "
        "s^{-(k-2)} where w' = -∇f and with s^{-(k-2)/2} where w'' + 3w'/t = -∇f.",
        predictions=[plain, heavy, *accelerated],
        rivals=[
            *(
                Rival(
                    f"{claim.label}: power {power}",
                    replace(claim, arguments={**claim.arguments, "power": power}),
                )
                for claim, power in ((plain, 0.5), (heavy, 0.5), *((claim, 1) for claim in accelerated))
            ),
            Rival(
                "constant momentum is enough",
                method=HeavyBall(step=sp.Rational(1, 20), momentum=sp.Rational(9, 10)),
                of=accelerated[0].label,
            ),
        ],
    ),
    Theorem(
        name="deep-linear-sigmoids",
        title="From an aligned start each singular value is learnt along its own sigmoid",
        source=Source("saxemcclellandganguli2014"),
        statement="From weights that are orthogonal but for their size and aligned with the target, gradient "
        "flow keeps the singular directions apart, and each singular value obeys a' = N a^{2-2/N} (s - a), "
        "for two layers a = s e^{2st}/(e^{2st} - 1 + s/a_0). Gradient descent stays within O(step) of it.",
        method=GradientDescent(step=sp.Rational(1, 100)),
        survey="benchmark",
        predictions=[curve, apart],
        rivals=[
            Rival(
                "law of three layers for two",
                replace(curve, arguments={**curve.arguments, "law": lambda n: 3}),
            ),
            Rival("time runs faster by 1/20", replace(curve, arguments={**curve.arguments, "speed": 1.05})),
            Rival("second order in the step", replace(curve, arguments={**curve.arguments, "power": 2})),
            Rival("any start obeys it", replace(curve, arguments={**curve.arguments, "other": 9})),
            Rival("any start decouples", replace(apart, arguments={"other": 9})),
            Rival(
                "momentum keeps the time",
                method=HeavyBall(step=sp.Rational(1, 100), momentum=sp.Rational(1, 2)),
                of="sigmoids",
            ),
        ],
    ),
    Theorem(
        name="deep-linear-learning-time",
        title="Aligned nets are learnt in a time that does not grow with depth",
        source=Source("saxemcclellandganguli2014"),
        statement="With a step h/N, N layers aligned with the target bring a singular value s from a_0 to "
        "a_f in (1/h) ∫ da/(a^{2-2/N} (s - a)) rounds. Times h that tends to the finite value "
        "(1/a_0 - 1/a_f)/s + ln(a_f (s - a_0)/(a_0 (s - a_f)))/s² as the depth grows.",
        remark="From normal weights of variance 1/width they are not learnt in twice the time of two layers.",
        method=None,
        survey="benchmark",
        predictions=[per_depth, depth_limit],
        rivals=[
            Rival(
                "from normal weights too",
                replace(per_depth, arguments={"start": gaussian, "law": int}),
            ),
            Rival(
                "two layers' time at any depth",
                replace(per_depth, arguments={"start": from_unit, "law": lambda n: 2}),
            ),
            Rival(
                "infinite depth at any depth",
                replace(per_depth, arguments={"start": from_unit, "law": lambda n: np.inf}),
            ),
            Rival(
                "limit approached like 1/depth²", replace(depth_limit, arguments={"power": 2, "end": 1.98})
            ),
        ],
    ),
    Theorem(
        name="deep-linear-plateau-time",
        title="A net of N layers leaves a small start a_0 after a_0^{-(1-2/N)}, two layers after a logarithm",
        source=Source("saxemcclellandganguli2014"),
        statement="From an aligned start whose map has size a_0 the time to learn half of a singular value s "
        "grows like a_0^{-(1-2/N)}/(s (N-2)) for N ≥ 3 layers, and like ln(1/a_0)/(2s) for two.",
        method=GradientDescent(step=sp.Rational(1, 20)),
        survey="benchmark",
        remark="Derived by integrating the sigmoid's law.",
        predictions=[small],
        rivals=[
            Rival(
                "logarithm for three layers too",
                replace(small, arguments={"power": lambda n: 1.0 if n < 4 else 1 - 2 / n, "logarithmic": 3}),
            ),
            Rival(
                "power 1 - 1/N", replace(small, arguments={**small.arguments, "power": lambda n: 1 - 1 / n})
            ),
            Rival(
                "power 2 - 2/N",
                replace(
                    small, arguments={**small.arguments, "power": lambda n: 1.0 if n == 2 else 2 - 2 / n}
                ),
            ),
            Rival(
                "Nesterov's momentum keeps the power",
                method=NesterovConvex(step=sp.Rational(1, 20)),
            ),
        ],
    ),
]
