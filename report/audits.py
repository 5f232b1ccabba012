"""Audited optimisers: the stored records of ``python -m checks audit`` as page models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.audit.command import sections, title
from checks.store import FORMAT


@dataclass(frozen=True)
class Audit:
    """One target.

    Attributes:
        title: the target with its arguments.
        kind: how it was run.
        sections: headings, each with its sentences.
        faults: how many things there are to look at.
        circumstances: the versions that it was made with.
        replay: the command that audits it again.
    """

    title: str
    kind: str
    sections: Sequence[tuple[str, Sequence[str]]]
    faults: int
    circumstances: str
    replay: str


def read(results: Path) -> tuple[list[Audit], list[str]]:
    """The audits of a results folder, and a sentence for each file that cannot be read."""
    found, unreadable = [], []
    for file in sorted(results.glob("audit-*.json")):
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            if stored["format"] != FORMAT:
                raise ValueError(f"format {stored['format']}")
            record = stored["audit"]
            found.append(
                Audit(
                    title=title(record),
                    kind=record["kind"],
                    sections=sections(record),
                    faults=len(record["faults"]),
                    circumstances=", ".join(f"{k} {v}" for k, v in stored["versions"].items()),
                    replay=stored["replay"],
                )
            )
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            unreadable.append(
                f"{file.name} has an unknown shape ({type(error).__name__}: {error}): "
                "remove it, and audit again."
            )
    return found, unreadable
