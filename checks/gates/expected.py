"""Means of many runs against exact expectations (``solvers.moments``), where the mean is close to normal."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import scipy.special

from checks.gates.solver import Claim, Solver, arrivals, measures
from solvers.moments import SecondMoment
from solvers.problems.instance import with_run_axis

#: Runs of one call of the gate, and of the pilot that chooses its checkpoints.
RUNS, PILOT = 256, 2000
#: The pilot's stream, which nothing else uses.
PILOT_SEED = 10**6
#: Runs that advance together.
TOGETHER = 8192


def samples(solver: Solver, claim: Claim, seeds: range, times: Sequence[int], pieces: int) -> np.ndarray:
    """Gap and squared distance after these numbers of steps, shape (2, times, seeds * pieces)."""
    problem = with_run_axis(claim.instance.problem)
    states = enumerate(arrivals(solver, claim.instance, seeds, max(times), pieces))
    with np.errstate(all="ignore"):  # a broken solver may blow up
        return np.stack([measures(problem, state[0]) for t, state in states if t in times], axis=1)


@functools.cache
def spread(claim: Claim) -> tuple[np.ndarray, np.ndarray]:
    """Relative standard deviation and skewness of gap and distance at the claim's times, (2, times), as a
    pilot of other seeds finds them."""
    found = samples(claim.shipped, claim, range(PILOT_SEED, PILOT_SEED + 1), claim.times, PILOT)
    mean, deviation = found.mean(-1), found.std(-1)
    varies = deviation > 1e-9 * mean  # a first step may be the same in all runs
    third = ((found - mean[..., None]) ** 3).mean(-1)
    skewness = np.divide(third, deviation**3, out=np.zeros_like(third), where=varies)
    return deviation / mean, skewness


def normal_enough(claim: Claim, runs: int) -> np.ndarray:
    """Where the mean of so many runs is normal enough for a t-test at a small level, (2, times): the relative
    standard deviation is at most 0.9 (and not zero), and there are at least 50 skewness^2 runs."""
    relative, skewness = spread(claim)
    passes = (relative > 1e-9) & (relative <= 0.9) & (50 * skewness**2 <= runs)
    return np.asarray(passes)


@functools.cache
def exact(claim: Claim) -> np.ndarray:
    """The expected gap and squared distance at the claim's times, shape (2, times)."""
    once_a_round = hasattr(type(claim.method), "outer")
    stride = claim.shipped.steps(claim.instance) if once_a_round else 1
    assert not any(t % stride for t in claim.times), "such a method has expectations at ends of rounds"
    rounds = [t // stride for t in claim.times]
    moment = SecondMoment.of(claim.method, claim.instance)
    squares, gaps = moment.trajectory(claim.instance.start(0), stride, max(rounds))
    return np.stack([gaps, squares])[:, rounds]


def checkpoints(claim: Claim) -> np.ndarray:
    """Which of the claim's times serve the gate: both measures pass there; (times,)."""
    return np.asarray(normal_enough(claim, RUNS).all(0))


def t_scores(solver: Solver, claim: Claim, seeds: range) -> np.ndarray:
    """Of the means of ``RUNS`` runs against the exact expectations, (2, checkpoints, seeds)."""
    kept = checkpoints(claim)
    times = [t for t, passes in zip(claim.times, kept, strict=True) if passes]
    wanted = exact(claim)[:, kept, None]
    together = max(1, TOGETHER // RUNS)
    parts = []
    for k in range(0, len(seeds), together):
        found = samples(solver, claim, seeds[k : k + together], times, RUNS)
        found = found.reshape(2, len(times), -1, RUNS)
        with np.errstate(all="ignore"):
            error = found.std(-1, ddof=1) / np.sqrt(RUNS)
            parts.append((found.mean(-1) - wanted) / np.maximum(error, 1e-12 * wanted))
    return np.concatenate(parts, axis=-1)


def expected_once(solver: Solver, claim: Claim, seeds: range, level: float) -> np.ndarray:
    """Student's test at all checkpoints, one answer a seed, whose stream ``RUNS`` runs share."""
    found = t_scores(solver, claim, seeds)
    limit = -scipy.special.stdtrit(RUNS - 1, level / 2 / (found.shape[0] * found.shape[1]))
    return np.asarray((~(np.abs(found) <= limit)).any((0, 1)))


def expected(solver: Solver, claim: Claim, seeds: range, level: float) -> np.ndarray:
    """The same, where an alarm counts if fresh seeds repeat it."""
    alarms = expected_once(solver, claim, seeds, level)
    for k in np.flatnonzero(alarms):
        again = PILOT_SEED + 1 + seeds[k]
        alarms[k] = expected_once(solver, claim, range(again, again + 1), level)[0]
    return alarms


# ---------------------------------------------------------------- many scores

#: Runs behind every score.
MANY = 10_000


class Score(NamedTuple):
    """The mean of ``MANY`` runs of their own at one time, in standard errors from the expectation."""

    claim: Claim
    time: int
    measure: str
    z: float


def scores(claims: Sequence[Claim], runs: int = MANY) -> Iterator[Score]:
    """One score for each claim, measure and time that passes ``normal_enough``; no two share a stream, so
    that they are independent."""
    stream = itertools.count(1)
    for claim in claims:
        passing = normal_enough(claim, runs)
        for m, measure in enumerate(("gap", "distance")):
            for k in np.flatnonzero(passing[m]):
                time, seed = claim.times[k], next(stream)
                found = samples(claim.shipped, claim, range(seed, seed + 1), (time,), runs)[m, 0]
                error = found.std(ddof=1) / np.sqrt(runs)
                yield Score(claim, time, measure, float((found.mean() - exact(claim)[m, k]) / error))


def chi_square_band(count: int, level: float) -> tuple[float, float]:
    """Between these lies the sum of so many squared scores, up to this chance."""
    return (
        float(scipy.special.chdtri(count, 1 - level / 2)),
        float(scipy.special.chdtri(count, level / 2)),
    )
