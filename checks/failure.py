"""What a failing test prints: the verdict, predicted against measured, the instance, the replay line."""

from __future__ import annotations

from typing import Any


def describe(record: dict[str, Any]) -> str:
    """The failure in a few lines."""
    verdict = record["verdict"]
    if record["rival"]:
        head = f"{record['theorem']}: the rival {record['rival']!r} survives, {verdict['word']}"
    else:
        wanted = f", expected {record['expect']}" if record["expect"] else ""
        head = f"{record['theorem']}, {record['prediction']}: {verdict['word']}{wanted}"
    lines = [head, f"  {verdict['reason']}"]
    worst = ((record["evidence"] or {}).get("facts") or {}).get("worst")
    if worst:
        shown = {k: worst[k] for k in ("predicted", "measured", "exact", "epoch") if k in worst}
        lines.append("  " + ", ".join(f"{k} {v}" for k, v in shown.items()) + f" on {worst['instance']}")
    lines.append(f"  replay: {record['replay']}")
    return "\n".join(lines)
