"""Logs of a prediction's expression, against mpmath at levels where a double underflows."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checks.formula import log_abs, log_bound, log_measure, measures_of
from solvers import GradientDescent, run
from solvers.constants import compile_expression
from solvers.trajectories import every
from tests.samples import HUBER, SPECTRUM, U
from theorems.symbols import Delta, L, R, distance, gap, kappa, mu, rho, t

RHO = (sp.sqrt(kappa) - 1) / (sp.sqrt(kappa) + 1)
#: Bounds as theorems write them; the third column is a t at which a double has long underflowed.
EXPRESSIONS = [
    (R * ((kappa - 1) / (kappa + 1)) ** t, 100_000),
    (((kappa - 1) / (kappa + 1)) ** (2 * t), 60_000),
    (R * (1 + (1 + RHO) * t) * RHO**t, 10_000),
    (2 * RHO**t / (1 + RHO ** (2 * t)), 10_000),
    (R**2 * (RHO ** (2 * t) - RHO**1000000) / (1 - RHO**1000000), 10_000),
    ((1 - 1 / sp.sqrt(kappa)) ** t * (Delta + mu * R**2 / 2), 20_000),
    ((1 - 3 / kappa) ** t - (1 - 2 / kappa) ** t, 70_000),
    (L * R**2 / (4 * t + 2), 10**6),
    (sp.exp(-t / kappa) * R, 150_000),
    (R * sp.exp(-5000 / mu) * kappa**5, 1),
    ((-sp.Rational(1, 3)) ** t * (t + 1), 2001),
]
VALUES = {kappa: 137.0, mu: 1.0, L: 137.0, R: 3e-5, Delta: 0.25}


def true_log(expression: sp.Expr, values: dict) -> mpmath.mpf:
    number = expression.subs({s: sp.Float(v, 60) if s is not t else sp.Integer(v) for s, v in values.items()})
    return mpmath.log(abs(mpmath.mpf(str(sp.N(number, 60)))))


@pytest.mark.parametrize(("expression", "last"), EXPRESSIONS, ids=[str(e) for e, _ in EXPRESSIONS])
def test_the_log_of_a_bound_is_exact_where_the_bound_underflows(expression, last):
    """To the conditioning of the base: a log of a power is t times a log that is off by u/(1 - base)."""
    for at in (1, 7, last // 10, last):
        with mpmath.workdps(60):
            wanted = true_log(expression, {**VALUES, t: at})
        log, sign = log_abs(expression, {**VALUES, t: np.array([float(at)])})
        assert float(np.ravel(log)[0]) == pytest.approx(float(wanted), rel=1e-12, abs=8 * U * 137)
        assert abs(np.ravel(sign)[0]) == 1


def test_the_deepest_of_these_levels_is_below_1e_400():
    levels = [np.ravel(log_abs(e, {**VALUES, t: float(k)})[0])[0] for e, k in EXPRESSIONS]
    assert sum(level < -400 * np.log(10) for level in levels) >= 6


# ---------------------------------------------------------------- any expression

positive = st.floats(0.05, 20).map(lambda v: sp.Rational(str(round(v, 3))))
leaves = st.one_of(
    st.sampled_from([kappa, mu, 1 / kappa, t + 1, 2 * t + 3]),
    positive,
    positive.map(lambda v: -v),
    st.tuples(positive, st.sampled_from([t, 2 * t, t + 1])).map(lambda p: p[0] ** p[1]),
    st.tuples(positive, st.sampled_from([t, 3 * t])).map(lambda p: (-p[0]) ** p[1]),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        inner.map(lambda e: e**2),
    ),
    max_leaves=6,
)


@settings(max_examples=60)
@given(expression=expressions, at=st.integers(0, 3000))
def test_the_log_of_any_expression_is_that_of_mpmath(expression, at):
    """Sums may cancel: they are compared only where less than six digits are lost."""
    values = {kappa: 137.0, mu: 0.5, t: at}
    with mpmath.workdps(60):
        terms = sp.Add.make_args(sp.expand(expression))
        sizes = [abs(sp.N(term.subs(values), 30)) for term in terms]
        number = sp.N(expression.subs(values), 30)
    assume(number.is_real and number != 0 and all(s.is_finite for s in sizes))
    assume(sum(sizes) < 1e6 * abs(number))
    log, sign = log_abs(expression, {kappa: 137.0, mu: 0.5, t: np.array([float(at)])})
    with mpmath.workdps(60):
        wanted = float(mpmath.log(abs(mpmath.mpf(str(number)))))
    assert float(np.ravel(log)[0]) == pytest.approx(wanted, rel=1e-12, abs=1e-7)
    assert float(np.ravel(sign)[0]) == (1 if number > 0 else -1)


# ---------------------------------------------------------------- edges


@pytest.mark.parametrize(
    ("expression", "at", "log", "sign"),
    [
        ((1 - 1 / kappa) ** t, 0, 0.0, 1),  # 0^0 = 1
        ((1 - 1 / kappa) ** t, 3, -np.inf, 0),
        ((-sp.Integer(2)) ** t, 3, 3 * np.log(2), -1),
        ((-sp.Integer(2)) ** t, 4, 4 * np.log(2), 1),
        (t - 3, 3, -np.inf, 0),
        (3 - t, 5, np.log(2), -1),
        (sp.Integer(0), 5, -np.inf, 0),
    ],
)
def test_zeros_and_signs(expression, at, log, sign):
    found = log_abs(expression, {kappa: 1.0, t: np.array([float(at)])})
    assert np.ravel(found[0])[0] == pytest.approx(log, rel=4 * U)
    assert np.ravel(found[1])[0] == sign


def test_a_root_of_a_negative_number_is_no_number():
    _, sign = log_abs((-sp.Integer(2)) ** (t / 2), {t: np.array([1.0, 2.0])})
    assert np.isnan(sign[0])
    assert sign[1] == -1


def test_a_symbol_without_a_value_is_named():
    with pytest.raises(ValueError, match="uses kappa, which the instance does not define"):
        log_abs(kappa**t, {t: np.array([1.0])})


# ---------------------------------------------------------------- along a run


def test_a_bound_along_a_run_takes_each_runs_own_constants_and_start():
    found = run(GradientDescent(), [SPECTRUM], [0, 1], rounds=6, grid=every, measures=("distance", "gap"))
    bound = log_bound(R * ((kappa - 1) / (kappa + 1)) ** t, found, [SPECTRUM])
    expected = found.log_distance[:, :1] + np.arange(7) * np.log(19 / 21)
    np.testing.assert_allclose(bound, expected, atol=1e-13)
    start = log_bound(Delta, found, [SPECTRUM])
    np.testing.assert_allclose(start, np.repeat(found.log_gap[:, :1], 7, axis=1), atol=1e-14)


def test_a_bound_that_is_not_positive_says_nothing():
    found = run(GradientDescent(), [SPECTRUM], rounds=4, grid=every)
    bound = log_bound(R * (2 - t), found, [SPECTRUM])
    assert np.isnan(bound[0]).tolist() == [False, False, True, True, True]


def test_a_constant_that_one_instance_lacks_is_named():
    found = run(GradientDescent(step=1 / L), [SPECTRUM, HUBER], rounds=3, grid=every)
    with pytest.raises(ValueError, match="kappa, which the instance does not define"):
        log_bound(kappa * R, found, [SPECTRUM, HUBER])


def test_measures_name_what_a_run_must_record_the_stopping_one_first():
    assert measures_of(gap) == ("gap",)
    assert measures_of(distance, Delta * rho**t) == ("distance", "gap")
    assert measures_of(distance**2 / 2 + gap) == ("distance", "gap")


def test_a_measure_that_is_a_sum_is_the_log_of_the_sum():
    found = run(GradientDescent(), [SPECTRUM], rounds=6, grid=every, measures=("distance", "gap"))
    expected = np.log(np.exp(2 * found.log_distance) / 2 + np.exp(found.log_gap))
    np.testing.assert_allclose(log_measure(distance**2 / 2 + gap, found), expected, rtol=1e-13)


def test_compiled_expressions_are_made_once():
    assert compile_expression((kappa,), kappa + 1) is compile_expression((kappa,), kappa + 1)
