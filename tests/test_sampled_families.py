"""The families of the randomised theorems, their premises, and what their checks make of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from checks.evaluate import attempt
from checks.kinds import measurement
from checks.kinds.order import binned
from checks.store import Store
from checks.trial import Settings, Trial
from checks.verdict import Word
from solvers import SGD, GradientDescent, RandomizedCoordinateDescent
from solvers import constants as c
from solvers.problems import sampled_families as families
from solvers.problems.families import Family
from solvers.problems.quadratic import dense
from theorems.coordinate_descent import theorems as coordinate_descent
from theorems.predictions import Bound, Complexity, Measurement, SpeedUp
from theorems.symbols import R, distance, gap, kappa_CD, n

U = 2.0**-53


def tried(prediction, theorem, tmp_path, method=None):
    """The verdict and the evidence of a prediction in the standard profile."""
    store = Store(tmp_path)
    method = method or theorem.resolved(prediction)[0]
    return attempt(prediction, Trial(theorem, prediction, method, Settings(results=tmp_path), store))


def skewed():
    return dense(np.diag([1.0, 2.0, 3.0]), "diagonal 1, 2, 3")


# ---------------------------------------------------------------- instances


@pytest.mark.parametrize(("size", "kappa", "gain"), [(16, 64, 6), (32, 8, 2), (2, 3, 5 / 3)])
def test_a_spiked_quadratic_has_the_condition_numbers_that_were_asked_for(size, kappa, gain):
    instance = families.spiked(size, kappa, gain, "equal gap")
    assert np.abs(np.diagonal(instance.problem.Q) - 1).max() == 0
    assert instance.constants[c.kappa_CD] == pytest.approx(kappa, rel=1e-10)
    assert instance.constants[c.gain] == pytest.approx(gain, rel=1e-10)


def test_a_spectrum_that_cannot_average_one_is_refused():
    with pytest.raises(ValueError, match="no 4 eigenvalues have average 1"):
        families.spike(4, kappa_CD=10, gain=3.99)


def test_samples_have_unit_rows_whose_gram_matrix_is_the_quadratic():
    family = families.coordinates(8, kappa_CD=(16,), gain=(3,))
    (of,), (instance,) = family.instances(), families.samples(family).instances()
    rows = instance.problem.rows
    assert np.abs(rows @ rows.T - of.problem.Q).max() < 100 * U
    assert instance.constants[c.kappa_CD] == pytest.approx(16, rel=1e-10)
    assert instance.constants[c.L_max] == pytest.approx(1, rel=1e-14)


def test_every_mode_starts_with_the_same_gap_or_one_mode_alone():
    equal = families.spiked(8, 16, 3, "equal gap")
    eigenvalues, vectors = np.linalg.eigh(equal.problem.Q)
    energies = (vectors.T @ equal.start(3)) ** 2 * eigenvalues
    assert energies[[0, -1]] == pytest.approx([1, 1], rel=1e-10)
    assert energies.sum() == pytest.approx(8, rel=1e-10)  # the modes between share one eigenvalue
    slow = families.spiked(8, 16, 3, "slowest").start(0)
    assert equal.problem.Q @ slow == pytest.approx(slow / 16, abs=1e-13)
    with pytest.raises(ValueError, match="the starts are equal gap, slowest"):
        families.spiked(8, 16, 3, "anywhere")


def test_the_noise_of_rows_is_the_constant_sigma():
    (instance,) = families.noisy_rows(20, 4, noise=(0.3,)).instances()
    assert instance.constants[c.sigma] == pytest.approx(0.3, rel=1e-12)
    assert np.linalg.norm(instance.problem.rows.T @ instance.problem.residual) < 1e-13


# ---------------------------------------------------------------- premises


@pytest.mark.parametrize(
    ("premise", "good", "bad"),
    [
        (families.UNIT_DIAGONAL, families.equicorrelations(4, (0.5,)), None),
        (families.UNIT_ROWS, families.noisy_rows(8, 3, (0.1,)), families.equicorrelations(4, (0.5,))),
        (
            families.SQUARE_UNIT_ROWS,
            families.samples(families.equicorrelations(4, (0.5,))),
            families.noisy_rows(8, 3, (0.1,)),
        ),
        (families.INTERPOLATION, families.noisy_rows(8, 3, (0,)), families.noisy_rows(8, 3, (0.1,))),
    ],
    ids=["diagonal", "rows", "square", "interpolation"],
)
def test_a_premise_tells_its_instances_from_others(premise, good, bad):
    assert premise.holds(None, good.instances()[0])
    assert not premise.holds(None, bad.instances()[0] if bad else skewed())


def test_coordinate_descent_is_not_tried_without_a_unit_diagonal(tmp_path):
    theorem = coordinate_descent[0]
    off = Family(skewed, ({},), "a diagonal that is not 1")
    verdict, _ = tried(replace(theorem.predictions[0], instances=off), theorem, tmp_path)
    assert verdict.word == Word.INCONCLUSIVE
    assert "unit diagonal" in verdict.reason


# ---------------------------------------------------------------- the kinds


def test_a_speed_up_is_the_ratio_of_two_exact_factors(tmp_path):
    theorem = coordinate_descent[1]
    family = families.identical((10, 50))
    claim = SpeedUp(GradientDescent(step=1 / (2 * c.L)), (c.N, c.N), instances=family)
    free = replace(theorem, premises=[])
    verdict, evidence = tried(claim, free, tmp_path, SGD(step=1 / (2 * c.L_max)))
    assert verdict.word == Word.EXACT
    assert [row["exact"] for row in evidence.rows] == pytest.approx([10, 50], rel=1e-12)


def test_gradient_descent_on_the_identity_is_infinitely_faster(tmp_path):
    theorem = coordinate_descent[2]
    one = Family(lambda: dense(np.eye(3), "identity"), ({},), "the identity")
    verdict, evidence = tried(SpeedUp(theorem.predictions[0].over, (1, n), instances=one), theorem, tmp_path)
    assert verdict.word == Word.REFUTED
    assert evidence.rows[0]["exact"] == 0


def test_the_leading_constant_is_judged_with_the_exponents(tmp_path):
    theorem = coordinate_descent[0]
    scaling = next(p for p in theorem.predictions if p.kind == "Complexity")
    family = families.coordinates(8, kappa_CD=(16, 32, 64, 128, 256), gain=(2, 4))
    small = replace(scaling, instances=family, seeds=4)
    verdict, evidence = tried(small, theorem, tmp_path)
    assert verdict.word == Word.HOLDS, verdict.reason
    assert evidence.facts["leading"] == pytest.approx(1, abs=0.05)
    assert tried(replace(small, expression=2 * small.expression), theorem, tmp_path)[0].word == Word.REFUTED


def test_a_mean_over_one_run_is_refused(tmp_path):
    theorem = coordinate_descent[0]
    claim = Bound(distance, R, average="sampled", instances=families.equicorrelations(4, (0.5,)))
    verdict, _ = tried(claim, theorem, tmp_path)
    assert verdict.word == Word.ERROR
    assert "averages over one run" in verdict.reason


def test_a_measurement_says_where_a_method_does_not_arrive(tmp_path):
    theorem = replace(coordinate_descent[0], premises=[])
    family = families.noisy_rows(16, 4, noise=(1.0,))
    claim = Measurement(((GradientDescent(), 400), (SGD(), 100)), instances=family, seeds=4)
    verdict, evidence = tried(claim, theorem, tmp_path)
    assert verdict.word == Word.OPEN
    arrived, stands = evidence.rows
    names = [measurement.column(a) for a in claim.accuracies]
    assert arrived[names[0]] < arrived[names[1]] < arrived[names[2]]
    assert "remark" not in arrived
    assert stands[names[2]] is None
    assert measurement.STANDS in stands["remark"]


def test_bins_of_time_keep_the_slope_of_a_power():
    times = np.arange(5.0, 5000.0)
    x, y = binned(times, -1.5 * np.log(times))
    assert np.polyfit(np.log(x), y, 1)[0] == pytest.approx(-1.5, abs=0.01)


def test_relaxation_beside_one_leaves_the_band_of_coordinate_descent(tmp_path):
    theorem = coordinate_descent[0]
    band = next(p for p in theorem.predictions if p.kind == "Rate")
    assert tried(band, theorem, tmp_path)[0].word == Word.EXACT
    for tenths in (9, 11):
        method = RandomizedCoordinateDescent(sp.Rational(tenths, 10))
        assert tried(band, theorem, tmp_path, method)[0].word == Word.REFUTED


def test_the_claim_of_coordinate_descent_has_its_exponents():
    from checks.kinds.complexity import claimed_exponents

    claim = Complexity(kappa_CD * sp.log(1 / sp.Symbol("epsilon", positive=True)), measure=gap)
    assert claimed_exponents(replace(claim, against=(c.kappa_CD, c.gain))) == (1.0, 0.0)
    both = replace(claim, expression=claim.expression.subs(kappa_CD, c.kappa), against=(c.kappa_CD, c.gain))
    assert claimed_exponents(both) == (1.0, 1.0)
