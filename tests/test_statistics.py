"""The statistics of a scaling claim cover a known truth, and reject what is off by a quarter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.statistics import (
    Fit,
    epochs_per_nat,
    equivalence,
    first_hit,
    fit_exponents,
    pooled_power,
    power_of_log,
    upper_half,
)

#: A standard grid, kappa = 10 ... 10^4.5 at four points a decade, and a long one.
GRIDS = {"to 10^4.5": np.logspace(1, 4.5, 15), "to 10^6": np.logspace(1, 6, 21)}

#: What a measured cost looks like beside a clean power: corrections that fade as kappa grows.
CORRECTIONS = {
    "none": lambda k: np.ones_like(k),
    "1/sqrt(kappa)": lambda k: 1 + 0.5 / np.sqrt(k),
    "-1/sqrt(kappa)": lambda k: 1 - 0.6 / np.sqrt(k),
    "10/kappa": lambda k: 1 + 10 / k,
    "1/log(kappa)": lambda k: 1 + 1 / np.log(k),
    "-1/log(kappa)": lambda k: 1 - 0.8 / np.log(k),
    "1/log(kappa)^2": lambda k: 1 + 2 / np.log(k) ** 2,
}

cases = pytest.mark.parametrize(
    ("truth", "correction", "grid"),
    [(p, c, g) for p in (0.5, 1.0, 2.0) for c in CORRECTIONS for g in GRIDS],
)


def fitted(truth: float, correction: str, grid: str, starts: int = 5, noise: float = 0.0) -> Fit:
    kappa = GRIDS[grid]
    rng = np.random.default_rng([len(correction), starts])
    costs = 3.0 * kappa**truth * CORRECTIONS[correction](kappa)
    return fit_exponents(
        kappa[:, None], costs[:, None] * np.exp(noise * rng.standard_normal((len(kappa), starts)))
    )


@cases
def test_the_interval_covers_the_true_exponent(truth, correction, grid):
    fit = fitted(truth, correction, grid)
    assert abs(fit.exponents[0] - truth) <= fit.widths[0] + 1e-9


@cases
@pytest.mark.parametrize("off", [-0.25, 0.25])
def test_a_claim_that_is_off_by_a_quarter_is_rejected(truth, correction, grid, off):
    fit = fitted(truth, correction, grid)
    low, high = fit.exponents[0] - fit.widths[0], fit.exponents[0] + fit.widths[0]
    assert equivalence(low, high, truth + off, 0.1) == "reject"


@cases
def test_a_true_claim_is_never_rejected_and_accepted_where_corrections_fade_as_powers(
    truth, correction, grid
):
    fit = fitted(truth, correction, grid)
    word = equivalence(fit.exponents[0] - fit.widths[0], fit.exponents[0] + fit.widths[0], truth, 0.1)
    assert word == "accept" if "log" not in correction else word != "reject"


def test_ordinary_least_squares_would_miss_the_truth():
    """Why there is a drift term: the residuals are curvature, and their interval excludes the truth."""
    kappa = GRIDS["to 10^6"]
    y = np.log(kappa * CORRECTIONS["1/log(kappa)"](kappa))
    slope, cov = np.polyfit(np.log(kappa), y, 1, cov=True)
    assert abs(slope[0] - 1) > 2.1 * np.sqrt(cov[0, 0])
    fit = fitted(1.0, "1/log(kappa)", "to 10^6")
    assert abs(fit.exponents[0] - 1) <= fit.widths[0]


def test_noise_over_starts_widens_the_interval_and_the_interval_still_covers():
    """200 noisy repetitions at a nominal 95 % per component; fewer than 10 misses (p < 0.1 % at 2.5 %)."""
    kappa = GRIDS["to 10^4.5"]
    rng = np.random.default_rng(5)
    misses, widths = 0, []
    for _ in range(200):
        costs = kappa[:, None] * np.exp(0.1 * rng.standard_normal((len(kappa), 5)))
        fit = fit_exponents(kappa[:, None], costs)
        misses += abs(fit.exponents[0] - 1) > fit.widths[0]
        widths.append(fit.widths[0])
    assert misses < 10
    assert fitted(1.0, "none", "to 10^4.5").widths[0] < 1e-9 < 0.01 < np.median(widths) < 0.1


def test_two_factors_are_told_apart_on_a_grid_that_varies_both():
    a, b = (v.ravel() for v in np.meshgrid(np.logspace(1.5, 3.5, 6), np.logspace(0.2, 1.5, 5)))
    costs = 2.0 * a**1.0 * (1 + 1 / a) * b**0.0
    fit = fit_exponents(np.column_stack([a, b]), costs[:, None])
    assert abs(fit.exponents[0] - 1) <= fit.widths[0] < 0.1
    assert abs(fit.exponents[1]) <= fit.widths[1] < 0.1


def test_the_constant_is_that_of_the_power_law():
    assert fitted(1.0, "none", "to 10^6").constant == pytest.approx(3.0, rel=1e-10)


def test_a_grid_with_fewer_than_four_points_in_its_upper_half_is_refused():
    kappa = np.logspace(1, 3, 6)
    with pytest.raises(ValueError, match="the upper half of the grid has 3 instances"):
        fit_exponents(kappa[:, None], kappa[:, None])


def test_the_upper_half_of_a_shuffled_grid_is_its_largest_half_in_order():
    kappa = np.array([1e4, 1e1, 1e3, 1e2, 1e2])
    assert kappa[upper_half(kappa)].tolist() == [1e3, 1e4]


# ---------------------------------------------------------------- epochs to an accuracy


@given(rate=st.floats(0.01, 3.0), stride=st.integers(1, 7), prefactor=st.floats(-5, 5))
def test_epochs_per_nat_of_a_geometric_decay_are_one_over_its_rate(rate, stride, prefactor):
    """Whatever the recorded grid and the prefactor are: interpolation in ln error is exact here."""
    epochs = np.arange(0, 160 / rate + stride, stride)
    log_error = prefactor - rate * epochs
    assert epochs_per_nat(epochs, log_error, (1e-10, 1e-60)) == pytest.approx(1 / rate, rel=1e-9)


def test_a_prefactor_that_appears_early_cancels():
    """N(1e-60) - N(1e-10) is free of the 1 + 3k in front of a geometric decay, up to its slow log."""
    epochs = np.arange(4000.0)
    with_it = np.log(1 + 3 * epochs) - 0.1 * epochs
    found = epochs_per_nat(epochs, with_it, (1e-10, 1e-60))
    fixed = first_hit(epochs, with_it, np.log(1e-10)) / np.log(1e10)
    assert abs(found - 10) < 0.2 < abs(fixed - 10)


def test_the_first_hit_is_interpolated_and_is_the_first():
    epochs, log_error = np.array([0.0, 1, 2, 3, 4]), np.array([0.0, -2, -1, -4, -8])
    assert first_hit(epochs, log_error, -1.0) == 0.5
    assert first_hit(epochs, log_error, -2.0) == 1
    assert first_hit(epochs, log_error, -3.0) == pytest.approx(2 + 2 / 3)
    assert first_hit(epochs, log_error, 0.0) == 0
    assert np.isnan(first_hit(epochs, log_error, -9.0))


def test_an_exact_arrival_counts_when_it_happens_and_the_rest_of_a_run_is_ignored():
    epochs = np.array([0.0, 1, 2, np.nan])
    assert first_hit(epochs, np.array([0.0, -1, -np.inf, np.nan]), -50.0) == 2


# ---------------------------------------------------------------- the power of ln(1/epsilon)


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_the_power_of_the_log_is_found_with_and_without_a_prefactor(power, offset):
    """N(e) = offset + 2 (ln 1/e)^a: increments do not see the offset, a log-log slope would."""
    nats = np.linspace(0, 150, 2001)
    epochs = offset * (nats > 0) + 2 * nats**power
    found = power_of_log(epochs, -nats, 1e-60)
    assert found == pytest.approx((power, power), abs=1e-2)


def test_pooled_powers_cover_the_truth_and_widen_with_their_drift():
    middle, width = pooled_power(np.array([0.97, 0.98, 0.99]), np.array([0.94, 0.95, 0.96]))
    assert middle == 0.98
    assert 0.03 <= width < 0.06
    assert pooled_power(np.array([1.0]), np.array([1.0])) == (1.0, 0.0)


# ---------------------------------------------------------------- the three-way test


@given(claimed=st.floats(-3, 3), middle=st.floats(-3, 3), width=st.floats(0, 1), margin=st.floats(0.01, 0.5))
def test_the_three_words_follow_the_position_of_the_interval(claimed, middle, width, margin):
    """Accept: every value of the interval is within the margin. Reject: none is."""
    low, high = middle - width, middle + width
    near = [abs(v - claimed) <= margin for v in (low, high)]
    meets = low <= claimed + margin and high >= claimed - margin
    wanted = "accept" if all(near) else ("undecided" if meets else "reject")
    # comparisons of rounded sums may fall either way at the very edge
    edges = [abs(abs(v - claimed) - margin) for v in (low, high)]
    if min(edges) > 1e-12:
        assert equivalence(low, high, claimed, margin) == wanted


def test_an_interval_wider_than_the_margin_is_undecided_whatever_its_middle():
    assert equivalence(0.8, 1.2, 1.0, 0.1) == "undecided"
    assert equivalence(0.95, 1.05, 1.0, 0.1) == "accept"
    assert equivalence(1.15, 1.2, 1.0, 0.1) == "reject"
    assert equivalence(float("nan"), float("nan"), 1.0, 0.1) == "undecided"
