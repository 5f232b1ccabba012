"""Families of instances: a constructor and the grid of its arguments, built only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.problems import quadratic
from solvers.problems.instance import Instance


@dataclass(frozen=True)
class Family:
    """Instances ``build(**arguments)``, one for each mapping in ``grid``.

    Attributes:
        text: what a reader is told was run.
    """

    build: Callable[..., Instance]
    grid: tuple[Mapping[str, Any], ...]
    text: str

    def __post_init__(self) -> None:
        if not self.grid:
            raise ValueError(f"the family {self.text!r} is empty; give it at least one instance")

    def instances(self) -> list[Instance]:
        return [self.build(**arguments) for arguments in self.grid]


def decades(low: float, high: float, per_decade: int = 1) -> tuple[float, ...]:
    """10^low ... 10^high, ``per_decade`` points a decade, ends included."""
    count = round((high - low) * per_decade) + 1
    return tuple(float(f"{v:.6g}") for v in np.logspace(low, high, count))


def product(**axes: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """All combinations of the axes' values, the last axis running fastest."""
    grid: list[dict[str, Any]] = [{}]
    for name, values in axes.items():
        grid = [{**point, name: value} for point in grid for value in values]
    return tuple(grid)


def span(values: Sequence[float]) -> str:
    """The values of an axis in words: ``100`` or ``10 ... 1e+04``."""
    if not len(values):
        return "nothing"
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} ... {high:g}"


# ---------------------------------------------------------------- quadratics in the eigenbasis

STARTS = {
    "gaussian": lambda eigenvalues: quadratic.Gaussian(len(eigenvalues)),
    "equal gap": lambda eigenvalues: quadratic.Fixed(tuple(1 / np.sqrt(eigenvalues))),
    "ones": lambda eigenvalues: quadratic.Fixed((1.0,) * len(eigenvalues)),
    "smallest": lambda eigenvalues: quadratic.mode(len(eigenvalues), 0),
    "largest": lambda eigenvalues: quadratic.mode(len(eigenvalues), len(eigenvalues) - 1),
}


def eigenbasis(spectrum: Callable[[int, float], np.ndarray], n: int, kappa: float, start: str) -> Instance:
    eigenvalues = spectrum(n, kappa)
    name = spectrum.__name__.replace("_", "-")
    label = f"{name} spectrum, kappa = {kappa:g}, n = {n}, {start} start"
    return quadratic.spectrum_of(eigenvalues, label, STARTS[start](eigenvalues))


def quadratics(
    spectrum: Callable[[int, float], np.ndarray] | Sequence[Callable[[int, float], np.ndarray]],
    kappa: Sequence[float],
    n: int | Sequence[int] = 40,
    start: str = "gaussian",
) -> Family:
    """Quadratics in their eigenbasis, for methods that no rotation changes.

    Args:
        spectrum: of ``solvers.problems.spectra``, one or several.
        kappa: condition numbers.
        n: dimension, one or several.
        start: "gaussian" (new for every seed), "equal gap", "ones", "smallest" or "largest" (one mode).

    Raises:
        ValueError: an unknown start.
    """
    if start not in STARTS:
        raise ValueError(f"there is no start {start!r}; the starts are {', '.join(STARTS)}")
    kinds = [spectrum] if callable(spectrum) else list(spectrum)
    sizes = [n] if isinstance(n, int) else list(n)
    names = ", ".join(kind.__name__.replace("_", "-") for kind in kinds)
    return Family(
        eigenbasis,
        product(spectrum=kinds, n=sizes, kappa=kappa, start=[start]),
        f"quadratics with {names} spectrum, n = {span(sizes)}, kappa = {span(kappa)}, {start} start",
    )
