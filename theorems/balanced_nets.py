r"""Balanced deep linear nets: what gradient descent conserves, its step on the whole map, and its progress.

W_{j+1}' W_{j+1} - W_j W_j' is constant along gradient flow. Where it is zero the whole map W = W_N ... W_1
moves by a preconditioned gradient, and the gradient's size is bounded below by the loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import Adam, GradientDescent, HeavyBall
from solvers.observe import iterates
from solvers.problems.deep_families import orthogonal, starting_at
from solvers.problems.deep_linear import balanced, flat, layers, net, parameters, tangent_kernel
from solvers.problems.instance import Instance, with_run_axis
from theorems.deep_linear_dynamics import altered, kept
from theorems.deep_linear_modal import BUGS, broken, five_percent_more, layers_unequal
from theorems.facts import equal, order, within
from theorems.predictions import Calculation, Fact
from theorems.theorem import Rival, Source, Theorem

Gradient = Callable[..., Any]
U = 2.0**-53
SEEDS = range(4)
#: A net with layers of different widths, d_0, ..., d_N.
WIDTHS = (3, 5, 4, 3)
SQUARE = (3, 3, 3, 3)
#: The step of the first of four runs whose steps are halved.
STEP = sp.Rational(1, 25)
#: The time over which a drift is measured.
HORIZON = 4.0


@dataclass(frozen=True)
class Somewhere:
    """Unbalanced weights near the identity, the same for every step."""

    widths: tuple[int, ...]

    def __call__(self, seed: int) -> np.ndarray:
        rng = np.random.default_rng([seed, *self.widths])
        noise = rng.standard_normal(parameters(self.widths)) / 4
        pairs = zip(self.widths[1:], self.widths[:-1], strict=True)
        return noise + flat([np.eye(*pair) for pair in pairs])


def random_target(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng([rows, columns]).standard_normal((rows, columns)) / np.sqrt(columns)


def with_gradient(instance: Instance, gradient: Gradient | None) -> Instance:
    """The net, or the net with a wrong gradient."""
    return instance if gradient is None else broken(instance, gradient)


# ---------------------------------------------------------------- what is conserved


def imbalance(widths: tuple[int, ...], x: np.ndarray) -> np.ndarray:
    """The entries of W_{j+1}' W_{j+1} - W_j W_j' for all j, (B, entries)."""
    pairs = itertools.pairwise(layers(widths, x))
    parts = [b.swapaxes(-1, -2) @ b - a @ a.swapaxes(-1, -2) for a, b in pairs]
    return np.concatenate([part.reshape(len(x), -1) for part in parts], axis=1)


def conserved(
    method: Any, widths: tuple[int, ...], gradient: Gradient | None, power: int, sign: int, whitened: bool
) -> list[Fact]:
    """D_t - D_0 against the sum of step^power (G_{j+1}' G_{j+1} - G_j G_j') along the run."""
    S = None if whitened else np.diag(np.linspace(0.5, 1.5, widths[0]))
    goal = random_target(widths[-1], widths[0])
    true = net(goal, widths[1:-1], "unbalanced", Somewhere(widths), S)
    instance = with_gradient(true, gradient)
    rounds, total, first, largest = 200, np.zeros(1), np.zeros(1), 0.0
    for r, x in enumerate(itertools.islice(iterates(method, [instance], SEEDS), rounds + 1)):
        first = imbalance(widths, x) if r == 0 else first
        largest = max(largest, float((x * x).sum(-1).max()))
        if r == rounds:
            break
        total = total + float(method.step) ** power * imbalance(
            widths, with_run_axis(true.problem).gradient(x)
        )
    # a round rounds each weight, and each entry of D by as much times the layers' size
    tolerance = 16 * rounds * U * largest
    names = " x ".join(map(str, widths))
    found = float(np.abs(imbalance(widths, x) - first - sign * total).max())
    return [equal(f"widths {names}: largest difference after {rounds} rounds", 0, found, tolerance)]


def drift(method: Any, power: float, gradient: Gradient | None) -> list[Fact]:
    """The largest change of the imbalance over a fixed time, for shrinking steps."""
    plain = net(random_target(3, 3), WIDTHS[1:-1], "unbalanced", Somewhere(WIDTHS))
    instance = with_gradient(plain, gradient)
    steps, drifts = [], []
    for k in range(4):
        m = method._replace(step=method.step / 2**k)
        effective = float(m.step) / (1 - float(getattr(m, "momentum", 0)))
        runs = itertools.islice(iterates(m, [instance], SEEDS), 0, None, round(HORIZON / effective))
        start, end = (imbalance(WIDTHS, next(runs)) for _ in range(2))
        steps.append(float(m.step))
        drifts.append(float(np.linalg.norm(end - start, axis=1).mean()))
    return [order(f"change of the imbalance over time {HORIZON:g} against the step", power, steps, drifts)]


# ---------------------------------------------------------------- the step of the whole map


def product(widths: tuple[int, ...], x: np.ndarray) -> np.ndarray:
    whole = np.eye(widths[0])
    for weight in layers(widths, x):
        whole = weight @ whole
    return whole


def fractional(matrix: np.ndarray, power: float) -> np.ndarray:
    """The power of a symmetric positive semi-definite matrix; its zeroth power is the identity."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 0) ** power) @ vectors.T


