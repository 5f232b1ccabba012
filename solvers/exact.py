"""The exact reading: the same text on rationals or on floats of many digits.

Vectors are numpy object arrays with one run; every verb of the vocabulary works on them as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.method import Method


def rational(expression: Any, values: Mapping[sp.Symbol, Any], owner: str) -> Fraction:
    """The exact value of an expression whose symbols have rational values.

    Raises:
        ValueError: the value is not rational.
    """
    number = sp.nsimplify(sp.sympify(expression)).subs(
        {s: sp.Rational(*Fraction(v).as_integer_ratio()) for s, v in values.items()}
    )
    number = sp.simplify(number)
    if not number.is_Rational:
        raise ValueError(f"{owner} = {number} is not rational here; choose constants that make it so")
    return Fraction(int(number.p), int(number.q))


def objects(array: Any, number: Callable[[Any], Any]) -> np.ndarray:
    """The array with a run axis of length 1 and its entries converted by ``number``."""
    flat = [number(v) for v in np.asarray(array).ravel().tolist()]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(1, *np.shape(array))


def iterate(
    method: Method,
    problem: Any,
    start: Any,
    steps: int,
    number: Callable[[Any], Any] = Fraction,
    **options: Any,
) -> Iterator[np.ndarray]:
    """The iterates x_0, x_1, ... x_steps, each a copy of shape (dimension,), in exact arithmetic.

    The arguments are those of ``states``.
    """
    for state in states(method, problem, start, steps, number, **options):
        yield state[0][0].copy()


def states(
    method: Method,
    problem: Any,
    start: Any,
    steps: int,
    number: Callable[[Any], Any] = Fraction,
    constants: Mapping[sp.Symbol, Any] | None = None,
    leaves: Sequence[Any] | None = None,
    draws: Sequence[Any] | None = None,
    coins: Sequence[bool] | None = None,
) -> Iterator[Any]:
    """The states after 0, 1, ... ``steps`` steps in exact arithmetic; the next step writes over them.

    Args:
        method: its expressions are evaluated exactly at ``constants``.
        problem: a NamedTuple of arrays without a run axis.
        start: the initial error.
        number: converts an entry (``Fraction``, ``mpmath.mpf``).
        leaves: the leaves of the state to continue from, instead of the method's own start.
        draws: the index (or batch) that each step draws, for a method that draws.
        coins: whether ``by_chance`` comes before each step.
    """
    values = [
        rational(v, constants or {}, f"{type(method).__name__}.{f}")
        for f, v in zip(method._fields, method, strict=True)
    ]
    hyper = [objects([number(v.numerator) / number(v.denominator)], number) for v in values]
    columns = type(method)(*hyper)
    exact = type(problem)(*(objects(array, number) for array in problem))
    state = columns.start(exact, objects(start, number))
    if leaves is not None:
        state = type(state)(*(objects(leaf, number) for leaf in leaves))
    yield state
    for k in range(steps):
        protocol.outer(columns, exact, state)
        if coins and coins[k]:
            protocol.by_chance(columns, exact, state)
        index = np.array([draws[k] if draws else 0])
        protocol.update(columns, exact, state, (np.zeros(1, int), index))
        protocol.refresh(columns, exact, state)
        yield state
