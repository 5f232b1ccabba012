"""From the results folder to page models: what is stored, and what is missing, broken or old.

Nothing here computes a verdict: a record says what was found, ``checks.verdict.headline`` what the
theorem's word is. Whatever cannot be read is named on the page and in a warning.
"""

from __future__ import annotations

import enum
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.evaluate import Task, slug, tasks
from checks.evidence import Evidence
from checks.store import FORMAT, versions
from checks.verdict import Verdict, Word, as_expected, headline
from theorems.predictions import Prediction
from theorems.theorem import Rival, Theorem, catalogue


class State(enum.Enum):
    """How much of an entry's evidence there is."""

    READ = "read"
    OLD = "read, but measured with other versions"
    NOT_RUN = "left out by the profile"
    MISSING = "missing"
    BROKEN = "cannot be read"


class ReportError(Exception):
    """There is nothing to report on; the message says what to do."""


@dataclass(frozen=True)
class Entry:
    """A prediction or a rival, with what is stored of it.

    Attributes:
        trouble: a sentence for a banner; empty where the evidence is whole and current.
        record: the stored record, empty where there is none.
    """

    name: str
    prediction: Prediction | None
    rival: Rival | None
    file: Path
    state: State
    trouble: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    evidence: Evidence | None = None

    @property
    def anchor(self) -> str:
        """Its name within a page."""
        return slug(self.name)

    @property
    def expect(self) -> str | None:
        return self.record.get("expect")

    @property
    def surprising(self) -> bool:
        """Whether a verdict is there and is not the one that is expected."""
        return self.verdict is not None and not as_expected(self.verdict, self.expect)


@dataclass(frozen=True)
class Page:
    """A theorem with its predictions and its rivals."""

    theorem: Theorem
    file: str
    predictions: Sequence[Entry]
    rivals: Sequence[Entry]

    @property
    def name(self) -> str:
        return self.theorem.name

    @property
    def entries(self) -> list[Entry]:
        return [*self.predictions, *self.rivals]

    @property
    def word(self) -> Word | None:
        """The theorem's headline; None where no prediction has a verdict.

        A proof of a part of the theorem does not count, where there is anything else.
        """
        told = [e for e in self.predictions if e.verdict is not None]
        whole = [e for e in told if e.surprising or getattr(e.prediction, "whole", True)]
        found = [(e.verdict, e.expect) for e in whole or told if e.verdict is not None]
        return headline(found) if found else None

    @property
    def decider(self) -> Entry | None:
        """The prediction that the headline is read off: a surprising one if there is one."""
        mine = [e for e in self.predictions if e.verdict is not None and e.verdict.word == self.word]
        return next((e for e in mine if e.surprising), mine[0] if mine else None)

    @property
    def belief(self) -> bool:
        """Whether a false belief was refuted, as it should be."""
        return self.word == Word.REFUTED and not any(e.surprising for e in self.predictions)

    @property
    def left_out(self) -> bool:
        """Whether the profile runs none of the predictions: no verdict, and nothing amiss."""
        return all(e.state == State.NOT_RUN for e in self.predictions)

    @property
    def troubles(self) -> list[str]:
        """Sentences for banners, each once; what is missing in one."""
        missing = [e.name for e in self.entries if e.state == State.MISSING]
        found = [e.trouble for e in self.entries if e.trouble and e.state != State.MISSING]
        if missing:
            found.insert(0, f"There is no evidence for {', '.join(missing)}: not run, or renamed since.")
        return list(dict.fromkeys(found))

    @property
    def attention(self) -> list[str]:
        """Why a reader should look here first; empty where all is as expected."""
        found = [
            f"{e.name}: {e.verdict.word}" + (f" where {e.expect} is expected" if e.expect else "")
            for e in self.predictions
            if e.verdict is not None and e.surprising
        ]
        found += [f"the rival “{e.rival.name}” survives" for e in self.rivals if e.rival and e.surprising]
        if self.word is None and not self.left_out:
            found.append("there is no evidence")
        elif any(e.state in (State.MISSING, State.BROKEN) for e in self.entries):
            found.append("evidence is missing")
        return found


@dataclass(frozen=True)
class Site:
    """Everything that the report shows.

    Attributes:
        runs: the (profile, backend, device) of the records, the commonest first.
        environments: the versions that the records were made with, the commonest first.
        warnings: one sentence each.
    """

    pages: Sequence[Page]
    results: Path
    runs: Sequence[tuple[str, str, str]]
    environments: Sequence[tuple[tuple[str, str], ...]]
    warnings: Sequence[str]

    @property
    def rivals(self) -> tuple[int, int]:
        """Rivals refuted, and rivals tried."""
        tried = [e for page in self.pages for e in page.rivals if e.verdict is not None]
        return sum(e.verdict is not None and e.verdict.word == Word.REFUTED for e in tried), len(tried)


REQUIRED = ("kind", "verdict", "evidence", "profile", "backend", "device", "replay", "environment")