def preconditioned(W: np.ndarray, E: np.ndarray, count: int, shown: int) -> np.ndarray:
    """sum over j of (W W')^{(N-j)/N} E (W' W)^{(j-1)/N}, N = ``shown`` in the exponents."""
    return sum(
        (
            fractional(W @ W.T, (count - j) / shown) @ E @ fractional(W.T @ W, (j - 1) / shown)
            for j in range(1, count + 1)
        ),
        np.zeros_like(W),
    )


def whole_steps(method: Any, power: float, more: int, kick: float, gradient: Gradient | None) -> list[Fact]:
    """The distance of one round's step of the whole map from the law, for shrinking steps."""
    facts = []
    for widths in ((3, 3, 3), (2, 3, 4), SQUARE, (4, 4, 3, 5, 3)):
        rng = np.random.default_rng(list(widths))
        rank = rng.standard_normal((widths[-1], min(widths), widths[0]))[:, 0] / 2
        weights = [w + kick * rng.standard_normal(w.shape) for w in balanced(rank, widths)]
        goal = random_target(widths[-1], widths[0])
        instance = with_gradient(starting_at(goal, weights, "balanced"), gradient)
        W = product(widths, flat(weights))
        law = preconditioned(W, W - goal, len(weights), len(weights) + more)
        steps = [float(method.step) / 2**k for k in range(4)]
        errors = []
        for k, h in enumerate(steps):
            runs = iterates(method._replace(step=method.step / 2**k), [instance])
            next(runs)
            errors.append(float(np.linalg.norm(product(widths, next(runs)[0]) - W + h * law)))
        names = " x ".join(map(str, widths))
        facts.append(order(f"widths {names}: error of the law against the step", power, steps, errors))
    return facts


# ---------------------------------------------------------------- progress


#: The smallest singular value of the random maps.
SMALLEST = 0.5


@kept
def progress(depth: int, worst: bool, shake: float) -> np.ndarray:
    """|grad f|^2 / f for 40 random nets.

    Args:
        worst: the error has the direction in the map that changes the weights the least.
        shake: how far the layers are from balance; the map is the same.
    """
    found = []
    for seed in range(40):
        rng = np.random.default_rng([depth, seed])
        frames = np.linalg.qr(rng.standard_normal((2, 3, 3)))[0]
        W = (frames[0] * [1.5, 1.0, SMALLEST]) @ frames[1].T
        weights = balanced(W, (3,) * (depth + 1))
        gauge = np.linalg.qr(rng.standard_normal((3, 3)))[0] * np.exp([shake, 0.0, -shake])
        weights[0], weights[1] = gauge @ weights[0], weights[1] @ np.linalg.inv(gauge)
        if worst:
            error = np.linalg.eigh(tangent_kernel(weights, np.eye(3)))[1][:, 0].reshape(3, 3)
        else:
            error = rng.standard_normal((3, 3))
        instance = starting_at(W - error, weights, "")
        x, problem = instance.start(0)[None], with_run_axis(instance.problem)
        found.append(float((problem.gradient(x) ** 2).sum() / problem.gap(x)[0, 0]))
    return np.array(found)


