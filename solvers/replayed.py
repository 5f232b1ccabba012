"""Several steps replayed exactly in one pass: a faster route to the path of the compiled reading.

The next four indices are known. What the first of these steps does to the residuals of the others is
four inner products of rows, which a matrix holds; so the four step lengths follow from a triangular
system, and the vectors are read and written once instead of four times. Nothing is approximated, and an
index may occur twice among the four.

Coordinate descent takes its four partial derivatives from rows of Q and maintains nothing. On least
squares the steps run on the products p = A x, with K = A A' instead of A: a step of length a along the
row i is p -= a K_i. The iterate follows when somebody looks at it, from the sum of the step lengths of
every row (``catch_up``), and what is maintained is recomputed from the iterate before its rounding counts
(``refresh``). A table's average enters through its products q = A average.

A replay belongs to one method on one problem, by their exact classes (``REPLAYS``); a method derived from
one of them, or a copy with another step, is advanced by its own text. ``tests/test_replayed.py`` holds
the two readings together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numba as nb
import numpy as np

from solvers import vocabulary as v
from solvers.methods import SAGA, SGD, SVRG, RandomizedCoordinateDescent
from solvers.plan import Plan
from solvers.problems.least_squares import LeastSquares
from solvers.problems.quadratic import Quadratic
from solvers.vocabulary import axpy, matvec, put, rmatvec

C = TypeVar("C")

#: What is maintained is recomputed when it has changed by this factor, or after so many rounds.
WINDOW, ROUNDS = 2.0**5, 128

#: The replays, by the exact classes of method and problem.
REPLAYS: dict[tuple[type, type], Any] = {}


def replays(
    method: type, problem: type, *, degrees: tuple[int, ...], text: int, replay: int
) -> Callable[[type[C]], type[C]]:
    """Declare the replay of a method on a problem: a decorator of its class.

    Args:
        method: the class of the method, which has the same hyper-parameters.
        problem: the class of the problem.
        degrees: each leaf's degree of homogeneity in the error, as a method declares it.
        text: multiply-adds that a step of the method's text costs, in unknowns n.
        replay: multiply-adds that a replayed step costs, in rows N.
    """

    def declare(cls: type[C]) -> type[C]:
        for name, value in {"degrees": degrees, "text": text, "replay": replay}.items():
            setattr(cls, name, value)
        REPLAYS[method, problem] = cls
        return cls

    return declare


arithmetic = nb.njit(fastmath={"reassoc", "contract"})


@arithmetic
def dot(a, x):
    total = 0.0
    for m in range(x.size):
        total += a[m] * x[m]
    return total


@arithmetic
def dots(A, x, i, j, k, l):
    """Four entries of A x, in one pass over x."""
    a, b, c, d = A[i], A[j], A[k], A[l]
    s, t, u, v = 0.0, 0.0, 0.0, 0.0
    for m in range(x.size):
        s += a[m] * x[m]
        t += b[m] * x[m]
        u += c[m] * x[m]
        v += d[m] * x[m]
    return s, t, u, v


@arithmetic
def add(p, K, a, i):
    """p += a K_i."""
    row = K[i]
    for m in range(p.size):
        p[m] += a * row[m]


@arithmetic
def add_four(p, K, a, b, c, d, i, j, k, l):
    """p += a K_i + b K_j + c K_k + d K_l."""
    e, f, g, h = K[i], K[j], K[k], K[l]
    for m in range(p.size):
        p[m] += (a * e[m] + b * f[m]) + (c * g[m] + d * h[m])


@arithmetic
def add_drift(p, s, q):
    """p += s q."""
    for m in range(p.size):
        p[m] += s * q[m]


@arithmetic
def add_four_and_drift(p, s, q, K, a, b, c, d, i, j, k, l):
    """p += s q + a K_i + b K_j + c K_k + d K_l."""
    e, f, g, h = K[i], K[j], K[k], K[l]
    for m in range(p.size):
        p[m] += (s * q[m] + a * e[m] + b * f[m]) + (c * g[m] + d * h[m])


@arithmetic
def add_four_and_average(p, s, q, step, share, K, a, b, c, d, i, j, k, l):
    """p += s q - step (a (1 + 3 share) K_i + ... + d K_l), then q += share (a K_i + ... + d K_l)."""
    e, f, g, h = K[i], K[j], K[k], K[l]
    a1, b1, c1, d1 = share * a, share * b, share * c, share * d
    a2, b2, c2 = -step * (a + 3 * a1), -step * (b + 2 * b1), -step * (c + c1)
    d2 = -step * d
    for m in range(p.size):
        p[m] += (s * q[m] + a2 * e[m] + b2 * f[m]) + (c2 * g[m] + d2 * h[m])
        q[m] += (a1 * e[m] + b1 * f[m]) + (c1 * g[m] + d1 * h[m])


@arithmetic
def largest(x):
    top = 0.0
    for a in x:
        top = max(top, abs(a))
    return top


@nb.njit
def due(state):
    """Whether to recompute what is maintained; asked once a round."""
    top = largest(state.products)
    state.age[0] += 1
    return state.age[0] >= ROUNDS or top < state.size[0] / WINDOW or top > state.size[0] * WINDOW


@nb.njit
def follow(problem, state, step):
    """The iterate catches up with the steps: x -= step A' lengths."""
    axpy(state.x, -step, rmatvec(problem.rows, state.lengths))
    put(state.lengths, 0 * state.lengths)


