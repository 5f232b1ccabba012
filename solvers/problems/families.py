"""Families of instances: a constructor and the grid of its arguments, built only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from solvers import constants as symbols
from solvers.problems import convex, quadratic, spectra
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


def doublings(low: int, high: int) -> tuple[float, ...]:
    """2^low, 2^(low + 1), ..., 2^high."""
    return tuple(2.0**k for k in range(low, high + 1))


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

STARTS: dict[str, Callable[[np.ndarray], Any]] = {
    "gaussian": lambda eigenvalues: quadratic.Gaussian(len(eigenvalues)),
    "gaussian gradient": lambda eigenvalues: GaussianGradient(tuple(eigenvalues.tolist())),
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
    start: str | Sequence[str] = "gaussian",
) -> Family:
    """Quadratics in their eigenbasis, for methods that no rotation changes.

    Args:
        spectrum: of ``solvers.problems.spectra``, one or several.
        kappa: condition numbers.
        n: dimension, one or several.
        start: "gaussian", "gaussian gradient" (both new for every seed), "equal gap", "ones", "smallest" or
            "largest" (one mode); one or several.

    Raises:
        ValueError: an unknown start.
    """
    starts = [start] if isinstance(start, str) else list(start)
    for name in starts:
        if name not in STARTS:
            raise ValueError(f"there is no start {name!r}; the starts are {', '.join(STARTS)}")
    kinds = [spectrum] if callable(spectrum) else list(spectrum)
    sizes = [n] if isinstance(n, int) else list(n)
    names = ", ".join(kind.__name__.replace("_", "-") for kind in kinds)
    return Family(
        eigenbasis,
        product(spectrum=kinds, n=sizes, kappa=kappa, start=starts),
        f"quadratics with {names} spectrum, n = {span(sizes)}, kappa = {span(kappa)}, "
        f"{' or '.join(starts)} start",
    )


# ---------------------------------------------------------------- worst cases of deterministic methods


class GaussianGradient(NamedTuple):
    """An error whose gradient is standard normal, new for every seed: no mode steers a step size."""

    eigenvalues: tuple[float, ...]

    def __call__(self, seed: int) -> np.ndarray:
        gradient = np.random.default_rng([seed, len(self.eigenvalues)]).standard_normal(len(self.eigenvalues))
        return gradient / np.array(self.eigenvalues)


def plain(epochs: int) -> float:
    """How far gradient descent gets in so many epochs under a gradient of one, in steps."""
    return float(epochs)


def accelerated(epochs: int) -> float:
    """How far Nesterov's t_k scheme gets in so many epochs under a gradient of one, in steps."""
    t, change, travelled = 1.0, 1.0, 1.0
    for _ in range(epochs - 1):
        following = (1 + np.sqrt(1 + 4 * t * t)) / 2
        change = 1 + (t - 1) / following * change
        t, travelled = following, travelled + change
    return float(travelled)


def optimized(epochs: int) -> float:
    """How far the optimised gradient method gets in so many epochs under a gradient of one, in steps:
    (theta^2 - 1)/2 with the theta of its last step."""
    theta = 1.0
    for left in range(epochs, 0, -1):
        theta = (1 + np.sqrt(1 + (8 if left == 1 else 4) * theta * theta)) / 2
    return float((theta * theta - 1) / 2)


def huber_for(epochs: int, way: Callable[[int], float]) -> Instance:
    """The Huber function on which a method that goes ``way`` has the largest gap after ``epochs``.

    L = 1, R = 1. While the iterate is outside the bend, the gap after a way of S steps is
    w (1 - S w) - w^2/2, which is largest at the width w = 1/(2S + 1).
    """
    width = 1 / (2 * way(epochs) + 1)
    base = convex.huber(width)
    return replace(
        base,
        label=f"Huber function chosen for epoch {epochs}, width {width:.6g}",
        constants={**base.constants, symbols.horizon: epochs},
    )


def hubers(epochs: Sequence[float], way: Callable[[int], float] = plain) -> Family:
    """One Huber function for every epoch: a worst case of a sublinear rate depends on when it is read."""
    chosen = [round(k) for k in epochs]
    return Family(
        huber_for,
        product(epochs=chosen, way=[way]),
        f"the Huber function of the worst width, chosen anew for every epoch {span(chosen)}",
    )


def read_at(epochs: int, build: Callable[..., Instance], **arguments: Any) -> Instance:
    """The instance ``build(**arguments)``, for a method that must know when it is read."""
    instance = build(**arguments)
    return replace(
        instance,
        label=f"{instance.label}, read at epoch {epochs}",
        constants={**instance.constants, symbols.horizon: epochs},
    )


def chebyshev_witness(kappa: float, steps: int) -> Instance:
    """The start for which the conjugate gradient error after ``steps`` is as large as any spectrum allows.

    steps + 1 extreme points of a Chebyshev polynomial, with |e_j|^2 = d_j / lambda_j^2 and d = 1, but 1/2
    at both ends: these weights make that polynomial the optimal one.
    """
    eigenvalues = spectra.chebyshev(steps + 1, kappa)
    weights = np.r_[0.5, np.ones(steps - 1), 0.5]
    label = f"Chebyshev points, kappa = {kappa:g}, n = {steps + 1}, worst start for epoch {steps}"
    instance = quadratic.spectrum_of(
        eigenvalues, label, quadratic.Fixed(tuple((np.sqrt(weights) / eigenvalues).tolist()))
    )
    return replace(instance, constants={**instance.constants, symbols.horizon: steps})


