"""What a run draws against the law that its method declares: indices, batches, weights, coins.

All tests are two-sided: too even is as suspect as too uneven.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.special

from checks.gates.solver import Claim, Draws, Solver
from solvers.sampling import Sampling

#: Steps of the run whose draws one call of a gate looks at.
COUNT = 8000
#: Draws that are counted together.
TOGETHER = 2**21


def streams(solver: Solver, claim: Claim, seeds: range, count: int) -> Iterator[Draws]:
    """The draws of one run a seed, some seeds at a time."""
    together = max(1, TOGETHER // count)
    for k in range(0, len(seeds), together):
        yield solver.draws(claim.instance, seeds[k : k + together], count)


def counts(numbers: np.ndarray, cells: int) -> np.ndarray:
    """How often each of 0 ... cells - 1 comes in every row, (rows, cells)."""
    rows = len(numbers)
    flat = (numbers + cells * np.arange(rows)[:, None]).ravel()
    return np.bincount(flat, minlength=rows * cells).reshape(rows, cells)


def chi_square(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Pearson's statistic over the last axis; a cell that should be empty and is not makes it infinite."""
    nothing = wanted == 0
    squares = (found - wanted) ** 2 / np.where(nothing, 1, wanted)
    return np.where(nothing, np.where(found > 0, np.inf, 0.0), squares).sum(-1)


def beyond(statistic: np.ndarray, freedom: int, level: float) -> np.ndarray:
    """Whether a chi-square is in one of its tails, each of half the level."""
    tail = scipy.special.chdtrc(freedom, statistic)
    return (tail < level / 2) | (tail > 1 - level / 2)


def numbered(indices: np.ndarray, sampling: Sampling) -> tuple[np.ndarray, np.ndarray]:
    """The number of each step's draw among all outcomes, (rows, steps), and their chances; the order within
    a batch drawn without replacement does not matter, unless the method says so."""
    outcomes, chances = zip(*sampling.outcomes(), strict=True)
    if not sampling.picks:
        return indices, np.array(chances)
    batches = indices if sampling.replace or sampling.ordered else np.sort(indices, axis=-1)
    place = sampling.choices ** np.arange(sampling.picks)[::-1]
    number = np.full(sampling.choices**sampling.picks, len(outcomes))  # a batch that is no outcome
    number[np.array(outcomes) @ place] = np.arange(len(outcomes))
    return number[batches @ place], np.append(chances, 0.0)


def index_tails(indices: np.ndarray, sampling: Sampling, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether the draws' counts, and the pairs of neighbouring steps' (first) indices, are out of line, each
    at half the level; (rows,).

    Pairs overlap, and each index is in two of them; only given the counts is the limit a chi-square.
    """
    number, chances = numbered(indices, sampling)
    steps = number.shape[1]
    uneven = chi_square(counts(number, len(chances)), steps * chances)
    single = indices[..., 0] if indices.ndim == 3 else indices
    pairs = counts(single[:, :-1] * sampling.choices + single[:, 1:], sampling.choices**2)
    freedom = int((chances > 0).sum()) - 1
    return beyond(uneven, freedom, level / 2), beyond(*independence(pairs, sampling.choices), level / 2)


def independence(table: np.ndarray, columns: int) -> tuple[np.ndarray, int]:
    """The statistic of independence of each table of counts, given its margins, and its freedom."""
    found = table.reshape(len(table), -1, columns)
    rows, across = found.sum(2, keepdims=True), found.sum(1, keepdims=True)
    wanted = rows * across / found.sum((1, 2), keepdims=True)
    statistic = chi_square(found.reshape(len(found), -1), wanted.reshape(len(found), -1))
    return statistic, (found.shape[1] - 1) * (columns - 1)


def indices(solver: Solver, claim: Claim, seeds: range, level: float, count: int = COUNT) -> np.ndarray:
    parts = [
        np.logical_or(*index_tails(drawn.indices, claim.sampling, level))
        for drawn in streams(solver, claim, seeds, count)
    ]
    return np.concatenate(parts)


def coin_tails(coins: np.ndarray, chances: np.ndarray, level: float) -> np.ndarray:
    """Exact binomial test of the heads among the coins of each chance, (rows,).

    Args:
        chances: of each step, (steps,).
    """
    alarms = np.zeros(len(coins), dtype=bool)
    different = np.unique(chances)
    for p in different:
        mine = chances == p
        heads, tosses, part = coins[:, mine].sum(1), int(mine.sum()), level / 2 / len(different)
        few, many = scipy.special.bdtr(heads, tosses, p), scipy.special.bdtrc(heads - 1.0, tosses, p)
        alarms |= (few < part) | (many < part)
    return alarms


def coins(solver: Solver, claim: Claim, seeds: range, level: float, count: int = COUNT) -> np.ndarray:
    """Heads, and whether they depend on the index of their step, each at half the level."""
    steps = claim.shipped.steps(claim.instance)
    chances = np.resize(claim.sampling.chances(steps), count)
    alarms = []
    for drawn in streams(solver, claim, seeds, count):
        table = counts(drawn.indices * 2 + drawn.coins, 2 * claim.sampling.choices)
        dependent = beyond(*independence(table, 2), level / 2)
        alarms.append(coin_tails(drawn.coins, chances, level / 2) | dependent)
    return np.concatenate(alarms)
