r"""Colours: coordinate descent in parallel, without any change to its iterates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.chains import operations
from solvers.free_state import radius
from solvers.methods import GaussSeidel, GradientDescent, Jacobi, RandomizedCoordinateDescent
from solvers.methods.block_coordinate_descent import BlockCoordinateDescent
from solvers.problems.coloured import Coloured, by_colour, colour_count, degree, greedy
from solvers.problems.instance import Instance
from solvers.problems.parallel_families import banded, grid, grids, in_colours, sparse
from solvers.problems.quadratic import Quadratic
from solvers.problems.splitting_families import laplacian
from theorems.facts import equal, within
from theorems.predictions import Calculation, Counterexample, Fact, Rate, Witness
from theorems.symbols import kappa, n
from theorems.theorem import Rival, Source, Theorem

# ---------------------------------------------------------------- the same iterates

#: Integer matrices, positive definite since their diagonals dominate.
MATRICES = {
    "3 x 4 grid": np.rint(grid(3, 4).problem.Q).astype(int),
    "second difference, n = 7": np.rint(laplacian(7).problem.Q).astype(int),
    "band of width 2, n = 8": 9 * np.eye(8, dtype=int)
    - sum((k + 1) * (np.eye(8, k=k, dtype=int) + np.eye(8, k=-k, dtype=int)) for k in (1, 2)),
    "wheel of 6": np.array(
        [
            [7 if i == j else -1 if 0 in (i, j) or abs(i - j) in (1, 5) else 0 for j in range(7)]
            for i in range(7)
        ]
    ),
}
SWEEPS = 4


def single(matrix: np.ndarray) -> np.ndarray:
    """One colour for all."""
    return np.zeros(len(matrix), int)


def one_by_one(method: Any, colours: Callable[[np.ndarray], np.ndarray] = greedy) -> Witness:
    """The method beside coordinate descent through the colours, one coordinate after the other."""
    lines, holds = [], True
    for name, matrix in MATRICES.items():
        chosen = colours(matrix)
        order = np.argsort(chosen, kind="stable").tolist()
        start = [Fraction(3 * i * i % 7 - 2) for i in range(len(matrix))]
        mine = list(exact.iterate(method, Coloured(matrix, chosen), start, SWEEPS))
        draws = order * SWEEPS
        theirs = list(
            exact.iterate(RandomizedCoordinateDescent(), Quadratic(matrix), start, len(draws), draws=draws)
        )[:: len(matrix)]
        same = all((x == y).all() for x, y in zip(mine, theirs, strict=True))
        holds &= same
        found = f"equal for {SWEEPS} sweeps" if same else "they part"
        lines.append(f"{name}, {chosen.max() + 1} colours, beside coordinate descent in their order: {found}")
    return Witness(holds, tuple(lines))


# ---------------------------------------------------------------- how many colours

GRAPHS: Sequence[tuple[Instance, Callable[[Instance], int]]] = [
    *((grid(a, b), lambda instance: 2) for a, b in ((2, 2), (4, 5), (7, 7), (3, 12))),
    *((laplacian(size), lambda instance: 2) for size in (3, 10, 31)),
    *((banded(24, width), lambda instance, width=width: width + 1) for width in (1, 2, 3, 5)),
]


def least(ordered: Callable[[Instance], np.ndarray]) -> list[Fact]:
    """Colours of a greedy colouring, on graphs whose number of colours is known."""
    return [
        equal(instance.label, known(instance), colour_count(ordered(instance)), 0)
        for instance, known in GRAPHS
    ]


def limit(most: int | None) -> list[Fact]:
    """Colours of random graphs, at most so many, or one more than the most neighbours if None."""
    facts = []
    for size, neighbours in ((40, 2), (40, 4), (60, 6)):
        for seed in range(4):
            instance = sparse(size, neighbours, seed)
            most_of_all = most or degree(instance.problem.Q)
            facts.append(
                within(instance.label, colour_count(instance.problem.Q), 2, most_of_all, most_of_all)
            )
    return facts


def natural(instance: Instance) -> np.ndarray:
    return instance.problem.Q


def shuffled(instance: Instance) -> np.ndarray:
    """The unknowns in a random order."""
    order = np.random.default_rng(instance.dimension).permutation(instance.dimension)
    return instance.problem.Q[np.ix_(order, order)]


known = Calculation(
    compute=least, method=None, arguments={"ordered": natural}, label="known", ran="greedy colourings"
)
random = Calculation(
    compute=limit,
    method=None,
    arguments={"most": None},
    rests_on="bound",
    label="random",
    ran="greedy colourings of random graphs",
)

# ---------------------------------------------------------------- rates and times

of_jacobi = (kappa - 1) / (kappa + 1)
omega = 2 * (kappa + 1) / (sp.sqrt(kappa) + 1) ** 2
of_relaxation = ((sp.sqrt(kappa) - 1) / (sp.sqrt(kappa) + 1)) ** 2
lattices = grids((3, 5))
red_black = in_colours(lattices)


def of_sweeps(method: Any, ordered: Callable[[Instance], Instance], shares: float) -> list[Fact]:
    """The time of gradient descent for a factor e over that of the method in this order, in the long run: as
    many sweeps as it may, one waiting for the other; ``shares`` times the ratio of the spans of a round."""
    facts = []
    for width in (3, 4, 6):
        instance = grid(width, width)
        own = ordered(instance)
        mine, theirs = longest(method, own), longest(GradientDescent(), instance)
        times = mine / -math.log(radius(method, own)), theirs / -math.log(radius(GradientDescent(), instance))
        spans = theirs / mine
        # The factors are ((κ-1)/(κ+1))² and (κ-1)/(κ+1), from a radius whose rounding is n u over 1/κ.
        rounding = 8 * width**2 * 2.0**-52 * width**2
        facts.append(equal(instance.label, shares * spans, times[1] / times[0], shares * spans * rounding))
    return facts


def longest(method: Any, instance: Instance) -> int:
    """What a round adds to the longest chain in the long run."""
    return operations(method, instance, 3).span - operations(method, instance, 2).span


def same(instance: Instance) -> Instance:
    return instance


def spans_of_a_sweep(method: Any, ordered: Callable[[Instance], Instance]) -> list[Fact]:
    """What a sweep adds to the longest chain: 11 on a grid of any size."""
    return [
        equal(instance.label, 11, longest(method, ordered(instance)), 0)
        for instance in map(grid, (4, 5, 8), (4, 6, 5))
    ]


two = Calculation(
    compute=of_sweeps,
    method=GaussSeidel(),
    arguments={"ordered": by_colour, "shares": 2.0},
    quick=False,
    label="time in colours",
    ran="spans and exact factors on grids, sweeps in the order of two colours",
)
waves = Calculation(
    compute=spans_of_a_sweep,
    method=GaussSeidel(),
    arguments={"ordered": by_colour},
    label="span in colours",
    ran="the operations of 2 and 3 sweeps over grids in the order of two colours",
)

same_path = Counterexample(
    belief="moving all unknowns of a colour at once changes the iterates of coordinate descent",
    witness=one_by_one,
    label="colours",
)


def at_once(method: Any) -> Witness:
    """The same with one colour for all unknowns."""
    return one_by_one(method, single)


rates = [
    Rate(of_jacobi, method=Jacobi(), label="Jacobi", quick=False),
    Rate(of_jacobi**2, label="natural order", quick=False),
    Rate(of_jacobi**2, instances=red_black, label="two colours", quick=False),
    Rate(of_relaxation, method=GaussSeidel(omega), label="over-relaxation, natural order", quick=False),
    Rate(
        of_relaxation,
        method=GaussSeidel(omega),
        instances=red_black,
        label="over-relaxation, two colours",
        quick=False,
    ),
    Rate(sp.cos(sp.pi / (sp.sqrt(n) + 1)) ** 2, instances=red_black, label="in the width", quick=False),
]

theorems = [
    Theorem(
        name="colours-keep-the-iterates",
        title="All unknowns of a colour may move at once: the iterates are those of coordinate descent",
        source=Source("bertsekastsitsiklis1989"),
        statement="If no two unknowns of a colour meet in the Hessian, then the exact step over all "
        "unknowns of a colour at once, colour after colour, gives the same iterates as coordinate descent "
        "through the unknowns one by one in the order of their colours.",
        method=BlockCoordinateDescent(),
        survey="parallel",
        predictions=[same_path],
        rivals=[
            Rival("one colour for all, which is Jacobi's method", replace(same_path, witness=at_once)),
            Rival("relaxation 9/10", method=BlockCoordinateDescent(sp.Rational(9, 10)), of="colours"),
        ],
    ),
    Theorem(
        name="few-colours",
        title="Grids have two colours, bands of width w have w + 1, graphs of degree d at most d + 1",
        source=Source("bertsekastsitsiklis1989"),
        statement="The first colour that no earlier neighbour has gives two colours to the unknowns of a "
        "grid in their natural order, w + 1 to those of a full band of width w, and at most d + 1 where an "
        "unknown has at most d neighbours.",
        method=None,
        survey="parallel",
        predictions=[known, random],
        rivals=[
            Rival("two colours in whatever order", replace(known, arguments={"ordered": shuffled})),
            Rival("four colours for every graph", replace(random, arguments={"most": 4})),
        ],
    ),
    Theorem(
        name="red-black-order",
        title="On grids the order of two colours is as fast as the natural one, and its sweeps as short",
        source=Source("young1954"),
        also=[Source("bertsekastsitsiklis1989")],
        statement="On a square grid the factor of a sweep of coordinate descent is the square of Jacobi's, "
        "(κ-1)²/(κ+1)², in the natural order and in that of two colours, and the best relaxation gives "
        "((√κ-1)/(√κ+1))² in both. A sweep adds 11 units to the longest chain however large the grid is, a "
        "step of gradient descent 6: coordinate descent in parallel is 12/11 times as fast as gradient "
        "descent with step 2/(L + μ).",
        method=GaussSeidel(),
        instances=lattices,
        epochs=20 * kappa + 100,
        survey="parallel",
        remark="The source's theorem is for consistently ordered matrices; κ = cot²(π/(2m + 2)) on a grid m "
        "points wide, so the factor is cos²(π/(m + 1)). Sweeps in natural order follow each other in waves "
        "and add as little.",
        predictions=[
            *rates,
            waves,
            replace(waves, arguments={"ordered": same}, label="span in natural order"),
            two,
        ],
        rivals=[
            Rival("two colours as slow as Jacobi", replace(rates[2], expression=of_jacobi)),
            Rival(
                "relaxation larger by a hundredth",
                method=GaussSeidel(omega * sp.Rational(101, 100)),
                of="over-relaxation, two colours",
            ),
            Rival(
                "as long as a sweep of a full matrix",
                replace(two, arguments={"ordered": by_colour, "shares": 0.5}),
            ),
            Rival("gradient descent waits as long", method=GradientDescent(), of="span in colours"),
            Rival("Jacobi as fast", method=Jacobi(), of="time in colours"),
        ],
    ),
]
