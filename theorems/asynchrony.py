r"""Asynchrony: readings and gradients that come late, and how late they may come."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from solvers import exact
from solvers import method as protocol
from solvers.free_state import radius
from solvers.methods import (
    DelayedCoordinateDescent,
    DelayedGradientDescent,
    DelayedSGD,
    RandomizedCoordinateDescent,
)
from solvers.methods.stale_jacobi import StaleJacobi
from solvers.moments import SecondMoment
from solvers.problems.instance import with_run_axis
from solvers.problems.parallel_families import grid
from solvers.problems.quadratic import spectrum_of
from solvers.problems.sampled_families import spiked
from solvers.problems.scaled_families import tight_frames
from solvers.problems.stale import Stale, stale
from theorems.facts import equal, order, within
from theorems.predictions import Calculation, Counterexample, Fact, Witness
from theorems.symbols import L
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53


# ---------------------------------------------------------------- late readings


def frustrated(coupling: Any) -> np.ndarray:
    """I - M for a ring of four whose couplings have one sign but for one: the eigenvalues of M are
    ±√2 coupling, those of |M| are 0 and ±2 coupling."""
    M = np.zeros((4, 4), dtype=object)
    for i, j, sign in ((0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 0, -1)):
        M[i, j] = M[j, i] = sign * coupling
    return np.array([[int(i == j) - M[i, j] for j in range(4)] for i in range(4)], dtype=object)


def conspiring(Q: np.ndarray) -> np.ndarray:
    """Every reading with a positive coupling is late, those with negative ones are not: where all unknowns
    have one sign and had the other, all terms of a step have the other sign again, and add up."""
    size = len(Q)
    return np.array([[int(i != j and Q[i, j] < 0) for j in range(size)] for i in range(size)])


def divergence(method: Any) -> Witness:
    """Growth under late readings, in rationals, on a matrix where Jacobi's method converges.

    Once all unknowns of x_k have one sign and those of x_(k-1) the other, every later step turns all signs
    and each |x_i| is the sum of 6/5 times a mean of older ones, so the smallest grows by 6/5 in two steps.
    """
    Q = frustrated(Fraction(3, 5))
    late = conspiring(Q)
    start = [Fraction(v) for v in (1, 2, 3, 1)]
    runs = {
        name: [state.x[0].copy() for state in exact.states(method, Stale(Q, which), start, 80)]
        for name, which in (("late", late), ("prompt", late * 0))
    }
    xs = runs["late"]
    turned = [
        k for k in range(1, len(xs)) if len({*np.sign(xs[k]), *(-np.sign(xs[k - 1]))}) == 1 and all(xs[k])
    ]
    since = turned[0] if turned else len(xs)
    small = [min(abs(v) for v in x) for x in xs]
    grows = all(
        small[k + 2] >= Fraction(6, 5) * min(small[k], small[k - 1]) for k in range(since, len(xs) - 2)
    )
    shrank = max(map(abs, runs["prompt"][-1])) < Fraction(1, 1000)
    return Witness(
        bool(turned) and since < 40 and grows and small[-1] > 10 and shrank,
        (
            "Q = I - M on a ring of four, couplings 3/5 and one -3/5: ρ(M) = 3√2/5 < 1 < ρ(|M|) = 6/5; "
            "positive couplings read one step late",
            f"from step {since} on all signs turn in every step, and the smallest |x_i| grows by 6/5 in two",
            f"after 80 steps the smallest |x_i| is {float(small[-1]):.6g}; without late readings the largest "
            f"is {float(max(map(abs, runs['prompt'][-1]))):.2g}",
        ),
    )


def patterns(Q: np.ndarray) -> Iterator[np.ndarray]:
    """All ways in which readings of the others may be late or not."""
    pairs = [(i, j) for i in range(len(Q)) for j in range(len(Q)) if i != j and Q[i, j] != 0]
    for bits in itertools.product((0, 1), repeat=len(pairs)):
        late = np.zeros(Q.shape)
        for pair, bit in zip(pairs, bits, strict=True):
            late[pair] = bit
        yield late


def slowest(method: Any, power: float) -> list[Fact]:
    """The largest factor over all constant patterns on frustrated rings, between ρ(|M|) and ρ(|M|)^power: the
    moduli of the worst pattern grow or shrink by ρ(|M|) in a step or in two."""
    facts = []
    for coupling in (0.3, 0.45, 0.55, 0.65):
        Q, modulus = frustrated(coupling).astype(float), 2 * coupling
        found = max(radius(method, stale(Q, late, "ring")) for late in patterns(Q))
        low, high = sorted((modulus, modulus**power))
        facts.append(within(f"ρ(|M|) = {modulus:g}", found, low - 64 * U, high + 64 * U, modulus**power))
    return facts


def worst_steps(method: Any, share: float) -> list[Fact]:
    """By how much a step enlarges the weighted maximum norm over that of the last two iterates, at most, when
    readings are late at random, anew in every step; the weights are the eigenvector of |M|."""
    rng = np.random.default_rng(12)
    facts = []
    for name, Q in (
        ("ring, ρ(|M|) = 0.9", frustrated(0.45).astype(float)),
        ("4 x 5 grid", grid(4, 5).problem.Q / 4),
    ):
        moduli, vectors = np.linalg.eigh(np.abs(np.eye(len(Q)) - Q))
        weights, modulus = np.abs(vectors[:, -1]), moduli[-1]
        instance = stale(Q, np.zeros_like(Q), name)
        columns = protocol.columns(protocol.evaluate(method, instance))
        problem = with_run_axis(instance.problem)
        worst = 0.0
        for _ in range(8):
            state = columns.start(problem, rng.standard_normal((1, len(Q))))
            for _ in range(40):
                late = rng.integers(0, 2, Q.shape) * (1 - np.eye(len(Q)))
                before = max(np.abs(x / weights).max() for x in state)
                protocol.update(columns, problem._replace(late=late[None]), state, None)
                worst = max(worst, float(np.abs(state.x / weights).max() / before))
        facts.append(within(name, worst, 0, share * modulus * (1 + 8 * len(Q) * U), modulus))
    return facts


everywhere = Calculation(
    compute=slowest,
    method=StaleJacobi(),
    arguments={"power": 0.5},
    rests_on="bound",
    quick=False,
    label="all patterns",
    ran="exact factors for all 256 constant patterns of late readings on rings of four",
)
anew = Calculation(
    compute=worst_steps,
    method=StaleJacobi(),
    arguments={"share": 1.0},
    rests_on="bound",
    label="readings late at random",
    ran="8 runs of 40 steps, the late readings drawn anew in every step",
)

# ---------------------------------------------------------------- late gradients

DELAYS = (1, 2, 3, 5, 8)


def edge(delay: int) -> float:
    """The step times λ beyond which the polynomial z^(d+1) - z^d + αλ has a root outside the unit disk."""
    return 2 * math.sin(math.pi / (4 * delay + 2))


def critical(delay: int) -> float:
    """The step times λ at which its two positive roots meet, at d/(d+1)."""
    return delay**delay / (delay + 1) ** (delay + 1)


def edges(method: Any, limit: Callable[[int], float]) -> list[Fact]:
    """The factor at the longest step is 1, and falls or grows by a hundredth of the step about it."""
    facts = []
    for delay in DELAYS:
        instance = spectrum_of(np.array([0.25, 1.0]), "two eigenvalues")
        at = [radius(method._replace(step=f * limit(delay), delay=delay), instance) for f in (0.99, 1, 1.01)]
        facts += [
            within(f"d = {delay}, a hundredth below", at[0], 0, 1 - 1e-4, 1),
            equal(f"d = {delay}, the longest step", 1, at[1], 64 * (delay + 2) * U),
            within(f"d = {delay}, a hundredth above", at[2], 1 + 1e-4, 2, 1),
        ]
    return facts


def paces(method: Any, best: Callable[[int], float]) -> list[Fact]:
    """The factor of a mode at its best step is d/(d+1); and where that is the step for λ = L, the epochs for
    a factor e are κ (d+1)^(d+1)/d^d, up to the next order."""
    facts = []
    for delay in DELAYS:
        alone = spectrum_of(np.ones(1), "one eigenvalue")
        chosen = method._replace(step=best(delay), delay=delay)
        # Two roots that meet part by the root of the rounding.
        facts.append(
            equal(
                f"d = {delay}, one eigenvalue", delay / (delay + 1), radius(chosen, alone), math.sqrt(64 * U)
            )
        )
        both = spectrum_of(np.array([1e-3, 1.0]), "κ = 1000")
        slow = best(delay) * 1e-3
        # s (1 - s)^d = αμ for the factor 1 - s: s from αμ to αμ (1 + 2 d αμ), epochs from 1/s - 1 to 1/s.
        facts.append(
            within(
                f"d = {delay}, κ = 1000: epochs over κ (d+1)^(d+1)/d^d",
                -slow / math.log(radius(chosen, both)),
                1 - 2 * (delay + 1) * slow,
                1,
                1,
            )
        )
    return facts


limits = Calculation(
    compute=edges,
    method=DelayedGradientDescent(),
    arguments={"limit": edge},
    rests_on="bound",
    label="longest step",
    ran="exact factors of gradient descent, delays 1 ... 8",
)
tempo = Calculation(
    compute=paces,
    method=DelayedGradientDescent(),
    arguments={"best": critical},
    rests_on="bound",
    label="pace",
    ran="exact factors of gradient descent, delays 1 ... 8",
)


def unscathed(method: Any) -> list[Fact]:
    """The factor with step 1/L."""
    facts = []
    for delay in (2, 3, 5):
        found = radius(method._replace(delay=delay), spectrum_of(np.array([0.25, 1.0]), "two eigenvalues"))
        facts.append(within(f"d = {delay}", found, 0, 1, 1))
    return facts


# ---------------------------------------------------------------- late gradients of samples


def response(slope: float, delay: int) -> float:
    """The sum of the squares of what a unit disturbance leaves in x_(k+1) = x_k - slope x_(k-d), from the
    Lyapunov equation of its companion matrix."""
    size = delay + 1
    companion = np.eye(size, k=-1)
    companion[0, 0] = 1
    companion[0, -1] -= slope
    unit = np.zeros(size * size)
    unit[0] = 1
    return float(np.linalg.solve(np.eye(size * size) - np.kron(companion, companion), unit)[0])


def noise_edge(curvature: float, delay: int, noise: float) -> float:
    """The step at which the noise that comes back is as large as what made it: unit rows on a tight frame
    give the disturbance γ²λ(1 - λ)|e|², so γ²λ(1 - λ) times the response is 1."""

    def back(step: float) -> float:
        return noise * step**2 * curvature * (1 - curvature) * response(step * curvature, delay) - 1

    low, high = 0.0, edge(delay) / curvature * (1 - 1e-9)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if back(middle) < 0 else (low, middle)
    return low


def stochastic(method: Any, noise: float) -> list[Fact]:
    """The mean-square factor of SGD at the longest step is 1, on tight frames."""
    facts = []
    for count, size in ((6, 2), (12, 4)):
        (instance,) = tight_frames(count, size, noise=(0,)).instances()
        curvature = float(instance.spectrum.mean()) if instance.spectrum is not None else math.nan
        for delay in (1, 2, 3):
            step = noise_edge(curvature, delay, noise)
            found = SecondMoment.of(method._replace(step=step, delay=delay), instance).factor()
            # At most 300 entries round to 300 u times the condition of a simple eigenvalue, well below.
            facts.append(equal(f"{count} rows in {size} unknowns, d = {delay}", 1, found, 1e-9))
    return facts


noisy = Calculation(
    compute=stochastic,
    method=DelayedSGD(),
    arguments={"noise": 1.0},
    quick=False,
    label="longest step",
    ran="exact mean-square factors of SGD on tight frames, delays 1, 2, 3",
)

# ---------------------------------------------------------------- late derivatives of coordinates


def coordinates(method: Any, limit: Callable[[int], float]) -> list[Fact]:
    """The mean-square factor is at least the square of the mean's, above 1 for λ_max/n beyond the limit."""
    facts = []
    for gain, delay in ((4.0, 3), (7.0, 2)):
        instance = spiked(8, 16.0, gain, "equal gap")
        assert gain / 8 > limit(delay)
        root = max(abs(np.roots([1, -1, *[0] * (delay - 1), gain / 8])))
        found = SecondMoment.of(method._replace(delay=delay), instance).factor()
        facts.append(
            within(f"λ_max = {gain:g}, n = 8, d = {delay}", found, root**2 * (1 - 1e-9), np.inf, root**2)
        )
    return facts


