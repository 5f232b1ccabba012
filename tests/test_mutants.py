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


#: theorem -> rival -> method and numbers at mu = 1, L = kappa = 100.
MUTANTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "gradient-descent-quadratic": {
        "step 1/(2L)": (GradientDescent, 0.5 / KAPPA),
        "step 3/(2L)": (GradientDescent, 1.5 / KAPPA),
        "step 199/(100 L)": (GradientDescent, 1.99 / KAPPA),
        "step 101/(50 L)": (GradientDescent, 2.02 / KAPPA),
        "step 1/(L sqrt(kappa))": (GradientDescent, 1 / (KAPPA * ROOT)),
    },
    "gradient-descent-best-step": {"step 1/L": (GradientDescent, 1 / KAPPA)},
    "nesterov-quadratic": {
        "momentum squared": (Nesterov, 1 / KAPPA, RHO**2),
        "momentum for 4 kappa": (Nesterov, 1 / KAPPA, momentum(4)),
        "momentum for kappa/4": (Nesterov, 1 / KAPPA, momentum(1 / 4)),
        "momentum (kappa-1)/(kappa+1)": (Nesterov, 1 / KAPPA, (KAPPA - 1) / (KAPPA + 1)),
        "gradient at x instead of y": (HeavyBall, 1 / KAPPA, RHO),
        "momentum 9/10": (Nesterov, 1 / KAPPA, 0.9),
    },
    "heavy-ball-quadratic": {
        "momentum not squared": (HeavyBall, POLYAK, RHO),
        "step 1/L": (HeavyBall, 1 / KAPPA, RHO**2),
        "tuned for 4 kappa": (HeavyBall, *polyak(4)),
        "tuned for kappa/4": (HeavyBall, *polyak(1 / 4)),
        "momentum 9/10": (HeavyBall, POLYAK, 0.9),
    },
    "triple-momentum": {
        "gamma equal to beta": (Nesterov, (1 + FACTOR) / KAPPA, FACTOR**2 / (2 - FACTOR)),
        "alpha 1/L": (TripleMomentum, 1 / KAPPA / (1 + FACTOR), FACTOR),
    },
}
NAMED = [(theorem, rival) for theorem, rivals in MUTANTS.items() for rival in rivals]


def test_there_are_nineteen():
    assert len(NAMED) == 19


@pytest.mark.parametrize(("theorem", "rival"), NAMED, ids="-".join)
def test_the_catalogue_has_the_mutant_as_a_rival(theorem, rival):
    found = next(r for r in catalogue()[theorem][0].rivals if r.name == rival)
    kind, *numbers = MUTANTS[theorem][rival]
    instance = eigenbasis(spectra.log_spaced, 5, KAPPA, "ones")
    assert type(found.method) is kind
    np.testing.assert_allclose(list(protocol.evaluate(found.method, instance)), numbers, rtol=1e-14)
