"""``python -m checks audit TARGET``: in a process of its own, within a time limit; a summary to read.

The target's code runs as it would if you ran it: audit only what you would run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.audit.targets import TargetError
from checks.evaluate import slug
from checks.evidence import number
from checks.store import FORMAT, Store, versions, write

#: The part of the time limit after which runs end by themselves, so that there is a summary.
SOFT = 0.8
#: One process, one thread: a problem of some hundred unknowns gains nothing from more.
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def parse(given: Sequence[str]) -> dict[str, str]:
    """``name=value`` arguments.

    Raises:
        TargetError: one without ``=``.
    """
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise TargetError(f"{text!r} is no argument; write name=value, as lr=1/L")
        found[name] = value
    return found


def command(target: str, given: Sequence[str], like: str, limit: float, results: Path) -> int:
    """Audit, store and print. The status is 0 without a fault, 1 with one (or where the theorem that was
    asked is violated), 2 where the target cannot be audited."""
    store = Store(results)
    store.check()
    try:
        arguments = parse(given)
        record = supervised(target, arguments, like, limit)
    except TargetError as error:
        print(error, file=sys.stderr)
        return 2
    replay = shlex.join(
        ["python", "-m", "checks", "audit", target, *given, *(["--like", like] if like else [])]
    )
    mark = hashlib.sha256(json.dumps([target, arguments, like]).encode()).hexdigest()[:6]
    file = results / f"audit-{slug(' '.join([target, *given]))[:80]}-{mark}.json"
    content = {"format": FORMAT, "versions": versions(), "replay": replay, "audit": record}
    write(file, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode())
    print("\n".join(summary(record)))
    print(f"stored in {file}")
    refused = bool(like) and any(f["word"] == "violates" for f in record["findings"])
    return int(bool(record["faults"]) or refused)


def supervised(target: str, arguments: Mapping[str, str], like: str, limit: float) -> dict[str, Any]:
    """The record of an audit in a process of its own, which is ended after ``limit`` seconds.

    Raises:
        TargetError: it cannot be audited, ends without an answer, or never ends.
    """
    with tempfile.TemporaryDirectory(prefix="rateproof-audit-") as folder:
        answer = Path(folder) / "answer.json"
        spec = {"target": target, "arguments": dict(arguments), "like": like, "seconds": SOFT * limit}
        process = subprocess.Popen(
            [sys.executable, "-m", "checks.audit", json.dumps(spec), str(answer)],
            env={**os.environ, **THREADS}, start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            _end(process)
            part = _read(answer).get("progress", "the import")
            raise TargetError(
                f"{target} did not come back within {limit:g} s (at: {part}) and was ended; a target has to "
                "return, or to ask its oracle; for a slow one there is --time-limit"
            ) from None
        except BaseException:
            _end(process)
            raise
        found = _read(answer)
    if "refused" in found:
        raise TargetError(found["refused"])
    if "record" not in found:
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        raise TargetError(
            f"{target} ended the process of the audit ({how}, at: {found.get('progress', 'the import')}); "
            "a target must not exit or crash"
        )
    return found["record"]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started: they are a group of their own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(answer: Path) -> dict[str, Any]:
    try:
        return json.loads(answer.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


# ---------------------------------------------------------------- the summary

#: What a theorem's statements come to: the last that one of them has.
RANK = ("satisfies", "undecided", "is faster than", "violates")


def summary(record: Mapping[str, Any]) -> list[str]:
    """The record as lines to read."""
    lines = [f"{title(record)}: {record['kind']}"]
    for heading, part in sections(record):
        lines += [f"  {heading}", *(f"    {line}" for line in part)]
    return lines


def title(record: Mapping[str, Any]) -> str:
    """The target with its arguments."""
    return " ".join([record["target"], *(f"{k}={v}" for k, v in record["arguments"].items())])


def sections(record: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """What was found, in headings and sentences; a heading without one is left out."""
    found = [
        ("what it is", list(_identity(record))),
        ("what it costs", list(_costs(record))),
        ("what it reports", list(record["honesty"]["lines"])),
        ("theorems", list(_theorems(record))),
        ("to look at", list(record["faults"])),
    ]
    return [(heading, lines) for heading, lines in found if lines]


def _identity(record: Mapping[str, Any]) -> Iterator[str]:
    yield from record["identity"]["lines"]
    for name, deviation in record["identity"]["matches"].items():
        yield f"its path is that of {name}, to {number(deviation):.2g} of |x*|"
    if not record["identity"]["lines"] and not record["identity"]["matches"]:
        yield "no known method takes its steps"


def _costs(record: Mapping[str, Any]) -> Iterator[str]:
    for scaling in record["scalings"].values():
        if scaling["trouble"]:
            yield f"it {scaling['trouble']}"
        if scaling["remark"]:
            yield scaling["remark"]
        powers = [
            f"{c}^{number(p):.3f} in [{number(p) - number(w):.3f}, {number(p) + number(w):.3f}]"
            for c, p, w in zip(scaling["against"], scaling["exponents"], scaling["widths"], strict=False)
        ]
        if powers:
            over = f"{scaling['problems'][0]} to {scaling['problems'][-1]}"
            yield f"epochs scale as {' and '.join(powers)} ({over})"
        if scaling["power of log(1/epsilon)"] and "n" not in scaling["against"]:
            p, w = map(number, scaling["power of log(1/epsilon)"])
            yield f"and as log(1/epsilon)^{p:.3f} in [{p - w:.3f}, {p + w:.3f}]"
    if record["epochs per iterate"] is not None:
        yield f"an iterate costs {number(record['epochs per iterate']):.3g} epochs, as the oracle counts them"


def _theorems(record: Mapping[str, Any]) -> Iterator[str]:
    if record["like"]:
        for finding in record["findings"]:
            yield f"{finding['word']} {finding['theorem']}, {finding['prediction']}: {finding['reason']}"
        if not record["findings"]:
            yield f"{record['like']} says nothing that can be asked of this target"
        return
    words: dict[str, str] = {}
    for finding in record["findings"]:
        word = "is faster than" if finding["faster"] else finding["word"]
        before = words.get(finding["theorem"], RANK[0])
        words[finding["theorem"]] = max(before, word, key=RANK.index)
    for word in RANK:
        names = [name for name, of in words.items() if of == word]
        if names:
            yield f"{word} {len(names)}: {', '.join(names)}"
    if words:
        yield "why: the same command with --like and a theorem's name"
