"""The readings of one text agree: numpy, compiled, torch.

One step from the same state agrees to C n u. Along a run these roundings add up to C n k u for methods
whose map does not amplify them; a chaotic method (BB, CG) separates, and only its statistics agree.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from solvers import BarzilaiBorwein1, BarzilaiBorwein2, ConjugateGradient, run
from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.constants import kappa
from solvers.problems import spectra
from solvers.problems.quadratic import spectrum_of
from solvers.sampling import stream
from solvers.trajectories import every
from tests.samples import (
    CHAOTIC,
    INSTANCES,
    MATRIX,
    METHODS,
    PAIRS,
    SPECTRUM,
    U,
    advance,
    column_method,
    pair_name,
    started,
)

ROUNDS = 40


def size(instance: Any) -> int:
    return max(instance.dimension, instance.components)


def after_three_rounds(method: Any, instance: Any) -> tuple[Any, Any, Any, Any]:
    """A state in the middle of a run, and the next index."""
    columns, problem, state = started(method, instance)
    evaluated = protocol.evaluate(method, instance)
    steps = protocol.steps(evaluated, instance.problem)
    sampling, where = protocol.sampling(evaluated, instance), (stream(instance.label, 0), 0, 4, steps)
    drawn, coins = sampling.indices(*where), sampling.coins(*where)
    for r in range(3):
        mine = slice(r * steps, (r + 1) * steps)
        advance(columns, problem, state, drawn[mine], coins[mine])
    return columns, problem, state, drawn[3 * steps]


def numpy_step(method: Any, instance: Any) -> list[np.ndarray]:
    columns, problem, state, i = after_three_rounds(method, instance)
    advance(columns, problem, state, [i], [True])
    return [leaf[0] for leaf in state]


def torch_step(method: Any, instance: Any, device: str) -> list[np.ndarray]:
    columns, problem, state, i = after_three_rounds(method, instance)
    arrays = Arrays("torch", device)
    columns, problem, state = (
        type(t)(*(arrays.asarray(leaf) for leaf in t)) for t in (columns, problem, state)
    )
    index = (arrays.asarray(np.zeros(1, int)), arrays.asarray(np.array([i])))
    protocol.outer(columns, problem, state)
    protocol.by_chance(columns, problem, state)
    protocol.update(columns, problem, state, index)
    protocol.refresh(columns, problem, state)
    return [arrays.to_numpy(leaf)[0] for leaf in state]


def types_of(method: Any, instance: Any) -> tuple[type, type]:
    return type(method), type(instance.problem)


#: The whole loop takes two seconds to compile for a pair, a round alone one. So paths are compared for
#: every method on one problem, and for every problem with one method; steps for every problem with a method
#: of each set of oracles too. The others call the same oracles in another order: they are for `make trust`.
LOOPS = {types_of(m, next(i for n, i in PAIRS if n is m)) for m in METHODS}
LOOPS |= {types_of(METHODS[0], i) for i in INSTANCES}
_FIRST = {(type(i.problem), frozenset(type(m).needs)): types_of(m, i) for m, i in reversed(PAIRS)}
STEPS = LOOPS | set(_FIRST.values())


@functools.cache
def compiled_round(method_class: type, problem_class: type) -> Any:
    """A round of one step, compiled, and kept where the loops are kept."""
    import numba

    from solvers import compiled

    compiled.kernel(method_class, problem_class)  # sets the folder; compiles nothing
    return numba.njit(cache=True)(one_round)


def one_round(method: Any, problem: Any, state: Any, i: Any) -> None:
    protocol.outer(method, problem, state)
    protocol.by_chance(method, problem, state)
    protocol.update(method, problem, state, i)
    protocol.refresh(method, problem, state)


def compiled_step(method: Any, instance: Any) -> list[np.ndarray]:
    """One round of one step: by the loop itself where the paths need it anyway."""
    from solvers import compiled

    _, _, state, i = after_three_rounds(method, instance)
    state = type(state)(*(np.ascontiguousarray(leaf[0]) for leaf in state))
    numbers = type(method)(*(float(v) for v in protocol.evaluate(method, instance)))
    if types_of(method, instance) not in LOOPS:
        compiled_round(*types_of(method, instance))(numbers, instance.problem, state, i)
        return list(state)
    sampled = protocol.sampled(method)
    # without draws as a run passes them, and two of them, which numba takes for the type of a long run
    draws = np.array([i]) if sampled else np.broadcast_to(np.zeros(1, dtype=np.int64), 2)
    loop = compiled.kernel(*types_of(method, instance))
    loop(
        numbers, instance.problem, state, draws, np.array([True]), 0, 1, 1, np.array([1]), 0, 1, False,
        type(method).degrees, 0, 0, -np.inf, np.inf, np.full(1, np.nan), np.full(0, np.nan),
    )  # fmt: skip
    return list(state)


def agree(found: list[np.ndarray], wanted: list[np.ndarray], method: Any, instance: Any) -> None:
    """A step is a few vector operations and inner products of ``size`` terms, none above the state's
    largest entry times kappa where it divides two of them (the angle of x and Ax)."""
    amplified = instance.constants[kappa] if type(method) in CHAOTIC and kappa in instance.constants else 1
    scale = max(np.abs(leaf).max() for leaf in wanted)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=16 * size(instance) * amplified * U * scale)


@pytest.mark.parametrize(
    ("method", "instance"),
    [pytest.param(*p, marks=() if types_of(*p) in STEPS else pytest.mark.long) for p in PAIRS],
    ids=pair_name,
)
def test_one_compiled_step_is_the_numpy_step(method, instance):
    agree(compiled_step(method, instance), numpy_step(method, instance), method, instance)


@pytest.mark.parametrize(("method", "instance"), PAIRS, ids=pair_name)
def test_one_torch_step_is_the_numpy_step(method, instance, device):
    agree(torch_step(method, instance, device), numpy_step(method, instance), method, instance)


def test_the_comparison_of_steps_sees_a_last_digit():
    """A relative error of 1e-12 in one coordinate of a step is found: the tolerance has power."""
    method, instance = PAIRS[0]
    wanted = numpy_step(method, instance)
    wrong = [leaf.copy() for leaf in wanted]
    wrong[0][np.abs(wrong[0]).argmax()] *= 1 + 1e-12
    with pytest.raises(AssertionError):
        agree(wrong, wanted, method, instance)


SMOOTH = [(m, i) for m, i in PAIRS if type(m) not in CHAOTIC]


def path(method: Any, instance: Any, **options: Any) -> np.ndarray:
    found = run(method, [instance], [3], rounds=ROUNDS, grid=every, measures=("distance", "gap"), **options)
    assert found.log_gap is not None
    return np.stack([found.log_distance[0], found.log_gap[0]])


def compare_paths(found: np.ndarray, wanted: np.ndarray, method: Any, instance: Any) -> None:
    """Logs of distance and gap, (2, T), agree to the rounding of every step so far.

    A step perturbs the state by 16 n u relative to its largest error (that of the last three iterates:
    where e_k passes through zero, e_{k-1} is what was rounded). Data that does not vanish at the solution
    displaces it by the instance's floor at most, over all steps together. A gap is a square; its
    relative error is twice that of the distance in the energy norm, which kappa bounds.
    """
    steps = protocol.steps(protocol.evaluate(method, instance), instance.problem)
    count = np.maximum(1, np.arange(wanted.shape[1]) * steps)
    padded = np.r_[-np.inf, -np.inf, wanted[0]]
    recent = np.max([padded[:-2], padded[1:-1], padded[2:]], axis=0)
    slack = 16 * size(instance) * U * count * np.exp(recent - wanted[0])
    slack += instance.floor * np.exp(-wanted[0])
    slack = np.stack([slack, 2 * np.sqrt(instance.constants.get(kappa, 1.0)) * slack])
    deviation = np.abs(found - wanted)
    assert (deviation <= slack).all(), f"{(deviation / slack).max():.3g} times the rounding"
    assert np.median(slack[0]) < 1e-8, "the comparison has no power"


@pytest.mark.parametrize(("method", "instance"), [p for p in SMOOTH if types_of(*p) in LOOPS], ids=pair_name)
def test_compiled_paths_are_the_numpy_paths(method, instance):
    found, wanted = path(method, instance, reading="compiled"), path(method, instance, reading="batch")
    compare_paths(found, wanted, method, instance)


@pytest.mark.parametrize(("method", "instance"), SMOOTH, ids=pair_name)
def test_torch_paths_are_the_numpy_paths(method, instance, device):
    found = path(method, instance, arrays=Arrays("torch", device))
    compare_paths(found, path(method, instance, reading="batch"), method, instance)


@pytest.mark.parametrize(
    "method", [BarzilaiBorwein1(), BarzilaiBorwein2(), ConjugateGradient()], ids=pair_name
)
def test_the_statistics_of_a_chaotic_method_do_not_depend_on_the_reading(method, device):
    """Mean log error after 80 steps over 64 starts, by a z-test at 4 standard errors of a difference.

    The starts are the same, so the samples are positively correlated and the level is conservative.
    """
    instance = spectrum_of(spectra.log_spaced(60, 1e4), "sixty modes")
    ends = {}
    for name, options in {
        "numpy": {"reading": "batch"},
        "compiled": {"reading": "compiled"},
        "torch": {"arrays": Arrays("torch", device)},
    }.items():
        found = run(method, [instance], range(64), rounds=80, grid=lambda k: np.array([k]), **options)
        ends[name] = found.log_distance[:, 1] - found.log_distance[:, 0]
        assert found.reading == ("compiled" if name == "compiled" else "batch")
    for name in ("compiled", "torch"):
        pooled = np.sqrt((ends[name].var(ddof=1) + ends["numpy"].var(ddof=1)) / 64)
        assert abs(ends[name].mean() - ends["numpy"].mean()) < 4 * pooled
        assert pooled < 0.2, "the samples are too few to say anything"


def test_the_device_path_draws_what_the_host_draws(device):
    """The index stream is drawn on the host: no reading can change it."""
    method = next(m for m in METHODS if type(m).__name__ == "RandomizedCoordinateDescent")
    for seed in (0, 1):
        numpy = run(method, [MATRIX], [seed], rounds=4, grid=every, reading="batch")
        torch = run(method, [MATRIX], [seed], rounds=4, grid=every, arrays=Arrays("torch", device))
        np.testing.assert_allclose(torch.log_distance, numpy.log_distance, rtol=0, atol=1e-13)


def test_a_compiled_run_on_torch_arrays_is_refused():
    with pytest.raises(ValueError, match="compiled reading runs on numpy"):
        run(PAIRS[0][0], [SPECTRUM], rounds=2, arrays=Arrays("torch"), reading="compiled")


def test_columns_evaluate_expressions_on_the_host():
    method, instance = PAIRS[0]
    assert column_method(method, instance).step.item() == 3 / 80.0
