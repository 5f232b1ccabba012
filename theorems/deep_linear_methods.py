r"""Deep linear nets near a solution under the other methods: single weights, whole layers, samples, conjugate
directions. Each meets the local quadratic whose Hessian is J'J, J the derivative of the map."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.constants import evaluate
from solvers.methods import (
    SAGA,
    SGD,
    SVRG,
    BarzilaiBorwein1,
    FletcherReeves,
    PolakRibiere,
    RandomizedCoordinateDescent,
    WeightedCoordinateDescent,
)
from solvers.methods.block_coordinate_descent import BlockCoordinateDescent
from solvers.moments import SecondMoment
from solvers.observe import iterates
from solvers.problems.deep_families import near_solution, noisy_net, target
from solvers.problems.deep_linear import jacobian, layers, net, tangent_kernel
from solvers.problems.families import Family, decades
from solvers.problems.initialisation import RandomStart
from solvers.problems.instance import Instance, with_run_axis
from solvers.problems.quadratic import Fixed, Quadratic
from solvers.run import run
from solvers.trajectories import every
from solvers.vocabulary import put
from theorems.facts import equal, mean, order, within
from theorems.predictions import Calculation, Fact, Open, Statement
from theorems.symbols import L_local, N, kappa_CD_local, kappa_local, mu_local, n
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53


def same_start(instance: Instance) -> Instance:
    """The instance from the start of seed 0, whatever the seed."""
    return replace(instance, start=Fixed(tuple(instance.start(0).tolist())))


# ---------------------------------------------------------------- single weights

#: Depth, width, condition number of the target.
NETS = ((2, 2, 6.0), (3, 2, 3.0), (2, 3, 3.0), (3, 3, 2.0))


@functools.lru_cache(maxsize=None, typed=True)  # methods of two types may have equal numbers
def expected(method: Any, layered: int, size: int, kappa: float, rounds: int) -> tuple[Instance, np.ndarray]:
    """A net near its solution, and E f of the method on the local quadratic, (rounds + 1,)."""
    instance = near_solution(layered, size, kappa, 1e-6)
    start: Any = instance.start
    solution = np.array(start.solution)
    J = jacobian(layers(instance.problem.widths, solution), instance.problem.root)
    error = instance.start(0) - solution
    local = Instance(
        label=f"{instance.label}, local quadratic",
        problem=Quadratic(J.T @ J),
        constants=instance.constants,
        start=Fixed(tuple(error.tolist())),
        dimension=instance.dimension,
    )
    moment = SecondMoment.of(method, local)
    return same_start(instance), moment.trajectory(error, instance.dimension, rounds)[1]


def band(method: Any, condition: Any) -> list[Fact]:
    """ln of the exact factor of E f for a step, over ln(1 - 1/(p condition))."""
    facts = []
    for layered, size, kappa in NETS:
        instance, gap = expected(method, layered, size, kappa, 100)
        weights = instance.dimension
        number = float(evaluate(condition, instance.constants, "a condition number"))
        kept = gap[gap > 1e-10 * gap[0]]  # below, the rounding of directions without curvature is seen
        ratios = np.diff(np.log(kept)) / weights / np.log1p(-1 / (weights * number))
        name = f"depth {layered}, width {size}"
        facts.append(within(f"{name}: slowest round", ratios.min(), 1, np.inf))
        facts.append(within(f"{name}: in the long run", ratios[-1], 1, 2))
    return facts


def on_nets(method: Any, law: Any) -> list[Fact]:
    """The mean of f over f at the start after an epoch, against its expectation under ``law``."""
    instance, gap = expected(law, 3, 2, 6.0, 1)
    *_, x = itertools.islice(iterates(method, [instance], range(1000)), 2)
    share = with_run_axis(instance.problem).gap(x)[:, 0] / gap[0]
    return [mean("depth 3, width 2: mean of f after an epoch", gap[1] / gap[0], share)]


two_sided = Calculation(
    compute=band,
    arguments={"condition": kappa_CD_local},
    rests_on="bound",
    expression=(1 - 1 / (n * kappa_CD_local)),
    ran="the exact expectation of the method's own step on the local quadratics of four nets",
    label="band for the factor of a step",
)
in_the_mean = Calculation(
    compute=on_nets,
    arguments={"law": WeightedCoordinateDescent()},
    rests_on="sample",
    ran="1000 runs on a net from 1e-6, one epoch",
    label="runs have that expectation",
    quick=False,
)

# ---------------------------------------------------------------- whole layers


def powers(method: Any, power: int) -> list[Fact]:
    """Of two layers with a bottleneck of two: the tangents of the second one's range against the leading
    left singular vectors of the target are multiplied by a power of the singular values in every sweep."""
    facts = []
    sweeps = 12
    for third in (0.9, 0.7, 0.5, 0.3):
        s = np.array([2.0, 1.0, third, 0.8 * third, 0.5 * third, 0.2 * third])
        U6, _, Vt6 = np.linalg.svd(target(6, 2.0))
        instance = net(
            (U6 * s) @ Vt6, (2,), f"bottleneck, third value {third}", RandomStart((6, 2, 6), "gaussian", 0.5)
        )
        tangents, conditions = [], []
        for x in itertools.islice(iterates(method, [instance], range(16)), sweeps + 1):
            first, second = layers((6, 2, 6), x)
            tangents.append(U6[:, 2:].T @ second @ np.linalg.inv(U6[:, :2].T @ second))
            conditions.append((np.linalg.cond(first) * np.linalg.cond(second)).max())
        found = np.array(tangents)
        size = 1 + np.linalg.norm(found[0], axis=(1, 2)) ** 2
        step = (s[2:, None] / s[None, :2]) ** power
        law = found[0] * step ** np.arange(sweeps + 1)[:, None, None, None]
        off = (np.linalg.norm(found - law, axis=(2, 3)) / size).max()
        # a sweep solves two systems of these conditions, and forgets what came before it
        tolerance = 64 * 6 * U * sweeps * max(conditions)
        facts.append(equal(f"third value {third}: off the power of the values", 0, off, tolerance))
        norms = np.linalg.norm(found, 2, axis=(2, 3))
        slowest = float(((norms[1:] - tolerance * size) / norms[:-1]).max())
        claimed = third**power
        facts.append(within(f"third value {third}: slowest sweep", slowest, 0, claimed, claimed))
    return facts


def one_layer(method: Any, hidden: tuple[int, ...]) -> list[Fact]:
    """The error after one layer alone was changed, over the condition numbers of the layers."""
    goal = target(4, 5.0)
    widths = (4, *hidden, 4)
    instance = net(goal, hidden, "square net", RandomStart(widths, "gaussian", 0.5))
    problem = with_run_axis(instance.problem)
    x = np.stack([instance.start(seed) for seed in range(16)])
    # a solve is as good as the products around the layer are conditioned, at most like all layers together
    condition = np.prod([np.linalg.cond(w) for w in layers(widths, x)], axis=0)
    tolerance = 64 * len(widths) * U * float(np.linalg.norm(goal))
    facts = []
    for k in range(problem.blocks()):
        after = x + float(method.relaxation) * problem.block_step(x, k)
        error = float((np.sqrt(problem.square_distance(after)[:, 0]) / condition).max())
        facts.append(equal(f"layer {k + 1} of {problem.blocks()}: error over condition", 0, error, tolerance))
    return facts


subspace = Calculation(
    compute=powers,
    arguments={"power": 2},
    ran="nets 6-2-6, sixteen starts, four targets, twelve sweeps",
    label="bottleneck",
)
at_once = Calculation(
    compute=one_layer,
    arguments={"hidden": (4, 4, 4)},
    ran="square nets of four layers, sixteen normal starts, each layer alone",
    label="one layer is enough",
)

# ---------------------------------------------------------------- samples

SAMPLES = 32
SHORT = sp.Rational(1, 80)


@functools.cache
def noisy() -> Any:
    """The net with samples, when it is needed: its frames load scipy.stats, which takes a second."""
    return noisy_net(3, 3, 2.0, SAMPLES, 0.3, 1e-3)


class StaleSVRG(SVRG):
    """The snapshot of the start for ever (broken)."""

    def outer(self, problem: Any, state: Any) -> None:
        if not state.full.any():
            super().outer(problem, state)


class HalfSAGA(SAGA):
    """The average of the table follows by half (broken)."""

    def update(self, problem: Any, state: Any, i: Any) -> None:
        before = state.average * 1
        super().update(problem, state, i)
        put(state.average, (before + state.average) / 2)

    def refresh(self, problem: Any, state: Any) -> None:
        pass


def first_moment(method: Any, slower: float) -> list[Fact]:
    """The residual in the eigenvectors of the tangent kernel: each mode's mean over the runs."""
    instance = same_start(replace(noisy(), start=replace(noisy().start, delta=1e-6)))
    problem, x = instance.problem, instance.start(0)
    values, vectors = np.linalg.eigh(tangent_kernel(layers(problem.widths, x), problem.root))
    evaluated = protocol.evaluate(method, instance)
    per_round = protocol.steps(evaluated, problem)
    facts, shown = [], (0, 4, 8)
    start = np.zeros(0)
    for k, x in enumerate(itertools.islice(iterates(method, [instance], range(400)), 4)):
        modes = (problem.map(x) - problem.target).reshape(len(x), -1) @ vectors
        start = modes[0] if k == 0 else start
        for j in shown if k in (1, 3) else ():
            law = (1 - float(evaluated.step) * values[j] * slower) ** (k * per_round)
            name = f"eigenvalue {values[j]:.2f}: mean of the mode after {k * per_round} steps"
            facts.append(mean(name, law, modes[:, j] / start[j], 2 * len(shown)))
    return facts


