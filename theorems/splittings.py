r"""Jacobi, Gauss-Seidel and over-relaxation: what they are, when they converge, and how fast."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.chains import longest_chain
from solvers.methods import GaussSeidel, GradientDescent, Jacobi, RandomizedCoordinateDescent
from solvers.problems.quadratic import Quadratic
from solvers.problems.sampled_families import coordinates, equicorrelated, equicorrelations, together
from solvers.problems.scaled_families import scaled_coordinates
from solvers.problems.splitting_families import chains, laplacians, sun_yes
from theorems.predictions import Bound, Complexity, Counterexample, Rate, SpeedUp, Witness
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L, R, distance, epsilon, gap, kappa, kappa_CD, mu, n, rho
from theorems.theorem import Rival, Source, Theorem

half = sp.Rational(1, 2)
nats = sp.log(1 / epsilon)

# ---------------------------------------------------------------- identities, in rationals

#: A positive definite matrix whose diagonal has rational roots, a start, and the roots.
MATRIX = np.array([[1, 1, 0, -1], [1, 4, 2, 0], [0, 2, 9, 3], [-1, 0, 3, 16]], dtype=object)
START, ROOTS = [Fraction(v) for v in (3, -1, 2, 1)], [Fraction(v) for v in (1, 2, 3, 4)]
SWEEPS = 6


def path(method: Any, matrix: Any, start: Any, steps: int, **options: Any) -> list[list[Any]]:
    """The iterates in exact arithmetic."""
    return [x.tolist() for x in exact.iterate(method, Quadratic(matrix), start, steps, **options)]


def scaled_gradient(method: Any) -> Witness:
    """The method beside gradient descent with step 1 on D^(-1/2) A D^(-1/2) from D^(1/2) e."""
    mine = path(method, MATRIX, START, SWEEPS, constants={mu: 1, L: 20})
    scaled = [[MATRIX[i][j] / ROOTS[i] / ROOTS[j] for j in range(4)] for i in range(4)]
    start = [r * e for r, e in zip(ROOTS, START, strict=True)]
    theirs = path(GradientDescent(step=sp.Integer(1)), np.array(scaled, dtype=object), start, SWEEPS)
    back = [[y / r for y, r in zip(x, ROOTS, strict=True)] for x in theirs]
    return compared(mine, back, "gradient descent with step 1 in the scale of the diagonal")


def swept(method: Any) -> Witness:
    """The method beside coordinate descent whose coordinates are drawn in their order."""
    mine = path(method, MATRIX, START, SWEEPS, constants={mu: 1, L: 20})
    draws = [*range(4)] * SWEEPS
    theirs = path(RandomizedCoordinateDescent(), MATRIX, START, 4 * SWEEPS, draws=draws)
    return compared(mine, theirs[::4], "coordinate descent, coordinates in their order")


def solved(method: Any) -> Witness:
    """The method beside the splitting (D + lower) x_{k+1} = -upper x_k, by forward substitution."""
    mine = path(method, MATRIX, START, SWEEPS, constants={mu: 1, L: 20})
    theirs = [START]
    for _ in range(SWEEPS):
        x: list[Fraction] = []
        for i in range(4):
            before = sum(MATRIX[i][j] * x[j] for j in range(i))
            after = sum(MATRIX[i][j] * theirs[-1][j] for j in range(i + 1, 4))
            x.append(-(before + after) / MATRIX[i][i])
        theirs.append(x)
    return compared(mine, theirs, "the splitting, by forward substitution")


def where_they_part(mine: list[list[Any]], theirs: list[list[Any]]) -> int | None:
    """The first step at which two exact paths differ, None if they are equal."""
    return next((k for k, (x, y) in enumerate(zip(mine, theirs, strict=True)) if x != y), None)


def compared(mine: list[list[Any]], theirs: list[list[Any]], what: str) -> Witness:
    """Whether two exact paths are equal, and where they part."""
    parted = where_they_part(mine, theirs)
    last = ", ".join(f"{float(v):.6g}" for v in mine[-1])
    told = f"equal for {SWEEPS} steps, to {last}" if parted is None else f"they part in step {parted}"
    return Witness(parted is None, (f"beside {what}: {told}",))


def one_step(method: Any) -> Witness:
    """On a diagonal Hessian with entries 1 and 4: the method after one step, and any constant step."""
    at = {mu: 1, L: 4}
    *_, end = path(
        method, np.array([[1, 0], [0, 4]], dtype=object), [Fraction(1), Fraction(1)], 1, constants=at
    )
    return Witness(
        not any(end),
        (
            f"f = (x² + 4y²)/2 from (1, 1): the method is at ({end[0]}, {end[1]}) after one step",
            "gradient descent with step α is at (1 - α, 1 - 4α), which is zero for no α",
        ),
    )


def growth(method: Any) -> Witness:
    """On I/2 + 11'/2 with n = 4, from the vector of ones: 1 - (1 + 3/2) = -3/2 a step."""
    matrix = np.array([[Fraction(1 + (i == j), 2) for j in range(4)] for i in range(4)], dtype=object)
    ones = [Fraction(1)] * 4
    xs = path(method, matrix, ones, 8, constants={mu: half, L: sp.Rational(5, 2)})
    grew = all(x == [Fraction(-3, 2) ** k] * 4 for k, x in enumerate(xs))
    return Witness(
        grew,
        (
            "Q = I/2 + 11'/2, n = 4, eigenvalues 1/2 and 5/2, from (1, 1, 1, 1): after 8 steps at "
            f"{xs[-1][0]} in every coordinate",
        ),
    )


