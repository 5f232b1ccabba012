"""The loop: no floating-point floor, honest outcomes, and results that do not depend on the batch."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from solvers import (
    SAGA,
    SGD,
    ConjugateGradient,
    GradientDescent,
    HeavyBall,
    Outcome,
    RandomizedCoordinateDescent,
    run,
)
from solvers import constants as c
from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.batched import _rescale
from solvers.method import method as declare
from solvers.methods.coordinate_descent import IterateAndMemory
from solvers.problems import spectra
from solvers.problems.instance import Instance
from solvers.problems.least_squares import gaussian_rows
from solvers.problems.quadratic import Fixed, dense, spectrum_of
from solvers.sampling import stream
from solvers.trajectories import every, sparse
from tests.samples import (
    CONSISTENT,
    HUBER,
    MATRIX,
    METHODS,
    NOISY,
    PAIRS,
    SPECTRUM,
    U,
    advance,
    pair_name,
    started,
)

READINGS = {
    "numpy": {"reading": "batch"},
    "compiled": {"reading": "compiled"},
    "torch": {"arrays": Arrays("torch")},
}
every_reading = pytest.mark.parametrize("options", READINGS.values(), ids=READINGS.keys())


# ---------------------------------------------------------------- no floor


@every_reading
def test_log_errors_far_below_the_smallest_number_follow_the_closed_form(options):
    """Mode i is (1 - step lambda_i)^k of its start: at k = 2000 the error is about 10^-800."""
    eigenvalues, start = np.array([1.0, 1.2, 1.5]), np.array([1.0, -2.0, 3.0])
    instance = spectrum_of(eigenvalues, "three modes", Fixed(tuple(start)))
    found = run(
        GradientDescent(step=0.6),
        [instance],
        rounds=2000,
        measures=("distance", "gap"),
        grid=every,
        **options,
    )
    k = np.arange(2001)[:, None]
    modes = k * np.log(np.abs(1 - 0.6 * eigenvalues)) + np.log(np.abs(start))
    distance = np.logaddexp.reduce(2 * modes, axis=1) / 2
    gap = np.logaddexp.reduce(2 * modes + np.log(eigenvalues / 2), axis=1)
    assert distance[-1] < 2 * np.log(1e-308)
    slack = 8 * U * (3 + k[:, 0])
    assert (np.abs(found.log_distance[0] - distance) <= slack).all()
    assert (np.abs(found.log_gap[0] - gap) <= 2 * slack).all()


@every_reading
def test_log_errors_far_above_the_largest_number_follow_the_closed_form(options):
    instance = spectrum_of(np.array([1.0, 2.0]), "two modes", Fixed((1.0, 1.0)))
    found = run(GradientDescent(step=3.0), [instance], rounds=1000, growth=np.inf, grid=every, **options)
    k = np.arange(1001)
    expected = np.logaddexp(2 * k * np.log(2), 2 * k * np.log(5)) / 2
    assert expected[-1] > 2 * np.log(1e308)
    assert (np.abs(found.log_distance[0] - expected) <= 8 * U * (2 + k)).all()


HOMOGENEOUS = [(m, i) for m, i in PAIRS if i.homogeneous]


@pytest.mark.parametrize("power", [-320, 320])
@pytest.mark.parametrize(("method", "instance"), HOMOGENEOUS, ids=pair_name)
def test_scaling_the_state_by_a_power_of_two_changes_no_bit(method, instance, power):
    """Each leaf by its degree of homogeneity; then two rounds are the scaled rounds, bit for bit."""
    columns, problem, state = started(method, instance)
    evaluated = protocol.evaluate(method, instance)
    steps = protocol.steps(evaluated, instance.problem)
    where = stream(instance.label, 0), 0, 1, steps
    sampling = protocol.sampling(evaluated, instance)
    draws = sampling.indices(*where), sampling.coins(*where)
    advance(columns, problem, state, *draws)
    scaled = type(state)(
        *(leaf * 2.0 ** (power * d) for leaf, d in zip(state, type(method).degrees, strict=True))
    )
    for _ in range(2):
        advance(columns, problem, state, *draws)
        advance(columns, problem, scaled, *draws)
    for leaf, other, degree in zip(state, scaled, type(method).degrees, strict=True):
        assert np.array_equal(leaf * 2.0 ** (power * degree), other)
    assert np.abs(state[0]).max() > 0


def test_a_state_is_scaled_to_order_one_and_the_power_of_two_is_returned():
    """Rows near one are left alone, and so is every leaf of degree 0."""
    x = np.array([[3e-120, -1e-119], [1.0, 2.0], [1e200, 5.0], [0.0, 0.0]])
    state, before = (x.copy(), np.full((4, 1), 7.0)), x.copy()
    power = _rescale(state, (1, 0), Arrays())
    assert (state[1] == 7).all()
    assert power[[1, 3]].tolist() == [0, 0]
    top = np.abs(state[0]).max(1)
    assert ((top[[0, 2]] >= 0.5) & (top[[0, 2]] < 1)).all()
    assert np.array_equal(state[0][[0, 1]], before[[0, 1]] * 2.0 ** power[[0, 1], None])
    assert state[0][2, 1] == 5.0 * 2.0 ** power[2]
    assert not np.array_equal(power[[0, 2]], [0, 0])


@every_reading
@pytest.mark.parametrize(
    ("method", "instance"), [(RandomizedCoordinateDescent(), MATRIX), (SAGA(), CONSISTENT)], ids=pair_name
)
def test_what_is_maintained_and_refreshed_lets_a_method_fall_without_limit(method, instance, options):
    found = run(method, [instance], [1], rounds=1500, reduction=150.0, **options)
    assert found.outcomes == (Outcome.CONVERGED,)


def test_a_gradient_that_is_only_maintained_stalls_coordinate_descent():
    """What is remembered keeps the rounding of its first values: the error stalls near e^-35, rescaled
    or not. This is what ``refresh`` is for."""
    found = run(forgetful(), [MATRIX], [1], rounds=1500, reduction=200.0)
    assert found.outcomes == (Outcome.BUDGET,)
    assert -50 < found.log_distance[0, -1] - found.log_distance[0, 0] < -25


def forgetful() -> Any:
    """R-CD that never recomputes what it remembers."""

    @declare(
        state=IterateAndMemory, degrees=(1, 1), sampled="coordinate", needs=RandomizedCoordinateDescent.needs
    )
    class Forgetful(RandomizedCoordinateDescent):
        def refresh(self, problem: Any, state: Any) -> None:
            pass

    return Forgetful()


@every_reading
def test_conjugate_gradient_has_no_floor(options):
    """Its residual is recomputed after every step; a recursive one stalls at e^-37."""
    instance = spectrum_of(spectra.log_spaced(60, 1e2), "sixty modes")
    found = run(ConjugateGradient(), [instance], rounds=1000, reduction=400.0, **options)
    assert found.outcomes == (Outcome.CONVERGED,)


# ---------------------------------------------------------------- outcomes


@every_reading
def test_a_run_that_reaches_its_target_converged(options):
    """The run stops at the first recorded round below the target, and not before."""
    found = run(GradientDescent(), [SPECTRUM], rounds=5000, reduction=20.0, grid=every, **options)
    fallen = found.log_distance[0] - found.log_distance[0, 0]
    assert found.outcomes == (Outcome.CONVERGED,)
    assert fallen[-1] < -20 <= fallen[-2]


@every_reading
def test_a_run_above_its_ceiling_diverged(options):
    """Step 3/L multiplies the largest mode by -2: ln 2 a round, so 70 nats take 101 rounds."""
    found = run(GradientDescent(step=3 / c.L), [SPECTRUM], rounds=5000, grid=every, **options)
    assert found.outcomes == (Outcome.DIVERGED,)
    assert found.log_distance[0, -1] - found.log_distance[0, 0] > 70
    assert 101 <= found.rounds[0].max() <= 106


@every_reading
def test_a_run_that_overflows_diverged(options):
    """A problem that may not be rescaled, with no ceiling: infinities end the run, and are no error."""
    instance = dataclasses.replace(SPECTRUM, homogeneous=False)
    found = run(
        GradientDescent(step=1e30 / c.L), [instance], rounds=100, growth=np.inf, grid=every, **options
    )
    assert found.outcomes == (Outcome.DIVERGED,)


@every_reading
def test_a_run_that_arrives_exactly_terminated(options):
    """Step 1/L on one eigenvalue that is a power of two: zero after one step, in floating point too."""
    instance = spectrum_of(np.array([4.0, 4.0]), "one value")
    found = run(GradientDescent(step=1 / c.L), [instance], rounds=50, grid=every, **options)
    assert found.outcomes == (Outcome.TERMINATED,)
    assert found.rounds[0].tolist() == [0, 1]
    assert found.log_distance[0, 1] == -np.inf


@every_reading
def test_a_run_that_spent_its_rounds_is_out_of_budget(options):
    found = run(GradientDescent(), [SPECTRUM], rounds=30, reduction=1e4, **options)
    assert found.outcomes == (Outcome.BUDGET,)
    assert found.rounds[0].max() == 30


@every_reading
def test_a_residual_puts_a_floor_under_saga(options):
    """Its components do not vanish at the solution, so their rounding hides an error below u |r| / mu."""
    found = run(SAGA(), [NOISY], [0, 1], rounds=500, **options)
    assert found.outcomes == (Outcome.FLOOR, Outcome.FLOOR)
    assert (found.log_distance.min(1) < np.log(NOISY.floor)).all()
    assert (found.log_distance.min(1) > np.log(U**2)).all()


def test_a_run_on_its_way_is_not_at_the_floor():
    """Neither above the floor, nor below it as long as it falls: the full gradient sees no residual."""
    on_its_way = run(SAGA(), [NOISY], rounds=30)
    assert on_its_way.log_distance[0, -1] > np.log(NOISY.floor)
    falling = run(GradientDescent(), [NOISY], rounds=150)
    assert falling.log_distance[0, -1] < np.log(NOISY.floor)
    assert on_its_way.outcomes == falling.outcomes == (Outcome.BUDGET,)


def test_the_noise_ball_of_sgd_is_not_a_floor():
    found = run(SGD(), [gaussian_rows(12, 4, 1e-6, "little noise")], range(4), rounds=600)
    assert set(found.outcomes) == {Outcome.BUDGET}


@every_reading
def test_an_error_whose_square_underflows_is_at_the_floor_and_not_zero(options):
    """The Huber function cannot be rescaled: below 10^-162 a square is zero though the error is not."""
    found = run(GradientDescent(step=1 / (4 * c.L)), [HUBER], rounds=5000, grid=every, **options)
    assert found.outcomes == (Outcome.FLOOR,)
    assert np.isfinite(found.log_distance[0]).all()
    assert -375 < found.log_distance[0, -1] < -350


@every_reading
def test_the_first_measure_decides_when_a_run_stops(options):
    """On one mode the gap falls twice as fast as the distance."""
    instance = spectrum_of(np.array([1.0]), "one mode")
    ends = {}
    for measures in (("distance",), ("gap",)):
        limits = {"rounds": 500, "reduction": 50.0, "measures": measures, "grid": every}
        found = run(GradientDescent(step=0.5), [instance], **limits, **options)
        ends[measures[0]] = found.rounds.max()
    assert ends["distance"] == np.floor(50 / np.log(2)) + 1
    assert ends["gap"] == np.floor(25 / np.log(2)) + 1


# ---------------------------------------------------------------- grids and records


def test_a_sparse_grid_is_dense_first_geometric_later_and_ends_at_the_budget():
    grid = sparse(100_000)
    steps = np.diff(grid)
    assert grid[:256].tolist() == list(range(1, 257))
    assert grid[-1] == 100_000
    assert (steps > 0).all()
    assert (steps[256:-1] <= np.ceil(0.005 * grid[256:-2]) + 1).all()
    assert grid.size < 2000
    assert sparse(7).tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert every(10, 3).tolist() == [3, 6, 9]


@every_reading
def test_the_grid_chooses_what_is_recorded_and_changes_nothing_else(options):
    all_of_it = run(HeavyBall(), [SPECTRUM], [5], rounds=300, grid=every, **options)
    some = run(HeavyBall(), [SPECTRUM], [5], rounds=300, grid=lambda k: np.array([1, 17, 111, k]), **options)
    assert some.rounds[0].tolist() == [0, 1, 17, 111, 300]
    np.testing.assert_allclose(some.log_distance[0], all_of_it.log_distance[0, some.rounds[0]], rtol=4 * U)


def test_a_run_that_ended_leaves_no_records_behind_its_end():
    easy, hard = spectrum_of(np.array([1.0, 2.0]), "easy"), spectrum_of(np.array([1.0, 50.0]), "hard")
    found = run(GradientDescent(), [easy, hard], rounds=1000, reduction=30.0, grid=every, measures=("gap",))
    ends = (found.rounds >= 0).sum(1)
    assert ends[0] < ends[1] == found.rounds.shape[1]
    assert (found.rounds[0, ends[0] :] == -1).all()
    assert np.isnan(found.log_distance[0, ends[0] :]).all()
    assert np.isnan(found.log_gap[0, ends[0] :]).all()
    assert np.isnan(found.epochs[0, ends[0] :]).all()


def test_a_measure_that_was_not_recorded_is_named():
    with pytest.raises(KeyError, match="ask for it in measures="):
        run(GradientDescent(), [SPECTRUM], rounds=2).log_error("gap")


@pytest.mark.parametrize(("instances", "seeds"), [([], [0]), ([SPECTRUM], [])])
def test_a_run_without_instances_or_seeds_is_refused(instances, seeds):
    with pytest.raises(ValueError, match=r"nothing to run on: . instances and . seeds; give"):
        run(GradientDescent(), instances, seeds, rounds=2)


# ---------------------------------------------------------------- batches


def alone(method: Any, instance: Instance, seed: int, **options: Any) -> Any:
    return run(method, [instance], [seed], grid=every, measures=("distance", "gap"), **options)


def other_matrix(instance: Instance, label: str) -> Instance:
    """Another problem of the same shape."""
    Q = instance.problem.Q + np.diag(np.arange(instance.dimension) / 3.0)
    return dense(Q, label)


@pytest.mark.parametrize("method", METHODS, ids=pair_name)
def test_batching_does_not_change_results(method):
    """Different problems, starts and budgets advance together as each does alone.

    Matrix products of several rows may round differently from those of one: 16 n u a step.
    """
    family = {
        "coordinate": [MATRIX, other_matrix(MATRIX, "another matrix")],
        "component": [CONSISTENT, gaussian_rows(12, 4, 0.0, "twelve others", seed=9)],
        "": [MATRIX, other_matrix(MATRIX, "another matrix")],
    }[type(method).sampled]
    budget = {id(family[0]): 8, id(family[1]): 12}
    options = {"reading": "batch", "rounds": lambda i: budget[id(i)]}
    together = run(method, family, [3, 7], grid=every, measures=("distance", "gap"), **options)
    assert together.instance.tolist() == [0, 0, 1, 1]
    assert together.seed.tolist() == [3, 7, 3, 7]
    for b in range(4):
        one = alone(method, family[together.instance[b]], int(together.seed[b]), **options)
        length = one.rounds.shape[1]
        assert together.rounds[b, :length].tolist() == one.rounds[0].tolist()
        assert (together.rounds[b, length:] == -1).all()
        atol = 16 * 12 * U * 12 * 24 * 20  # n, rounds x steps, kappa
        np.testing.assert_allclose(together.log_distance[b, :length], one.log_distance[0], rtol=0, atol=atol)
        np.testing.assert_allclose(together.log_gap[b, :length], one.log_gap[0], rtol=0, atol=2 * atol)


def test_runs_of_several_types_and_shapes_advance_in_one_call():
    """In the order in which they were given, each as it does alone."""
    small = spectrum_of(np.array([1.0, 4.0]), "two modes")
    mixed = [HUBER, SPECTRUM, MATRIX, small, CONSISTENT]
    found = run(GradientDescent(step=1 / (2 * c.L)), mixed, [0, 1], rounds=20, grid=every)
    assert found.instance.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    for b in range(10):
        one = run(GradientDescent(step=1 / (2 * c.L)), [mixed[b // 2]], [b % 2], rounds=20, grid=every)
        np.testing.assert_allclose(found.log_distance[b], one.log_distance[0], rtol=0, atol=1e-13)


def test_a_problem_with_a_floor_does_not_lend_it_to_its_neighbour():
    """A consistent and a noisy table of one shape: only the second may not be rescaled."""
    pair = [CONSISTENT, dataclasses.replace(NOISY, label="noisy")]
    found = run(GradientDescent(), pair, rounds=12_000, reading="batch")
    assert found.log_distance[0, -1] < -1000
    assert found.outcomes == (Outcome.BUDGET, Outcome.FLOOR)


def test_every_seed_is_a_run_of_its_own():
    found = run(RandomizedCoordinateDescent(), [MATRIX], range(6), rounds=10, grid=every)
    assert np.unique(found.log_distance[:, 0]).size == 6
    fixed = dataclasses.replace(MATRIX, start=Fixed((1.0,) * 5))
    drawn = run(RandomizedCoordinateDescent(), [fixed], range(6), rounds=10, grid=every)
    assert np.unique(drawn.log_distance[:, 0]).size == 1
    assert np.unique(drawn.log_distance[:, -1]).size == 6
