r"""Deep linear nets from aligned starts: each singular value is learnt along a sigmoid of its own.

The laws are those of gradient flow; the runs are those of the methods, whose time is step times rounds.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.integrate
import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, NesterovConvex
from solvers.observe import crossing, finer, iterates
from solvers.problems.deep_families import aligned, starting_at, target
from solvers.problems.deep_linear import layers
from theorems.facts import equal, order, within
from theorems.predictions import Calculation, Fact
from theorems.symbols import depth
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
#: What is measured is kept: a rival that changes a claim alone is tried on the same numbers. Two methods with
#: equal hyper-parameters are equal tuples, so the type belongs to the key.
kept = functools.lru_cache(maxsize=None, typed=True)


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
    instance = starting_at(goal, weights, f"depth {layered}")
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
    instance = starting_at(goal, weights, f"depth {layered}")
    frames = (goal / s, np.eye(len(goal)))
    return float(
        crossing(
            method, [instance], [0],
            lambda x: np.diagonal(modes(frames, layered, x), axis1=-2, axis2=-1).min(-1), end, limit,
        )[0]
    )  # fmt: skip


def lag(layered: float, s: float, start: float, end: float) -> float:
    """ln of the ratio of the layers' velocities y^{N-1} (s - y^N), y^N = a, at the end and at the start:
    a step takes half of it longer than the flow takes, up to second order."""
    return (1 - 1 / layered) * np.log(end / start) + np.log((s - end) / (s - start))


#: Rounds times step times depth at which what was learnt is read.
READ = 1.2


def learning_time(
    method: Any, start: Callable[..., list[np.ndarray]], law: Callable[[int], float], late: float
) -> list[Fact]:
    """The law's time for what a method learnt of an orthogonal map of size 2 from size 1, ``late`` of the lag
    included, against the time that it took, for shrinking steps."""
    facts = []
    for layered in (2, 8, 32):
        steps, errors = [], []
        for m in finer(method, 4):
            h, end = float(m.step.subs(depth, 1)), learnt(m, start, layered)
            error = np.nan
            if 0 < end < 2:
                time = integral(law(layered), 2.0, 1.0, end) + late * h * lag(law(layered), 2.0, 1.0, end)
                error = abs(READ - time)
            steps.append(h)
            errors.append(error)
        facts.append(order(f"depth {layered}: error of the law's time against the step", 2, steps, errors))
    return facts


@kept
def learnt(method: Any, start: Callable[..., list[np.ndarray]], layered: int) -> float:
    """The smallest diagonal entry of the map in the target's directions at the time ``READ``."""
    goal = 2 * aligned(np.eye(3), 1, 1.0)[0]
    instance = starting_at(goal, start(goal, layered), f"depth {layered}")
    rounds = round(READ / float(method.step.subs(depth, 1)))
    x = next(itertools.islice(iterates(method, [instance]), rounds, None))
    return float(np.diagonal(modes((goal / 2, np.eye(3)), layered, x)[0]).min())


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


def small_starts(
    method: Any, power: Callable[[int], float], logarithmic: int, constant: Callable[[int], float]
) -> list[Fact]:
    """The time to learn half of an orthogonal map from smaller and smaller starts: its power, and its growth
    between the last two starts over that of start^-(1-2/N)/constant, or of ln(1/start)/constant."""
    facts = []
    for layered, low in ((2, 1e-8), (3, 1e-6), (4, 1e-5), (8, 1e-4)):
        starts = np.geomspace(1e-2, low, 5)
        spent = np.array([half_time(method, layered, a) for a in starts.tolist()])
        # up to this depth exp(2 T) is a power of the start, beyond it T itself
        decaying = np.exp(-2 * spent) if layered <= logarithmic else 1 / spent
        facts.append(
            order(f"depth {layered}: time against the start", power(layered), list(starts), list(decaying))
        )
        large, tiny = starts[-2:].tolist()
        leading = (leading_time(layered, tiny) - leading_time(layered, large)) / constant(layered)
        # the law is the leading part and the integral of a^(2/N - 1)/(N (1 - a)); steps are late by half of
        # the lag, and crossings are interpolated to the square of a step
        h, rest = float(method.step), (large ** (2 / layered) - tiny ** (2 / layered)) / (2 - 2 * large)
        late, missed = h / 2 * lag(layered, 1.0, tiny, large), h**2
        found = spent[-1] - spent[-2]
        facts.append(
            within(
                f"depth {layered}: growth of the time over that of its leading part",
                found / leading,
                1 - missed / leading,
                1 + (rest + late + missed) / leading,
                1.0,
            )
        )
    return facts


def leading_time(layered: int, start: float) -> float:
    return float(-np.log(start) if layered == 2 else start ** (2 / layered - 1))


@kept
def half_time(method: Any, layered: int, start: float) -> float:
    goal = aligned(np.eye(2), 1, 1.0)[0]
    weights = aligned(goal, layered, start)
    return learnt_by(method, weights, goal, 1.0, 0.5, 20_000) * float(method.step)


def plateau_power(layered: int) -> float:
    return 1.0 if layered == 2 else 1 - 2 / layered


def plateau_constant(layered: int) -> float:
    return 2.0 if layered == 2 else layered - 2.0


