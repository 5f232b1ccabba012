r"""The optimised gradient method: the smallest worst case that any method has on smooth convex functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import GradientDescent, HeavyBall, NesterovConvex, OptimizedGradient
from solvers.problems import spectra
from solvers.problems.families import (
    Family,
    decades,
    eigenbasis,
    hubers,
    optimized,
    product,
    read_at,
    tridiagonal,
)
from theorems.obligations import accelerated
from theorems.predictions import Bound, Identity, Order, Proof
from theorems.rivals import sharper_claim
from theorems.symbols import L, R, gap, horizon, t
from theorems.theorem import Rival, Source, Theorem


class theta(sp.Function):
    """The last theta of a run of t steps."""

    nargs = 1

    @staticmethod
    def _imp_(steps: Any) -> Any:
        whole = np.nan_to_num(np.asarray(steps, dtype=float)).astype(int)
        before, last = 1.0, [1.0]
        for _ in range(whole.max(initial=0)):
            last.append((1 + np.sqrt(1 + 8 * before * before)) / 2)
            before = (1 + np.sqrt(1 + 4 * before * before)) / 2
        return np.where(np.isnan(steps), np.nan, np.array(last)[whole])


def chosen(epochs: tuple[float, ...], text: str, **arguments: Any) -> Family:
    """Quadratics in their eigenbasis, one for every epoch at which they are read."""
    steps = [round(k) for k in epochs]
    axes = {"build": [eigenbasis], **arguments}
    text = f"{text}, read at epochs {steps[0]} ... {steps[-1]}"
    return Family(read_at, product(epochs=steps, **axes), text)


TIMES = decades(0, 3, per_decade=3)
FEWER = decades(0, 2, per_decade=2)
bends = hubers(TIMES, way=optimized)
longer_bends = hubers(decades(1, 3.5, per_decade=4), way=optimized)
growing = hubers(decades(1, 3, per_decade=4), way=optimized)
parabolas = chosen(
    TIMES, "the parabola Lx²/2", spectrum=[spectra.uniform], n=[1], kappa=[1.0], start=["smallest"]
)
mixed = chosen(
    FEWER,
    "quadratics with log-spaced, uniform and chebyshev spectrum, n = 40, kappa = 10 ... 1e4",
    spectrum=[spectra.log_spaced, spectra.uniform, spectra.chebyshev],
    n=[40],
    kappa=[10.0, 1e4],
    start=["gaussian"],
)
chains = Family(
    read_at,
    product(epochs=[round(k) for k in FEWER], build=[tridiagonal], kappa=[100.0, 1e4], n=[120]),
    "Nesterov's tridiagonal quadratic from x0 = 0, n = 120, kappa = 100, 1e4, read at epochs 1 ... 100",
)

worst_case = L * R**2 / (2 * theta(t) ** 2)
closed_form = L * R**2 / (t + 1) ** 2

decreasing = Proof(
    obligation=accelerated.optimized,
    sha256="d4115c3acb28a476142a61bdbbfae519f7d65c2c0bc38d2ca294ecc89bfb6a00",
    values={"a": sp.Integer(2), "L": L},
    label="potential",
)
final = Proof(
    obligation=accelerated.optimized_last,
    sha256="5be78e6916de6f5672404199202326928e64e8916d245997782bcd323927638d",
    values={"a": sp.Integer(2), "L": L},
    label="last step",
)

theorems = [
    Theorem(
        name="optimized-gradient",
        title="The optimised gradient method has the gap LR²/(2θ²), half of Nesterov's bound",
        source=Source("kimfessler2016", "Theorem 2"),
        also=[Source("drori2017", "Theorem 3"), Source("droriteboulle2014")],
        statement="On every convex function with an L-Lipschitz gradient the gap after the T steps for which "
        "the method was started is at most LR²/(2θ_T²), which is less than LR²/(T+1)². The parabola Lx²/2 "
        "and a Huber function attain it.",
        method=OptimizedGradient(),
        instances=bends,
        epochs=horizon,
        survey="fast gradient",
        remark="θ(t) is the last θ of a run of t steps: θ_0 = 1, θ_(k+1) = (1 + √(1 + 4θ_k²))/2, and 8 for "
        "the 4 in the last step. In as many dimensions as steps no first-order method has a smaller worst "
        "case (second source); here that is cited, not tried. The last step needs the number of steps "
        "beforehand.",
        predictions=[
            Identity(gap, worst_case, at="end", rounding=t**2, label="worst Huber function"),
            Identity(gap, worst_case, instances=parabolas, at="end", label="parabola"),
            Bound(gap, worst_case, at="end", instances=mixed, label="quadratics"),
            Bound(gap, worst_case, at="end", instances=chains, quick=False, label="tridiagonal"),
            Bound(gap, closed_form, at="end", label="closed form"),
            Order(gap, 2, origin=1, rechosen=True, instances=growing, full=longer_bends),
            decreasing,
            final,
        ],
        rivals=[
            sharper_claim(decreasing),
            sharper_claim(final),
            Rival(
                "last step 101/(100 L)", method=OptimizedGradient(sp.Rational(101, 100) / L), of="last step"
            ),
            Rival("step 101/(100 L)", method=OptimizedGradient(sp.Rational(101, 100) / L), of="potential"),
            Rival("half of the closed form", Bound(gap, closed_form / 2, at="end")),
            Rival(
                "99 hundredths of the bound",
                Bound(gap, sp.Rational(99, 100) * worst_case, at="end", instances=parabolas),
            ),
            Rival(
                "one step more in the bound",
                Bound(gap, L * R**2 / (2 * theta(t + 1) ** 2), at="end", instances=parabolas),
            ),
            Rival(
                "the last step like the others",
                method=OptimizedGradient(horizon=horizon + 1),
                of="parabola",
            ),
            Rival(
                "the last step's theta a step early",
                method=OptimizedGradient(horizon=horizon - 1),
                of="worst Huber function",
            ),
            Rival("without the second momentum", method=NesterovConvex(), of="worst Huber function"),
            Rival("step 9/(10 L)", method=OptimizedGradient(step=9 / (10 * L)), of="worst Huber function"),
            Rival("gradient descent", method=GradientDescent(1 / L), of="worst Huber function"),
            Rival("constant momentum 9/10", method=HeavyBall(1 / L, sp.Rational(9, 10)), of="quadratics"),
            Rival("order 1/t", Order(gap, 1, origin=1, rechosen=True, instances=growing)),
            Rival(
                "order t^(-9/4)", Order(gap, sp.Rational(9, 4), origin=1, rechosen=True, instances=growing)
            ),
            Rival(
                "order t^(-7/4)", Order(gap, sp.Rational(7, 4), origin=1, rechosen=True, instances=growing)
            ),
        ],
    ),
]
