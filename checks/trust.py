"""The code on trial: which gate catches which broken solver, how often a gate alarms on a true one, and how
the means of many runs agree with exact expectations.

``python -m checks trust`` stores what it finds as ``trust.json`` in the results folder, part by part. A part
is read again while its key is unchanged.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import scipy.special

from checks.gates import GATES, LEVEL, expected, law, martingale
from checks.gates.claims import CLAIMS, SMALL, scored
from checks.gates.faults import FAULTS
from checks.gates.solver import Claim
from checks.store import FORMAT, key, versions, write

FILE = "trust.json"
#: How often every gate is tried on every solver.
REPEATED = 10
#: The level at which false alarms are counted, and how often a gate is tried.
RATE, REPETITIONS = 1e-2, 10_000
#: Chance that the limits of a counted rate do not hold it.
DOUBT = 1e-3
#: Chance that the sum of squared scores of true solvers leaves its band; no score may be larger than LARGEST.
BAND, LARGEST = 1e-4, 5.0

Progress = Iterator[tuple[str, dict[str, Any]]]  # what was done, and a row of the table


def clopper_pearson(hits: int, count: int, doubt: float) -> tuple[float, float]:
    """The two-sided limits of a chance that showed itself ``hits`` times in ``count``."""
    low = float(scipy.special.betaincinv(hits, count - hits + 1, doubt / 2)) if hits else 0.0
    high = float(scipy.special.betaincinv(hits + 1, count - hits, 1 - doubt / 2)) if hits < count else 1.0
    return low, high


# ---------------------------------------------------------------- broken solvers


def tried() -> Progress:
    """Every gate on every solver, true ones first, each ``REPEATED`` times."""
    true = [(f"{name}, as shipped", claim.shipped, name, (), tuple(GATES)) for name, claim in CLAIMS.items()]
    broken = [(name, *fault) for name, fault in FAULTS.items()]
    for name, solver, of, caught, blind in [*true, *broken]:
        claim = CLAIMS[of]
        alarms = {
            gate: int(GATES[gate].alarms(solver, claim, range(REPEATED), LEVEL).sum())
            for gate in GATES
            if GATES[gate].speaks(claim)
        }
        yield (
            name,
            {
                "solver": name,
                "broken": name in FAULTS,
                "alarms": alarms,
                "caught": list(caught),
                "blind": [gate for gate in blind if gate in alarms],
            },
        )


# ---------------------------------------------------------------- false alarms

#: The statistical gates at a size at which they can be tried very often.
QUICK: dict[str, Callable[..., Any]] = {
    "one step": functools.partial(martingale.martingale, runs=1, count=100),
    "expectation": expected.expected_once,
    "indices": functools.partial(law.indices, count=1600),
    "coins": functools.partial(law.coins, count=1600),
}
#: What is behind one try of a quick gate.
TRY = {
    "one step": "1 run of 100 steps",
    "expectation": f"{expected.RUNS} runs, no second look",
    "indices": "the draws of 1600 steps",
    "coins": "the draws of 1600 steps",
}


#: Methods that draw in different ways: what a gate on draws says of them says all.
KINDS = {"indices": ("CD", "Mini-batch SGD", "Kaczmarz"), "coins": ("L-SVRG",)}


def false_alarms(repetitions: int = REPETITIONS) -> Progress:
    for gate, alarms in QUICK.items():
        for name in KINDS.get(gate, tuple(SMALL)):
            claim = SMALL[name]
            count = int(alarms(claim.shipped, claim, range(repetitions), RATE).sum())
            low, high = clopper_pearson(count, repetitions, DOUBT)
            row = {"gate": gate, "solver": name, "alarms": count, "low": low, "high": high}
            yield f"{gate}, {name}", row


# ---------------------------------------------------------------- expectations


def brief(method: Any) -> str:
    """The method with those of its hyper-parameters that are not the published ones."""
    own = {f: v for f, v in method._asdict().items() if v != type(method)._field_defaults[f]}
    return f"{type(method).__name__}({', '.join(f'{f}={v}' for f, v in own.items())})"


def agreement() -> Progress:
    """A row a method and instance: how many scores it has, the largest, and the sum of their squares."""
    mine: Claim | None = None
    found: list[float] = []

    def row(claim: Claim) -> tuple[str, dict[str, Any]]:
        method, instance = brief(claim.method), claim.instance.label.removeprefix("scores, ")
        squares = sum(z * z for z in found)
        largest = max(map(abs, found))
        return type(claim.method).__name__, {
            "method": method, "instance": instance, "scores": len(found), "squares": squares,
            "largest": largest, "left out": 2 * len(claim.times) - len(found),
        }  # fmt: skip

    for score in expected.scores(scored()):
        if mine is not None and score.claim is not mine:
            yield row(mine)
            found = []
        mine = score.claim
        found.append(score.z)
    if mine is not None:
        yield row(mine)


# ---------------------------------------------------------------- the record

PARTS: dict[str, tuple[Callable[[], Progress], dict[str, Any]]] = {
    "solvers": (tried, {"level": LEVEL, "repeated": REPEATED}),
    "false alarms": (
        false_alarms,
        {"level": RATE, "repetitions": REPETITIONS, "doubt": DOUBT, "tries": TRY},
    ),
    "expectations": (agreement, {"runs": expected.MANY, "band level": BAND, "limit": LARGEST}),
}


def load(folder: Path) -> dict[str, Any]:
    """The stored record; its parts are empty where there is none, or none of this format."""
    try:
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    whole = isinstance(record, dict) and record.get("format") == FORMAT
    return record if whole else {"format": FORMAT, "parts": {}}


def trust(folder: Path, say: Callable[[str], None] = print) -> list[str]:
    """Do what is not stored, store it, and return the ``complaints``."""
    record = load(folder)
    record["environment"] = versions()
    record["gates"] = {
        name: {"compares": gate.compares, "unseen": gate.unseen, "statistical": gate.statistical}
        for name, gate in GATES.items()
    }
    for name, (work, about) in PARTS.items():
        wanted = key([name, about])
        if record["parts"].get(name, {}).get("key") == wanted:
            say(f"{name}: stored, nothing has changed")
            continue
        began = time.monotonic()
        rows = []
        for done, row in work():
            rows.append(row)
            say(f"{name}: {done} ({time.monotonic() - began:.0f} s)")
        record["parts"][name] = {
            "key": wanted, **about, "rows": rows, "seconds": round(time.monotonic() - began, 1)
        }  # fmt: skip
        write(folder / FILE, json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False).encode())
    say(summary(record))
    return complaints(record)


def totals(part: dict[str, Any]) -> dict[str, Any]:
    """All scores together: count, sum of squares with its band, largest."""
    count = sum(row["scores"] for row in part["rows"])
    return {
        "count": count,
        "squares": sum(row["squares"] for row in part["rows"]),
        "band": expected.chi_square_band(count, part["band level"]),
        "largest": max(row["largest"] for row in part["rows"]),
        "left out": sum(row["left out"] for row in part["rows"]),
    }


def summary(record: dict[str, Any]) -> str:
    """What was found, in three lines."""
    solvers, alarms, scores = (record["parts"][name] for name in PARTS)
    broken = [row for row in solvers["rows"] if row["broken"]]
    caught = sum(any(k == solvers["repeated"] for k in row["alarms"].values()) for row in broken)
    worst = max(alarms["rows"], key=lambda row: row["high"])
    found = totals(scores)
    low, high = found["band"]
    return (
        f"{caught} of {len(broken)} broken solvers are caught every time\n"
        f"false alarms at level {alarms['level']:g}: at most {worst['alarms']} of {alarms['repetitions']}, "
        f"a rate in [{worst['low']:.4f}, {worst['high']:.4f}] ({worst['gate']}, {worst['solver']})\n"
        f"{found['count']} z-scores of {scores['runs']} runs each: sum of squares {found['squares']:.1f} in "
        f"[{low:.1f}, {high:.1f}], the largest {found['largest']:.2f}"
    )


def complaints(record: dict[str, Any]) -> list[str]:
    """What is not as it should be, a sentence each."""
    solvers, alarms, scores = (record["parts"][name] for name in PARTS)
    said = []
    for row in solvers["rows"]:
        for gate in row["caught"]:
            if row["alarms"][gate] < solvers["repeated"]:
                said.append(
                    f"{gate} should catch “{row['solver']}” and did "
                    f"{row['alarms'][gate]} of {solvers['repeated']} times"
                )
        said += [
            f"{gate} should be blind to “{row['solver']}” and alarmed {row['alarms'][gate]} times"
            for gate in row["blind"]
            if row["alarms"][gate]
        ]
    said += [
        f"{row['gate']} alarms too often on {row['solver']}: at least {row['low']:.4f}"
        for row in alarms["rows"]
        if row["low"] > alarms["level"]
    ]
    found = totals(scores)
    low, high = found["band"]
    if not low <= found["squares"] <= high:
        said.append(
            f"the sum of the squared z-scores, {found['squares']:.1f}, is not in [{low:.1f}, {high:.1f}]"
        )
    if found["largest"] >= scores["limit"]:
        said.append(f"a z-score of {found['largest']:.2f} is too large")
    return said
