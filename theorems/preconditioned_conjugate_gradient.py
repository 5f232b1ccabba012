r"""Jacobi's preconditioner: conjugate gradients see the condition number of D^(-1/2) A D^(-1/2)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import BarzilaiBorwein1, ConjugateGradient, Jacobi, JacobiConjugateGradient
from solvers.problems.adaptive_families import badly_scaled
from solvers.problems.quadratic import Quadratic
from theorems.predictions import Bound, Counterexample, Identity, Witness
from theorems.splittings import MATRIX, ROOTS, START, path, where_they_part
from theorems.symbols import Delta, gap, horizon, rho, t
from theorems.theorem import Rival, Source, Theorem

SIZE = len(START)


def in_the_scale_of_the_diagonal(method: Any) -> Witness:
    """The method beside conjugate gradients on D^(-1/2) A D^(-1/2) from D^(1/2) e, to the end of both."""
    mine = path(method, MATRIX, START, SIZE)
    scaled = [[MATRIX[i][j] / ROOTS[i] / ROOTS[j] for j in range(SIZE)] for i in range(SIZE)]
    start = [r * e for r, e in zip(ROOTS, START, strict=True)]
    theirs = [
        [y / r for y, r in zip(x, ROOTS, strict=True)]
        for x in path(ConjugateGradient(), np.array(scaled, dtype=object), start, SIZE)
    ]
    parted = where_they_part(mine, theirs)
    told = f"equal for {SIZE} steps, to the solution" if parted is None else f"they part in step {parted}"
    return Witness(parted is None and not any(mine[-1]), (told,))


def every_scale(method: Any) -> Witness:
    """The method on S A S from S^(-1) e for diagonal S: S times its iterates are those on A."""
    plain = path(method, MATRIX, START, SIZE)
    lines, holds = [], True
    for S in ((Fraction(1), Fraction(7), Fraction(1, 3), Fraction(10**6)), (Fraction(9, 5),) * 4):
        scaled = [[S[i] * MATRIX[i][j] * S[j] for j in range(SIZE)] for i in range(SIZE)]
        start = [e / s for e, s in zip(START, S, strict=True)]
        found = path(method, np.array(scaled, dtype=object), start, SIZE)
        same = all([s * v for s, v in zip(S, x, strict=True)] == y for x, y in zip(found, plain, strict=True))
        holds &= same
        told = "the same steps" if same else "other steps"
        lines.append(f"coordinates scaled by {', '.join(map(str, S))}: {told}")
    return Witness(holds, tuple(lines))


def slower(method: Any) -> Witness:
    """On I + vv', whose two eigenvalues conjugate gradients need two steps for, the method needs all four."""
    v = (1, 2, 3, 4)
    spiked = Quadratic(
        np.array([[(i == j) + v[i] * v[j] for j in range(SIZE)] for i in range(SIZE)], dtype=object)
    )
    ends = [
        next(k for k, x in enumerate(exact.iterate(other, spiked, START, SIZE)) if not any(x))
        for other in (ConjugateGradient(), method)
    ]
    return Witness(
        ends == [2, SIZE],
        (f"on I + vv', v = {v}: {ends[0]} steps without a preconditioner, {ends[1]} with the method",),
    )


worst = badly_scaled((10.0, 100.0), [4, 8, 16, 32], [0, 6, 12], worst=True)
gaussian = badly_scaled((10.0, 100.0), [8, 16, 32], [0, 6, 12], worst=False)
one_over_T = 2 * rho**t / (1 + rho ** (2 * t))
attained = Delta * one_over_T**2
# The entries of the matrix are rounded, which moves its smallest eigenvalue, relatively, by as much as a
# hundredth of the largest one is rounded: kappa = 100 units of t.
GROWTH = 100 * t

theorems = [
    Theorem(
        name="jacobi-preconditioned-conjugate-gradient",
        title="Preconditioned by the diagonal, conjugate gradients see no scale of the coordinates",
        source=Source("hestenesstiefel1952"),
        also=[Source("sun2020", "appendix")],
        statement="With the diagonal D of the Hessian A as preconditioner the steps are those of conjugate "
        "gradients on D^(-1/2) A D^(-1/2). So the gap is at most 1/T_t² times its start with the condition "
        "number κ of that matrix, whatever that of A is, and for every t a start attains it.",
        method=JacobiConjugateGradient(),
        instances=gaussian,
        epochs=60,
        survey="fast gradient",
        remark="One of the mixed methods of the survey's last paragraph. The Hessians here are S Q S with "
        "unit diagonal in Q and scales S up to 4096; their condition numbers go up to 10⁸. "
        "Where the scales are alike the diagonal may hide what the spectrum offers.",
        predictions=[
            Bound(gap, attained),
            Identity(
                gap,
                attained,
                instances=worst,
                epochs=horizon,
                at="end",
                rounding=GROWTH,
                label="worst start",
            ),
            Counterexample(
                belief="the diagonal as preconditioner makes other steps than a change of scale",
                witness=in_the_scale_of_the_diagonal,
                label="the scale of the diagonal",
            ),
            Counterexample(
                belief="its steps depend on the units in which the unknowns are measured",
                witness=every_scale,
                label="any scale",
            ),
            Counterexample(
                belief="preconditioning by the diagonal never costs a step",
                witness=slower,
                label="not always faster",
            ),
        ],
        rivals=[
            Rival("without a preconditioner", method=ConjugateGradient(), of="Bound"),
            Rival("without a preconditioner, worst start", method=ConjugateGradient(), of="worst start"),
            Rival("Jacobi's method alone", method=Jacobi(), of="Bound"),
            Rival("Barzilai-Borwein steps", method=BarzilaiBorwein1(), of="Bound"),
            Rival(
                "without the factor 2",
                Bound(gap, Delta * rho ** (2 * t), instances=worst, epochs=horizon),
            ),
            Rival(
                "nine tenths of the bound",
                Bound(gap, sp.Rational(9, 10) * attained, instances=worst, epochs=horizon),
            ),
            Rival("conjugate gradients see no scale", method=ConjugateGradient(), of="any scale"),
            Rival("they are slower than themselves", method=ConjugateGradient(), of="not always faster"),
            Rival("they are in the scale", method=ConjugateGradient(), of="the scale of the diagonal"),
        ],
    ),
]
