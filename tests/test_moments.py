"""Exact rates and expectations, against closed forms, enumeration and identities."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from solvers import (
    SAGA,
    SGD,
    SVRG,
    BarzilaiBorwein1,
    ConjugateGradient,
    DiminishingSGD,
    GradientDescent,
    HeavyBall,
    Kaczmarz,
    LooplessSVRG,
    MiniBatchSGD,
    Nesterov,
    RandomizedCoordinateDescent,
    run,
)
from solvers import constants as c
from solvers.iteration import mode_matrices, spectral_radius
from solvers.moments import SecondMoment
from solvers.problems import spectra
from solvers.problems.least_squares import gaussian_rows, least_squares, square_root
from solvers.problems.quadratic import SignRandom, dense, spectrum_of, unit_diagonal
from solvers.trajectories import every
from tests.samples import CONSISTENT, MATRIX, SPECTRUM, U

KAPPA = 50.0
LADDER = spectrum_of(spectra.log_spaced(9, KAPPA), "ladder")


# ---------------------------------------------------------------- spectral radii


@pytest.mark.parametrize("step", [0.01, 0.02, 0.039, 0.045])
def test_gradient_descent_has_the_largest_of_its_two_end_factors(step):
    wanted = max(abs(1 - step), abs(1 - KAPPA * step))
    assert spectral_radius(GradientDescent(step=step), LADDER) == pytest.approx(wanted, rel=8 * U)


def test_heavy_ball_with_large_momentum_has_the_square_root_of_it():
    """Complex roots on every mode: their product is the momentum."""
    assert spectral_radius(HeavyBall(step=0.02, momentum=0.9), LADDER) == pytest.approx(
        np.sqrt(0.9), rel=1e-12
    )


def test_polyaks_tuning_has_rho_and_nesterovs_one_minus_q():
    """Double roots: their eigenvalues are accurate to the square root of u only."""
    rho = (np.sqrt(KAPPA) - 1) / (np.sqrt(KAPPA) + 1)
    assert spectral_radius(HeavyBall(), LADDER) == pytest.approx(rho, abs=1e-7)
    assert spectral_radius(Nesterov(), LADDER) == pytest.approx(1 - 1 / np.sqrt(KAPPA), abs=1e-7)


def test_a_modes_matrix_is_the_companion_of_its_recursion():
    """(x, previous) -> ((1 + b - a lambda) x - b previous, x)."""
    matrices = mode_matrices(HeavyBall(step=0.1, momentum=0.25), SPECTRUM)
    for eigenvalue, matrix in zip(SPECTRUM.spectrum, matrices, strict=True):
        np.testing.assert_allclose(matrix, [[1.25 - 0.1 * eigenvalue, -0.25], [1, 0]], atol=4 * U)


@pytest.mark.parametrize("method", [ConjugateGradient(), BarzilaiBorwein1()])
def test_a_method_without_an_iteration_matrix_is_refused(method):
    with pytest.raises(ValueError, match=r"not linear in its state.*measure its rate on runs"):
        spectral_radius(method, SPECTRUM)


def test_a_sampled_method_has_no_single_matrix():
    with pytest.raises(ValueError, match="draws indices; use step_matrices"):
        mode_matrices(RandomizedCoordinateDescent(), MATRIX)


# ---------------------------------------------------------------- second moments

Q3 = np.array([[1.0, 0.4, -0.2], [0.4, 1.0, 0.3], [-0.2, 0.3, 1.0]])
A3 = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8]])
START = np.array([1.0, -2.0, 0.5])


def coordinate_step(e, i, omega):
    e = e.copy()
    e[i] -= omega * Q3[i] @ e / Q3[i, i]
    return e


def sgd_step(e, i, gamma):
    return e - gamma * A3[i] * (A3[i] @ e)


CASES = {
    "coordinate descent": (RandomizedCoordinateDescent(), dense(Q3, "three"), coordinate_step, 1.0, Q3),
    "relaxed": (RandomizedCoordinateDescent(relaxation=1.4), dense(Q3, "three"), coordinate_step, 1.4, Q3),
    "SGD": (SGD(step=0.7), gaussian_rows(3, 3, 0.0, "replaced"), sgd_step, 0.7, A3.T @ A3 / 3),
}


def case(name):
    method, instance, step, parameter, hessian = CASES[name]
    if name == "SGD":
        instance = least_squares(A3, "three rows")
    return method, instance, step, parameter, hessian


@pytest.mark.parametrize("name", CASES)
def test_the_expectation_is_the_mean_over_all_sequences_of_indices(name):
    """All 3^4 sequences of four steps, each followed in a loop of its own."""
    method, instance, step, parameter, hessian = case(name)
    squares, gaps = SecondMoment.of(method, instance).trajectory(START, 1, 4)
    for k in range(5):
        ends = []
        for sequence in itertools.product(range(3), repeat=k):
            e = START
            for i in sequence:
                e = step(e, i, parameter)
            ends.append(e)
        assert len(ends) == 3**k
        assert squares[k] == pytest.approx(np.mean([e @ e for e in ends]), rel=1e-13)
        assert gaps[k] == pytest.approx(np.mean([e @ hessian @ e / 2 for e in ends]), rel=1e-13)


@pytest.mark.parametrize("name", CASES)
def test_the_factor_is_the_spectral_radius_of_the_mean_kronecker_square(name):
    method, instance, step, parameter, _ = case(name)
    matrices = [np.column_stack([step(u, i, parameter) for u in np.eye(3)]) for i in range(3)]
    mean = np.mean([np.kron(B, B) for B in matrices], axis=0)
    radius = np.abs(np.linalg.eigvals(mean)).max()
    assert SecondMoment.of(method, instance).factor() == pytest.approx(radius, rel=1e-12)


def test_an_epoch_is_that_many_steps():
    moment = SecondMoment.of(RandomizedCoordinateDescent(), dense(Q3, "three"))
    by_step, by_epoch = moment.trajectory(START, 1, 12), moment.trajectory(START, 3, 4)
    for one, other in zip(by_step, by_epoch, strict=True):
        np.testing.assert_allclose(one[::3], other, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_expected_gaps_of_coordinate_descent_sum_to_half_n_times_the_potential(seed):
    """With a unit diagonal, V = |e|^2/2 + gap falls by (2/n) gap a step in expectation, so that
    sum_k E gap_k = (n/2) (V_0 - E V_K), and (n/2) V_0 in the limit."""
    n = 6
    instance = unit_diagonal(spectra.log_spaced(n, 20.0), "potential", seed=seed)
    start = instance.start(seed)
    squares, gaps = SecondMoment.of(RandomizedCoordinateDescent(), instance).trajectory(start, 1, 2000)
    potential = squares / 2 + gaps
    partial = np.r_[0, np.cumsum(gaps[:-1])]
    np.testing.assert_allclose(
        partial, n / 2 * (potential[0] - potential), rtol=0, atol=1e-12 * n * potential[0]
    )
    assert gaps.sum() == pytest.approx(n / 2 * potential[0], rel=1e-10)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 1.6])
def test_the_expected_gaps_of_kaczmarz_sum_to_the_first_square(gamma):
    """Unit rows, consistent: sum_k E gap_k = |e_0|^2 / (2 gamma (2 - gamma)), whatever the spectrum."""
    start = CONSISTENT.start(2)
    squares, gaps = SecondMoment.of(SGD(step=gamma), CONSISTENT).trajectory(start, 1, 4000)
    assert squares[-1] < 1e-12 * squares[0]
    assert gaps.sum() == pytest.approx(squares[0] / (2 * gamma * (2 - gamma)), rel=1e-11)


def test_coordinate_descent_and_kaczmarz_on_its_square_root_have_one_factor():
    """R-CD in Q^(1/2) e is Kaczmarz on A with A A' = Q: the same operator in other coordinates."""
    quadratic = unit_diagonal(spectra.log_spaced(7, 30.0), "pair", seed=2)
    one = SecondMoment.of(RandomizedCoordinateDescent(), quadratic).factor()
    other = SecondMoment.of(SGD(step=1), square_root(quadratic)).factor()
    assert one == pytest.approx(other, rel=1e-11)