def chebyshev_witnesses(kappa: Sequence[float], steps: Sequence[int]) -> Family:
    """One start for every epoch at which the error of conjugate gradients is to be the largest."""
    return Family(
        chebyshev_witness,
        product(kappa=kappa, steps=steps),
        f"Chebyshev points, kappa = {span(kappa)}, with the worst start for each of the epochs "
        f"{', '.join(map(str, steps))}",
    )


def chebyshev_density(kappa: float, accuracy: float) -> Instance:
    """So many Chebyshev points that conjugate gradients do not feel their number before ``accuracy``.

    n is 1.5 times the epochs that the bound allows for the accuracy (of the A-norm), plus 30; every mode
    has the same energy.
    """
    n = int(np.ceil(0.75 * np.sqrt(kappa) * np.log(2 / accuracy))) + 30
    return eigenbasis(spectra.chebyshev, n, kappa, "equal gap")


def chebyshev_densities(kappa: Sequence[float], accuracy: float) -> Family:
    """Spectra of Chebyshev density, of a dimension that grows with the square root of kappa."""
    return Family(
        chebyshev_density,
        product(kappa=kappa, accuracy=[accuracy]),
        f"Chebyshev-density spectra, kappa = {span(kappa)}, n growing as its square root, equal energies",
    )


def repeated(kappa: float, distinct: int, n: int) -> Instance:
    """n eigenvalues, only ``distinct`` of them different, in geometric progression."""
    values = spectra.log_spaced(distinct, kappa)
    label = f"{distinct} distinct eigenvalues of {n}, kappa = {kappa:g}, gaussian start"
    return quadratic.spectrum_of(values[np.arange(n) % distinct], label)


def power_law(power: float, n: int) -> Instance:
    """Log-spaced eigenvalues from 1e-7 to 1 with the squared errors lambda^(power + 1): in lambda the density
    of |e|^2 is lambda^power. As no run sees the end at 1e-7, no mu is promised or given."""
    eigenvalues = np.geomspace(1e-7, 1.0, n)
    start = quadratic.Fixed(tuple(np.sqrt(eigenvalues ** (power + 1)).tolist()))
    label = f"quadratic with the density lambda^{power:g} of squared errors, n = {n}"
    instance = quadratic.spectrum_of(eigenvalues, label, start)
    return replace(instance, constants={symbols.L: 1.0, symbols.n: n})


def power_laws(powers: Sequence[float], n: int = 300) -> Family:
    """Quadratics that are all but flat in a part of their directions, one for every power."""
    return Family(
        power_law,
        product(power=powers, n=[n]),
        f"quadratics with log-spaced eigenvalues down to 0 and the density lambda^a of squared errors, "
        f"a = {span(powers)}",
    )


def tridiagonal(kappa: float, n: int) -> Instance:
    """Nesterov's tridiagonal quadratic from x0 = 0, where x*_i = rho^i; mu = 1 and L = kappa are those of
    its class: the spectrum lies between them."""
    rho = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    label = f"tridiagonal quadratic, kappa = {kappa:g}, n = {n}, from x0 = 0"
    start = quadratic.Fixed(tuple((-(rho ** np.arange(1, n + 1))).tolist()))
    instance = quadratic.dense(spectra.tridiagonal(n, kappa), label, start)
    ends = {symbols.mu: 1.0, symbols.L: kappa, symbols.kappa: kappa}
    return replace(instance, constants={**instance.constants, **ends})


def tridiagonals(kappa: Sequence[float], n: int) -> Family:
    """Nesterov's tridiagonal quadratics."""
    return Family(
        tridiagonal,
        product(kappa=kappa, n=[n]),
        f"Nesterov's tridiagonal quadratic from x0 = 0, n = {n}, kappa = {span(kappa)}",
    )


def chain(steps: int) -> Instance:
    """Nesterov's worst convex quadratic for so many gradients: f(x) = x'Ax/2 - x_1 in 2 steps + 1 unknowns,
    A tridiagonal with 2 and -1, from x0 = 0. L = 4 is that of its class; no mu is promised or given."""
    size = 2 * steps + 1
    matrix = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    error = np.arange(1, size + 1) / (size + 1) - 1
    instance = quadratic.dense(matrix, f"chain of {size} unknowns", quadratic.Fixed(tuple(error.tolist())))
    return replace(instance, constants={symbols.L: 4.0, symbols.n: size, symbols.horizon: steps})


def chains(steps: Sequence[int]) -> Family:
    """One chain for every number of gradients after which it is to be hard."""
    return Family(
        chain,
        product(steps=steps),
        f"Nesterov's chain in 2T + 1 unknowns from x0 = 0, for T = {', '.join(map(str, steps))}",
    )


def lessard_recht_packards(starts: Sequence[float], smoothness: Sequence[float] = (25.0,)) -> Family:
    """The piecewise quadratic function on which the heavy ball cycles (for L = 25)."""
    return Family(
        convex.lessard_recht_packard,
        product(start=starts, smoothness=smoothness),
        f"the Lessard-Recht-Packard function, L = {span(smoothness)}, from {span(starts)}",
    )
