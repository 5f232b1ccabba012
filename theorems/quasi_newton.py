r"""BFGS and L-BFGS on quadratics: conjugate gradients with exact line search, n ln kappa epochs with unit
steps, and an open exponent with limited memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers.methods import (
    BFGS,
    LBFGS,
    BarzilaiBorwein1,
    ConjugateGradient,
    ExactLineSearch,
    GradientDescent,
)
from solvers.problems import spectra
from solvers.problems.families import (
    Family,
    chebyshev_densities,
    chebyshev_witnesses,
    decades,
    product,
    quadratics,
    repeated,
)
from solvers.problems.quadratic import Quadratic
from theorems.predictions import (
    Bound,
    Complexity,
    Counterexample,
    FiniteTermination,
    Identity,
    Open,
    Statement,
    Witness,
)
from theorems.rivals import wrong_powers
from theorems.splittings import path, where_they_part
from theorems.symbols import Delta, L, R, distance, epsilon, gap, horizon, kappa, m, mu, n, rho, t
from theorems.theorem import Rival, Source, Theorem

one = sp.Integer(1)
exact_search, unit_step = BFGS(shortest=one, longest=one), BFGS(shortest=sp.Integer(0), longest=one)


def limited(memory: int) -> LBFGS:
    """L-BFGS with exact line search."""
    return LBFGS(memory=sp.Integer(memory), shortest=one, longest=one)


# ---------------------------------------------------------------- exact line search, in rationals

MATRIX = np.array(
    [[4, 1, 0, 0, 1], [1, 3, 1, 0, 0], [0, 1, 2, 1, 0], [0, 0, 1, 5, 2], [1, 0, 0, 2, 7]], dtype=object
)
START = [Fraction(v) for v in (1, -2, 3, 1, 2)]
SIZE = len(START)
CONSTANTS = {mu: 1, L: 8}


def same_path(method: Any) -> Witness:
    """The method beside conjugate gradients, to the end of both."""
    mine = path(method, MATRIX, START, SIZE, constants=CONSTANTS)
    parted = where_they_part(mine, path(ConjugateGradient(), MATRIX, START, SIZE))
    if parted is not None:
        return Witness(False, (f"they part in step {parted}",))
    before = max(abs(float(v)) for v in mine[-2])
    return Witness(
        not any(mine[-1]),
        (f"equal for {SIZE} steps; the largest error is {before:.3g} before the last, and 0 then",),
    )


def inverse_hessian(method: Any) -> Witness:
    """The matrix of BFGS times the Hessian after every step: the identity after n steps, not before."""
    lines, off = [], []
    for k, state in enumerate(exact.states(method, Quadratic(MATRIX), START, SIZE, constants=CONSTANTS)):
        H = state.inverse[0].reshape(SIZE, SIZE)
        difference = H @ MATRIX - np.eye(SIZE, dtype=int)
        off.append(max(abs(v) for v in difference.ravel().tolist()))
        lines.append(f"after {k} steps the largest entry of H A - I is {float(off[-1]):.3g}")
    return Witness(off[-1] == 0 and all(off[:-1]), tuple(lines))


PATH = "these methods make other steps than conjugate gradients on a quadratic"
INVERSE = "the matrix of BFGS never is the inverse Hessian"

# ---------------------------------------------------------------- families

one_over_T = 2 * rho**t / (1 + rho ** (2 * t))
attained = Delta * one_over_T**2
hardest = chebyshev_witnesses(kappa=(10, 1e2, 1e4, 1e6), steps=(2, 5, 10, 20))
few = Family(
    repeated,
    tuple({"kappa": k, "distinct": d, "n": 12} for k, d in ((1e2, 5), (1e6, 8))),
    "quadratics with m = 5, 8 distinct eigenvalues of 12, kappa = 1e2, 1e6",
)
fewest = Family(
    repeated,
    product(kappa=[1e2], distinct=[5], n=[8]),
    "a quadratic with 5 distinct eigenvalues of 8, kappa = 1e2",
)
small = quadratics(spectra.log_spaced, kappa=(1e3, 1e4, 1e6), n=10)
larger = quadratics(spectra.log_spaced, kappa=(1e3, 1e4, 1e6, 1e8), n=[10, 20, 40])
sizes = quadratics(spectra.log_spaced, kappa=[1e4], n=[7, 9, 12, 15, 20, 26, 32, 40])
more_sizes = quadratics(spectra.log_spaced, kappa=[1e8], n=[16, 20, 26, 32, 40, 52, 64, 80])
ladder = quadratics(spectra.log_spaced, kappa=decades(3, 9), n=10)
more_unknowns = quadratics(spectra.log_spaced, kappa=decades(3, 9), n=[10, 20, 40])
dense = chebyshev_densities(decades(1, 2.5, per_decade=6), 1e-8)
denser = chebyshev_densities(decades(1, 3, per_decade=6), 1e-8)

nats, log = sp.log(1 / epsilon), sp.log(kappa)
superlinear = kappa * Delta * (sp.exp(n / t * log) - 1) ** t
arrived = R / 10**8
by_size = Complexity(
    n,
    against=(n,),
    between=(1, 1e-8),
    instances=sizes,
    full=more_sizes,
    epochs=n * log,
    seeds=1,
    label="in n",
)
in_many_dimensions = Complexity(
    sp.sqrt(kappa) / 4 * nats,
    leading=True,
    measure=gap,
    between=(1e-4, 1e-16),
    instances=dense,
    full=denser,
    epochs=20 * sp.sqrt(kappa) + 60,
    seeds=1,
    method=limited(5),
    label="five pairs, many dimensions",
)
no_power = Statement("for a fixed n the exponent of κ is below 1/4", "largest exponent", -np.inf, 0.25)

# ---------------------------------------------------------------- limited memory

GRID = decades(1, 3, per_decade=3)
generic = quadratics(spectra.log_spaced, kappa=GRID, n=[50, 200], start="gaussian gradient")
more = quadratics(
    spectra.log_spaced, kappa=decades(1, 6, per_decade=4), n=[50, 200, 1000], start="gaussian gradient"
)
SPECTRA = [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters]
cells = quadratics(SPECTRA, kappa=GRID, n=[10, 50, 200], start="gaussian gradient")
more_cells = quadratics(
    SPECTRA, kappa=decades(1, 6, per_decade=2), n=[10, 20, 50, 200, 1000], start="gaussian gradient"
)
BUDGET = 50 * sp.sqrt(kappa) + 200
REGISTERED = (
    Statement("the exponent of κ is below 3/4", "largest exponent", -np.inf, 0.75),
    Statement("it is above 1/4", "smallest exponent", 0.25, np.inf),
)
below = Statement("the median over all cells is below 3/4", "median exponent", -np.inf, 0.75)


def question(memory: int, statements: tuple[Statement, ...] = REGISTERED) -> Open:
    """The open question for so many pairs."""
    return Open(
        statements=statements, method=LBFGS(memory=sp.Integer(memory)), instances=generic, full=more,
        epochs=BUDGET, between=(1e-3, 1e-13), seeds=4, label=f"memory {memory}",
    )  # fmt: skip


def chart(statement: Statement, label: str = "map") -> Open:
    """The map for five pairs."""
    return Open(
        statements=(statement,), method=LBFGS(), instances=cells, full=more_cells, epochs=BUDGET,
        between=((1e-2, 1e-5), (1e-5, 1e-10)), seeds=2, label=label,
    )  # fmt: skip


theorems = [
    Theorem(
        name="quasi-newton-exact-line-search",
        title="With exact line search BFGS and L-BFGS are conjugate gradients on quadratics",
        source=Source("nazareth1979"),
        also=[Source("koldaolearynazareth1998"), Source("sun2020", "appendix")],
        statement="From a multiple of the identity and with exact line search, BFGS and L-BFGS with any "
        "memory make the steps of conjugate gradients on a quadratic. They end after as many steps as there "
        "are distinct eigenvalues; after n steps the matrix of BFGS is the inverse Hessian.",
        method=exact_search,
        instances=few,
        survey="second order",
        remark="In exact arithmetic; rounding separates L-BFGS from the same steps within a few dozen. "
        "So the worst case of conjugate gradients is theirs too.",
        predictions=[
            Counterexample(belief=PATH, witness=same_path, label="BFGS"),
            Counterexample(belief=PATH, witness=same_path, method=limited(1), label="one pair"),
            Counterexample(belief=PATH, witness=same_path, method=limited(3), label="three pairs"),
            Counterexample(belief=INVERSE, witness=inverse_hessian, label="inverse"),
            FiniteTermination(m, label="BFGS"),
            FiniteTermination(m, method=limited(2), label="two pairs"),
            # a step adds up n products for each component, and n = t + 1 here
            Identity(
                gap, attained, instances=hardest, epochs=horizon, at="end", rounding=t**2, label="worst start"
            ),
            Identity(
                gap,
                attained,
                instances=hardest,
                epochs=horizon,
                at="end",
                method=limited(5),
                label="worst start, five pairs",
            ),
            in_many_dimensions,
        ],
        rivals=[
            Rival("unit steps", method=unit_step, of="worst start"),
            Rival("a line search by Wolfe's conditions", method=BFGS(), of="BFGS"),
            Rival("L-BFGS with such a search", method=LBFGS(memory=one), of="one pair"),
            Rival("half of the exact step", method=BFGS(shortest=one / 2, longest=one / 2), of="inverse"),
            Rival("steepest descent", method=ExactLineSearch(), of="three pairs"),
            Rival(
                "Barzilai-Borwein steps are L-BFGS with one pair", method=BarzilaiBorwein1(), of="one pair"
            ),
            Rival("one step fewer", FiniteTermination(m - 1, instances=fewest)),
            Rival("one step more", FiniteTermination(m + 1, instances=fewest)),
            *wrong_powers(in_many_dimensions),
        ],
    ),
    Theorem(
        name="bfgs-superlinear",
        title="BFGS with unit steps needs O(n log κ) epochs before it is superlinear",
        source=Source("rodomanovnesterov2021"),
        statement="From I/L and with unit steps on a quadratic of n unknowns, the gap after t epochs is at "
        "most κ (κ^(n/t) - 1)^t times its start: nothing before t = n log κ/log 2, superlinear afterwards. "
        "On log-spaced spectra the distance falls to 1e-8 of its start between (n/2) log κ and n log κ "
        "epochs.",
        method=unit_step,
        instances=small,
        epochs=2 * n * log,
        survey="second order",
        remark="The factor is the source's; the constant κ is what the way from the norm of the matrix to "
        "the gap can cost, since the matrix stays between A and κA. It is many orders of magnitude too "
        "large; what stands beside it is measured, from random starts. The dependence on n is no artefact: "
        "BFGS moves in a Krylov space, so before n epochs it is no faster than conjugate gradients.",
        predictions=[
            Bound(gap, superlinear, full=larger, quick=False),
            Bound(
                distance,
                arrived,
                epochs=n * log,
                at="end",
                seeds=3,
                full=larger,
                quick=False,
                label="by n log κ",
            ),
            Bound(
                distance,
                arrived,
                epochs=n * log / 2,
                at="end",
                side="lower",
                seeds=3,
                full=larger,
                quick=False,
                label="not by half of it",
            ),
            by_size,
            Open(
                statements=[no_power],
                instances=ladder,
                full=more_unknowns,
                between=(1, 1e-8),
                epochs=n * log,
                seeds=3,
                label="in κ",
            ),
            Bound(
                gap,
                attained,
                instances=hardest,
                epochs=horizon,
                at="end",
                side="lower",
                label="before n epochs",
            ),
        ],
        rivals=[
            Rival("by half of n log κ", Bound(distance, arrived, epochs=n * log / 2, at="end")),
            Rival(
                "not by n log κ",
                Bound(distance, arrived, epochs=n * log, at="end", side="lower"),
            ),
            Rival("gradient descent", method=GradientDescent(1 / L), of="by n log κ"),
            Rival("steps of one half", method=BFGS(shortest=sp.Integer(0), longest=one / 2), of="by n log κ"),
            Rival("steps that are exact", method=exact_search, of="not by half of it"),
            Rival(
                "κ^(1/4) in few dimensions",
                Open(
                    statements=[Statement("above 1/4", "smallest exponent", 0.25, np.inf)],
                    instances=ladder,
                    between=(1, 1e-8),
                    epochs=n * log,
                    seeds=3,
                    label="in κ",
                ),
            ),
            Rival("n^(5/4)", replace(by_size, expression=n ** sp.Rational(5, 4))),
            Rival("n^(3/4)", replace(by_size, expression=n ** sp.Rational(3, 4))),
            Rival(
                "a tenth more than the lower bound",
                Bound(
                    gap,
                    sp.Rational(11, 10) * attained,
                    instances=hardest,
                    epochs=horizon,
                    at="end",
                    side="lower",
                ),
            ),
        ],
    ),
    Theorem(
        name="limited-memory-bfgs",
        title="Open: how the epochs of L-BFGS depend on κ",
        source=Source("sun2020", "appendix"),
        also=[Source("liunocedal1989")],
        statement="The survey says that these methods rely much less on κ than gradient descent, and that "
        "the theory is largely open. Measured on quadratics from random starts, with a line search that "
        "accepts the step 1 wherever Wolfe's conditions do.",
        method=LBFGS(),
        instances=generic,
        epochs=BUDGET,
        survey="second order",
        remark="The range of exponents is a measurement on these families, not a rate. On log-spaced spectra "
        "with more unknowns than pairs it is about 1/2; where conjugate gradients end early, with few "
        "unknowns or evenly spaced eigenvalues, five pairs are enough to gain by it.",
        predictions=[question(1), chart(below)],
        rivals=[
            Rival(
                "exponent below a quarter",
                question(1, (Statement("below 1/4", "largest exponent", -np.inf, 0.25),)),
            ),
            Rival(
                "exponent of gradient descent",
                question(1, (Statement("above 3/4", "largest exponent", 0.75, np.inf),)),
            ),
            Rival(
                "half of the cells grow like gradient descent",
                chart(Statement("above 3/4", "median exponent", 0.75, np.inf), ""),
            ),
        ],
    ),
]
