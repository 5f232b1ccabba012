"""What runs leave behind: errors along a grid of rounds, and how each run ended."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

import numpy as np


class Outcome(enum.Enum):
    """How a run ended; the value says what it means for what was measured."""

    CONVERGED = "the error reached the target"
    TERMINATED = "the error is exactly zero: the method found the solution in finitely many steps"
    BUDGET = "the budget of rounds is spent; raise the budget if the error should be smaller"
    FLOOR = "the error stands at the rounding floor of its problem; use what was measured above it"
    DIVERGED = "the error grew beyond the ceiling; a smaller step may converge"


@dataclass(frozen=True)
class Trajectories:
    """What a batch of runs left behind, one row a run (instances x seeds, the seed running faster).

    Attributes:
        rounds: (B, T) rounds at which the error was recorded, 0 first; -1 behind a run's end.
        epochs_per_round: (B,) what a round costs.
        log_distance: (B, T) ln |x - x*|; -inf where exact, NaN behind a run's end.
        log_gap: (B, T) ln (f - f*), or None if it was not asked for.
        outcomes: how each run ended.
        instance: (B,) index of the run's instance.
        seed: (B,) its seed.
    """

    rounds: np.ndarray
    epochs_per_round: np.ndarray
    log_distance: np.ndarray
    log_gap: np.ndarray | None
    outcomes: tuple[Outcome, ...]
    instance: np.ndarray
    seed: np.ndarray
    reading: str

    @property
    def epochs(self) -> np.ndarray:
        """(B, T) epochs at which the error was recorded; NaN behind a run's end."""
        return np.where(self.rounds < 0, np.nan, self.rounds) * self.epochs_per_round[:, None]

    def log_error(self, measure: str) -> np.ndarray:
        """The log errors in this measure, "distance" or "gap".

        Raises:
            KeyError: the measure was not recorded.
        """
        if measure == "distance":
            return self.log_distance
        if measure == "gap" and self.log_gap is not None:
            return self.log_gap
        raise KeyError(f"the runs did not record {measure!r}; ask for it in measures=")


def every(budget: int, stride: int = 1) -> np.ndarray:
    """Rounds stride, 2 stride, ..., budget."""
    return np.arange(stride, budget + 1, stride)


def sparse(budget: int, dense: int = 256, ratio: float = 1.005) -> np.ndarray:
    """Every round up to ``dense``, then rounds in geometric progression, and the last one."""
    if budget <= dense:
        return every(budget)
    count = math.ceil(math.log(budget / dense) / math.log(ratio))
    tail = np.unique(np.round(dense * ratio ** np.arange(1, count)).astype(np.int64))
    return np.r_[every(dense), tail[(tail > dense) & (tail < budget)], budget]


#: The codes by which the loops report an end, in this order.
STATUS = (Outcome.BUDGET, Outcome.CONVERGED, Outcome.DIVERGED, Outcome.TERMINATED, Outcome.FLOOR)
RUNNING, REACHED, DIVERGED, TERMINATED, UNDERFLOWN = range(len(STATUS))
