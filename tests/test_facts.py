"""The intervals of computed numbers: they hold what they should, at the level that they state."""

from __future__ import annotations

import numpy as np
import pytest

from checks.kinds.calculation import miss
from theorems import facts
from theorems.predictions import Fact


def test_a_number_inside_its_interval_misses_by_nothing():
    assert miss(facts.equal("a", 1.0, 1.0 + 1e-13, 1e-12)) == 0
    assert miss(facts.equal("a", 1.0, 1.0 + 3e-12, 1e-12)) == pytest.approx(2, rel=1e-3)
    assert miss(facts.within("b", 0.5, 0.0, np.inf)) == 0
    assert miss(facts.within("b", -0.5, 0.0, np.inf)) == np.inf
    assert miss(Fact("c", 1.0, np.nan, 0.0, 2.0)) == np.inf


def test_the_interval_of_a_mean_has_its_level():
    """Of 20000 means of 20 normal numbers, at 1e-2 by 100 together, about 1e-4 / 100 lie outside at LEVEL:
    none; with the level a hundred times larger than stated, as many as stated."""
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((20_000, 20))
    missed = sum(miss(facts.mean("m", 0.0, x)) > 0 for x in samples[:2000] if _symmetric(x))
    assert missed == 0
    shifted = sum(miss(facts.mean("m", 2.0, x)) > 0 for x in samples[:500] if _symmetric(x))
    assert shifted > 490 * sum(map(_symmetric, samples[:500])) / 500


def _symmetric(x):
    return x.size >= 50 * (((x - x.mean()) ** 3).mean() / x.std(ddof=1) ** 3) ** 2


def test_skewed_samples_are_refused():
    with pytest.raises(ValueError, match=r"skewness.*take more samples, or the mean of a logarithm"):
        facts.mean("m", 1.0, np.exp(3 * np.random.default_rng(0).standard_normal(100)))


def test_an_order_is_the_slope_over_the_smaller_parameters():
    h = np.geomspace(1e-4, 1e-1, 7)
    assert miss(facts.order("o", 2.0, h, 3 * h**2 + 5 * h**4)) == 0
    assert miss(facts.order("o", 1.0, h, 3 * h**2)) > 1
    with pytest.raises(ValueError, match="needs four values"):
        facts.order("o", 1.0, h[:3], h[:3])