curve = Calculation(
    compute=along_sigmoids,
    arguments={"law": int, "speed": 1.0, "power": 1, "other": None},
    rests_on="slope",
    ran="aligned nets of 2, 3 and 5 layers, four steps from 1/50 to 1/400",
    label="sigmoids",
    quick=False,
)
apart = Calculation(
    compute=decoupled,
    arguments={"other": None},
    ran="aligned nets of 2, 3 and 5 layers, 150 rounds",
    label="modes stay apart",
)
per_depth = Calculation(
    compute=learning_time,
    arguments={"start": from_unit, "law": int, "late": 0.5},
    rests_on="slope",
    ran="aligned nets of 2, 8 and 32 layers, four steps",
    label="gradient descent follows",
    method=GradientDescent(step=sp.Rational(1, 25) / depth),
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
    arguments={"power": plateau_power, "logarithmic": 2, "constant": plateau_constant},
    rests_on="slope",
    ran="aligned nets of 2, 3, 4 and 8 layers, five starts each, down to 1e-8",
    label="time from a small start",
    quick=False,
)


def altered(claim: Calculation, **arguments: Any) -> Calculation:
    return replace(claim, arguments={**claim.arguments, **arguments})


theorems = [
    Theorem(
        name="deep-linear-sigmoids",
        title="From an aligned start each singular value is learnt along its own sigmoid",
        source=Source("saxemcclellandganguli2014"),
        statement="From weights that are orthogonal but for their size and aligned with the target, gradient "
        "flow keeps the singular directions apart, and each singular value obeys a' = N a^{2-2/N} (s - a), "
        "for two layers a = s e^{2st}/(e^{2st} - 1 + s/a_0). Gradient descent stays within O(step) of it.",
        method=GradientDescent(step=sp.Rational(1, 50)),
        survey="deep linear",
        predictions=[curve, apart],
        rivals=[
            Rival(
                "law of three layers for two",
                altered(curve, law=lambda n: 3),
            ),
            Rival("time runs faster by 1/20", altered(curve, speed=1.05)),
            Rival("second order in the step", altered(curve, power=2)),
            Rival("any start obeys it", altered(curve, other=9)),
            Rival("any start decouples", altered(apart, other=9)),
            Rival(
                "momentum keeps the time",
                method=HeavyBall(step=sp.Rational(1, 50), momentum=sp.Rational(1, 2)),
                of="sigmoids",
            ),
        ],
    ),
    Theorem(
        name="deep-linear-learning-time",
        title="Aligned nets are learnt in a time that does not grow with depth",
        source=Source("saxemcclellandganguli2014"),
        statement="With a step h/N, N layers aligned with the target bring a singular value s from a_0 to "
        "a_f in rounds whose number times h is the integral of 1/(a^{2-2/N} (s - a)) from a_0 to a_f, plus "
        "h/2 times ln of the ratio of the layers' last and first velocities, plus O(h²). As the depth grows "
        "the integral tends to the finite value (1/a_0 - 1/a_f)/s + ln(a_f (s - a_0)/(a_0 (s - a_f)))/s².",
        remark="The term of first order is derived. From normal weights of variance 1/width nothing like it "
        "holds.",
        method=None,
        survey="deep linear",
        predictions=[per_depth, depth_limit],
        rivals=[
            Rival(
                "from normal weights too",
                altered(per_depth, start=gaussian),
            ),
            Rival(
                "two layers' time at any depth",
                altered(per_depth, law=lambda n: 2),
            ),
            Rival(
                "infinite depth at any depth",
                altered(per_depth, law=lambda n: np.inf),
            ),
            Rival("no lag", altered(per_depth, late=0.0)),
            Rival("twice the lag", altered(per_depth, late=1.0)),
            Rival(
                "momentum learns at the pace of the flow",
                method=HeavyBall(step=sp.Rational(1, 25) / depth, momentum=sp.Rational(1, 10)),
                of=per_depth.label,
            ),
            Rival("limit approached like 1/depth²", altered(depth_limit, power=2)),
        ],
    ),
    Theorem(
        name="deep-linear-plateau-time",
        title="A net of N layers leaves a small start a_0 after a_0^{-(1-2/N)}, two layers after a logarithm",
        source=Source("saxemcclellandganguli2014"),
        statement="From an aligned start whose map has size a_0 the time to learn half of a singular value s "
        "grows like a_0^{-(1-2/N)}/(s (N-2)) for N ≥ 3 layers, and like ln(1/a_0)/(2s) for two.",
        method=GradientDescent(step=sp.Rational(1, 10)),
        survey="deep linear",
        remark="Derived by integrating the sigmoid's law.",
        predictions=[small],
        rivals=[
            Rival(
                "logarithm for three layers too",
                altered(small, power=lambda n: 1.0 if n < 4 else 1 - 2 / n, logarithmic=3),
            ),
            Rival("power 1 - 1/N", altered(small, power=lambda n: 1 - 1 / n)),
            Rival(
                "power 2 - 2/N",
                altered(small, power=lambda n: 1.0 if n == 2 else 2 - 2 / n),
            ),
            Rival("1/(s N) in the place of 1/(s (N-2))", altered(small, constant=lambda n: n)),
            Rival(
                "Nesterov's momentum keeps the power",
                method=NesterovConvex(step=sp.Rational(1, 10)),
            ),
        ],
    ),
]
