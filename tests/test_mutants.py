"""Nineteen wrong versions of five tuned methods: the catalogue has each as a rival, with these numbers.

No single detector catches them all. A fitted exponent accepts ten that are wrong by a constant factor,
dominance does not see a step that is better than claimed, and an exact rate does not see a gradient taken at
the wrong point. Which detector caught each is in the report, on the page of its theorem.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from checks.evaluate import Task, perform
from checks.trial import Settings
from solvers import GradientDescent, HeavyBall, Nesterov, TripleMomentum
from solvers import method as protocol
from solvers.problems import spectra
from solvers.problems.families import eigenbasis
from theorems.theorem import catalogue

KAPPA = 100.0
ROOT, RHO = sqrt(KAPPA), (sqrt(KAPPA) - 1) / (sqrt(KAPPA) + 1)
FACTOR = 1 - 1 / ROOT  # of triple momentum
POLYAK = 4 / (ROOT + 1) ** 2


def momentum(multiple: float) -> float:
    """Nesterov's for a condition number that is guessed as a multiple of kappa."""
    root = sqrt(multiple * KAPPA)
    return (root - 1) / (root + 1)


def polyak(multiple: float) -> tuple[float, float]:
    """Polyak's step and momentum for such a guess, with L = kappa known."""
    small = 1 / sqrt(multiple)
    return 4 / (ROOT + small) ** 2, ((ROOT - small) / (ROOT + small)) ** 2


#: theorem -> rival -> the detector that catches it first; method and numbers at mu = 1, L = kappa = 100.
MUTANTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "gradient-descent-quadratic": {
        "step 1/(2L)": ("identity", GradientDescent, 0.5 / KAPPA),
        "step 3/(2L)": ("exact rate", GradientDescent, 1.5 / KAPPA),
        "step 199/(100 L)": ("exact rate", GradientDescent, 1.99 / KAPPA),
        "step 101/(50 L)": ("identity", GradientDescent, 2.02 / KAPPA),
        "step 1/(L sqrt(kappa))": ("identity", GradientDescent, 1 / (KAPPA * ROOT)),
    },
    "gradient-descent-best-step": {"step 1/L": ("dominance", GradientDescent, 1 / KAPPA)},
    "nesterov-quadratic": {
        "momentum squared": ("dominance", Nesterov, 1 / KAPPA, RHO**2),
        "momentum for 4 kappa": ("dominance", Nesterov, 1 / KAPPA, momentum(4)),
        "momentum for kappa/4": ("dominance", Nesterov, 1 / KAPPA, momentum(1 / 4)),
        "momentum (kappa-1)/(kappa+1)": ("dominance", Nesterov, 1 / KAPPA, (KAPPA - 1) / (KAPPA + 1)),
        "gradient at x instead of y": ("dominance", HeavyBall, 1 / KAPPA, RHO),
        "momentum 9/10": ("dominance", Nesterov, 1 / KAPPA, 0.9),
    },
    "heavy-ball-quadratic": {
        "momentum not squared": ("dominance", HeavyBall, POLYAK, RHO),
        "step 1/L": ("dominance", HeavyBall, 1 / KAPPA, RHO**2),
        "tuned for 4 kappa": ("dominance", HeavyBall, *polyak(4)),
        "tuned for kappa/4": ("dominance", HeavyBall, *polyak(1 / 4)),
        "momentum 9/10": ("dominance", HeavyBall, POLYAK, 0.9),
    },
    "triple-momentum": {
        "gamma equal to beta": ("exact rate", Nesterov, (1 + FACTOR) / KAPPA, FACTOR**2 / (2 - FACTOR)),
        "alpha 1/L": ("identity", TripleMomentum, 1 / KAPPA / (1 + FACTOR), FACTOR),
    },
}
NAMED = [(theorem, rival) for theorem, rivals in MUTANTS.items() for rival in rivals]
NAMES = [f"{theorem}-{rival}" for theorem, rival in NAMED]


def test_there_are_nineteen():
    assert len(NAMED) == 19


@pytest.mark.parametrize(("theorem", "rival"), NAMED, ids=NAMES)
def test_the_catalogue_has_the_mutant_as_a_rival(theorem, rival):
    found = next(r for r in catalogue()[theorem][0].rivals if r.name == rival)
    _, kind, *numbers = MUTANTS[theorem][rival]
    instance = eigenbasis(spectra.log_spaced, 5, KAPPA, "ones")
    assert type(found.method) is kind
    np.testing.assert_allclose(list(protocol.evaluate(found.method, instance)), numbers, rtol=1e-14)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.mark.parametrize(("theorem", "rival"), NAMED, ids=NAMES)
def test_the_mutant_is_caught_by_its_detector(theorem, rival, results):
    found = perform(Task(theorem, rival=rival), Settings(results=results))["verdict"]
    assert (found["word"], found["detector"]) == ("REFUTED", MUTANTS[theorem][rival][0]), found["reason"]
