"""The report on hand-made evidence: what it shows, what it says of what is missing, and that it is safe."""

import dataclasses
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from checks.evidence import Curve, Evidence, Figure
from checks.store import FORMAT, versions
from checks.verdict import Word
from report import __main__ as command
from report import (
    boxes,
    changes,
    comparison,
    evidence,
    figures,
    html,
    latex,
    mathematics,
    methods,
    overview,
    prose,
    references,
    svg,
    tables,
)
from report.evidence import State
from report.numbers import number
from report.summary import summary
from solvers.methods import GradientDescent, HeavyBall
from theorems import predictions
from theorems.predictions import (
    Bound,
    Complexity,
    FiniteTermination,
    Identity,
    Measurement,
    Moments,
    Open,
    Order,
    Prediction,
    Rate,
    SpeedUp,
)
from theorems.survey import CLAIMS, CLASSES
from theorems.symbols import L, R, distance, epsilon, gap, kappa, kappa_CD, kappa_target, lam, mu, n, rho, t
from theorems.theorem import Rival, Source, Theorem, catalogue

BOUND = Bound(distance, R * (1 - 1 / kappa) ** t)
COMPLEXITY = Complexity(kappa * sp.log(1 / epsilon))
NASTY = r"A <script>alert(1)</script> of 50% & my_theorem \input{x} $y$ #1 ~ ^"


def theorem(**changed: Any) -> Theorem:
    fields: dict[str, Any] = {
        "name": "example",
        "title": "An example",
        "source": Source("nesterov2004", "Theorem 2.1.15"),
        "statement": "The distance falls by 1 - 1/κ in every epoch.",
        "method": GradientDescent(step=1 / L),
        "predictions": [BOUND, COMPLEXITY],
        "rivals": [Rival("step 1/(2L)", method=GradientDescent(step=1 / (2 * L)))],
        "survey": "benchmark",
    }
    return Theorem(**{**fields, **changed})


ERROR_FIGURE = Figure(
    "error",
    "kappa = 10",
    "epochs",
    "ln error",
    [
        Curve("measured", "measured", [0.0, 10.0, 20.0], [0.0, -800.0, -1600.0]),
        Curve("upper bound", "bound", [0.0, 10.0, 20.0], [0.0, -700.0, -1400.0]),
    ],
)
SCALING_FIGURE = Figure(
    "scaling",
    "epochs per factor e",
    "kappa",
    "epochs per factor e",
    [
        Curve(
            "measured", "measured", [10.0, 100.0, 1000.0], [9.8, 100.0, 1001.0], [9.0, 99.0, 999.0],
            [10.5, 101.0, 1003.0],
        ),
        Curve("claimed slope 1", "predicted", [10.0, 1000.0], [10.01, 1001.0]),
    ],
    [100.0, 1000.0],
)  # fmt: skip
BOUND_ROWS = [
    {
        "instance": f"log-spaced spectrum, kappa = {k}, n = 40", "epoch": 3.0, "predicted": -2.0,
        "measured": -2.5, "excess": -0.5, "tightness": -0.1, "checkpoints": 7, "slack": 1e-14,
        "relative deviation": 0.0,
    }
    for k in (10, 100)
]  # fmt: skip


def record(kind: str = "Bound", word: str = "HOLDS", **changed: Any) -> dict[str, Any]:
    """A record as ``checks.evaluate`` writes it."""
    found = Evidence(
        rows=changed.pop("rows", BOUND_ROWS),
        facts=changed.pop("facts", {"worst": BOUND_ROWS[1], "checkpoints": 14, "side": "upper"}),
        ran="GradientDescent(step=1/L) on 2 instances: quadratics; 1 run each",
        limits="Runs cannot prove a bound.",
        figures=changed.pop("figures", [ERROR_FIGURE]),
        runs=["0123abcd"],
    )
    return {
        "format": FORMAT, "key": "k", "theorem": "example", "prediction": kind.lower(), "rival": None,
        "kind": kind, "expect": None,
        "verdict": {"word": word, "reason": "never exceeded on 2 instances", "detector": "dominance"},
        "evidence": found.to_json(), "also tried": [], "profile": "standard", "backend": "numpy",
        "device": "cpu", "replay": 'pytest checks/ -k "example-bound" --profile standard',
        "environment": versions(), "seconds": 1.5, **changed,
    }  # fmt: skip


FIT = {
    "claimed": [1.0], "margin": 0.1, "against": ["kappa"], "unfinished": [], "exponents": [1.0005],
    "widths": [0.006], "power of log(1/epsilon)": {"claimed": 1.0, "measured": 1.0, "width": 0.0},
}  # fmt: skip
FITTED = record(
    "Complexity",
    facts=FIT,
    rows=[{"instance": "kappa = 10", "kappa": 10.0, "measured": 9.8, "low": 9.0, "high": 10.5}],
    figures=[SCALING_FIGURE],
)
CAUGHT = record(word="REFUTED", expect="REFUTED", rival="step 1/(2L)")
WHOLE = {"bound": record(), "complexity": FITTED, "rival-step-1-2l": CAUGHT}


