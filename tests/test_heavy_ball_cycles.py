"""Cycles of the heavy ball: the polygon's function, and the cover of all tunings, against direct searches."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

from theorems.heavy_ball_cycles import Hull, criterion, near_one, uncovered


def angles(rng, count):
    return np.exp(1j * np.sort(rng.uniform(0, 2 * np.pi, count)))


def test_the_polygon_function_has_its_gradient_and_both_its_constants():
    rng = np.random.default_rng(1)
    around = angles(rng, 7)
    corners = np.stack([around.real, around.imag], -1)
    problem = Hull(corners[None], np.ones((1, 1)), np.full((1, 1), 9.0))
    for x in rng.uniform(-2, 2, (40, 2)):
        weights = scipy.optimize.nnls(np.vstack([corners.T, 1e6 * np.ones(7)]), np.r_[x, 1e6], maxiter=1000)[
            0
        ]  # the nearest convex combination of the corners
        nearest = corners.T @ weights
        np.testing.assert_allclose(problem.gradient(x[None])[0], x + 8 * nearest, atol=1e-5)
    x, y = rng.uniform(-2, 2, (2, 500, 2))
    many = Hull(np.repeat(corners[None], 500, 0), np.ones((500, 1)), np.full((500, 1), 9.0))
    change, turn = x - y, many.gradient(x) - many.gradient(y)
    squares, products = (change**2).sum(1), (change * turn).sum(1)
    assert (products >= squares * (1 - 1e-12)).all()
    assert (products >= (turn**2).sum(1) / 9 * (1 - 1e-12)).all()


def test_both_forms_of_the_criterion_agree():
    rng = np.random.default_rng(2)
    h, beta, ratio, c = rng.uniform(0, 1, (4, 200))
    value, size = near_one(h, 1 - beta, ratio, 1 - c)
    np.testing.assert_allclose(value, criterion(h, beta, ratio, c), atol=1e-14 * 10)
    assert (size >= np.abs(value)).all()


@pytest.mark.parametrize("kappa", [1e3, 1e5])
def test_every_tuning_faster_than_the_cover_says_has_a_cycle(kappa):
    rng, speed = np.random.default_rng(3), 16.1
    assert uncovered(kappa, speed) == 0
    b = np.exp(rng.uniform(np.log(1 / kappa), 0, 200_000))
    h = np.exp(rng.uniform(np.log(0.1 / kappa**2), np.log(4 / kappa), 200_000))
    rate = np.zeros_like(b)
    for slope in (h, h * kappa):
        trace = 2 - b - slope
        root = np.sqrt(trace**2 - 4 * (1 - b) + 0j)
        rate = np.maximum(rate, np.maximum(abs(trace + root), abs(trace - root)) / 2)
    fast = rate <= 1 - speed / kappa
    assert fast.sum() > 100
    cycles = 2 * np.sin(np.pi / np.arange(2, 2000)) ** 2
    found = [(near_one(y, x, 1 / kappa, cycles)[0] <= 0).any() for x, y in zip(b[fast], h[fast], strict=True)]
    assert all(found)
