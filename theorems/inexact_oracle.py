r"""An inexact oracle: gradient descent does not accumulate its errors, fast methods do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from solvers import method as protocol
from solvers.methods import FastGradient, GradientDescent, NesterovConvex
from solvers.problems import spectra
from solvers.problems.families import decades, hubers, quadratics
from theorems.facts import equal, order, within
from theorems.predictions import Bound, Calculation, Fact, Order
from theorems.symbols import L, R, gap, horizon, t
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
STEPS = (10, 30, 100, 300)

# ---------------------------------------------------------------- the oracle and its worst errors
#
# On f = lambda x^2/2 with L = 1, an error of the derivative of size xi = sqrt(2 delta lambda (1 - lambda)),
# with any sign, and the value f - delta (1 - lambda) make a (delta, L)-oracle: f(x) less its linear model at
# y lies between 0 and (x - y)^2/2 + delta, and attains both.


def error_size(eigenvalues: Any) -> Any:
    """The largest error of the derivative, for delta = 1."""
    return np.sqrt(2 * eigenvalues * (1 - eigenvalues))


def oracle(method: Any, share: Any) -> list[Fact]:
    """What lies between the function and the linear model, at the two ends where it is tightest."""
    facts = []
    for slope in (1e-6, 1e-3, 0.1, 0.5, 0.9):
        xi = float(share) * float(error_size(slope))
        below = (1 - slope) - xi**2 / (2 * slope)  # the least of slope d^2/2 - xi d + 1 - slope over d
        above = (1 - slope) + xi**2 / (2 * (1 - slope))  # the largest excess over d^2/2
        facts += [
            equal(f"room below, λ = {slope:g} L, over δ", 0, below, 16 * U),
            equal(f"room needed above, λ = {slope:g} L, over δ", 1, above, 16 * U),
        ]
    return facts


class Disturbed(NamedTuple):
    """Quadratics in one variable side by side, and the error that the next gradient has on each."""

    eigenvalues: Any
    error: Any

    def gradient(self, x: Any) -> Any:
        return self.eigenvalues * x + self.error


def responses(method: Any, eigenvalues: np.ndarray, steps: int, mean: bool) -> tuple[np.ndarray, np.ndarray]:
    """What an error of one in step j makes of the last iterate (or of their mean), shape (steps, m), and what
    a start of one does, shape (m,): the method's own steps, one run for each error."""
    numbers = [float(sp.sympify(e).subs(L, 1)) for e in method]
    columns = protocol.columns(type(method)(*numbers), steps + 1)
    start = np.zeros((steps + 1, len(eigenvalues)))
    start[steps] = 1
    state = columns.start(Disturbed(eigenvalues[None], start * 0), start.copy())
    total = start * 0
    for k in range(steps):
        error = start * 0
        error[k] = 1
        protocol.update(columns, Disturbed(eigenvalues[None], error), state, None)
        total += state[0]
    last = total / steps if mean else state[0]
    return last[:steps], last[steps]


def grid(steps: int) -> np.ndarray:
    """Eigenvalues from where nothing has happened yet to L, with those near which the errors are largest."""
    return np.unique(np.r_[np.geomspace(0.1 / steps**2, 0.99, 40), np.log(steps) / steps, 5.2 / steps])


def bounded(method: Any, mean: bool, rate: Any, growth: Any) -> list[Fact]:
    """The gap over the bound for the worst errors, from R = 1: nowhere above 1."""
    facts, promised, lost = [], *(sp.lambdify(t, e) for e in (rate, growth))
    for steps in STEPS:
        slopes = grid(steps)
        errors, start = responses(method, slopes, steps, mean)
        for delta in (1e-6, 1e-4, 1e-2):
            reach = np.abs(start) + np.sqrt(delta) * error_size(slopes) * np.abs(errors).sum(0)
            ratio = (slopes / 2 * reach**2).max() / (promised(steps) + delta * lost(steps))
            what = f"gap/bound after {steps} steps, δ = {delta:g} LR²"
            facts.append(within(what, ratio, 0, 1 + 64 * steps * U, 1))
    return facts


def gathered(method: Any, steps: int) -> float:
    """The gap after so many steps from the solution, for the worst errors and lambda, over delta."""
    slopes = grid(steps)
    errors, _ = responses(method, slopes, steps, mean=False)
    return float((slopes / 2 * (error_size(slopes) * np.abs(errors).sum(0)) ** 2).max())