def tree(method: Any) -> Witness:
    """The longest chain of a step on n unknowns: that of a balanced tree, ceil(log2 n) + 4."""
    lines, holds = [], True
    for size in (2, 3, 4, 7, 8, 9, 16, 33):
        chain = longest_chain(method, equicorrelated(size, 0.5, "equal gap"))
        depth = (size - 1).bit_length() + 4
        holds &= chain == depth
        lines.append(f"n = {size}: {chain}, and ⌈log₂ n⌉ + 4 = {depth}")
    return Witness(holds, tuple(lines))


def line(method: Any) -> Witness:
    """The longest chain of a sweep on n unknowns: 4 operations for every coordinate."""
    sizes = (2, 3, 8, 33)
    chains_ = [longest_chain(method, equicorrelated(size, 0.5, "equal gap")) for size in sizes]
    lines = tuple(
        f"n = {size}: {chain}, and 4n = {4 * size}" for size, chain in zip(sizes, chains_, strict=True)
    )
    return Witness(chains_ == [4 * size for size in sizes], lines)


# ---------------------------------------------------------------- rates

omega = 2 * (kappa + 1) / (sp.sqrt(kappa) + 1) ** 2
ordered = together(laplacians((5, 20, 40)), chains(12, kappa=(10, 1000), draws=3))
few = together(laplacians((5,)), chains(8, kappa=(10,), draws=1))
ladder = laplacians((24, 30, 36, 44, 54, 66, 80, 98))
of_jacobi, of_relaxation = (kappa - 1) / (kappa + 1), rho**2
diverging = equicorrelations(4, (0.34, 0.5, 0.9))
converging = equicorrelations(4, (0.1, 0.3, 0.33))
steep = scaled_coordinates(12, kappa_CD=(8, 64), gain=(1.5,), spread=(4, 100))


def complexity(method: Any, expression: Any, label: str) -> Complexity:
    """The epochs in the long run on the second differences."""
    return Complexity(
        expression * nats, leading=True, long_run=True, instances=ladder, method=method, label=label
    )