@functools.lru_cache(maxsize=None, typed=True)  # methods of two types may have equal numbers
def decay(method: Any) -> np.ndarray:
    """-d ln |residual| per step over -ln(1 - step mu_local), over the second half of a fall by 12 nats at
    that speed, for each run, (24,)."""
    instance = same_start(noisy())
    problem = with_run_axis(instance.problem)
    evaluated = protocol.evaluate(method, instance)
    law = -np.log1p(-float(evaluated.step) * instance.constants[mu_local])
    per_round = protocol.steps(evaluated, instance.problem)
    rounds = round(12 / law / per_round)
    half = rounds // 2
    kept = []
    for k, x in enumerate(itertools.islice(iterates(method, [instance], range(24)), rounds + 1)):
        if k in (half, rounds):
            kept.append(np.log(problem.square_distance(x)[:, 0]) / 2)
    return (kept[0] - kept[1]) / (rounds - half) / per_round / law


def speed(method: Any, factor: float) -> list[Fact]:
    """The decay over that of the law from two steps, extrapolated to step 0."""
    coarse, fine = (decay(method._replace(step=h)) for h in (SHORT, SHORT / 2))
    return [mean("decay over that of the law, step to 0", 1, (2 * fine - coarse) / factor)]


def level(method: Any, factor: float) -> list[Fact]:
    """E |r|^2 of the residual r in the long run over step * sigma^2 / 2 from two steps, extrapolated to step
    0; sigma^2 is the mean of the squares of the components' gradients at the solution."""
    coarse, fine = (levels(method._replace(step=h)) for h in (SHORT, SHORT / 2))
    return [mean("level over step σ²/2, step to 0", 1, (2 * fine - coarse) / factor)]