def site(folder: Path, records: dict[str, Any], *theorems: Theorem) -> evidence.Site:
    """A site of these theorems (the example) whose first one has these records; text is written as it is."""
    chosen = theorems or (theorem(),)
    for name, content in records.items():
        path = folder / "results" / chosen[0].name / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return evidence.site(folder / "results", {each.name: (each, "example.py") for each in chosen})


def built(folder: Path, found: evidence.Site) -> tuple[str, str]:
    """The index and the first theorem's page."""
    output = folder / "report"
    html.build(found, output)
    page = output / "theorems" / f"{found.pages[0].name}.html"
    return (output / "index.html").read_text(encoding="utf-8"), page.read_text(encoding="utf-8")


# ---------------------------------------------------------------- numbers and sentences


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (0.9, {}, "0.9"),
        (1.0004885, {}, "1.000"),
        (12345.678, {}, "12\N{NARROW NO-BREAK SPACE}346"),
        (1e6, {}, "10⁶"),
        (9.9996e-7, {}, "1.00×10⁻⁶"),
        (2.2e-16, {}, "2.2×10⁻¹⁶"),
        (2.216e-16, {}, "2.22×10⁻¹⁶"),
        (-0.37915, {}, "−0.3791"),
        (0.0, {}, "0"),
        (None, {}, "–"),
        ("-inf", {}, "−∞"),
        (-800.5, {"log": True}, "2.22×10⁻³⁴⁸"),
        (0.0, {"log": True}, "1"),
        ("-inf", {"log": True}, "0"),
    ],
)
def test_a_number_is_printed_as_one_reads_it(value: Any, options: dict[str, Any], text: str) -> None:
    assert number(value, **options).plain() == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("epochs scale as kappa^0.997", "epochs scale as κ<sup>0.997</sup>"),
        ("kappa_CD^1.000", "κ<sub>CD</sub><sup>1.000</sup>"),
        ("power of kappa_Phi", "power of κ<sub>Φ</sub>"),
        ("x_(k+1) - x_k", "x<sub>k+1</sub> − x<sub>k</sub>"),
        ("(1 - 1/√κ)^(2t) R", "(1 − 1/√κ)<sup>2t</sup> R"),
        ("L_ε of f(x_t)", "L<sub>ε</sub> of f(x<sub>t</sub>)"),
        ("deviation 2e-16", "deviation 2×10<sup>−16</sup>"),
        ("up to 1e+06 epochs", "up to 10<sup>6</sup> epochs"),
        ("kappa = 10", "κ\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}10"),
        ("in [-0.5, 1]", "in [−0.5, 1]"),
        ("sqrt(kappa) and x_{-1} = x_0", "√κ and x<sub>−1</sub>\xa0=\xa0x<sub>0</sub>"),
        ("R-CD, log-spaced, my_theorem.py", "R-CD, log-spaced, my_theorem.py"),
        ("<b> & \"q\"", "&lt;b&gt; &amp; &quot;q&quot;"),
    ],
)  # fmt: skip
def test_sentences_are_typeset(text: str, written: str) -> None:
    assert prose.to_html(text) == written


def test_a_sentence_begins_with_a_capital_and_a_formula_as_it_is() -> None:
    assert prose.sentence("never exceeded") == "Never exceeded"
    assert prose.sentence("a certificate") == "A certificate"
    assert prose.sentence("f(y_k) - f* shrinks") == "f(y_k) - f* shrinks"
    assert (
        prose.to_plain("x_(k+1) = (1 - q)^(2t) x_k")
        == "x_(k+1)\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}(1 − q)^2t x_k"
    )


def test_latex_acts_on_nothing_in_a_text() -> None:
    written = prose.to_latex(NASTY)
    assert r"\textless{}script\textgreater{}" in written
    assert r"50\% \& my\_theorem \textbackslash{}input\{x\} \$y\$ \#1" in written
    assert not re.search(r"(?<!\\)[%&#$_^~]", written)


def test_latex_has_a_command_for_every_sign_that_is_printed() -> None:
    signs = "".join(prose.MATHS) + "é–—“”…κ√κ²₀"
    assert "[U+" not in prose.to_latex(signs)
    assert prose.latex_text("√κ") == r"\ensuremath{\sqrt{\kappa}}"
    assert prose.latex_text("☃") == "[U+2603]"  # shown, not dropped


def test_markdown_of_a_note() -> None:
    text = "# Where <it> slips\n\n1. **First.** See *example* and\n   `code`.\n2. κ_CD second\n"
    written = prose.markdown(text, {"example": "theorems/example.html"})
    assert written == (
        "<h1>Where &lt;it&gt; slips</h1>\n<ol><li><strong>First.</strong> See "
        '<a href="theorems/example.html">example</a> and <code>code</code>.</li>'
        "<li>κ<sub>CD</sub> second</li></ol>"
    )


# ---------------------------------------------------------------- mathematics


