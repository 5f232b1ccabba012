r"""Wide linear nets: how wide they must be for fast gradient descent, and how they stay near their start.

All nets have one input scale and one step for all layers: in the papers' notation the weights have unit
variance and the net a factor, which is the same descent with the factor spread over the layers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import GradientDescent
from solvers.observe import iterates
from solvers.problems.deep_linear import layers, net, tangent_kernel
from solvers.problems.initialisation import RandomStart
from solvers.problems.instance import Instance
from solvers.run import run
from solvers.trajectories import every
from theorems.facts import mean, within
from theorems.predictions import Calculation, Fact
from theorems.symbols import L, n
from theorems.theorem import Rival, Source, Theorem


def wide(size: int, D: int, width: int, kind: str, gain: float = 1.0, power: float = 0.0) -> Instance:
    """A whitened net with ``size`` inputs and outputs and a normal target.

    Its constant L is the largest eigenvalue of the tangent kernel of infinite width. ``gain`` multiplies the
    weights, without the theorem's knowing; ``power`` multiplies the output by width^-power, and L knows.
    """
    widths = (size, *(width,) * (D - 1), size)
    scale = (width ** (D - 1) * size) ** (-1 / (2 * D)) * width ** (-power / D)
    goal = np.random.default_rng([6, size]).standard_normal((size, size))
    label = f"{kind}, width {width}, depth {D}, gain {gain:g}, power {power:g}"
    instance = net(goal, widths[1:-1], label, RandomStart(widths, kind, gain * scale))
    limit = D * scale ** (2 * D - 2) * width ** (D - 1)
    return replace(instance, constants={**instance.constants, L: limit})


#: Du and Hu's step, d_out / (2 D |X|^2), in these weights.
method = GradientDescent(step=1 / (2 * L))

# ---------------------------------------------------------------- how wide

#: The kind of weights, width(depth), whether at least three quarters of the runs are fast or at most one
#: quarter, and the depths.
Claims = dict[str, tuple[str, Callable[[int], int], bool, tuple[int, ...]]]


def fast(method: Any, claims: Claims, gain: float = 1.0) -> list[Fact]:
    """The share of 16 starts from which loss(t) <= (3/4)^t loss(0), to rounding, for t = 1, ..., 12."""
    facts, seeds, rounds = [], 16, 12
    t = np.arange(rounds + 1)
    for name, (kind, width, wanted, depths) in claims.items():
        for D in depths:
            instance = wide(4, D, width(D), kind, gain)
            found = run(
                method, [instance], range(seeds), rounds=rounds, measures=("gap",), grid=every, growth=7.0
            )
            assert found.log_gap is not None
            gap = np.full((seeds, rounds + 1), np.inf)  # a run that grows by e^7 ends there
            gap[:, : found.log_gap.shape[1]] = np.nan_to_num(found.log_gap, nan=np.inf)
            share = float((gap <= gap[:, :1] + t * np.log(0.75) + 1e-9).all(1).mean())
            low, high = (0.75, 1.0) if wanted else (0.0, 0.25)
            facts.append(within(f"{name}: width {width(D)}, depth {D}", share, low, high, float(wanted)))
    return facts


def width_law(*entries: tuple[str, str, Callable[[int], int], bool, tuple[int, ...]]) -> Calculation:
    return Calculation(
        compute=fast, arguments={"claims": {name: rest for name, *rest in entries}}, rests_on="sample",
        quick=False, ran="16 runs of 12 steps at each width and depth",
    )  # fmt: skip


widths = width_law(
    ("orthogonal, 16", "orthogonal", lambda D: 16, True, (4, 8, 16, 32)),
    ("Gaussian, 6 D", "gaussian", lambda D: 6 * D, True, (4, 8, 16)),
    ("Gaussian, 3 D / 2", "gaussian", lambda D: 3 * D // 2, False, (4, 8, 16, 32)),
)


def off_size(gain: float) -> Calculation:
    claim = width_law(("orthogonal, 16", "orthogonal", lambda D: 16, True, (16,)))
    return replace(claim, arguments={**claim.arguments, "gain": gain})


# ---------------------------------------------------------------- how lazy

WIDTHS = (16, 32, 64, 128)


def deviations(method: Any, width: int, kind: str, power: float, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest distance between a net and its linearisation over 20 steps, relative to the first residual;
    and that of the tangent kernel at the start from its limit. Both (seeds,)."""
    size, D, rounds = 2, 3, 20
    instance = wide(size, D, width, kind, power=power)
    shape = (size, *(width,) * (D - 1), size)
    limit = float(instance.constants[L])
    step = float(sp.sympify(method.step).subs(L, limit))
    farthest = np.zeros(seeds)
    for t, x in enumerate(itertools.islice(iterates(method, [instance], range(seeds)), rounds + 1)):
        first, second, third = layers(shape, x)
        residual = (third @ second @ first - instance.problem.target).reshape(seeds, -1, 1)
        if t == 0:
            kernel = np.array(
                [tangent_kernel(list(W), np.eye(size)) for W in zip(first, second, third, strict=True)]
            )
            linear, start = residual.copy(), np.linalg.norm(residual, axis=(1, 2))
        else:
            linear = linear - step * kernel @ linear
            farthest = np.maximum(farthest, np.linalg.norm(residual - linear, axis=(1, 2)) / start)
    off = np.linalg.norm(kernel / limit - np.eye(size * size), axis=(1, 2)) / size
    return farthest, off


