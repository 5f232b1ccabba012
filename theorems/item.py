r"""The information-theoretic exact method: the smallest worst distance that any method has on the class."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from solvers.methods import ITEM, GradientDescent, HeavyBall, Nesterov, TripleMomentum
from theorems.obligations import accelerated
from theorems.predictions import Bound, Identity, Proof
from theorems.rivals import sharper_claim, wrong_powers
from theorems.symbols import L, R, distance, kappa, mu, q, rho, t
from theorems.theorem import Rival, Source, Theorem
from theorems.triple_momentum import bends, largest, mixed, scaling, smallest


class A(sp.Function):
    """A_t of the method for a condition number: A_0 = 0 and its recursion."""

    nargs = 2

    @staticmethod
    def _imp_(steps: Any, condition: Any) -> Any:
        steps, ratio = np.broadcast_arrays(np.asarray(steps, dtype=float), 1 / np.asarray(condition))
        ratios = np.unique(ratio)
        now, rows = np.zeros_like(ratios), [np.zeros_like(ratios)]
        for _ in range(int(np.nanmax(steps, initial=0))):
            root = np.sqrt((1 + now) * (1 + ratios * now))
            now = ((1 + ratios) * now + 2 * (1 + root)) / (1 - ratios) ** 2
            rows.append(now)
        found = np.array(rows)[np.nan_to_num(steps).astype(int), np.searchsorted(ratios, ratio)]
        return np.where(np.isnan(steps), np.nan, found)


exact = R / sp.sqrt(1 + A(t, kappa) / kappa)
closed_form = R * (1 - q) ** t / sp.sqrt((1 - q) ** (2 * t) + q**2)


def guessing(multiple: sp.Rational) -> ITEM:
    """The method for a condition number that is guessed as a multiple of kappa."""
    return ITEM(ratio=mu / (multiple * L))


decreasing = Proof(
    obligation=accelerated.item,
    sha256="7cab3f9bc02de3af7a96f87da437bc94efd8028c1fb21eaf20ea733482bbdb00",
    values={"L": L, "u": sp.sqrt(L / mu) - 1, "w": sp.Integer(1)},
    label="potential",
    whole=False,
)

theorems = [
    Theorem(
        name="item",
        title="The information-theoretic exact method has the least possible worst distance, at every step",
        source=Source("taylordrori2023", "Theorem 3"),
        also=[Source("droritaylor2022")],
        statement="On every function that is μ-strongly convex and L-smooth the squared distance after t "
        "epochs is at most R²/(1 + A_t/κ), with A_0 = 0 and (1-1/κ)² A_(t+1) = (1+1/κ) A_t + 2 + "
        "2√((1+A_t)(1+A_t/κ)). Quadratics attain it at every t, on both ends of the spectrum.",
        method=ITEM(),
        instances=bends,
        epochs=30 * sp.sqrt(kappa) + 20,
        survey="fast gradient",
        remark="No first-order method has a smaller worst case in as many dimensions as epochs (second "
        "source); that is cited, not tried. In the limit the method is the triple momentum method, and the "
        "factor per epoch 1 - 1/√κ. It tends to a defective iteration on the steepest mode, so roundings add "
        "up like t².",
        predictions=[
            Identity(distance, exact, instances=smallest, rounding=t**2, label="slowest mode"),
            Identity(distance, exact, instances=largest, rounding=t**2, label="steepest mode"),
            Bound(distance, exact),
            Bound(distance, exact, instances=mixed, rounding=t**2, quick=False, label="quadratics"),
            Bound(distance, closed_form, instances=smallest, rounding=t**2, label="closed form"),
            decreasing,
            scaling,
        ],
        rivals=[
            sharper_claim(decreasing),
            Rival("step 101/(100 L)", method=ITEM(step=sp.Rational(101, 100) / L), of="potential"),
            Rival(
                "99 hundredths of the bound",
                Bound(distance, sp.Rational(99, 100) * exact, instances=smallest),
            ),
            Rival("one epoch ahead", Bound(distance, exact.subs(t, t + 1), instances=smallest)),
            Rival("no prefactor", Bound(distance, R * (1 - q) ** t, instances=smallest)),
            Rival("rate of the heavy ball", Bound(distance, R * rho**t, instances=smallest)),
            Rival("momentum for 2 kappa", method=guessing(sp.Integer(2)), of="slowest mode"),
            Rival("momentum for kappa/2", method=guessing(sp.Rational(1, 2)), of="slowest mode"),
            Rival("step 99/(100 L)", method=ITEM(step=99 / (100 * L)), of="slowest mode"),
            Rival("its limit from the start", method=TripleMomentum(), of="steepest mode"),
            Rival("nesterov", method=Nesterov(), of="quadratics"),
            Rival("heavy ball", method=HeavyBall(), of="Bound"),
            Rival("gradient descent", method=GradientDescent(), of="quadratics"),
            *wrong_powers(scaling),
        ],
    ),
]