@pytest.mark.parametrize(
    ("prediction", "text"),
    [
        (BOUND, r"\|x_{t} - x^{\ast}\| \le \|x_{0} - x^{\ast}\|\left(1 - \frac{1}{\kappa}\right)^{t}"),
        (COMPLEXITY, r"\mbox{epochs} = \Theta (\kappa \,\log (1/\varepsilon))"),
        (
            Bound(distance, R * (1 + (1 + rho) * t) * rho**t),
            r"\|x_{t} - x^{\ast}\| \le \|x_{0} - x^{\ast}\|\rho^{t}((\rho + 1)t + 1),\; "
            r"\rho = \frac{\sqrt{\kappa} - 1}{\sqrt{\kappa} + 1}",
        ),
        (
            Bound(distance**2, R**2 * (1 - mu / n) ** (n * t), average="exact"),
            r"\mathrm{E}[\|x_{t} - x^{\ast}\|^{2}] \le "
            r"\|x_{0} - x^{\ast}\|^{2}\left(1 - \frac{\mu}{n}\right)^{nt}",
        ),
        (
            Identity(distance, (1 - lam / L) ** t),
            r"\|x_{t} - x^{\ast}\|^{2} = \sum_{i} \left(1 - \frac{\lambda_{i}}{L}\right)^{2t}"
            r"(x_{0} - x^{\ast})_{i}^{2}",
        ),
        (Rate(1 - 1 / kappa), r"\lim_{t \to \infty} \|x_{t} - x^{\ast}\|^{1/t} = 1 - \frac{1}{\kappa}"),
        (
            Order(gap, sp.Integer(1), average="sampled"),
            r"\mathrm{E}[f(x_{t}) - f^{\ast}] = \Theta \left(\frac{1}{t}\right)",
        ),
        (Moments(gap, mu / 2), r"\lim_{t \to \infty} \mathrm{E}[f(x_{t}) - f^{\ast}] = \frac{\mu}{2}"),
        (
            Moments(gap, n * R**2 / 2, of="sum", average="exact"),
            r"\sum_{\mbox{steps}} \mathrm{E}[f(x_{t}) - f^{\ast}] = \frac{n\|x_{0} - x^{\ast}\|^{2}}{2}",
        ),
        (FiniteTermination(), r"x_{m} = x^{\ast},\; x_{m - 1} \ne x^{\ast}"),
        (Open(against=kappa_CD), r"\mbox{epochs} = \Theta (\kappa_{\mathrm{CD}}^{p}),\; p = ?"),
        (
            SpeedUp(over=GradientDescent(), within=(1, n)),
            r"1 \le \frac{\mbox{epochs of gradient descent}}{\mbox{epochs}} \le n",
        ),
    ],
)
def test_a_prediction_is_a_whole_relation(prediction: Prediction, text: str) -> None:
    said = mathematics.relation(prediction)
    assert said is not None
    assert boxes.latex(said) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (-sp.log(epsilon), "−log(ε)"),
        (sp.Rational(3, 4) * kappa, "(3 κ)/4"),
        (kappa ** sp.Rational(3, 4), "κ^(3/4)"),
        (sp.Max(kappa, n), "max(κ, n)"),
        (sp.exp(-t / kappa), "e^(−t/κ)"),
        (sp.floor(kappa), "⌊κ⌋"),
        (kappa_CD**2, "κ_CD^2"),
        (kappa_target**2, "κ_Φ^2"),
        (1 - kappa, "1 − κ"),
        (sp.Float(0.5), "0.5"),
    ],
)
def test_expressions_read_as_mathematics(expression: sp.Expr, text: str) -> None:
    assert boxes.plain(mathematics.box(expression)) == text


def test_every_formula_of_the_catalogue_is_well_formed_mathml() -> None:
    for each, _ in catalogue().values():
        listed = [*each.predictions, *(r.prediction for r in each.rivals if r.prediction is not None)]
        for prediction in listed:
            said = mathematics.relation(prediction)
            if said is None:
                continue
            tree = ET.fromstring(boxes.mathml(said, block=True))
            assert tree.get("alttext")
            assert "".join(tree.itertext()).strip()
            assert boxes.latex(said).count("{") == boxes.latex(said).count("}")
            assert "Symbol(" not in boxes.plain(said)


def test_every_kind_of_prediction_has_a_relation_or_needs_none() -> None:
    kinds = {
        each.kind
        for each in vars(predictions).values()
        if isinstance(each, type) and issubclass(each, Prediction) and each is not Prediction
    }
    assert kinds - set(mathematics.RELATIONS) <= {"Calculation", "Counterexample", "Measurement", "Proof"}


# ---------------------------------------------------------------- evidence


def test_whole_evidence_has_a_headline_and_no_warning(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE)
    page = found.pages[0]
    assert found.warnings == []
    assert page.word == Word.HOLDS
    assert page.attention == []
    assert [e.state for e in page.entries] == [State.READ] * 3
    assert found.rivals == (1, 1)
    assert html.sentence(found) == "1 theorem: 1 holds; 1 of 1 rivals refuted."


