"""One file per kind of prediction: ``collect`` makes evidence of runs, ``judge`` a verdict of evidence."""

from checks.kinds import (
    bound,
    complexity,
    counterexample,
    finite_termination,
    identity,
    measurement,
    moments,
    open_question,
    order,
    rate,
    speed_up,
)

#: The module that tries each kind.
KINDS = {
    "Bound": bound,
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
}
