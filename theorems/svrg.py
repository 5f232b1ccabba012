r"""SVRG by its snapshot: what Johnson and Zhang prove, what least squares add to it, and what it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import sympy as sp

from solvers.method import method
from solvers.methods import SGD, SVRG, AverageSVRG, LooplessSVRG, RandomSVRG, StoredSVRG
from solvers.methods.svrg import SnapshotState
from solvers.problems.sampled_families import (
    INTERPOLATION,
    SQUARE_UNIT_ROWS,
    UNIT_ROWS,
    coordinates,
    flat_designs,
    near_identity,
    noisy_rows,
    samples,
    together,
)
from solvers.sampling import Sampling
from solvers.vocabulary import ascend, axpy, component, gradient, pick, put
from solvers.vocabulary import samples as number_of_samples
from theorems.predictions import Bound, Complexity, Moments, Rate, SpeedUp
from theorems.rivals import wrong_powers
from theorems.symbols import Delta, L_max, N, R, distance, epsilon, gain, gap, kappa, kappa_CD, mu, n, t
from theorems.theorem import Rival, Source, Theorem

# ---------------------------------------------------------------- broken on purpose

SNAPSHOT: dict[str, Any] = {
    "state": SnapshotState,
    "degrees": (1, 1, 1),
    "linear": True,
    "sampled": "component",
}


@method(**SNAPSHOT, needs=("component", "ascend"))
class SVRGNeverRefreshed(NamedTuple):
    r"""SVRG whose snapshot stays at the first iterate."""

    step: Any
    inner: Any

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> SnapshotState:
        return SnapshotState(x, x * 1, gradient(problem, x))

    def update(self, problem: Any, state: SnapshotState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)


@method(**SNAPSHOT, needs=("component", "ascend"))
class SVRGStaleGradient(NamedTuple):
    r"""SVRG whose snapshot moves and whose full gradient stays that of the first iterate."""

    step: Any
    inner: Any

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def start(self, problem: Any, x: Any) -> SnapshotState:
        return SnapshotState(x, x * 1, gradient(problem, x))

    def outer(self, problem: Any, state: SnapshotState) -> None:
        put(state.snapshot, state.x)

    def update(self, problem: Any, state: SnapshotState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)


@method(**SNAPSHOT, needs=("component", "ascend"))
class SVRGTwoIndices(NamedTuple):
    r"""SVRG with $\nabla f_i(x) - \nabla f_j(\tilde x)$, i and j drawn independently."""

    step: Any
    inner: Any

    def steps(self, problem: Any) -> int:
        return round(float(self.inner))

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(number_of_samples(problem), picks=2)

    def start(self, problem: Any, x: Any) -> SnapshotState:
        return SnapshotState(x, x * 1, x * 0)

    def outer(self, problem: Any, state: SnapshotState) -> None:
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: SnapshotState, i: Any) -> None:
        first, second = pick(i, 0), pick(i, 1)
        change = -self.step * component(problem, state.x, first)
        ascend(problem, state.x, self.step * component(problem, state.snapshot, second), second)
        ascend(problem, state.x, change, first)
        axpy(state.x, -self.step, state.full)


@method(**SNAPSHOT, needs=("component", "ascend"))
class LooplessSVRGFromNew(NamedTuple):
    r"""Loopless SVRG whose snapshot becomes the iterate after the step instead of the one before."""

    step: Any = 1 / (6 * L_max)
    chance: Any = 1 / N

    def steps(self, problem: Any) -> int:
        return number_of_samples(problem)

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(number_of_samples(problem), chance=float(self.chance))

    def start(self, problem: Any, x: Any) -> SnapshotState:
        return SnapshotState(x, x * 1, gradient(problem, x))

    def by_chance(self, problem: Any, state: SnapshotState) -> None:
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: SnapshotState, i: Any) -> None:
        difference = component(problem, state.x, i) - component(problem, state.snapshot, i)
        ascend(problem, state.x, -self.step * difference, i)
        axpy(state.x, -self.step, state.full)


@method(**SNAPSHOT, needs=("component", "ascend"))
class LooplessSVRGTwoIndices(NamedTuple):
    r"""Loopless SVRG with $\nabla f_i(x) - \nabla f_j(w)$, i and j drawn independently."""

    step: Any = 1 / (6 * L_max)
    chance: Any = 1 / N

    def steps(self, problem: Any) -> int:
        return number_of_samples(problem)

    def sampling(self, problem: Any) -> Sampling:
        return Sampling(number_of_samples(problem), picks=2, chance=float(self.chance))

    def start(self, problem: Any, x: Any) -> SnapshotState:
        return SnapshotState(x, x * 1, gradient(problem, x))

    def by_chance(self, problem: Any, state: SnapshotState) -> None:
        put(state.snapshot, state.x)
        put(state.full, gradient(problem, state.snapshot))

    def update(self, problem: Any, state: SnapshotState, i: Any) -> None:
        first, second = pick(i, 0), pick(i, 1)
        change = -self.step * component(problem, state.x, first)
        ascend(problem, state.x, self.step * component(problem, state.snapshot, second), second)
        ascend(problem, state.x, change, first)
        axpy(state.x, -self.step, state.full)


# ---------------------------------------------------------------- rounds

#: mu / L_max for unit rows, whose Hessian has trace 1; the same on a flat design, whose mu is that of Q.
slow = 1 / (n * kappa_CD)


def a_round(inner: Any, power: Any) -> Any:
    """The power of a factor per round, as an exponent of the factor per epoch: N + 2m components a round."""
    return power * N / (N + 2 * inner)


# ---------------------------------------------------------------- Johnson and Zhang

tenth = 1 / (10 * L_max)
long_round = sp.ceiling(25 * L_max / mu)
few = together(noisy_rows(12, 3, noise=(1,)), samples(coordinates(3, kappa_CD=(4,), gain=(2,))))
more = together(noisy_rows(24, 6, noise=(1,)), samples(coordinates(6, kappa_CD=(4, 16), gain=(1.5, 3))))

published = 25 * L_max / (2 * mu * long_round) + sp.Rational(1, 4)
sharper = 100 * L_max / (19 * mu * long_round) + sp.Rational(1, 19)
q = 1 - mu / (10 * L_max)
kept_of_slowest = (1 - q ** (2 * long_round)) / (long_round * (1 - q**2))
mean_of_slowest = q * (1 - q**long_round) / (long_round * (1 - q))

one_of_them = RandomSVRG(step=tenth, inner=long_round)
their_average = AverageSVRG(step=tenth, inner=long_round)
by_round = Bound(
    gap, published ** a_round(long_round, t) * Delta, average="exact", label="published", quick=False
)
by_sharper_round = replace(by_round, expression=sharper ** a_round(long_round, t) * Delta, label="sharper")
averaged = replace(by_sharper_round, method=their_average, instances=more, label="the average", quick=False)
half_power = a_round(long_round, sp.Rational(1, 2))
drawn_band = Rate(within=(kept_of_slowest**half_power, sharper**half_power), average="exact", label="band")
average_band = Rate(
    within=(mean_of_slowest ** (2 * half_power), sharper**half_power),
    average="exact",
    method=their_average,
    instances=more,
    quick=False,
    label="band of the average",
)

# ---------------------------------------------------------------- the last iterate

last_designs = together(
    noisy_rows(24, 4, noise=(1,)), samples(coordinates(6, kappa_CD=(4, 16), gain=(1.5, 3)))
)
flat_many = flat_designs(131072, kappa_CD=(4, 64), gain=(2, 1000))


def last(step: Any, label: str, **changes: Any) -> Rate:
    """In rounds so long that nothing is left of their start, the gap shrinks by step/(2 - step) at most, and
    by no more than that times 1 - L."""
    inner = sp.ceiling(20 * n * kappa_CD / step)
    contraction = step / (2 - step)
    power = a_round(inner, sp.Rational(1, 2))
    return Rate(
        within=((contraction * (1 - gain / n)) ** power, contraction**power),
        average="exact",
        method=SVRG(step=step / L_max, inner=inner),
        label=label,
        **changes,
    )


third = sp.Rational(1, 3)
last_third = last(third, "step 1/3", instances=last_designs, quick=False)
many_third = last(third, "step 1/3 on 131072 unknowns", instances=flat_many, quick=False)
same_round = {"inner": sp.ceiling(60 * n * kappa_CD)}

# ---------------------------------------------------------------- loopless

loopless_designs = together(
    noisy_rows(24, 5, noise=(1,)), samples(coordinates(6, kappa_CD=(4, 64), gain=(1.5, 3)))
)
loopless_slow = samples(coordinates(6, kappa_CD=(4, 64), gain=(1.5, 3), start="slowest"))
# N steps cost three epochs: two components a step, and a full gradient with chance 1/N.
steps = N * t / 3
published_step = 1 - sp.Min(slow / 6, 1 / (2 * N))
lyapunov = Bound(
    distance**2,
    published_step**steps * (R**2 + 2 * N * Delta / (9 * L_max)),
    average="exact",
    label="published",
    epochs=200 * n * kappa_CD / N,
    quick=False,
)
slowest_mode = Bound(
    distance,
    (1 - slow / 6) ** steps * R,
    side="lower",
    average="exact",
    instances=loopless_slow,
    label="slowest start",
    epochs=20 * kappa_CD,
)
loopless_band = Rate(
    within=((1 - slow / 6) ** (N / 3), published_step ** (N / 6)),
    average="exact",
    label="band",
    quick=False,
)
# 1/(2 step) = 3 times kappa_CD in passes of N steps for an e-fold of the gap.
loopless_scaling = Complexity(
    9 * kappa_CD * sp.log(1 / epsilon),
    measure=gap,
    against=(kappa_CD, gain),
    between=(1e-10, 1e-60),
    average="exact",
    leading=True,
    instances=flat_designs(1024, kappa_CD=(32, 64, 128, 256), gain=(2, 128)),
    epochs=1500 * kappa_CD,
)
no_ball = Moments(
    gap,
    0,
    of="limit",
    average="exact",
    instances=noisy_rows(24, 5, noise=(0.1, 1)),
    label="no ball",
    quick=False,
)

# ---------------------------------------------------------------- orthonormal rows

orthonormal = together(*(samples(near_identity(size, (0,))) for size in (3, 6)))


def loopless_sum(step: Any) -> Any:
    """The sum of E|x_k - x*|^2 over all steps over |x_0 - x*|^2: six moments of one coordinate."""
    above = step**3 * (N - 1) ** 2 - step**2 * N * (N - 1) + step * N * (N - 1) + N**2
    below = 2 * N**2 * (1 + step - step**2) - step * (3 - step) * N + step**2
    return N * above / (step * below)


def added_up(step: Any, label: str) -> Moments:
    return Moments(
        distance**2,
        loopless_sum(step) * R**2,
        of="sum",
        average="exact",
        method=LooplessSVRG(step=step / L_max),
        label=label,
    )


sixth = added_up(sp.Rational(1, 6), "step 1/6")

# ---------------------------------------------------------------- what a snapshot costs

slack = 1 - 1 / kappa_CD
projection = SGD(step=1 / L_max)
flat = flat_designs(131072, kappa_CD=(16, 256, 4096), gain=(2, 1000, 100_000))


def share(step: Any, epochs_of_steps: Any, label: str, method: Any) -> SpeedUp:
    """Of the pace of Kaczmarz, where N steps cost so many epochs."""
    part = step / epochs_of_steps
    return SpeedUp(projection, (part, part / slack), method=method, label=label, quick=False)


stored = share(third, sp.Rational(3, 2), "stored", StoredSVRG())

theorems = [
    Theorem(
        name="svrg-johnson-zhang",
        title="SVRG with a random or averaged snapshot contracts the expected gap in every round",
        source=Source("johnsonzhang2013"),
        also=[Source("xiaozhang2014")],
        statement="On least squares, with residuals or without, a round of m steps γ from the snapshot of "
        "SVRG multiplies the expected gap of a snapshot that is drawn among the inner iterates by at most "
        "α = 1/(μγ(1 - 2γL_max)m) + 2γL_max/(1 - 2γL_max). For rows of norm 1 the factor is at most "
        "1/(μγ(2 - γ)m) + γ/(2 - γ), for the average of the iterates as well.",
        method=one_of_them,
        instances=few,
        epochs=40 + 80 * long_round / N,
        premises=[UNIT_ROWS],
        survey="decomposition",
        remark="Here γ = 1/(10 L_max) and m = 25 L_max/μ, where α = 3/4 and the sharper factor is 0.263. "
        "The sharper one is derived: with w the error of the snapshot, E|e|² changes in a step by -2γ(2 - "
        "γ) E gap + γ²(w'Hw - |Hw|²) - 2γ²(E e)'(H - H²)w, and the last term takes away, because E e = (I "
        "- γH)^t w; the sum over the round gives the mean of the gaps, and the average has no larger gap "
        "than that. The lower ends follow the slowest mode, whose expectation in the round is (1 - γμ)^t. "
        "Residuals cancel in every step, which is what variance reduction is for: SGD with the same step "
        "stops at a ball.",
        predictions=[by_round, by_sharper_round, averaged, drawn_band, average_band],
        rivals=[
            Rival("never refreshed", method=SVRGNeverRefreshed(tenth, long_round), of="published"),
            Rival("stale full gradient", method=SVRGStaleGradient(tenth, long_round), of="published"),
            Rival("two indices", method=SVRGTwoIndices(tenth, long_round), of="published"),
            Rival("SGD with the same step", method=SGD(step=tenth), of="published"),
            Rival("the published factor is attained", Rate(published**half_power, average="exact")),
            Rival("the sharper factor is attained", Rate(sharper**half_power, average="exact")),
            Rival("without the variance", Rate(kept_of_slowest**half_power, average="exact")),
            Rival(
                "the square of the sharper factor",
                replace(by_sharper_round, expression=sharper ** a_round(long_round, 2 * t) * Delta),
            ),
            Rival("step 1/20", method=RandomSVRG(1 / (20 * L_max), long_round), of="band"),
            Rival("half as long a round", method=RandomSVRG(tenth, sp.ceiling(long_round / 2)), of="band"),
        ],
    ),
    Theorem(
        name="svrg-last-iterate",
        title="In long rounds SVRG contracts the expected gap by γ/(2 - γ) up to every step γ < 1/L_max",
        source=Source("johnsonzhang2013"),
        also=[Source("tanmadaiqian2016")],
        statement="On least squares with rows of norm 1, SVRG whose snapshot is the last iterate "
        "multiplies the expected gap in a long round by at most γ/(2 - γ), and by at least (1 - L)γ/(2 - "
        "γ), L the largest eigenvalue of the Hessian of trace 1; so it converges for every step below "
        "1/L_max.",
        method=SVRG(step=third / L_max, **same_round),
        instances=last_designs,
        premises=[UNIT_ROWS],
        survey="decomposition",
        remark="Derived: within a round the iterates are those of SGD whose noise at the solution is that "
        "of the snapshot, and in the long run their gap is γ/(2 - γ) times (gap of the snapshot - "
        "|Hw|²/2). The rounds of 20/(γμ) steps leave less than 1e-7 of their start. The argument for "
        "random snapshots gives 2γ/(1 - 2γ) in such rounds, which needs a step below 1/4.",
        predictions=[
            last_third,
            last(sp.Rational(1, 10), "step 1/10", instances=last_designs, quick=False),
            last(sp.Rational(9, 10), "step 9/10", instances=last_designs, quick=False),
            many_third,
        ],
        rivals=[
            Rival("step 1/4", method=SVRG(1 / (4 * L_max), **same_round), of="step 1/3 on 131072 unknowns"),
            Rival("step 2/5", method=SVRG(2 / (5 * L_max), **same_round), of="step 1/3"),
            Rival("never refreshed", method=SVRGNeverRefreshed(third, **same_round), of="step 1/3"),
            Rival("stale full gradient", method=SVRGStaleGradient(third, **same_round), of="step 1/3"),
            Rival("the average instead", method=AverageSVRG(third, **same_round), of="step 1/3"),
            Rival(
                "γ a round",
                replace(many_third, within=None, expression=third ** (N / (2 * N + 4 * same_round["inner"]))),
            ),
        ],
    ),
    Theorem(
        name="loopless-svrg",
        title="SVRG without loops needs 9 κ_CD log(1/ε) epochs on equal-diagonal quadratics",
        source=Source("kovalevhorvathrichtarik2020"),
        also=[Source("johnsonzhang2013")],
        statement="On least squares with rows of norm 1, with residuals or without, loopless SVRG with "
        "step 1/(6 L_max) and chance 1/N has E|x - x*|² of at most (1 - min(μ/(6 L_max), 1/(2N)))^k (|x_0 "
        "- x*|² + 2N(f(x_0) - f*)/(9 L_max)) after k steps. Where κ_CD is large the factor is (1 - μ/(6 "
        "L_max))² in the long run: 9 κ_CD epochs for a factor e of the gap, six times the steps of "
        "coordinate descent.",
        method=LooplessSVRG(),
        instances=loopless_designs,
        premises=[UNIT_ROWS],
        survey="decomposition",
        remark="The bound is the published one, whose Lyapunov function has the mean square of the "
        "components' gradient errors at the snapshot: for rows of norm 1 that is twice the gap. It is half "
        "of the truth in the exponent. The lower bounds hold for every method with unbiased gradients and "
        "this step. N steps cost three epochs, one of them for components that a table would hold.",
        predictions=[lyapunov, slowest_mode, loopless_band, loopless_scaling, no_ball],
        rivals=[
            Rival("two indices", method=LooplessSVRGTwoIndices(), of="published"),
            Rival("two indices leave a ball", method=LooplessSVRGTwoIndices(), of="no ball"),
            Rival("SGD with the same step", method=SGD(step=1 / (6 * L_max)), of="no ball"),
            Rival("step 1/5", method=LooplessSVRG(step=1 / (5 * L_max)), of="slowest start"),
            Rival("step 1/13", method=LooplessSVRG(step=1 / (13 * L_max)), of="band"),
            Rival("half the chance", method=LooplessSVRG(chance=1 / (2 * N)), of="Complexity"),
            Rival(
                "the published factor is attained",
                Rate(published_step ** (N / 6), average="exact", instances=loopless_slow, quick=False),
            ),
            Rival(
                "three times as fast",
                replace(lyapunov, expression=lyapunov.expression.subs(slow, 3 * slow)),
            ),
            Rival("κ instead of κ_CD", replace(loopless_scaling, expression=9 * kappa * sp.log(1 / epsilon))),
            *wrong_powers(loopless_scaling),
        ],
    ),
    Theorem(
        name="loopless-svrg-orthonormal-rows",
        title="On orthonormal rows the errors of loopless SVRG add up exactly, up to the golden ratio",
        source=Source("kovalevhorvathrichtarik2020"),
        statement="On N orthonormal rows in N unknowns, the expected squared distances of loopless SVRG "
        "with step γ and chance 1/N add up to N (γ³(N-1)² - γ²N(N-1) + γN(N-1) + N²) / (γ(2N²(1 + γ - γ²) "
        "- γ(3-γ)N + γ²)) times the first. The sum is finite up to a step that tends to (1 + √5)/2 as N "
        "grows.",
        method=LooplessSVRG(),
        instances=orthonormal,
        premises=[SQUARE_UNIT_ROWS, INTERPOLATION],
        survey="decomposition",
        remark="Derived: the coordinates do not meet, and for each of them the second moments of the "
        "iterate, the one before and the snapshot follow a linear recursion of six numbers. An equality "
        "sees what a rate cannot: that the snapshot takes the iterate before the step and not the one "
        "after it.",
        predictions=[
            sixth,
            replace(added_up(sp.Integer(1), "step 1"), quick=False),
            replace(
                added_up(sp.Rational(3, 2), "step 3/2"),
                instances=samples(near_identity(6, (0,))),
                quick=False,
            ),
        ],
        rivals=[
            Rival("snapshot after the step", method=LooplessSVRGFromNew(), of="step 1/6"),
            Rival("half the chance", method=LooplessSVRG(chance=1 / (2 * N)), of="step 1/6"),
            Rival("step 9/10 of it", method=LooplessSVRG(step=3 / (20 * L_max)), of="step 1/6"),
            Rival("two indices", method=LooplessSVRGTwoIndices(), of="step 1/6"),
            Rival("SGD", method=SGD(step=1 / (6 * L_max)), of="step 1/6"),
            Rival("step 1/7 in the sum", replace(sixth, expression=loopless_sum(sp.Rational(1, 7)) * R**2)),
        ],
    ),
    Theorem(
        name="svrg-costs",
        title="What is left of coordinate descent's pace: the step, over the passes that N steps cost",
        source=Source("johnsonzhang2013"),
        also=[Source("kovalevhorvathrichtarik2020"), Source("sun2020", "appendix")],
        statement="On equal-diagonal quadratics, as κ_CD grows, methods of the SVRG family with step "
        "γ/L_max need c/γ times the epochs of randomised coordinate descent, where N steps cost c: c = 5/2 "
        "for rounds of 2N steps, 3/2 if the snapshot's scalars are stored, and 3 without loops and chance "
        "1/N. For the steps 1/10, 1/3 and 1/6 that is 25, 9/2 and 18.",
        method=SVRG(),
        instances=flat,
        premises=[SQUARE_UNIT_ROWS],
        survey="decomposition",
        remark="The comparison is with SGD of step 1/L_max, which is the Kaczmarz method here and has the "
        "factor of coordinate descent. In steps alone the ratios are 1/γ: 10, 3 and 6.",
        predictions=[
            share(sp.Rational(1, 10), sp.Rational(5, 2), "step 1/10", SVRG(step=tenth)),
            stored,
            share(sp.Rational(1, 6), sp.Integer(3), "loopless", LooplessSVRG()),
        ],
        rivals=[
            Rival("components recomputed", method=SVRG(), of="stored"),
            Rival("rounds of N", method=StoredSVRG(inner=N), of="stored"),
            Rival("half the chance", method=LooplessSVRG(chance=1 / (2 * N)), of="loopless"),
            Rival("step 1/4", method=StoredSVRG(step=1 / (4 * L_max)), of="stored"),
            Rival("passes not counted", replace(stored, within=(third, third / slack))),
        ],
    ),
]
