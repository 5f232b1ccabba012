"""SVRG and its relatives, Katyusha among them: textbook loops, trees of all draws, modal forms, costs."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from solvers import (
    SVRG,
    SVRGBB,
    AverageSVRG,
    Katyusha,
    LooplessKatyusha,
    LooplessSVRG,
    RandomSVRG,
    StoredSVRG,
    run,
)
from solvers import constants as c
from solvers import method as protocol
from solvers.counting import epochs_per_round
from solvers.flat import FlatMoment, mean_square_factor
from solvers.moments import SecondMoment
from solvers.problems.least_squares import gaussian_rows, least_squares, square_root
from solvers.problems.quadratic import Fixed, unit_diagonal
from solvers.problems.sampled_families import flat_design
from solvers.sampling import stream
from solvers.trajectories import every
from tests.samples import U, advance, hadamard_design, started
from tests.test_methods import ROWS, SAMPLES, SIZE, START, TARGET, check_path, draws_of, height

# ---------------------------------------------------------------- textbook loops: x_1, x_2, ... of the rounds


def tossed(method: Any, instance: Any) -> Any:
    """The coins of one round after the other, as a run with seed 0 draws them."""
    evaluated = protocol.evaluate(method, instance)
    steps = protocol.steps(evaluated, instance.problem)
    rounds = iter(range(10**6))
    sampling = protocol.sampling(evaluated, instance)
    return lambda: sampling.coins(stream(instance.label, 0), next(rounds), 1, steps)


def component(x, i):
    return ROWS[i] * (ROWS[i] @ x - TARGET[i])


def full(x):
    return ROWS.T @ (ROWS @ x - TARGET) / SAMPLES


def svrg(rounds, draws, coins, step, inner, choose):
    """``choose`` takes x_0, ..., x_m and the coins of the round, and returns the next snapshot."""
    snapshot = START
    for _ in range(rounds):
        inside = [snapshot]
        for i in draws(inner, SAMPLES):
            g = component(inside[-1], i) - component(snapshot, i) + full(snapshot)
            inside.append(inside[-1] - step * g)
        snapshot = choose(inside, coins() if coins else None)
        yield snapshot


def svrg_bb(rounds, draws, first, inner):
    snapshots, step = [START], first
    for k in range(rounds):
        if k:
            s = snapshots[-1] - snapshots[-2]
            step = s @ s / (s @ (full(snapshots[-1]) - full(snapshots[-2]))) / inner
        x = snapshots[-1]
        for i in draws(inner, SAMPLES):
            x = x - step * (component(x, i) - component(snapshots[-1], i) + full(snapshots[-1]))
        snapshots.append(x)
        yield x


def loopless_svrg(rounds, draws, coins, step):
    x = before = snapshot = START
    for _ in range(rounds):
        for i, coin in zip(draws(SAMPLES, SAMPLES), coins(), strict=True):
            snapshot = before if coin else snapshot
            g = component(x, i) - component(snapshot, i) + full(snapshot)
            x, before = x - step * g, x
        yield x


def katyusha_step(y, z, snapshot, i, tau, anchor, alpha, sigma):
    x = tau * z + anchor * snapshot + (1 - tau - anchor) * y
    g = component(x, i) - component(snapshot, i) + full(snapshot)
    new = (z + alpha * sigma * x - alpha * g) / (1 + alpha * sigma)
    return x + tau * (new - z), new


def katyusha(rounds, draws, inner, *numbers):
    y = z = snapshot = START
    weights = (1 + numbers[2] * numbers[3]) ** np.arange(inner)
    for _ in range(rounds):
        ys = []
        for i in draws(inner, SAMPLES):
            y, z = katyusha_step(y, z, snapshot, i, *numbers)
            ys.append(y)
        snapshot = weights @ np.array(ys) / weights.sum()
        yield snapshot


def loopless_katyusha(rounds, draws, coins, *numbers):
    y = z = before = snapshot = START
    for _ in range(rounds):
        for i, coin in zip(draws(SAMPLES, SAMPLES), coins(), strict=True):
            snapshot = before if coin else snapshot
            before = y
            y, z = katyusha_step(y, z, snapshot, i, *numbers)
        yield y


def last_head(inside, coins):
    """x_t where t is the last coin that fell heads: step t comes with chance 1/(t + 1)."""
    return inside[np.flatnonzero(coins)[-1]]


NUMBERS = (0.3, 0.4, 0.9, 0.05)
LOOPS = {
    "random SVRG": (RandomSVRG(0.4, 13), 13, lambda d, t: svrg(20, d, t, 0.4, 13, last_head)),
    "average SVRG": (
        AverageSVRG(0.4, 13),
        13,
        lambda d, t: svrg(20, d, None, 0.4, 13, lambda inside, _: np.mean(inside[1:], axis=0)),
    ),
    "stored SVRG": (
        StoredSVRG(0.2, 13),
        13,
        lambda d, t: svrg(20, d, None, 0.2, 13, lambda inside, _: inside[-1]),
    ),
    "loopless SVRG": (LooplessSVRG(0.3, 0.2), SAMPLES, lambda d, t: loopless_svrg(20, d, t, 0.3)),
    "Katyusha": (Katyusha(*NUMBERS, inner=13), 13, lambda d, t: katyusha(20, d, 13, *NUMBERS)),
    "loopless Katyusha": (
        LooplessKatyusha(*NUMBERS, chance=0.2),
        SAMPLES,
        lambda d, t: loopless_katyusha(20, d, t, *NUMBERS),
    ),
}


def regression() -> tuple[Any, np.ndarray, Any]:
    """The problem of ``ROWS`` and ``TARGET``, its solution and its objective."""
    least = np.linalg.lstsq(ROWS, TARGET, rcond=None)[0]
    instance = least_squares(ROWS, "in x", TARGET - ROWS @ least, Fixed(tuple(START - least)))
    return instance, least, height(ROWS.T @ ROWS / SAMPLES, ROWS.T @ TARGET / SAMPLES)


@pytest.mark.parametrize("name", LOOPS)
def test_path_is_the_textbook_loop_in_x(name):
    """The rounding of a step, at most 8 n u |x| in each of its vectors, is added up over the steps."""
    method, inner, loop = LOOPS[name]
    instance, least, objective = regression()
    coins = tossed(method, instance)
    tolerance = 3 * 8 * SIZE * 20 * inner * U
    check_path(method, instance, loop(draws_of("in x"), coins), 20, least, objective, tolerance)


def test_first_rounds_of_svrg_bb_are_the_textbook_loop_in_x():
    """A relative error of a step length is amplified by at most kappa a round."""
    instance, least, objective = regression()
    kappa = float(instance.constants[c.kappa])
    tolerance = 8 * SIZE * 40 * kappa**3 * U
    loop = svrg_bb(4, draws_of("in x"), 0.1, 40)
    check_path(SVRGBB(first=0.1, inner=40), instance, loop, 4, least, objective, tolerance)


def test_every_inner_iterate_is_kept_with_the_same_chance():
    """Counts of the kept index over 64 x 64 rounds of nine steps, chi squared at the level 1e-4."""
    sampling = protocol.sampling(protocol.evaluate(RandomSVRG(0.1, 9), regression()[0]), regression()[0])
    coins = sampling.coins(5, 0, 4096, 9).reshape(4096, 9)
    kept = 8 - np.argmax(coins[:, ::-1], axis=1)
    counts = np.bincount(kept, minlength=9)
    assert coins[:, 0].all()
    assert ((counts - 4096 / 9) ** 2).sum() / (4096 / 9) < 31.83  # eight degrees of freedom


def test_a_barzilai_borwein_step_over_m_lies_between_the_curvatures():
    instance = gaussian_rows(20, 4, 0.5, "steps")
    columns, problem, state = started(SVRGBB(inner=30), instance)
    rng = np.random.default_rng(3)
    mu, L = (float(instance.constants[k]) for k in (c.mu, c.L))
    advance(columns, problem, state, rng.integers(0, 20, 30))
    for _ in range(12):
        advance(columns, problem, state, rng.integers(0, 20, 30))
        assert 1 / (30 * L) * (1 - 1e-12) <= state.step[0, 0] <= 1 / (30 * mu) * (1 + 1e-12)


def test_svrg_bb_that_has_arrived_stays():
    instance = least_squares(np.eye(3), "there", start=Fixed((0.0, 0.0, 0.0)))
    columns, problem, state = started(SVRGBB(first=0.25, inner=2), instance)
    for _ in range(3):
        advance(columns, problem, state, [0, 1])
    assert state.step[0, 0] == 0.25
    assert not state.x.any()


# ---------------------------------------------------------------- expectations: trees of all draws

A3 = np.array([[1.0, 0.0], [0.6, 0.8], [-0.5, 1.1]])
PLANE = np.array([1.0, -2.0])
H3 = A3.T @ A3 / 3


def estimate(x, w, i):
    return A3[i] * (A3[i] @ (x - w)) + H3 @ w


def round_of_svrg(step, outcomes):
    """Every end of a round of two steps: ``outcomes`` of x_0, x_1, x_2 are (next snapshot, chance)."""

    def follow(state):
        (snapshot,) = state
        for i, j in itertools.product(range(3), repeat=2):
            first = snapshot - step * estimate(snapshot, snapshot, i)
            second = first - step * estimate(first, snapshot, j)
            for chosen, chance in outcomes(snapshot, first, second):
                yield (chosen,), chance / 9

    return (PLANE,), follow


def coupled(y, z, w, i, tau, anchor, alpha, sigma):
    x = tau * z + anchor * w + (1 - tau - anchor) * y
    new = (z + alpha * sigma * x - alpha * estimate(x, w, i)) / (1 + alpha * sigma)
    return x + tau * (new - z), new


def round_of_katyusha(*numbers):
    theta = 1 + numbers[2] * numbers[3]

    def follow(state):
        snapshot, y, z = state
        for i, j in itertools.product(range(3), repeat=2):
            y1, z1 = coupled(y, z, snapshot, i, *numbers)
            y2, z2 = coupled(y1, z1, snapshot, j, *numbers)
            yield ((y1 + theta * y2) / (1 + theta), y2, z2), 1 / 9

    return (PLANE, PLANE, PLANE), follow


def step_of_loopless_katyusha(chance, *numbers):
    def follow(state):
        y, z, snapshot = state
        for i in range(3):
            new = coupled(y, z, snapshot, i, *numbers)
            yield (*new, y), chance / 3
            yield (*new, snapshot), (1 - chance) / 3

    return (PLANE, PLANE, PLANE), follow


K = (0.3, 0.5, 0.8, 0.2)
TREES = {
    "stored": (StoredSVRG(0.4, 2), 2, round_of_svrg(0.4, lambda a, b, e: [(e, 1)])),
    "random": (RandomSVRG(0.4, 2), 2, round_of_svrg(0.4, lambda a, b, e: [(a, 1 / 2), (b, 1 / 2)])),
    "average": (AverageSVRG(0.4, 2), 2, round_of_svrg(0.4, lambda a, b, e: [((b + e) / 2, 1)])),
    "Katyusha": (Katyusha(*K, inner=2), 2, round_of_katyusha(*K)),
    "loopless Katyusha": (LooplessKatyusha(*K, chance=0.3), 1, step_of_loopless_katyusha(0.3, *K)),
}


@pytest.mark.parametrize("name", TREES)
def test_the_expectation_is_the_mean_over_the_tree_of_all_draws(name):
    method, steps, (root, follow) = TREES[name]
    squares, gaps = SecondMoment.of(method, least_squares(A3, "three rows")).trajectory(PLANE, steps, 2)
    leaves = [(root, 1.0)]
    for k in range(3):
        assert sum(chance for _, chance in leaves) == pytest.approx(1, rel=1e-12)
        assert squares[k] == pytest.approx(sum(p * (s[0] @ s[0]) for s, p in leaves), rel=1e-12)
        assert gaps[k] == pytest.approx(sum(p * (s[0] @ H3 @ s[0]) / 2 for s, p in leaves), rel=1e-12)
        leaves = [(state, chance * p) for old, chance in leaves for state, p in follow(old)]


@pytest.mark.parametrize(
    ("method", "rounds"),
    [
        (RandomSVRG(0.3, 4), 800),
        (AverageSVRG(0.3, 4), 400),
        (Katyusha(*K, inner=4), 400),
        (StoredSVRG(0.3, 4), 400),
    ],
)
def test_a_long_expectation_falls_by_the_factor(method, rounds):
    moment = SecondMoment.of(method, least_squares(A3, "three rows"))
    squares, _ = moment.trajectory(PLANE, 4, rounds)
    assert (squares[-1] / squares[-101]) ** 0.01 == pytest.approx(moment.factor(4), rel=1e-9)


# ---------------------------------------------------------------- flat designs


@pytest.mark.parametrize("method", [SVRG(0.3, 8), StoredSVRG(0.3, 8), AverageSVRG(0.3, 8)])
def test_a_round_on_a_hadamard_design_has_the_factor_of_its_second_moment(method):
    wanted = SecondMoment.of(method, square_root(hadamard_design(8, 0.1, 2.0))).factor(8)
    assert FlatMoment.of(method, flat_design(8, 10.0, 2.0)).factor(8) == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("kind", ["rounds", "coins"])
def test_katyusha_on_a_hadamard_design_has_the_factor_of_its_second_moment(kind):
    """The parameters in numbers: mu of a flat design is that of Q."""
    numbers = (0.35, 0.5, 0.9, 0.025)
    dense_one, flat = square_root(hadamard_design(4, 0.1, 2.0)), flat_design(4, 10.0, 2.0)
    if kind == "rounds":
        method = Katyusha(*numbers, inner=8)
        wanted, found = SecondMoment.of(method, dense_one).factor(8), FlatMoment.of(method, flat).factor(8)
    else:
        method = LooplessKatyusha(*numbers, chance=0.2)
        wanted, found = SecondMoment.of(method, dense_one).factor(), mean_square_factor(method, flat)
    assert found == pytest.approx(wanted, rel=1e-11)


# ---------------------------------------------------------------- what it costs, and what is refused


@pytest.mark.parametrize(
    ("method", "components"),
    [
        (SVRG(inner=30), 12 + 60), (StoredSVRG(inner=30), 12 + 30), (RandomSVRG(inner=30), 12 + 60),
        (AverageSVRG(inner=30), 12 + 60), (SVRGBB(inner=30), 12 + 60), (Katyusha(inner=30), 12 + 60),
        (LooplessSVRG(), 36), (LooplessKatyusha(), 36),
    ],
)  # fmt: skip
def test_a_round_costs_the_snapshot_and_the_components_of_its_steps(method, components):
    instance = gaussian_rows(12, 4, 0.3, "twelve")
    cost = epochs_per_round(protocol.evaluate(method, instance), instance)
    assert float(cost) == pytest.approx(Fraction(components, 12), rel=1e-8)


def test_stored_products_change_the_cost_and_nothing_else():
    instance = gaussian_rows(12, 4, 0.3, "twelve")
    one, other = (run(m, [instance], rounds=10, grid=every) for m in (SVRG(inner=20), StoredSVRG(inner=20)))
    np.testing.assert_allclose(one.log_distance, other.log_distance, atol=1e-11)


@pytest.mark.parametrize("method", [RandomSVRG(inner=2.5), AverageSVRG(inner=2.5), Katyusha(inner=2.5)])
def test_a_round_that_is_no_whole_number_of_steps_is_refused_where_its_iterates_are_weighed(method):
    instance = gaussian_rows(12, 4, 0.3, "twelve")
    with pytest.raises(ValueError, match=r"2\.5 iterates of a round, .* sympy's ceiling"):
        protocol.steps(protocol.evaluate(method, instance), instance.problem)


def test_the_slowest_mode_of_z_shrinks_by_one_plus_alpha_sigma_in_expectation():
    """Katyusha's published parameters: the strong convexity and the gradient of that mode cancel."""
    instance = square_root(unit_diagonal(np.array([0.1, 0.9, 1.0, 2.0]), "cancelling"))
    for kind in (Katyusha, LooplessKatyusha):
        columns, problem, state = started(kind(), instance)
        state.z[:] = 3 * state.z
        slow = np.linalg.eigh(instance.problem.rows.T @ instance.problem.rows)[1][:, 0]
        protocol.outer(columns, problem, state)
        before, after = state.z[0] @ slow, 0.0
        for i in range(4):
            moved = type(state)(*(leaf.copy() for leaf in state))
            protocol.update(columns, problem, moved, (np.zeros(1, int), np.array([i])))
            after += moved.z[0] @ slow / 4
        theta = 1 + float(columns.step[0, 0]) * float(columns.convexity[0, 0])
        assert after == pytest.approx(before / theta, rel=1e-12)