theorems = [
    Theorem(
        name="splittings-are-descents",
        title="Jacobi is gradient descent scaled by the diagonal; Gauss-Seidel is cyclic coordinate descent",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("sun2020", "appendix")],
        statement="Jacobi's method is gradient descent with step 1 on D^(-1/2) A D^(-1/2), and a sweep of "
        "Gauss-Seidel is exact minimisation along the coordinates in their order, which is the splitting "
        "(D + lower) x' = b - upper x.",
        method=GaussSeidel(),
        survey="benchmark",
        predictions=[
            Counterexample(
                belief="Jacobi's method is anything else than gradient descent in the scale of the diagonal",
                witness=scaled_gradient,
                method=Jacobi(),
                label="Jacobi",
            ),
            Counterexample(
                belief="cyclic coordinate descent is anything else than Gauss-Seidel",
                witness=swept,
                label="coordinate descent",
            ),
            Counterexample(
                belief="a sweep is anything else than the splitting with the lower triangle",
                witness=solved,
                label="splitting",
            ),
        ],
        rivals=[
            Rival("gradient descent without the scale", method=GradientDescent(step=1 / L), of="Jacobi"),
            Rival("Jacobi with relaxation 9/10", method=Jacobi(sp.Rational(9, 10)), of="Jacobi"),
            Rival("Gauss-Seidel as Jacobi", method=GaussSeidel(), of="Jacobi"),
            Rival("Jacobi as coordinate descent", method=Jacobi(), of="coordinate descent"),
            Rival(
                "over-relaxation as coordinate descent",
                method=GaussSeidel(sp.Rational(11, 10)),
                of="coordinate descent",
            ),
            Rival(
                "over-relaxation as the splitting", method=GaussSeidel(sp.Rational(11, 10)), of="splitting"
            ),
        ],
    ),
    Theorem(
        name="gradient-descent-is-not-jacobi",
        title="Believed: gradient descent is Jacobi's method",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("sun2020", "appendix")],
        statement="With a suitable constant step gradient descent does what Jacobi's method does. That is so "
        "where the diagonal is constant, with step 1/a_ii; elsewhere Jacobi divides by the diagonal, and no "
        "constant step does.",
        method=GradientDescent(),
        instances=steep,
        survey="benchmark",
        belief=True,
        predictions=[
            SpeedUp(Jacobi(), (half, 2), expect="REFUTED", label="curvatures differ"),
            SpeedUp(
                Jacobi(),
                (1, 1),
                method=GradientDescent(step=sp.Integer(1)),
                instances=coordinates(12, kappa_CD=(8, 64), gain=(1.5,)),
                label="unit diagonal",
            ),
            Counterexample(
                belief="some constant step makes gradient descent Jacobi's method on every quadratic",
                witness=one_step,
                method=Jacobi(),
                label="one step",
            ),
        ],
        rivals=[
            Rival("gradient descent is done after one step", method=GradientDescent(), of="one step"),
            Rival(
                "twice the step on a unit diagonal", method=GradientDescent(step=1 / L), of="unit diagonal"
            ),
            Rival("gradient descent is the faster one", SpeedUp(Jacobi(), (1, sp.oo))),
        ],
    ),
    Theorem(
        name="jacobi-diverges",
        title="Believed: Jacobi's method converges on every positive definite matrix",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("reich1949")],
        statement="That every positive definite matrix will do is true of Gauss-Seidel. Jacobi's method "
        "multiplies the vector of ones by -(n-1)c on (1 - c) I + c 11', so it diverges there if and only if "
        "c (n-1) > 1.",
        method=Jacobi(),
        instances=diverging,
        epochs=400,
        survey="benchmark",
        belief=True,
        predictions=[
            Bound(distance, R, expect="REFUTED", label="never grows"),
            Counterexample(
                belief="Jacobi's method converges on every positive definite matrix", witness=growth
            ),
            Rate((n - 1) * (1 - 1 / kappa_CD), label="above 1"),
            Rate((n - 1) * (1 - 1 / kappa_CD), instances=converging, label="below 1"),
            Bound(gap, Delta, method=GaussSeidel(), label="Gauss-Seidel"),
            Rate(within=(0, sp.Rational(99, 100)), method=GaussSeidel(), label="Gauss-Seidel"),
        ],
        rivals=[
            Rival("half the relaxation", method=Jacobi(half), of="above 1"),
            Rival("Gauss-Seidel", method=GaussSeidel(), of="Counterexample"),
            Rival("diverges for c (n-1) < 1 too", Rate(within=(1, 4), instances=converging)),
            Rival("Gauss-Seidel diverges too", Rate(within=(1, 4), method=GaussSeidel())),
        ],
    ),
    Theorem(
        name="over-relaxation",
        title="On tridiagonal matrices Gauss-Seidel takes half of Jacobi's epochs, over-relaxation the root",
        source=Source("young1954"),
        statement="On a positive definite tridiagonal matrix with constant diagonal Jacobi's factor is "
        "(κ-1)/(κ+1), that of Gauss-Seidel is its square, and the best relaxation, 2(κ+1)/(√κ+1)², makes it "
        "((√κ-1)/(√κ+1))²: κ/2, κ/4 and √κ/4 times log(1/ε) epochs.",
        method=Jacobi(),
        instances=few,
        epochs=20 * kappa + 100,
        survey="benchmark",
        remark="The source's theorem is for consistently ordered matrices, with the best relaxation "
        "2/(1 + √(1 - ρ²)) for Jacobi's factor ρ, and the factor that relaxation less 1. A tridiagonal "
        "matrix with constant diagonal has a spectrum that is symmetric about it, which gives ρ in κ. On "
        "general matrices no such relation holds.",
        predictions=[
            Rate(of_jacobi, label="Jacobi"),
            Rate(of_jacobi**2, method=GaussSeidel(), label="Gauss-Seidel"),
            Rate(of_relaxation, method=GaussSeidel(omega), label="over-relaxation"),
            *(
                Rate(factor, method=method, instances=ordered, quick=False, label=f"{label} on more")
                for factor, method, label in (
                    (of_jacobi, Jacobi(), "Jacobi"),
                    (of_jacobi**2, GaussSeidel(), "Gauss-Seidel"),
                    (of_relaxation, GaussSeidel(omega), "over-relaxation"),
                )
            ),
            Rate(
                sp.cos(sp.pi / (n + 1)),
                instances=laplacians((5, 20, 40)),
                quick=False,
                label="second difference",
            ),
            complexity(Jacobi(), kappa / 2, "Jacobi"),
            complexity(GaussSeidel(), kappa / 4, "Gauss-Seidel"),
            complexity(GaussSeidel(omega), sp.sqrt(kappa) / 4, "over-relaxation"),
        ],
        rivals=[
            Rival("Gauss-Seidel as fast as Jacobi", method=GaussSeidel(), of="Jacobi"),
            Rival(
                "the relation on another matrix",
                Rate(of_jacobi**2, method=GaussSeidel(), instances=sun_yes((5,), (2, 10)), epochs=200),
            ),
            Rival(
                "relaxation larger by a hundredth",
                method=GaussSeidel(omega * sp.Rational(101, 100)),
                of="over-relaxation",
            ),
            Rival(
                "relaxation smaller by a hundredth",
                method=GaussSeidel(omega * sp.Rational(99, 100)),
                of="over-relaxation",
            ),
            Rival("over-relaxation by the factor of the heavy ball", Rate(rho, method=GaussSeidel(omega))),
            *wrong_powers(complexity(GaussSeidel(omega), sp.sqrt(kappa) / 4, "over-relaxation")),
        ],
    ),
    Theorem(
        name="parallel-time",
        title="In parallel a step of Jacobi takes time log n, a sweep of Gauss-Seidel time n",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("sun2020", "appendix")],
        statement="With enough processors a matrix-vector product takes ⌈log₂ n⌉ + 1 units of time, since "
        "sums are added up in a tree, and a step of Jacobi three more: O(κ log n log(1/ε)) in all. Of a "
        "sweep of Gauss-Seidel on a full matrix every coordinate waits for the one before: 4n.",
        method=Jacobi(),
        survey="parallel",
        remark="The longest chain of operations in the method's own text; a unit is an addition or a "
        "multiplication. Communication is free here.",
        predictions=[
            Counterexample(
                belief="a step of Jacobi's method needs time in proportion to n, however many processors "
                "there are",
                witness=tree,
                label="tree",
            ),
            Counterexample(
                belief="a sweep of Gauss-Seidel on a full matrix can be done in time log n by the same text",
                witness=line,
                method=GaussSeidel(),
                label="line",
            ),
        ],
        rivals=[
            Rival("Gauss-Seidel in time log n", method=GaussSeidel(), of="tree"),
            Rival("gradient descent waits for a division too", method=GradientDescent(), of="tree"),
            Rival("Jacobi one coordinate after the other", method=Jacobi(), of="line"),
        ],
    ),
]
