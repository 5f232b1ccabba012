r"""Steps that adapt to the gradients seen so far: where Adam fails, where AdaGrad goes, bets without a step.

And the linear scaling rule of mini-batches: when many small steps are one large one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.special
import sympy as sp

from solvers import method as protocol
from solvers.methods import (
    SGD,
    AdaGrad,
    AdaGradNorm,
    Adam,
    AMSGrad,
    CoinBetting,
    GradientDescent,
    HeavyBall,
    MiniBatchSGD,
    OnlineAdam,
    OnlineAMSGrad,
    RMSProp,
)
from solvers.observe import iterates
from solvers.problems import spectra
from solvers.problems.adaptive_families import log_cosh
from solvers.problems.deep_families import target
from solvers.problems.deep_linear import net, parameters
from solvers.problems.instance import Instance, with_run_axis
from solvers.problems.least_squares import gaussian_rows
from solvers.problems.online import absolute_value, adversary, interpolation, largest_slope, sign_data
from solvers.problems.quadratic import spectrum_of
from theorems.facts import equal, order, within
from theorems.predictions import Calculation, Fact
from theorems.symbols import L, m, t
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
C = largest_slope
eta, u = sp.symbols("eta u", positive=True)


def play(
    method: Any, instances: Sequence[Instance], starts: np.ndarray, draws: Sequence[Any]
) -> Iterator[np.ndarray]:
    """x, (B, n), before each step and after the last, where step k draws what ``draws`` says; every instance
    from every start (S, n), B = instances x S."""
    evaluated = [protocol.evaluate(method, i) for i in instances for _ in starts]
    columns = type(method)(*(np.array(c, float)[:, None] for c in zip(*evaluated, strict=True)))
    several = zip(*(i.problem for i in instances for _ in starts), strict=True)
    problem = type(instances[0].problem)(*(np.stack(arrays) for arrays in several))
    state, runs = columns.start(problem, np.tile(starts, (len(instances), 1))), np.arange(len(evaluated))
    for draw in draws:
        yield state[0].copy()
        protocol.update(columns, problem, state, (runs, np.tile(draw, (len(runs), *[1] * np.ndim(draw)))))
    yield state[0].copy()


# ---------------------------------------------------------------- Adam on a line


SIZES = (3, 5, 10)


def periods(method: Any, starts: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Against each adversary from each of S starts, the iterates before the three steps of every period,
    (count, 3, sizes, S), and the regret against the best point after every period, (count, sizes, S)."""
    run = play(method, [adversary(size) for size in SIZES], starts[:, None], [0, 1, 2] * count)
    path = np.stack(list(run))[:-1, :, 0].reshape(count, 3, len(SIZES), len(starts))
    sizes = np.array(SIZES, float)[:, None]
    regret = sizes * path[:, 0] - path[:, 1] - path[:, 2] + (sizes - 2)
    return path, np.cumsum(regret, axis=0)


def resting_place(method: Any, place: sp.Expr, when: sp.Expr) -> list[Fact]:
    """Where runs from nine starts are in every one of the last fifty periods, before the step ``when``."""
    path, _ = periods(method, np.linspace(-1, 1, 9), 400)
    facts = []
    for k, size in enumerate(SIZES):
        there = path[-50:, int(when), k].ravel()
        far = there[np.abs(there - float(place)).argmax()]
        facts.append(equal(f"C = {size}, furthest of nine runs", float(place), far, 0.0))
    return facts


def average_regret(method: Any, limit: sp.Expr, start: sp.Expr) -> list[Fact]:
    """How the regret per round differs from its limit: as T^(-1/2), from a start where the run stays."""
    counts = np.array([200, 400, 800, 1600])
    _, regret = periods(method, np.array([float(start)]), counts[-1])
    facts = []
    for k, size in enumerate(SIZES):
        gaps = np.abs(regret[counts - 1, k, 0] / (3 * counts) - float(limit.subs(C, size)))
        facts.append(order(f"C = {size}", 0.5, list(1 / counts), list(gaps)))
    return facts


