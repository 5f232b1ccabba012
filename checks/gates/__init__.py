"""Gates for the code of sampled methods: each compares a solver with the law that it claims to follow.

A solver is a method and a way to draw, and may be broken (``faults``); the claim is what it should be. A
gate answers, for each of some seeds, whether it alarms. On a true solver the exact gates never do, the
others with a chance of at most ``level``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from checks.gates import expected, law, martingale, replay
from checks.gates.solver import Claim, Solver
from solvers import RandomizedCoordinateDescent

#: Chance that one call of a statistical gate alarms on a true solver.
LEVEL = 1e-4


class Gate(NamedTuple):
    """A gate and what is to be known of it.

    Attributes:
        alarms: (solver, claim, seeds, level) -> whether it alarms, one answer a seed.
        speaks: whether it has anything to say of a claim.
        statistical: whether a true solver can set it off.
    """

    compares: str
    unseen: str
    alarms: Callable[[Solver, Claim, range, float], np.ndarray]
    speaks: Callable[[Claim], bool] = lambda claim: True
    statistical: bool = True


GATES = {
    "replay": Gate(
        "the path with a triangular solve over the list of draws",
        "how the draws come about",
        replay.replay,
        lambda claim: type(claim.method) in (*replay.FORMS, *replay.TRIPLES),
        statistical=False,
    ),
    "pathwise": Gate(
        "a partial derivative before and after its own step",
        "how the draws come about",
        replay.pathwise,
        lambda claim: type(claim.method) is RandomizedCoordinateDescent,
        statistical=False,
    ),
    "one step": Gate(
        "gap and distance with their mean over all draws, step by step",
        "a wrong table or snapshot, if the step from there is right",
        martingale.martingale,
    ),
    "expectation": Gate(
        "the means of gap and distance over many runs with exact expectations",
        "small changes of a step",
        expected.expected,
    ),
    "indices": Gate(
        "counts of the indices or batches drawn, and of pairs of neighbours, with their law",
        "the step",
        law.indices,
    ),
    "coins": Gate(
        "heads among the coins with their chance, and with the index of the same step",
        "the step, and the indices",
        law.coins,
        lambda claim: claim.sampling.chance is not None,
    ),
}
