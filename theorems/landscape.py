r"""The landscape of deep linear nets: saddles, the absence of bad minima, residual nets, identity starts."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import GradientDescent, HeavyBall
from solvers.problems.deep_families import orthogonal
from solvers.problems.deep_linear import balanced, flat, net, problem_class
from solvers.problems.initialisation import RandomStart
from solvers.problems.instance import Instance, with_run_axis
from solvers.problems.relu_net import relu_teacher
from solvers.run import run
from theorems.facts import equal, order, within
from theorems.predictions import Calculation, Fact
from theorems.symbols import depth
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53

# ---------------------------------------------------------------- the saddle at zero


def at_zero(layers: int) -> Instance:
    """A net with a covariance, 3 inputs and outputs and 4 hidden units in each layer."""
    rng = np.random.default_rng(7)
    A = rng.standard_normal((3, 3))
    widths = (3, *(4,) * (layers - 1), 3)
    return net(
        rng.standard_normal((3, 3)), widths[1:-1], f"depth {layers}, near zero",
        RandomStart(widths, "gaussian", 1.0), A @ A.T / 3 + 0.3 * np.eye(3),
    )  # fmt: skip


def hessian_at_zero(flat_from: int) -> list[Fact]:
    """The Hessian's eigenvalues at zero weights, from the net's own gradient at 2^-200 times unit vectors.

    There the terms of higher order are below the rounding, and a division by 2^-200 is exact.
    """
    facts = []
    for layers in (2, 3, 4):
        instance = at_zero(layers)
        problem, count = instance.problem, instance.dimension
        gradient = with_run_axis(problem).gradient(2.0**-200 * np.eye(count)) * 2.0**200
        found = np.linalg.eigvalsh((gradient + gradient.T) / 2)
        s = np.linalg.svd(problem.target @ problem.covariance, compute_uv=False)
        each = np.repeat(s, 4) if layers < flat_from else np.zeros(0)
        claimed = np.sort(np.concatenate([each, -each, np.zeros(count - 2 * len(each))]))
        worst = np.abs(found - claimed).max()
        facts.append(
            equal(f"depth {layers}, largest error of an eigenvalue", 0, worst, 64 * count * U * s[0])
        )
    return facts


def escape(power: Any) -> list[Fact]:
    """f(eps u) - f(0) for a random direction u, and f on the ray of the balanced solution."""
    facts, small = [], np.geomspace(0.005, 0.3, 8)
    for layers in (2, 3, 4):
        instance = at_zero(layers)
        problem = with_run_axis(instance.problem)
        at_origin = problem.gap(np.zeros((1, instance.dimension)))[0, 0]
        for seed in range(3):
            u = instance.start(seed)
            rise = problem.gap(small[:, None] * u)[:, 0] - at_origin
            claimed = float(sp.sympify(power).subs(depth, layers))
            facts.append(order(f"depth {layers}, direction {seed}", claimed, list(small), np.abs(rise)))
    return facts


def descent() -> list[Fact]:
    """f(eps x*) = (1 - eps^D)^2 f(0) at a solution x*: zero is no minimum, whatever its Hessian."""
    facts = []
    for layers in (2, 3, 4):
        instance = at_zero(layers)
        problem = with_run_axis(instance.problem)
        widths = type(instance.problem).widths
        x = flat(balanced(instance.problem.target, widths))[None]
        at_origin = problem.gap(x * 0)[0, 0]
        for eps in (0.25, 0.5):
            claimed = (1 - eps**layers) ** 2
            facts.append(
                equal(
                    f"depth {layers}, eps = {eps:g}", claimed, problem.gap(eps * x)[0, 0] / at_origin, 256 * U
                )
            )
    return facts


hessian = Calculation(
    compute=hessian_at_zero, arguments={"flat_from": 3}, label="Hessian",
    ran="Hessians of nets of depth 2, 3, 4, with a covariance",
)  # fmt: skip
escape_order = Calculation(
    compute=escape, arguments={"power": depth}, rests_on="slope", quick=False, label="order",
    expression=depth, ran="three random directions at depth 2, 3, 4",
)  # fmt: skip
ray = Calculation(compute=descent, label="descent", ran="the rays to balanced solutions, depth 2, 3, 4")

# ---------------------------------------------------------------- every run reaches the best value

BOTTLENECKS = ((5, 5, 2, 4), (4, 2, 4), (4, 3, 1, 3, 4), (6, 2, 5))


@dataclass(frozen=True)
class Fixed:
    """The same weights for every seed."""

    weights: tuple[float, ...]

    def __call__(self, seed: int) -> np.ndarray:
        return np.array(self.weights)


def bottleneck(widths: tuple[int, ...], number: int, at_saddle: bool) -> tuple[Instance, float]:
    """A net that cannot learn all of its target, and the smallest value of its loss, by Eckart and Young."""
    size = min(widths[0], widths[-1])
    U_, V = orthogonal(widths[-1], size, 90 + number), orthogonal(widths[0], size, 95 + number)
    s = np.array([3.0, 2.0, 0.8, 0.4, 0.2])[:size]
    goal, rank = (U_ * s) @ V.T, min(widths)
    start: Callable[[int], np.ndarray] = RandomStart(widths, "gaussian", 0.5)
    if at_saddle:
        kept = s * (np.arange(size) != rank - 1) * (np.arange(size) <= rank)
        start = Fixed(tuple(flat(balanced((U_ * kept) @ V.T, widths)).tolist()))
    label = f"widths {', '.join(map(str, widths))}"
    return net(goal, widths[1:-1], label, start), float((s[rank:] ** 2).sum() / 2)


def best_value(method: Any, nets: str = "linear", at_saddle: bool = False) -> list[Fact]:
    """The largest and the smallest loss at the end of 25 runs on each of four nets."""
    if nets == "linear":
        cases = [bottleneck(widths, number, at_saddle) for number, widths in enumerate(BOTTLENECKS)]
    else:  # 5 inputs and 2 units: 12 weights
        start = RandomStart((12, 1), "gaussian", 0.7)
        cases = [(relu_teacher(40, 5, 2, number, start), 0.0) for number in range(4)]
    facts = []
    for instance, best in cases:
        found = run(
            method, [instance], range(25), rounds=700, measures=("gap",), grid=lambda r: np.array([r])
        )
        assert found.log_gap is not None
        final = np.exp(found.log_gap[:, -1])
        # a loss is half a sum of squares below 14, each entry known to a few u of the target's norm
        tolerance = 256 * 14 * U
        facts += [
            equal(f"{instance.label}, largest", best, final.max(), tolerance),
            equal(f"{instance.label}, smallest", best, final.min(), tolerance),
        ]
    return facts


heavy_ball = HeavyBall(step=sp.Rational(1, 50), momentum=sp.Rational(9, 10))
eckart_young = Calculation(
    compute=best_value, quick=False, ran="heavy ball, 25 random starts on each of four nets with a bottleneck"
)

# ---------------------------------------------------------------- residual nets


SPREAD = np.array([0.5, 1.0, 2.0, 3.0])


@functools.cache
def frame() -> np.ndarray:
    """The eigenvectors of the covariance."""
    return orthogonal(4, 4, 3)


def gradient_and_gap(A: np.ndarray, residual: np.ndarray) -> tuple[float, float]:
    """|gradient|^2 and the gap of the residual chain (I + A_l) ... (I + A_1), l x 4 x 4, which is off its
    target by ``residual``."""
    root, covariance = ((frame() * values) @ frame().T for values in (np.sqrt(SPREAD), SPREAD))
    chain = problem_class((4,) * (len(A) + 1), False)
    x = flat(list(np.eye(4) + A))[None]
    problem = chain(np.zeros((1, 4, 4)), root[None], covariance[None])
    problem = chain(problem.map(x) - residual, root[None], covariance[None])
    return float((problem.gradient(x) ** 2).sum()), float(problem.gap(x)[0, 0])


def residual_bound(power: Any, least: float = 0.5) -> list[Fact]:
    """|gradient|^2 over the claimed lower bound, at the extremal chain and at random ones."""
    facts, draws = [], 32
    rng = np.random.default_rng(11)
    for layers, tau in itertools.product((2, 8, 32), (0.05, 0.2, 0.5)):
        claimed = 2 * layers * (1 - tau) ** float(power.subs(depth, layers)) * least
        # a residual on the smallest eigenvector of the covariance makes every layer's gradient smallest
        square, gap = gradient_and_gap(
            np.array([-tau * np.eye(4)] * layers), np.outer(frame()[1], frame()[:, 0])
        )
        tolerance = 256 * layers * U
        facts.append(
            equal(f"depth {layers}, tau = {tau:g}, extremal", 1, square / (claimed * gap), tolerance)
        )
        A = rng.standard_normal((draws, layers, 4, 4))
        A *= tau / np.linalg.norm(A, 2, axis=(-2, -1))[..., None, None]
        pairs = [gradient_and_gap(a, rng.standard_normal((4, 4))) for a in A]
        found = min(square / (claimed * gap) for square, gap in pairs)
        facts.append(within(f"depth {layers}, tau = {tau:g}, least of {draws}", found, 1, np.inf))
    return facts


def edge() -> list[Fact]:
    """|A_j| = 1 is too much: two layers W_j = 0, and the gradient vanishes at a positive loss."""
    size = 3
    x = np.zeros((1, 2 * size * size))
    one = np.eye(size)[None]
    problem = problem_class((size,) * 3, True)(one, one, one)
    return [
        equal("|gradient| at A_j = -I", 0, float(np.linalg.norm(problem.gradient(x))), 0),
        equal("loss there", size / 2, problem.gap(x)[0, 0], 0),
    ]


steep = Calculation(
    compute=residual_bound, arguments={"power": 2 * depth - 2}, rests_on="bound", label="lower bound",
    ran="chains of depth 2, 8, 32 with |A_j| = 0.05, 0.2, 0.5, with a covariance",
)  # fmt: skip
edge_case = Calculation(compute=edge, label="edge", ran="two layers W_j = 0")

# ---------------------------------------------------------------- identity starts

C = sp.Rational(1, 5)
#: Gradient descent from the identity, the step divided by the depth.
slow = GradientDescent(step=C / depth)
POSITIVE, NEGATIVE = (0.5, 1.3, 1.8), (1.5, 0.8, -0.5)


def symmetric(eigenvalues: tuple[float, ...], layers: int) -> Instance:
    """A symmetric target, and weights that start at the identity."""
    size = len(eigenvalues)
    Q = orthogonal(size, size, 21)
    weights = flat([np.eye(size)] * layers)
    return net(
        (Q * np.array(eigenvalues)) @ Q.T, (size,) * (layers - 1), f"depth {layers}, from the identity",
        Fixed(tuple(weights.tolist())),
    )  # fmt: skip


def paths(method: Any, eigenvalues: tuple[float, ...], layers: int, rounds: int) -> np.ndarray:
    """ln distance after 0, 1, ..., rounds."""
    found = run(method, [symmetric(eigenvalues, layers)], rounds=rounds, grid=lambda r: np.arange(1, r + 1))
    return found.log_distance[0]


def limit_map(eigenvalues: tuple[float, ...], rounds: int, law: str) -> np.ndarray:
    """The distance along v <- v - c p (p - lambda), p = e^v, from v = 0, for each eigenvalue lambda."""
    target = np.array(eigenvalues)
    v, found = np.zeros(len(target)), []
    for _ in range(rounds + 1):
        p = np.exp(v)
        found.append(np.linalg.norm(p - target))
        v = v - float(C) * (p if law == "depth" else 1) * (p - target)
    return np.array(found)


def infinite_depth(method: Any, law: str = "depth") -> list[Fact]:
    """How the paths of gradient descent approach those of infinite depth."""
    rounds, depths = 20, (8, 16, 32, 64)
    limit = limit_map(POSITIVE, rounds, law)
    errors = []
    for layers in depths:
        with np.errstate(all="ignore"):
            errors.append(np.abs(np.exp(paths(method, POSITIVE, layers, rounds)) - limit).max())
    return [order("largest error along the path, in 1/depth", 1, [1 / d for d in depths], errors)]


def positive_definite(method: Any, power: Any = 2 - 2 / depth) -> list[Fact]:
    """The factor of a round in the long run, 1 - c s^(2 - 2/D), s the smallest eigenvalue."""
    facts = []
    for layers in (4, 16):
        log = paths(method, POSITIVE, layers, 250)
        left = min(np.exp(log[-1]), 1e-3)  # a run that has not come that near has the wrong factor
        claimed = np.log(1 - float(C) * min(POSITIVE) ** float(sp.sympify(power).subs(depth, layers)))
        # an eigenvalue s + e has the factor 1 - c (s + e)^(2 - 2/D), off by 2 c s e at most; then rounding
        tolerance = 4 * float(C) * left + 64 * layers * U / left
        facts.append(equal(f"depth {layers}, ln factor", claimed, log[-1] - log[-2], tolerance))
    return facts


def negative_eigenvalue(method: Any, learns: bool = False) -> list[Fact]:
    """The loss with one negative eigenvalue: never below its square / 2, and how fast it gets there.

    Its layers' eigenvalue w falls to 0 and no further; p = w^D obeys p' = -p^(2-2/D) (p + |lambda|), so that
    p <= 1/(1 + |lambda| c t) for p <= 1, and a step of gradient descent falls further than the flow.
    """
    facts, rounds, worst = [], 300, min(NEGATIVE)
    for layers in (4, 16):
        loss = np.exp(2 * paths(method, NEGATIVE, layers, rounds)) / 2
        high = (abs(worst) + 1 / (1 + abs(worst) * float(C) * rounds)) ** 2 / 2
        low = worst**2 / 2 * (1 - 256 * layers * U)
        facts.append(
            within(
                f"depth {layers}, smallest loss", loss.min(), 0 if learns else low, 1e-3 if learns else high
            )
        )
    return facts


deep = Calculation(
    compute=infinite_depth, rests_on="slope", quick=False, label="infinite depth",
    ran="paths of 20 rounds at depth 8, 16, 32, 64",
)  # fmt: skip
converges = Calculation(
    compute=positive_definite, rests_on="bound", label="positive definite", ran="250 rounds, depth 4 and 16",
)  # fmt: skip
stalls = Calculation(
    compute=negative_eigenvalue, rests_on="bound", quick=False, label="negative eigenvalue",
    ran="300 rounds, depth 4 and 16",
)  # fmt: skip

theorems = [
    Theorem(
        name="deep-linear-saddle-at-zero",
        survey="training",
        title="Zero is a strict saddle of two layers, and a flat one of more",
        source=Source("kawaguchi2016"),
        statement="At zero weights the Hessian of a net with two layers has the eigenvalues ±σ, σ the "
        "singular values of the target times the covariance, each as often as there are hidden units. For "
        "D > 2 layers it vanishes, and f(εu) - f(0) is of order ε^D; yet zero is no minimum.",
        method=None,
        remark="Kawaguchi counts layers of units: his net with three layers has two weight matrices.",
        predictions=[hessian, escape_order, ray],
        rivals=[
            Rival(
                "depth 3 has the Hessian of depth 2 (layers of units)",
                replace(hessian, arguments={"flat_from": 4}),
            ),
            Rival("depth 2 is flat too", replace(hessian, arguments={"flat_from": 2})),
            Rival("order 2 at every depth", replace(escape_order, arguments={"power": 2})),
        ],
    ),
    Theorem(
        name="deep-linear-no-bad-minima",
        survey="training",
        title="Runs on deep linear nets end at the best value, also behind a bottleneck",
        source=Source("kawaguchi2016"),
        statement="Every local minimum of a deep linear net is global. Behind a bottleneck of width r that "
        "value is Eckart and Young's, half the sum of the squares of the target's singular values after "
        "the r-th (whitened); runs from random starts reach it.",
        method=heavy_ball,
        remark="That runs avoid saddles is observed, not claimed; from a saddle they do not move.",
        predictions=[eckart_young],
        rivals=[
            Rival("from a saddle too", replace(eckart_young, arguments={"at_saddle": True})),
            Rival("nets with two ReLU units too", replace(eckart_young, arguments={"nets": "relu"})),
            Rival("step too long", method=heavy_ball._replace(step=sp.Rational(1, 2))),
        ],
    ),
    Theorem(
        name="residual-chain-gradient-bound",
        survey="training",
        title="Near the identity the gradient of a residual chain is as large as its error",
        source=Source("hardtma2017"),
        statement="For (I + A_D) ... (I + A_1) with |A_j| ≤ τ < 1 and smallest eigenvalue λ of the inputs' "
        "covariance, |∇f|² ≥ 2D (1 - τ)^{2D-2} λ (f - min f). So there are no critical points but "
        "solutions.",
        method=None,
        remark="The constant is derived here, and attained by A_j = -τI with a residual on the eigenvector "
        "of λ. At τ = 1 the statement ends: two layers of zeros have no gradient.",
        predictions=[steep, edge_case],
        rivals=[
            Rival("exponent D - 1", replace(steep, arguments={"power": depth - 1})),
            Rival("exponent 2D", replace(steep, arguments={"power": 2 * depth})),
            Rival(
                "the mean eigenvalue for the smallest",
                replace(steep, arguments={**steep.arguments, "least": float(SPREAD.mean())}),
            ),
        ],
    ),
    Theorem(
        name="identity-initialisation",
        survey="training",
        title="From the identity any depth learns positive definite targets, and none a negative eigenvalue",
        source=Source("bartletthelmboldlong2018"),
        statement="Gradient descent from W_j = I with step c/D learns a symmetric positive definite target "
        "with smallest eigenvalue s by the factor 1 - c s^{2-2/D} a round; as D grows its path approaches "
        "that of v -> v - c e^v (e^v - Φ) as 1/D. With an eigenvalue λ < 0 the loss stays above λ²/2 and "
        "tends to it.",
        method=slow,
        remark="The limit and the factor are derived here: the weights stay functions of the target, and "
        "each eigenvalue of the map learns on its own. A negative one would have to pass through zero.",
        predictions=[converges, stalls, deep],
        rivals=[
            Rival(
                "a negative eigenvalue is learnt",
                replace(stalls, arguments={"learns": True}),
            ),
            Rival("the factor of one layer", replace(converges, arguments={"power": sp.Integer(0)})),
            Rival("the factor with 2 - 1/D", replace(converges, arguments={"power": 2 - 1 / depth})),
            Rival("a limit without the depth", replace(deep, arguments={"law": "shallow"})),
            Rival("a step that depends on the depth's root", method=GradientDescent(step=C / sp.sqrt(depth))),
        ],
    ),
]
