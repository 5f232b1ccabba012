"""Where work runs. Tasks name what is to be done; a worker loads the theorem again and does it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from checks.evaluate import Task, perform
from checks.trial import Settings

ENGINES = ("serial", "processes")


class EngineError(Exception):
    """An engine that does not exist or cannot start; the message says which ones do."""


def _work(group: Sequence[Task], settings: Settings) -> list[tuple[Task, dict[str, Any]]]:
    return [(task, perform(task, settings)) for task in group]


def execute(
    tasks: Sequence[Task], settings: Settings, engine: str = "serial", workers: int | None = None
) -> Iterator[tuple[Task, dict[str, Any]]]:
    """The records of the tasks, in the order in which they are finished.

    Raises:
        EngineError: an unknown engine.
    """
    if engine not in ENGINES:
        raise EngineError(f"there is no engine {engine!r}; the engines are {', '.join(ENGINES)}")
    count = workers or os.cpu_count() or 1
    if engine == "serial" or count == 1 or len(tasks) < 2:
        for task in tasks:
            yield from _work([task], settings)
        return
    import joblib

    groups = _groups(tasks, count)
    parallel = joblib.Parallel(n_jobs=min(count, len(groups)), return_as="generator_unordered", batch_size=1)
    for finished in parallel(joblib.delayed(_work)(group, settings) for group in groups):
        yield from finished


def _groups(tasks: Sequence[Task], workers: int) -> list[list[Task]]:
    """A theorem's tasks share runs and compiled loops, so one worker does them all, long lists first;
    where there are too few theorems to share out, every task is on its own."""
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.theorem, []).append(task)
    if len(groups) < 2 * workers:
        return [[task] for task in tasks]
    return sorted(groups.values(), key=len, reverse=True)
