r"""SAGA and SVRG: O(kappa_CD log 1/epsilon) where coordinate descent has it, at a third of its pace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods import SAGA, SVRG
from solvers.methods.saga import NEEDS, TableState, table_at
from solvers.problems.sampled_families import SQUARE_UNIT_ROWS, coordinates, samples
from solvers.vocabulary import add_at, ascend, at, axpy, component
from theorems.predictions import Bound, Complexity
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L_max, N, R, distance, epsilon, gain, gap, kappa, kappa_CD, mu, t
from theorems.theorem import Rival, Source, Theorem

grid = samples(coordinates(64, kappa_CD=(32, 64, 128, 256), gain=(2, 6, 24)))
larger_grid = samples(coordinates(64, kappa_CD=(32, 64, 128, 256, 512, 1024), gain=(2, 6, 24)))
drawn = samples(coordinates(16, kappa_CD=(8, 16), gain=(4,)))
drawn_slowest = samples(coordinates(16, kappa_CD=(8,), gain=(2, 6), start="slowest"))

# A step of length 1/(3 L_max) multiplies the expected error in the slowest mode by this, exactly.
slowest_mode = 1 - mu / (3 * L_max)

# e-folds of the gap: 1/(2 step) = 3/2 times kappa_CD in passes over the samples.
saga_scaling = Complexity(
    3 * kappa_CD * sp.log(1 / epsilon) / 2,
    measure=gap,
    against=(kappa_CD, gain),
    between=(1e-4, 1e-16),
    average="sampled",
    leading=True,
    seeds=2,
    instances=grid,
    full=larger_grid,
    epochs=80 * kappa_CD,
)
saga_bound = Bound(
    distance**2,
    (1 - mu / (9 * L_max)) ** (N * t) * (R**2 + 2 * N * Delta / (3 * L_max)),
    average="sampled",
    seeds=64,
    quick=False,
    label="upper",
)
saga_limit = Bound(
    distance,
    slowest_mode ** (N * t) * R,
    side="lower",
    average="sampled",
    seeds=64,
    instances=drawn_slowest,
    epochs=8 * kappa_CD,
    label="lower",
)
# A round of 2N steps costs 5N component gradients: 5/2 passes for N steps.
svrg_scaling = replace(
    saga_scaling, expression=15 * kappa_CD * sp.log(1 / epsilon) / 4, epochs=200 * kappa_CD
)
svrg_limit = replace(saga_limit, expression=slowest_mode ** (2 * N * t / 5) * R, epochs=20 * kappa_CD)


# ---------------------------------------------------------------- broken on purpose


@method(state=TableState, degrees=(1, 1, 1), sampled="component", needs=NEEDS)
class SAGAWithoutAverage(NamedTuple):
    r"""$x \leftarrow x - \gamma (\nabla f_i(x) - \nabla f_i(\phi_i))$: the average is forgotten."""

    step: Any = 1 / (3 * L_max)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> TableState:
        return table_at(problem, x)

    def update(self, problem: Any, state: TableState, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference, i)
        add_at(state.table, i, difference)


@method(state=TableState, degrees=(1, 1, 1), sampled="component", needs=NEEDS)
class SAGAWithFrozenTable(NamedTuple):
    r"""SAGA whose table keeps the gradients of the first iterate: the variance is not reduced."""

    step: Any = 1 / (3 * L_max)

    def steps(self, problem: Any) -> int:
        return problem.samples()

    def start(self, problem: Any, x: Any) -> TableState:
        return table_at(problem, x)

    def update(self, problem: Any, state: TableState, i: Any) -> None:
        difference = component(problem, state.x, i) - at(state.table, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.average)


theorems = [
    Theorem(
        name="saga",
        title="SAGA needs κ_CD log(1/ε) epochs on equal-diagonal quadratics",
        source=Source("sun2020", "appendix"),
        also=[Source("defaziobachlacostejulien2014")],
        statement="On least squares with as many samples as unknowns and rows of norm 1, SAGA with step "
        "1/(3 L_max) needs O(κ_CD log(1/ε)) epochs as coordinate descent does, whatever the largest "
        "eigenvalue is: 3/2 κ_CD for a factor e of the gap where κ_CD is large, three times what coordinate "
        "descent needs, and on average never less.",
        method=SAGA(),
        instances=drawn,
        epochs=40 * kappa_CD,
        premises=[SQUARE_UNIT_ROWS],
        survey="decomposition",
        remark="The theorem of Defazio, Bach and Lacoste-Julien asks every component to be strongly convex, "
        "which a single row is not, so it is not tried here. The upper bound is derived for linear models of "
        "which only the average is strongly convex: with G = (x - x*)'H(x - x*) and D the mean square of the "
        "table's errors, a step takes at least 4G/9 from |x - x*|² and adds at most 2D/9, while N D/3 "
        "changes by (G - D)/3 (L_max = 1). The lower bound holds for every method with unbiased gradients "
        "and this step: its expected error follows gradient descent, here in the slowest mode alone.",
        predictions=[saga_bound, saga_limit, saga_scaling],
        rivals=[
            Rival("without the average", method=SAGAWithoutAverage(), of="upper"),
            Rival("table never updated", method=SAGAWithFrozenTable(), of="upper"),
            Rival("step 1/(4 L_max)", method=SAGA(1 / (4 * L_max)), of="Complexity"),
            Rival("step 1/(2 L_max)", replace(saga_limit, method=SAGA(1 / (2 * L_max)), quick=False)),
            Rival(
                "as fast as coordinate descent",
                replace(saga_bound, expression=saga_bound.expression.subs(mu, 9 * mu)),
            ),
            Rival("κ instead of κ_CD", replace(saga_scaling, expression=3 * kappa * sp.log(1 / epsilon) / 2)),
            *wrong_powers(saga_scaling),
        ],
    ),
    Theorem(
        name="svrg",
        title="SVRG needs κ_CD log(1/ε) epochs on equal-diagonal quadratics",
        source=Source("sun2020", "appendix"),
        also=[Source("johnsonzhang2013")],
        statement="On least squares with as many samples as unknowns and rows of norm 1, SVRG with step "
        "1/(3 L_max) and 2N steps between snapshots needs O(κ_CD log(1/ε)) epochs, whatever the largest "
        "eigenvalue is: 15/4 κ_CD for a factor e of the gap where κ_CD is large, and on average never less.",
        method=SVRG(),
        instances=drawn,
        epochs=30 * kappa_CD,
        premises=[SQUARE_UNIT_ROWS],
        survey="decomposition",
        remark="The snapshot is the last iterate, as it is used; the theorem of Johnson and Zhang is for a "
        "random one and far smaller steps or longer rounds. An epoch counts every component gradient: N for "
        "the snapshot and two in each of the 2N steps, 5/2 epochs for N steps. Who stores the snapshot's "
        "scalars pays 3/2.",
        predictions=[svrg_limit, svrg_scaling],
        rivals=[
            Rival("step 1/(4 L_max)", method=SVRG(1 / (4 * L_max)), of="Complexity"),
            Rival("step 1/(2 L_max)", replace(svrg_limit, method=SVRG(1 / (2 * L_max)), quick=False)),
            Rival(
                "κ instead of κ_CD", replace(svrg_scaling, expression=15 * kappa * sp.log(1 / epsilon) / 4)
            ),
            *wrong_powers(svrg_scaling),
        ],
    ),
]
