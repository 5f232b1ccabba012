"""The path of a run against a replay of its draws by triangular solves, from plain numpy.

The steps of a block are the unknowns of one triangular system; indices may repeat within a block. Every
method here is z+ = M z + sum_i r_i (h_i'z - c_i) over the indices i that a step draws; some have a form of
their own, without the matrix M.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from checks.gates.solver import Claim, Draws, Solver, arrivals
from solvers import (
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    DiminishingSGD,
    Kaczmarz,
    LooplessSVRG,
    MaSS,
    MiniBatchSGD,
    MomentumSGD,
    NesterovSGD,
    RandomizedCoordinateDescent,
    WeightedCoordinateDescent,
)
from solvers.problems.instance import Instance, with_run_axis

#: What a path may differ from its replay, relative to the larger of |g| and |e|.
REPLAY = 1e-10
#: What a partial derivative may differ from what its own step leaves of it, relative to the gradient.
PATHWISE = 1e-12


def solve(matrix: np.ndarray, rhs: np.ndarray) -> np.ndarray:
    return scipy.linalg.solve_triangular(matrix, rhs, lower=True)


def blocks(drawn: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, len(drawn), size):
        yield drawn[first : first + size]


# ---------------------------------------------------------------- forms of their own

# Each returns the iterates before every step and after the last, (steps + 1, n).


def replay_coordinate_descent(instance: Instance, drawn: Draws, block: int, relaxation: float) -> np.ndarray:
    """(D / w + strictly lower part of Q_JJ) s = g_J, D its diagonal; x_J falls by s."""
    Q, path = instance.problem.Q, [instance.start(0)]
    for J in blocks(drawn.indices, block):
        QJJ = Q[np.ix_(J, J)]
        s = solve(np.tril(QJJ, -1) + np.diag(np.diag(QJJ)) / relaxation, Q[J] @ path[-1])
        path.extend(path[-1] - np.cumsum(s[:, None] * np.eye(len(Q))[J], axis=0))
    return np.array(path)


def replay_weighted(instance: Instance, drawn: Draws, block: int, power: float) -> np.ndarray:
    return replay_coordinate_descent(instance, drawn, block, 1.0)


def replay_sgd(instance: Instance, drawn: Draws, block: int, step: float) -> np.ndarray:
    """(I + step strictly lower part of A_J A_J') s = A_J x - r_J; x falls by step A_J' s."""
    (A, r), path = instance.problem, [instance.start(0)]
    for J in blocks(drawn.indices, block):
        lower = np.tril(A[J] @ A[J].T, -1)
        s = solve(np.eye(len(J)) + step * lower, A[J] @ path[-1] - r[J])
        path.extend(path[-1] - step * np.cumsum(s[:, None] * A[J], axis=0))
    return np.array(path)


def replay_saga(instance: Instance, drawn: Draws, block: int, step: float) -> np.ndarray:
    """s_j is what the table's entry rises by at step j, so that step l < j moves x by then by
    step (1 + (j - 1 - l)/N) a_l s_l: once itself, and through the average at every later step. Of an
    index that came before in the block, the entry has risen by all its s: the indicator."""
    (A, r), path = instance.problem, [instance.start(0)]
    count = len(A)
    table = A @ path[0] - r
    average = A.T @ table / count
    for J in blocks(drawn.indices, block):
        j = np.arange(len(J) + 1)
        weight = step * np.tril(1 + (j[:, None] - 1 - j[:-1]) / count, -1)  # of s_l before step j
        same = np.tril(J[:, None] == J, -1)
        matrix = np.eye(len(J)) + weight[:-1] * (A[J] @ A[J].T) + same
        s = solve(matrix, A[J] @ path[-1] - r[J] - table[J] - step * j[:-1] * (A[J] @ average))
        path.extend(path[-1] - weight[1:] @ (s[:, None] * A[J]) - step * j[1:, None] * average)
        average = average + A[J].T @ s / count
        table = table + np.bincount(J, s, count)
    return np.array(path)


def from_snapshot(A: np.ndarray, path: list[np.ndarray], snapshot: np.ndarray, J: Any, step: float) -> None:
    """SGD on the differences a_i'(x - snapshot), with the full gradient at every step."""
    full = A.T @ (A @ snapshot) / len(A)
    j = np.arange(1, len(J) + 1)
    lower = np.tril(A[J] @ A[J].T, -1)
    s = solve(np.eye(len(J)) + step * lower, A[J] @ (path[-1] - snapshot) - step * (j - 1) * (A[J] @ full))
    path.extend(path[-1] - step * np.cumsum(s[:, None] * A[J], axis=0) - step * j[:, None] * full)


def replay_svrg(instance: Instance, drawn: Draws, block: int, step: float, inner: float) -> np.ndarray:
    path = [instance.start(0)]
    for round_ in blocks(drawn.indices, int(inner)):
        snapshot = path[-1]
        for J in blocks(round_, block):
            from_snapshot(instance.problem.rows, path, snapshot, J, step)
    return np.array(path)


def replay_loopless(instance: Instance, drawn: Draws, block: int, step: float, chance: float) -> np.ndarray:
    """A coin before step k makes a snapshot of the iterate before step k - 1, so blocks end there."""
    path = [instance.start(0)]
    snapshot = path[0]
    ends = [0, *(np.flatnonzero(drawn.coins[1:]) + 1), len(drawn.indices)]
    for first, last in itertools.pairwise(ends):
        snapshot = path[-2] if first else snapshot
        for J in blocks(drawn.indices[first:last], block):
            from_snapshot(instance.problem.rows, path, snapshot, J, step)
    return np.array(path)


# ---------------------------------------------------------------- the general form


class Triple(NamedTuple):
    """z+ = M z + sum over the step's indices i of r_i (h_i'z - c_i); x is the first part of z.

    Attributes:
        M: (s, s).
        r: (choices, s); of DiminishingSGD, before the step size.
        h: (choices, s).
        c: (choices,).
        start: z at the first iterate, (s,).
        scale: (time,) -> the factor of r at that step.
    """

    M: np.ndarray
    r: np.ndarray
    h: np.ndarray
    c: np.ndarray
    start: np.ndarray
    scale: Callable[[np.ndarray], np.ndarray] = lambda time: np.ones(len(time))


def replay_triple(triple: Triple, instance: Instance, drawn: Draws, block: int) -> np.ndarray:
    """(I + N) s = rhs with N_jl = -h_j' M^(j-1-l) r_l for steps l < j, rhs_j = h_j' M^j z - c_j."""
    M, size, z = triple.M, instance.dimension, triple.start
    powers = [np.eye(len(M))]
    for _ in range(block):
        powers.append(M @ powers[-1])
    power = np.array(powers)
    path, first = [z[:size]], 0
    for J in blocks(drawn.indices, block):
        count, picks = len(J), J[0].size
        step = np.repeat(np.arange(count), picks)  # of every index of the block
        i = J.ravel()
        r = triple.r[i] * triple.scale(first + step)[:, None]
        moved = np.einsum("pab,lb->pla", power[:count], r)  # M^p r_l
        age = step[:, None] - 1 - step
        N = np.where(age >= 0, -np.einsum("ja,jla->jl", triple.h[i], moved[age, np.arange(len(i))]), 0.0)
        rhs = np.einsum("ja,jab,b->j", triple.h[i], power[step], z) - triple.c[i]
        s = solve(np.eye(len(i)) + N, rhs)
        for j in range(1, count + 1):
            before = step < j
            kept = moved[j - 1 - step[before], np.flatnonzero(before)]
            path.append((power[j] @ z + s[before] @ kept)[:size])
        z = power[count] @ z + s @ moved[count - 1 - step, np.arange(len(i))]
        first += count
    return np.array(path)


def sag(instance: Instance, step: float) -> Triple:
    """z = (x, table); the table's entry i is a_i'x - c_i of the last visit."""
    A, residual = instance.problem
    (N, n), x = A.shape, instance.start(0)
    M = np.block([[np.eye(n), -step / N * A.T], [np.zeros((N, n)), np.eye(N)]])
    r, h = np.hstack([-step / N * A, np.eye(N)]), np.hstack([A, -np.eye(N)])
    return Triple(M, r, h, residual, np.r_[x, A @ x - residual])


def kaczmarz(instance: Instance, relaxation: float) -> Triple:
    A, residual = instance.problem
    n = instance.dimension
    squares = (A**2).sum(1, keepdims=True)
    return Triple(np.eye(n), -relaxation * A / squares, A, residual, instance.start(0))


def minibatch(instance: Instance, step: float, batch: float, replacement: float) -> Triple:
    A, residual = instance.problem
    return Triple(np.eye(instance.dimension), -step / batch * A, A, residual, instance.start(0))


def diminishing(instance: Instance, numerator: float, offset: float) -> Triple:
    A, residual = instance.problem

    def scale(time: np.ndarray) -> np.ndarray:
        return numerator / (offset + time)

    return Triple(np.eye(instance.dimension), -A, A, residual, instance.start(0), scale)


def momentum(instance: Instance, step: float, beta: float) -> Triple:
    """z = (x, the iterate before)."""
    A, residual = instance.problem
    (N, n), x = A.shape, instance.start(0)
    one, nothing = np.eye(n), np.zeros((N, n))
    M = np.block([[(1 + beta) * one, -beta * one], [one, 0 * one]])
    return Triple(M, np.hstack([-step * A, nothing]), np.hstack([A, nothing]), residual, np.r_[x, x])


def nesterov(instance: Instance, step: float, beta: float) -> Triple:
    """The same, where the gradient is that at x + beta (x - the iterate before)."""
    base = momentum(instance, step, beta)
    A = instance.problem.rows
    return base._replace(h=np.hstack([(1 + beta) * A, -beta * A]))


def mass(instance: Instance, step: float, pace: float, long: float) -> Triple:
    """z = (w, v); u = (w + pace v) / (1 + pace) is where the gradient is taken."""
    A, residual = instance.problem
    one, x = np.eye(instance.dimension), instance.start(0)
    w, v = 1 / (1 + pace), pace / (1 + pace)
    M = np.block([[w * one, v * one], [pace * w * one, (1 - pace + pace * v) * one]])
    r, h = np.hstack([-step * A, -long * A]), np.hstack([w * A, v * A])
    return Triple(M, r, h, residual, np.r_[x, x])


def accelerated(instance: Instance, coupling: float, step: float) -> Triple:
    """z = (y, z) of the method; its x is tau z + (1 - tau) y."""
    Q, x = instance.problem.Q, instance.start(0)
    one, tau = np.eye(len(Q)), coupling
    M = np.block([[(1 - tau) * one, tau * one], [tau * (1 - tau) * one, (1 - tau + tau**2) * one]])
    h = np.hstack([(1 - tau) * Q, tau * Q]) / np.diag(Q)[:, None]
    return Triple(M, np.hstack([-one, -step * one]), h, np.zeros(len(Q)), np.r_[x, x])


FORMS: dict[type, Callable[..., np.ndarray]] = {
    RandomizedCoordinateDescent: replay_coordinate_descent,
    SGD: replay_sgd,
    SAGA: replay_saga,
    SVRG: replay_svrg,
    LooplessSVRG: replay_loopless,
    WeightedCoordinateDescent: replay_weighted,
}
TRIPLES: dict[type, Callable[..., Triple]] = {
    SAG: sag,
    Kaczmarz: kaczmarz,
    MiniBatchSGD: minibatch,
    DiminishingSGD: diminishing,
    MomentumSGD: momentum,
    NesterovSGD: nesterov,
    MaSS: mass,
    AcceleratedCoordinateDescent: accelerated,
}


def replayed(claim: Claim, drawn: Draws, block: int) -> np.ndarray:
    """The iterates that the claimed method has with these draws, (steps + 1, n)."""
    kind = type(claim.method)
    if kind in FORMS:
        return FORMS[kind](claim.instance, drawn, block, *claim.numbers)
    return replay_triple(TRIPLES[kind](claim.instance, *claim.numbers), claim.instance, drawn, block)


# ---------------------------------------------------------------- the gates


def followed(solver: Solver, claim: Claim, seed: int, count: int) -> tuple[np.ndarray, Draws]:
    """The iterates of one run, (count + 1, n), and what it drew."""
    path = [state[0][0].copy() for state in arrivals(solver, claim.instance, [seed], count)]
    drawn = solver.draws(claim.instance, [seed], count)
    return np.array(path), Draws(drawn.indices[0], drawn.coins[0])


def replay_error(solver: Solver, claim: Claim, seed: int = 0, count: int = 400, block: int = 64) -> float:
    """The largest |x_t - replay| / max(|g_t|, |x_t|) along one run."""
    path, drawn = followed(solver, claim, seed, count)
    wanted = replayed(claim, drawn, block)
    gradients = with_run_axis(claim.instance.problem).gradient(wanted)
    scale = np.maximum(np.linalg.norm(gradients, axis=1), np.linalg.norm(wanted, axis=1))
    return float((np.linalg.norm(path - wanted, axis=1) / scale).max())


def pathwise_error(solver: Solver, claim: Claim, seed: int = 0, count: int = 400) -> float:
    """The largest ||g_i(x+)| - |1 - w| |g_i(x)|| / max|g(x)| along a run of coordinate descent with
    relaxation w; every gradient is computed afresh from the iterate."""
    kept = abs(1 - claim.numbers[0])
    path, (drawn, _) = followed(solver, claim, seed, count)
    g = np.abs(path @ claim.instance.problem.Q)
    t = np.arange(count)
    return float((np.abs(g[t + 1, drawn] - kept * g[t, drawn]) / g[t].max(1)).max())


def replay(solver: Solver, claim: Claim, seeds: range, level: float) -> np.ndarray:
    return np.array([not replay_error(solver, claim, seed) <= REPLAY for seed in seeds])


def pathwise(solver: Solver, claim: Claim, seeds: range, level: float) -> np.ndarray:
    return np.array([not pathwise_error(solver, claim, seed) <= PATHWISE for seed in seeds])
