r"""Work and span: what an epoch costs on many processors, counted in the text of the methods.

A unit of time is an operation on two numbers; communication is free here. Sums are added in a tree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.chains import Operations, operations
from solvers.free_state import radius
from solvers.methods import (
    SGD,
    ConjugateGradient,
    GaussSeidel,
    GradientDescent,
    HeavyBall,
    Jacobi,
    Nesterov,
    RandomizedCoordinateDescent,
)
from solvers.moments import SecondMoment
from solvers.problems.coloured import by_colour, colour_count, degree
from solvers.problems.instance import Instance
from solvers.problems.least_squares import least_squares
from solvers.problems.parallel_families import banded, grid, sparse
from solvers.problems.sampled_families import equicorrelated, spiked, spread
from solvers.problems.splitting_families import laplacian
from theorems.facts import equal, within
from theorems.predictions import Calculation, Fact
from theorems.symbols import L, epsilon, gain, kappa, n
from theorems.theorem import Rival, Source, Theorem

log2 = sp.log(n, 2)
nats = sp.log(1 / epsilon)
SIZES = (2, 3, 5, 8, 16, 33)


def tree(count: int) -> int:
    """The depth of the best binary tree with so many leaves."""
    return (count - 1).bit_length()


def dense(size: int) -> Instance:
    """A matrix without zeros; the operations do not depend on its entries."""
    return equicorrelated(size, 0.5, "equal gap")


def counted(method: Any, size: int) -> Operations:
    """The operations of a round on a matrix without zeros."""
    return operations(method, dense(size))


def epoch(method: Any, work: Callable[[int], int], span: Callable[[int], int]) -> list[Fact]:
    """Work and span of a round on matrices without zeros, beside their formulas."""
    facts = []
    for size in SIZES:
        found = counted(method, size)
        facts += [
            equal(f"work, n = {size}", work(size), found.work, 0),
            equal(f"span, n = {size}", span(size), found.span, 0),
        ]
    return facts


def costs(method: Any, label: str, work: Callable[[int], int], span: Callable[[int], int]) -> Calculation:
    return Calculation(
        compute=epoch,
        method=method,
        arguments={"work": work, "span": span},
        label=label,
        ran=f"the operations of a round on full matrices, n = {SIZES[0]} ... {SIZES[-1]}",
    )


# ---------------------------------------------------------------- Brent's bound

BRENT = {
    "full": dense(16),
    "second difference": laplacian(24),
    "grid": grid(5, 6),
    "random graph": sparse(24, 4, 0),
}
PROCESSORS = (1, 2, 3, 7, 16, 64, 10_000)


def schedules(method: Any, idle: int, alone: int, added: int) -> list[Fact]:
    """The time of a schedule on p processors, between max(work/p, alone span) + added span, and
    work/p + idle (1 - 1/p) span."""
    facts = []
    for name, instance in BRENT.items():
        found = operations(method, instance)
        for p in PROCESSORS:
            low = max(found.work / p, alone * found.span) + added * found.span
            high = found.work / p + idle * (1 - 1 / p) * found.span
            facts.append(within(f"{name}, {p} processors", found.time(p), low, high, found.work / p))
    return facts


def brent(method: Any, label: str, idle: int = 1, alone: int = 1, added: int = 0) -> Calculation:
    return Calculation(
        compute=schedules,
        method=method,
        arguments={"idle": idle, "alone": alone, "added": added},
        rests_on="bound",
        label=label,
        ran="schedules in which no processor idles while an operation is ready",
    )


# ---------------------------------------------------------------- the time to an accuracy

CONDITIONS = (10.0, 100.0, 1000.0)


def durations(method: Any, scale: Callable[[float], float], below: float, extra: int) -> list[Fact]:
    """Units of time for a factor e in the distance, with the exact factor of the method's own step, over
    scale(κ) (⌈log₂ n⌉ + extra); the epochs are between scale - below and scale."""
    facts = []
    for size in (8, 32):
        span = counted(method, size).span
        for k in CONDITIONS:
            factor = radius(method, spread(size, k, "equal gap"))
            ratio = span / -math.log(factor) / (scale(k) * (tree(size) + extra))
            # Two eigenvalues that meet part by the root of the error n u κ of μ, and the logarithm is 1/√κ.
            rounding = math.sqrt(size * 2.0**-52 * k) * math.sqrt(k)
            facts.append(
                within(f"κ = {k:g}, n = {size}", ratio, 1 - below / scale(k) - rounding, 1 + rounding, 1)
            )
    return facts


def duration(
    method: Any, label: str, scale: Callable[[float], float], below: float, extra: int, expression: Any
) -> Calculation:
    return Calculation(
        compute=durations,
        method=method,
        arguments={"scale": scale, "below": below, "extra": extra},
        rests_on="bound",
        expression=expression,
        quick=False,
        label=label,
        ran="span times exact epochs for a factor e, over the formula; κ = 10 ... 1000, n = 8 and 32",
    )


# ---------------------------------------------------------------- coordinate descent against gradient descent

FULL = [(8, 64.0, 1.5), (8, 64.0, 7.0), (16, 256.0, 4.0), (16, 256.0, 14.0), (24, 256.0, 20.0)]


def against(method: Any, tilt: float) -> list[Fact]:
    """Gradient descent's time for a factor e over the method's. Coordinate descent takes between
    κ_CD (1 - μ/n) and κ_CD (1 + μ) epochs, gradient descent between κ/2 - 1/(6κ) and κ/2."""
    facts = []
    for size, ratio, g in FULL:
        moments = SecondMoment.of(method, spiked(size, ratio, g, "equal gap"))
        steps = protocol.steps(
            protocol.evaluate(method, moments.free.instance), moments.free.instance.problem
        )
        mine = counted(method, size).span * -2 / math.log(moments.factor(steps))
        theirs = counted(GradientDescent(), size).span * -1 / math.log1p(-2 / (g * ratio + 1))
        predicted = g * (tree(size) + 3) / (8 * float(size) ** tilt)
        slack = 1 + 1 / ratio + 1 / (g * ratio) ** 2
        what = f"n = {size}, κ_CD = {ratio:g}, λ_max/λ_avg = {g:g}"
        facts.append(within(what, theirs / mine, predicted / slack, predicted * slack, predicted))
    return facts


SPARSE = [
    laplacian(16),
    laplacian(48),
    grid(4, 4),
    grid(6, 7),
    banded(40, 3),
    sparse(40, 4, 0),
    sparse(48, 3, 1),
]


def colour_spans(method: Any, per_colour: int, ordered: Callable[[Instance], Instance]) -> list[Fact]:
    """The span of a sweep in this order, which is at most ``per_colour`` + ⌈log₂(d + 1)⌉ for each colour."""
    facts = []
    for instance in SPARSE:
        Q = instance.problem.Q
        limit = colour_count(Q) * (per_colour + tree(degree(Q) + 1))
        found = operations(method, ordered(instance)).span
        facts.append(within(f"{instance.label}, {colours} colours", found, 1, limit, limit))
    return facts


def product_spans(method: Any, deepest: Callable[[Instance], int]) -> list[Fact]:
    """The span of an epoch of gradient descent on sparse matrices."""
    return [
        equal(instance.label, deepest(instance), operations(method, instance).span, 0) for instance in SPARSE
    ]


def sweeps(method: Any, first: Callable[[int], int], following: Callable[[int], int]) -> list[Fact]:
    """The span of the first sweep on second differences in their natural order, and what each sweep more adds
    to it."""
    facts = []
    for size in (8, 16, 40):
        spans = [operations(method, laplacian(size), rounds).span for rounds in (1, 2, 4)]
        facts += [
            equal(f"one sweep, n = {size}", first(size), spans[0], 0),
            equal(f"a second one, n = {size}", following(size), spans[1] - spans[0], 0),
            equal(f"two more, n = {size}", 2 * following(size), spans[2] - spans[1], 0),
        ]
    return facts


def epochs_of_samples(method: Any, span: Callable[[int, int], int]) -> list[Fact]:
    """The span of an epoch on full rows that agree at the solution."""
    facts = []
    for count, size in ((6, 4), (12, 4), (10, 8), (20, 16), (9, 9)):
        rows = np.random.default_rng([count, size]).standard_normal((count, size))
        found = operations(method, least_squares(rows, "full rows")).span
        facts.append(equal(f"{count} rows, {size} unknowns", span(count, size), found, 0))
    return facts


def epochs_of_pairs(method: Any, each: int) -> list[Fact]:
    """The span of an epoch on rows of two unknowns, two rows for each pair and no unknown in two pairs: steps
    wait only for those on the same pair, so that it is ``each`` times the draws of the pair drawn most."""
    facts = []
    for pairs in (6, 12, 18):
        rows = np.vstack([np.kron(np.eye(pairs), [row]) for row in ((1.0, 2.0), (2.0, -1.0))])
        instance = least_squares(rows, f"{pairs} pairs")
        sampling = protocol.sampling(protocol.evaluate(method, instance), instance)
        most = np.bincount(sampling.indices(0, 0, 1, 2 * pairs) % pairs).max()
        found = operations(method, instance).span
        facts.append(equal(f"{pairs} pairs, one drawn {most} times", each * most, found, 0))
    return facts


def sampled(method: Any, label: str, span: Callable[[int, int], int]) -> Calculation:
    return Calculation(
        compute=epochs_of_samples,
        method=method,
        arguments={"span": span},
        label=label,
        ran="the operations of an epoch on full rows",
    )


single = sampled(SGD(), "SGD", lambda rows, unknowns: rows * (tree(unknowns) + 4))
pairs = Calculation(
    compute=epochs_of_pairs,
    method=SGD(),
    arguments={"each": 5},
    label="pairs",
    ran="the operations of an epoch on rows of two unknowns",
)

sequential = Calculation(
    compute=sweeps,
    method=GaussSeidel(),
    arguments={"first": lambda size: 4 * size, "following": lambda size: 9},
    label="natural order",
    ran="the operations of 1, 2 and 4 sweeps on second differences",
)
colours = Calculation(
    compute=colour_spans,
    method=GaussSeidel(),
    arguments={"per_colour": 3, "ordered": by_colour},
    rests_on="bound",
    label="colours",
    ran="the operations of a sweep over matrices in the order of their colours",
)
natural = replace(
    colours, arguments={"per_colour": 3, "ordered": lambda instance: instance}, label="no colours"
)
lockstep = {"first": lambda size: 4 * size, "following": lambda size: 4 * size}
products = Calculation(
    compute=product_spans,
    method=GradientDescent(),
    arguments={"deepest": lambda instance: tree(degree(instance.problem.Q)) + 3},
    label="sparse product",
    ran="the operations of a step on sparse matrices",
)
faster = Calculation(
    compute=against,
    method=RandomizedCoordinateDescent(),
    arguments={"tilt": 1.0},
    rests_on="bound",
    expression=gain * (log2 + 3) / (8 * n),
    quick=False,
    label="full",
    ran="spans times exact epochs of both methods on full unit-diagonal quadratics",
)
descent = duration(
    GradientDescent(), "gradient descent", lambda k: k / 2, 1 / 50, 3, kappa / 2 * (log2 + 3) * nats
)
heavy = duration(
    HeavyBall(), "heavy ball", lambda k: math.sqrt(k) / 2, 1 / 10, 3, sp.sqrt(kappa) / 2 * (log2 + 3) * nats
)
accelerated = duration(
    Nesterov(), "Nesterov", lambda k: math.sqrt(k), 1, 6, sp.sqrt(kappa) * (log2 + 6) * nats
)
descent_costs = costs(GradientDescent(), "gradient descent", lambda m: 2 * m * m + m, lambda m: tree(m) + 3)
conjugate_costs = costs(
    ConjugateGradient(), "conjugate gradients", lambda m: 2 * m * m + 13 * m - 2, lambda m: 3 * tree(m) + 9
)
sweep_costs = costs(GaussSeidel(), "Gauss-Seidel", lambda m: 2 * m * m + 3 * m, lambda m: 4 * m)

theorems = [
    Theorem(
        name="work-and-span",
        title="Full matrices: an epoch is 2n² operations; gradient methods wait log n, coordinate descent n",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("sun2020", "appendix")],
        statement="On a full matrix an epoch of gradient descent, the heavy ball, Nesterov's method, "
        "conjugate gradients, Jacobi's method, Gauss-Seidel's and coordinate descent is 2n² + O(n) "
        "operations. With enough processors the gradient methods wait ⌈log₂ n⌉ + O(1) units for it, "
        "conjugate gradients, which take two inner products one after the other, 3⌈log₂ n⌉ + 9, and both "
        "forms of coordinate descent 4n.",
        method=GradientDescent(),
        survey="parallel",
        remark="Counted in the methods' own texts: every operation on two numbers, and the chains in which "
        "they wait for each other. Communication is free here.",
        predictions=[
            descent_costs,
            costs(Jacobi(), "Jacobi", lambda m: 2 * m * m + 2 * m, lambda m: tree(m) + 4),
            costs(HeavyBall(), "heavy ball", lambda m: 2 * m * m + 4 * m, lambda m: tree(m) + 3),
            costs(Nesterov(), "Nesterov", lambda m: 2 * m * m + 4 * m, lambda m: tree(m) + 6),
            conjugate_costs,
            sweep_costs,
            costs(
                RandomizedCoordinateDescent(),
                "coordinate descent",
                lambda m: 2 * m * m + 3 * m,
                lambda m: 4 * m,
            ),
        ],
        rivals=[
            Rival("a sweep in time log n", method=Jacobi(), of="Gauss-Seidel"),
            Rival(
                "gradient descent one coordinate after the other", method=GaussSeidel(), of="gradient descent"
            ),
            Rival(
                "conjugate gradients wait for one tree only",
                replace(
                    conjugate_costs,
                    arguments={"work": conjugate_costs.arguments["work"], "span": lambda m: tree(m) + 9},
                ),
            ),
            Rival(
                "n² operations",
                replace(
                    descent_costs,
                    arguments={"work": lambda m: m * m + m, "span": descent_costs.arguments["span"]},
                ),
            ),
        ],
    ),
    Theorem(
        name="brent-bound",
        title="On p processors an epoch takes at most work/p plus span",
        source=Source("brent1974", "Lemma 2"),
        also=[Source("graham1969")],
        statement="With work W and span D, p processors that never idle while an operation is ready take at "
        "least max(W/p, D) and at most D + (W - D)/p units of time.",
        method=GradientDescent(),
        survey="parallel",
        remark="The schedules are built operation by operation from the methods' own texts.",
        predictions=[
            brent(GradientDescent(), "gradient descent"),
            brent(Nesterov(), "Nesterov"),
            brent(ConjugateGradient(), "conjugate gradients"),
            brent(GaussSeidel(), "Gauss-Seidel"),
        ],
        rivals=[
            Rival("work/p is reached", brent(GradientDescent(), "work over p", idle=0, alone=0)),
            Rival("at least work/p plus span", brent(GradientDescent(), "sum", added=1)),
        ],
    ),
    Theorem(
        name="parallel-gradient-time",
        title="Gradient descent takes parallel time κ log n log(1/ε), accelerated methods √κ log n log(1/ε)",
        source=Source("sun2020", "appendix"),
        also=[Source("bertsekastsitsiklis1989")],
        statement="On a full matrix, with enough processors and free communication, gradient descent with "
        "step 2/(L + μ) takes (κ/2)(⌈log₂ n⌉ + 3) log(1/ε) units of time, the heavy ball "
        "(√κ/2)(⌈log₂ n⌉ + 3) log(1/ε) and Nesterov's method √κ (⌈log₂ n⌉ + 6) log(1/ε).",
        method=GradientDescent(),
        survey="parallel",
        predictions=[descent, heavy, accelerated],
        rivals=[
            Rival(
                "a sweep takes as long",
                replace(descent, method=GaussSeidel(), label="Gauss-Seidel"),
            ),
            Rival("the heavy ball needs κ", method=HeavyBall(), of="gradient descent"),
            Rival("gradient descent needs √κ", method=GradientDescent(), of="heavy ball"),
            Rival("step 1/L", method=GradientDescent(step=1 / L), of="gradient descent"),
            Rival(
                "without the logarithm of n",
                replace(descent, arguments={**descent.arguments, "extra": 0}, label="one tree"),
            ),
        ],
    ),
    Theorem(
        name="parallel-coordinate-descent-full",
        title="On full matrices coordinate descent loses its advantage in parallel",
        source=Source("sun2020", "appendix"),
        also=[Source("bertsekastsitsiklis1989")],
        statement="On a full matrix with unit diagonal randomised coordinate descent in parallel is "
        "(λ_max/λ_avg)(⌈log₂ n⌉ + 3)/(8n) times as fast as gradient descent with step 2/(L + μ), as κ_CD "
        "grows: never more than (⌈log₂ n⌉ + 3)/8 times. On one processor it is up to n/2 times as fast.",
        method=RandomizedCoordinateDescent(),
        survey="parallel",
        predictions=[faster],
        rivals=[
            Rival(
                "it keeps its advantage",
                replace(faster, arguments={"tilt": 0.0}, label="as on one processor"),
            ),
            Rival("half the relaxation", method=RandomizedCoordinateDescent(sp.Rational(1, 2)), of="full"),
        ],
    ),
    Theorem(
        name="sparse-parallel-time",
        title="On sparse matrices a step of either method takes a time that does not grow with n",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("sun2020", "appendix")],
        statement="If no row has more than d entries, a step of gradient descent takes ⌈log₂ d⌉ + 3 units of "
        "time at most, and a sweep of coordinate descent in the order of C colours C (⌈log₂(d + 1)⌉ + 3) at "
        "most, however many unknowns there are. In the natural order of a tridiagonal matrix the first sweep "
        "takes 4n, but every further one ends only 9 units later: sweeps follow each other like waves.",
        method=GaussSeidel(),
        survey="parallel",
        remark="So the logarithm of n is that of full rows. Inner products bring it back: conjugate "
        "gradients wait for two of them in every step.",
        predictions=[products, colours, sequential],
        rivals=[
            Rival(
                "log n on sparse matrices too",
                replace(
                    products,
                    arguments={"deepest": lambda instance: tree(instance.dimension) + 3},
                    label="log n",
                ),
            ),
            Rival("conjugate gradients in constant time", method=ConjugateGradient(), of="sparse product"),
            Rival("natural order as good as colours", natural),
            Rival("every sweep waits for the whole one before", replace(sequential, arguments=lockstep)),
            Rival(
                "one unit less for each colour",
                replace(colours, arguments={"per_colour": 2, "ordered": by_colour}, label="short"),
            ),
        ],
    ),
    Theorem(
        name="sgd-parallel-time",
        title="An epoch of SGD waits N log n on full rows, and only for common unknowns on sparse ones",
        source=Source("sun2020", "appendix"),
        also=[Source("bertsekastsitsiklis1989")],
        statement="On full rows that agree at the solution a step of SGD waits ⌈log₂ n⌉ + 4 units for its "
        "inner product and its sum, and steps wait for each other: N (⌈log₂ n⌉ + 4) for an epoch, where a "
        "step of gradient descent takes ⌈log₂ n⌉ + ⌈log₂ N⌉ + 5. Steps whose rows have no unknown in common "
        "do not wait: on rows of two unknowns in separate pairs an epoch takes five units for every draw of "
        "the pair drawn most.",
        method=SGD(),
        survey="parallel",
        predictions=[
            single,
            sampled(
                GradientDescent(),
                "gradient descent",
                lambda rows, unknowns: tree(unknowns) + tree(rows) + 5,
            ),
            pairs,
        ],
        rivals=[
            Rival(
                "an epoch of SGD as short as a step of gradient descent", method=SGD(), of="gradient descent"
            ),
            Rival("SGD in time N", sampled(SGD(), "without trees", lambda rows, unknowns: rows * 4)),
            Rival("four units for a draw", replace(pairs, arguments={"each": 4}, label="four")),
        ],
    ),
]
