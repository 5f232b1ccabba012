"""The audit of one target, from its import path to a record that is plain data."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from checks.audit.honesty import honesty
from checks.audit.identify import Identity, identify, identify_sum
from checks.audit.measure import Scaling, draws, scalings, work_per_iterate
from checks.audit.targets import Adapter, RidgeSolver, TargetError, adapter
from checks.audit.verdicts import Finding, find
from checks.evidence import plain
from theorems.theorem import Theorem, catalogue


def quiet(text: str) -> None:
    """Say nothing."""


def audit(
    target: Any,
    arguments: Mapping[str, Any] | None = None,
    *,
    like: str = "",
    seconds: float = 240.0,
    say: Callable[[str], None] = quiet,
) -> dict[str, Any]:
    """Audit a target; the record has only what JSON has.

    Args:
        target: an import path, or the object itself.
        arguments: its arguments; texts are formulas in the constants.
        like: the name of the only theorem that is asked.
        seconds: runs end after that time; a target that never returns has to be ended from outside.

    Raises:
        TargetError: it cannot be audited, or there is no such theorem.
    """
    deadline = time.monotonic() + seconds
    found = adapter(target, arguments)
    if like:
        chosen(like)  # a wrong name is said at once
    say("what it asks")
    on_sums = draws(found, deadline)
    say("its steps")
    if isinstance(found, RidgeSolver):
        identity = Identity(lines=["its loop is compiled: single steps cannot be seen"])
    elif not on_sums:
        identity = identify(found, deadline)
    else:
        identity = identify_sum(found, deadline)
    say("what it reports")
    told = honesty(found, deadline)
    measured = scalings(found, deadline, say)
    say("the theorems")
    findings = find(chosen(like), measured)
    return plain(
        {
            "target": target if isinstance(target, str) else getattr(found, "name", str(target)),
            "arguments": {k: str(v) for k, v in (arguments or {}).items()},
            "kind": found.text,
            "like": like,
            "identity": identity.to_json(),
            "honesty": told.to_json(),
            "scalings": {name: s.to_json() for name, s in measured.items()},
            "epochs per iterate": _work(measured, found),
            "findings": [f.to_json() for f in findings],
            "faults": [*identity.faults, *told.faults, *(s.trouble for s in measured.values() if s.trouble)],
        }
    )


def _work(measured: Mapping[str, Scaling], found: Adapter) -> float | None:
    return None if isinstance(found, RidgeSolver) else work_per_iterate(next(iter(measured.values())))


def chosen(like: str) -> list[Theorem]:
    """The catalogue, or one theorem of it.

    Raises:
        TargetError: there is none of that name.
    """
    known = catalogue()
    if not like:
        return [theorem for theorem, _ in known.values()]
    if like not in known:
        import difflib

        near = difflib.get_close_matches(like, known, n=3, cutoff=0.4)
        hint = f"; near it are {', '.join(near)}" if near else ""
        raise TargetError(f"there is no theorem {like!r}{hint}; python -m theorems lists them")
    return [known[like][0]]


__all__ = ["Finding", "audit"]
