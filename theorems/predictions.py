r"""The kinds of prediction. Each says what is claimed; ``checks`` knows how it is tried.

A prediction is data: sympy expressions in the symbols of ``theorems.symbols``, from which come the
number that is checked, the exponents that are fitted, and the mathematics that is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy as sp

from solvers.problems.families import Family
from theorems.performance import Cycle, Obligation
from theorems.symbols import distance, epsilon, gap, kappa, m, t


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What all kinds share.

    Attributes:
        method: tried instead of the theorem's method.
        instances: tried instead of the theorem's instances.
        full: a larger family for the full profile.
        epochs: budget of a run, an expression in the problem's constants; the theorem's if None.
        seeds: how many runs an instance gets; they choose the start and the random stream.
        quick: whether the quick profile runs it.
        standard: whether the standard and the quick profile run it, not the full one alone.
        expect: the verdict that is expected where it is not a confirmation ("REFUTED" of a false
            belief, "INCONCLUSIVE" with a reason in ``remark``).
        label: tells predictions of one kind apart; unique within a theorem.
        remark: what a reader should know of it.
    """

    kind: ClassVar[str]

    method: Any = None
    instances: Family | None = None
    full: Family | None = None
    epochs: Any = None
    seeds: int = field(default=1, kw_only=True)
    quick: bool = field(default=True, kw_only=True)
    standard: bool = True
    expect: str | None = None
    label: str = ""
    remark: str = ""

    def runs_in(self, profile: str) -> bool:
        """Whether this profile runs it."""
        return profile == "full" or (self.standard and (self.quick or profile != "quick"))

    @property
    def id(self) -> str:
        """Kind and label as a file name."""
        label = "".join(c if c.isalnum() else "-" for c in self.label)
        return "-".join([self.kind.lower(), *(part for part in label.split("-") if part)])


@dataclass(frozen=True)
class Bound(Prediction):
    r"""At every t, measure <= expression (or >=, with ``side="lower"``).

    The expression is in t, the constants, and the initial errors R and Delta.

    Attributes:
        side: "upper" or "lower".
        at: "all", or "end" for a run's last t only, where the method or the worst case is chosen for it.
        average: "none" for every single run; "sampled" for the mean over the seeds; "exact" for the
            expectation, computed exactly from the method's own step.
        rounding: how the rounding of a run may grow with t, in units of 8 u; t unless the iteration
            is defective (heavy ball at lambda = L: t^2).
    """

    kind: ClassVar[str] = "Bound"

    measure: Any = distance
    expression: Any = sp.Integer(0)
    side: str = "upper"
    at: str = "all"
    average: str = "none"
    rounding: Any = t


@dataclass(frozen=True)
class Identity(Prediction):
    r"""measure = expression, to rounding, at every t (or at a run's last t, with ``at="end"``).

    An expression that contains lambda is a residual polynomial: mode i of the error is the
    expression at lambda_i times its initial value.
    """

    kind: ClassVar[str] = "Identity"

    measure: Any = distance
    expression: Any = sp.Integer(0)
    at: str = "all"
    rounding: Any = t


@dataclass(frozen=True)
class Rate(Prediction):
    r"""The measure shrinks by ``expression`` per epoch in the long run.

    For a method that is linear in the error the factor is computed exactly from its own step: the
    spectral radius, or for a sampled method the mean-square factor of the expectation of the squared
    distance (``average="exact"``; then the measure is its square root). A run is measured beside it.
    ``within`` is an interval (low, high) of expressions instead of one value.
    """

    kind: ClassVar[str] = "Rate"

    expression: Any = None
    within: tuple[Any, Any] | None = None
    average: str = "none"


@dataclass(frozen=True)
class SpeedUp(Prediction):
    r"""In the long run the method needs ``within`` times fewer epochs than ``over`` for the same factor.

    Both factors per epoch are computed exactly, each from its method's own step, as for ``Rate``.
    """

    kind: ClassVar[str] = "SpeedUp"

    over: Any = None
    within: tuple[Any, Any] = (sp.Integer(1), sp.oo)


@dataclass(frozen=True)
class Complexity(Prediction):
    r"""The epochs to accuracy epsilon scale as ``expression``.

    The claimed exponents follow from the expression: its powers in the constants ``against``.

    Attributes:
        measure: whose reduction is counted.
        against: what the instances vary: constants, or logs of constants.
        between: the two accuracies between which epochs are counted (a difference has no prefactor).
        average: "none"; "sampled" for the mean over the seeds; or "exact" for the expectation, computed
            exactly from the method's own step.
        leading: whether the expression's leading constant is claimed too, as the constants grow.
        long_run: whether the epochs are those of the long run, 1/ln(1/factor) for a factor e, from the exact
            factor of the method's own step and without a run; epsilon is then no question.
        instances: at least eight, geometric in each constant.
    """

    kind: ClassVar[str] = "Complexity"

    expression: Any = kappa * sp.log(1 / epsilon)
    measure: Any = distance
    against: tuple[sp.Expr, ...] = (kappa,)
    between: tuple[float, float] = (1e-10, 1e-60)
    average: str = "none"
    leading: bool = False
    long_run: bool = False
    seeds: int = field(default=5, kw_only=True)
    quick: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Order(Prediction):
    r"""The measure falls as (t + origin)^(-exponent); the slope of log error on log (t + origin).

    With ``rechosen`` the family has one instance for every t, and each is read at its last epoch.
    ``average`` is "none", "sampled" or "exact", as for ``Bound``.
    """

    kind: ClassVar[str] = "Order"

    measure: Any = distance
    exponent: Any = sp.Integer(1)
    origin: Any = sp.Integer(0)
    rechosen: bool = False
    average: str = "none"


