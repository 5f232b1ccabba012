"""What the index says of all theorems together: the survey's sentences, the exponents, the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.verdict import Word
from report.boxes import Box
from report.cells import Parts, interval
from report.evidence import Entry, Page, Site
from report.mathematics import constant
from report.numbers import fixed, number
from theorems.survey import BEYOND, CLAIMS, CLASSES, Claim


@dataclass(frozen=True)
class Sentence:
    """A sentence of the survey with the pages that decide it; a name without a page is left out."""

    claim: Claim
    shown: Sequence[Page]
    refuted: Sequence[Page]


def sentences(site: Site) -> list[tuple[str, list[Sentence]]]:
    """The survey's classes with their sentences; those of which nothing is known here are left out."""
    pages = {page.name: page for page in site.pages}
    found: dict[str, list[Sentence]] = {}
    for claim in CLAIMS:
        shown = [pages[name] for name in claim.shown if name in pages]
        refuted = [pages[name] for name in claim.refuted if name in pages]
        if shown or refuted:
            found.setdefault(CLASSES[claim.survey], []).append(Sentence(claim, shown, refuted))
    return list(found.items())


#: From the strongest to the weakest, as the ladder has its rungs; false beliefs stand beside it.
RUNGS = (
    Word.PROVED, Word.EXACT, Word.TIGHT, Word.HOLDS, Word.OPEN, Word.INCONCLUSIVE, Word.REFUTED, Word.ERROR,
)  # fmt: skip


def ladder(site: Site) -> list[tuple[Word, list[Page]]]:
    """The rungs that are not empty, each with its theorems."""
    rungs = [(word, [page for page in site.pages if page.word == word]) for word in RUNGS]
    return [(word, pages) for word, pages in rungs if pages]


#: The exponents that a strip of the map shows.
LOW, HIGH = -0.5, 2.5


@dataclass(frozen=True)
class Exponent:
    """A measured exponent on its strip.

    Attributes:
        claimed, measured: as printed.
        at: places of claim, estimate and the ends of its interval, in per cent of the strip.
    """

    page: Page
    entry: Entry
    letter: Box
    claimed: Parts
    measured: Parts
    at: dict[str, float]


def exponents(site: Site) -> list[tuple[str, list[Exponent]]]:
    """The exponents of condition numbers that were measured, in the survey's classes.

    A constant on which nothing depends, as claimed, is left out.
    """
    found: dict[str, list[Exponent]] = {}
    for page in site.pages:
        heading = CLASSES.get(page.theorem.survey, BEYOND)
        for entry in page.predictions:
            if entry.record.get("kind") != "Complexity" or entry.evidence is None:
                continue
            facts = entry.evidence.facts
            columns = (facts.get(key, ()) for key in ("against", "claimed", "exponents", "widths"))
            for name, claim, p, w in zip(*columns, strict=False):
                if "kappa" in name and claim != 0:
                    found.setdefault(heading, []).append(_exponent(page, entry, name, claim, p, w))
    order = [*CLASSES.values(), BEYOND]
    return [(heading, found[heading]) for heading in order if heading in found]


def _exponent(page: Page, entry: Entry, name: str, claim: float, p: float, w: float) -> Exponent:
    places = {"claimed": float(claim), "measured": p, "low": p - w, "high": p + w}
    at = {k: round(100 * (min(max(v, LOW), HIGH) - LOW) / (HIGH - LOW), 2) for k, v in places.items()}
    measured = (fixed(p, 3), " ", *interval([p - w, p + w]))
    return Exponent(page, entry, constant(name), (number(float(claim)),), measured, at)