@functools.lru_cache(maxsize=None, typed=True)  # methods of two types may have equal numbers
def levels(method: Any) -> np.ndarray:
    """The mean of |r|^2 over step * sigma^2 / 2 along each run from the solution, (60,), without the time
    in which the slowest mode falls by 4 nats."""
    instance = replace(noisy(), start=Fixed(noisy().start.solution))
    problem = with_run_axis(instance.problem)
    square = float((problem.components(instance.start(0)[None])[0] ** 2).sum(1).mean())
    step = float(protocol.evaluate(method, instance).step)
    per_round = step * instance.constants[mu_local] * SAMPLES
    burn, rounds = int(4 / per_round) + 1, int(14 / per_round) + 1
    runs = itertools.islice(iterates(method, [instance], range(60)), burn, rounds)
    return np.mean([problem.square_distance(x)[:, 0] for x in runs], axis=0) / (step * square / 2)


def mean_of(method: Any, label: str) -> Calculation:
    return Calculation(
        compute=first_moment,
        arguments={"slower": 1.0},
        method=method,
        rests_on="sample",
        ran="400 runs from one start near the solution, with 32 noisy samples, one round and three",
        label=label,
        quick=False,
    )


def speed_of(method: Any, label: str) -> Calculation:
    return Calculation(
        compute=speed,
        arguments={"factor": 1.0},
        method=method,
        rests_on="sample",
        ran="24 runs with 32 noisy samples for each of two steps, over five powers of ten",
        label=label,
        quick=False,
    )