@nb.njit
def recompute(problem, state):
    """The products, from the iterate."""
    put(state.products, matvec(problem.rows, state.x))
    state.size[0] = largest(state.products)
    state.age[0] = 0


# ---------------------------------------------------------------- coordinate descent on a quadratic


class Iterate(NamedTuple):
    x: Any


@replays(RandomizedCoordinateDescent, Quadratic, degrees=(1,), text=2, replay=1)
class ReplayedCoordinateDescent(NamedTuple):
    """The replay of ``RandomizedCoordinateDescent``. The partial derivatives come from x itself."""

    relaxation: Any

    @classmethod
    def start(cls, plan: Plan, problem: Quadratic) -> Iterate:
        return Iterate(plan.start.copy())

    def several(self, problem, state, draws, coins, first, count):
        Q, x, w = problem.Q, state.x, self.relaxation
        t = first
        while t + 4 <= first + count:
            i, j, k, l = draws[t], draws[t + 1], draws[t + 2], draws[t + 3]
            a, b, c, d = dots(Q, x, i, j, k, l)
            a = -w * a / Q[i, i]
            b = -w * (b + a * Q[j, i]) / Q[j, j]
            c = -w * (c + a * Q[k, i] + b * Q[k, j]) / Q[k, k]
            d = -w * (d + a * Q[l, i] + b * Q[l, j] + c * Q[l, k]) / Q[l, l]
            x[i] += a
            x[j] += b
            x[k] += c
            x[l] += d
            t += 4
        while t < first + count:
            i = draws[t]
            x[i] -= w * dot(Q[i], x) / Q[i, i]
            t += 1


# ---------------------------------------------------------------- sums of squares, in products


class Products(NamedTuple):
    """Least squares with K = A A', shape (N, N)."""

    rows: Any
    residual: Any
    K: Any

    def gap(self, x: Any) -> Any:
        image = matvec(self.rows, x)
        return v.dot(image, image) / (2 * self.rows.shape[-2])


class Lengths(NamedTuple):
    x: Any  # as it was when it last caught up
    products: Any  # A x, now
    lengths: Any  # of every row's steps since x caught up
    size: Any  # the largest product when the products were last recomputed
    age: Any  # rounds since then


def lengths_of(plan: Plan, problem: Products) -> Lengths:
    products = problem.rows @ plan.start
    size = np.array([np.abs(products).max()])
    return Lengths(plan.start.copy(), products, np.zeros_like(products), size, np.zeros(1))