def losses(method: Any, power: float) -> list[Fact]:
    """How the loss, epochs with delay over epochs without less 1, falls as κ_CD grows."""
    facts = []
    ratios = (16, 32, 64, 128, 256)
    for gain, delay in ((1.5, 1), (1.5, 2), (4.0, 1)):
        lost = []
        for ratio in ratios:
            instance = spiked(8, float(ratio), gain, "equal gap")
            prompt = SecondMoment.of(RandomizedCoordinateDescent(), instance).factor()
            late = SecondMoment.of(method._replace(delay=delay), instance).factor()
            lost.append(abs(math.log(prompt) / math.log(late) - 1))
        facts.append(order(f"λ_max = {gain:g}, n = 8, d = {delay}", power, [1 / r for r in ratios], lost))
    return facts


harmless = Calculation(
    compute=losses,
    method=DelayedCoordinateDescent(),
    arguments={"power": 1.0},
    rests_on="slope",
    quick=False,
    label="no loss in the long run",
    ran="exact mean-square factors with and without delay, κ_CD = 16 ... 256",
)
harmful = Calculation(
    compute=coordinates,
    method=DelayedCoordinateDescent(),
    arguments={"limit": edge},
    rests_on="bound",
    quick=False,
    label="too late",
    ran="exact mean-square factors beyond the limit of the mean",
)