@dataclass(frozen=True)
class Moments(Prediction):
    r"""An expectation is ``expression``: that of the measure in the long run, or its sum over all steps.

    Attributes:
        measure: gap or distance**2 or a combination of them where ``average`` is "exact".
        of: "limit", or "sum" for the sum over all steps 0, 1, 2, ...; the expression may then have the
            initial errors R and Delta.
        average: "sampled" for runs, by z-score; "exact" from the method's own step.
    """

    kind: ClassVar[str] = "Moments"

    measure: Any = distance
    expression: Any = sp.Integer(0)
    of: str = "limit"
    average: str = "sampled"
    seeds: int = field(default=64, kw_only=True)


@dataclass(frozen=True)
class FiniteTermination(Prediction):
    r"""The error is exactly zero after ``steps`` steps and not before, in ``digits``-digit arithmetic."""

    kind: ClassVar[str] = "FiniteTermination"

    steps: Any = m
    digits: int = 300


@dataclass(frozen=True)
class Proof(Prediction):
    r"""The obligation holds for every function of its class, by a certificate that the kernel re-checks.

    Attributes:
        obligation: what is proved; its certificate is ``certificates/NAME.json``.
        sha256: the statement's hash, so that no certificate for another statement can stand in.
        values: the obligation's variables as expressions in the method's constants, if the points of the
            statement are those of the theorem's method; then the method's own step is followed.
        samples: constants at which the step is followed, as rational numbers, if the usual ones do not do.
        whole: whether the obligation is what the theorem states; a proof of a part of it is no headline.
    """

    kind: ClassVar[str] = "Proof"

    obligation: Obligation | Cycle | None = None
    sha256: str = ""
    values: Mapping[str, Any] | None = None
    samples: Sequence[Mapping[sp.Symbol, Any]] = ()
    whole: bool = True


@dataclass(frozen=True)
class Counterexample(Prediction):
    r"""A statement is false: ``witness(method)`` returns exact evidence for it.

    ``witness`` runs the method's own steps on rationals (``solvers.exact``) and returns a
    ``Witness``; it is called by the check, not by the theorem.
    """

    kind: ClassVar[str] = "Counterexample"

    belief: str = ""
    witness: Callable[[Any], Witness] | None = None


@dataclass(frozen=True)
class Witness:
    """What a counterexample rests on: lines to read, and whether they add up."""

    holds: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Calculation(Prediction):
    r"""Numbers that theory gives for what is computed, each with the interval that it must lie in.

    For statements about other things than the error along a run: the spectrum of an initialisation, a
    conserved quantity, the order of an approximation.

    Attributes:
        compute: called by the check, with the method first if there is one, then ``arguments``.
        arguments: what ``compute`` is called with; a rival changes them.
        rests_on: "identity" where the intervals are those of rounding, "sample" where they are those of a
            mean at a family-wise level, "slope" where they are the margin of a fitted exponent, "bound"
            where the theory gives the interval.
        expression: the formula that is shown, if there is one.
        ran: what is computed, in a few words.
        drawn: the names of both axes of a figure, if the numbers that have a place are to be drawn.
    """

    kind: ClassVar[str] = "Calculation"

    compute: Callable[..., Sequence[Fact]] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    rests_on: str = "identity"
    expression: Any = None
    ran: str = ""
    drawn: tuple[str, str] | None = None


@dataclass(frozen=True)
class Fact:
    """One number: what it is, its predicted value, the measured one, and where that must lie.

    ``at`` is its place on the horizontal axis of a figure, if it has one, ``curve`` the line it belongs to
    there, "measured" or "predicted".
    """

    what: str
    predicted: float
    measured: float
    low: float
    high: float
    at: float | None = None
    curve: str = "measured"


@dataclass(frozen=True)
class Statement:
    """A statement about an open question, registered before it is measured.

    ``quantity`` names a number in the evidence, which must lie in (low, high).
    """

    text: str
    quantity: str
    low: float
    high: float


@dataclass(frozen=True)
class Open(Prediction):
    r"""Nobody knows. The exponent of the epochs in ``against`` is measured; statements may be refuted.

    Attributes:
        between: the accuracies between which epochs are counted: a pair, or several, of which the runs
            reach the smallest. With several the exponents are drawn as a map: spectrum and size against
            start and accuracies.
    """

    kind: ClassVar[str] = "Open"

    measure: Any = distance
    against: sp.Symbol = kappa
    between: tuple[float, float] | tuple[tuple[float, float], ...] = (1e-2, 1e-8)
    statements: Sequence[Statement] = ()
    seeds: int = field(default=8, kw_only=True)
    quick: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Measurement(Prediction):
    r"""No claim: the epochs that methods need on instances which nobody designed, in one table.

    Attributes:
        methods: pairs of a method and its budget of epochs, an expression in the constants.
        measure: the mean over the seeds of its value relative to the start must fall to an accuracy.
        accuracies: in decreasing order.
    """

    kind: ClassVar[str] = "Measurement"

    methods: Sequence[tuple[Any, Any]] = ()
    measure: Any = gap
    accuracies: tuple[float, ...] = (1e-3, 1e-6, 1e-12)
    seeds: int = field(default=8, kw_only=True)
    quick: bool = field(default=False, kw_only=True)
