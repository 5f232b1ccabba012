"""The compiled reading of the vocabulary: one run, vectors (m,), scalars numbers, by numba.

The text of a step is the method's own. numba finds it, and the problem's oracles, by the *type* of
the two NamedTuples, so that one compiled loop serves every method and can be cached on disk. numba's
cache does not see a change in a function that the loop calls; the cache folder therefore carries the
hash of every source that the loop can reach (``solvers.sources``).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numba as nb
import numpy as np
from numba.core import types
from numba.extending import overload

from solvers import method as protocol
from solvers import philox, replayed, sources
from solvers import vocabulary as v
from solvers.plan import BIG, TINY, Plan, Record
from solvers.problems.instance import with_run_axis
from solvers.sampling import ROUNDS_PER_DRAW
from solvers.trajectories import DIVERGED, REACHED, RUNNING, TERMINATED, UNDERFLOWN

#: Indices that one call of a compiled loop consumes, about: a call costs as much as thousands of steps.
DRAWS = 2**16
REASSOCIATE = {"fastmath": {"reassoc", "contract"}}
#: A step is a handful of verbs, each a few nanoseconds: not inlined, or with a branch for every division,
#: counting the references to its rows takes longer than its arithmetic.
INLINED = {"forceinline": True, "error_model": "numpy"}


def is_array(t: Any) -> bool:
    return isinstance(t, types.Array)


@overload(v.axpy)
def _axpy(y, a, x):
    def axpy(y, a, x):
        for j in range(y.size):
            y[j] += a * x[j]

    return axpy


@overload(v.put)
def _put(y, x):
    def put_vector(y, x):
        for j in range(y.size):
            y[j] = x[j]

    def put_scalar(y, x):
        y[0] = x

    return put_vector if is_array(x) else put_scalar


@overload(v.dot, jit_options=REASSOCIATE)  # type: ignore[arg-type]
def _dot(x, y):
    def dot(x, y):
        total = 0.0
        for j in range(x.size):
            total += x[j] * y[j]
        return total

    return dot


@overload(v.at)
def _at(x, i):
    return lambda x, i: x[i]


@overload(v.add_at)
def _add_at(x, i, a):
    def add_at(x, i, a):
        x[i] += a

    return add_at


@overload(v.row)
def _row(A, i):
    return lambda A, i: A[i]


@overload(v.entry)
def _entry(A, i):
    return lambda A, i: A[i, i]


@overload(v.picks)
def _picks(i):
    return lambda i: i.size


@overload(v.pick)
def _pick(i, k):
    return lambda i, k: i[k]


@overload(v.coordinate)
def _coordinate(i, k):
    return lambda i, k: k


@overload(v.part)
def _part(table, k, x):
    return lambda table, k, x: table[k * x.size : (k + 1) * x.size]


@overload(v.shift)
def _shift(table, x):
    def shift(table, x):
        for j in range(table.size - 1, x.size - 1, -1):
            table[j] = table[j - x.size]
        for j in range(x.size):
            table[j] = x[j]

    return shift


@overload(v.diagonal)
def _diagonal(A):
    return lambda A: np.diag(A)


@overload(v.matvec)
def _matvec(A, x):
    return lambda A, x: A @ x


@overload(v.rmatvec)
def _rmatvec(A, y):
    return lambda A, y: A.T @ y


@overload(v.clip)
def _clip(x, low, high):
    def clip_between_arrays(x, low, high):
        return np.minimum(np.maximum(x, low), high)

    return clip_between_arrays


@overload(v.tanh)
def _tanh(x):
    return lambda x: np.tanh(x)


@overload(v.log_cosh)
def _log_cosh(x):
    def log_cosh(x):
        out = np.empty_like(x)
        for j in range(x.size):
            if abs(x[j]) < 1:
                out[j] = math.log1p(math.sinh(x[j]) ** 2) / 2
            else:
                out[j] = abs(x[j]) + math.log1p(math.exp(-2 * abs(x[j]))) - math.log(2)
        return out

    return log_cosh


@overload(v.value)
def _value(leaf):
    return lambda leaf: leaf[0]


@overload(v.quotient)
def _quotient(a, b):
    return lambda a, b: a / (b + (b == 0))


@overload(v.sqrt)
def _sqrt(a):
    return (lambda a: np.sqrt(a)) if is_array(a) else (lambda a: math.sqrt(a))


@overload(v.maximum)
def _maximum(x, y):
    return lambda x, y: np.maximum(x, y)


def _of_problem(verb, name: str) -> None:
    """The verb, compiled, is the oracle of that name in the problem's class."""

    def text(problem, *arguments):
        return getattr(problem.instance_class, name)

    overload(verb, strict=False)(text)


for _name in [
    "gradient",
    "product",
    "line_minimum",
    "remember",
    "derivative",
    "curvature",
    "curvatures",
    "mixed_gradient",
    "move",
    "component",
    "components",
    "samples",
    "smoothness",
    "ascend",
    "mean",
    "gap",
]:
    _of_problem(getattr(v, _name), _name)


@overload(protocol.update, strict=False)
def _update(method, problem, state, i):
    return method.instance_class.update


@overload(protocol.outer, strict=False)
def _outer(method, problem, state):
    return getattr(method.instance_class, "outer", lambda method, problem, state: None)


@overload(protocol.by_chance, strict=False)
def _by_chance(method, problem, state):
    return getattr(method.instance_class, "by_chance", lambda method, problem, state: None)


@overload(protocol.refresh, strict=False)
def _refresh(method, problem, state):
    return getattr(method.instance_class, "refresh", lambda method, problem, state: None)


# ---------------------------------------------------------------- the steps of a round


def several(method, problem, state, draws, coins, first, count):
    """Steps first ... first + count - 1 of these draws."""
    raise NotImplementedError("compiled only")


