"""What changed between two runs: verdicts, exponents, and numbers that left their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.cells import Parts, one_text
from report.evidence import Entry, Site
from report.numbers import fixed
from report.summary import summary


@dataclass(frozen=True)
class Change:
    """An entry that is not what it was; ``what`` is "verdict", "exponent", "measured", "new" or "gone"."""

    theorem: str
    entry: str
    what: str
    before: Parts
    now: Parts


NOTHING: Parts = ("–",)


def changes(old: Site, new: Site) -> list[Change]:
    """What changed, verdicts first."""
    before, now = _entries(old), _entries(new)
    found: list[Change] = []
    for key in dict.fromkeys([*now, *before]):
        a, b = before.get(key), now.get(key)
        if a is None or a.verdict is None:
            if b is not None and b.verdict is not None:
                found.append(Change(*key, "new", NOTHING, _word(b)))
            continue
        if b is None or b.verdict is None:
            found.append(Change(*key, "gone", _word(a), NOTHING))
            continue
        mine = [Change(*key, "verdict", _word(a), _word(b))] if a.verdict.word != b.verdict.word else []
        mine += [Change(*key, "exponent", *pair) for pair in _exponents(a, b)]
        if not mine and b.prediction is not None and b.rival is None:
            told, tells = summary(a)[1], summary(b)[1]
            mine += [Change(*key, "measured", told, tells)] if told != tells else []
        found += mine
    order = ["verdict", "gone", "new", "exponent", "measured"]
    return sorted(found, key=lambda c: order.index(c.what))


def _entries(site: Site) -> dict[tuple[str, str], Entry]:
    return {(page.name, entry.name): entry for page in site.pages for entry in page.entries}


def _word(entry: Entry) -> Parts:
    assert entry.verdict is not None
    return (str(entry.verdict.word).lower(),)


def _exponents(a: Entry, b: Entry) -> list[tuple[Parts, Parts]]:
    """Pairs of exponents that differ by more than both intervals allow."""

    def told(entry: Entry) -> dict[str, tuple[float, float]]:
        facts: dict[str, Any] = entry.evidence.facts if entry.evidence is not None else {}
        columns = (facts.get(k, ()) for k in ("against", "exponents", "widths"))
        return {name: (p, w) for name, p, w in zip(*columns, strict=False)}

    if a.record.get("kind") != "Complexity" or b.record.get("kind") != "Complexity":
        return []
    old, new = told(a), told(b)
    return [
        ((f"{name}^", fixed(old[name][0], 3)), (f"{name}^", fixed(p, 3)))
        for name, (p, w) in new.items()
        if name in old and abs(p - old[name][0]) > w + old[name][1]
    ]


def lines(found: list[Change]) -> list[str]:
    """One line a change, for the terminal."""
    return [f"{c.theorem}, {c.entry}: {c.what}, {one_text(c.before)} -> {one_text(c.now)}" for c in found]
