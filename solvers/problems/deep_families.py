"""Families of deep linear nets: targets with a prescribed condition number, starts near and far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solvers.problems.deep_linear import balanced, flat, net
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance
from solvers.problems.quadratic import Fixed


def orthogonal(rows: int, columns: int, seed: int) -> np.ndarray:
    """Random orthonormal columns, shape (rows, columns), columns <= rows."""
    import scipy.stats  # takes a second to load

    return scipy.stats.ortho_group.rvs(rows, random_state=seed)[:, :columns]


def target(size: int, kappa: float, seed: int = 0) -> np.ndarray:
    """A random square map with singular values from 1 to kappa, in geometric progression."""
    s = np.geomspace(1.0, kappa, size)
    return (orthogonal(size, size, 2 * seed) * s) @ orthogonal(size, size, 2 * seed + 1).T


def aligned(goal: np.ndarray, depth: int, scale: float, seed: int = 0) -> list[np.ndarray]:
    """Weights that are orthogonal but for their common size, whose product is ``scale`` times the orthogonal
    factor of a square target: each singular direction of the target is learnt on its own. Balanced."""
    U, _, Vt = np.linalg.svd(goal)
    hidden = [orthogonal(len(goal), len(goal), 64 * (seed + 1) + j) for j in range(depth - 1)]
    frames = [Vt.T, *hidden, U]
    return [scale ** (1 / depth) * frames[j + 1] @ frames[j].T for j in range(depth)]


def starting_at(goal: np.ndarray, weights: Sequence[np.ndarray], label: str) -> Instance:
    """A whitened net that is to learn the goal from these weights."""
    return net(goal, [len(w) for w in weights[:-1]], label, Fixed(tuple(flat(weights).tolist())))


@dataclass(frozen=True)
class Near:
    """A solution, flat (p,), with a Gaussian error whose entries have the size ``delta``."""

    solution: tuple[float, ...]
    delta: float

    def __call__(self, seed: int) -> np.ndarray:
        noise = np.random.default_rng([seed, len(self.solution)]).standard_normal(len(self.solution))
        return np.array(self.solution) + self.delta * noise


def near_solution(depth: int, size: int, kappa: float, delta: float) -> Instance:
    """A whitened square net that starts near its balanced solution."""
    goal = target(size, kappa)
    hidden = (size,) * (depth - 1)
    solution = flat(balanced(goal, (size,) * (depth + 1)))
    return net(
        goal,
        hidden,
        f"linear net of depth {depth}, {size} x {size}, start at {delta:g}, kappa(target) = {kappa:g}",
        Near(tuple(solution.tolist()), delta),
    )


def near_solutions(
    depth: int | Sequence[int], size: int, kappa: Sequence[float], delta: float = 1e-4
) -> Family:
    """Square nets near their balanced solutions, where the local condition number decides."""
    depths = [depth] if isinstance(depth, int) else list(depth)
    return Family(
        near_solution,
        product(depth=depths, size=[size], kappa=kappa, delta=[delta]),
        f"square linear nets, width {size}, depth {span(depths)}, target kappa = {span(kappa)}, "
        "starting near a balanced solution",
    )


def noisy_net(depth: int, size: int, kappa: float, count: int, noise: float, delta: float) -> Instance:
    """A square net near its balanced solution, with ``count`` whitened samples whose residuals at the
    solution have the root mean square ``noise``; the target's largest singular value is 1."""
    rng = np.random.default_rng([depth, size, count])
    inputs = np.sqrt(count) * np.linalg.qr(rng.standard_normal((count, size)))[0]
    residual = rng.standard_normal((count, size))
    residual -= inputs @ (inputs.T @ residual) / count  # so that the best map stays the target
    residual *= noise / np.sqrt((residual**2).sum(1).mean())
    goal = target(size, kappa) / kappa
    solution = flat(balanced(goal, (size,) * (depth + 1)))
    return net(
        goal,
        (size,) * (depth - 1),
        f"linear net of depth {depth}, {count} samples, noise {noise:g}, start at {delta:g}",
        Near(tuple(solution.tolist()), delta),
        samples=(inputs, inputs @ goal.T + residual),
    )
