"""The statistics of a scaling claim. Each is a pure function of numbers.

The data are deterministic, or means: what a straight line leaves over is curvature, not noise, so the
interval of ordinary least squares does not cover the truth. The interval here adds the drift between
the whole grid and its upper half, which bounds a bias that at least halves from half to half.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.special


def first_hit(epochs: np.ndarray, log_error: np.ndarray, level: float) -> float:
    """The epochs at which ln error first falls to ``level``, interpolated; NaN if it never does."""
    below = np.flatnonzero(log_error <= level)
    if not below.size:
        return float("nan")
    j = below[0]
    if j == 0:
        return float(epochs[0])
    x0, x1, y0, y1 = epochs[j - 1], epochs[j], log_error[j - 1], log_error[j]
    if not np.isfinite(y1):
        return float(x1)
    return float(x0 + (x1 - x0) * (y0 - level) / (y0 - y1))


def epochs_per_nat(epochs: np.ndarray, log_error: np.ndarray, between: tuple[float, float]) -> float:
    """[N(e2) - N(e1)] / ln(e1/e2): epochs per factor e, free of the prefactor.

    ``between`` are relative accuracies e1 > e2.
    """
    high, low = (log_error[0] + np.log(e) for e in between)
    return (first_hit(epochs, log_error, low) - first_hit(epochs, log_error, high)) / (high - low)


def power_of_log(epochs: np.ndarray, log_error: np.ndarray, accuracy: float) -> tuple[float, float]:
    """The power a in N(e) ~ (ln 1/e)^a at ``accuracy``, and the same at its square root.

    From accuracies whose logs double, e^(1/8), e^(1/4), e^(1/2), e: the number of epochs from one to the
    next doubles a times. A slope of ln N on ln ln 1/e would take the prefactor for a power.
    """
    levels = log_error[0] + np.log(accuracy) * np.array([1 / 8, 1 / 4, 1 / 2, 1])
    increments = np.diff([first_hit(epochs, log_error, level) for level in levels])
    with np.errstate(all="ignore"):
        before, last = np.log2(increments[1:] / increments[:-1])
    return float(last), float(before)


def pooled_power(last: np.ndarray, before: np.ndarray) -> tuple[float, float]:
    """The median of powers of many runs, and its half width: their spread, and the drift from ``before``."""
    middle = float(np.median(last))
    quantile = scipy.special.stdtrit(max(last.size - 1, 1), 0.975)
    spread = quantile * last.std(ddof=1) / np.sqrt(last.size) if last.size > 1 else 0.0
    return middle, float(spread + abs(middle - np.median(before)))


class Fit(NamedTuple):
    """Exponents and half widths, one a factor; ``upper`` are those of the upper half alone."""

    exponents: np.ndarray
    widths: np.ndarray
    upper: np.ndarray
    constant: float


def upper_half(factor: np.ndarray) -> np.ndarray:
    """The indices of the upper half of a geometric grid, in increasing order of the factor."""
    x = np.log(factor)
    order = np.argsort(x, kind="stable")
    return order[x[order] >= (x.min() + x.max()) / 2 - 1e-12]


def fit_exponents(factors: np.ndarray, costs: np.ndarray) -> Fit:
    """The exponents of costs = C prod factors^p.

    Args:
        factors: (I, f) values of the f constants on I instances.
        costs: (I, S) cost on each instance for each of S starts.

    The estimate is the median over starts of the slope over the upper half of each factor's grid (all
    of the grid for more than one factor). The half width is the larger of the spread over starts and
    the least-squares one, plus the drift against the whole (for several factors: the upper half).

    Raises:
        ValueError: fewer than four instances in the upper half.
    """
    x, y = np.log(factors), np.log(costs)
    upper = upper_half(factors[:, 0])
    if len(upper) < 4:
        raise ValueError(
            f"the upper half of the grid has {len(upper)} instances; a slope and its drift need four"
        )
    everything, at_top = _slopes(x, y), _slopes(x[upper], y[upper])
    chosen, other = (at_top, everything) if x.shape[1] == 1 else (everything, at_top)
    exponents = np.median(chosen.slopes, axis=0)
    drift = np.abs(exponents - np.median(other.slopes, axis=0))
    starts = costs.shape[1]
    spread = np.zeros(x.shape[1])
    if starts > 1:
        quantile = scipy.special.stdtrit(starts - 1, 0.975)
        spread = quantile * chosen.slopes.std(0, ddof=1) / np.sqrt(starts)
    widths = np.maximum(spread, np.median(chosen.half, axis=0)) + drift
    with np.errstate(over="ignore"):  # a steep fit may have its constant out of range
        constant = float(np.exp(np.median(chosen.intercepts)))
    return Fit(exponents, widths, np.median(at_top.slopes, axis=0), constant)


class _Slopes(NamedTuple):
    slopes: np.ndarray  # (S, f)
    half: np.ndarray  # (S, f), half widths of the least-squares intervals
    intercepts: np.ndarray  # (S,)


def _slopes(x: np.ndarray, y: np.ndarray) -> _Slopes:
    """Least squares of every column of y on x and a constant."""
    design = np.column_stack([np.ones(len(x)), x])
    solution = np.linalg.lstsq(design, y, rcond=None)[0]
    left = len(x) - design.shape[1]
    residual = y - design @ solution
    variance = (residual**2).sum(0) / max(left, 1)
    scale = np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    quantile = scipy.special.stdtrit(max(left, 1), 0.975)
    half = quantile * np.sqrt(variance)[:, None] * scale[None, 1:]
    return _Slopes(solution[1:].T, half, solution[0])


def equivalence(low: float, high: float, claimed: float, margin: float) -> str:
    """The three-way test: "accept" if [low, high] lies within the margin of the claim, "reject" if it
    is disjoint from it, else "undecided"."""
    if claimed - margin <= low and high <= claimed + margin:
        return "accept"
    if high < claimed - margin or low > claimed + margin:
        return "reject"
    return "undecided"
