"""Data-parallel runs: the rows of a least-squares problem on several workers, each a process of its own.

Every worker runs the method's own text on the same iterate. Its problem knows only its share of the rows: a
product is the worker's own, summed over all workers (torch.distributed, gloo on the CPU). What is not a
product is done by every worker for itself.
"""

from __future__ import annotations

import datetime
import multiprocessing
import multiprocessing.connection
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from solvers import method as protocol
from solvers.method import Method
from solvers.problems.instance import Instance
from solvers.vocabulary import matvec, rmatvec

#: Seconds after which workers that have not answered are given up.
PATIENCE = 120.0


class WorkerDied(RuntimeError):
    """A worker ended without a result; the message says which, how, and what to do."""


class Alone:
    """The sum over all workers where there is only this one."""

    seconds = 0.0

    def total(self, array: np.ndarray) -> np.ndarray:
        return array


class Wire:
    """The sum over all workers of a process group, and the seconds that went into it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def total(self, array: np.ndarray) -> np.ndarray:
        import torch
        import torch.distributed as group

        began = time.perf_counter()
        group.all_reduce(torch.from_numpy(array))
        self.seconds += time.perf_counter() - began
        return array


class Share(NamedTuple):
    """A worker's part of f(x) = |A x|^2 / (2 N): its own rows in one part or several, each of shape
    (1, rows, n), and N, the number of everybody's rows."""

    parts: Any
    everybodys: int
    wire: Any

    def gradient(self, x: Any) -> Any:
        first, *rest = (rmatvec(part, matvec(part, x)) for part in self.parts)
        return self.wire.total(sum(rest, first)) / self.everybodys

    def product(self, p: Any) -> Any:
        return self.gradient(p)


class Ran(NamedTuple):
    """What a worker did: iterates (steps + 1, n), and its seconds, of which so many in sums over workers."""

    iterates: np.ndarray
    seconds: float
    waited: float


def shares(rows: np.ndarray, workers: int) -> list[np.ndarray]:
    """The rows in consecutive parts, one for each worker.

    Raises:
        ValueError: no worker, or more workers than rows.
    """
    if not 1 <= workers <= len(rows):
        raise ValueError(
            f"{len(rows)} rows cannot be divided among {workers} workers; take 1 ... {len(rows)}"
        )
    return np.array_split(rows, workers)


def iterate(method: Method, instance: Instance, rows: np.ndarray, wire: Any, steps: int) -> Ran:
    """The method's own steps on these rows of the instance."""
    return _steps(method, instance, [rows[None]], wire, steps)


def _steps(method: Method, instance: Instance, parts: Sequence[Any], wire: Any, steps: int) -> Ran:
    problem = Share(parts, instance.components, wire)
    columns = protocol.columns(protocol.evaluate(method, instance))
    state = columns.start(problem, instance.start(0)[None].copy())
    iterates = [state[0][0].copy()]
    wire.seconds = 0.0
    began = time.perf_counter()
    for _ in range(steps):
        protocol.update(columns, problem, state, None)
        iterates.append(state[0][0].copy())
    return Ran(np.array(iterates), time.perf_counter() - began, wire.seconds)


def serial(method: Method, instance: Instance, steps: int) -> Ran:
    """All rows in this process."""
    return iterate(method, instance, instance.problem.rows, Alone(), steps)


def divided(method: Method, instance: Instance, workers: int, steps: int) -> Ran:
    """The rows in as many parts, whose products are added up one after the other in this process."""
    parts = [part[None] for part in shares(instance.problem.rows, workers)]
    return _steps(method, instance, parts, Alone(), steps)


def data_parallel(
    methods: Sequence[Method], instance: Instance, workers: int, steps: int, patience: float = PATIENCE
) -> list[list[Ran]]:
    """The methods one after the other on so many processes; for each method a result of every worker.

    Raises:
        ValueError: more workers than rows.
        WorkerDied: a worker ended without a result, or did not answer in time.
    """
    parts = shares(instance.problem.rows, workers)
    found = together(_run, [(tuple(methods), instance, part, steps) for part in parts], patience)
    return [[of_worker[k] for of_worker in found] for k in range(len(methods))]


def message_seconds(workers: int, lengths: Sequence[int], repeats: int = 30) -> np.ndarray:
    """The median seconds of a sum over so many processes of vectors of these lengths, (len(lengths),)."""
    found = together(_send, [(tuple(lengths), repeats)] * workers)
    return np.max(found, axis=0)


def latency_and_cost(lengths: Sequence[int], seconds: np.ndarray) -> tuple[float, float]:
    """alpha and beta of seconds = alpha + beta * bytes, by least squares on relative errors.

    Raises:
        ValueError: fewer than two lengths.
    """
    if len(set(lengths)) < 2:
        raise ValueError("a latency and a cost for each byte need two lengths at least; give more")
    size = 8 * np.asarray(lengths, float)
    table = np.stack([np.ones_like(size), size], axis=1) / np.asarray(seconds)[:, None]
    alpha, beta = np.linalg.lstsq(table, np.ones(len(size)), rcond=None)[0]
    return float(alpha), float(beta)