adverse = OnlineAdam(
    step=sp.Rational(1, 2),
    memory=sp.Integer(0),
    square_memory=1 / (1 + C**2),
    offset=sp.Integer(0),
    radius=sp.Integer(1),
)
repaired = OnlineAMSGrad(*adverse)

adam_rests = Calculation(
    compute=resting_place, arguments={"place": sp.Integer(1), "when": sp.Integer(0)},
    expression=sp.Integer(1), ran="the last 50 of 400 periods, nine starts, C = 3, 5, 10", label="limit",
)  # fmt: skip
adam_regret = Calculation(
    compute=average_regret, arguments={"limit": 2 * (C - 2) / 3, "start": sp.Integer(1)}, rests_on="slope",
    ran="regret per round after 200 to 1600 periods, C = 3, 5, 10", label="regret", quick=False,
)  # fmt: skip
amsgrad_rests = replace(adam_rests, arguments={"place": sp.Integer(-1), "when": sp.Integer(1)})
amsgrad_rests = replace(amsgrad_rests, expression=sp.Integer(-1))
amsgrad_regret = replace(adam_regret, arguments={"limit": sp.Integer(0), "start": sp.Integer(-1)})


# ---------------------------------------------------------------- AdaGrad-Norm


def smooth_functions() -> list[list[Instance]]:
    """Families of one shape each, with L in their constants."""
    quadratics = [
        spectrum_of(spectra.log_spaced(8, k), f"quadratic, kappa = {k:g}") for k in (1.0, 10.0, 1e3)
    ]
    return [quadratics, [log_cosh(k, 6, 0.5) for k in (10.0, 100.0)]]


def smallest_gradient(method: Any, constant: sp.Expr, power: sp.Expr) -> list[Fact]:
    """N^power min |g|^2 over the first N gradients, in units of (constant) (4 D^2/eta^2 + 2 b_0 D/eta)."""
    facts = []
    rates = (sp.Rational(1, 10), sp.Integer(1), sp.Integer(100))
    for family, rate in itertools.product(smooth_functions(), rates):
        tried = method
        if isinstance(method, AdaGradNorm):
            tried = method._replace(step=rate, first=method.first.subs(eta, rate))
        ratio = 0.0
        for instance in family:
            problem = with_run_axis(instance.problem)
            start = instance.start(0)[None]
            height = float(problem.gap(start)[0, 0])
            first = float(rate) * instance.constants[L]
            limit = float(constant) * (4 * height**2 / float(rate) ** 2 + 2 * first * height / float(rate))
            smallest = np.inf
            for k, x in enumerate(itertools.islice(iterates(tried, [instance]), 400), start=1):
                g = problem.gradient(x)
                square = float((g * g).sum())
                smallest = min(smallest, square)
                ratio = max(ratio, k ** float(power) * smallest / limit)
                if square > 1e100:  # it has diverged
                    break
        facts.append(within(f"{family[0].label} and others, eta = {rate}", ratio, 0.0, 1.0, predicted=1.0))
    return facts


ward = Calculation(
    compute=smallest_gradient, arguments={"constant": sp.Integer(1), "power": sp.Integer(1)}, label="every N",
    rests_on="bound", ran="AdaGrad-Norm with b_0 = eta L, every N to 400, five functions",
)  # fmt: skip


# ---------------------------------------------------------------- the sign of the data


def sign_problems() -> list[tuple[Instance, np.ndarray]]:
    """Interpolation problems with A sign(A'y) = 4 y, and sign(A'y)."""
    found = []
    for seed in range(3):
        rows, y = sign_data(10, seed)
        found.append((interpolation(rows, y, f"sign data {seed}"), np.sign(rows.T @ y)))
    return found


