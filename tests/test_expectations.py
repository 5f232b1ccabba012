"""Ten thousand runs of every sampled method have the exact expectations as their means."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

import solvers
from checks.gates import expected
from checks.gates.claims import scored
from checks.gates.solver import Claim, Solver
from checks.trust import BAND, LARGEST
from solvers import SGD, RandomizedCoordinateDescent
from solvers.constants import L_max
from solvers.problems.least_squares import gaussian_rows


@pytest.fixture(scope="module")
def scores() -> list[expected.Score]:
    return list(expected.scores(scored()))


def test_many_scores_are_standard_normal(scores, record_property):
    """Each has runs of its own, so that their squares are independent."""
    z = np.array([score.z for score in scores])
    low, high = expected.chi_square_band(len(z), BAND)
    record_property("scores", len(z))
    print(f"{len(z)} z-scores: squares {z @ z:.1f} in [{low:.1f}, {high:.1f}], largest {np.abs(z).max():.2f}")
    assert len(z) >= 450
    assert low <= z @ z <= high
    assert np.abs(z).max() < LARGEST
    assert abs(z.sum()) < -scipy.special.ndtri(BAND / 2) * np.sqrt(len(z))


def test_every_sampled_method_with_exact_expectations_has_scores(scores):
    """On both measures, and at two times or more."""
    public = [getattr(solvers, name) for name in solvers.methods.__all__]
    wanted = {cls for cls in public if cls.sampled and cls.linear}
    for measure in ("gap", "distance"):
        times = {(type(s.claim.method), s.time) for s in scores if s.measure == measure}
        assert {cls for cls in wanted if sum(mine is cls for mine, _ in times) < 2} == set()


def test_times_without_spread_or_with_too_much_are_left_out(scores):
    """A first step of SAGA is the same in all runs; late gaps of coordinate descent vary too much."""
    instance = gaussian_rows(10, 4, 0.0, "left out")
    claim = Claim(solvers.SAGA(), instance, (1, 5))
    assert expected.normal_enough(claim, expected.MANY).tolist() == [[False, True]] * 2
    late = Claim(SGD(step=1 / L_max), instance, (5, 400))
    assert expected.normal_enough(late, expected.MANY)[:, 1].tolist() == [False, False]


def test_a_step_that_is_a_little_off_would_be_seen():
    """Coordinate descent with relaxation 0.9 against the expectation with 1, the distance after an epoch."""
    right = next(c for c in scored() if c.method == RandomizedCoordinateDescent())
    claim = Claim(right.method, right.instance, (8,))
    solver = Solver(right.method._replace(relaxation=0.9))
    found = expected.samples(solver, claim, range(1), claim.times, expected.MANY)[:, 0]
    z = (found.mean(-1) - expected.exact(claim)[:, 0]) / (found.std(-1) / np.sqrt(expected.MANY))
    assert abs(z[1]) > LARGEST


def test_the_band_is_that_of_the_chi_square_law():
    low, high = expected.chi_square_band(500, 1e-2)
    assert scipy.special.chdtr(500, low) == pytest.approx(5e-3, rel=1e-9)
    assert scipy.special.chdtrc(500, high) == pytest.approx(5e-3, rel=1e-9)
