"""Several programs at the same work, in one run: CPU seconds, medians, ratios.

The contenders take turns, so that a slow minute of the machine hits all of them.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

#: passes -> the CPU seconds that they took; what is not work is left out by the contender.
Contender = Callable[[int], float]

ROUNDS = 5


def timed(work: Callable[[int], Any]) -> Contender:
    """The CPU time of a call."""

    def seconds(passes: int) -> float:
        start = time.process_time()
        work(passes)
        return time.process_time() - start

    return seconds


def race(contenders: Mapping[str, tuple[Contender, int]]) -> dict[str, float]:
    """Median seconds a pass for each contender, which comes with its number of passes.

    Every contender runs once before the clock counts: compilations and first imports are not work.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries say that they did not converge, which is meant
        for seconds, passes in contenders.values():
            seconds(passes)
        taken: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, (seconds, passes) in contenders.items():
                taken[name].append(seconds(passes) / passes)
    return {name: statistics.median(times) for name, times in taken.items()}


def table(title: str, medians: Mapping[str, float], steps: int) -> str:
    """Microseconds a step, and how many times slower than the first contender."""
    first = next(iter(medians.values()))
    width = max(map(len, medians))
    lines = [
        f"  {name:{width}}  {1e6 * seconds / steps:9.4f} us a step  {seconds / first:7.2f} x"
        for name, seconds in medians.items()
    ]
    return "\n".join(["", title, *lines])
