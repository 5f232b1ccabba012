r"""Proximal steps on functions that need not be smooth."""

from __future__ import annotations

from theorems.obligations import proximal as proved
from theorems.predictions import Proof
from theorems.rivals import sharper_claim
from theorems.theorem import Source, Theorem

single = Proof(
    obligation=proved.proximal_point,
    sha256="24ca09e0f0f19c886587c69b06465757faa11d11106bd41ff763584346fe889c",
)
composite = Proof(
    obligation=proved.proximal_gradient,
    sha256="e7b04df3a9878a2a6ca1966b985967d7c4e98325966519e56db5948908744b89",
)

theorems = [
    Theorem(
        name="proximal-point",
        title="The proximal point method contracts by 1/(1 + μh) on every strongly convex function",
        source=Source("rockafellar1976"),
        statement="The step to the minimiser of f(y) + |y - x|²/(2h) shrinks the distance to the solution by "
        "1/(1 + μh), on every μ-strongly convex function, smooth or not; the parabola μx²/2 attains it.",
        method=None,
        survey="benchmark",
        predictions=[single],
        rivals=[sharper_claim(single)],
    ),
    Theorem(
        name="proximal-gradient",
        title="A proximal term costs gradient descent nothing",
        source=Source("taylorhendrickxglineur2018"),
        statement="On f + r with f μ-strongly convex and L-smooth and r convex, the step h < 2/(L+μ) along "
        "-∇f, followed by the proximal step of r, shrinks the distance to the solution by 1 - μh, as without "
        "r. The proof speaks of two classes of functions.",
        method=None,
        survey="benchmark",
        predictions=[composite],
        rivals=[sharper_claim(composite)],
    ),
]