def ratios(depth: int, power: float, factor: float, worst: bool, shake: float) -> np.ndarray:
    """|grad f|^2 over factor N s_min(W)^power f, W the map, N the depth."""
    return progress(depth, worst, shake) / (factor * depth * SMALLEST**power)


def attained(power: Callable[[int], float], factor: float) -> list[Fact]:
    """Errors along the worst direction: the bound is an equality."""
    facts = []
    for depth in (2, 3, 4, 6):
        found = ratios(depth, power(depth), factor, True, 0.0)
        # the map is known to u times its size, three times its smallest singular value, for each layer
        tolerance = 256 * depth * 3 * U
        facts.append(
            equal(f"depth {depth}: largest |ratio - 1| of 40", 0, float(np.abs(found - 1).max()), tolerance)
        )
    return facts


def bounded(power: Callable[[int], float], factor: float, worst: bool, shake: float) -> list[Fact]:
    """Any error: the ratio is at least one."""
    return [
        within(
            f"depth {depth}: smallest ratio of 40",
            ratios(depth, power(depth), factor, worst, shake).min(), 1 - 256 * depth * 3 * U, np.inf, 1.0,
        )
        for depth in (2, 3, 4, 6)
    ]  # fmt: skip


@kept
def heights(method: Any, depth: int, direction: str) -> tuple[float, np.ndarray]:
    """The size of the first error, and the losses of a run to a target at distance 0.3 of singular maps."""
    goal = (orthogonal(3, 3, depth) * [1.0, 0.8, 0.3]) @ orthogonal(3, 3, 8).T
    P, _, Qt = np.linalg.svd(goal)
    if direction == "the smallest directions":
        error = -0.1 * np.outer(P[:, -1], Qt[-1])
    else:
        error = np.random.default_rng(depth).standard_normal((3, 3)) / 30
    instance = starting_at(goal, balanced(goal + error, (3,) * (depth + 1)), direction)
    problem = with_run_axis(instance.problem)
    run = itertools.islice(iterates(method, [instance]), 201)
    return float(np.linalg.norm(error)), np.array([float(problem.gap(x)[0, 0]) for x in run])


def rate(method: Any, factor: float, power: Callable[[int], float]) -> list[Fact]:
    """-ln f(t)/f(0) over factor N c^power t, c the distance of the target from singular maps less the first
    error: the smallest over the run."""
    facts = []
    t = float(method.step) * np.arange(1, 201)
    for depth in (2, 3, 8):
        for direction in ("the smallest directions", "random directions"):
            error, losses = heights(method, depth, direction)
            bound = factor * depth * (0.3 - error) ** power(depth) * t
            speed = float((-np.log(losses[1:] / losses[0]) / bound).min())
            facts.append(within(f"depth {depth}, error along {direction}", speed, 1.0, np.inf))
    return facts