@pytest.mark.parametrize("kappa", [4.0, 40.0])
def test_the_rate_of_coordinate_descent_lies_between_its_two_bounds(kappa):
    """2 mu/(1 + mu) <= n (1 - factor) <= 2 mu - mu^2/n on a unit diagonal."""
    n = 8
    instance = unit_diagonal(spectra.uniform(n, kappa), "rate", seed=4)
    mu = instance.constants[c.mu]
    shrinks = n * (1 - SecondMoment.of(RandomizedCoordinateDescent(), instance).factor())
    assert 2 * mu / (1 + mu) * (1 - 1e-9) <= shrinks <= (2 * mu - mu**2 / n) * (1 + 1e-9)


def test_runs_have_the_exact_expectation_as_their_mean():
    """z-scores of 400 runs at five epochs, at the level 1e-4 over all ten."""
    instance = unit_diagonal(spectra.log_spaced(6, 10.0), "runs", seed=0, start=SignRandom(6))
    fixed = dense(instance.problem.Q, "runs of a fixed start", lambda seed: instance.start(0))
    squares, gaps = SecondMoment.of(RandomizedCoordinateDescent(), fixed).trajectory(instance.start(0), 6, 5)
    found = run(
        RandomizedCoordinateDescent(), [fixed], range(400), rounds=5, grid=every, measures=("distance", "gap")
    )
    for values, wanted in ((np.exp(2 * found.log_distance), squares), (np.exp(found.log_gap), gaps)):
        error = values.std(0, ddof=1) / 20
        z = (values.mean(0) - wanted)[1:] / error[1:]
        assert np.abs(z).max() < 4.42
        assert (error[1:] < 0.2 * wanted[1:]).all(), "the runs are too few to say anything"


