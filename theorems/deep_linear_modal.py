r"""Runs on deep linear nets near a solution: the modal polynomials of the tangent kernel, the critical step,
and the bugs of a gradient that these and the balance of the layers catch."""

from __future__ import annotations

import functools
import itertools
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.methods import GradientDescent
from solvers.observe import iterates
from solvers.problems.deep_families import near_solution, target
from solvers.problems.deep_linear import DeepLinear, layers, net, tangent_kernel
from solvers.problems.initialisation import RandomStart
from solvers.problems.instance import Instance
from solvers.problems.quadratic import Fixed, spectrum_of
from solvers.run import run
from solvers.trajectories import every
from theorems.deep_linear_local import U, gradient_descent, heavy_ball, local, nesterov
from theorems.facts import equal, order
from theorems.predictions import Calculation, Fact
from theorems.symbols import L, L_local
from theorems.theorem import Rival, Source, Theorem

# ---------------------------------------------------------------- the runs near a solution

SMALL = (1e-3, 10**-3.5, 1e-4, 10**-4.5, 1e-5)
SEEDS = range(6)
#: A relative deviation that counts as a run which got lost.
LOST = 1e6


def without_first_layer(weights: list[np.ndarray], root: np.ndarray) -> np.ndarray:
    """The kernel without the layer next to the inputs (a wrong law)."""
    return tangent_kernel(weights[1:], weights[0] @ root)


def modal(instance: Instance, seed: int, kernel: Callable[..., np.ndarray]) -> Instance:
    """The quadratic whose errors are the residual in the kernel's eigenvectors, both at the net's start."""
    problem, x = instance.problem, instance.start(seed)
    values, vectors = np.linalg.eigh(kernel(layers(problem.widths, x), problem.root))
    residual = (problem.map(x) - problem.target) @ problem.root
    start = Fixed(tuple((vectors.T @ residual.ravel()).tolist()))
    return replace(
        spectrum_of(values, f"{instance.label}, start {seed}", start), constants=instance.constants
    )


@functools.lru_cache(maxsize=None, typed=True)  # methods of two types may have equal numbers
def deviation(
    method: Any,
    layered: int,
    delta: float,
    gradient: Callable[..., Any] | None,
    kernel: Callable[..., np.ndarray],
) -> float:
    """The largest relative difference between the residual and that of the same method on the quadratic, down
    to 1e-4 of the start; the mean over the starts."""
    instance = near_solution(layered, 3, 3.0, delta)
    modes = run(method, [modal(instance, seed, kernel) for seed in SEEDS], rounds=40, grid=every)
    if gradient is not None:
        instance = broken(instance, gradient)
    found = run(method, [instance], SEEDS, rounds=40, grid=every)
    shared = min(found.log_distance.shape[1], modes.log_distance.shape[1])
    a, b = found.log_distance[:, :shared], modes.log_distance[:, :shared]
    with np.errstate(over="ignore"):
        off = np.where(b > b[:, :1] + np.log(1e-4), np.abs(np.expm1(a - b)), 0.0)
    return float(np.nan_to_num(off, nan=LOST, posinf=LOST).clip(0, LOST).max(1).mean())


def follows(
    method: Any,
    power: float,
    kernel: Callable[..., np.ndarray] = tangent_kernel,
    gradient: Callable[..., Any] | None = None,
    depths: tuple[int, ...] = (2, 3, 5),
) -> list[Fact]:
    """The deviation from the modal polynomial against the distance of the start from a solution."""
    return [
        order(
            f"depth {layered}: deviation against the start's distance",
            power,
            SMALL,
            [deviation(method, layered, delta, gradient, kernel) for delta in SMALL],
        )
        for layered in depths
    ]


def polynomial(label: str, method: Any) -> Calculation:
    return Calculation(
        compute=follows,
        arguments={"power": 1},
        method=method,
        rests_on="slope",
        ran="square nets of depth 2, 3 and 5 from five distances down to 1e-5, six starts each; the same "
        "method on the quadratic with the tangent kernel's spectrum",
        label=label,
        quick=False,
    )


followed = [
    polynomial("gradient descent", gradient_descent),
    polynomial("heavy ball", heavy_ball),
    polynomial("Nesterov", nesterov),
]


def largest(s: float, layered: int) -> float:
    """The largest eigenvalue at a balanced solution, s the largest singular value of the target."""
    return layered * s ** (2 - 2 / layered)


def any_depth(s: float, layered: int) -> float:
    return s ** (2 - 2 / layered)


def as_if_two(s: float, layered: int) -> float:
    return layered * s