def random_problems() -> list[tuple[Instance, np.ndarray]]:
    """Interpolation problems of the same sizes without that property."""
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        rows, y = rng.standard_normal((10, 53)), rng.choice([-1.0, 1.0], 10)
        found.append((interpolation(rows, y, f"random data {seed}"), np.sign(rows.T @ y)))
    return found


def along_the_sign(methods: Sequence[Any], problems: Any) -> list[Fact]:
    """How far x_k is from a multiple of sign(A'y), relative to it, over 30 steps that stay short of u/c."""
    facts = []
    for method in methods:
        for instance, sign in problems():
            used = sign != 0
            worst = 0.0
            for x in itertools.islice(iterates(method, [instance]), 1, 31):
                multiple = x[0][used] * sign[used]
                worst = max(worst, np.abs(multiple - multiple.mean()).max() / np.abs(multiple).mean())
            # A residual is known to 2 n u, and half of it is left after 30 steps; its products with the rows
            # sum 2 N terms. So each step is known to that, relative, and the steps add up.
            tolerance = 30 * 4 * sum(instance.problem.rows.shape) * U
            facts.append(equal(f"{type(method).__name__}, {instance.label}", 0.0, worst, tolerance))
    return facts


def limit_point(method: Any, place: str, rounds: int) -> list[Fact]:
    """The distance of the last iterate from sign(A'y)/4, or from the solution of least norm, relative."""
    facts = []
    for instance, sign in sign_problems():
        rows, y = instance.problem
        goal = sign / 4 if place == "sign" else np.linalg.pinv(rows) @ y
        last = next(itertools.islice(iterates(method, [instance]), rounds, None))[0]
        found = np.linalg.norm(last - goal) / np.linalg.norm(goal)
        # Every step rounds the iterate, and what it rounds outside the rows' span stays. All steps together
        # are a few times as long as the iterate, and their gradients are known to the sum of the sizes.
        facts.append(equal(instance.label, 0.0, float(found), 8 * (rounds + 10 * sum(rows.shape)) * U))
    return facts


short = sp.Rational(1, 400)
adaptive = (
    AdaGrad(step=sp.Rational(1, 100), offset=sp.Integer(0)),
    RMSProp(step=short, square_memory=sp.Rational(9, 10), offset=sp.Integer(0)),
    Adam(step=short, offset=sp.Integer(0)),
    AMSGrad(step=short, offset=sp.Integer(0)),
)
plain = (GradientDescent(step=sp.Rational(1, 100)), HeavyBall(sp.Rational(1, 100), sp.Rational(1, 2)))

along = Calculation(
    compute=along_the_sign, arguments={"methods": adaptive, "problems": sign_problems}, method=None,
    ran="AdaGrad, RMSProp, Adam and AMSGrad, 30 steps", label="direction",
)  # fmt: skip


# ---------------------------------------------------------------- coins