saga_mean = mean_of(SAGA(step=SHORT), "mean of SAGA")
svrg_mean = mean_of(SVRG(step=SHORT, inner=N), "mean of SVRG")
saga_speed = speed_of(SAGA(step=SHORT), "decay of SAGA")
svrg_speed = speed_of(SVRG(step=SHORT, inner=N), "decay of SVRG")
plateau = Calculation(
    compute=level,
    arguments={"factor": 1.0},
    method=SGD(step=SHORT),
    rests_on="sample",
    ran="60 runs of SGD from the solution, with 32 noisy samples, two steps",
    label="level of SGD",
    quick=False,
)

# ---------------------------------------------------------------- conjugate directions

SMALL = (1e-3, 10**-3.5, 1e-4, 10**-4.5, 1e-5)


def terminates(method: Any, fewer: int) -> list[Fact]:
    """The part of the residual that is left after as many steps as there are distinct eigenvalues, and after
    one step less, as powers of the distance of the start."""
    facts = []
    for layered in (2, 3, 5):
        for size in (2, 3):
            distinct = size * (size + 1) // 2 - fewer
            left = []
            for delta in SMALL:
                instance = near_solution(layered, size, 3.0, delta)
                found = run(method, [instance], range(6), rounds=distinct, grid=every).log_distance
                left.append(np.exp(found - found[:, :1]).mean(0))
            name = f"depth {layered}, width {size}: left after"
            parts = np.array(left)
            facts.append(order(f"{name} {distinct} steps", 1, SMALL, parts[:, distinct].tolist()))
            facts.append(order(f"{name} {distinct - 1}", 0, SMALL, parts[:, distinct - 1].tolist()))
    return facts


@functools.lru_cache(maxsize=None, typed=True)  # methods of two types may have equal numbers
def longest(method: Any, layered: int, kappa: float) -> tuple[str, int]:
    """The most steps to 1e-6 of the start over six starts, 20 if there are more, at width 4; and a name."""
    instance = near_solution(layered, 4, kappa, 1e-7)
    found = run(method, [instance], range(6), rounds=20, grid=every).log_distance
    reached = found < found[:, :1] + np.log(1e-6)
    count = np.where(reached.any(1), reached.argmax(1), 20).max()
    return f"depth {layered}, local condition number {instance.constants[kappa_local]:.3g}: steps", int(count)


def iterations(method: Any, beyond: int) -> list[Fact]:
    """Steps to 1e-6 of the start where there are ten distinct eigenvalues."""
    cases = itertools.product((2, 3, 5), (2.0, 5.0, 15.0))
    return [within(name, count, 0, 10 + beyond) for name, count in (longest(method, *case) for case in cases)]