def test_missing_evidence_is_named_on_the_page_and_in_a_warning(tmp_path: Path) -> None:
    found = site(tmp_path, {"bound": record()})
    assert [e.state for e in found.pages[0].entries] == [State.READ, State.MISSING, State.MISSING]
    (warning,) = found.warnings
    assert "complexity, rival-step-1-2l" in warning
    index, page = built(tmp_path, found)
    assert "evidence is missing" in index
    assert page.count("no evidence") >= 2
    assert "There is no evidence for complexity, rival-step-1-2l" in page


def test_a_theorem_without_any_evidence_has_no_verdict(tmp_path: Path) -> None:
    other = theorem(name="other", title="Another")
    found = site(tmp_path, WHOLE, theorem(), other)
    assert found.pages[1].word is None
    assert html.sentence(found) == "2 theorems: 1 holds, 1 without evidence; 1 of 1 rivals refuted."
    index, _ = built(tmp_path, found)
    assert index.index("Another") < index.index("An example")  # what needs attention comes first


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps(record())[:200], "half-written or damaged"),
        ("", "half-written or damaged"),
        (record(format=FORMAT + 1), "another version of rateproof"),
        ("[]", "another version of rateproof"),
        ({k: v for k, v in record().items() if k != "verdict"}, "lacks verdict"),
        (record(verdict={"word": "PERHAPS", "reason": "", "detector": ""}), "unknown shape"),
        (record(evidence={"rows": []}), "unknown shape"),
        (record(environment=None), "unknown shape"),
        (record(rows=["no mapping"]), "unknown shape"),
    ],
)
def test_a_record_that_cannot_be_read_is_named_and_nothing_crashes(
    tmp_path: Path, content: Any, reason: str
) -> None:
    found = site(tmp_path, {**WHOLE, "bound": content})
    assert found.pages[0].predictions[0].state == State.BROKEN
    (warning,) = found.warnings
    assert "bound.json" in warning
    assert reason in warning
    index, page = built(tmp_path, found)
    assert reason in page
    assert "evidence is missing" in index


def test_an_error_is_shown_with_its_reason(tmp_path: Path) -> None:
    failed = record(
        word="ERROR", evidence=None, verdict={"word": "ERROR", "reason": "no instances", "detector": "none"}
    )
    found = site(tmp_path, {**WHOLE, "bound": failed})
    assert found.pages[0].word == Word.ERROR
    index, page = built(tmp_path, found)
    assert "1 in error" in index
    assert "No instances" in page


def test_other_versions_give_a_banner_and_keep_the_verdict(tmp_path: Path) -> None:
    old = record(environment={**versions(), "numpy": "0.1"})
    found = site(tmp_path, {**WHOLE, "bound": old})
    assert found.pages[0].predictions[0].state == State.OLD
    assert "numpy 0.1" in found.warnings[0]
    assert found.pages[0].word == Word.HOLDS
    _, page = built(tmp_path, found)
    assert "numpy 0.1" in page


def test_records_of_several_runs_are_told_apart(tmp_path: Path) -> None:
    found = site(tmp_path, {**WHOLE, "bound": record(profile="quick")})
    assert "different runs" in found.warnings[0]


def test_what_the_quick_profile_leaves_out_is_not_missing(tmp_path: Path) -> None:
    quick = {"bound": record(profile="quick"), "rival-step-1-2l": {**CAUGHT, "profile": "quick"}}
    found = site(tmp_path, quick)
    assert found.pages[0].predictions[1].state == State.NOT_RUN
    assert found.warnings == []
    assert "not run" in built(tmp_path, found)[1]


def test_a_theorem_that_the_profile_leaves_out_needs_no_attention(tmp_path: Path) -> None:
    quick = {"bound": record(profile="quick"), "rival-step-1-2l": {**CAUGHT, "profile": "quick"}}
    fits = theorem(name="fits", predictions=[COMPLEXITY], rivals=[])
    found = site(tmp_path, quick, theorem(), fits)
    assert found.pages[1].word is None
    assert found.pages[1].attention == []
    assert html.sentence(found).startswith("2 theorems: 1 holds, 1 not run in this profile;")
    assert latex.verdict(found.pages[1]) == "not run"


def test_evidence_that_belongs_to_nothing_is_named(tmp_path: Path) -> None:
    found = site(tmp_path, {**WHOLE, "rate": record()})
    assert "rate belongs to no prediction" in found.warnings[0]
    (tmp_path / "results" / "renamed").mkdir()
    (tmp_path / "results" / "renamed" / "bound.json").write_text("{}")
    assert any("“renamed”" in warning for warning in site(tmp_path, {}).warnings)


def test_a_surprise_comes_first_and_a_belief_is_no_surprise(tmp_path: Path) -> None:
    refuted = site(tmp_path / "a", {**WHOLE, "bound": record(word="REFUTED")})
    assert refuted.pages[0].attention
    assert "refuted unexpectedly" in html.sentence(refuted)
    assert html.ATTENTION in built(tmp_path / "a", refuted)[0]
    belief = theorem(belief=True, predictions=[dataclasses.replace(BOUND, expect="REFUTED")])
    expected = site(
        tmp_path / "b",
        {"bound": record(word="REFUTED", expect="REFUTED"), "rival-step-1-2l": CAUGHT},
        belief,
    )
    assert expected.pages[0].attention == []
    assert "1 false belief refuted as expected" in html.sentence(expected)
    index, page = built(tmp_path / "b", expected)
    assert "false belief, refuted as expected" in index
    assert "A false belief, refuted as expected." in page