@replays(SGD, LeastSquares, degrees=(1, 1, 1, 1, 0), text=2, replay=1)
class ReplayedSGD(NamedTuple):
    """The replay of ``SGD``."""

    step: Any

    @classmethod
    def start(cls, plan: Plan, problem: Products) -> Lengths:
        return lengths_of(plan, problem)

    def several(self, problem, state, draws, coins, first, count):
        K, r, s = problem.K, problem.residual, -self.step
        p, lengths = state.products, state.lengths
        t = first
        while t + 4 <= first + count:
            i, j, k, l = draws[t], draws[t + 1], draws[t + 2], draws[t + 3]
            a = p[i] - r[i]
            b = p[j] + s * (a * K[i, j]) - r[j]
            c = p[k] + s * (a * K[i, k] + b * K[j, k]) - r[k]
            d = p[l] + s * (a * K[i, l] + b * K[j, l] + c * K[k, l]) - r[l]
            add_four(p, K, s * a, s * b, s * c, s * d, i, j, k, l)
            lengths[i] += a
            lengths[j] += b
            lengths[k] += c
            lengths[l] += d
            t += 4
        while t < first + count:
            i = draws[t]
            a = p[i] - r[i]
            add(p, K, s * a, i)
            lengths[i] += a
            t += 1

    def catch_up(self, problem, state):
        follow(problem, state, self.step)

    def refresh(self, problem, state):
        if due(state):
            follow(problem, state, self.step)
            recompute(problem, state)


class SnapshotLengths(NamedTuple):
    x: Any
    products: Any
    lengths: Any
    size: Any
    age: Any
    snapshot: Any  # the products at the snapshot
    full: Any  # the products of the gradient there


@replays(SVRG, LeastSquares, degrees=(1, 1, 1, 1, 0, 1, 1), text=4, replay=2)
class ReplayedSVRG(NamedTuple):
    """The replay of ``SVRG``."""

    step: Any
    inner: Any

    @classmethod
    def start(cls, plan: Plan, problem: Products) -> SnapshotLengths:
        state = lengths_of(plan, problem)
        return SnapshotLengths(*state, state.products.copy(), np.zeros_like(state.products))

    def outer(self, problem, state):
        put(state.snapshot, state.products)
        put(state.full, matvec(problem.K, state.snapshot) / state.snapshot.size)

    def several(self, problem, state, draws, coins, first, count):
        K, s = problem.K, -self.step
        p, z, q, lengths = state.products, state.snapshot, state.full, state.lengths
        t = first
        while t + 4 <= first + count:
            i, j, k, l = draws[t], draws[t + 1], draws[t + 2], draws[t + 3]
            a = p[i] - z[i]
            b = p[j] + s * (q[j] + a * K[i, j]) - z[j]
            c = p[k] + s * (2 * q[k] + a * K[i, k] + b * K[j, k]) - z[k]
            d = p[l] + s * (3 * q[l] + a * K[i, l] + b * K[j, l] + c * K[k, l]) - z[l]
            add_four_and_drift(p, 4 * s, q, K, s * a, s * b, s * c, s * d, i, j, k, l)
            lengths[i] += a
            lengths[j] += b
            lengths[k] += c
            lengths[l] += d
            t += 4
        while t < first + count:
            i = draws[t]
            a = p[i] - z[i]
            add(p, K, s * a, i)
            add_drift(p, s, q)
            lengths[i] += a
            t += 1
        add_drift(lengths, count / z.size, z)

    def catch_up(self, problem, state):
        follow(problem, state, self.step)

    def refresh(self, problem, state):
        if due(state):
            follow(problem, state, self.step)
            recompute(problem, state)


class TableLengths(NamedTuple):
    x: Any
    products: Any
    lengths: Any
    size: Any
    age: Any
    table: Any
    average: Any  # the products of the table's average
    late: Any  # steps since x caught up


