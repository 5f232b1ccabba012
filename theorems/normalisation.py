r"""Normalised weights: batch normalisation of least squares, length and direction, noise on directions.

A loss that depends on the direction of its weights alone has a gradient orthogonal to them, so that every
step makes them longer, and longer weights turn more slowly: the method chooses its own step.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.constants import L
from solvers.method import method
from solvers.methods import SGD, GradientDescent
from solvers.methods.gradient_descent import Iterate
from solvers.observe import iterates
from solvers.problems.instance import Instance, with_run_axis
from solvers.problems.normalised import (
    BatchNormalised,
    FreeNoise,
    SizeHeldFixed,
    TangentNoise,
    batch_normalised,
    covariance,
    from_origin,
    tangent_noise,
)
from solvers.problems.quadratic import Fixed, dense
from solvers.vocabulary import axpy, gradient, line_minimum
from theorems.facts import equal, mean, order, within
from theorems.predictions import Calculation, Fact
from theorems.symbols import kappa, mu, n, t
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
eta = sp.Symbol("eta", positive=True)
one, half, quarter = sp.Integer(1), sp.Rational(1, 2), sp.Rational(1, 4)

# ---------------------------------------------------------------- batch normalisation


def solution(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, size, 1]).standard_normal(size)


def normalised(
    rates: Sequence[float], kind: type = BatchNormalised, condition: float = 5.0
) -> list[Instance]:
    """One least-squares problem with five inputs, with these learning rates of the weights."""
    H, goal = covariance(5, condition, seed=1), solution(5, seed=1)
    return [batch_normalised(H, goal, rate, f"learning rate {rate:g}", kind) for rate in rates]


def growth_of_the_weights(method: Any, kind: type) -> list[Fact]:
    """|w_{k+1}|^2 - |w_k|^2 - |w_{k+1} - w_k|^2 over 200 rounds, in units of its rounding."""
    rates, size = (0.1, 1.0, 10.0, 1e3), 5
    H, goal = covariance(size, 5.0, seed=1), solution(size, seed=1)
    facts = np.zeros(len(rates))
    before: np.ndarray | None = None
    for x in itertools.islice(iterates(method, normalised(rates, kind)), 201):
        if before is not None:
            a, w, new = before[:, :1], before[:, 1:], x[:, 1:]
            image, longer = w @ H, (new**2).sum(1)
            deviation = np.abs(longer - (w**2).sum(1) - ((new - w) ** 2).sum(1))
            # the two terms of the gradient, each known to the sum of the products that it needs
            deviates = np.sqrt((w * image).sum(1))
            terms = np.linalg.norm(H @ goal) * (
                1 + np.linalg.norm(image, axis=1) * np.linalg.norm(w, axis=1) / deviates**2
            )
            reach = np.linalg.norm(w, axis=1) * np.abs(a[:, 0]) / deviates * terms + longer
            facts = np.maximum(facts, deviation / (8 * (size + 4) * U * reach))
        before = x.copy()
    return [
        equal(f"rate {r:g}, in units of the rounding", 0.0, f, 1.0) for r, f in zip(rates, facts, strict=True)
    ]


def direction_hessian(H: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """H* = H - H u u'H/(u'Hu), which the direction sees near the solution u."""
    image = H @ goal
    return H - np.outer(image, image) / (goal @ image)


def near_the_solution(method: Any, projected: bool, squared: bool) -> list[Fact]:
    """The order in the initial error of what 10 rounds near the solution differ by from (I - e H*)^10, with
    the learning rate e = rate a^2/(w'Hw) that the direction has there."""
    facts = []
    rounds, small = 10, 2.0 ** -np.arange(6.0, 13.0)
    for condition in (5.0, 50.0):
        for seed in (1, 2):
            H, goal = covariance(5, condition, seed), solution(5, seed)
            values, vectors = np.linalg.eigh(direction_hessian(H, goal))
            turns = vectors[:, 1:]
            rate = 1.5 / values[-1]
            length = 1 / np.sqrt(rate) if squared else 1 / rate  # of the weights, in units of |u|
            side = turns @ np.random.default_rng(seed).standard_normal(4)
            starts = [length * goal + size * side for size in small]
            step = np.eye(5) - rate * (direction_hessian(H, goal) if projected else H)
            instance = batch_normalised(H, goal, 1.0, f"kappa = {condition:g}, seed {seed}")
            family = [
                replace(
                    instance,
                    label=f"{instance.label}, {k}",
                    start=Fixed((float(w @ H @ goal / np.sqrt(w @ H @ w)), *w.tolist())),
                )
                for k, w in enumerate(starts)
            ]
            last = next(itertools.islice(iterates(method, family), rounds, None))[:, 1:]
            claimed = np.outer(small, np.linalg.matrix_power(step, rounds) @ side)
            errors = np.linalg.norm((last - claimed) @ turns, axis=1)
            facts.append(order(instance.label, 2.0, list(small), list(errors)))
    return facts


def at_the_end(method: Any, kind: Any) -> list[Fact]:
    """The gap after 4000 rounds, relative to that of zero, for learning rates from 1/8 to 64 times 1/L."""
    rates = (0.125, 1.0, 2.5, 8.0, 64.0)
    H, goal = covariance(5, 5.0, seed=1), solution(5, seed=1)
    height = float(goal @ H @ goal) / 2
    arrived = (64 * 5 * U) ** 2  # a w/sqrt(w'Hw) - u is known to a few sums of five products
    facts = []
    for rate in rates:
        if kind == "plain":
            instance = dense(H, f"learning rate {rate:g}", Fixed(tuple(-goal)))
            tried: Any = GradientDescent(step=sp.Rational(rate))
        else:
            (instance,) = normalised((rate,), kind)
            tried = method
        problem = with_run_axis(instance.problem)
        gap = np.inf
        for k, x in enumerate(itertools.islice(iterates(tried, [instance]), 4001)):
            if k % 10 == 0:
                gap = float(problem.gap(x)[0, 0]) / height
                if not arrived < gap < 1e20:
                    break
        facts.append(within(instance.label, gap, 0.0, arrived))
    return facts


def condition_numbers(_: Any, share: sp.Expr) -> list[Fact]:
    """kappa(H*)/kappa(H), without the zero eigenvalue of H*: at most one, and one where u is an eigenvector
    in between."""
    facts = []
    for condition in (4.0, 100.0):
        for seed in range(4):
            H = covariance(6, condition, seed)
            values = np.linalg.eigvalsh(direction_hessian(H, solution(6, seed)))
            ratio = values[-1] / values[1] / condition
            facts.append(
                within(f"kappa = {condition:g}, seed {seed}", ratio, 0.0, float(share), float(share))
            )
        vectors = np.linalg.eigh(H)[1]
        values = np.linalg.eigvalsh(direction_hessian(H, vectors[:, 2]))
        ratio = values[-1] / values[1] / condition
        facts.append(
            equal(f"kappa = {condition:g}, u in between", float(share), ratio, 64 * 6 * condition * U)
        )
    return facts


def rounds_needed(method: Any, power: sp.Expr, large: bool) -> list[Fact]:
    """The rounds until the gap is 10^-6 of its first value, as a power of the learning rate."""
    rates = 2.0 ** (np.arange(5.0, 11.0) if large else -np.arange(3.0, 9.0))
    facts = []
    for seed in (0, 1):
        instances = normalised(list(rates), condition=3.0)
        problem = type(instances[0].problem)(*(a[None] for a in instances[0].problem))
        needed = np.zeros(len(rates))
        first: Any = None
        for k, x in enumerate(itertools.islice(iterates(method, instances, [seed]), 60_000)):
            gap = problem.gap(x)[:, 0]
            first = gap if first is None else first
            new = (needed == 0) & (gap <= 1e-6 * first)
            needed[new] = k
            if needed.all():
                break
        small = 1 / rates if large else rates
        facts.append(order(f"start {seed}", float(-power if large else power), list(small), list(needed)))
    return facts


growth = Calculation(
    compute=growth_of_the_weights, arguments={"kind": BatchNormalised}, label="length of the weights",
    ran="200 rounds at learning rates from 0.1 to 1000",
)  # fmt: skip
local = Calculation(
    compute=near_the_solution, arguments={"projected": True, "squared": True}, label="near the solution",
    rests_on="slope", ran="10 rounds from starts at 2^-6 to 2^-12",
)  # fmt: skip
converges = Calculation(
    compute=at_the_end, arguments={"kind": BatchNormalised}, label="every learning rate", rests_on="bound",
    ran="4000 rounds at learning rates from 1/8 to 64", quick=False,
)  # fmt: skip
conditioned = Calculation(
    compute=condition_numbers, arguments={"share": one}, label="condition number", rests_on="bound",
    ran="H* of ten problems with six inputs",
)  # fmt: skip
slow_start = Calculation(
    compute=rounds_needed, arguments={"power": -one, "large": False}, label="small learning rates",
    rests_on="slope", ran="learning rates from 2^-3 to 2^-8", quick=False,
)  # fmt: skip
slow_end = replace(
    slow_start, arguments={"power": one, "large": True}, label="large learning rates",
    ran="learning rates from 2^5 to 2^10",
)  # fmt: skip


# ---------------------------------------------------------------- length and direction


@method(state=Iterate, degrees=(0,), needs=("line_minimum",))
class BestLength(NamedTuple):
    r"""A gradient step from the best length: $x \leftarrow c\,x$ with $c$ the minimiser of $f(c\,x)$, after
    $x \leftarrow x - \alpha \nabla f(x)$, $\alpha$ = ``step``.

    In the direction w alone that is gradient descent on the Rayleigh quotient r(w) = -(u'Qw)^2/(w'Qw), twice
    the least f along w up to a constant, with the step alpha w'Qw/(2 |r|) of Kohler et al.
    """

    step: Any = 1 / L

    def start(self, problem: Any, x: Any) -> Iterate:
        axpy(x, line_minimum(problem, x, x), x)
        return Iterate(x)

    def update(self, problem: Any, state: Iterate, i: Any) -> None:
        axpy(state.x, -self.step, gradient(problem, state.x))
        axpy(state.x, line_minimum(problem, state.x, state.x), state.x)


def slow_start_of(condition: float) -> tuple[Instance, float]:
    """From u + delta v, where v is the slowest direction and has no part in u; and delta^2 L/u'Qu."""
    Q, goal = covariance(8, condition, 0), solution(8, 0)
    slowest = np.linalg.eigh(Q)[1][:, 0]
    goal -= (slowest @ goal) * slowest
    delta = 1e-3 * float(np.linalg.norm(goal))
    start = Fixed(tuple((goal + delta * slowest).tolist()))
    return from_origin(Q, goal, f"kappa = {condition:g}, worst start", start), delta**2 / float(
        goal @ Q @ goal
    )


def gap_along_the_run(method: Any, share: sp.Expr, factor: sp.Expr) -> list[Fact]:
    """The largest gap in units of (share) (factor)^(2k) times the first one, over k from 1 to 400."""
    facts = []
    for condition in (4.0, 20.0, 100.0):
        anywhere = from_origin(covariance(8, condition, 0), solution(8, 0), f"kappa = {condition:g}")
        base = float(factor.subs(kappa, sp.Rational(condition)))
        for instance, seeds in ((anywhere, range(20)), (slow_start_of(condition)[0], range(1))):
            problem = with_run_axis(instance.problem)
            size = float((instance.problem.solution**2).sum())
            # x - u is known to a few sums of eight products, and so to a part in 10^6 above this gap
            floor = (1e6 * 64 * U) ** 2 * size
            ratio, first = 0.0, np.zeros(0)
            for k, x in enumerate(itertools.islice(iterates(method, [instance], seeds), 401)):
                gap = problem.gap(x)[:, 0]
                first = gap if k == 0 else first
                above = gap > floor
                if gap.max() > 1e50 or not above.any():
                    break
                if k > 0:
                    bounds = float(share) * first[above] * base ** (2 * k)
                    ratio = max(ratio, float((gap[above] / bounds).max()))
            facts.append(within(instance.label, ratio, 0.0, 1 + 4e-6, predicted=1.0))
    return facts


def gap_from_the_worst_start(method: Any, factor: sp.Expr) -> list[Fact]:
    """The gap after kappa steps in units of factor^(2 kappa), near u where that has no part in the slowest
    direction."""
    facts = []
    for condition in (4, 20, 100):
        instance, small = slow_start_of(float(condition))
        problem = with_run_axis(instance.problem)
        path = [problem.gap(x)[0, 0] for x in itertools.islice(iterates(method, [instance]), condition + 1)]
        ratio = path[-1] / (path[0] * float(factor.subs(kappa, condition)) ** (2 * condition))
        # The best length turns a step's part delta_k v into (1 - delta_k^2 mu/u'Qu) delta_k v, and gives the
        # error a part along u of the same size; all steps together come to delta^2 L/u'Qu in the gap.
        facts.append(equal(instance.label, 1.0, float(ratio), 4 * small))
    return facts


def quotient_and_gradient(_: Any) -> list[Fact]:
    """u'Qu - (u'Qw)^2/(w'Qw) against g'Q^-1 g, g the gradient at the best length of w, in units of u'Qu."""
    facts = []
    for condition in (4.0, 100.0):
        Q, goal = covariance(8, condition, 0), solution(8, 0)
        instance = from_origin(Q, goal, f"kappa = {condition:g}")
        problem, height = with_run_axis(instance.problem), float(goal @ Q @ goal)
        for seed in range(3):
            w = instance.start(seed)
            x = w[None] * (1 + problem.line_minimum(w[None], w[None]))
            g = problem.gradient(x)[0]
            quotient = 1 - (goal @ Q @ w) ** 2 / (w @ Q @ w) / height
            found = g @ np.linalg.solve(Q, g) / height
            facts.append(equal(f"{instance.label}, {seed}", quotient, found, 64 * 8 * condition * U))
    return facts


contraction = 1 - 1 / kappa
bounded = Calculation(
    compute=gap_along_the_run, arguments={"share": one, "factor": contraction}, label="every step",
    rests_on="bound", expression=(1 - mu / L) ** (2 * t), ran="400 steps from 20 starts, kappa = 4, 20, 100",
)  # fmt: skip
attained = Calculation(
    compute=gap_from_the_worst_start, arguments={"factor": contraction}, label="worst start",
    rests_on="bound", ran="kappa steps from u + delta v, kappa = 4, 20, 100",
)  # fmt: skip
dual = Calculation(compute=quotient_and_gradient, label="quotient", ran="six random directions")


# ---------------------------------------------------------------- noise


def noise_path(method: Any, kind: type, runs: int, steps: int) -> np.ndarray:
    """|w_k|^2 and the squared steps |w_{k+1} - w_k|^2, (2, steps + 1, runs); the last step is zero."""
    instance = tangent_noise(16, 4, "noise", kind)
    columns = protocol.columns(protocol.evaluate(method, instance), runs)
    problem, rows = with_run_axis(instance.problem), np.arange(runs)
    state = columns.start(problem, np.stack([instance.start(seed) for seed in range(runs)]))
    draws = np.random.default_rng([runs, steps]).integers(0, 16, (steps, runs))
    found = np.zeros((2, steps + 1, runs))
    for k in range(steps + 1):
        before = state[0].copy()
        found[0, k] = (before**2).sum(1)
        if k < steps:
            protocol.update(columns, problem, state, (rows, draws[k]))
            found[1, k] = ((state[0] - before) ** 2).sum(1)
    return found


def growth_under_noise(method: Any, kind: type) -> list[Fact]:
    """|w_T|^2 against |w_0|^2 and the sum of the squared steps, the largest deviation over 200 runs."""
    facts = []
    for rate in (sp.Rational(1, 10), one, sp.Integer(10)):
        squares, moved = noise_path(method._replace(step=rate), kind, 200, 200)
        sums = squares[0] + moved.sum(0)
        # every step is known to a few u of |w| and of itself, and all that is rounded is below |w_T|
        deviation = np.abs(squares[-1] / sums - 1).max()
        facts.append(equal(f"rate {rate}", 0.0, float(deviation), 200 * 16 * U))
    return facts


def fourth_power(method: Any, degrees: sp.Expr) -> list[Fact]:
    """The mean of |w_T|^4 less the squared changes of |w|^2, over 2 rate^2 T: the degrees of freedom."""
    facts = []
    for rate in (sp.Rational(1, 10), one, sp.Integer(10)):
        squares, _ = noise_path(method._replace(step=rate), TangentNoise, 500, 200)
        for steps in (50, 200):
            rest = squares[steps] ** 2 - (np.diff(squares[: steps + 1], axis=0) ** 2).sum(0) - 1
            samples = rest / (2 * float(rate) ** 2 * steps)
            facts.append(mean(f"rate {rate}, T = {steps}", float(degrees.subs(n, 4)), samples, together=6))
    return facts


def growth_order(method: Any, power: sp.Expr) -> list[Fact]:
    """The power of T in (mean |w_T|^4)^(1/4) at rate 1, from T = 50 to 1600."""
    squares, _ = noise_path(method._replace(step=one), TangentNoise, 200, 1600)
    times = np.array([50, 100, 200, 400, 800, 1600])
    sizes = (squares[times] ** 2).mean(1) ** 0.25
    return [order("rate 1", -float(power), list(1 / times), list(sizes))]


longer = Calculation(
    compute=growth_under_noise, arguments={"kind": TangentNoise}, label="length of the weights",
    ran="200 runs of 200 steps at rates 1/10, 1, 10",
)  # fmt: skip
fourth = Calculation(
    compute=fourth_power, arguments={"degrees": n - 1}, label="fourth power", rests_on="sample",
    ran="500 runs of 200 steps at rates 1/10, 1, 10",
)  # fmt: skip
grows = Calculation(
    compute=growth_order, arguments={"power": quarter}, label="growth", rests_on="slope",
    expression=t**quarter, ran="200 runs of 1600 steps at rate 1", quick=False,
)  # fmt: skip


theorems = [
    Theorem(
        name="batch-normalisation-least-squares",
        survey="training",
        title="Batch normalisation converges on least squares at every learning rate",
        source=Source("cailishen2019"),
        statement="On f(a, w) = |aw/√(w'Hw) - u|²_H/2 gradient descent with the learning rate 1 for a and "
        "any ε for w converges to the solution. Every step makes w longer, |w_{k+1}|² = |w_k|² + "
        "ε²|∇f|². Near the solution the part of w across u is multiplied by I - eH* per step, with "
        "e = εa²/(w'Hw) and H* = H - Huu'H/(u'Hu), whose condition number is at most that of H.",
        method=GradientDescent(step=one),
        remark="The local factor is derived here: the length is at its best there up to second order, so "
        "that it drops out. As f does not depend on |w|, the learning rate ε is run as the rate 1 from w/√ε. "
        "Convergence is shown for five learning rates, the condition number for ten problems.",
        predictions=[growth, local, converges, conditioned],
        rivals=[
            Rival("a standard deviation held fixed", replace(growth, arguments={"kind": SizeHeldFixed})),
            Rival("it converges so", replace(converges, arguments={"kind": SizeHeldFixed})),
            Rival("without normalisation", replace(converges, arguments={"kind": "plain"})),
            Rival("H in place of H*", replace(local, arguments={"projected": False, "squared": True})),
            Rival(
                "a learning rate over the length",
                replace(local, arguments={"projected": True, "squared": False}),
            ),
            Rival("a better condition number always", replace(conditioned, arguments={"share": 3 * quarter})),
            Rival("half the rate", method=GradientDescent(step=half), of="near the solution"),
        ],
    ),
    Theorem(
        name="batch-normalisation-learning-rate",
        survey="training",
        title="Batch normalisation needs 1/ε rounds for small learning rates ε and ε rounds for large ones",
        source=Source("cailishen2019"),
        statement="The rounds to a given accuracy are in proportion to 1/ε as ε falls to zero, and to ε as "
        "it grows.",
        method=GradientDescent(step=one),
        remark="Derived: for small ε the run is a gradient flow. A large ε throws the weights to a length in "
        "proportion to ε in the first step, which leaves a learning rate of the direction of ε/ε².",
        predictions=[slow_start, slow_end],
        rivals=[
            Rival("large ones as 1/ε", replace(slow_end, arguments={"power": -one, "large": True})),
            Rival("large ones as √ε", replace(slow_end, arguments={"power": half, "large": True})),
            Rival("small ones as 1/√ε", replace(slow_start, arguments={"power": -half, "large": False})),
        ],
    ),
    Theorem(
        name="length-direction-decoupling",
        survey="training",
        title="Gradient steps from the best length contract the gap by (1 - μ/L)² each",
        source=Source("kohler2019"),
        statement="On least squares a gradient step of 1/L for the direction, with the best length always, "
        "multiplies f - f* by at most (1 - μ/L)². Where the solution has no part in the slowest direction "
        "that is attained, in the limit of starts near it.",
        method=BestLength(),
        remark="Derived: the step multiplies every part of the error by at most 1 - μ/L, and a better length "
        "only lowers f. That this is gradient descent on the Rayleigh quotient, with the source's step, is "
        "algebra.",
        predictions=[bounded, attained, dual],
        rivals=[
            Rival(
                "nine tenths of the bound",
                replace(bounded, arguments={"share": sp.Rational(9, 10), "factor": contraction}),
            ),
            Rival(
                "square root of κ",
                replace(bounded, arguments={"share": one, "factor": 1 - 1 / sp.sqrt(kappa)}),
            ),
            Rival("step 2.3/L", method=BestLength(step=sp.Rational(23, 10) / L), of="every step"),
            Rival("step 1/(2L)", method=BestLength(step=1 / (2 * L)), of="worst start"),
            Rival("factor 1 - 2/κ", replace(attained, arguments={"factor": 1 - 2 / kappa})),
        ],
    ),
    Theorem(
        name="scale-invariant-noise",
        survey="training",
        title="Under noise the weights of a scale-invariant loss grow as T^{1/4}",
        source=Source("aroralilyu2019"),
        statement="SGD with the rate η on a loss of the direction of w alone has |w_T|² = |w_0|² + "
        "η² Σ|g|². If the gradient is noise of covariance one orthogonal to w, over |w|, then the mean of "
        "|w_T|⁴ - Σ(|w_{k+1}|² - |w_k|²)² is |w_0|⁴ + 2η²(n-1)T, and so |w_T| grows as T^{1/4}.",
        method=SGD(step=eta),
        remark="The moment is derived here; it is exact at every T and η. Without the sum the first steps of "
        "a large η, which are not small beside |w|, would hide the law.",
        predictions=[longer, fourth, grows],
        rivals=[
            Rival("noise that is not orthogonal", replace(longer, arguments={"kind": FreeNoise})),
            Rival("n degrees of freedom", replace(fourth, arguments={"degrees": n})),
            Rival("n - 2 degrees of freedom", replace(fourth, arguments={"degrees": n - 2})),
            Rival("growth as √T", replace(grows, arguments={"power": half})),
            Rival("no growth", replace(grows, arguments={"power": sp.Integer(0)})),
        ],
    ),
]