def exact_after(method: Any, label: str) -> Calculation:
    return Calculation(
        compute=terminates,
        arguments={"fewer": 0},
        method=method,
        rests_on="slope",
        ran="square nets of depth 2, 3, 5 and width 2, 3 from five distances down to 1e-5, six starts each",
        label=label,
        quick=False,
    )


finite = exact_after(PolakRibiere(), "Polak-Ribière")
few = Calculation(
    compute=iterations,
    arguments={"beyond": 3},
    method=PolakRibiere(),
    rests_on="bound",
    ran="square nets of width 4 and depth 2, 3, 5, local condition number 2 to 76, six starts each",
    label="at most three more",
    quick=False,
)


ill_conditioned = Family(
    near_solution,
    tuple(
        {
            "depth": layered,
            "size": 3,
            "kappa": float(f"{k ** (layered / (2 * layered - 2)):.6g}"),
            "delta": 1e-5,
        }
        for layered in (3, 5)
        for k in decades(1, 3, per_decade=6)
    ),
    "square linear nets, width 3, depth 3 and 5, local condition number 10 to 1000, starting near a "
    "balanced solution",
)


def question(*statements: Statement) -> Open:
    return Open(
        method=BarzilaiBorwein1(first=1 / L_local),
        instances=ill_conditioned,
        against=kappa_local,
        between=(1e-1, 1e-8),
        epochs=3000,
        statements=statements,
        label="epochs of Barzilai-Borwein",
    )


below = Statement("the exponent is below 1, that of gradient descent", "largest exponent", -np.inf, 1.0)

