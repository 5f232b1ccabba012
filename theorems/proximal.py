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
composite_fast = Proof(
    obligation=proved.fista, sha256="b7ef93f757d2a8eecc2769e8246124820e25d74c458433d0ed1434d96c5c35db"
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
    Theorem(
        name="proximal-accelerated",
        title="A proximal term costs Nesterov's method nothing",
        source=Source("beckteboulle2009", "Theorem 4.4"),
        statement="On f + r with f convex and L-smooth and r convex, Nesterov's method with the proximal "
        "step of r "
        "at the end of each of its own keeps t_k² (F(x_k) - F*) + L/2 |z_k - x*|² from growing, whatever "
        "t_k > 1 is, so the gap is at most LR²/(2t_k²).",
        method=None,
        survey="fast gradient",
        remark="With t_1 = 1, t_k is at least (k+1)/2, and the bound is the source's 2LR²/(k+1)².",
        predictions=[composite_fast],
        rivals=[sharper_claim(composite_fast)],
    ),
]
