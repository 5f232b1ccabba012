"""What a failing test prints: the verdict, predicted against measured, the instance, the replay line."""

from __future__ import annotations

import math
from typing import Any

from checks.evidence import number


def describe(record: dict[str, Any]) -> str:
    """The failure in a few lines, with the smallest counterexample where there is one."""
    verdict = record["verdict"]
    if record["rival"]:
        head = f"{record['theorem']}: the rival {record['rival']!r} survives, {verdict['word']}"
    else:
        wanted = f", expected {record['expect']}" if record["expect"] else ""
        head = f"{record['theorem']}, {record['prediction']}: {verdict['word']}{wanted}"
    facts = (record["evidence"] or {}).get("facts") or {}
    lines = [head, verdict["reason"], *_compared(facts), f"replay: {record['replay']}"]
    return "\n  ".join(lines)


def _compared(facts: dict[str, Any]) -> list[str]:
    """Predicted against measured, in one line."""
    first, worst = facts.get("first"), facts.get("worst")
    if first:
        predicted, measured = (_power(number(first[f"ln {key}"])) for key in ("predicted", "measured"))
        where = f"epoch {first['epoch']:g} on {first['instance']}"
        return [f"smallest case: predicted {predicted}, measured {measured}, at {where}"]
    if worst and "exact" in worst:
        return [f"predicted {worst['predicted']}, exact {worst['exact']}, on {worst['instance']}"]
    return []


def _power(log: float) -> str:
    """e^log as a reader writes it."""
    return f"{math.exp(log):.6g}" if abs(log) < 300 else f"10^{log / math.log(10):.2f}"
