"""Proofs for all parameters without hints: exact proofs at many numbers, and rational functions through them.

A small set of hypotheses is taken from proofs at a few numbers. With it, the multipliers are computed exactly
at as many numbers as it takes to tell each as a quotient of two polynomials; the quotients are then put into
the symbolic proof, which shows whether they are right.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import QQ

from checks.proofs.rounding import ROOM, prove_at
from checks.proofs.sdp import NotSolved, worst_case
from checks.proofs.symbolic import NotProved, eliminate, prove
from theorems.performance import Obligation

#: Largest degree of the polynomials, and how many numbers are tried at most.
DEGREE, MOST = 6, 150
#: Samples beyond the number of coefficients: a wrong quotient does not pass through them.
SPARE = 3
PRIME = 2**31 - 1

Quotient = tuple[dict[tuple[int, ...], Fraction], dict[tuple[int, ...], Fraction]]


def prove_without_hints(obligation: Obligation) -> dict[str, Any]:
    """A certificate for all parameters.

    Raises:
        NotProved: no exact proof at numbers, no rational functions through them, or these prove nothing.
    """
    if not obligation.variables:
        return prove_at(obligation, ())
    failed = []
    first = next(_numbers(len(obligation.variables)))
    try:
        if worst_case(obligation.statement(*first)).ratio < 1 - ROOM:
            raise NotProved("no rational fit: the claim has room, so that its multipliers are not unique")
    except NotSolved as error:
        raise NotProved(str(error)) from None
    for support in _supports(obligation):
        tried = replace(obligation, support=support, worst=(), known={})
        try:
            quotients = _quotients(tried)
            known = {name: _function(quotient) for name, quotient in quotients.items()}
            return prove(replace(tried, support=(), known=_all(obligation, known)))
        except NotProved as error:
            failed.append(str(error))
    raise NotProved("; ".join(dict.fromkeys(failed)) or "no exact proof at any numbers")


def _numbers(count: int) -> Iterator[tuple[Fraction, ...]]:
    """Small different numbers for so many variables, spread by a linear congruence."""
    state = 1
    while True:
        values = []
        for _ in range(count):
            state = (state * 1103515245 + 12345) % 2**31
            values.append(Fraction(1 + (state >> 16) % 9, 1 + (state >> 21) % 5))
        yield tuple(values)


def _multipliers(obligation: Obligation, values: Sequence[Fraction]) -> dict[Any, Fraction]:
    """Those of an exact proof at these numbers that are not 0."""
    found = prove_at(obligation, values)["proof"]["multipliers"]
    return {m["of"] if isinstance(m["of"], str) else tuple(m["of"]): Fraction(m["value"]) for m in found}


def _supports(obligation: Obligation) -> list[list[Any]]:
    """Sets of hypotheses that prove the claim at a few numbers, the smallest first."""
    found = []
    for values in itertools.islice(_numbers(len(obligation.variables)), 4):
        try:
            support = sorted(_multipliers(obligation, values), key=str)
        except NotProved:
            continue
        if support not in found:
            found.append(support)
    return sorted(found, key=len)


def _quotients(obligation: Obligation) -> dict[Any, Quotient]:
    """The multipliers as quotients of polynomials in the variables.

    Raises:
        NotProved: there are none of small degree, or too few exact proofs.
    """
    count = len(obligation.variables)
    numbers = itertools.islice(_numbers(count), MOST)
    samples: dict[tuple[Fraction, ...], dict[Any, Fraction]] = {}
    found: dict[Any, Quotient] = {}
    for degree in range(DEGREE + 1):
        powers = [e for e in itertools.product(range(degree + 1), repeat=count) if sum(e) <= degree]
        while len(samples) < 2 * len(powers) + SPARE:
            values = next(numbers, None)
            if values is None:
                left = [name for name in obligation.support if name not in found]
                raise NotProved(f"no rational fit of {', '.join(map(str, left))} up to degree {degree - 1}")
            try:
                samples[values] = _multipliers(obligation, values)
            except NotProved:
                continue
        for name in obligation.support:
            if name not in found:
                heights = {values: m.get(name, Fraction(0)) for values, m in samples.items()}
                quotient = _through(heights, powers)
                if quotient is not None:
                    found[name] = quotient
        if len(found) == len(obligation.support):
            return found
    raise NotProved(f"no rational fit up to degree {DEGREE}")


def _through(
    heights: dict[tuple[Fraction, ...], Fraction], powers: Sequence[tuple[int, ...]]
) -> Quotient | None:
    """A quotient of polynomials with these powers through all the heights, if there is one.

    Which coefficients are not 0 is found modulo a prime; the exact equations are small then.
    """
    rows = []
    for values, height in heights.items():
        monomials = [Fraction(_monomial(values, e)) for e in powers]
        rows.append([*monomials, *(-height * m for m in monomials)])
    used = _null_vector(rows)
    if used is None:
        return None
    *unknown, last = used
    system = [[*(row[k] for k in unknown), -row[last]] for row in rows]
    solution, free = eliminate(system, len(unknown))
    if solution is None or free:
        return None
    coefficients = dict(zip(used, [*solution, Fraction(1)], strict=True))
    count = len(powers)
    over, under = (
        {e: coefficients[k + at] for k, e in enumerate(powers) if k + at in used} for at in (0, count)
    )
    return (over, under) if under else None


def _null_vector(rows: Sequence[Sequence[Fraction]]) -> list[int] | None:
    """Where a null vector of this matrix modulo PRIME is not 0; None if there is none."""
    matrix = np.array([[c.numerator * pow(c.denominator, -1, PRIME) % PRIME for c in row] for row in rows])
    pivots: list[int] = []
    for column in range(matrix.shape[1]):
        at = len(pivots)
        found = np.flatnonzero(matrix[at:, column])
        if not found.size:
            vector = matrix[:at, column]
            return [*(p for p, c in zip(pivots, vector, strict=True) if c), column]
        matrix[[at, at + found[0]]] = matrix[[at + found[0], at]]
        matrix[at] = matrix[at] * pow(int(matrix[at, column]), -1, PRIME) % PRIME
        others = np.arange(len(matrix)) != at
        matrix[others] = (matrix[others] - matrix[others, column, None] * matrix[at] % PRIME) % PRIME
        pivots.append(column)
        if len(pivots) == len(matrix):
            return None
    return None


def _monomial(values: Sequence[Any], exponents: Sequence[int]) -> Any:
    total = 1
    for value, power in zip(values, exponents, strict=True):
        total = total * value**power
    return total


def _function(quotient: Quotient) -> Callable[..., Any]:
    """The quotient as a function of the variables in sympy's field."""

    def evaluated(*variables: Any) -> Any:
        field = variables[0].field
        over, under = (
            sum(
                (QQ(c.numerator, c.denominator) * _monomial(variables, e) for e, c in part.items()),
                field.zero,
            )
            for part in quotient
        )
        return over / under

    return evaluated


def _all(obligation: Obligation, known: dict[Any, Callable[..., Any]]) -> dict[Any, Callable[..., Any]]:
    """Also the hypotheses that are not used, with multiplier 0."""
    statement = obligation.statement(*(Fraction(1) for _ in obligation.variables))
    return dict.fromkeys(statement.hypotheses(), lambda *_: Fraction(0)) | known
