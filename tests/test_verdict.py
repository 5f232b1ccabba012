"""Evidence to verdict is a pure function; a detector refutes what is false, and nothing else."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import sympy as sp

from checks import test_rivals
from checks.evaluate import Task, attempt
from checks.evidence import Evidence
from checks.kinds import judge
from checks.store import Store
from checks.trial import Settings, Trial
from checks.verdict import Verdict, Word, as_expected, headline
from solvers import GradientDescent
from solvers.problems import spectra
from solvers.problems.families import quadratics
from solvers.problems.instance import Premise
from theorems.predictions import (
    Bound,
    Calculation,
    Complexity,
    Counterexample,
    FiniteTermination,
    Identity,
    Moments,
    Open,
    Order,
    Prediction,
    Rate,
    SpeedUp,
)
from theorems.symbols import L, R, distance, kappa, lam, t
from theorems.theorem import Source, Theorem

INF = float("inf")


# ---------------------------------------------------------------- hand-made evidence


def bound(excess: float, tightness: float = -0.5, side: str = "upper", checkpoints: int = 9) -> Evidence:
    row = {
        "instance": "i", "epoch": 4.0, "predicted": -3.0, "measured": -3.0 + excess, "excess": excess,
        "tightness": tightness, "closest at epoch": 3.0,
    }  # fmt: skip
    return Evidence([row], {"worst": row, "checkpoints": checkpoints, "side": side}, "", "")


def identity(excess: float, checkpoints: int = 9) -> Evidence:
    row = {"instance": "i", "epoch": 2.0, "deviation": 1e-9, "tolerance": 1e-12, "excess": excess}
    return Evidence([{**row, "largest deviation": 1e-14}], {"worst": row, "checkpoints": checkpoints}, "", "")


def rate(miss: float, measured: float = 0.9, exact: float = 0.9) -> Evidence:
    row = {"instance": "i", "predicted": 0.9, "exact": exact, "miss": miss, "measured": measured}
    return Evidence([row], {"worst": row}, "", "")


def complexity(p: float, w: float, claimed: float = 1.0, unfinished: tuple[str, ...] = ()) -> Evidence:
    facts = {
        "claimed": [claimed], "margin": 0.1, "against": ["kappa"], "unfinished": list(unfinished),
        "exponents": [p], "widths": [w],
        "power of log(1/epsilon)": {"claimed": None, "measured": 1.0, "width": 0.0},
    }  # fmt: skip
    return Evidence([], facts, "", "")


def order(low: float, high: float) -> Evidence:
    row = {"instance": "i", "predicted": -1.0, "measured": (low + high) / 2, "interval": [low, high]}
    return Evidence([row], {"margin": 0.05}, "", "")


def moments(z: float, relative: float = 0.001) -> Evidence:
    row = {
        "instance": "i", "predicted": 1.0, "measured": 1.0, "interval": [0.9, 1.1], "z": z,
        "relative error": relative,
    }  # fmt: skip
    return Evidence([row], {"z": 4.0}, "", "")


def solved(deviation: float) -> Evidence:
    row = {
        "instance": "i", "predicted": 1.0, "measured": 1.0, "deviation": deviation, "tolerance": 1e-12,
    }  # fmt: skip
    return Evidence([row], {"worst": row}, "", "")


def termination(before: float, after: float) -> Evidence:
    row = {"instance": "i", "predicted": 5, "decades before": before, "decades after": after}
    return Evidence([row], {"digits": 300}, "", "")


def counterexample(holds: bool) -> Evidence:
    return Evidence([{"instance": "x = 1/2"}], {"holds": holds, "belief": "it converges"}, "", "")


def calculation(miss: float) -> Evidence:
    row = {"instance": "a number", "predicted": 1.0, "measured": 1.0, "interval": [0.9, 1.1], "miss": miss}
    return Evidence([row], {"worst": row}, "", "")


def open_question(survives: bool | None, measured: float | None = 0.5) -> Evidence:
    statement = {
        "text": "generic p < 3/4", "value": 0.5, "interval": [0.4, 0.6], "low": 0.0, "high": 0.75,
        "survives": survives,
    }  # fmt: skip
    quantities = {"smallest exponent": 0.4, "largest exponent": 0.6}
    facts = {"quantities": quantities, "statements": [statement]}
    return Evidence([{"instance": "i", "measured": measured}], facts, "", "")


def speed_up(miss: float, within: tuple[float, float] = (1.0, INF), ratio: float = 2.0) -> Evidence:
    row = {"instance": "i", "predicted": list(within), "exact": ratio, "miss": miss}
    return Evidence([row], {"worst": row, "smallest": 1.5, "largest": ratio}, "", "")


CASES: list[tuple[str, Prediction, Evidence, Word]] = [
    ("bound holds", Bound(distance, R), bound(-0.1), Word.HOLDS),
    ("bound attained", Bound(distance, R), bound(-1e-15, 0.0), Word.TIGHT),
    ("bound exceeded", Bound(distance, R), bound(1e-9, 1e-9), Word.REFUTED),
    ("bound exceeded without limit", Bound(distance, R), bound(INF, INF), Word.REFUTED),
    ("bound nowhere comparable", Bound(distance, R), bound(-INF, -INF, checkpoints=0), Word.INCONCLUSIVE),
    ("lower bound holds", Bound(distance, R, side="lower"), bound(-0.1, 0.5, "lower"), Word.HOLDS),
    ("lower bound undercut", Bound(distance, R, side="lower"), bound(0.2, -0.2, "lower"), Word.REFUTED),
    ("lower bound attained", Bound(distance, R, side="lower"), bound(-1e-12, 1e-9, "lower"), Word.TIGHT),
    ("identity", Identity(distance, R), identity(-1e-13), Word.EXACT),
    ("identity broken", Identity(distance, R), identity(1e-9), Word.REFUTED),
    ("identity broken without limit", Identity(distance, R), identity(INF), Word.REFUTED),
    ("identity not reached", Identity(distance, R), identity(-INF, 0), Word.INCONCLUSIVE),
    ("rate", Rate(sp.Rational(9, 10)), rate(0.0), Word.EXACT),
    ("rate off", Rate(sp.Rational(9, 10)), rate(1e-3), Word.REFUTED),
    ("rate that the run does not show", Rate(sp.Rational(9, 10)), rate(0.0, measured=0.7), Word.INCONCLUSIVE),
    ("rate of a run without a slope", Rate(sp.Rational(9, 10)), rate(0.0, float("nan")), Word.INCONCLUSIVE),
    ("exponent", Complexity(), complexity(1.01, 0.03), Word.HOLDS),
    ("exponent off", Complexity(), complexity(0.75, 0.05), Word.REFUTED),
    ("exponent too vague", Complexity(), complexity(1.0, 0.3), Word.INCONCLUSIVE),
    ("exponent of unfinished runs", Complexity(), complexity(1.0, 0.0, unfinished=("i",)), Word.INCONCLUSIVE),
    ("order", Order(exponent=1), order(-1.01, -0.99), Word.HOLDS),
    ("order off", Order(exponent=1), order(-0.6, -0.5), Word.REFUTED),
    ("order too vague", Order(exponent=1), order(-1.4, -0.6), Word.INCONCLUSIVE),
    ("expectation", Moments(distance, R), moments(1.2), Word.HOLDS),
    ("expectation off", Moments(distance, R), moments(-5.0), Word.REFUTED),
    ("expectation too vague", Moments(distance, R), moments(1.2, 0.5), Word.INCONCLUSIVE),
    ("exact expectation", Moments(distance**2, R, average="exact"), solved(1e-13), Word.EXACT),
    ("exact expectation off", Moments(distance**2, R, average="exact"), solved(1e-11), Word.REFUTED),
    ("termination", FiniteTermination(), termination(-3.0, -280.0), Word.EXACT),
    ("termination exactly", FiniteTermination(), termination(-3.0, -INF), Word.EXACT),
    ("termination late", FiniteTermination(), termination(-2.0, -3.0), Word.REFUTED),
    ("termination early", FiniteTermination(), termination(-200.0, -280.0), Word.REFUTED),
    ("termination too vague", FiniteTermination(), termination(-3.0, -50.0), Word.INCONCLUSIVE),
    ("counterexample", Counterexample(belief="it converges"), counterexample(True), Word.EXACT),
    ("counterexample that is none", Counterexample(belief=""), counterexample(False), Word.REFUTED),
    ("numbers", Calculation(), calculation(0.0), Word.EXACT),
    ("numbers of a sample", Calculation(rests_on="sample"), calculation(0.0), Word.HOLDS),
    ("numbers elsewhere", Calculation(), calculation(2.0), Word.REFUTED),
    ("numbers that are none", Calculation(), calculation(INF), Word.REFUTED),
    ("open", Open(), open_question(True), Word.OPEN),
    ("open, a statement fell", Open(), open_question(False), Word.REFUTED),
    ("open, a statement is undecided", Open(), open_question(None), Word.INCONCLUSIVE),
    ("open, unfinished", Open(), open_question(True, None), Word.INCONCLUSIVE),
    ("speed-up", SpeedUp(), speed_up(-0.5), Word.EXACT),
    ("speed-up off", SpeedUp(), speed_up(0.5, ratio=0.5), Word.REFUTED),
    ("speed-up without limit", SpeedUp(), speed_up(INF, (1.0, 2.0), INF), Word.REFUTED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("prediction", "evidence", "word"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_evidence_has_its_verdict(prediction, evidence, word):
    verdict = judge(prediction, stored(evidence))
    assert verdict.word == word
    assert verdict.reason
    assert "\n" not in verdict.reason


@pytest.mark.parametrize(("prediction", "evidence"), [c[1:3] for c in CASES], ids=[c[0] for c in CASES])
def test_judging_is_a_pure_function_of_what_is_stored(prediction, evidence):
    evidence = stored(evidence)
    before = copy.deepcopy(evidence)
    first, second = judge(prediction, evidence), judge(prediction, evidence)
    assert first == second == judge(prediction, stored(evidence))
    assert evidence == before


def stored(evidence: Evidence) -> Evidence:
    """What comes back from the disk."""
    return Evidence.from_json(json.loads(json.dumps(evidence.to_json(), allow_nan=False)))


def test_a_violation_of_one_of_many_instances_refutes():
    evidence = bound(-0.2)
    bad = {**evidence.rows[0], "instance": "bad", "excess": 0.3}
    many = Evidence([*evidence.rows, bad], {"worst": bad, "checkpoints": 9, "side": "upper"}, "", "")
    verdict = judge(Bound(distance, R), many)
    assert verdict.word == Word.REFUTED
    assert "bad" in verdict.reason


# ---------------------------------------------------------------- headline and expectation


def words(*names: str) -> list[tuple[Verdict, str | None]]:
    """Verdicts by name; "REFUTED!" is one that was expected."""
    return [(Verdict(Word(n.rstrip("!")), "", ""), n.rstrip("!") if n.endswith("!") else None) for n in names]


@pytest.mark.parametrize(
    ("predictions", "word"),
    [
        (("HOLDS",), "HOLDS"),
        (("HOLDS", "TIGHT"), "TIGHT"),
        (("OPEN", "HOLDS", "EXACT"), "EXACT"),
        (("TIGHT", "EXACT", "PROVED"), "PROVED"),
        (("PROVED", "INCONCLUSIVE"), "INCONCLUSIVE"),
        (("PROVED", "INCONCLUSIVE", "REFUTED"), "REFUTED"),
        (("PROVED", "REFUTED", "INCONCLUSIVE", "ERROR"), "ERROR"),
        (("REFUTED!",), "REFUTED"),
        (("REFUTED!", "TIGHT"), "REFUTED"),
        (("REFUTED!", "INCONCLUSIVE"), "INCONCLUSIVE"),
        (("INCONCLUSIVE!", "HOLDS"), "INCONCLUSIVE"),
    ],
)
def test_a_headline_is_what_needs_attention_first_else_the_strongest(predictions, word):
    assert headline(words(*predictions)) == word
    assert headline(words(*reversed(predictions))) == word


def test_a_test_passes_on_a_confirmation_or_on_the_word_that_was_announced():
    for word in Word:
        confirms = word in (Word.PROVED, Word.EXACT, Word.TIGHT, Word.HOLDS, Word.OPEN)
        assert as_expected(Verdict(word, "", ""), None) == confirms
        assert as_expected(Verdict(word, "", ""), "REFUTED") == (word == Word.REFUTED)


@pytest.mark.parametrize("word", [w for w in Word if w != Word.REFUTED])
def test_a_rival_that_is_not_refuted_has_survived_and_fails(word):
    """ERROR and INCONCLUSIVE are no refutation."""
    with pytest.raises(pytest.fail.Exception, match=f"the rival 'wrong' survives, {word}"):
        test_rivals.test_rival(Task("a", rival="wrong"), rival_record(word))


def test_a_rival_that_is_refuted_passes():
    test_rivals.test_rival(Task("a", rival="wrong"), rival_record(Word.REFUTED))


def rival_record(word: Word) -> dict[str, Any]:
    return {
        "theorem": "a", "prediction": "bound", "rival": "wrong", "expect": "REFUTED", "evidence": None,
        "verdict": {"word": str(word), "reason": "because", "detector": "d"}, "replay": "pytest checks/",
    }  # fmt: skip


# ---------------------------------------------------------------- detectors on real runs

FAMILY = quadratics(spectra.log_spaced, kappa=(4.0, 9.0), n=3, start="smallest")
#: On the slowest mode alone |e_t| = (1 - 1/kappa)^t |e_0| exactly.
TRUE = R * (1 - 1 / kappa) ** t


def tried(prediction: Prediction, tmp_path: Any, **options: Any) -> Verdict:
    theorem = Theorem(
        name="tried", title="", source=Source("none"), statement="", method=GradientDescent(step=1 / L),
        instances=FAMILY, epochs=60, predictions=[prediction], **options,
    )  # fmt: skip
    store = Store(tmp_path)
    return attempt(prediction, Trial(theorem, prediction, theorem.method, Settings(results=tmp_path), store))[
        0
    ]


def test_a_bound_that_is_violated_at_the_start_only_is_not_refuted(tmp_path):
    """At t = 0 it claims half of the error that is there: no statement about a method."""
    assert tried(Bound(distance, R * (sp.Rational(1, 2) + 10 * t)), tmp_path).word == Word.HOLDS


@pytest.mark.parametrize(
    ("factor", "word"),
    [(1, Word.TIGHT), (1 - sp.Rational(1, 10**12), Word.REFUTED), (2, Word.HOLDS), (0, Word.INCONCLUSIVE)],
)
def test_dominance_sees_a_bound_that_is_too_low_by_a_part_in_1e12(tmp_path, factor, word):
    assert tried(Bound(distance, factor * TRUE), tmp_path).word == word


def test_an_identity_sees_a_part_in_1e12(tmp_path):
    assert tried(Identity(distance, (1 - lam / L) ** t), tmp_path).word == Word.EXACT
    off = 1 + sp.Rational(1, 10**12)
    assert tried(Identity(distance, off * (1 - lam / L) ** t), tmp_path).word == Word.REFUTED


def test_a_rate_sees_a_part_in_1e6(tmp_path):
    assert tried(Rate(1 - 1 / kappa), tmp_path).word == Word.EXACT
    assert tried(Rate((1 - 1 / kappa) * (1 + sp.Rational(1, 10**6))), tmp_path).word == Word.REFUTED


def test_a_false_premise_leaves_the_question_open(tmp_path):
    premise = Premise("kappa is below 5", lambda method, instance: instance.constants[kappa] < 5)
    verdict = tried(Bound(distance, R / 1000), tmp_path, premises=[premise])
    assert (verdict.word, verdict.detector) == (Word.INCONCLUSIVE, "premise")
    assert "kappa is below 5 does not hold on" in verdict.reason


def test_what_goes_wrong_in_a_check_is_an_error_with_one_sentence(tmp_path):
    verdict = tried(Bound(distance, sp.Symbol("N", positive=True, integer=True) * R), tmp_path)
    assert verdict.word == Word.ERROR
    assert "uses N, which the instance does not define" in verdict.reason
    assert "\n" not in verdict.reason