theorems = [
    Theorem(
        name="asynchronous-jacobi",
        title="Jacobi's method converges for all bounded delays if and only if ρ(|M|) < 1",
        source=Source("chazanmiranker1969"),
        also=[Source("bertsekastsitsiklis1989")],
        statement="With M = I - D⁻¹Q every step of Jacobi's method whose readings are one step late or not, "
        "as it comes, multiplies a weighted maximum norm over the last two iterates by ρ(|M|) at most. So "
        "it converges if ρ(|M|) < 1; otherwise some pattern of late readings keeps it from converging even "
        "where ρ(M) < 1.",
        method=StaleJacobi(),
        survey="parallel",
        remark="The pattern makes all terms of a step add up: unknowns whose signs turn in every step are "
        "read when their sign is the right one. Where M has no negative entries, as on grids, ρ(|M|) is "
        "ρ(M).",
        predictions=[
            Counterexample(
                belief="Jacobi's method converges with late readings wherever it does without",
                witness=divergence,
                label="ring of four",
            ),
            everywhere,
            anew,
        ],
        rivals=[
            Rival(
                "half the relaxation diverges too", method=StaleJacobi(sp.Rational(1, 2)), of="ring of four"
            ),
            Rival(
                "late readings do not slow it down",
                replace(everywhere, arguments={"power": 1.0}, label="as prompt"),
            ),
            Rival("relaxation 3/2", method=StaleJacobi(sp.Rational(3, 2)), of="readings late at random"),
            Rival(
                "a step contracts by half of ρ(|M|)", replace(anew, arguments={"share": 0.5}, label="half")
            ),
        ],
    ),
    Theorem(
        name="delayed-gradient-descent",
        title="Gradients d steps late: steps below 2 sin(π/(4d+2))/L, and about e(d+1) κ log(1/ε) epochs",
        source=Source("arjevanishamirsrebro2020"),
        statement="Gradient descent on gradients that are d steps late has the roots of z^(d+1) - z^d + αλ "
        "as its factors. It converges if and only if αL < 2 sin(π/(4d+2)), about π/(2d+1). The best step "
        "for one eigenvalue λ is d^d/((d+1)^(d+1) λ), with the factor d/(d+1); with that step for L it "
        "takes κ (d+1)^(d+1)/d^d log(1/ε) epochs, about e(d+1) times κ.",
        method=DelayedGradientDescent(),
        survey="parallel",
        remark="Derived here from the polynomial; the source shows that no constant step avoids a loss in "
        "proportion to the delay.",
        predictions=[limits, tempo],
        rivals=[
            Rival(
                "the longest step is 2/L for every delay",
                replace(limits, arguments={"limit": lambda delay: 1.9999}, label="as prompt"),
            ),
            Rival(
                "the longest step is 1/(dL)",
                replace(limits, arguments={"limit": lambda delay: 1 / delay}, label="one over d"),
            ),
            Rival(
                "step 1/((d+1)L) is as fast",
                replace(tempo, arguments={"best": lambda delay: 1 / (delay + 1)}, label="one over d + 1"),
            ),
        ],
    ),
    Theorem(
        name="late-gradients-do-no-harm",
        title="Believed: gradient descent with step 1/L endures late gradients",
        source=Source("arjevanishamirsrebro2020"),
        statement="Gradient descent with step 1/L converges whatever the delay. It does not from a delay of "
        "two steps on: 2 sin(π/10) is 0.618.",
        method=DelayedGradientDescent(1 / L),
        survey="parallel",
        belief=True,
        predictions=[
            Calculation(
                compute=unscathed,
                rests_on="bound",
                label="step 1/L",
                ran="exact factors with step 1/L, delays 2, 3 and 5",
                expect="REFUTED",
            ),
            Calculation(
                compute=unscathed,
                method=DelayedGradientDescent(1 / (4 * L)),
                rests_on="bound",
                label="step 1/(4L)",
                ran="exact factors with step 1/(4L), delays 2, 3 and 5",
            ),
        ],
        rivals=[
            Rival("step 2/(3L)", method=DelayedGradientDescent(sp.Rational(2, 3) / L), of="step 1/(4L)"),
        ],
    ),
    Theorem(
        name="delayed-sgd",
        title="The longest step of SGD with late gradients, exactly",
        source=Source("arjevanishamirsrebro2020"),
        statement="On unit rows whose Hessian is a multiple λ of the identity, SGD on gradients that are d "
        "steps late converges in mean square if and only if γ²λ(1 - λ) times the sum of the squared "
        "responses of z^(d+1) - z^d + γλ to a unit is below 1.",
        method=DelayedSGD(),
        survey="parallel",
        remark="Derived: a sample's gradient is γλ e_(k-d) and a disturbance of variance γ²λ(1 - "
        "λ)|e_(k-d)|² that knows nothing of the past. Without delay the condition is γ < 2.",
        predictions=[noisy],
        rivals=[
            Rival("without noise", replace(noisy, arguments={"noise": 0.0}, label="no noise")),
            Rival("half the noise", replace(noisy, arguments={"noise": 0.5}, label="half the noise")),
        ],
    ),
    Theorem(
        name="delayed-coordinate-descent",
        title="Coordinate descent endures delays up to about n/λ_max without any loss in the long run",
        source=Source("liuwrightrebittorfsridhar2015"),
        statement="Randomised coordinate descent with unit diagonal whose derivatives are d steps late "
        "diverges if λ_max/n > 2 sin(π/(4d+2)), about π/(2d+1). Where it converges, its epochs over those "
        "without delay tend to 1 as κ_CD grows, with a loss in proportion to 1/κ_CD.",
        method=DelayedCoordinateDescent(),
        survey="parallel",
        remark="The first part is the mean's polynomial n z^d (z - 1) + λ, which E|x - x*|² cannot beat; "
        "the second is measured on exact factors. So for λ_max of order 1 about n workers can write without "
        "waiting for each other.",
        predictions=[harmful, harmless],
        rivals=[
            Rival(
                "half the relaxation is too late as well",
                method=DelayedCoordinateDescent(sp.Rational(1, 2)),
                of="too late",
            ),
            Rival("the loss does not vanish", replace(harmless, arguments={"power": 0.0}, label="stays")),
            Rival("a loss with the square", replace(harmless, arguments={"power": 2.0}, label="square")),
        ],
    ),
]
