"""Tasks for worker processes: they are imported there by name."""

from __future__ import annotations

import os
import signal

import numpy as np

from solvers.distributed import Wire


def killed(rank: int) -> int:
    """One sum together, then worker 1 is killed while worker 0 waits for it."""
    wire = Wire()
    wire.total(np.ones(3))
    if rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    wire.total(np.ones(3))
    return rank


def sums(rank: int) -> list[float]:
    """A sum of vectors, and one of numbers."""
    return [*Wire().total(np.full(2, rank + 1.0)).tolist(), float(Wire().total(np.array([10.0**rank]))[0])]
