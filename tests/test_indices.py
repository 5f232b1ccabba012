"""The random indices are a pure function of (label, seed, round), uniform, and independent."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.arrays import ROUNDS_PER_DRAW, indices, stream

#: Chance that a true statement fails, over the statistical tests of this file.
LEVEL = 1e-4


@settings(max_examples=60)
@given(
    cuts=st.lists(st.integers(1, 3 * ROUNDS_PER_DRAW), min_size=1, max_size=5),
    steps=st.integers(1, 7),
    first=st.integers(0, 200),
)
def test_indices_do_not_depend_on_how_a_run_is_cut(cuts, steps, first):
    key = stream("cut", 3)
    whole = indices(key, first, sum(cuts), steps, 11)
    pieces, at = [], first
    for rounds in cuts:
        pieces.append(indices(key, at, rounds, steps, 11))
        at += rounds
    assert np.array_equal(np.concatenate(pieces), whole)


def test_indices_do_not_depend_on_what_was_drawn_before():
    key = stream("pure", 0)
    before = indices(key, 70, 5, 4, 9)
    np.random.default_rng(1).standard_normal(100)
    indices(key, 0, 500, 4, 9)
    indices(stream("other", 5), 70, 5, 4, 9)
    assert np.array_equal(indices(key, 70, 5, 4, 9), before)


@pytest.mark.parametrize("choices", [2, 3, 10, 97])
def test_indices_are_uniform(choices):
    """Pearson's chi-square of 100 000 draws, two-sided: too even is as suspect as too uneven."""
    drawn = indices(stream("uniform", 0), 0, 1000, 100, choices)
    assert drawn.min() >= 0
    assert drawn.max() == choices - 1
    expected = drawn.size / choices
    statistic = ((np.bincount(drawn, minlength=choices) - expected) ** 2 / expected).sum()
    tail = scipy.special.chdtrc(choices - 1, statistic)
    assert LEVEL / 8 < tail < 1 - LEVEL / 8


@pytest.mark.parametrize("lag", [1, 2, 5, 100, 100 * ROUNDS_PER_DRAW])
def test_indices_at_a_lag_are_independent(lag):
    """Chi-square of the pairs (i_k, i_{k+lag}) against independence, within and across blocks."""
    choices = 6
    drawn = indices(stream("lag", 1), 0, 1000, 100, choices)
    pairs = np.bincount(drawn[:-lag] * choices + drawn[lag:], minlength=choices**2)
    expected = pairs.sum() / choices**2
    tail = scipy.special.chdtrc(choices**2 - 1, ((pairs - expected) ** 2 / expected).sum())
    assert LEVEL / 10 < tail < 1 - LEVEL / 10


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", 0), ("a", 1)),
        (("a", 0), ("b", 0)),
        (("a", 0), ("b", 1)),
        (("kappa = 10", 7), ("kappa = 100", 7)),
    ],
)
def test_different_labels_or_seeds_share_no_draws(one, other):
    """The fraction of equal indices is 1/choices at every shift, as for independent streams."""
    choices, count = 20, 64_000
    a = indices(stream(*one), 0, 640, 100, choices)
    b = indices(stream(*other), 0, 640, 100, choices)
    p = 1 / choices
    z = -scipy.special.ndtri(LEVEL / (2 * 4 * 201))
    for shift in range(-100, 101):
        equal = (a == np.roll(b, shift)).mean()
        assert abs(equal - p) < z * np.sqrt(p * (1 - p) / count)


def test_streams_of_many_labels_and_seeds_have_different_keys():
    keys = {stream(f"instance {i}", seed) for i in range(300) for seed in range(100)}
    assert len(keys) == 300 * 100


def test_a_method_that_draws_nothing_gets_zeros():
    assert indices(stream("none", 0), 5, 3, 2, 0).tolist() == [0] * 6
