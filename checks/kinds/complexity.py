"""How do the epochs to accuracy epsilon scale? Exponents with intervals, and a three-way verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from checks.evidence import Curve, Evidence, Figure, curve, number
from checks.exact import expectation, factor_per_epoch
from checks.formula import log_measure, mean_over_seeds, measures_of
from checks.statistics import (
    epochs_per_nat,
    equivalence,
    fit_exponents,
    pooled_power,
    power_of_log,
    upper_half,
)
from checks.trial import Trial
from checks.verdict import Verdict, Word
from solvers.constants import evaluate, gain, kappa, kappa_CD
from solvers.trajectories import Trajectories, sparse
from theorems.predictions import Complexity
from theorems.symbols import epsilon

#: Claims that differ by less than this from the truth cannot be told from it; by profile.
MARGIN = {"quick": 0.1, "standard": 0.1, "full": 0.05}
#: Where the expectation is exact there is no noise, and what is left of a curvature is in the interval.
EXACT_MARGIN = 0.02
#: The same for the power of log(1/epsilon), in every profile: three doublings are all that a run offers,
#: and the powers that theorems have are whole or half.
LOG_MARGIN = 0.1
#: A run goes on this far (in nats) beyond the last accuracy; a mean arrives after the luckiest run.
BEYOND = {"none": 1.0, "sampled": 5.0}


def claimed_exponents(prediction: Complexity) -> tuple[float, ...]:
    """The powers of the constants (or of their logs) in the claim: d ln(expression) / d ln(constant).

    Raises:
        ValueError: the expression is not a product of powers of the constants.
    """
    expression = sp.sympify(prediction.expression)
    if kappa not in prediction.against and kappa_CD in prediction.against:
        expression = expression.subs(kappa, kappa_CD * gain)
    names = {c: c if c.is_Symbol else sp.Dummy(positive=True) for c in prediction.against}
    expression = expression.subs(names)
    powers = []
    for constant, name in names.items():
        power = sp.simplify(name * sp.diff(sp.log(expression), name))
        if not power.is_number:
            raise ValueError(
                f"{prediction.expression} is not a power of {constant}: its local exponent is {power}"
            )
        powers.append(float(power))
    rest = expression.free_symbols - set(names.values()) - {epsilon}
    if rest:
        raise ValueError(
            f"{prediction.expression} has {', '.join(map(str, rest))}, which the instances do not vary; "
            f"name it in against="
        )
    return tuple(powers)


def claimed_log_power(expression: Any) -> float | None:
    """The power of ln(1/epsilon) in the claim; None if it does not speak of epsilon.

    Raises:
        ValueError: the expression depends on epsilon in another way.
    """
    expression = sp.sympify(expression)
    if not expression.has(epsilon):
        return None
    nats = sp.Symbol("nats", positive=True)
    power = sp.simplify(nats * sp.diff(sp.log(expression.subs(epsilon, sp.exp(-nats))), nats))
    if not power.is_number:
        raise ValueError(f"{expression} is not a power of log(1/epsilon), which a linear rate gives")
    return float(power)


def collect(prediction: Complexity, trial: Trial) -> Evidence:
    instances = trial.instances()
    runs: Trajectories | None = None
    lines: list[tuple[np.ndarray, np.ndarray]] = []
    if prediction.long_run:
        trial.check_premises(instances, trial.method)
        factors_per_epoch = np.array([factor_per_epoch(trial.method, i) for i in instances])
        costs = (-1 / np.log(factors_per_epoch))[:, None]
    else:
        runs, error, lines = _followed(prediction, trial, instances)
        costs = np.array([epochs_per_nat(x, y, prediction.between) for x, y in lines])
        costs = costs.reshape(len(instances), -1)
    factors = np.array([[_value(c, i) for c in prediction.against] for i in instances])
    claimed = claimed_exponents(prediction)
    finished = np.isfinite(costs).all(1) & (costs > 0).all(1)
    exact = prediction.average == "exact" or prediction.long_run
    facts: dict[str, Any] = {
        "claimed": list(claimed),
        "margin": EXACT_MARGIN if exact else MARGIN[trial.settings.profile],
        "against": [str(c) for c in prediction.against],
        "unfinished": [i.label for i, done in zip(instances, finished, strict=True) if not done],
    }
    if finished.all():
        fit = fit_exponents(factors, costs)
        facts |= {
            "exponents": fit.exponents.tolist(),
            "widths": fit.widths.tolist(),
            "upper half": fit.upper.tolist(),
            "constant": fit.constant,
            "power of log(1/epsilon)": _power_of_log(prediction, lines, factors),
        }
        if prediction.leading:
            facts |= leading_constant(prediction, instances, costs)
    rows = [
        {
            "instance": instance.label,
            **{str(c): float(f) for c, f in zip(prediction.against, factor, strict=True)},
            "measured": float(np.median(cost)) if np.isfinite(cost).all() else None,
            "low": float(cost.min()),
            "high": float(cost.max()),
        }
        for instance, factor, cost in zip(instances, factors, costs, strict=True)
    ]
    figures = [scaling_figure(prediction.against[0], factors[:, 0], costs, claimed[0])]
    if runs is not None:
        figures.append(_error_figure(runs, error, instances))
    return Evidence(
        rows=rows,
        facts=facts,
        ran=trial.ran(instances, runs),
        limits=f"An exponent within {facts['margin']} of the claim cannot be told from it on this grid.",
        figures=figures,
        runs=trial.used,
    )


def _followed(
    prediction: Complexity, trial: Trial, instances: list[Any]
) -> tuple[Trajectories, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """The runs (or exact expectations) down to the last accuracy, their errors, and the curves to read."""
    floor = np.log(prediction.between[1])
    runs = (
        expectation(trial, instances, sparse)
        if prediction.average == "exact"
        else trial.trajectories(
            instances, measures_of(prediction.measure), reduction=-floor + BEYOND[prediction.average]
        )
    )
    error = log_measure(prediction.measure, runs)
    return runs, error, curves(prediction, runs, error)


def _value(constant: Any, instance: Any) -> float:
    return float(evaluate(constant, instance.constants, "a constant of a complexity"))


def _power_of_log(
    prediction: Complexity, lines: list[tuple[np.ndarray, np.ndarray]], factors: np.ndarray
) -> dict[str, Any]:
    """The power of log(1/epsilon), claimed and measured; a factor in the long run gives the power 1."""
    claimed = claimed_log_power(prediction.expression)
    if prediction.long_run:
        return {"claimed": claimed, "measured": 1.0, "width": 0.0, "margin": LOG_MARGIN}
    powers = np.array([power_of_log(x, y, prediction.between[1]) for x, y in lines])
    powers = powers.reshape(len(factors), -1, 2)[upper_half(factors[:, 0])]
    measured, width = pooled_power(powers[..., 0].ravel(), powers[..., 1].ravel())
    return {"claimed": claimed, "measured": measured, "width": width, "margin": LOG_MARGIN}


def leading_constant(prediction: Complexity, instances: list[Any], costs: np.ndarray) -> dict[str, float]:
    """Measured over claimed epochs: the median over the upper half of the grid, and a half width that
    covers every instance there and the drift against the whole grid (of logs)."""
    coefficient = sp.sympify(prediction.expression).subs(epsilon, sp.exp(-1))  # ln(1/epsilon) = 1
    owner = f"the complexity {prediction.expression}"
    claimed = np.array([float(evaluate(coefficient, i.constants, owner)) for i in instances])
    log = np.log(np.median(costs, axis=1) / claimed)
    top = log[upper_half(np.array([i.constants[prediction.against[0]] for i in instances]))]
    middle = float(np.median(top))
    width = np.abs(top - middle).max() + abs(middle - np.median(log))
    return {"leading": float(np.exp(middle)), "leading width": float(width)}


def curves(prediction: Any, runs: Trajectories, error: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(epochs, ln error) of every run, or of every instance's mean if the prediction averages."""
    if prediction.average != "sampled":
        return list(zip(runs.epochs, error, strict=True))
    first = runs.seed == runs.seed[0]
    return list(zip(runs.epochs[first], mean_over_seeds(error, runs), strict=True))