def linearly(method: Any, low: Any, high: Any) -> list[Fact]:
    """The errors gathered lie between two multiples of delta at every horizon, and grow like it."""
    found = [gathered(method, steps) for steps in STEPS]
    low, high = (sp.lambdify(t, sp.sympify(e)) for e in (low, high))
    facts = [within(f"gap/δ after {k} steps", e, low(k), high(k)) for k, e in zip(STEPS, found, strict=True)]
    # the slope is that on the number of steps: the parameter that is small is its inverse
    return [*facts, order("power of the number of steps", -1, [1 / k for k in STEPS], found)]


def settled(method: Any, power: int) -> list[Fact]:
    """The errors gathered by gradient descent on each lambda, against their formula."""
    facts = []
    for steps in STEPS:
        slopes = grid(steps)
        errors, _ = responses(method, slopes, steps, mean=False)
        found = slopes / 2 * (error_size(slopes) * np.abs(errors).sum(0)) ** 2
        claimed = (1 - slopes) * (-np.expm1(steps * np.log1p(-slopes))) ** power
        worst = int(np.abs(found / claimed - 1).argmax())
        what = f"gap/δ after {steps} steps, λ = {slopes[worst]:.3g} L"
        facts.append(equal(what, claimed[worst], found[worst], 64 * steps * U * claimed[worst]))
        least = (1 - np.log(steps) / steps) * (1 - 1 / steps) ** 2
        facts.append(within(f"gap/δ after {steps} steps, worst λ", found.max(), least, 1))
    return facts


# ---------------------------------------------------------------- with exact gradients


def fast(epochs: int) -> float:
    """How far the fast gradient method gets in so many epochs under a gradient of one, in steps."""
    y = z = 0.0
    for k in range(epochs):
        y += 2 / (k + 2) * (z - y) + 1
        z += (k + 1) / 2
    return y


worst_convex = hubers(decades(1, 3, per_decade=4), way=fast)
longer_convex = hubers(decades(1, 3.5, per_decade=4), way=fast)
mixed = quadratics(
    [spectra.log_spaced, spectra.uniform, spectra.chebyshev, spectra.two_clusters], kappa=decades(1, 3), n=40
)
exact_bound = 2 * L * R**2 / (t * (t + 1))

valid = Calculation(
    compute=oracle, arguments={"share": 1}, label="the oracle", ran="its two inequalities on quadratics"
)
RAN = "the method's own steps with one error each, summed for the worst signs, on quadratics in one variable"
gradient_bound = Calculation(
    compute=bounded,
    arguments={"mean": True, "rate": 1 / (2 * t), "growth": sp.Integer(1)},
    rests_on="bound",
    label="mean of the iterates",
    ran=RAN,
)
fast_bound = Calculation(
    compute=bounded,
    arguments={"mean": False, "rate": 2 / (t * (t + 1)), "growth": (t + 2) / 3},
    rests_on="bound",
    label="bound with errors",
    ran=RAN,
)
formula = Calculation(compute=settled, arguments={"power": 2}, label="errors that settle", ran=RAN)
growth = Calculation(
    compute=linearly,
    arguments={"low": t / 12, "high": (t + 2) / 3},
    rests_on="slope",
    quick=False,
    label="errors that grow",
    ran=RAN,
)
nesterov_growth = replace(
    growth,
    arguments={"low": t / 12, "high": t},
    method=NesterovConvex(),
    quick=False,
    label="nesterov's method",
)
believed = Calculation(
    compute=linearly, arguments={"low": 0, "high": 2}, rests_on="bound", ran=RAN, expect="REFUTED"
)
SOURCE = Source("devolderglineurnesterov2014")