def laziness(
    method: Any, path: float = -1, kernel: float = -0.5, kinds: tuple[str, ...] = ("gaussian", "orthogonal"),
    power: float = 0.0,
) -> list[Fact]:  # fmt: skip
    """The powers of the width in the deviation of the path and in that of the kernel.

    Starts of different widths are independent; number i of each gives one slope of ln deviation on ln width,
    and their mean is tested.
    """
    facts, seeds = [], 48
    x = np.log(WIDTHS) - np.log(WIDTHS).mean()
    for kind in kinds:
        found = [deviations(method, width, kind, power, seeds) for width in WIDTHS]
        paths, kernels = (np.log(np.array(column)) for column in zip(*found, strict=True))
        facts.append(mean(f"{kind}, path: power of the width", path, x @ paths / (x @ x), 3))
        if kind == "gaussian":
            facts.append(mean(f"{kind}, kernel: power of the width", kernel, x @ kernels / (x @ x), 3))
    return facts


lazy = Calculation(
    compute=laziness, rests_on="sample", quick=False, expression=1 / n,
    ran="48 nets of depth 3 in each of the widths 16, 32, 64, 128",
)  # fmt: skip

theorems = [
    Theorem(
        name="deep-linear-width-for-fast-descent",
        survey="training",
        title="For fast gradient descent Gaussian nets must widen with depth, orthogonal ones need not",
        source=Source("duhu2019"),
        also=[Source("huxiaopennington2020")],
        statement="From Gaussian weights gradient descent with step 1/(2K), K the limit of the tangent "
        "kernel, has f(t) ≤ (3/4)^t f(0) with a high chance if the width exceeds a multiple of the depth D "
        "(up to logs), and from orthogonal weights if it exceeds a constant.",
        method=method,
        remark="The papers' constants are much larger. Here, with four whitened inputs, half of the runs "
        "from Gaussian weights are fast at a width of about 3D. A width of 6D does, 3D/2 does not.",
        predictions=[widths],
        rivals=[
            Rival(
                "a fixed width for Gaussian weights",
                width_law(("Gaussian, 24", "gaussian", lambda D: 24, True, (4, 16))),
            ),
            Rival(
                "a width of root D for Gaussian weights",
                width_law(("Gaussian", "gaussian", lambda D: round(8 * D**0.5), True, (4, 16))),
            ),
            Rival(
                "orthogonal weights need a width proportional to the depth",
                width_law(("orthogonal, 3 D / 2", "orthogonal", lambda D: 3 * D // 2, False, (16,))),
            ),
            Rival("orthogonal weights a tenth too small", off_size(0.9)),
            Rival("orthogonal weights a tenth too large", off_size(1.1)),
            Rival("step six times as long", method=GradientDescent(step=3 / L)),
        ],
    ),
    Theorem(
        name="lazy-training",
        survey="training",
        title="A wide linear net trains like its linearisation, to one part in its width",
        source=Source("jacotgabrielhongler2018"),
        also=[Source("chizatoyallonbach2019")],
        statement="In the kernel's scaling the path of a linear net of fixed depth and width m differs "
        "from that of its linearisation at the start by 1/m of the first residual, and the tangent kernel "
        "of Gaussian weights from its limit by 1/√m.",
        method=method,
        remark="With the output smaller by √m, the mean-field scaling, a net does not become lazy. The "
        "power of the path is measured, and smaller than the 1/√m that a perturbation of the kernel would "
        "suggest.",
        predictions=[lazy],
        rivals=[
            Rival(
                "1/√m for the path",
                replace(lazy, arguments={"path": -0.5, "kinds": ("gaussian",)}),
            ),
            Rival("1/m for the kernel", replace(lazy, arguments={"kernel": -1, "kinds": ("gaussian",)})),
            Rival(
                "lazy in the mean-field scaling",
                replace(lazy, arguments={"power": 0.5, "kinds": ("gaussian",)}),
            ),
        ],
    ),
]
