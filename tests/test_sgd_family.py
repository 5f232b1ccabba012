"""Kaczmarz, mini-batches and weighted coordinate descent: textbook loops in x, their families, their laws."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from checks.exact import factor_per_epoch
from solvers import (
    SAGA,
    SGD,
    Kaczmarz,
    MiniBatchSGD,
    RandomizedCoordinateDescent,
    WeightedCoordinateDescent,
    run,
)
from solvers import constants as c
from solvers import method as protocol
from solvers.moments import SecondMoment
from solvers.problems.families import Family
from solvers.problems.least_squares import least_squares, square_root
from solvers.problems.quadratic import Fixed, dense
from solvers.problems.sampled_families import flat_design
from solvers.problems.scaled_families import (
    scaled_coordinates,
    scaled_rows,
    tight_frames,
    two_blocks,
    two_levels,
)
from solvers.sampling import stream
from solvers.trajectories import every
from tests.samples import U

rng = np.random.default_rng(77)
SIZE, SAMPLES, ROUNDS = 5, 8, 20
ROWS = rng.standard_normal((SAMPLES, SIZE)) * np.geomspace(0.5, 2, SAMPLES)[:, None]
SOLUTION, START = rng.standard_normal(SIZE) + 2, rng.standard_normal(SIZE) - 2
TARGET = ROWS @ SOLUTION + rng.standard_normal(SAMPLES)
LEAST = np.linalg.lstsq(ROWS, TARGET, rcond=None)[0]


def drawn(method, instance, rounds):
    """The draws of a run with seed 0, one row a step."""
    evaluated = protocol.evaluate(method, instance)
    steps = protocol.steps(evaluated, instance.problem)
    sampling = protocol.sampling(evaluated, instance)
    found = sampling.indices(stream(instance.label, 0), 0, rounds, steps)
    return found.reshape(rounds, steps, -1)


def check_path(method, instance, loop, solution, Q, tolerance):
    """Distance and gap along the run are those of the loop, which has the relative accuracy ``tolerance``."""
    found = run(method, [instance], rounds=ROUNDS, measures=("distance", "gap"), grid=every)
    errors = np.array(list(loop)) - solution
    first = np.linalg.norm(START - solution)
    distance = np.linalg.norm(errors, axis=1)
    assert distance[-1] < 0.9 * first, "a path that goes nowhere tests nothing"
    scale = np.linalg.norm(solution) + np.linalg.norm(START)
    np.testing.assert_allclose(np.exp(found.log_distance[0, 1:]), distance, rtol=0, atol=tolerance * scale)
    gap = np.einsum("ki,ij,kj->k", errors, Q, errors) / 2
    atol = tolerance * scale**2 * np.linalg.norm(Q, 2)
    np.testing.assert_allclose(np.exp(found.log_gap[0, 1:]), gap, rtol=0, atol=atol)


def kaczmarz(draws, relaxation, target):
    x = START
    for of_round in draws:
        for (i,) in of_round:
            x = x - relaxation * (ROWS[i] @ x - target[i]) / (ROWS[i] @ ROWS[i]) * ROWS[i]
        yield x


def batches(draws, step, target):
    x = START
    for of_round in draws:
        for batch in of_round:
            x = x - step * np.mean([ROWS[i] * (ROWS[i] @ x - target[i]) for i in batch], axis=0)
        yield x


def coordinates(draws, Q, b):
    x = START.copy()
    for of_round in draws:
        for (i,) in of_round:
            x[i] += (b[i] - Q[i] @ x) / Q[i, i]
        yield x.copy()


@pytest.mark.parametrize("consistent", [True, False])
@pytest.mark.parametrize(
    "method",
    [
        Kaczmarz(relaxation=0.8),
        MiniBatchSGD(step=0.1, batch=3, replacement=1),
        MiniBatchSGD(step=0.1, batch=3, replacement=0),
    ],
    ids=["Kaczmarz", "with replacement", "without replacement"],
)
def test_path_is_the_textbook_loop_in_x(method, consistent):
    """The rounding of a step, at most 8 n u |x| times the largest row, is added up over the steps."""
    target = ROWS @ SOLUTION if consistent else TARGET
    least = SOLUTION if consistent else LEAST
    residual = None if consistent else TARGET - ROWS @ LEAST
    instance = least_squares(ROWS, "in x", residual, Fixed(tuple(START - least)))
    draws = drawn(method, instance, ROUNDS)
    loop = kaczmarz(draws, 0.8, target) if isinstance(method, Kaczmarz) else batches(draws, 0.1, target)
    tolerance = 8 * SIZE * draws.size * 4 * U
    check_path(method, instance, loop, least, ROWS.T @ ROWS / SAMPLES, tolerance)


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_path_of_weighted_coordinate_descent_is_the_textbook_loop_in_x(power):
    Q = ROWS.T @ ROWS / SAMPLES
    instance = dense(Q, "in x", Fixed(tuple(START - SOLUTION)))
    method = WeightedCoordinateDescent(power=power)
    draws = drawn(method, instance, ROUNDS)
    kappa = instance.constants[c.kappa]
    loop = coordinates(draws, Q, Q @ SOLUTION)
    check_path(method, instance, loop, SOLUTION, Q, 8 * SIZE * kappa * U)


def test_coordinates_are_drawn_in_proportion_to_the_power_of_their_curvature():
    instance = dense(np.diag([1.0, 4.0, 16.0]), "three curvatures")
    for power, weights in ((0, [1, 1, 1]), (0.5, [1, 2, 4]), (1, [1, 4, 16])):
        method = protocol.evaluate(WeightedCoordinateDescent(power=power), instance)
        found = protocol.sampling(method, instance).weights
        np.testing.assert_allclose(found, np.array(weights) / sum(weights), rtol=4 * U)


def test_without_weights_it_is_plain_coordinate_descent():
    instance = dense(ROWS.T @ ROWS / SAMPLES, "plain")
    moments = [
        SecondMoment.of(m, instance) for m in (WeightedCoordinateDescent(0), RandomizedCoordinateDescent())
    ]
    np.testing.assert_allclose(moments[0].operator, moments[1].operator, atol=1e-14)


def test_kaczmarz_on_unit_rows_is_sgd():
    unit = least_squares(ROWS / np.linalg.norm(ROWS, axis=1)[:, None], "unit")
    moments = [SecondMoment.of(m, unit) for m in (Kaczmarz(0.7), SGD(0.7))]
    np.testing.assert_allclose(moments[0].operator, moments[1].operator, atol=1e-14)


def test_a_batch_of_all_samples_without_replacement_is_gradient_descent():
    instance = least_squares(ROWS, "whole", TARGET - ROWS @ LEAST, Fixed(tuple(START - LEAST)))
    square, gap = SecondMoment.of(MiniBatchSGD(0.1, SAMPLES, 0), instance).trajectory(START - LEAST, 1, 3)
    H = ROWS.T @ ROWS / SAMPLES
    e = START - LEAST
    for k in range(4):
        assert square[k] == pytest.approx(e @ e, rel=1e-12)
        assert gap[k] == pytest.approx(e @ H @ e / 2, rel=1e-12)
        e = e - 0.1 * H @ e


@pytest.mark.parametrize("replacement", [0, 1])
def test_the_variance_of_a_batch_is_that_of_all_batches(replacement):
    """1/b with replacement and (N - b)/(b (N - 1)) without, by enumeration."""
    x, count, b = START, 6, 3
    gradients = ROWS[:count] * (ROWS[:count] @ x - TARGET[:count])[:, None]
    every = (
        itertools.product(range(count), repeat=b) if replacement else itertools.combinations(range(count), b)
    )
    means = np.array([gradients[list(batch)].mean(0) for batch in every])
    of_batches = ((means - means.mean(0)) ** 2).sum(1).mean()
    of_samples = ((gradients - gradients.mean(0)) ** 2).sum(1).mean()
    factor = 1 / b if replacement else (count - b) / (b * (count - 1))
    assert of_batches == pytest.approx(factor * of_samples, rel=1e-12)


# ---------------------------------------------------------------- families


def test_scaled_families_are_what_they_say():
    for instance in scaled_rows(12, 4, spread=(5,)).instances():
        norms = np.linalg.norm(instance.problem.rows, axis=1)
        assert (norms.min(), norms.max()) == (pytest.approx(0.2), pytest.approx(1))
        assert instance.constants[c.L_min] == pytest.approx(norms.min() ** 2)
        assert instance.constants[c.L_max] == pytest.approx(norms.max() ** 2)
    for instance in scaled_coordinates(6, kappa_CD=(8,), gain=(2,), spread=(9,)).instances():
        diagonal = np.diagonal(instance.problem.Q)
        np.testing.assert_allclose(diagonal, np.geomspace(1, 9, 6), rtol=1e-12)
        assert instance.constants[c.L_min] == 1
    (frame,) = tight_frames(10, 4, noise=(0.3,)).instances()
    rows = frame.problem.rows
    np.testing.assert_allclose(rows.T @ rows, 2.5 * np.eye(4), atol=1e-14)
    np.testing.assert_allclose((rows**2).sum(1), 1, rtol=1e-14)
    assert frame.constants[c.sigma] == pytest.approx(0.3)
    (block,) = two_blocks(6, heavy=(0.5,), light=(0.0,), scale=(4,)).instances()
    np.testing.assert_allclose(block.spectrum, [1, 1, 1, 2, 2, 8], rtol=1e-14)
    (levels,) = two_levels(100, low=(0.25,)).instances()
    assert levels.problem.eigenvalues @ levels.problem.shares == pytest.approx(1)


@pytest.mark.parametrize(("count", "size"), [(10, 3), (4, 4)])
def test_a_frame_that_does_not_exist_is_refused(count, size):
    with pytest.raises(ValueError, match="a harmonic frame has an even size below its count"):
        tight_frames(count, size, noise=(0,)).instances()


# ---------------------------------------------------------------- the derived bands

STEPS = [0.05, 0.5, 1.0, 1.7]
TABLES: Family = scaled_rows(9, 6, spread=(1, 3, 10), seeds=2)


@pytest.mark.parametrize("step", STEPS)
def test_the_factor_of_sgd_lies_in_its_band_for_any_rows_and_steps(step):
    for instance in TABLES.instances():
        mu, N, largest = (instance.constants[s] for s in (c.mu, c.N, c.L_max))
        factor = SecondMoment.of(SGD(step), instance).factor()
        slow = 1 - 2 * step * mu / (1 + step * N * mu / (2 - step * largest))
        assert (1 - step * mu) ** 2 * (1 - 1e-12) <= factor <= slow * (1 + 1e-12)


def test_the_potential_of_kaczmarz_falls_by_what_its_band_says():
    """E of |e|^2 + a^2 e'(A'A)^-1 e after a projection is below it by 2 a^2 |e|^2 / |A|_F^2 at least."""
    for instance in TABLES.instances():
        A = instance.problem.rows
        smallest, total = (A**2).sum(1).min(), (A**2).sum()
        weight = np.eye(6) + smallest * np.linalg.inv(A.T @ A)
        mean = np.zeros((6, 6))
        for a in A:
            projector = np.eye(6) - np.outer(a, a) / (a @ a)
            mean += (a @ a) / total * projector @ weight @ projector
        fall = weight - mean - 2 * smallest / total * np.eye(6)
        assert np.linalg.eigvalsh(fall)[0] > -1e-12


@pytest.mark.parametrize("step", [0.3, 0.9])
def test_on_both_sides_of_the_edge_the_factor_of_a_flat_design_is_that_of_its_second_moment(step):
    """The identity is a flat design of any size, and SAGA is unstable on it from about 0.65 on."""
    method, size = SAGA(step), 8
    dense_factor = SecondMoment.of(method, square_root(dense(np.eye(size), "identity"))).factor()
    flat = flat_design(size, kappa_CD=1.0, gain=1.0)
    assert factor_per_epoch(method, flat) ** (2 / size) == pytest.approx(dense_factor, rel=1e-10)
    assert (dense_factor < 1) == (step < 0.65)