def catch_up(method, problem, state):
    """What a record reads, the iterate, is brought up to date; a method's own text keeps it so."""
    raise NotImplementedError("compiled only")


def one_by_one(method, problem, state, draws, coins, first, count):
    for t in range(first, first + count):
        if coins.size and coins[t]:
            protocol.by_chance(method, problem, state)
        protocol.update(method, problem, state, draws[t])


@overload(several, strict=False, jit_options=INLINED)  # type: ignore[arg-type]
def _several(method, problem, state, draws, coins, first, count):
    return getattr(method.instance_class, "several", one_by_one)


@overload(catch_up, strict=False)
def _catch_up(method, problem, state):
    return getattr(method.instance_class, "catch_up", lambda method, problem, state: None)


# ---------------------------------------------------------------- the loop


def loop(
    method, problem, state, draws, coins, first, rounds, steps, grid, position, check, homogeneous, degrees,
    shift, primary, target, ceiling, log_distance, log_gap,
):  # fmt: skip
    """Rounds first+1 ... first+rounds of one run; see ``solvers.plan.Plan`` for the arguments.

    Returns the position in the grid, the power of two by which the state is scaled, and a status.
    """
    x = state[0]
    for r in range(rounds):
        protocol.outer(method, problem, state)
        several(method, problem, state, draws, coins, r * steps, steps)
        protocol.refresh(method, problem, state)
        now = first + r + 1
        recorded = position < grid.size and grid[position] == now
        if not (recorded or now % check == 0):
            continue
        if recorded:
            catch_up(method, problem, state)
        top = 0.0
        for a in x:
            top = max(top, abs(a))
        if homogeneous and top > 0 and (top < 1 / BIG or top > BIG):
            power = -math.frexp(top)[1]
            shift += power
            for leaf, degree in zip(state, degrees):  # noqa: B905 (numba knows no strict)
                if degree:
                    for j in range(leaf.size):
                        leaf[j] *= 2.0**power
        if homogeneous:
            for leaf, degree in zip(state, degrees):  # noqa: B905 (numba knows no strict)
                if degree:
                    for j in range(leaf.size):
                        leaf[j] = 0.0 if abs(leaf[j]) < TINY else leaf[j]
        if not recorded:
            continue
        total = 0.0
        for a in x:
            total += a * a
        if total == 0 and top > 0:
            return position, shift, UNDERFLOWN
        log_distance[position] = 0.5 * math.log(total) - shift * math.log(2.0) if total > 0 else -np.inf
        value = log_distance[position]
        if log_gap.size:
            height = v.gap(problem, x)
            log_gap[position] = math.log(height) - 2 * shift * math.log(2.0) if height > 0 else -np.inf
            if primary == 1:
                value = log_gap[position]
        position += 1
        if not total < np.inf or value > ceiling:
            return position, shift, DIVERGED
        if total == 0:
            return position, shift, TERMINATED
        if value < target:
            return position, shift, REACHED
    return position, shift, RUNNING


@functools.cache
def kernel(method_class: type, problem_class: type) -> Callable[..., Any]:
    """The loop, compiled; one dispatcher per source hash, its machine code cached on disk."""
    nb.config.CACHE_DIR = str(  # type: ignore[attr-defined]
        sources.cache_folder() / sources.of_classes(method_class, problem_class)
    )
    return nb.njit(cache=True)(loop)


def begun(plan: Plan) -> tuple[Any, Any]:
    """Method and state of a run, one number and one vector each."""
    problem = with_run_axis(plan.instance.problem)
    state = protocol.columns(plan.method).start(problem, plan.start[None].copy())
    method = type(plan.method)(*(float(v) for v in plan.method))
    return method, type(state)(*(np.ascontiguousarray(leaf[0]) for leaf in state))


def advance(plans: Sequence[Plan], replays: Sequence[bool]) -> list[Record]:
    """Advance the runs, one after the other, replaying those marked (``solvers.replayed``)."""
    records = []
    lifted: dict[int, Any] = {}  # the last problem that was replayed; the runs of an instance share it
    for plan, replay in zip(plans, replays, strict=True):
        problem = plan.instance.problem
        if replay:
            if id(problem) not in lifted:
                lifted = {id(problem): replayed.lifted(problem)}
            problem = lifted[id(problem)]
            method, state = replayed.prepare(plan, problem)
        else:
            method, state = begun(plan)
        kinds: tuple[Any, Any] = type(method), type(problem)
        advance_one = kernel(*kinds)
        total = int(plan.grid[-1])
        block = ROUNDS_PER_DRAW * max(1, DRAWS // (ROUNDS_PER_DRAW * plan.steps))
        block = block if plan.sampling.choices else total
        log_distance = np.full(plan.grid.size, np.nan)
        log_gap = np.full(plan.grid.size if plan.want_gap else 0, np.nan)
        nothing = np.zeros(1, dtype=np.int64)
        memory = np.empty(min(block, total) * plan.steps if plan.sampling.choices else 0, dtype=np.int64)
        position, shift, status = 0, 0, 0
        for first in range(0, total, block):
            count = min(block, total - first)
            where = plan.key, first, count, plan.steps
            coins = plan.sampling.coins(*where)
            draws = (
                philox.indices(plan.sampling, *where, memory)
                if plan.sampling.choices
                else np.broadcast_to(nothing, count * plan.steps)
            )
            position, shift, status = advance_one(
                method, problem, state, draws, coins, first, count, plan.steps, plan.grid, position,
                plan.check, plan.homogeneous, type(method).degrees, shift,
                plan.primary, plan.target, plan.ceiling, log_distance, log_gap,
            )  # fmt: skip
            if status:
                break
        records.append((log_distance, log_gap, status))
    return records