theorems = [
    Theorem(
        name="deep-linear-coordinate-descent",
        title="Near a deep solution exact weight-by-weight descent needs κ_CD,local epochs",
        source=Source("leventhallewis2010"),
        also=[Source("nesterov2012")],
        statement="With weight i drawn in proportion to its curvature, a step of exact minimisation "
        "multiplies E f near a solution by at most 1 - 1/(p κ_CD,local), p the number of weights, and in "
        "the long run by no less than the square of that.",
        method=WeightedCoordinateDescent(),
        survey="deep linear",
        remark="Derived from the quadratic case: f is half the square of the residual r, and a step "
        "projects r off a column of J. The upper end is theirs; the lower one is Jensen's inequality, as "
        "E r itself contracts by 1 - 1/(p κ_CD,local). The curvatures of the draws are those of the "
        "balanced solution.",
        predictions=[two_sided, in_the_mean],
        rivals=[
            Rival("κ_local epochs", replace(two_sided, arguments={"condition": kappa_local})),
            Rival("a quarter of κ_CD,local", replace(two_sided, arguments={"condition": kappa_CD_local / 4})),
            Rival("uniform draws", method=RandomizedCoordinateDescent(), of=in_the_mean.label),
            Rival(
                "steps 2.05 times too long",
                method=RandomizedCoordinateDescent(relaxation=sp.Rational(41, 20)),
                of=in_the_mean.label,
            ),
        ],
    ),
    Theorem(
        name="deep-linear-layer-descent",
        title="Exact descent by layers is subspace iteration behind a bottleneck, and one solve without",
        source=Source("bertsekastsitsiklis1989"),
        statement="On two layers with a bottleneck of r a sweep multiplies the range of the second layer "
        "by Φ Φ', so that its angle to the best one falls by (σ_{r+1}/σ_r)² in every sweep. Without a "
        "bottleneck a single layer brings the error to zero.",
        method=BlockCoordinateDescent(),
        survey="deep linear",
        remark="Derived: the first layer becomes W_2^+ Φ, the second Φ Φ' W_2 up to a matrix from the right.",
        predictions=[subspace, at_once],
        rivals=[
            Rival("a single power in a sweep", replace(subspace, arguments={"power": 1})),
            Rival(
                "one layer is enough behind a bottleneck", replace(at_once, arguments={"hidden": (4, 3, 4)})
            ),
            *(
                Rival(
                    f"steps 1.2 times too long: {p.label}",
                    replace(p, method=BlockCoordinateDescent(relaxation=sp.Rational(6, 5))),
                )
                for p in (subspace, at_once)
            ),
        ],
    ),
    Theorem(
        name="deep-linear-variance-reduction",
        title="Near a deep solution SVRG and SAGA fall by -n log(1 - γ μ_local) per n steps, SGD to a level",
        source=Source("johnsonzhang2013"),
        also=[Source("defaziobachlacostejulien2014")],
        statement="With noisy samples and a constant step γ the mean of every mode of the residual "
        "contracts by 1 - γ λ in a step of SVRG or SAGA, λ the eigenvalue of the tangent kernel, and "
        "single runs fall with the slowest of them up to O(γ), as long as γ μ_local is well below 1/n. "
        "SGD stays at E |r|² = γ σ²/2 (1 + O(γ)), σ² the mean square of the components' gradients at the "
        "solution.",
        method=SAGA(step=SHORT),
        survey="deep linear",
        remark="Derived: a step of either is unbiased for the gradient at its iterate, whatever the "
        "table or the snapshot. The mean of a run's error is another quantity than its logarithm, hence "
        "the second claim.",
        predictions=[saga_mean, svrg_mean, saga_speed, svrg_speed, plateau],
        rivals=[
            Rival("twice as fast in the mean", replace(saga_mean, arguments={"slower": 2.0})),
            Rival("twice as fast", replace(saga_speed, arguments={"factor": 2.0})),
            Rival("SGD falls too", replace(saga_speed, method=SGD(step=SHORT))),
            Rival("snapshot of the start for ever", replace(svrg_speed, method=StaleSVRG(SHORT, N))),
            Rival("average follows by half", replace(saga_mean, method=HalfSAGA(SHORT))),
            Rival("level of step σ²", replace(plateau, arguments={"factor": 2.0})),
        ],
    ),
    Theorem(
        name="deep-linear-conjugate-gradients",
        title="Near a deep solution conjugate gradients take one step for each distinct eigenvalue",
        source=Source("polakribiere1969"),
        also=[Source("fletcherreeves1964"), Source("powell1977")],
        statement="From a start at distance δ of a balanced solution of a square whitened net, nonlinear "
        "conjugate gradients with exact line search leave a part O(δ) of the residual after m steps, m "
        "the number of distinct eigenvalues of the Hessian, d(d+1)/2 at width d, and not before. They "
        "need at most m + 3 steps to 1e-6 in these cases, whatever the condition number.",
        method=PolakRibiere(),
        survey="deep linear",
        remark="Derived from finite termination on the quadratic. The three further steps are measured. "
        "An iteration costs two epochs, one for the gradient and one for the polynomial of the line "
        "search.",
        predictions=[finite, exact_after(FletcherReeves(), "Fletcher-Reeves"), few],
        rivals=[
            Rival("one step fewer", replace(finite, arguments={"fewer": 1})),
            Rival("steepest descent", replace(finite, method=FletcherReeves(restart=sp.Integer(0)))),
            Rival("steepest descent in as many steps", replace(few, method=FletcherReeves(sp.Integer(0)))),
            Rival("three steps fewer than eigenvalues", replace(few, arguments={"beyond": -3})),
        ],
    ),
    Theorem(
        name="deep-linear-barzilai-borwein",
        title="Open: how many epochs does Barzilai-Borwein need near a deep solution?",
        source=Source("barzilaiborwein1988"),
        also=[Source("sun2020")],
        statement="Near a solution the method runs on the local quadratic, where nobody knows its rate. "
        "Measured is the exponent of κ_local.",
        method=BarzilaiBorwein1(first=1 / L_local),
        survey="deep linear",
        predictions=[question(below)],
        rivals=[
            Rival(
                "exponent of gradient descent",
                question(Statement("the exponent is above 1", "largest exponent", 1.0, np.inf)),
            ),
        ],
    ),
]
