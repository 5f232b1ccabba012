"""``pytest checks/``: options, scheduling, progress, and the stored evidence behind every test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.engine import ENGINES, execute
from checks.evaluate import Task, known, one_per_method, tasks
from checks.store import Store, StoreError
from checks.trial import PROFILES, Settings
from solvers.arrays import Arrays
from theorems.theorem import TheoremError

ROOT = Path(__file__).resolve().parent.parent
#: Quick tasks from which processes repay their start, some seconds each.
MANY = 200
SETTINGS = pytest.StashKey[Settings]()
RECORDS = pytest.StashKey[dict[Task, dict[str, Any]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rateproof")
    group.addoption("--profile", default="standard", help="quick, standard (default) or full")
    group.addoption("--backend", default="numpy", help="numpy (default) or torch")
    group.addoption("--device", default="cpu", help="cpu (default) or cuda, with --backend torch")
    group.addoption(
        "--engine",
        default=None,
        help="serial or processes; by default processes, unless the profile is quick and the tasks are few",
    )
    group.addoption(
        "--workers", default=None, type=int, help="processes of the engine; by default one a core"
    )
    group.addoption(
        "--theorems", action="append", default=[], metavar="PATH",
        help="a file or folder with theorems of your own; may be given again",
    )  # fmt: skip
    group.addoption("--one-per-method", action="store_true", help="a subset that still has every method")
    group.addoption("--results", default=None, metavar="DIR", help="stored evidence (default build/results)")


def pytest_configure(config: pytest.Config) -> None:
    profile = config.getoption("--profile")
    if profile not in PROFILES:
        raise pytest.UsageError(f"there is no profile {profile!r}; the profiles are {', '.join(PROFILES)}")
    engine = config.getoption("--engine")
    if engine not in (None, *ENGINES):
        raise pytest.UsageError(f"there is no engine {engine!r}; the engines are {', '.join(ENGINES)}")
    results = config.getoption("--results")
    settings = Settings(
        profile=profile,
        backend=config.getoption("--backend"),
        device=config.getoption("--device"),
        results=Path(results).absolute() if results else ROOT / "build" / "results",
        theorems=tuple(str(Path(p).absolute()) for p in config.getoption("--theorems")),
    )
    try:
        Arrays(settings.backend, settings.device).check()
        known(settings.theorems)
        Store(settings.results).check()
    except (ValueError, RuntimeError, TheoremError, StoreError) as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SETTINGS] = settings
    config.stash[RECORDS] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a task: predictions for ``test_theorems``, rivals for ``test_rivals``."""
    settings = metafunc.config.stash[SETTINGS]
    theorems = [theorem for theorem, _ in known(settings.theorems).values()]
    if metafunc.config.getoption("--one-per-method"):
        theorems = one_per_method(theorems)
    wanted = [
        task
        for theorem in theorems
        for task in tasks(theorem, settings.profile)
        if bool(task.rival) == (metafunc.function.__name__ == "test_rival")
    ]
    metafunc.parametrize("task", wanted, ids=[f"{task.theorem}-{task.name}" for task in wanted])


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[Any]:
    """All selected work is done before the first test; each test then reads its record."""
    config = session.config
    selected = [item.callspec.params["task"] for item in session.items if hasattr(item, "callspec")]
    if selected and not config.option.collectonly and not session.testsfailed:
        settings = config.stash[SETTINGS]
        few = settings.profile == "quick" and len(selected) < MANY
        engine = config.getoption("--engine") or ("serial" if few else "processes")
        finished = execute(selected, settings, engine, config.getoption("--workers"))
        for task, record in progress(finished, len(selected)):
            config.stash[RECORDS][task] = record
    return (yield)


def progress(finished: Iterator[tuple[Task, dict[str, Any]]], total: int) -> Iterator[Any]:
    """The records as they come, with a bar on a terminal and plain lines elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            line = bar.add_task("on trial", total=total)
            for task, record in finished:
                bar.update(line, advance=1, description=task.theorem)
                yield task, record
        return
    began, said = time.monotonic(), 0.0
    for done, (task, record) in enumerate(finished, 1):
        passed = time.monotonic() - began
        if passed - said > 10:
            said = passed
            left = passed * (total - done) / done
            print(f"on trial: {done} of {total}, about {left:.0f} s left", flush=True)
        yield task, record


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    records = config.stash.get(RECORDS, {})
    if not records:
        return
    counts: dict[str, int] = {}
    for record in records.values():
        if record["rival"] is None:
            word = record["verdict"]["word"]
            word += " as expected" if record["expect"] == word else ""
            counts[word] = counts.get(word, 0) + 1
    rivals = [r for r in records.values() if r["rival"]]
    refuted = sum(r["verdict"]["word"] == "REFUTED" for r in rivals)
    settings = config.stash[SETTINGS]
    said = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    terminalreporter.section("verdicts")
    terminalreporter.write_line(f"{said}; {refuted} of {len(rivals)} rivals refuted")
    work = sum(record["seconds"] for record in records.values())
    terminalreporter.write_line(
        f"profile {settings.profile}, backend {settings.backend}, {settings.device}; "
        f"{work:.0f} s of work behind this evidence, stored in {settings.results}"
    )


@pytest.fixture
def record(task: Task, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The stored record of the test's task."""
    return request.config.stash[RECORDS][task]