@functools.lru_cache(maxsize=None, typed=True)  # methods of two types may have equal numbers
def critical(method: Any, layered: int, delta: float) -> np.ndarray:
    """The step at which the largest mode would neither grow nor fall, by its growth at the method's own step
    beyond, (starts,)."""
    instance = near_solution(layered, 3, 3.0, delta)
    step = float(protocol.evaluate(method, instance).step)
    found = run(method, [instance], SEEDS, rounds=40, grid=every).log_distance
    growth = np.exp(found[:, -1] - found[:, -2])
    return 2 * step / (1 + growth)


def limit_of_stability(
    method: Any, top: Callable[[float, int], float], bound: float, power: float
) -> list[Fact]:
    """The critical step against bound/top, for starts nearer and nearer to the solution."""
    facts = []
    for layered in (2, 4, 8, 16):
        claimed = bound / top(3.0, layered)
        errors = [float(np.abs(critical(method, layered, d) / claimed - 1).mean()) for d in SMALL]
        facts.append(
            order(f"depth {layered}: critical step against the start's distance", power, SMALL, errors)
        )
    return facts


edge = Calculation(
    compute=limit_of_stability,
    arguments={"top": largest, "bound": 2.0, "power": 1},
    method=local(GradientDescent(step=sp.Rational(21, 10) / L)),
    rests_on="slope",
    expression=2 / L_local,
    ran="square nets of depth 2 to 16, target kappa = 3, from five distances down to 1e-5, six starts each",
    label="critical step",
    quick=False,
)

# ---------------------------------------------------------------- gradients with a bug


def broken(instance: Instance, gradient: Callable[..., Any]) -> Instance:
    """The net with another gradient."""
    kind = type(instance.problem)
    wrong = type(f"{gradient.__name__}_{kind.__name__}", (kind,), {"__slots__": (), "gradient": gradient})
    return replace(instance, problem=wrong(*instance.problem))


def five_percent_more(problem: Any, x: Any) -> Any:
    return 1.05 * DeepLinear.gradient(problem, x)


def layers_unequal(problem: Any, x: Any) -> Any:
    """A factor 1.1 on the second layer, 1.2 on the third, ..."""
    found = DeepLinear.gradient(problem, x)
    for j, part in enumerate(problem.layers(found)):
        part *= 1 + 0.1 * j
    return found


def not_transposed(problem: Any, x: Any) -> Any:
    """The error goes back through W instead of W'."""
    weights = problem.layers(x)
    back = problem.map(x) - problem.target
    found = x * 0
    written = problem.layers(found)
    for j in range(len(weights) - 1, -1, -1):
        before = functools.reduce(
            lambda product, weight: weight @ product, weights[:j], np.eye(back.shape[-1])
        )
        written[j][...] = back @ before.swapaxes(-1, -2)
        back = weights[j] @ back
    return found


def noisy(problem: Any, x: Any) -> Any:
    """Independent noise of size 1e-3 on every entry."""
    noise = np.random.default_rng(zlib.crc32(x.tobytes())).standard_normal(x.shape)
    return DeepLinear.gradient(problem, x) + 1e-3 * noise


def rounded(problem: Any, x: Any) -> Any:
    """Rounded to single precision."""
    return DeepLinear.gradient(problem, x).astype(np.float32).astype(float)


def in_single(problem: Any, x: Any) -> Any:
    """Formed in single precision."""
    single = type(problem)(*(array.astype(np.float32) for array in problem))
    return DeepLinear.gradient(single, x.astype(np.float32)).astype(float)


def balance(method: Any, squares: int, gradient: Callable[..., Any] | None = None) -> list[Fact]:
    """W_{j+1}' W_{j+1} - W_j W_j' changes by the squares of the steps alone: the largest entry of what is
    left when they are taken off, along runs from afar."""
    rounds, facts = 20, []
    for layered in (2, 3, 5):
        start = RandomStart((4,) * (layered + 1), "gaussian", 0.5)
        instance = net(target(4, 3.0), (4,) * (layered - 1), f"depth {layered}", start)
        if gradient is not None:
            instance = broken(instance, gradient)
        shape, pairs_of_layers = instance.problem.widths, range(layered - 1)
        left, top, drift = 0.0, 0.0, 0.0
        before: list[np.ndarray] = []
        for x in itertools.islice(iterates(method, [instance], range(8)), rounds + 1):
            weights = layers(shape, x.copy())
            if before:
                steps = [new - old for new, old in zip(weights, before, strict=True)]
                change = [products(weights, j) - products(before, j) for j in pairs_of_layers]
                drift = (
                    drift
                    + np.array(change)
                    - squares * np.array([products(steps, j) for j in pairs_of_layers])
                )
                left = max(left, float(np.abs(drift).max()))
            top = max(top, max(float((w * w).sum((-1, -2)).max()) for w in weights))
            before = weights
        # an entry of a product rounds width times, relative to the weights' squares; a step carries the
        # roundings of the gradient's products, fewer than 2 widths a layer
        tolerance = 2 * 4 * (2 * layered + 4) * rounds * U * top
        facts.append(equal(f"depth {layered}: largest entry after {rounds} rounds", 0, left, tolerance))
    return facts