def load(path: Path) -> tuple[dict[str, Any], Verdict | None, Evidence | None, str]:
    """A record with its verdict and evidence, or a sentence that says why it cannot be read.

    All are empty, the sentence too, where there is no such file.
    """
    here = f"{path.parent.name}/{path.name}"
    again = "run pytest checks/ again"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, None, None, ""
    except ValueError:
        return {}, None, None, f"{here} is half-written or damaged: {again}."
    except OSError as error:
        return {}, None, None, f"{here} cannot be read ({error.strerror})."
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        written = record.get("format") if isinstance(record, dict) else None
        return {}, None, None, (
            f"{here} was written by another version of rateproof (format {written}, here {FORMAT}): {again}."
        )  # fmt: skip
    lacking = [name for name in REQUIRED if name not in record]
    if lacking:
        return {}, None, None, f"{here} lacks {', '.join(lacking)}: {again}."
    try:
        verdict = Verdict.from_json(record["verdict"])
        evidence = Evidence.from_json(record["evidence"]) if record["evidence"] else None
        shapes = [record["environment"]] + ([evidence.facts, *evidence.rows] if evidence else [])
        if not all(isinstance(shape, dict) for shape in shapes):
            raise TypeError("a mapping is expected")
    except (KeyError, TypeError, ValueError) as error:
        return {}, None, None, f"{here} has an unknown shape ({type(error).__name__}: {error}): {again}."
    return record, verdict, evidence, ""


def read(results: Path, paths: Iterable[str | Path] = ()) -> Site:
    """The site of a results folder.

    Args:
        results: as ``pytest checks/ --results`` wrote it.
        paths: files and folders with theorems outside the clone.

    Raises:
        ReportError: the folder is not there, or holds no record.
        TheoremError: a file of theorems is malformed.
    """
    if not results.is_dir() or not any(results.glob("*/*.json")):
        what = "holds no evidence" if results.is_dir() else "is not there"
        raise ReportError(f"{results} {what}; run pytest checks/ first, or choose another folder: --results")
    return site(results, catalogue(paths))


def site(results: Path, known: Mapping[str, tuple[Theorem, str]]) -> Site:
    """The site of these theorems, each with its file."""
    loaded = {
        (name, entry): load(results / name / f"{entry}.json")
        for name, (theorem, _) in known.items()
        for entry in (task.name for task in tasks(theorem, "full"))
    }
    records = [record for record, *_ in loaded.values() if record]
    runs = Counter((str(r["profile"]), str(r["backend"]), str(r["device"])) for r in records)
    environments = Counter(tuple(map(tuple, r["environment"].items())) for r in records)
    profile = runs.most_common(1)[0][0][0] if runs else "standard"
    pages = [
        _page(theorem, file, results, profile, {e: found for (n, e), found in loaded.items() if n == name})
        for name, (theorem, file) in known.items()
    ]
    warnings = [f"{page.name}: {trouble}" for page in pages for trouble in page.troubles]
    if len(runs) > 1:
        named = "; ".join(f"{count} with {', '.join(how)}" for how, count in runs.most_common())
        warnings.insert(0, f"The records come from different runs: {named}.")
    warnings += _leftovers(results, known)
    return Site(
        pages,
        results,
        [how for how, _ in runs.most_common()],
        [environment for environment, _ in environments.most_common()],
        warnings,
    )


def _page(
    theorem: Theorem, file: str, results: Path, profile: str, loaded: dict[str, tuple[Any, ...]]
) -> Page:
    here = {task.name for task in tasks(theorem, profile)}
    now = versions()

    def entry(name: str, prediction: Prediction | None, rival: Rival | None) -> Entry:
        path = results / theorem.name / f"{name}.json"
        record, verdict, evidence, trouble = loaded[name]
        if trouble:
            state = State.BROKEN
        elif not record and name not in here:
            state = State.NOT_RUN
        elif not record:
            state = State.MISSING
            trouble = "There is no evidence: it was not run, or its name has changed."
        else:
            changed = _changed(record["environment"], now)
            state = State.OLD if changed else State.READ
            if changed:
                trouble = f"Evidence was made with other versions than are installed now: {changed}."
        return Entry(name, prediction, rival, path, state, trouble, record, verdict, evidence)

    return Page(
        theorem,
        file,
        [entry(p.id, p, None) for p in theorem.predictions],
        [entry(Task(theorem.name, rival=r.name).name, r.prediction, r) for r in theorem.rivals],
    )


def _changed(environment: dict[str, str], now: dict[str, str]) -> str:
    """The versions of a record that are not those of now."""
    return ", ".join(
        f"{name} {old} (now {now[name]})"
        for name, old in environment.items()
        if name in now and now[name] != old
    )


def _leftovers(results: Path, known: Mapping[str, tuple[Theorem, str]]) -> list[str]:
    """What lies in the folder and belongs to no theorem of the catalogue."""
    warnings = []
    for folder in sorted(p for p in results.iterdir() if p.is_dir() and any(p.glob("*.json"))):
        if folder.name not in known:
            warnings.append(
                f"There is evidence for “{folder.name}”, which is not in the catalogue: it was renamed, or "
                "its file has to be named with --theorems."
            )
            continue
        expected = {task.name for task in tasks(known[folder.name][0], "full")}
        extra = sorted(f.stem for f in folder.glob("*.json") if f.stem not in expected)
        if extra:
            warnings.append(
                f"{folder.name}: evidence for {', '.join(extra)} belongs to no prediction and no rival of "
                "the theorem as it is now."
            )
    return warnings