def obstructed(method: Any, smallest: float, start: str) -> list[Fact]:
    """Losses over smallest^2 / 2 along runs to a symmetric target whose least eigenvalue is ``smallest``."""
    facts = []
    Q = orthogonal(3, 3, 4)
    goal = (Q * [2.0, 1.5, smallest]) @ Q.T
    for depth in (2, 3):
        rng = np.random.default_rng(depth)
        if start == "identity":
            weights = [np.eye(3)] * depth
        elif start == "balanced":
            weights = balanced(np.eye(3) + 0.3 * rng.standard_normal((3, 3)), (3,) * (depth + 1))
        else:
            weights = [np.eye(3) + 0.3 * rng.standard_normal((3, 3)) for _ in range(depth)]
        instance = starting_at(goal, weights, start)
        problem = with_run_axis(instance.problem)
        limit = smallest**2 / 2
        run = [
            float(problem.gap(x)[0, 0]) / limit for x in itertools.islice(iterates(method, [instance]), 601)
        ]
        facts.append(within(f"depth {depth}: smallest loss over {limit:g}", min(run), 1 - 1e-9, np.inf))
        if depth == 2:  # the map's eigenvalue falls like exp(-2 |smallest| t), and deeper nets' like a power
            facts.append(equal(f"depth {depth}: last loss over {limit:g}", 1, run[-1], 1e-9))
    return facts


def progress_power(depth: int) -> float:
    return 2 - 2 / depth


descent = GradientDescent(step=STEP)
momentum = HeavyBall(step=STEP / 2, momentum=sp.Rational(1, 2))


def identity(widths: tuple[int, ...], whitened: bool, label: str) -> Calculation:
    return Calculation(
        compute=conserved,
        arguments={"widths": widths, "gradient": None, "power": 2, "sign": 1, "whitened": whitened},
        ran="four unbalanced nets, 200 rounds",
        label=label,
    )


square = identity(SQUARE, True, "exact change, square layers")
any_widths = identity(WIDTHS, False, "exact change, any widths and covariance")
slow = Calculation(
    compute=drift,
    arguments={"power": 1, "gradient": None},
    rests_on="slope",
    ran=f"four unbalanced nets over time {HORIZON:g}, four steps",
    label="drift of gradient descent",
    quick=False,
)
slow_momentum = replace(slow, method=momentum, label="drift of the heavy ball")
whole = Calculation(
    compute=whole_steps,
    arguments={"power": 2, "more": 0, "kick": 0.0, "gradient": None},
    rests_on="slope",
    ran="one round from balanced nets of 2, 3 and 4 layers, four steps",
    label="step of the whole map",
)
sharp = Calculation(
    compute=attained,
    arguments={"power": progress_power, "factor": 2.0},
    ran="40 random balanced nets of each depth 2, 3, 4 and 6, errors along the worst direction",
    label="attained",
)
inequality = Calculation(
    compute=bounded,
    arguments={"power": progress_power, "factor": 2.0, "worst": False, "shake": 0.0},
    rests_on="bound",
    ran="40 random balanced nets and errors of each depth 2, 3, 4 and 6",
    label="any error",
)
linear_rate = Calculation(
    compute=rate,
    arguments={"factor": 2.0, "power": progress_power},
    method=GradientDescent(step=sp.Rational(1, 200)),
    rests_on="bound",
    ran="gradient descent on balanced nets of 2, 3 and 8 layers, 200 rounds",
    label="rate",
)
obstruction = Calculation(
    compute=obstructed,
    arguments={"smallest": -1.0, "start": "identity"},
    method=GradientDescent(step=sp.Rational(1, 40)),
    rests_on="bound",
    ran="gradient descent from the identity to a target with an eigenvalue -1, 600 rounds",
    label="negative determinant",
)


#: Bugs that change a single step at first order, on nets of any widths.
AT_FIRST_ORDER = (five_percent_more, layers_unequal)