def scaling_figure(constant: Any, factor: np.ndarray, costs: np.ndarray, claimed: float | None) -> Figure:
    """Epochs per factor e against one constant, with the claimed slope through the last point."""
    order = np.argsort(factor, kind="stable")
    x, middle = factor[order], np.median(costs, axis=1)[order]
    measured = Curve(
        "measured", "measured", x.tolist(), middle.tolist(),
        costs.min(1)[order].tolist(), costs.max(1)[order].tolist(),
    )  # fmt: skip
    curves = [measured] if np.isfinite(costs).all() else []
    if claimed is not None and curves:
        line = middle[-1] * (x / x[-1]) ** claimed
        curves.append(curve(f"claimed slope {claimed:g}", "predicted", x, line))
    half = float(np.exp((np.log(x[0]) + np.log(x[-1])) / 2))
    return Figure(
        name="scaling",
        title="epochs per factor e of the error",
        x_label=str(constant),
        y_label="epochs per factor e",
        curves=curves,
        window=[half, float(x[-1])],
    )


def _error_figure(runs: Trajectories, error: np.ndarray, instances: list[Any]) -> Figure:
    chosen = np.unique(np.linspace(0, len(instances) - 1, 4).round().astype(int))
    first = [int(np.flatnonzero(runs.instance == k)[0]) for k in chosen]
    return Figure(
        name="error",
        title="error along the runs",
        x_label="epochs",
        y_label="ln error",
        curves=[
            curve(instances[k].label, "measured", runs.epochs[b], error[b] - error[b, 0])
            for k, b in zip(chosen, first, strict=True)
        ],
    )


