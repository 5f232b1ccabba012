"""One file per kind of prediction: ``collect`` makes evidence of runs, ``judge`` a verdict of evidence."""

from checks.evidence import Evidence
from checks.kinds import (
    bound,
    calculation,
    complexity,
    counterexample,
    finite_termination,
    identity,
    measurement,
    moments,
    open_question,
    order,
    proof,
    rate,
    speed_up,
)
from checks.trial import Trial
from checks.verdict import Verdict
from theorems.predictions import Prediction

#: The module that tries each kind.
KINDS = {
    "Bound": bound,
    "Calculation": calculation,
    "Identity": identity,
    "Rate": rate,
    "SpeedUp": speed_up,
    "Complexity": complexity,
    "Order": order,
    "Moments": moments,
    "FiniteTermination": finite_termination,
    "Counterexample": counterexample,
    "Open": open_question,
    "Measurement": measurement,
    "Proof": proof,
}


def collect(prediction: Prediction, trial: Trial) -> Evidence:
    """What was measured of this prediction."""
    return KINDS[prediction.kind].collect(prediction, trial)


def judge(prediction: Prediction, evidence: Evidence) -> Verdict:
    """The verdict that this evidence supports; a pure function of its arguments."""
    return KINDS[prediction.kind].judge(prediction, evidence)
