"""One step against its mean over everything that it can draw: two numbers of a run, no pilot, any horizon."""

from __future__ import annotations

import numpy as np
import scipy.special

from checks.gates.solver import Claim, Solver, columns, measures, walk
from solvers import method as protocol
from solvers.batched import toss
from solvers.problems.instance import with_run_axis

#: Runs that one call of the gate takes together, and their steps.
RUNS, STEPS = 16, 2000
#: Candidates (runs times outcomes of a step) that advance together: they fit into the cache.
TOGETHER = 4096
#: A standard deviation below this part of the mean is rounding: the first step of SAGA and the first
#: after a snapshot have no spread.
SPREAD = 1e-6


def sums(solver: Solver, claim: Claim, seeds: range, count: int) -> tuple[np.ndarray, np.ndarray]:
    """For gap and distance, the sum over the steps of D / sd, and how many steps had a spread; (2, B).

    D is what the step gave minus the mean over all draws of what the claimed step would have given from
    the same state (and with the same coin), sd the standard deviation over the draws: for a true solver
    a martingale whose increments have variance 1.
    """
    outcomes, chances = zip(*claim.sampling.outcomes(), strict=True)
    together = max(1, TOGETHER // len(outcomes))
    parts = [
        _sums(solver, claim, seeds[k : k + together], count, np.array(outcomes), np.array(chances))
        for k in range(0, len(seeds), together)
    ]
    total, live = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
    return total, live


def _sums(
    solver: Solver, claim: Claim, seeds: range, count: int, outcomes: np.ndarray, chances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    method, problem = columns(claim.method, claim.instance), with_run_axis(claim.instance.problem)
    rows = np.arange(len(seeds) * len(outcomes))
    every_draw = np.tile(outcomes, (len(seeds),) + (1,) * (outcomes.ndim - 1))
    total, live = np.zeros((2, len(seeds))), np.zeros((2, len(seeds)))
    mean = deviation = np.zeros((2, len(seeds)))  # of the start: it has no spread
    with np.errstate(all="ignore"):  # a broken solver may blow up
        for state, index, heads in walk(solver, claim.instance, seeds, count):
            if index is None:
                spread = deviation > SPREAD * mean
                total += np.where(spread, (measures(problem, state[0]) - mean) / deviation, 0)
                live += spread
                continue
            before = type(state)(*(leaf.copy() for leaf in state)) if heads.size else state
            if heads.size:
                toss(method, problem, before, heads)
            leaves = [np.repeat(leaf, len(outcomes), axis=0) for leaf in before]
            protocol.update(method, problem, type(state)(*leaves), (rows, every_draw))
            candidates = measures(problem, leaves[0]).reshape(2, len(seeds), -1)
            mean = candidates @ chances
            deviation = np.sqrt((candidates - mean[..., None]) ** 2 @ chances)
    return total, live


def alarms(total: np.ndarray, live: np.ndarray, level: float) -> np.ndarray:
    """Whether the gap or the distance (leading axis, 2) is out of line, at this level for both together; a
    run without a finite sum is."""
    limit = -scipy.special.ndtri(level / 4) * np.sqrt(live)
    return (~(np.abs(total) <= limit)).any(0)


def martingale(
    solver: Solver, claim: Claim, seeds: range, level: float, runs: int = RUNS, count: int = STEPS
) -> np.ndarray:
    """Normal z-test of the sums of ``runs`` runs; a solver that stands still in half of its steps alarms
    too."""
    first = range(seeds.start * runs, seeds.stop * runs)
    total, live = (each.reshape(2, len(seeds), runs).sum(-1) for each in sums(solver, claim, first, count))
    return alarms(total, live, level) | (live < count * runs / 2).any(0)
