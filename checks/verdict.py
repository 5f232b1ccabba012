"""The verdicts, and what each may rest on."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Word(enum.StrEnum):
    """A verdict. The order is that of a headline: what needs attention first, then the strongest."""

    ERROR = "ERROR"
    REFUTED = "REFUTED"
    INCONCLUSIVE = "INCONCLUSIVE"
    PROVED = "PROVED"
    EXACT = "EXACT"
    TIGHT = "TIGHT"
    HOLDS = "HOLDS"
    OPEN = "OPEN"


#: What each word means; printed in the report and the README.
MEANING = {
    Word.PROVED: "a certificate that a small kernel re-checked",
    Word.EXACT: "an exact computation agrees",
    Word.TIGHT: "not refuted on any instance, and attained on one",
    Word.HOLDS: "not refuted on any instance; the tightness is given",
    Word.REFUTED: "false: a counterexample is given",
    Word.INCONCLUSIVE: "the evidence does not decide; the reason is given",
    Word.OPEN: "nobody knows; the measured range is given",
    Word.ERROR: "the check itself failed",
}

CONFIRMING = {Word.PROVED, Word.EXACT, Word.TIGHT, Word.HOLDS, Word.OPEN}


@dataclass(frozen=True)
class Verdict:
    """A word, the sentence that supports it, and the detector that decided."""

    word: Word
    reason: str
    detector: str

    def to_json(self) -> dict[str, str]:
        return {"word": str(self.word), "reason": self.reason, "detector": self.detector}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> Verdict:
        return cls(Word(data["word"]), data["reason"], data["detector"])


def as_expected(verdict: Verdict, expect: str | None) -> bool:
    """Whether a test that expects this passes: a confirmation, unless another word was announced."""
    return verdict.word == expect if expect else verdict.word in CONFIRMING


def headline(verdicts: list[tuple[Verdict, str | None]]) -> Word:
    """The theorem's word from its predictions' (verdict, expected word).

    The first of ERROR, unexpected REFUTED, INCONCLUSIVE, else REFUTED for a belief whose refutation
    was expected, else the strongest.
    """
    words = [v.word for v, _ in verdicts]
    if Word.ERROR in words:
        return Word.ERROR
    unexpected = [v.word for v, expect in verdicts if not as_expected(v, expect)]
    for word in (Word.REFUTED, Word.INCONCLUSIVE):
        if word in unexpected:
            return word
    if Word.REFUTED in words:
        return Word.REFUTED
    return min(words, key=list(Word).index)
