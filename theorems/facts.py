"""Numbers with the intervals that they must lie in, for predictions of the kind ``Calculation``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.special

from theorems.predictions import Fact

#: Chance of a false refutation over all means of one prediction.
LEVEL = 1e-4
#: A fitted order within this of the claim counts as equal to it.
MARGIN = 0.1


def equal(what: str, predicted: float, computed: float, tolerance: float) -> Fact:
    """An equality up to rounding; ``tolerance`` is absolute, and derived by the caller."""
    return Fact(what, float(predicted), float(computed), predicted - tolerance, predicted + tolerance)


def within(what: str, computed: float, low: float, high: float, predicted: float | None = None) -> Fact:
    """A number in an interval that the theory gives."""
    return Fact(
        what, float(low if predicted is None else predicted), float(computed), float(low), float(high)
    )


def mean(what: str, predicted: float, samples: np.ndarray, together: int = 1) -> Fact:
    """The mean of independent samples, by Student's test at ``LEVEL`` over ``together`` such facts.

    Raises:
        ValueError: samples whose skewness makes the level wrong (more than 50 skewness^2 are needed).
    """
    x = np.asarray(samples, dtype=float)
    deviation = x.std(ddof=1)
    skewness = float(((x - x.mean()) ** 3).mean() / deviation**3) if deviation > 0 else 0.0
    if x.size < 50 * skewness**2:
        raise ValueError(
            f"{what}: {x.size} samples of skewness {skewness:.2g} do not give a normal mean; take more "
            "samples, or the mean of a logarithm"
        )
    half = -scipy.special.stdtrit(x.size - 1, LEVEL / (2 * together)) * deviation / np.sqrt(x.size)
    return Fact(what, float(predicted), float(x.mean()), float(predicted - half), float(predicted + half))


def slope(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> float:
    """The least-squares slope of ln y on ln x."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def order(
    what: str, predicted: float, small: Sequence[float], errors: Sequence[float], margin: float = MARGIN
) -> Fact:
    """The power of a small parameter in an error: the slope over the smaller half of the parameters.

    Raises:
        ValueError: fewer than four parameters.
    """
    if len(small) < 4:
        raise ValueError(f"{what}: an order needs four values of its parameter, got {len(small)}")
    chosen = np.argsort(small)[: (len(small) + 1) // 2 + 1]
    found = slope(np.asarray(small, float)[chosen], np.asarray(errors, float)[chosen])
    return Fact(what, float(predicted), found, predicted - margin, predicted + margin)