def test_a_rival_that_survives_is_a_surprise(tmp_path: Path) -> None:
    found = site(tmp_path, {**WHOLE, "rival-step-1-2l": {**CAUGHT, "verdict": record()["verdict"]}})
    assert "survives" in found.pages[0].attention[0]
    assert found.rivals == (0, 1)


# ---------------------------------------------------------------- tables


def entry(tmp_path: Path, content: dict[str, Any]) -> evidence.Entry:
    return site(tmp_path, {**WHOLE, "bound": content}).pages[0].predictions[0]


def test_a_table_factors_out_what_its_rows_share_and_marks_the_worst(tmp_path: Path) -> None:
    made = tables.table(entry(tmp_path, record()))
    assert made is not None
    assert made.caption == "log-spaced spectrum, n = 40"
    assert [row[0] for row in made.rows] == [("kappa = 10",), ("kappa = 100",)]
    assert made.marked == 1
    assert "relative deviation" not in made.head  # it is zero throughout


def test_a_kind_that_is_not_known_loses_nothing(tmp_path: Path) -> None:
    rows = [
        {"instance": "digits", "method": "HeavyBall(step=1/L)", "kappa": 1e7, "epochs to 1e-06": 12.5,
         "interval": [1.0, 2.0], "note": "_%<", "ok": True, "nothing": None, "many": [1, 2, 3], "inf": "inf"},
        {"instance": "cancer", "kappa": "odd"},
    ]  # fmt: skip
    made = tables.table(entry(tmp_path, record("Whatever", rows=rows, facts={}, figures=[])))
    assert made is not None
    assert {"method", "kappa", "epochs to 1e-06", "interval", "note", "ok", "many", "inf"} <= set(made.head)
    assert made.rows[0][made.head.index("method")] == ("Heavy ball, step = 1/L",)
    assert made.rows[1][made.head.index("kappa")] == ("odd",)
    _, page = built(tmp_path, site(tmp_path, {}))
    assert "Heavy ball" in page


def test_facts_of_another_shape_leave_dashes(tmp_path: Path) -> None:
    strange = entry(tmp_path, record("Complexity", facts={"claimed": 3}, rows=[{"measured": "x"}]))
    assert summary(strange) == (("–",), ("–",))
    assert tables.details(strange) is None
    assert tables.table(strange) is not None


def test_a_fit_is_summed_up_by_its_exponent(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE).pages[0].predictions[1]
    predicted, measured = summary(found)
    assert latex.inline(predicted) == r"$\kappa^{1}$"
    assert latex.inline(measured) == r"$\kappa^{1.000}$ [0.994,~1.006]"
    fit = tables.details(found)
    assert fit is not None
    assert [latex.inline(row[0]) for row in fit.rows] == [
        r"exponent of $\kappa$", r"power of log(1/\ensuremath{\varepsilon})"
    ]  # fmt: skip


def test_methods_are_said_in_words() -> None:
    assert prose.spoken("GradientDescent") == "Gradient descent"
    assert prose.spoken("SAGA") == "SAGA"
    assert prose.spoken("DiminishingSGD") == "Diminishing SGD"
    assert prose.spoken("BarzilaiBorwein1") == "Barzilai–Borwein 1"
    short = GradientDescent(step=1 / (2 * L))
    assert latex.inline(methods.method_parts(short, GradientDescent(step=1 / L))) == (
        r"step = $\frac{1}{2L}$"
    )
    assert latex.inline(methods.method_parts(HeavyBall(), short)).startswith("Heavy ball, step")


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize("figure", [ERROR_FIGURE, SCALING_FIGURE], ids=["error", "scaling"])
def test_a_figure_depends_on_its_data_alone(figure: Figure) -> None:
    drawn = svg.draw(figure)
    assert drawn == svg.draw(figure)
    assert svg.name(figure) != svg.name(dataclasses.replace(figure, title="another"))
    ET.fromstring(drawn)
    assert "<dc:date>" not in drawn


def test_an_error_below_the_range_of_a_float_is_drawn() -> None:
    assert "10⁻⁶⁰⁰" in svg.draw(ERROR_FIGURE)
    assert "measured goes from 1 at 0 to" in figures.describe(ERROR_FIGURE)


def test_a_figure_in_a_page_takes_the_page_s_colours_and_has_names_of_its_own() -> None:
    drawn = svg.draw(SCALING_FIGURE)
    first, second = (svg.inline(drawn, prefix, "what it shows") for prefix in ("a", "b"))
    assert 'role="img" aria-label="what it shows"' in first
    assert "#0072b2" not in first
    assert "var(--s1)" in first
    names = [set(re.findall(r' id="([^"]+)"', text)) for text in (first, second)]
    assert names[0]
    assert not names[0] & names[1]
    curves = {name for name in names[0] if "curve-" in name}
    assert {name.removeprefix("a-") for name in curves} == {"curve-0", "curve-1"}  # a script finds them
    assert all(f'"#{name}"' in first or f"url(#{name})" in first for name in names[0] - curves)


