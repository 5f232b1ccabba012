"""Theorems of one's own: the template, what is said before anything runs, and where they may come from."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from pathlib import Path

import pytest
import sympy as sp

from solvers.methods import GradientDescent, HeavyBall
from solvers.problems.sampled_families import UNIT_DIAGONAL
from theorems import template
from theorems.__main__ import main
from theorems.lint import complaints
from theorems.predictions import Bound, Complexity, Identity, Rate
from theorems.symbols import Delta, L, R, distance, epsilon, gap, kappa, lam, mu, t
from theorems.theorem import GROUP, Rival, Source, Theorem, TheoremError, catalogue

MINE = dataclasses.replace(
    template.theorems[0],
    name="mine",
    title="Mine",
    statement="The distance falls by (κ-1)/(κ+1) in every epoch.",
)


def changed(**fields) -> Theorem:
    return dataclasses.replace(MINE, **fields)


# ---------------------------------------------------------------- new


def test_a_new_theorem_loads_under_its_name_and_is_not_yet_finished(tmp_path, capsys):
    assert main(["new", "slow-descent", "--folder", str(tmp_path)]) == 0
    path = tmp_path / "slow_descent.py"
    assert f"pytest checks/ --theorems {path} -k slow-descent" in capsys.readouterr().out
    (theorem,) = [each for each, file in catalogue([path]).values() if file == str(path)]
    assert theorem.name == "slow-descent"
    assert main(["lint", str(path)]) == 1
    assert "the statement is still that of the template" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "Slow Descent"], "is no name"),
        (["new", "saga"], "there is a theorem 'saga' in the catalogue"),
        (["new", "mine-too", "--folder", "{here}"], "was left as it is"),
        (["lint", "{here}/nothing.py"], "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path, capsys, arguments, said):
    (tmp_path / "mine_too.py").write_text("mine")
    assert main([text.format(here=tmp_path) for text in arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert (tmp_path / "mine_too.py").read_text() == "mine"


# ---------------------------------------------------------------- lint


def test_a_theorem_in_order_has_nothing_to_mend():
    assert complaints(MINE) == []


def test_the_catalogue_has_nothing_to_mend():
    assert {name: found for name, (theorem, _) in catalogue().items() if (found := complaints(theorem))} == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"statement": "it falls"}, "not a sentence"),
        ({"title": "Mine."}, "a title has none"),
        ({"source": Source("nobody1900")}, "is not in theorems/references.bib"),
        ({"rivals": []}, "there is no rival"),
        (
            {"rivals": [Rival("same", method=GradientDescent(step=2 / (L + mu)))]},
            "has the theorem's own method",
        ),
        ({"rivals": [Rival("same", MINE.predictions[0])]}, "says what the theorem says"),
        ({"rivals": [Rival("nothing")]}, "changes nothing"),
    ],
)
def test_words_sources_and_rivals_are_read(fields, said):
    (found,) = complaints(changed(**fields))
    assert said in found


def test_another_method_with_the_same_parameters_is_a_rival():
    rival = Rival("momentum", method=HeavyBall(2 / (L + mu), 0))
    assert complaints(changed(rivals=[rival])) == []


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (Bound(distance, R**2 * (1 - 1 / kappa) ** t), "another dimension than distance"),
        (Bound(gap, R**2 / (t + 1)), "another dimension than gap"),
        (Bound(gap, L * R / (t + 1)), "another dimension than gap"),
        (Bound(gap, (Delta + R**2) * (1 - 1 / kappa) ** t), "adds quantities of different dimensions"),
        (Bound(distance, R * (1 - mu) ** t), "adds quantities of different dimensions"),
        (Identity(distance, R / L), "another dimension than distance"),
        (Identity(distance, (1 - lam) ** t), "adds quantities of different dimensions"),
        (Rate(1 - mu), "adds quantities of different dimensions"),
        (Complexity(L * sp.log(1 / epsilon)), "another dimension than 1"),
    ],
)
def test_a_formula_whose_dimensions_differ_is_named(prediction, said):
    found = complaints(changed(predictions=[prediction]))
    assert found
    assert said in found[0]
    assert prediction.id in found[0]


@pytest.mark.parametrize(
    "prediction",
    [
        Bound(gap, (Delta + mu * R**2 / 2) * (1 - sp.sqrt(mu / L)) ** t),
        Bound(gap, 2 * L * R**2 / (t + 1) ** 2),
        Identity(distance, (1 - lam / L) ** t),
        Identity(distance, sp.Rational(792, 1225)),  # of one instance, in its units
        Rate(within=(0, sp.oo)),
        Complexity(sp.sqrt(kappa) * sp.log(1 / epsilon)),
    ],
)
def test_a_formula_in_order_passes(prediction):
    assert complaints(changed(predictions=[prediction])) == []


def test_where_the_scale_is_fixed_dimensions_say_nothing():
    mixed = Bound(distance**2 / 2 + gap, R**2 / 2 + Delta)
    assert complaints(changed(predictions=[mixed]))
    assert complaints(changed(predictions=[mixed], premises=[UNIT_DIAGONAL])) == []
    assert complaints(changed(predictions=[mixed], assumptions=["every curvature is 1"])) == []


# ---------------------------------------------------------------- packages


class Entry:
    name, value = "mine", "mine.theorems"

    def load(self):
        module = type("module", (), {"theorems": [MINE], "__file__": "/packages/mine/theorems.py"})
        return module


def test_an_installed_package_offers_theorems(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Entry()] if group == GROUP else [])
    theorem, file = catalogue()["mine"]
    assert theorem is MINE
    assert Path(file).name == "theorems.py"


def test_a_package_that_does_not_load_is_named(monkeypatch):
    class Broken(Entry):
        def load(self):
            raise ImportError("no module named mine")

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Broken()])
    with pytest.raises(
        TheoremError, match=r"mine = mine\.theorems of rateproof\.theorems does not load: ImportError"
    ):
        catalogue()
