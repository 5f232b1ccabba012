"""Conjugate gradients on outliers: the digits suffice, and the path is that of the best polynomial."""

from __future__ import annotations

import mpmath
import numpy as np

from solvers import ConjugateGradient
from theorems import conjugate_gradient_outliers as outliers


def test_more_digits_change_nothing(monkeypatch):
    instance = outliers.worst(10, 40)
    found = outliers.logs(ConjugateGradient(), instance, 50)
    monkeypatch.setattr(outliers, "DIGITS", 500)
    np.testing.assert_allclose(
        found, outliers.logs(ConjugateGradient(), instance, 50), rtol=1e-14, atol=1e-14
    )


def test_the_last_gap_is_that_of_the_interpolating_polynomial():
    instance, steps = outliers.worst(3, 20), 23
    with mpmath.workdps(80):
        nodes = [mpmath.mpf(v) for v in instance.problem.eigenvalues.tolist()]
        energies = [v * mpmath.mpf(e) ** 2 for v, e in zip(nodes, instance.start(0).tolist(), strict=True)]
        total = mpmath.mpf(0)
        for i, v in enumerate(nodes):
            lagrange = mpmath.fprod(w / (w - v) for j, w in enumerate(nodes) if j != i)
            total += lagrange**2 / energies[i]
        expected = float(mpmath.log(1 / (total * sum(energies))) / 2)
    assert abs(outliers.logs(ConjugateGradient(), instance, steps)[-1] - expected) < 1e-13