def test_a_map_has_a_cell_for_every_spectrum_and_size() -> None:
    curves = [
        Curve(f"{start} start; {between}; {spectrum} spectrum", "measured", [5.0, 50.0], values)
        for start in ("gaussian", "equal gap")
        for between in ("0.01 and 1e-08", "1e-08 and 1e-40")
        for spectrum, values in (("uniform", [-0.123, 0.456]), ("log-spaced", [0.789, 0.5]))
    ]
    figure = Figure("map", "the exponent of kappa", "n", "exponent of kappa", curves)
    drawn = svg.draw(figure)
    for value, times in (("−0.12", 4), ("0.46", 4), ("0.79", 4), ("0.50", 4), ("10⁻⁸ to 10⁻⁴⁰", 1)):
        assert drawn.count(f">{value}<") == times
    assert figures.describe(figure) == "A map of the exponent of kappa, 16 cells from −0.12 to 0.79."


def test_odd_data_are_drawn() -> None:
    holes = Figure("scaling", "t", "kappa", "y", [Curve("measured", "measured", [1.0, 2.0], [None, "inf"])])  # type: ignore[list-item]
    unknown = Figure("polar", "t", "angle", "radius", [Curve("a", "measured", [1.0, 2.0], [3.0, 3.0])])
    many = Figure(
        "error", "t", "epochs", "ln error",
        [Curve(f"Method{k}(step=1/L)", "measured", [0.0, 10.0**k], [0.0, -1.0]) for k in range(1, 13)],
    )  # fmt: skip
    for figure in (holes, unknown, many):
        ET.fromstring(svg.draw(figure))


# ---------------------------------------------------------------- pages


def test_the_page_shows_everything_in_order(tmp_path: Path) -> None:
    _, page = built(tmp_path, site(tmp_path, WHOLE))
    order = [
        "An example</h1>", "Never exceeded on 2 instances", "falls by", "<math", "Gradient descent",
        "Yurii Nesterov", "Theorem 2.1.15", "2 instances: quadratics", "error ÷ bound", "<svg", "Rivals",
        "dominance", "Limits of the evidence", "Runs cannot prove", "Replay", "example-bound", "profile",
    ]  # fmt: skip
    positions = [page.index(text) for text in order]
    assert positions == sorted(positions)


def test_the_raw_data_are_linked_where_they_lie_beside_the_report(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE)
    _, page = built(tmp_path, found)
    links = re.findall(r'href="(\.\./\.\./results/[^"]+)"', page)
    assert "../../results/example/bound.json" in links
    assert (tmp_path / "report" / "theorems" / links[0]).exists()
    html.build(found, tmp_path / "else" / "where")
    away = (tmp_path / "else" / "where" / "theorems" / "example.html").read_text()
    assert "results/" not in re.sub(r"--results", "", away)


def test_a_title_cannot_act(tmp_path: Path) -> None:
    nasty = theorem(title=NASTY, statement=NASTY, remark=NASTY)
    bad = record(verdict={"word": "HOLDS", "reason": NASTY, "detector": NASTY}, replay=NASTY)
    found = site(tmp_path, {**WHOLE, "bound": bad}, nasty)
    index, page = built(tmp_path, found)
    for text in (index, page):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE)
    contents = []
    for name in ("one", "two", "one"):
        output = tmp_path / name
        html.build(found, output)
        contents.append(
            {p.relative_to(output): p.read_bytes() for p in sorted(output.rglob("*")) if p.is_file()}
        )
    assert contents[0] == contents[1] == contents[2]


def test_figures_are_drawn_once_and_what_is_not_needed_goes(tmp_path: Path) -> None:
    found = site(tmp_path, WHOLE)
    built(tmp_path, found)
    output = tmp_path / "report"
    kept = {p: p.stat().st_mtime_ns for p in (output / "figures").iterdir()}
    (output / "figures" / "0123456789abcdef.svg").write_text("old")
    (output / "figures" / "mine.svg").write_text("mine")
    (output / "theorems" / "gone.html").write_text('<meta name="generator" content="rateproof">')
    (output / "theorems" / "notes.html").write_text("mine")
    built(tmp_path, found)
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert {p.name for p in (output / "figures").iterdir()} == {p.name for p in kept} | {"mine.svg"}
    assert {p.name for p in (output / "theorems").iterdir()} == {"example.html", "notes.html"}