def judge(prediction: Complexity, evidence: Evidence) -> Verdict:
    facts = evidence.facts
    if facts["unfinished"]:
        return Verdict(
            Word.INCONCLUSIVE,
            f"budget too small: {len(facts['unfinished'])} instances did not reach "
            f"{prediction.between[1]:g}, the first {facts['unfinished'][0]}; raise epochs",
            "exponent",
        )
    words, parts = [], []
    for name, p, w, claim in zip(
        facts["against"], facts["exponents"], facts["widths"], facts["claimed"], strict=True
    ):
        words.append(equivalence(p - w, p + w, claim, facts["margin"]))
        parts.append(f"{name}^{p:.3f} in [{p - w:.3f}, {p + w:.3f}], claimed {claim:g}")
    power = facts["power of log(1/epsilon)"]
    if power["claimed"] is not None:
        p, w, claim = number(power["measured"]), number(power["width"]), power["claimed"]
        words.append(equivalence(p - w, p + w, claim, power["margin"]))
        parts.append(f"log(1/epsilon)^{p:.3f} in [{p - w:.3f}, {p + w:.3f}], claimed {claim:g}")
    sentence = "epochs scale as " + "; ".join(parts) + f" (margin {facts['margin']:g})"
    if "leading" in facts:
        c, w = facts["leading"], facts["leading width"]
        low, high = c * np.exp(-w), c * np.exp(w)
        words.append(equivalence(low, high, 1.0, facts["margin"]))
        sentence += f", {c:.3f} in [{low:.3f}, {high:.3f}] times the claimed leading constant"
    if "reject" in words:
        return Verdict(Word.REFUTED, sentence, "exponent")
    if "undecided" in words:
        return Verdict(Word.INCONCLUSIVE, f"interval wider than the margin: {sentence}", "exponent")
    return Verdict(Word.HOLDS, sentence, "exponent")
