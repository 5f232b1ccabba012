"""Late readings and late gradients, against loops in x and closed forms."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from solvers import DelayedCoordinateDescent, DelayedGradientDescent, DelayedSGD, exact
from solvers.free_state import iteration_matrix
from solvers.methods.stale_jacobi import StaleJacobi
from solvers.problems.least_squares import LeastSquares
from solvers.problems.quadratic import Quadratic, spectrum_of
from solvers.problems.stale import Stale, stale
from tests.samples import started
from theorems.asynchrony import conspiring, frustrated, noise_edge, response

MATRIX = np.array([[4, 1, -1], [1, 5, 2], [-1, 2, 6]])
START = [Fraction(v) for v in (1, -2, 3)]


def times(matrix, x):
    return [sum(int(a) * v for a, v in zip(row, x, strict=True)) for row in matrix]


@pytest.mark.parametrize("delay", [1, 2, 4])
def test_a_gradient_comes_so_many_steps_late(delay):
    chosen = DelayedGradientDescent(sp.Rational(1, 20), sp.Integer(delay))
    found = list(exact.iterate(chosen, Quadratic(MATRIX), START, 9))
    xs = [START]
    for k in range(9):
        late = times(MATRIX, xs[max(k - delay, 0)])
        xs.append([v - g / 20 for v, g in zip(xs[-1], late, strict=True)])
    assert [x.tolist() for x in found] == xs


def test_a_sample_and_a_coordinate_come_so_many_steps_late():
    draws = [0, 2, 1, 1, 0, 2, 2]
    rows = LeastSquares(MATRIX, np.array([0, 0, 0]))
    sampled = list(exact.iterate(DelayedSGD(sp.Rational(1, 50), sp.Integer(2)), rows, START, 7, draws=draws))
    moved = list(
        exact.iterate(DelayedCoordinateDescent(delay=sp.Integer(3)), Quadratic(MATRIX), START, 7, draws=draws)
    )
    xs, ys = [START], [START]
    for k, i in enumerate(draws):
        c = times(MATRIX, xs[max(k - 2, 0)])[i] / 50
        xs.append([v - c * int(a) for v, a in zip(xs[-1], MATRIX[i], strict=True)])
        y = list(ys[-1])
        y[i] -= times(MATRIX, ys[max(k - 3, 0)])[i] / int(MATRIX[i, i])
        ys.append(y)
    assert [x.tolist() for x in sampled] == xs
    assert [y.tolist() for y in moved] == ys


@pytest.mark.parametrize("delay", [1, 2, 5])
def test_the_factor_is_the_largest_root_of_the_polynomial(delay):
    found = np.abs(
        np.linalg.eigvals(
            iteration_matrix(DelayedGradientDescent(0.2, delay), spectrum_of(np.array([0.7]), "one"))
        )
    ).max()
    assert found == pytest.approx(np.abs(np.roots([1, -1, *[0] * (delay - 1), 0.14])).max(), abs=1e-9)


def test_no_delay_is_told():
    with pytest.raises(ValueError, match="take 1 or more, or the method without delay"):
        started(DelayedGradientDescent(0.2, 0), spectrum_of(np.ones(2), "two"))


def test_the_response_is_the_sum_of_the_squares():
    for slope, delay in ((0.3, 1), (0.2, 3)):
        past = [0.0] * delay + [1.0]
        for _ in range(3000):
            past.append(past[-1] - slope * past[-1 - delay])
        assert response(slope, delay) == pytest.approx(sum(v * v for v in past), rel=1e-9)


def test_the_noise_edge_tends_to_that_of_the_mean_as_the_noise_vanishes():
    assert noise_edge(1 - 1e-12, 1, 1.0) == pytest.approx(1.0, rel=1e-5)


def test_late_readings_are_those_of_the_iterate_before():
    late = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    found = list(exact.iterate(StaleJacobi(), Stale(MATRIX, late), START, 5))
    xs = [START, START]
    for _ in range(5):
        x, before = xs[-1], xs[-2]
        xs.append(
            [
                -sum(int(MATRIX[i, j]) * (before[j] if late[i, j] else x[j]) for j in range(3) if j != i)
                / int(MATRIX[i, i])
                for i in range(3)
            ]
        )
    assert [x.tolist() for x in found] == xs[1:]


def test_the_ring_has_the_spectra_that_it_promises():
    Q = frustrated(Fraction(3, 5)).astype(float)
    M = np.eye(4) - Q
    assert np.abs(np.linalg.eigvalsh(M)).max() == pytest.approx(0.6 * math.sqrt(2), rel=1e-12)
    assert np.linalg.eigvalsh(np.abs(M)).max() == pytest.approx(1.2, rel=1e-12)
    found = np.abs(np.linalg.eigvals(iteration_matrix(StaleJacobi(), stale(Q, conspiring(Q), "ring")))).max()
    assert math.sqrt(1.2) <= found <= 1.2


def test_an_unknown_that_reads_itself_late_is_told():
    with pytest.raises(ValueError, match="an unknown knows its own newest value"):
        stale(MATRIX, np.eye(3), "ring")
