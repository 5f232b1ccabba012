"""The random indices are a pure function of (label, seed, round), uniform, and independent."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.sampling import ROUNDS_PER_DRAW, Sampling, stream

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
    whole = Sampling(11).indices(key, first, sum(cuts), steps)
    pieces, at = [], first
    for rounds in cuts:
        pieces.append(Sampling(11).indices(key, at, rounds, steps))
        at += rounds
    assert np.array_equal(np.concatenate(pieces), whole)


def test_indices_do_not_depend_on_what_was_drawn_before():
    key = stream("pure", 0)
    before = Sampling(9).indices(key, 70, 5, 4)
    np.random.default_rng(1).standard_normal(100)
    Sampling(9).indices(key, 0, 500, 4)
    Sampling(9).indices(stream("other", 5), 70, 5, 4)
    assert np.array_equal(Sampling(9).indices(key, 70, 5, 4), before)


@pytest.mark.parametrize("choices", [2, 3, 10, 97])
def test_indices_are_uniform(choices):
    """Pearson's chi-square of 100 000 draws, two-sided: too even is as suspect as too uneven."""
    drawn = Sampling(choices).indices(stream("uniform", 0), 0, 1000, 100)
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
    drawn = Sampling(choices).indices(stream("lag", 1), 0, 1000, 100)
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
    a = Sampling(choices).indices(stream(*one), 0, 640, 100)
    b = Sampling(choices).indices(stream(*other), 0, 640, 100)
    p = 1 / choices
    z = -scipy.special.ndtri(LEVEL / (2 * 4 * 201))
    for shift in range(-100, 101):
        equal = (a == np.roll(b, shift)).mean()
        assert abs(equal - p) < z * np.sqrt(p * (1 - p) / count)


def test_streams_of_many_labels_and_seeds_have_different_keys():
    keys = {stream(f"instance {i}", seed) for i in range(300) for seed in range(100)}
    assert len(keys) == 300 * 100


def test_a_method_that_draws_nothing_gets_zeros():
    assert Sampling(0).indices(stream("none", 0), 5, 3, 2).tolist() == [0] * 6


def chi_square_tail(drawn, chances):
    expected = drawn.size * np.asarray(chances)
    statistic = ((np.bincount(drawn, minlength=len(expected)) - expected) ** 2 / expected).sum()
    return scipy.special.chdtrc(len(expected) - 1, statistic)


def test_weighted_indices_come_with_their_weights():
    weights = np.array([0.5, 0.1, 0.0, 0.3, 0.1])
    drawn = Sampling(5, weights=weights).indices(stream("weights", 0), 0, 1000, 50)
    assert not (drawn == 2).any()
    kept = np.where(drawn > 2, drawn - 1, drawn)
    assert LEVEL < chi_square_tail(kept, weights[weights > 0]) < 1 - LEVEL


@pytest.mark.parametrize("picks", [2, 3, 6])
def test_a_batch_without_replacement_is_any_of_the_ordered_ones_alike(picks):
    choices = 6
    batches = Sampling(choices, picks, replace=False).indices(stream("batch", picks), 0, 1000, 60)
    assert batches.shape == (60_000, picks)
    assert (np.diff(np.sort(batches, axis=1), axis=1) > 0).all()
    number = {batch: k for k, batch in enumerate(itertools.permutations(range(choices), picks))}
    found = np.array([number[tuple(batch)] for batch in batches.tolist()])
    assert LEVEL < chi_square_tail(found, np.full(len(number), 1 / len(number))) < 1 - LEVEL


def test_a_batch_with_replacement_is_made_of_independent_indices():
    batches = Sampling(5, 2).indices(stream("pairs", 0), 0, 1000, 20)
    assert LEVEL < chi_square_tail(batches @ [5, 1], np.full(25, 1 / 25)) < 1 - LEVEL


def test_coins_fall_with_their_chance_independently_of_the_indices_and_of_how_a_run_is_cut():
    sampling = Sampling(4, chance=np.array([0.0, 0.25, 1.0]))
    key = stream("coins", 0)
    coins, drawn = sampling.coins(key, 0, 20_000, 3), sampling.indices(key, 0, 20_000, 3)
    assert not coins[0::3].any()
    assert coins[2::3].all()
    both = drawn[1::3] * 2 + coins[1::3]
    assert LEVEL < chi_square_tail(both, np.tile([0.75, 0.25], 4) / 4) < 1 - LEVEL
    assert np.array_equal(
        np.r_[sampling.coins(key, 0, 7, 3), sampling.coins(key, 7, 100, 3)], coins[: 107 * 3]
    )
    assert not Sampling(4).coins(key, 0, 10, 3).size


@pytest.mark.parametrize(
    ("sampling", "message"),
    [
        (Sampling(3, 4, replace=False), "draws 4 different indices of 3; take a smaller batch"),
        (Sampling(3, weights=np.array([0.5, 0.5, 0.5])), "not 3 probabilities; divide them by their sum"),
        (Sampling(2, weights=np.array([1.5, -0.5])), "not 2 probabilities"),
        (Sampling(3, chance=1.5), "the chance 1.5 is not a probability"),
    ],
)
def test_what_cannot_be_drawn_is_refused(sampling, message):
    with pytest.raises(ValueError, match=message):
        sampling.check("a method")


def test_the_outcomes_of_a_batch_are_its_law():
    for sampling in (Sampling(4), Sampling(4, 2), Sampling(4, 3, replace=False)):
        _, chances = zip(*sampling.outcomes(), strict=True)
        assert sum(chances) == pytest.approx(1, rel=1e-14)
    with pytest.raises(ValueError, match="has 10000 outcomes, more than 5000; take fewer"):
        list(Sampling(10, 4).outcomes())


@pytest.mark.parametrize("choices", [1, 2, 3, 100, 2**16 + 1, 2**31 + 5, 2**32 - 1, 2**32, 2**33])
def test_the_compiled_stream_is_the_stream_bit_by_bit(choices):
    """Just above 2^31 every second word is refused; from 2^32 on, numpy takes whole words."""
    from solvers import philox

    sampling, memory = Sampling(choices), np.empty(70_000, dtype=np.int64)
    for key in (0, stream("one", 7), stream("another", 2**33), 2**65 + 3):
        for first, rounds, steps in ((0, 1, 1), (64, 3, 7), (128, 641, 101)):
            drawn = philox.indices(sampling, key, first, rounds, steps, memory)
            assert np.array_equal(drawn, sampling.indices(key, first, rounds, steps))


@pytest.mark.parametrize(
    "sampling", [Sampling(5, picks=2), Sampling(3, weights=np.array([0.5, 0.25, 0.25]))], ids=str
)
def test_other_draws_are_left_to_the_host(sampling):
    from solvers import philox

    drawn = philox.indices(sampling, 3, 64, 7, 5, np.empty(0, dtype=np.int64))
    assert np.array_equal(drawn, sampling.indices(3, 64, 7, 5))
