"""The exact reading: the same text on rationals and on floats of many digits."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from solvers import ConjugateGradient, GradientDescent, HeavyBall, Nesterov
from solvers.constants import L, kappa, mu
from solvers.exact import iterate, objects, rational
from solvers.method import update
from solvers.problems import spectra
from solvers.problems.convex import LessardRechtPackard, huber
from solvers.problems.instance import with_run_axis
from solvers.problems.quadratic import Quadratic, Spectrum

INDEX = (np.zeros(1, int), np.zeros(1, int))


def test_gradient_descent_on_rationals_is_its_closed_form():
    eigenvalues, start = [F(1), F(3), F(10)], [F(2), F(-1, 3), F(5)]
    found = list(
        iterate(
            GradientDescent(step=2 / (L + mu)), Spectrum(eigenvalues), start, 12, constants={L: 10, mu: 1}
        )
    )
    for k, x in enumerate(found):
        assert x.tolist() == [(1 - F(2, 11) * v) ** k * e for v, e in zip(eigenvalues, start, strict=True)]
        assert all(type(v) is F for v in x)


def test_a_hyper_parameter_with_square_roots_is_exact_where_it_is_rational():
    """kappa = 9: momentum (3 - 1)/(3 + 1) = 1/2 and step 1/9 on lambda = 1: |e_k| = (2/3)^k (1 + k/3)."""
    found = iterate(Nesterov(), Spectrum([F(1)]), [F(1)], 10, constants={L: 9, mu: 1})
    for k, x in enumerate(found):
        assert x[0] == F(2, 3) ** k * (1 + F(k, 3))


def test_an_irrational_hyper_parameter_is_refused():
    with pytest.raises(ValueError, match="not rational here; choose constants that make it so"):
        rational(sp.sqrt(kappa), {kappa: 2}, "step")


def test_conjugate_gradient_ends_exactly_after_as_many_steps_as_there_are_eigenvalues():
    """m distinct eigenvalues, m steps, and no fewer for a start that meets all of them."""
    Q = np.array([[4, 1, 0, 0], [1, 3, 1, 0], [0, 1, 2, 0], [0, 0, 0, 2]], dtype=object)
    for problem, start, m in (
        (Spectrum([F(1), F(1), F(1), F(7), F(7)]), [F(1), F(2), F(3), F(-4), F(1, 2)], 2),
        (Spectrum([F(k) for k in (1, 2, 5, 9)]), [F(1)] * 4, 4),
        (Quadratic(Q), [F(1), F(-2), F(1, 3), F(0)], 3),
    ):
        found = list(iterate(ConjugateGradient(), problem, start, m + 2))
        assert any(v != 0 for v in found[m - 1])
        for x in found[m:]:
            assert all(v == 0 for v in x), "a method that has arrived stays"


def test_heavy_ball_cycles_on_the_piecewise_quadratic():
    """With Polyak's tuning for kappa = 25: 792/1225 -> -2208/1225 -> 2592/1225 -> back, exactly.

    Lessard, Recht and Packard (2016).
    """
    points = [F(792, 1225), F(-2208, 1225), F(2592, 1225)]
    values = {L: 25, mu: 1}
    tuning = [rational(v, values, "heavy ball") for v in HeavyBall()]
    assert tuning == [F(1, 9), F(4, 9)]
    method = HeavyBall(*(objects([v], F) for v in tuning))
    problem = LessardRechtPackard(objects([25], F))
    state = HeavyBall.State(objects([points[0]], F), objects([points[2]], F))
    visited = []
    for _ in range(6):
        update(method, problem, state, INDEX)
        visited.append(state.x[0, 0])
    assert visited == [*points[1:], points[0], *points[1:], points[0]]


def test_heavy_ball_started_at_rest_falls_into_the_cycle():
    found = iterate(
        HeavyBall(step=sp.Rational(1, 9), momentum=sp.Rational(4, 9)), LessardRechtPackard([25]), ["3.3"], 90,
        number=mpmath.mpf,
    )  # fmt: skip
    last = [float(x[0]) for x in found][-3:]
    np.testing.assert_allclose(last, np.array([-2208, 2592, 792]) / 1225, rtol=1e-12)


def test_digits_are_those_of_mpmath_and_not_of_a_float():
    """1/3 steps in 50 digits: (2/3)^40 comes out to 45 digits, which no double holds."""
    with mpmath.workdps(50):
        found = iterate(GradientDescent(step=sp.Rational(1, 3)), Spectrum([1]), [1], 40, number=mpmath.mpf)
        last: Any = [x[0] for x in found][-1]
        assert abs(last * mpmath.mpf(3) ** 40 / mpmath.mpf(2) ** 40 - 1) < mpmath.mpf(10) ** -45


def test_nesterovs_tridiagonal_has_its_solution_in_rationals():
    """kappa = 9, rho = 1/2: Q x* = c e_1 with c = 2 and x*_i = 2^-i."""
    Q = spectra.tridiagonal(6, 9.0)
    exact = [[F(float(v)).limit_denominator(1000) for v in row] for row in Q]
    image = [sum(a * F(1, 2 ** (j + 1)) for j, a in enumerate(row)) for row in exact]
    assert image == [F(2), 0, 0, 0, 0, 0]


def test_the_oracles_of_one_variable_are_exact_too():
    """Half way out on a Huber function of width 1/2 with L = 2: f' = 1 and f - f* = (1 - 1/4) / 1."""
    problem = huber(0.5, 2.0).problem
    exact = type(problem)(*(objects(array, F) for array in problem))
    x = objects([1], F)
    assert exact.gradient(x).tolist() == [[F(1)]]
    assert exact.gap(x).tolist() == [[F(3, 4)]]
    assert with_run_axis(problem).gap(np.array([[1.0]])).tolist() == [[0.75]]
