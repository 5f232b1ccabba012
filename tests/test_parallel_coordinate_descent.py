"""Coordinates that move at once, against loops in x and the expectation over all sets."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from solvers import ParallelCoordinateDescent, exact, method
from solvers.moments import SecondMoment
from solvers.problems.parallel_families import separable
from solvers.problems.quadratic import Quadratic

MATRIX = np.array([[4, 1, -1, 0], [1, 5, 2, 1], [-1, 2, 6, 0], [0, 1, 0, 3]])


def test_all_coordinates_of_a_batch_move_from_the_same_point():
    draws = [[0, 2], [3, 1], [2, 1]]
    found = list(
        exact.iterate(
            ParallelCoordinateDescent(sp.Rational(2, 3)), Quadratic(MATRIX), [1, 2, -1, 3], 3, draws=draws
        )
    )
    x = [Fraction(v) for v in (1, 2, -1, 3)]
    for k, batch in enumerate(draws):
        slopes = {i: sum(int(MATRIX[i, j]) * x[j] for j in range(4)) for i in batch}
        for i, slope in slopes.items():
            x[i] -= Fraction(2, 3) * slope / int(MATRIX[i, i])
        assert found[k + 1].tolist() == x


@pytest.mark.parametrize(("size", "degree", "batch"), [(7, 3, 2), (7, 5, 3), (8, 5, 4)])
def test_a_batch_overshoots_by_its_published_factor_at_most_and_on_rings_attains_it(size, degree, batch):
    """E h_S'Q h_S over all sets S is at most β τ/n |h|², with equality along the vector of ones."""
    matrix = separable(size, degree).problem.Q
    beta = 1 + (batch - 1) * (degree - 1) / (size - 1)
    sets = list(itertools.combinations(range(size), batch))
    masks = np.zeros((len(sets), size))
    for mask, chosen in zip(masks, sets, strict=True):
        mask[list(chosen)] = 1
    mean = np.einsum("si,ij,sj->ij", masks, matrix, masks) / len(sets)
    assert np.linalg.eigvalsh(mean)[-1] == pytest.approx(beta * batch / size, rel=1e-12)
    ones = np.ones(size)
    assert ones @ mean @ ones == pytest.approx(beta * batch, rel=1e-12)


def test_one_at_a_time_with_full_steps_is_coordinate_descent():
    instance = separable(7, 3)
    single = SecondMoment.of(ParallelCoordinateDescent(sp.Integer(1), sp.Integer(1)), instance)
    matrix, moments = instance.problem.Q, []
    for i in range(7):
        step = np.eye(7)
        step[i] -= matrix[i]
        moments.append(np.kron(step, step))
    assert single.factor() == pytest.approx(
        np.abs(np.linalg.eigvals(np.mean(moments, axis=0))).max(), rel=1e-9
    )


def test_more_coordinates_than_there_are_cannot_be_drawn():
    instance = separable(7, 3)
    chosen = method.evaluate(ParallelCoordinateDescent(batch=sp.Integer(9)), instance)
    with pytest.raises(ValueError, match="take a smaller batch"):
        method.sampling(chosen, instance)