theorems = [
    Theorem(
        name="inexact-gradient-descent",
        title="Gradient descent does not accumulate the errors of an inexact oracle",
        source=SOURCE,
        statement="A (δ, L)-oracle returns a linear model at y that f exceeds by at least 0 and at most "
        "L|x-y|²/2 + δ, everywhere. With it the mean of the first t iterates of gradient descent with step "
        "1/L has a gap of at most LR²/(2t) + δ. On the quadratic λx²/2 the worst errors lead the last "
        "iterate to a gap of exactly δ (1-λ/L)(1-(1-λ/L)^t)², which tends to δ.",
        method=GradientDescent(1 / L),
        survey="benchmark",
        remark="The bound is the source's, the formula is derived here. The errors are the largest that are "
        "allowed on the quadratic, with the signs that do most harm after the given number of steps.",
        predictions=[valid, gradient_bound, formula],
        rivals=[
            Rival("a larger error", replace(valid, arguments={"share": sp.Rational(11, 10)})),
            Rival(
                "half of δ",
                replace(
                    gradient_bound,
                    arguments={"mean": True, "rate": 1 / (2 * t), "growth": sp.Rational(1, 2)},
                ),
            ),
            Rival("a fast method", method=FastGradient(), of="errors that settle"),
            Rival("nesterov's method", method=NesterovConvex(), of="errors that settle"),
            Rival("step 3/(2L)", method=GradientDescent(3 / (2 * L)), of="errors that settle"),
            Rival("the fourth power", replace(formula, arguments={"power": 4})),
        ],
    ),
    Theorem(
        name="inexact-fast-gradient",
        title="The fast gradient method accumulates the errors of an inexact oracle, part of δ in every step",
        source=SOURCE,
        statement="With a (δ, L)-oracle the gap after t epochs is at most 2LR²/(t(t+1)) + (t+2)δ/3. Without "
        "errors Huber functions come within a percent of that. With the worst errors the gap on a quadratic "
        "is at least tδ/12: the growth is no weakness of the proof.",
        method=FastGradient(),
        instances=worst_convex,
        epochs=horizon,
        survey="fast gradient",
        remark="The bound is the source's, and that every fast method must accumulate errors; here it is "
        "tried on two. The errors are those of inexact-gradient-descent. Derived to leading order: with "
        "λ = sL/t they give 4s/π² (∫ u^(3/2) e^(-s(1-u)/2) du)² tδ, the integral from 0 to 1, at most 0.0995 "
        "tδ, near s = 5.2; for the momentum of Nesterov's t_k it is the same.",
        predictions=[
            Bound(gap, exact_bound),
            Bound(gap, exact_bound, instances=mixed, epochs=200, quick=False, label="quadratics"),
            Order(gap, 2, origin=1, rechosen=True, full=longer_convex, quick=False),
            fast_bound,
            growth,
            nesterov_growth,
        ],
        rivals=[
            Rival("half of the bound", Bound(gap, exact_bound / 2)),
            Rival("49 fiftieths of the bound", Bound(gap, sp.Rational(49, 50) * exact_bound)),
            Rival("step 1/(2L)", method=FastGradient(step=1 / (2 * L)), of="Bound"),
            Rival("gradient descent", method=GradientDescent(1 / L), of="Bound"),
            Rival("order t^(-9/4)", Order(gap, sp.Rational(9, 4), origin=1, rechosen=True, quick=False)),
            Rival("order t^(-7/4)", Order(gap, sp.Rational(7, 4), origin=1, rechosen=True, quick=False)),
            Rival(
                "a tenth of the errors",
                replace(
                    fast_bound,
                    arguments={"mean": False, "rate": 2 / (t * (t + 1)), "growth": (t + 2) / 30},
                ),
            ),
            Rival(
                "errors that grow like t^(3/4)",
                replace(growth, arguments={"low": 0, "high": t ** sp.Rational(3, 4) / 3}),
            ),
            Rival(
                "errors that grow like t^(5/4)",
                replace(growth, arguments={"low": t ** sp.Rational(5, 4) / 30, "high": sp.oo}),
            ),
            Rival("gradient descent gathers them", method=GradientDescent(1 / L), of="errors that grow"),
        ],
    ),
    Theorem(
        name="inexact-fast-gradient-bounded",
        title="Believed: a fast method loses no more than a few δ to an inexact oracle",
        source=SOURCE,
        statement="As for gradient descent, the errors of the oracle cost at most 2δ. It is false: after 300 "
        "steps they cost 30δ, and the more the longer the method runs.",
        method=FastGradient(),
        survey="fast gradient",
        belief=True,
        predictions=[believed],
        rivals=[
            Rival("ten δ", replace(believed, arguments={"low": 0, "high": 10}, expect=None)),
            Rival("a few δ for Nesterov's t_k", replace(believed, method=NesterovConvex(), expect=None)),
        ],
    ),
]
