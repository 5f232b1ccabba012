"""Rivals that many theorems share."""

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from theorems.performance import Obligation, sharper
from theorems.predictions import Complexity, Proof
from theorems.symbols import epsilon
from theorems.theorem import Rival

QUARTER = sp.Rational(1, 4)


def wrong_powers(claim: Complexity) -> list[Rival]:
    """The claim with the power of its first constant off by 1/4 either way, with the log squared, and with
    twice the leading constant if it claims one.

    The runs are those of the claim itself, so these rivals cost nothing.
    """
    constant, log = claim.against[0], sp.log(1 / epsilon)
    twisted = {
        f"power of {constant} larger by 1/4": constant**QUARTER,
        f"power of {constant} smaller by 1/4": constant**-QUARTER,
        "log 1/epsilon squared": log,
        **({"twice the leading constant": 2} if claim.leading else {}),
    }
    return [
        Rival(name, replace(claim, expression=claim.expression * factor)) for name, factor in twisted.items()
    ]


def sharper_claim(proof: Proof, percent: int = 1) -> Rival:
    """The proof's claim with its right side smaller; false, as a function shows that attains the claim."""
    assert isinstance(proof.obligation, Obligation)
    name = f"{percent} percent sharper: {proof.label or proof.obligation.name}"
    less = sharper(proof.obligation, Fraction(percent, 100))
    return Rival(name, replace(proof, obligation=less, sha256=""))
