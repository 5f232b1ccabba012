"""Is a believed statement false? An exact witness, from the methods' own steps on rationals."""

from __future__ import annotations

from checks.evidence import Evidence
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers import method as protocol
from theorems.predictions import Counterexample


def collect(prediction: Counterexample, trial: Trial) -> Evidence:
    if prediction.witness is None:
        raise ValueError(f"prediction {prediction.id!r} has no witness; give witness= a function")
    witness = prediction.witness(trial.method)
    return Evidence(
        rows=[{"instance": line} for line in witness.lines],
        facts={"holds": witness.holds, "belief": prediction.belief},
        ran=f"{protocol.name(trial.method)}, its own steps in exact rational arithmetic",
        limits="One witness shows that the statement is not true in general; it says nothing of how often "
        "it fails.",
    )


def judge(prediction: Counterexample, evidence: Evidence) -> Verdict:
    if not evidence.facts["holds"]:
        lines = "; ".join(row["instance"] for row in evidence.rows)
        return Verdict(
            Word.REFUTED, f"the exact computation contradicts the witness: {lines}", "exact witness"
        )
    return Verdict(Word.EXACT, f"refutes the belief that {evidence.facts['belief']}", "exact witness")