# ---------------------------------------------------------------- states beyond the iterate


def saga_ends(gamma, length):
    """The iterate after every sequence of ``length`` draws, in a loop of its own."""
    for sequence in itertools.product(range(3), repeat=length):
        e, table = START.copy(), A3 @ START
        for i in sequence:
            new = A3[i] @ e
            e = e - gamma * ((new - table[i]) * A3[i] + A3.T @ table / 3)
            table = table.copy()
            table[i] = new
        yield e


def svrg_ends(gamma, inner, rounds):
    for sequence in itertools.product(range(3), repeat=inner * rounds):
        e = START.copy()
        for k, i in enumerate(sequence):
            if k % inner == 0:
                snapshot, full = e.copy(), A3.T @ (A3 @ e) / 3
            e = e - gamma * ((A3[i] @ e - A3[i] @ snapshot) * A3[i] + full)
        yield e


@pytest.mark.parametrize("rounds", range(4))
@pytest.mark.parametrize("name", ["SAGA", "SVRG"])
def test_the_expectation_of_a_method_with_a_memory_is_the_mean_over_all_sequences(name, rounds):
    instance = least_squares(A3, "three rows")
    if name == "SAGA":
        method, steps, ends = SAGA(step=0.4), 1, saga_ends(0.4, rounds)
    else:
        method, steps, ends = SVRG(step=0.4, inner=2), 2, svrg_ends(0.4, 2, rounds)
    squares, gaps = SecondMoment.of(method, instance).trajectory(START, steps, 3)
    ends = list(ends)
    assert squares[rounds] == pytest.approx(np.mean([e @ e for e in ends]), rel=1e-12)
    assert gaps[rounds] == pytest.approx(np.mean([np.sum((A3 @ e) ** 2) / 6 for e in ends]), rel=1e-12)


@pytest.mark.parametrize(("method", "steps"), [(SAGA(step=0.3), 3), (SVRG(step=0.3, inner=6), 6)])
def test_a_long_expectation_falls_by_the_factor(method, steps):
    moment = SecondMoment.of(method, least_squares(A3, "three rows"))
    squares, _ = moment.trajectory(START, steps, 400)
    assert (squares[400] / squares[300]) ** 0.01 == pytest.approx(moment.factor(steps), rel=1e-9)


def test_saga_is_unstable_in_mean_square_beyond_its_limit():
    """For equal eigenvalues and many samples the limit of the step is (sqrt(5) - 1)/2 of 1/L_max: the
    identity as n samples in n unknowns has Hessian I/n."""
    identity = square_root(dense(np.eye(14), "identity"))
    limit = (np.sqrt(5) - 1) / 2
    assert SecondMoment.of(SAGA(step=0.9 * limit), identity).factor() < 1
    assert SecondMoment.of(SAGA(step=1.2 * limit), identity).factor() > 1


# ---------------------------------------------------------------- coins, batches, weights, clocks, residuals

RESIDUAL = np.array([0.5, -0.3, 0.2, 0.1])
A4 = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.5], [-1.0, 0.7]])
RESIDUAL = RESIDUAL - A4 @ np.linalg.lstsq(A4, RESIDUAL, rcond=None)[0]
FOUR = least_squares(A4, "four rows")
FOUR_NOISY = least_squares(A4, "four rows with a residual", RESIDUAL)
PLANE = np.array([1.0, -2.0])


def loopless(step, chance):
    """Each step draws an index and then a coin; the snapshot becomes the iterate before the step."""

    def follow(state, k):
        e, w = state
        for i in range(4):
            new = e - step * (A4[i] * (A4[i] @ (e - w)) + A4.T @ (A4 @ w) / 4)
            yield (new, e), chance / 4
            yield (new, w), (1 - chance) / 4

    return (PLANE, PLANE), follow


def batches(step, size, replacement, residual=np.zeros(4)):  # noqa: B008
    draws = (
        itertools.product(range(4), repeat=size) if replacement else itertools.permutations(range(4), size)
    )
    draws = [list(d) for d in draws]

    def follow(state, k):
        (e,) = state
        for d in draws:
            yield (e - step * A4[d].T @ (A4[d] @ e - residual[d]) / size,), 1 / len(draws)

    return (PLANE,), follow


def kaczmarz(relaxation):
    squares = (A4**2).sum(1)

    def follow(state, k):
        (e,) = state
        for i in range(4):
            yield (e - relaxation * A4[i] * (A4[i] @ e) / squares[i],), squares[i] / squares.sum()

    return (PLANE,), follow