def test_nothing_is_loaded_from_outside(tmp_path: Path) -> None:
    for text in built(tmp_path, site(tmp_path, WHOLE)):
        assert "default-src 'none'" in text
        assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b|@import|src=|url\((?!#)", text)
        for address in re.findall(r'href="([^"]+)"', text):
            assert not address.startswith("http") or address.startswith("https://doi.org/")


# ---------------------------------------------------------------- all theorems together


def test_a_sentence_of_the_survey_stands_beside_the_pages_that_decide_it(tmp_path: Path) -> None:
    stands = theorem(name="saga")
    false = theorem(name="variance-reduction-never-slower", belief=True)
    told = {
        s.claim.says: s
        for _, group in overview.sentences(site(tmp_path, WHOLE, stands, false))
        for s in group
    }
    same = told["SVRG and SAGA have the same rate as coordinate descent on such quadratics."]
    assert [page.name for page in same.shown] == ["saga"]
    faster = told["SVRG and SAGA are 1 to n times faster than gradient descent."]
    assert [page.name for page in faster.refuted] == ["variance-reduction-never-slower"]
    assert len(told) == 2  # of the others nothing is known here


def test_every_sentence_of_the_survey_is_decided_by_theorems_of_the_catalogue() -> None:
    known = catalogue()
    for claim in CLAIMS:
        assert claim.shown
        assert not [name for name in (*claim.shown, *claim.refuted) if name not in known]
        assert all(known[name][0].belief for name in claim.refuted)
        assert not any(known[name][0].belief for name in claim.shown)


def test_an_exponent_lies_on_its_strip_where_it_was_measured(tmp_path: Path) -> None:
    ((heading, (row,)),) = overview.exponents(site(tmp_path, WHOLE))
    assert heading == CLASSES["benchmark"]
    assert row.at["claimed"] == 50.0  # 1 is in the middle of the strip from -1/2 to 5/2
    assert row.at["measured"] == pytest.approx(50 + 0.0005 * 100 / 3, abs=0.01)
    assert row.at["low"] < row.at["claimed"] < row.at["high"]


def test_a_proof_of_a_part_is_no_headline(tmp_path: Path) -> None:
    def word(whole: bool) -> Word | None:
        proof = predictions.Proof(whole=whole)
        records = {"bound": record(), "proof": record("Proof", "PROVED")}
        return site(tmp_path, records, theorem(predictions=[BOUND, proof], rivals=[])).pages[0].word

    assert word(whole=True) == Word.PROVED
    assert word(whole=False) == Word.HOLDS


def test_a_theorem_stands_on_the_rung_of_its_word(tmp_path: Path) -> None:
    rungs = dict(overview.ladder(site(tmp_path, WHOLE, theorem(), theorem(name="other"))))
    assert {word: [page.name for page in pages] for word, pages in rungs.items()} == {Word.HOLDS: ["example"]}


# ---------------------------------------------------------------- methods side by side

RACE = Measurement(((GradientDescent(step=1 / L), 10), (HeavyBall(), 10)))
RUNS = {
    "GradientDescent(step=1/L)": [0.0, -7.0, -14.0],
    "HeavyBall()": [0.0, -14.0, None],
}


def raced(**changed: Any) -> dict[str, Any]:
    rows = [
        {
            "instance": "kappa = 10", "method": name, "kappa": 10.0, "epochs to 0.001": 10.0 / (k + 1),
            "epochs to 1e-06": [20.0, None][k], "seeds": 1, **({"remark": "it stopped"} if k else {}),
        }
        for k, name in enumerate(RUNS)
    ]  # fmt: skip
    curves = [Curve(name, "measured", [0.0, 10.0, 20.0], y) for name, y in RUNS.items()]
    figure = Figure("error", "kappa = 10", "epochs", "ln error, relative to the start", curves)
    facts = {"accuracies": [1e-3, 1e-6], "methods": 2}
    return record("Measurement", "OPEN", rows=rows, facts=facts, figures=[figure], **changed)


def test_methods_stand_side_by_side_with_what_each_needs(tmp_path: Path) -> None:
    found = site(tmp_path, {"measurement": raced()}, theorem(predictions=[RACE], rivals=[]))
    (race,) = comparison.races(found)
    assert [runner.name for runner in race.runners] == ["Gradient descent", "Heavy ball"]
    assert [list(runner.epochs) for runner in race.runners] == [[10.0, 20.0], [5.0, float("inf")]]
    assert race.runners[1].remark == "it stopped"
    html.build(found, tmp_path / "report")
    text = (tmp_path / "report" / "comparison.html").read_text(encoding="utf-8")
    assert text.count("<tr data-curve=") == 2
    html.build(site(tmp_path / "other", WHOLE), tmp_path / "report")
    assert not (tmp_path / "report" / "comparison.html").exists()  # nothing was measured


# ---------------------------------------------------------------- two runs


def test_what_changed_between_two_runs_is_told(tmp_path: Path) -> None:
    old = site(tmp_path / "old", WHOLE)
    assert changes.changes(old, site(tmp_path / "same", WHOLE)) == []
    slower = {**FITTED, "evidence": {**FITTED["evidence"], "facts": {**FIT, "exponents": [1.2]}}}
    survived = record(word="HOLDS", expect="REFUTED", rival="step 1/(2L)")
    new = site(
        tmp_path / "new", {"bound": record(word="TIGHT"), "complexity": slower, "rival-step-1-2l": survived}
    )
    assert changes.lines(changes.changes(old, new)) == [
        "example, bound: verdict, holds -> tight",
        "example, rival-step-1-2l: verdict, refuted -> holds",
        "example, complexity: exponent, kappa^1.000 -> kappa^1.200",
    ]
    gone = changes.changes(old, site(tmp_path / "gone", {"bound": record(), "complexity": FITTED}))
    assert changes.lines(gone) == ["example, rival-step-1-2l: gone, refuted -> –"]


# ---------------------------------------------------------------- references


def test_bibtex_is_read() -> None:
    text = r"""
    % a comment
@article{key2001,
  author = {d'Aspremont, Fran{\c{c}}ois and Bottou, L{\'e}on and {van der} Berg, A.},
  title  = {{SAGA}: {$O(n^2)$} Steps},
  journal = "A Journal", volume = 3, number = {1--2}, pages = {5--7}, year = 2001, doi = {10.1/x}
}"""
    fields = references.parse(text)["key2001"]
    assert fields["author"] == "d'Aspremont, François and Bottou, Léon and van der Berg, A."
    assert fields["title"] == "SAGA: O(n^2) Steps"
    assert fields["year"] == "2001"
    assert fields["number"] == "1–2"


def test_every_source_of_the_catalogue_is_in_the_references() -> None:
    known = references.references()
    for each, _ in catalogue().values():
        for source in (each.source, *each.also):
            assert source.key in known, f"{each.name} cites {source.key}"
            assert "not in references.bib" not in html.source(source)


# ---------------------------------------------------------------- the command


def test_the_report_needs_no_solver() -> None:
    code = (
        "import sys, report.__main__, report.html, report.paper; from theorems.theorem import catalogue; "
        "catalogue(); print([m for m in ('numba', 'torch', 'cvxpy', 'pytest') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


def test_without_evidence_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--results", str(tmp_path / "none"), "--output", str(tmp_path / "out")]) == 2
    (tmp_path / "empty").mkdir()
    assert command.main(["--results", str(tmp_path / "empty"), "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 2
    assert "run pytest checks/ first" in said.err
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site(tmp_path, WHOLE)
    (tmp_path / "file").write_text("")
    where = ["--output", str(tmp_path / "file"), "--latex", str(tmp_path / "tex")]
    assert command.main(["--results", str(tmp_path / "results"), *where]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_command_builds_and_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site(tmp_path, WHOLE)
    file = tmp_path / "mine.py"
    file.write_text(
        "from solvers.methods import GradientDescent\n"
        "from theorems.predictions import Bound\n"
        "from theorems.theorem import Source, Theorem\n"
        "theorems = [Theorem(name='example', title='Mine', source=Source('sun2020'), statement='s',\n"
        "                    method=GradientDescent(), predictions=[Bound()])]\n"
    )
    output = tmp_path / "out"
    where = [
        "--results",
        str(tmp_path / "results"),
        "--output",
        str(output),
        "--latex",
        str(tmp_path / "tex"),
    ]
    assert command.main([*where, "--theorems", str(file)]) == 0
    said = capsys.readouterr()
    assert "theorems: " in said.out
    assert "warning: example: evidence for complexity" in said.err
    assert (tmp_path / "tex" / "theorem-example.tex").exists()
    assert "Mine" in (output / "theorems" / "example.html").read_text(encoding="utf-8")


def test_the_command_builds_one_page_and_names_what_is_near(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = site(tmp_path, WHOLE, theorem(), theorem(name="other"))
    monkeypatch.setattr(command, "read", lambda *_: found)
    where = ["--output", str(tmp_path / "out"), "--latex", str(tmp_path / "tex")]
    assert command.main([*where, "--only", "exa"]) == 0
    assert [p.name for p in (tmp_path / "out").rglob("*.html")] == ["example.html"]
    assert not (tmp_path / "tex" / "rateproof.tex").exists()
    assert command.main([*where, "--only", "exampel"]) == 2
    assert "near it are example" in capsys.readouterr().err
    assert command.main([*where, "--only", "example", "--compare", str(tmp_path / "results")]) == 0
    assert "nothing changed since" in capsys.readouterr().out
    assert "Nothing changed since" in (tmp_path / "out" / "changes.html").read_text(encoding="utf-8")


def test_a_report_of_the_same_evidence_is_not_built_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = site(tmp_path, WHOLE)
    monkeypatch.setattr(command, "read", lambda *_: found)
    where = [
        "--results",
        str(found.results),
        "--output",
        str(tmp_path / "out"),
        "--latex",
        str(tmp_path / "tex"),
    ]

    def said() -> bool:
        assert command.main(where) == 0
        return "nothing changed" in capsys.readouterr().out

    assert [said(), said()] == [False, True]
    page = tmp_path / "out" / "theorems" / "example.html"
    page.unlink()
    assert [said(), said()] == [False, True]
    assert page.is_file()
    bound = found.results / "example" / "bound.json"
    bound.write_text(bound.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert [said(), said()] == [False, True]
    (tmp_path / "out" / ".built.json").write_text("{", encoding="utf-8")
    assert said() is False
