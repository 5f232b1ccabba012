"""Runs on several processes: sums, workers that die, and the model of their cost."""

from __future__ import annotations

import numpy as np
import pytest

from solvers import ConjugateGradient, GradientDescent
from solvers.distributed import (
    WorkerDied,
    divided,
    latency_and_cost,
    predicted_seconds,
    serial,
    shares,
    together,
)
from solvers.problems.least_squares import gaussian_rows
from tests.parallel_workers import killed, sums

ROWS = gaussian_rows(30, 4, 0.0, "thirty rows")


def test_workers_add_up_what_they_have():
    assert together(sums, [(0,), (1,)], patience=60) == [[3.0, 3.0, 11.0]] * 2


def test_a_worker_that_dies_ends_the_others_with_one_sentence():
    """Not a hang: the patience is longer than the test may take."""
    with pytest.raises(WorkerDied, match=r"worker 1 of 2 ended with exit code -9 \(out of memory, often"):
        together(killed, [(0,), (1,)], patience=600)


def test_the_serial_path_is_that_of_the_normal_equations():
    H = ROWS.problem.rows.T @ ROWS.problem.rows / 30
    x, path = ROWS.start(0), serial(GradientDescent(0.7), ROWS, 5).iterates
    for k in range(6):
        np.testing.assert_allclose(path[k], np.linalg.matrix_power(np.eye(4) - 0.7 * H, k) @ x, atol=1e-14)
    assert np.abs(serial(ConjugateGradient(), ROWS, 4).iterates[-1]).max() < 1e-9


def test_rows_in_parts_are_all_there():
    path = serial(GradientDescent(0.7), ROWS, 5).iterates
    for workers in (1, 4, 30):
        np.testing.assert_allclose(divided(GradientDescent(0.7), ROWS, workers, 5).iterates, path, atol=1e-14)
    assert [len(part) for part in shares(ROWS.problem.rows, 4)] == [8, 8, 7, 7]


@pytest.mark.parametrize("workers", [0, 31])
def test_rows_for_nobody_are_told(workers):
    with pytest.raises(ValueError, match=f"30 rows cannot be divided among {workers} workers; take 1 ... 30"):
        shares(ROWS.problem.rows, workers)


def test_latency_and_cost_are_found_again():
    lengths = [1, 100, 10_000]
    alpha, beta = latency_and_cost(lengths, np.array([3e-5 + 8 * k * 2e-9 for k in lengths]))
    assert (alpha, beta) == (pytest.approx(3e-5, rel=1e-9), pytest.approx(2e-9, rel=1e-9))
    with pytest.raises(ValueError, match="need two lengths at least"):
        latency_and_cost([5, 5], np.ones(2))


def test_a_prediction_divides_the_rows_and_climbs_a_tree():
    assert predicted_seconds(8.0, 0.5, 0.0, 100, 1) == 8
    assert predicted_seconds(8.0, 0.5, 0.125, 1, 8) == 1 + 3 * 1.5


def test_what_only_the_full_profile_runs_is_not_tried_in_the_others():
    from checks.evaluate import tasks
    from theorems.data_parallel import theorems

    (theorem,) = theorems
    tried = {profile: {task.name for task in tasks(theorem, profile)} for profile in ("standard", "full")}
    assert tried["full"] - tried["standard"] == {
        "calculation-processes",
        "calculation-messages",
        "rival-the-last-row-is-lost-on-processes",
    }


def test_numbers_with_a_place_are_drawn():
    from checks.kinds import calculation
    from checks.trial import Settings, Trial
    from theorems.predictions import Calculation, Fact

    def numbers():
        places = ((4, "measured"), (2, "measured"), (8, "predicted"), (None, "measured"))
        return [Fact("a number", 1, 10.0 * (at or 1), 0, 99, at, curve) for at, curve in places]

    claim = Calculation(compute=numbers, drawn=("workers", "seconds"))
    (figure,) = calculation.collect(claim, Trial(None, claim, None, Settings(), None)).figures
    assert [(c.role, c.x, c.y) for c in figure.curves] == [
        ("measured", [2, 4], [20, 40]),
        ("predicted", [8], [80]),
    ]
    assert (figure.x_label, figure.y_label) == ("workers", "seconds")