def diminishing(numerator, offset):
    def follow(state, k):
        (e,) = state
        for i in range(4):
            yield (e - numerator / (k + offset) * A4[i] * (A4[i] @ e - RESIDUAL[i]),), 1 / 4

    return (PLANE,), follow


TREES = {
    "loopless SVRG": (LooplessSVRG(step=0.3, chance=0.3), FOUR, loopless(0.3, 0.3)),
    "batches without replacement": (MiniBatchSGD(0.4, 2, 0), FOUR, batches(0.4, 2, False)),
    "batches with replacement": (MiniBatchSGD(0.4, 2, 1), FOUR, batches(0.4, 2, True)),
    "batches with a residual": (MiniBatchSGD(0.4, 3, 0), FOUR_NOISY, batches(0.4, 3, False, RESIDUAL)),
    "SGD with a residual": (SGD(step=0.4), FOUR_NOISY, batches(0.4, 1, False, RESIDUAL)),
    "weights": (Kaczmarz(relaxation=1.2), FOUR, kaczmarz(1.2)),
    "a step that changes": (DiminishingSGD(numerator=0.7, offset=1.5), FOUR_NOISY, diminishing(0.7, 1.5)),
}


@pytest.mark.parametrize("name", TREES)
def test_the_expectation_is_the_mean_over_the_tree_of_all_draws(name):
    method, instance, (root, follow) = TREES[name]
    squares, gaps = SecondMoment.of(method, instance).trajectory(PLANE, 1, 3)
    leaves = [(root, 1.0)]
    for k in range(4):
        assert sum(chance for _, chance in leaves) == pytest.approx(1, rel=1e-12)
        distance = sum(chance * (state[0] @ state[0]) for state, chance in leaves)
        gap = sum(chance * np.sum((A4 @ state[0]) ** 2) / 8 for state, chance in leaves)
        assert squares[k] == pytest.approx(distance, rel=1e-12)
        assert gaps[k] == pytest.approx(gap, rel=1e-12)
        leaves = [(state, chance * part) for old, chance in leaves for state, part in follow(old, k)]


def test_stepping_and_powers_give_one_expectation():
    """A state too large for powers is stepped: here one that is not is made to be."""
    moment = SecondMoment.of(LooplessSVRG(step=0.3, chance=0.3), FOUR)
    by_powers = moment.trajectory(PLANE, 4, 6)
    stepped = moment._stepped(PLANE, 4, 6)
    for one, other in zip(by_powers, stepped, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11)


@pytest.mark.parametrize("gamma", [0.4, 1.0, 1.7])
def test_sgd_with_residuals_comes_to_its_known_level(gamma):
    """Unit rows: E gap = gamma sigma^2 / (2 (2 - gamma)), whatever the spectrum; and a long run is there."""
    instance = gaussian_rows(9, 4, 0.5, "noisy")
    moment = SecondMoment.of(SGD(step=gamma), instance)
    square, gap = moment.limit()
    assert gap == pytest.approx(gamma * instance.constants[c.sigma] ** 2 / (2 * (2 - gamma)), rel=1e-11)
    squares, gaps = moment.trajectory(instance.start(0), 9, 4000)
    assert (squares[-1], gaps[-1]) == (pytest.approx(square, rel=1e-9), pytest.approx(gap, rel=1e-9))
    assert moment.factor() == pytest.approx(
        SecondMoment.of(SGD(step=gamma), least_squares(instance.problem.rows, "same rows")).factor(),
        rel=1e-10,
    )


def test_the_sums_over_all_steps_are_those_of_the_trajectory():
    moment = SecondMoment.of(LooplessSVRG(step=0.3, chance=0.3), FOUR)
    squares, gaps = moment.trajectory(PLANE, 1, 3000)
    assert moment.totals(PLANE) == (
        pytest.approx(squares.sum(), rel=1e-9), pytest.approx(gaps.sum(), rel=1e-9)
    )  # fmt: skip


def test_what_no_single_operator_describes_is_refused():
    with pytest.raises(ValueError, match="changes with time, so no single operator describes it"):
        SecondMoment.of(DiminishingSGD(), FOUR_NOISY).factor()
    with pytest.raises(ValueError, match=r"more than 1200; take fewer unknowns"):
        SecondMoment.of(SAGA(), gaussian_rows(60, 5, 0.0, "many")).factor()
    with pytest.raises(ValueError, match="does not contract in mean square"):
        SecondMoment.of(SGD(step=3), FOUR_NOISY).limit()
    with pytest.raises(ValueError, match="no finite sum"):
        SecondMoment.of(SGD(step=0.1), FOUR_NOISY).totals(PLANE)
