"""The code on trial: the stored table of gates, broken solvers, false alarms and z-scores as page models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import trust
from checks.store import versions
from report.cells import COMMA, Parts, method_cell
from report.numbers import fixed, number
from report.prose import sentence
from report.tables import Table

#: What makes the table.
COMMAND = "make trust"


@dataclass(frozen=True)
class Cell:
    """What a gate says of a solver.

    Attributes:
        text: "caught", "blind", "silent" (on a true solver), "7 of 10"; empty where it has nothing to say.
        named: whether this gate has to catch this solver.
        alarm: whether it is not as it should be.
    """

    text: str
    named: bool = False
    alarm: bool = False


@dataclass(frozen=True)
class Trust:
    """Everything that the page shows.

    Attributes:
        missing: a sentence that says what is not there; empty where the table is whole.
        lead: what was found, in sentences.
        gates: (name, what it compares, what it does not see).
        broken, true: (solver, one cell a gate).
        notes: sentences about the tables, by their names.
    """

    missing: str = ""
    lead: Sequence[str] = ()
    complaints: Sequence[str] = ()
    gates: Sequence[tuple[str, str, str]] = ()
    broken: Sequence[tuple[str, Sequence[Cell]]] = ()
    true: Sequence[tuple[str, Sequence[Cell]]] = ()
    alarms: Table | None = None
    scores: Table | None = None
    notes: dict[str, str] = field(default_factory=dict)
    circumstances: str = ""


def read(results: Path) -> Trust:
    """The stored table of a results folder; what cannot be read is said."""
    record = trust.load(results)
    try:
        lacking = [name for name in trust.PARTS if name not in record["parts"]]
        if len(lacking) == len(trust.PARTS):
            return Trust(f"Nothing is stored: {COMMAND} tries the code, in some minutes.")
        if lacking:
            return Trust(f"There is nothing on {', '.join(lacking)} yet: {COMMAND} goes on where it stopped.")
        return _whole(record)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return Trust(
            f"{trust.FILE} has an unknown shape ({type(error).__name__}: {error}): remove it, and run "
            f"{COMMAND}."
        )


def _whole(record: dict[str, Any]) -> Trust:
    solvers, alarms, scores = (record["parts"][name] for name in trust.PARTS)
    gates = list(record["gates"])
    repeated = solvers["repeated"]
    rows = [(row["solver"], _cells(row, gates, repeated), row["broken"]) for row in solvers["rows"]]
    changed = [
        f"{name} {old} (now {versions()[name]})"
        for name, old in record["environment"].items()
        if versions().get(name, old) != old
    ]
    seconds = sum(part["seconds"] for part in record["parts"].values())
    made = ", ".join(f"{name} {version}" for name, version in record["environment"].items())
    return Trust(
        lead=[sentence(line) + "." for line in trust.summary(record).split("\n")],
        complaints=[
            *(sentence(text) + "." for text in trust.complaints(record)),
            *([f"Made with other versions than are installed now: {', '.join(changed)}."] if changed else []),
        ],
        gates=[(name, gate["compares"], gate["unseen"]) for name, gate in record["gates"].items()],
        broken=[(name, cells) for name, cells, broken in rows if broken],
        true=[(name, cells) for name, cells, broken in rows if not broken],
        alarms=_alarms(alarms),
        scores=_scores(scores),
        notes={
            "solvers": f"Every gate was tried {repeated} times, with other draws each time, at level "
            f"{solvers['level']:g}. “Caught” means every time, “blind” never.",
            "alarms": f"Each gate was tried {alarms['repetitions']} times on the true solver, at level "
            f"{alarms['level']:g}; the rate lies between the Clopper-Pearson limits with confidence "
            f"{1 - alarms['doubt']:g}. The replay and the pathwise identity have no false alarms.",
            "scores": f"One score a time and measure, each from {scores['runs']} runs of its own, where a "
            "pilot finds the relative standard deviation at most 0.9 and the skewness small for so many "
            f"runs; {trust.totals(scores)['left out']} times and measures do not pass.",
        },
        circumstances=f"{made}; {seconds:.0f} s of work",
    )


def _cells(row: dict[str, Any], gates: Sequence[str], repeated: int) -> list[Cell]:
    cells = []
    for gate in gates:
        if gate not in row["alarms"]:
            cells.append(Cell(""))
            continue
        count, named = row["alarms"][gate], gate in row["caught"]
        amiss = (named and count < repeated) or (gate in row["blind"] and count > 0)
        never = "blind" if row["broken"] else "silent"
        text = "caught" if count == repeated else f"{count} of {repeated}" if count else never
        cells.append(Cell(text, named, amiss))
    return cells


def _alarms(part: dict[str, Any]) -> Table:
    rows: list[Sequence[Parts]] = [
        (
            (row["gate"],),
            (row["solver"],),
            (part["tries"][row["gate"]],),
            (number(row["alarms"]),),
            ("[", fixed(row["low"], 4), COMMA, fixed(row["high"], 4), "]"),
        )
        for row in part["rows"]
    ]
    head = ["gate", "true solver", "one try", f"alarms in {part['repetitions']}", "rate"]
    return Table(head, rows, [False, False, False, True, True])


def _scores(part: dict[str, Any]) -> Table:
    rows: list[Sequence[Parts]] = [
        (
            method_cell(row["method"]),
            (row["instance"],),
            (number(row["scores"]),),
            (fixed(row["squares"], 1),),
            (fixed(row["largest"], 2),),
        )
        for row in part["rows"]
    ]
    return Table(
        ["method", "instance", "scores", "sum of squares", "largest"], rows, [False, False, True, True, True]
    )
