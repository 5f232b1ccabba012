r"""Gradient descent on every smooth, strongly convex function: distance, value and gradient norm, proved."""

from __future__ import annotations

import sympy as sp

from solvers.methods import ExactLineSearch, GradientDescent
from theorems.obligations import gradient_descent as proved
from theorems.performance import Obligation
from theorems.predictions import Proof
from theorems.rivals import sharper_claim
from theorems.symbols import L, mu
from theorems.theorem import Rival, Source, Theorem

SHORT, LONG, BEST = (GradientDescent(s) for s in (1 / L, (2 + mu / L) / (L + mu), 2 / (L + mu)))
CLASS = {"mu": mu, "s": L - mu}
#: A method of each length, and the variables of the obligations there.
LENGTHS = {
    "short": (SHORT, CLASS | {"t": (L - mu) / (L + mu)}),
    "long": (LONG, CLASS | {"t": sp.Integer(1)}),
    "best": (BEST, CLASS),
}
#: The statements' hashes.
PINNED = {
    "gd-distance-short": "69f03bd81ee63caf8a6996fc7c8c5b105da9f3b01c5647e1146f3bbc8ca18375",
    "gd-distance-long": "33dc844e7b4f9d26a1f3a0f563693b3bb2f584cb83e85ab4dd4fb3a56a59dea7",
    "gd-distance-best": "8a573a665039ffda2c1c9817752390e664810d82e5beacbb732d9b374939fde1",
    "gd-value-short": "683852a6be74fb14cc68a9451d1592c08ba80667785f58cefc96c18782fc4977",
    "gd-value-long": "8865c40f84c02a037501a96aac70837ec85162ff05f1782845208ecf9a364590",
    "gd-value-best": "6a081c27307f24fd6a37f6c10340ea6fbc1b58751a94e620f5dd20a5cd5b3c20",
    "gd-gradient-short": "706c3b7c998e4d7baad3c4793e8541fbcd65d7be9ce75b089d8f1dcf5f3a7ebc",
    "gd-gradient-long": "82d5970fc203b9cfbce53065a6d8c433dae1132b88a69a578d89b98bbb379126",
    "gd-gradient-best": "fdc734a9d96c4a1fede458bd2e004d937718b34cdd1e3023213b750a553a236e",
}


def proof(obligation: Obligation) -> Proof:
    """The proof, bound to a method with a step of this length."""
    what, length = obligation.name.split("-")[1:]
    method, values = LENGTHS[length]
    return Proof(
        obligation=obligation,
        sha256=PINNED[obligation.name],
        values=values,
        method=method,
        label=f"{what}, {length} step",
    )


distances, values, norms = (
    [proof(o) for o in family] for family in (proved.distances, proved.values, proved.gradient_norms)
)
searched = Proof(
    obligation=proved.exact_line_search,
    sha256="ff885a0d7606aae725e1e0744f77b568968d0d1c40da675a30393b8935656ce7",
    values=CLASS | {"a": sp.Integer(1)},
)

theorems = [
    Theorem(
        name="gradient-descent-strongly-convex",
        title="Gradient descent contracts by max(1 - αμ, αL - 1) on every smooth, strongly convex function",
        source=Source("taylorhendrickxglineur2018"),
        also=[Source("nesterov2004", "Theorem 2.1.15")],
        statement="With any step α up to 2/L, on every function that is μ-strongly convex and L-smooth, the "
        "distance to the solution falls by max(1 - αμ, αL - 1) in every epoch, the gradient's norm by the "
        "same factor, and the gap by its square. The quadratics μx²/2 and Lx²/2 attain it.",
        method=SHORT,
        survey="benchmark",
        remark="Proved for all μ, L and α at once, in three branches: steps below 2/(L+μ), above it, and "
        "that step itself. One step is enough, since the claim of the next one starts from where it ends.",
        predictions=[*distances, *values, *norms],
        rivals=[
            *(sharper_claim(p) for p in (distances[0], distances[2], values[0], values[1], norms[1])),
            Rival(
                "step 101/(100 L)", method=GradientDescent(sp.Rational(101, 100) / L), of=distances[0].label
            ),
            Rival("step 99/(100 L)", method=GradientDescent(sp.Rational(99, 100) / L), of=values[0].label),
            Rival(
                "the best step, 1 percent longer",
                method=GradientDescent(sp.Rational(202, 100) / (L + mu)),
                of=norms[2].label,
            ),
        ],
    ),
    Theorem(
        name="exact-line-search-strongly-convex",
        title="Exact line search contracts the gap by ((κ-1)/(κ+1))² on every smooth, strongly convex "
        "function",
        source=Source("deklerkglineurtaylor2017"),
        statement="If every step goes to the lowest point along the gradient, the gap falls by "
        "((L-μ)/(L+μ))² in every epoch, on every function that is μ-strongly convex and L-smooth.",
        method=ExactLineSearch(),
        survey="benchmark",
        remark="Proved for every positive step at whose end the gradient is orthogonal to the one before. "
        "Kantorovich's inequality is the special case of quadratics. The method of the suite forms its step "
        "from the Hessian; where its atoms are orthonormal that step is 1.",
        predictions=[searched],
        rivals=[
            Rival("99 hundredths of the step", method=ExactLineSearch(sp.Rational(99, 100))),
            Rival("101 hundredths of the step", method=ExactLineSearch(sp.Rational(101, 100))),
        ],
    ),
]
