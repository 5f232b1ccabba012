r"""SGD: linear under interpolation, to a ball otherwise, and sublinear with shrinking steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from solvers.methods import SGD, DiminishingSGD, GradientDescent
from solvers.problems.sampled_families import (
    INTERPOLATION,
    SQUARE_UNIT_ROWS,
    UNIT_ROWS,
    coordinates,
    equicorrelations,
    identical,
    noisy_rows,
    samples,
    together,
)
from theorems.predictions import Bound, Complexity, Identity, Moments, Order, Rate, SpeedUp
from theorems.rivals import wrong_powers
from theorems.symbols import (
    Delta,
    L,
    L_max,
    N,
    R,
    distance,
    epsilon,
    gain,
    gap,
    kappa,
    kappa_CD,
    mu,
    sigma,
    t,
)
from theorems.theorem import Rival, Source, Theorem

half = sp.Rational(1, 2)

# ---------------------------------------------------------------- identical samples

copies = identical((10, 50))
half_step = SGD(step=1 / (2 * L_max))
half_gradient_step = GradientDescent(step=1 / (2 * L))

# ---------------------------------------------------------------- interpolation

square = together(
    samples(coordinates(16, kappa_CD=(16, 64, 256), gain=(2, 12))),
    samples(equicorrelations(16, (0.95, 0.99))),
)
tall = noisy_rows(48, 12, noise=(0,), seeds=3)
# With unit rows lambda_avg = 1/N where N = n: the constants of coordinate descent on A A'.
band = (1 - 1 / (N * kappa_CD)) ** N, (1 - 2 / (N * (kappa_CD + 1))) ** (N / 2)
projections = Bound(
    distance**2, (1 - mu / L_max) ** (N * t) * R**2, average="exact", label="expected distance"
)
scaling = Complexity(
    kappa_CD * sp.log(1 / epsilon) / 2,
    measure=gap,
    against=(kappa_CD, gain),
    between=(1e-4, 1e-16),
    average="sampled",
    leading=True,
    seeds=8,
    instances=samples(coordinates(64, kappa_CD=(32, 64, 128, 256), gain=(2, 6, 24))),
    epochs=25 * kappa_CD,
)

# ---------------------------------------------------------------- noise

noisy = noisy_rows(32, 8, noise=(0.1, 1.0))


def ball(step: Any) -> Any:
    """The expected gap in the long run of SGD with a constant step, rows of norm 1."""
    return step * sigma**2 / (2 * (2 - step))


def settled(step: Any, **changes: Any) -> Moments:
    return replace(
        Moments(gap, ball(step), average="exact", method=SGD(step), label=f"step {step}"), **changes
    )


def needell(step: Any) -> Bound:
    """To a ball, with a step below 1/L_max."""
    short = 1 - step * L_max
    return Bound(
        distance**2,
        (1 - 2 * step * mu * short) ** (N * t) * R**2 + step * sigma**2 / (mu * short),
        average="exact",
        method=SGD(step),
        epochs=60,
        label=f"to a ball, step {step}",
    )


stationary = settled(half, method=None)
sampled = Moments(gap, ball(half), label="runs", quick=False)

# ---------------------------------------------------------------- shrinking steps


def shrinking(multiple: int, delay: int = 4) -> DiminishingSGD:
    """Steps c/(k + delay c) with c a multiple of N: 1/delay at first, where L_max = 1."""
    return DiminishingSGD(numerator=multiple * N / L_max, offset=delay * multiple * N)


slowest = samples(coordinates(16, kappa_CD=(50,), gain=(6,), start="slowest"))


def power(multiple: int, delay: int = 4, **changes: Any) -> Order:
    """gap ~ (t + delay c/N)^(-2 c mu), in epochs; the slope is that of the slowest mode."""
    claim = Order(
        gap,
        2 * multiple * N * mu / L_max,
        origin=delay * multiple,
        method=shrinking(multiple, delay),
        average="sampled",
        seeds=8,
        quick=False,
        label=f"{multiple}N",
    )
    return replace(claim, **changes)


few = samples(coordinates(4, kappa_CD=(8,), gain=(2,), start="slowest"))


def exact_power(half_exponent: Any, delay: int = 4, **changes: Any) -> Order:
    """The same for the expectation, with c = half_exponent / mu and k_0 = delay c."""
    c = half_exponent / mu
    claim = Order(
        gap,
        2 * half_exponent,
        origin=delay * c / N,
        method=DiminishingSGD(c, delay * c),
        average="exact",
        instances=few,
        epochs=3 * delay * c / N,
        quick=False,
        label=f"expected gap, c = {half_exponent}/mu",
    )
    return replace(claim, **changes)


# By Bernoulli, the product of 1 - a/(j + k_0) over j < k is at least ((k_0 - a)/(k + k_0 - a))^a for a >= 1.
slowest_mode = Bound(
    distance,
    ((8 / mu - 2) / (8 / mu - 2 + N * t)) ** 2 * R,
    side="lower",
    average="exact",
    method=DiminishingSGD(2 / mu, 8 / mu),
    instances=few,
    epochs=12 / (mu * N),
    quick=False,
    label="expected error",
)

# Bottou, Curtis and Nocedal's constants for unit rows: the second moment of a component's gradient is
# 2 gap + sigma^2 <= M + M_G |grad f|^2 with M = sigma^2, M_G = 1/mu; beta = 2/mu, gamma + 1 = 2 L/mu^2.
classical = DiminishingSGD(numerator=2 / mu, offset=2 * L / mu**2)
first = 2 * L / mu**2

theorems = [
    Theorem(
        name="sgd-identical-samples",
        title="With N identical samples SGD is N times faster than gradient descent",
        source=Source("sun2020", "appendix"),
        statement="If all samples are the same, a step of SGD is a step of gradient descent, at a cost of "
        "1/N: on the same path it needs exactly N times fewer epochs.",
        method=half_step,
        instances=copies,
        epochs=20,
        premises=[INTERPOLATION],
        survey="decomposition",
        remark="Step 1/(2L), for with step 1/L both arrive in one step.",
        predictions=[
            Identity(distance, R * half ** (N * t), rounding=50 * t, label="SGD"),
            Identity(distance, R * half**t, method=half_gradient_step, label="gradient descent"),
            SpeedUp(half_gradient_step, (N, N)),
        ],
        rivals=[
            Rival("no faster", Identity(distance, R * half**t)),
            Rival("square root of N", SpeedUp(half_gradient_step, (sp.sqrt(N), sp.sqrt(N)))),
            Rival("twice N", SpeedUp(half_gradient_step, (2 * N, 2 * N))),
            Rival("step 1/(3L)", method=SGD(step=1 / (3 * L_max)), of="SpeedUp"),
        ],
    ),
    Theorem(
        name="sgd-interpolation",
        title="SGD with a constant step is linear under interpolation",
        source=Source("strohmervershynin2009", "Theorem 2, (5)"),
        also=[
            Source("sun2020", "appendix"),
            Source("needellsrebroward2016", "Theorem 2.1, (2.4) of the preprint"),
        ],
        statement="On consistent least squares with rows of norm 1, SGD with step 1/L_max shrinks the "
        "expected |x - x*|² by 1 - μ/L_max in every step (it is the Kaczmarz method); with as many samples "
        "as unknowns its mean-square factor is that of coordinate descent, κ_CD log(1/ε) epochs.",
        method=SGD(step=1 / L_max),
        instances=square,
        epochs=6 * kappa_CD,
        premises=[UNIT_ROWS, INTERPOLATION],
        survey="decomposition",
        remark="Without residuals nothing is left for variance reduction to reduce: SAGA and SVRG with step "
        "1/(3 L_max) need three times as many steps here.",
        predictions=[
            projections,
            replace(projections, instances=tall, epochs=30, label="more samples than unknowns"),
            Rate(within=band, average="exact"),
            scaling,
        ],
        rivals=[
            Rival("step 9/10", method=SGD(step=sp.Rational(9, 10) / L_max), of="Rate"),
            Rival("step 11/10", method=SGD(step=sp.Rational(11, 10) / L_max), of="Rate"),
            Rival("step 1/4", method=SGD(step=1 / (4 * L_max)), of="expected distance"),
            Rival("three times as fast", replace(projections, expression=projections.expression**3 / R**4)),
            Rival("κ instead of κ_CD", replace(scaling, expression=kappa * sp.log(1 / epsilon) / 2)),
            *wrong_powers(scaling),
        ],
    ),
    Theorem(
        name="sgd-ball",
        title="SGD with a constant step stops at a ball where the samples disagree",
        source=Source("needellsrebroward2016", "Theorem 2.1, (2.4) of the preprint"),
        also=[Source("bottoucurtisnocedal2018", "Theorem 4.6")],
        statement="On least squares with rows of norm 1 and residuals whose mean square is σ², SGD with step "
        "γ ends up with the expected gap γσ²/(2(2 - γ)), whatever the rows are.",
        method=SGD(step=half),
        instances=noisy,
        epochs=120,
        premises=[UNIT_ROWS],
        survey="decomposition",
        remark="The value is derived: E|x - x*|² changes by -2γ(2 - γ) E[gap] + γ²σ² in a step. The "
        "published bound is true and several times too large; half its ball would pass as well, so it is the "
        "value that is put on trial.",
        predictions=[
            stationary,
            *(settled(step) for step in (sp.Rational(1, 10), sp.Integer(1), sp.Rational(3, 2))),
            sampled,
            *(needell(step) for step in (sp.Rational(1, 10), half, sp.Rational(9, 10))),
        ],
        rivals=[
            Rival("half the ball", replace(stationary, expression=ball(half) / 2)),
            Rival("the ball of small steps", replace(stationary, expression=half * sigma**2 / 4)),
            Rival("sampled: the ball of small steps", replace(sampled, expression=half * sigma**2 / 4)),
            Rival("no ball", replace(needell(half), expression=(1 - mu / 2) ** (N * t) * R**2)),
            Rival(
                "a twentieth of the published ball",
                replace(needell(half), expression=(1 - mu / 2) ** (N * t) * R**2 + sigma**2 / (20 * mu)),
            ),
            Rival("step 9/20", method=SGD(sp.Rational(9, 20)), of=stationary.label),
        ],
    ),
    Theorem(
        name="sgd-shrinking-steps",
        title="SGD with steps c/(k + k₀) is sublinear even under interpolation",
        source=Source("sun2020", "appendix"),
        also=[Source("robbinsmonro1951")],
        statement="On consistent least squares with rows of norm 1, SGD with steps c/(k + k₀) loses its "
        "linear rate: the gap falls like a power of time, with the exponent 2cμ.",
        method=shrinking(50),
        instances=slowest,
        epochs=1000,
        premises=[SQUARE_UNIT_ROWS, INTERPOLATION],
        survey="decomposition",
        remark="Exact expectations where c is a multiple of 1/μ, runs where it is one of N. SGD with the "
        "constant step 1 has a gap below 1e-30 at the end of the runs.",
        predictions=[
            power(50),
            exact_power(sp.Rational(1, 50), delay=64, epochs=12 * 64 / (50 * N * mu)),
            exact_power(sp.Rational(1, 5), delay=32),
            exact_power(sp.Integer(1)),
            exact_power(sp.Integer(2)),
            slowest_mode,
        ],
        rivals=[
            Rival(
                "still linear",
                Bound(
                    distance**2,
                    (1 - mu / L_max) ** (N * t) * R**2,
                    average="exact",
                    method=DiminishingSGD(2 / mu, 8 / mu),
                    instances=few,
                    epochs=40,
                    quick=False,
                ),
            ),
            Rival("exponent a tenth larger", power(50, exponent=110 * N * mu / L_max)),
            Rival("exponent a tenth smaller", power(50, exponent=90 * N * mu / L_max)),
            Rival("constant step", method=SGD(step=1 / L_max), of="expected error"),
            Rival("expected gap: a tenth more", exact_power(sp.Integer(2), exponent=sp.Rational(22, 5))),
            Rival("1/t whatever c is", exact_power(sp.Integer(2), exponent=1)),
            Rival("the power c mu", exact_power(sp.Integer(1), exponent=1)),
        ],
    ),
    Theorem(
        name="sgd-classical-steps",
        title="SGD with steps of order 1/k reaches ε in O(1/ε) steps",
        source=Source("bottoucurtisnocedal2018", "Theorem 4.7, (4.20)-(4.22)"),
        also=[Source("sun2020", "appendix"), Source("robbinsmonro1951")],
        statement="On least squares with rows of norm 1 and residuals, SGD with steps (2/μ)/(k + k₀), "
        "k₀ = 2L/μ², has an expected gap of at most max(σ², Δ) k₀/(k + k₀) after k steps, and no power of "
        "1/k is better in the long run.",
        method=classical,
        instances=noisy_rows(8, 4, noise=(10.0,)),
        epochs=200,
        premises=[UNIT_ROWS],
        survey="decomposition",
        predictions=[
            Bound(
                gap,
                first / (first + N * t) * sp.Max(sigma**2, Delta),
                average="exact",
                quick=False,
            ),
            Order(gap, 1, origin=first / N, average="exact", quick=False),
        ],
        rivals=[
            Rival("order 1/k²", Order(gap, 2, origin=first / N, average="exact", quick=False)),
            Rival("order 1/√k", Order(gap, half, origin=first / N, average="exact", quick=False)),
            Rival("constant step", method=SGD(step=half), of="Order"),
        ],
    ),
]
