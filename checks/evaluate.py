"""One piece of work: a prediction of a theorem, or of a rival, to a stored record."""

from __future__ import annotations

import functools
import shlex
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks import kinds
from checks.evidence import Evidence
from checks.store import Store, key, versions
from checks.trial import PremiseFailed, Settings, Trial
from checks.verdict import Verdict, Word
from solvers import sources
from theorems.predictions import Prediction
from theorems.theorem import Rival, Theorem, catalogue


@dataclass(frozen=True)
class Task:
    """What is tried: a prediction by its id, or a rival by its name."""

    theorem: str
    prediction: str = ""
    rival: str = ""

    @property
    def name(self) -> str:
        """The file under which the record is stored, in the theorem's folder."""
        return f"rival-{slug(self.rival)}" if self.rival else self.prediction


@functools.cache
def known(paths: tuple[str, ...]) -> dict[str, tuple[Theorem, str]]:
    """The catalogue, loaded once a process."""
    return catalogue(paths)


def one_per_method(theorems: Iterable[Theorem]) -> list[Theorem]:
    """The theorems in order, without those whose methods have all been seen before."""
    seen: set[type] = set()
    kept = []
    for theorem in theorems:
        classes = {type(theorem.resolved(p)[0]) for p in theorem.predictions}
        if not classes <= seen:
            kept.append(theorem)
            seen |= classes
    return kept


def slug(text: str) -> str:
    """The text as a file name."""
    kept = "".join(c if c.isalnum() else "-" for c in text.lower())
    return "-".join(part for part in kept.split("-") if part)


def tasks(theorem: Theorem, profile: str) -> list[Task]:
    """The tasks of a theorem in this profile; quick leaves the fits of exponents out."""
    found = [Task(theorem.name, prediction=p.id) for p in theorem.predictions if p.runs_in(profile)]
    for rival in theorem.rivals:
        if any(p.runs_in(profile) for p in against(theorem, rival)):
            found.append(Task(theorem.name, rival=rival.name))
    return found


def against(theorem: Theorem, rival: Rival) -> list[Prediction]:
    """The predictions that may refute a rival, the cheap ones first."""
    if rival.prediction is not None:
        return [rival.prediction]
    chosen = [p for p in theorem.predictions if rival.of in ("", p.label, p.kind)]
    return sorted(chosen, key=lambda p: not p.quick)


def perform(task: Task, settings: Settings) -> dict[str, Any]:
    """The record of a task, from the store if its key is unchanged, else collected, judged and stored.

    Never raises for what a theorem does: that is a verdict ERROR with its reason.
    """
    theorem, file = known(settings.theorems)[task.theorem]
    store = Store(settings.results)
    rival = next((r for r in theorem.rivals if r.name == task.rival), None)
    if rival is None:
        candidates = [p for p in theorem.predictions if p.id == task.prediction]
    else:
        candidates = [p for p in against(theorem, rival) if p.runs_in(settings.profile)]
    wanted = _key(theorem, file, rival, candidates, settings)
    # A certificate is checked again every time: the file may have been touched, and it takes no time.
    if not all(p.kind == "Proof" for p in candidates):
        record = store.load(task.theorem, task.name, wanted)
        if record is not None:
            return record
    began = time.perf_counter()
    tried = []
    for prediction in candidates:
        method = theorem.resolved(prediction)[0]
        if rival is not None and rival.method is not None:
            method = rival.method
        verdict, evidence = attempt(prediction, Trial(theorem, prediction, method, settings, store))
        tried.append((prediction, verdict, evidence))
        if rival is not None and verdict.word == Word.REFUTED:
            break
    prediction, verdict, evidence = tried[-1]
    record = {
        "key": wanted,
        "theorem": theorem.name,
        "prediction": prediction.id,
        "rival": task.rival or None,
        "kind": prediction.kind,
        "expect": prediction.expect if rival is None else "REFUTED",
        "verdict": verdict.to_json(),
        "evidence": evidence.to_json() if evidence else None,
        "also tried": [[p.id, v.to_json()] for p, v, _ in tried[:-1]],
        "profile": settings.profile,
        "backend": settings.backend,
        "device": settings.device,
        "replay": replay(task, settings),
        "environment": versions(),
        "seconds": round(time.perf_counter() - began, 3),
    }
    store.save(task.theorem, task.name, record)
    return record


def _key(
    theorem: Theorem, file: str, rival: Rival | None, candidates: list[Prediction], settings: Settings
) -> str:
    """The key of a record: everything that its verdict depends on."""
    methods: list[Any] = [theorem.resolved(p)[0] for p in candidates]
    if rival is not None and rival.method is not None:
        methods.append(rival.method)
    parts = [
        theorem.name,
        rival,
        [(p, theorem.resolved(p)) for p in candidates],
        list(theorem.premises),
        sources.digest({Path(file), *sources.reached_from(file)}),
        [settings.profile, *settings.place],
    ]
    return key(parts, sorted({type(m) for m in methods if m is not None}, key=str))


def attempt(prediction: Prediction, trial: Trial) -> tuple[Verdict, Evidence | None]:
    """Collect and judge; what goes wrong is a verdict too."""
    try:
        evidence = kinds.collect(prediction, trial)
        stored = Evidence.from_json(evidence.to_json())  # judged as it will be read
        return kinds.judge(prediction, stored), stored
    except PremiseFailed as failed:
        return Verdict(Word.INCONCLUSIVE, str(failed), "premise"), None
    except Exception as error:
        return Verdict(Word.ERROR, _sentence(error), "none"), None


def _sentence(error: Exception) -> str:
    """Our own refusals are sentences already; anything else gets its type and place."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    if isinstance(error, ValueError | TypeError) and sources.ours(place.filename):
        return str(error)
    return f"{type(error).__name__} in {place.name}, {Path(place.filename).name}: {error}"


def replay(task: Task, settings: Settings) -> str:
    """The line that runs this task and no other (-k would take longer names along)."""
    test = "test_rivals.py::test_rival" if task.rival else "test_theorems.py::test_theorem"
    case = f"checks/{test}[{task.theorem}-{task.name}]"
    options = [f"--profile {settings.profile}"]
    if settings.backend != "numpy":
        options.append(f"--backend {settings.backend}")
    if settings.device != "cpu":
        options.append(f"--device {settings.device}")
    options += [f"--theorems {shlex.quote(path)}" for path in settings.theorems]
    return f'pytest "{case}" {" ".join(options)}'