@replays(SAGA, LeastSquares, degrees=(1, 1, 1, 1, 0, 1, 1, 0), text=5, replay=3)
class ReplayedSAGA(NamedTuple):
    """The replay of ``SAGA``.

    The average that step m of a stretch uses is A' table_m / N, and the tables add up to
    sum_(m < M) table_m = M table_M - sum_m (m + 1) d_m, the change d_m of step m at its row. So the row of
    step m counts 1 - (m + 1) / N times in ``lengths``, and M table_M / N is added when x catches up.
    """

    step: Any

    @classmethod
    def start(cls, plan: Plan, problem: Products) -> TableLengths:
        state = lengths_of(plan, problem)
        table = state.products - problem.residual
        average = problem.rows @ (problem.rows.T @ table) / table.size
        return TableLengths(*state, table, average, np.zeros(1))

    def several(self, problem, state, draws, coins, first, count):
        K, r, s, share = problem.K, problem.residual, -self.step, 1 / problem.residual.size
        p, q, table, lengths = state.products, state.average, state.table, state.lengths
        late = state.late[0]
        t = first
        while t + 4 <= first + count:
            i, j, k, l = draws[t], draws[t + 1], draws[t + 2], draws[t + 3]
            a = p[i] - r[i] - table[i]
            table[i] += a
            e = a * (1 + share)
            b = p[j] + s * (q[j] + a * K[i, j]) - r[j] - table[j]
            table[j] += b
            c = p[k] + s * (2 * q[k] + e * K[i, k] + b * K[j, k]) - r[k] - table[k]
            table[k] += c
            e = a * (1 + 2 * share) * K[i, l] + b * (1 + share) * K[j, l]
            d = p[l] + s * (3 * q[l] + e + c * K[k, l]) - r[l] - table[l]
            table[l] += d
            add_four_and_average(p, 4 * s, q, self.step, share, K, a, b, c, d, i, j, k, l)
            lengths[i] += a * (1 - (late + 1) * share)
            lengths[j] += b * (1 - (late + 2) * share)
            lengths[k] += c * (1 - (late + 3) * share)
            lengths[l] += d * (1 - (late + 4) * share)
            late += 4
            t += 4
        while t < first + count:
            i = draws[t]
            a = p[i] - r[i] - table[i]
            table[i] += a
            add_drift(p, s, q)
            add(p, K, s * a, i)
            add(q, K, share * a, i)
            lengths[i] += a * (1 - (late + 1) * share)
            late += 1
            t += 1
        state.late[0] = late

    def catch_up(self, problem, state):
        add_drift(state.lengths, state.late[0] / state.table.size, state.table)
        state.late[0] = 0
        follow(problem, state, self.step)

    def refresh(self, problem, state):
        if due(state):
            add_drift(state.lengths, state.late[0] / state.table.size, state.table)
            state.late[0] = 0
            follow(problem, state, self.step)
            recompute(problem, state)
            put(state.average, matvec(problem.rows, rmatvec(problem.rows, state.table)) / state.table.size)


# ---------------------------------------------------------------- where there is a replay, and where it pays

#: Rows of the largest K, which has 128 MB.
LARGEST = 4096
#: Multiply-adds that a kernel's compilation is worth: three seconds, a tenth of it since it is kept on disk.
COMPILATION = 10**9


def of(plan: Plan) -> Any:
    """The replay of a run, or None."""
    return REPLAYS.get((type(plan.method), type(plan.instance.problem)))


def where_it_pays(plans: Sequence[Plan]) -> list[bool]:
    """For every run, whether to replay it: the steps must save more work than K and a kernel cost.

    Work is counted in multiply-adds. An instance's K, of N^2 n, is shared by its runs, the kernel by all.
    """
    saved: dict[int, float] = {}
    for plan in plans:
        replay, problem = of(plan), plan.instance.problem
        if replay is None:
            saved[id(problem)] = -math.inf
            continue
        rows, size = problem[0].shape
        work = float(plan.grid[-1]) * plan.steps * (replay.text * size - replay.replay * rows)
        if takes_products(problem):
            work -= plan.grid.size * rows * size  # the iterate catches up at every record
            saved.setdefault(id(problem), -float(rows * rows * size) if rows <= LARGEST else -math.inf)
        saved[id(problem)] = saved.get(id(problem), 0.0) + work
    pays = sum(work for work in saved.values() if work > 0) > COMPILATION
    return [pays and saved[id(plan.instance.problem)] > 0 for plan in plans]


def takes_products(problem: Any) -> bool:
    return isinstance(problem, LeastSquares)


def lifted(problem: Any) -> Any:
    """The problem as a replay reads it."""
    if not takes_products(problem):
        return problem
    return Products(problem.rows, problem.residual, problem.rows @ problem.rows.T)


def prepare(plan: Plan, problem: Any) -> tuple[Any, Any]:
    """Method and state of a run on its lifted problem.

    Raises:
        TypeError: this method has no replay on this problem.
    """
    replay = of(plan)
    if replay is None:
        pairs = ", ".join(f"{m.__name__} on {p.__name__}" for m, p in REPLAYS)
        raise TypeError(
            f"{type(plan.method).__name__} on {type(plan.instance.problem).__name__} has no replay; "
            f"there is one for {pairs}: use the compiled reading"
        )
    return replay(*(float(v) for v in plan.method)), replay.start(plan, problem)