def products(weights: list[np.ndarray], j: int) -> np.ndarray:
    """W_{j+1}' W_{j+1} - W_j W_j', counted from 0."""
    above, below = weights[j + 1], weights[j]
    return above.swapaxes(-1, -2) @ above - below @ below.swapaxes(-1, -2)


balanced_steps = Calculation(
    compute=balance,
    arguments={"squares": 1},
    method=GradientDescent(step=sp.Rational(1, 50)),
    ran="gradient descent on nets of width 4 and depth 2, 3, 5, eight normal starts, 20 rounds",
    label="balance",
)
near_by = replace(
    followed[0],
    arguments={"power": 1, "depths": (3,)},
    ran="square nets of depth 3 from five distances down to 1e-5, six starts each, beside their quadratics",
    label="modal polynomial",
)
#: Each bug with what catches it: balance, modal polynomial.
BUGS: tuple[tuple[str, Callable[..., Any], tuple[bool, bool]], ...] = (
    ("gradient larger by 5 percent", five_percent_more, (False, True)),
    ("layers with unequal steps", layers_unequal, (True, True)),
    ("W in the place of W transposed", not_transposed, (True, True)),
    ("noise of size 1e-3", noisy, (True, True)),
    ("rounded to single precision", rounded, (True, False)),
    ("formed in single precision", in_single, (True, True)),
)


def caught() -> list[Rival]:
    """Every bug before every check that catches it."""
    return [
        Rival(f"{name}: {check.label}", replace(check, arguments={**check.arguments, "gradient": bug}))
        for name, bug, catches in BUGS
        for check, does in zip((balanced_steps, near_by), catches, strict=True)
        if does
    ]


theorems = [
    Theorem(
        name="deep-linear-modal-polynomials",
        title="Near a solution the residual of a deep linear net follows the tangent kernel's quadratic",
        source=Source("jacotgabrielhongler2018"),
        statement="From a start at distance δ of a solution the residual (W_D ... W_1 - Φ) of gradient "
        "descent, heavy ball and Nesterov is that of the same method on the quadratic with the spectrum "
        "of the tangent kernel, mode by mode, up to a relative error O(δ).",
        method=gradient_descent,
        survey="deep linear",
        remark="Derived: one step maps the residual linearly up to terms of second order, by the kernel "
        "at the start up to terms of first order. The directions in which the solutions form a manifold "
        "do not enter the residual.",
        predictions=followed,
        rivals=[
            Rival("no error at first order", replace(followed[0], arguments={"power": 2})),
            Rival(
                "kernel without the first layer",
                replace(followed[0], arguments={"power": 1, "kernel": without_first_layer}),
            ),
        ],
    ),
    Theorem(
        name="deep-linear-local-stability",
        title="Gradient descent is stable near a deep solution for steps up to 2/(D σ_1^{2-2/D})",
        source=Source("sun2020"),
        statement="Near a balanced solution of a square whitened net of depth D with the largest "
        "singular value σ_1 gradient descent loses the largest mode for steps below 2/L_local = 2/(D "
        "σ_1^{2-2/D}) and not above: the step has to shrink with the depth.",
        method=edge.method,
        survey="deep linear",
        remark="Derived. The critical step is read off the growth of the residual at a step 5 percent "
        "beyond.",
        predictions=[edge],
        rivals=[
            Rival(name, replace(edge, arguments={**edge.arguments, **changes}))
            for name, changes in (
                ("the same step at every depth", {"top": any_depth}),
                ("exponent of two layers at any depth", {"top": as_if_two}),
                ("limit 1/L", {"bound": 1.0}),
                ("error of second order", {"power": 2}),
            )
        ],
    ),
    Theorem(
        name="deep-linear-gradient-bugs",
        title="Six bugs in the gradient of a deep linear net, and what catches each",
        source=Source("aroracohenhazan2018"),
        also=[Source("duhulee2018")],
        statement="Under gradient descent W_{j+1}^T W_{j+1} - W_j W_j^T changes by the squares of the "
        "steps alone, since W_{j+1}^T G_{j+1} = G_j W_j^T for the gradients G_j. Together with the order "
        "of the modal polynomial this catches six bugs of a gradient, down to a rounding to single "
        "precision.",
        method=balanced_steps.method,
        survey="deep linear",
        remark="The balance does not see the size of the gradient, and the order does not see an error "
        "of rounding's size: neither check is enough.",
        predictions=[balanced_steps, near_by],
        rivals=[
            Rival("conserved by every step", replace(balanced_steps, arguments={"squares": 0})),
            *caught(),
        ],
    ),
]