def predicted_seconds(computing: float, alpha: float, beta: float, length: int, workers: int) -> float:
    """The seconds of a step on so many workers, predicted from one worker's and from sums over two.

    The rows are divided, and a sum takes ceil(log2 workers) rounds of messages of ``length`` numbers.
    """
    return computing / workers + (workers - 1).bit_length() * (alpha + beta * 8 * length)


# ---------------------------------------------------------------- processes


def together(
    task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], patience: float = PATIENCE
) -> list[Any]:
    """``task(*arguments[k])`` in process k of a group of so many; their results in order.

    Raises:
        WorkerDied: a process ended without a result, raised, or did not answer in time; the others are
            ended.
    """
    context = multiprocessing.get_context("spawn")
    count = len(arguments)
    with tempfile.TemporaryDirectory() as folder:
        meeting = str(Path(folder) / "meeting")
        pipes = [context.Pipe(duplex=False) for _ in range(count)]
        workers = [
            context.Process(
                target=_work, args=(k, count, meeting, pipes[k][1], task, arguments[k], patience), daemon=True
            )
            for k in range(count)
        ]
        try:
            for worker, (_, theirs) in zip(workers, pipes, strict=True):
                worker.start()
                theirs.close()  # so that the end of the worker is the end of the pipe
            return _gather(workers, [mine for mine, _ in pipes], patience)
        finally:
            for worker in workers:
                if worker.pid is not None:
                    worker.kill()
                    worker.join()


def _gather(workers: list[Any], pipes: list[Any], patience: float) -> list[Any]:
    results: dict[int, Any] = {}
    deadline = time.monotonic() + patience
    while len(results) < len(workers):
        left = deadline - time.monotonic()
        open_pipes: list[Any] = [pipe for k, pipe in enumerate(pipes) if k not in results]
        ready: list[Any] = multiprocessing.connection.wait(open_pipes, max(left, 0))
        if not ready:
            late = ", ".join(str(k) for k in range(len(workers)) if k not in results)
            raise WorkerDied(
                f"worker {late} of {len(workers)} did not answer in {patience:g} s; give more patience, or "
                "look whether the machine has a core for each worker"
            )
        failed: dict[int, str] = {}
        for pipe in ready:
            k = pipes.index(pipe)
            try:
                fine, value = pipe.recv()
            except EOFError:
                workers[k].join(5)
                failed[k] = _ended(workers[k].exitcode)
                continue
            if fine:
                results[k] = value
            else:
                failed[k] = f"raised {value}"
        if failed:
            # A worker that lost its neighbour raises too: the one that ended is the cause.
            k = min(failed, key=lambda k: (failed[k].startswith("raised"), k))
            dead = next((j for j, w in enumerate(workers) if w.exitcode not in (None, 0)), k)
            told = failed.get(dead, _ended(workers[dead].exitcode))
            raise WorkerDied(f"worker {dead} of {len(workers)} {told}; the others were ended")
    return [results[k] for k in range(len(workers))]


def _ended(code: int | None) -> str:
    hint = " (out of memory, often: take fewer workers or rows)" if code == -9 else ""
    return f"ended with exit code {code}{hint} before it had a result"


def _work(
    rank: int,
    count: int,
    meeting: str,
    pipe: Any,
    task: Callable[..., Any],
    arguments: tuple[Any, ...],
    patience: float,
) -> None:
    """A worker's life: it meets the others, does its task and sends the result."""
    if sys.platform == "linux":  # all workers are on this machine, whatever its name resolves to
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    import torch
    import torch.distributed as group

    torch.set_num_threads(1)
    try:
        limit = datetime.timedelta(seconds=patience)
        store = f"file://{meeting}"
        group.init_process_group("gloo", init_method=store, rank=rank, world_size=count, timeout=limit)
        result = task(*arguments)
        group.barrier()
        pipe.send((True, result))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        first = str(error).splitlines()[0] if str(error) else ""
        pipe.send((False, f"{type(error).__name__} in {last.name}: {first}"))
    finally:
        pipe.close()
        if group.is_initialized():
            group.destroy_process_group()


def _run(methods: Sequence[Method], instance: Instance, rows: np.ndarray, steps: int) -> list[Ran]:
    wire = Wire()
    iterate(methods[0], instance, rows, wire, 1)  # the first sum opens the connections
    return [iterate(method, instance, rows, wire, steps) for method in methods]


def _send(lengths: tuple[int, ...], repeats: int) -> np.ndarray:
    wire = Wire()
    medians = []
    for length in lengths:
        vector, taken = np.zeros(length), []
        for _ in range(repeats + 1):
            before = wire.seconds
            wire.total(vector)
            taken.append(wire.seconds - before)
        medians.append(float(np.median(taken[1:])))
    return np.array(medians)