def betting_path(method: Any, rounds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres (B,), the bets x_1 ... x_T, (T, B), and the coins."""
    centres = np.array([0.3, 1.1, 3.7, 9.7, 61.8, 99.3])  # no bet meets a centre, where no coin falls
    run = iterates(method, [absolute_value(centres, "|x - u|")])
    path = np.stack([x[0].copy() for x in itertools.islice(run, rounds)])
    return centres, path, np.sign(centres - path)


def wealth(method: Any, heads_weight: sp.Expr, tails_weight: sp.Expr) -> list[Fact]:
    """1 + the sum of coins times bets, against 2^T B(h + a, k + b)/B(a, b) after h heads and k tails."""
    _, path, coins = betting_path(method, 2000)
    found = 1 + np.cumsum(coins * path, axis=0)
    heads, tails = np.cumsum(coins > 0, axis=0), np.cumsum(coins < 0, axis=0)
    h, k = float(heads_weight), float(tails_weight)
    logs = (heads + tails) * np.log(2) + scipy.special.betaln(heads + h, tails + k)
    logs -= scipy.special.betaln(h, k)
    facts = []
    for T in (1, 10, 100, 2000):
        # a product of T factors, each with a few roundings of bets that are known to as much; the sum of
        # coins times bets loses what its largest partial sum is rounded to
        tolerance = 8 * T * U * found[:T].max(0) / found[T - 1] + 64 * T * U
        deviation = np.abs(np.log(found[T - 1]) - logs[T - 1]) / tolerance
        facts.append(equal(f"T = {T}, in units of the rounding", 0.0, float(deviation.max()), 1.0))
    return facts


def regret(method: Any, share: sp.Expr, inside: sp.Expr) -> list[Fact]:
    """The largest regret in units of (share) (u sqrt(T ln(inside)) + 1) over all T up to 10^4."""
    centres, path, coins = betting_path(method, 10_000)
    found = np.cumsum(coins * (centres - path), axis=0)
    T = np.arange(1, len(path) + 1)[:, None]
    logarithm = np.log(sp.lambdify((t, u), inside)(T, centres))
    ratio = (found / (float(share) * (centres * np.sqrt(T * logarithm) + 1))).max(0)
    return [within(f"u = {c:g}", r, 0.0, 1.0, predicted=1.0) for c, r in zip(centres, ratio, strict=True)]


half = sp.Rational(1, 2)
bets = Calculation(
    compute=wealth, arguments={"heads_weight": half, "tails_weight": half}, label="wealth",
    expression=2**t * sp.gamma(m + half) * sp.gamma(t - m + half) / (sp.pi * sp.gamma(t + 1)),
    ran="2000 bets against six centres",
)  # fmt: skip
no_regret = Calculation(
    compute=regret, arguments={"share": sp.Integer(1), "inside": 1 + 24 * t**2 * u**2}, rests_on="bound",
    ran="10^4 bets against six centres, every T", label="regret", quick=False,
)  # fmt: skip


# ---------------------------------------------------------------- linear scaling


def sums() -> list[tuple[Instance, np.ndarray]]:
    """Noisy least squares and a net with noisy samples, each with a point to start from."""
    rng = np.random.default_rng(7)
    goal = target(3, 4.0, seed=1)
    inputs = rng.standard_normal((24, 3))
    outputs = inputs @ goal.T + rng.standard_normal((24, 3)) / 4
    covariance = inputs.T @ inputs / 24
    best = np.linalg.lstsq(inputs, outputs, rcond=None)[0].T
    start = rng.standard_normal(parameters((3, 4, 3))) / 2
    deep = net(best, (4,), "linear net with samples", lambda seed: start, covariance, (inputs, outputs))
    flat = gaussian_rows(24, 5, 1.0, "noisy least squares")
    return [(flat, flat.start(0)), (deep, start)]


def many_small_steps(method: Any, power: sp.Expr, claimed: sp.Expr) -> list[Fact]:
    """The distance between k steps of SGD and one step, k^power times as long, on their batch."""
    count, rates = 8, 2.0 ** -np.arange(7.0, 13.0)
    facts = []
    for instance, start in sums():
        batch = np.random.default_rng(3).permutation(instance.components)[:count]
        apart = []
        for rate in rates:
            small = method._replace(step=sp.Rational(rate))
            large = MiniBatchSGD(sp.Rational(rate * count ** float(power)), sp.Integer(count))
            *_, many = play(small, [instance], start[None], list(batch))
            *_, one = play(large, [instance], start[None], [batch])
            apart.append(float(np.linalg.norm(many - one)))
        facts.append(order(instance.label, float(claimed), list(rates), apart))
    return facts


scaled = Calculation(
    compute=many_small_steps, arguments={"power": sp.Integer(1), "claimed": sp.Integer(2)}, rests_on="slope",
    ran="8 steps of SGD against one on their batch, step 2^-7 to 2^-12", label="order",
)  # fmt: skip

theorems = [
    Theorem(
        name="adam-non-convergence",
        survey="training",
        title="Adam with a short memory goes to the worst point of a convex problem",
        source=Source("reddikalekumar2018"),
        also=[Source("kingmaba2015")],
        statement="On the losses Cx, -x, -x in turn on [-1, 1], with C > 2, Adam with β₁ = 0, β₂ = 1/(1+C²) "
        "and the step α/√t ends every period at x = 1, the worst point. Its regret per round tends to "
        "2(C-2)/3, and differs from that by a multiple of T^{-1/2}.",
        method=adverse,
        remark="The source shows the point; the regret is derived here: in a period it is 2(C-2) and a "
        "term of the order of the step. α = 1/2, and the runs are exact at the boundary.",
        predictions=[adam_rests, adam_regret],
        rivals=[
            Rival("it goes to the best point", replace(adam_rests, arguments=amsgrad_rests.arguments)),
            Rival("AMSGrad does so too", method=repaired, of="limit"),
            Rival(
                "so does a long memory",
                method=adverse._replace(square_memory=sp.Rational(99, 100)),
                of="limit",
            ),
            Rival(
                "half the regret",
                replace(adam_regret, arguments={"limit": (C - 2) / 3, "start": sp.Integer(1)}),
            ),
            Rival(
                "no regret", replace(adam_regret, arguments={"limit": sp.Integer(0), "start": sp.Integer(1)})
            ),
        ],
    ),
    Theorem(
        name="amsgrad-convergence",
        survey="training",
        title="AMSGrad goes to the best point where Adam goes to the worst",
        source=Source("reddikalekumar2018"),
        statement="On the same losses AMSGrad with the same parameters is at x = -1, the best point, after "
        "every loss Cx from some period on. Its regret per round falls as T^{-1/2}.",
        method=repaired,
        remark="The largest second moment is C²(1-β₂) or a little more, so that the large gradient is not "
        "divided away. The source bounds the regret by a multiple of √T.",
        predictions=[amsgrad_rests, amsgrad_regret],
        rivals=[
            Rival("it goes to the worst point", replace(amsgrad_rests, arguments=adam_rests.arguments)),
            Rival("Adam does so too", method=adverse, of="limit"),
            Rival("Adam has no regret", method=adverse, of="regret"),
        ],
    ),
    Theorem(
        name="adagrad-norm",
        survey="training",
        title="AdaGrad-Norm needs no L: the smallest of N squared gradients is O(1/N) for every η",
        source=Source("wardwubottou2020"),
        statement="Where f is L-smooth, D = f(x₀) - f*, and b₀ ≥ ηL, the smallest of the first N squared "
        "gradients is at most (4D²/η² + 2b₀D/η)/N. At N = 1 that is attained in the limit of large η.",
        method=AdaGradNorm(step=eta, first=eta * L),
        remark="Derived: the descent lemma gives Σ|g|²/b ≤ 2D/η, and b_N ≤ b₀ + 2D/η; the bound is the "
        "product. For b₀ below ηL the source has another constant, which is not tried. For large N the bound "
        "is loose.",
        predictions=[ward],
        rivals=[
            Rival("half the constant", replace(ward, arguments={"constant": half, "power": sp.Integer(1)})),
            Rival("a fixed step 10/L", method=GradientDescent(step=10 / L)),
            Rival(
                "N² in place of N",
                replace(ward, arguments={"constant": sp.Integer(1), "power": sp.Integer(2)}),
            ),
        ],
    ),
    Theorem(
        name="adaptive-methods-sign-of-the-data",
        survey="training",
        title="Adaptive steps from zero stay on the line of sign(A'y) where A sign(A'y) = cy",
        source=Source("wilson2017"),
        statement="Where fewer equations than unknowns have A sign(A'y) = cy, every iterate of AdaGrad, "
        "RMSProp, Adam and AMSGrad from zero, with ε = 0, is a multiple of sign(A'y). AdaGrad converges to "
        "sign(A'y)/c; gradient descent and the heavy ball to the solution of least norm.",
        method=None,
        remark="On that line the gradient is a multiple of A'y, so that every entry's steps divide by its "
        "own size and are alike. AMSGrad is not in the source; the same reason holds for it.",
        predictions=[
            along,
            Calculation(
                compute=limit_point,
                arguments={"place": "sign", "rounds": 4000},
                method=AdaGrad(step=sp.Rational(1, 10), offset=sp.Integer(0)),
                ran="AdaGrad, three sets of data",
                label="AdaGrad's limit",
            ),
            *(
                Calculation(
                    compute=limit_point,
                    arguments={"place": "least norm", "rounds": 4000},
                    method=scheme,
                    ran="three sets of data",
                    label=label,
                )
                for scheme, label in zip(
                    plain, ("limit of gradient descent", "limit of the heavy ball"), strict=True
                )
            ),
        ],
        rivals=[
            Rival(
                "so does gradient descent",
                replace(along, arguments={**along.arguments, "methods": plain[:1]}),
            ),
            Rival(
                "so does the heavy ball", replace(along, arguments={**along.arguments, "methods": plain[1:]})
            ),
            Rival("for any data", replace(along, arguments={**along.arguments, "problems": random_problems})),
            Rival(
                "AdaGrad goes to the solution of least norm",
                method=adaptive[0],
                of="limit of gradient descent",
            ),
            Rival("gradient descent goes to the sign", method=plain[0], of="AdaGrad's limit"),
        ],
    ),
    Theorem(
        name="coin-betting",
        survey="training",
        title="Krichevsky and Trofimov's bets need no step size: regret u√(T ln(1+24T²u²)) + 1",
        source=Source("orabonapal2016"),
        statement="On losses of slope at most 1 the regret of coin betting against u is at most "
        "u√(T ln(1+24T²u²)) + 1 at every T. After m heads in t coins of ±1 the wealth is exactly "
        "2^t Γ(m+1/2) Γ(t-m+1/2)/(π Γ(t+1)).",
        method=CoinBetting(),
        remark="On |x - u| for six u from 0.3 to 100. The wealth depends on the coins by their number alone; "
        "the regret's bound follows from it.",
        predictions=[bets, no_regret],
        rivals=[
            Rival(
                "Laplace's fraction",
                replace(bets, arguments={"heads_weight": sp.Integer(1), "tails_weight": sp.Integer(1)}),
            ),
            Rival("twice the first wealth", method=CoinBetting(wealth=sp.Integer(2)), of="wealth"),
            Rival("coins of half the size", method=CoinBetting(bound=sp.Integer(2)), of="wealth"),
            Rival("half the bound", replace(no_regret, arguments={**no_regret.arguments, "share": half})),
            Rival(
                "without T and u in the logarithm",
                replace(no_regret, arguments={**no_regret.arguments, "inside": sp.Integer(4)}),
            ),
            Rival("a fixed step", method=GradientDescent(step=sp.Rational(1, 100)), of="regret"),
        ],
    ),
    Theorem(
        name="linear-scaling-rule",
        survey="training",
        title="k steps of SGD and one step k times as long on their batch differ by O(η²)",
        source=Source("goyal2017"),
        statement="k steps of SGD with the step η, and one step kη on the batch of the same k components, "
        "lead from the same point to points whose distance is of the order η². With √k η it is of the "
        "order η.",
        method=SGD(step=eta),
        remark="Derived: the gradients of the small steps are taken at points that are O(η) apart. Noisy "
        "least squares, and a linear net of depth 2.",
        predictions=[scaled],
        rivals=[
            Rival(
                "the square root of k", replace(scaled, arguments={"power": half, "claimed": sp.Integer(2)})
            ),
            Rival("order 1", replace(scaled, arguments={"power": sp.Integer(1), "claimed": sp.Integer(1)})),
            Rival("order 3", replace(scaled, arguments={"power": sp.Integer(1), "claimed": sp.Integer(3)})),
        ],
    ),
]