theorems = [
    Theorem(
        name="deep-linear-balance",
        title="Gradient descent changes the balance of layers by step² only, exactly",
        source=Source("aroracohenhazan2018"),
        also=[Source("duhulee2018")],
        statement="D_j = W_{j+1}^T W_{j+1} - W_j W_j^T is constant along gradient flow. A round of gradient "
        "descent adds exactly step² (G_{j+1}^T G_{j+1} - G_j G_j^T), G_j the gradient of layer j, so that "
        "over a fixed time D_j drifts by O(step), with momentum too.",
        method=descent,
        survey="deep linear",
        remark="Derived: W_{j+1}^T G_{j+1} = G_j W_j^T, so that the terms of first order cancel. The sum is "
        "formed with the true gradient, so that the identity catches a gradient of the wrong size too.",
        predictions=[square, any_widths, slow, slow_momentum],
        rivals=[
            *(Rival(name, altered(square, gradient=bug)) for name, bug, _ in BUGS),
            Rival("first power of the step", altered(square, power=1)),
            Rival("opposite sign", altered(square, sign=-1)),
            Rival("exactly conserved", altered(square, sign=0)),
            Rival("the identity holds with momentum", replace(square, method=momentum)),
            Rival("drift of Adam", replace(slow, method=Adam(step=STEP))),
            Rival("drift of second order", altered(slow, power=2)),
            Rival("drift of own steps", altered(slow, gradient=layers_unequal)),
        ],
    ),
    Theorem(
        name="deep-linear-end-to-end",
        title="From balance depth acts as a preconditioner of the whole map",
        source=Source("aroracohenhazan2018"),
        statement="From balanced layers a round moves the map W by −step times the sum over the layers j of "
        "(W W^T)^{(N-j)/N} E (W^T W)^{(j-1)/N}, E = ∂f/∂W, up to O(step²).",
        method=descent,
        survey="deep linear",
        predictions=[whole],
        rivals=[
            Rival("N + 1 in the exponents", altered(whole, more=1)),
            Rival("without balance", altered(whole, kick=0.2)),
            Rival("error of first order", altered(whole, power=1)),
            Rival("error of third order", altered(whole, power=3)),
            *(Rival(name, altered(whole, gradient=bug)) for name, bug, _ in BUGS if bug in AT_FIRST_ORDER),
        ],
    ),
    Theorem(
        name="deep-linear-balanced-progress",
        title="Balanced nets make progress at the rate 2N σ_min^{2-2/N}",
        source=Source("aroracohengolowichhu2019"),
        statement="At balanced square layers with whitened inputs |∇f|² ≥ 2N σ_min(W)^{2-2/N} f, with "
        "equality for an error along the smallest singular directions of W. While |W - Φ| ≤ σ_min(Φ) - c, "
        "the loss falls at least like exp(-2N c^{2-2/N} t).",
        method=None,
        survey="deep linear",
        remark="The constants are derived: the least eigenvalue of the tangent kernel is N σ_min^{2-2/N}. "
        "Arora et al. prove a linear rate from approximately balanced starts whose loss is below that of any "
        "map without full rank.",
        predictions=[sharp, inequality, linear_rate],
        rivals=[
            Rival("power 2 - 1/N, attained", altered(sharp, power=lambda n: 2 - 1 / n)),
            Rival("power 1 - 1/N", altered(inequality, power=lambda n: 1 - 1 / n, worst=True)),
            Rival("twice the constant, attained", altered(sharp, factor=4.0)),
            Rival("without balance", altered(inequality, worst=True, shake=1.0)),
            Rival("twice the rate", altered(linear_rate, factor=4.0)),
            Rival("rate with the first power of c", altered(linear_rate, power=lambda n: 1)),
        ],
    ),
    Theorem(
        name="deep-linear-determinant-obstruction",
        title="From the identity a negative eigenvalue of the target is never learnt",
        source=Source("bartletthelmboldlong2018"),
        also=[Source("aroracohengolowichhu2019")],
        statement="From layers that are all the identity gradient descent with short steps to a symmetric "
        "target with one negative eigenvalue λ keeps the loss above λ²/2, its limit.",
        method=None,
        survey="deep linear",
        remark="Gradient flow keeps the sign of det W from any balanced start. Gradient descent keeps the "
        "balance up to O(step) only, and from a balanced start without that symmetry it gets past: a rival "
        "shows it.",
        predictions=[obstruction],
        rivals=[
            Rival("from any balanced start", altered(obstruction, start="balanced")),
            Rival("without balance", altered(obstruction, start="unbalanced")),
            Rival("positive eigenvalue", altered(obstruction, smallest=1.0)),
        ],
    ),
]
