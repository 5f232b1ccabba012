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


def _work(task: Task, settings: Settings) -> tuple[Task, dict[str, Any]]:
    return task, perform(task, settings)


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
        yield from (_work(task, settings) for task in tasks)
        return
    import joblib

    parallel = joblib.Parallel(n_jobs=min(count, len(tasks)), return_as="generator_unordered", batch_size=1)
    yield from parallel(joblib.delayed(_work)(task, settings) for task in tasks)
