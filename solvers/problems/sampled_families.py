"""Families for methods that draw coordinates or samples, which need a basis of their own.

Unit-diagonal quadratics with a prescribed kappa_CD and gain, the same as least squares with unit rows
(A A' = Q), rows with noise, copies of one row, and the tables of scikit-learn. The premises that
theorems about them have stand at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.linalg

from solvers import constants as symbols
from solvers.flat import Flat
from solvers.problems import least_squares, quadratic, spectra
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance, Premise, spectral_constants
from solvers.problems.least_squares import EqualEnergy
from solvers.problems.quadratic import Fixed


def spike(n: int, kappa_CD: float, gain: float) -> np.ndarray:
    """The spectrum 1/kappa_CD, (n - 2 equal eigenvalues), gain, of average 1; shape (n,).

    Raises:
        ValueError: there is none, because the equal ones would not lie between the other two.
    """
    low, high = 1 / kappa_CD, gain
    middle = (n - low - high) / (n - 2) if n > 2 else (low + high) / 2
    if not low <= middle <= high:
        raise ValueError(
            f"no {n} eigenvalues have average 1, smallest {low:.4g} and largest {high:.4g} with the others "
            "equal and between them; change gain or kappa_CD"
        )
    return np.r_[low, np.full(n - 2, middle), high]


# ---------------------------------------------------------------- starts

#: Starts of a quadratic with Hessian eigenvectors (n, n), in columns, and eigenvalues (n,).
STARTS: dict[str, Callable[[np.ndarray, np.ndarray], Callable[[int], np.ndarray]]] = {
    "equal gap": EqualEnergy,
    "slowest": lambda vectors, eigenvalues: Fixed(tuple(vectors[:, 0])),
}


def started(instance: Instance, start: str) -> Instance:
    """The instance with one of the ``STARTS``, in the eigenvectors of its Hessian.

    Raises:
        ValueError: an unknown start.
    """
    if start not in STARTS:
        raise ValueError(f"there is no start {start!r}; the starts are {', '.join(STARTS)}")
    problem = instance.problem
    hessian = problem.Q if hasattr(problem, "Q") else problem.rows.T @ problem.rows / len(problem.rows)
    eigenvalues, vectors = scipy.linalg.eigh(hessian)
    return replace(
        instance, label=f"{instance.label}, {start} start", start=STARTS[start](vectors, eigenvalues)
    )


# ---------------------------------------------------------------- constructors


def spiked(n: int, kappa_CD: float, gain: float, start: str) -> Instance:
    """A random unit-diagonal quadratic with the spectrum ``spike``."""
    label = f"unit-diagonal quadratic, kappa_CD = {kappa_CD:g}, gain = {gain:g}, n = {n}"
    return started(quadratic.unit_diagonal(spike(n, kappa_CD, gain), label), start)


def spread(n: int, kappa: float, start: str) -> Instance:
    """A random unit-diagonal quadratic with a log-spaced spectrum of average 1."""
    eigenvalues = spectra.log_spaced(n, kappa)
    label = f"unit-diagonal quadratic, log-spaced, kappa = {kappa:g}, n = {n}"
    return started(quadratic.unit_diagonal(eigenvalues / eigenvalues.mean(), label), start)


def equicorrelated(n: int, c: float, start: str) -> Instance:
    """Sun and Ye's matrix (1 - c) I + c 11', whose gain tends to n as c tends to 1."""
    smallest = spectra.equicorrelation(n, c)[0]
    Q = smallest * np.eye(n) + c
    np.fill_diagonal(Q, 1.0)
    return started(quadratic.dense(Q, f"equicorrelation, c = {c:g}, n = {n}"), start)


def nearly_identity(n: int, size: float, start: str) -> Instance:
    """I plus a random symmetric matrix without diagonal, of spectral norm ``size``."""
    B = np.random.default_rng(n).standard_normal((n, n))
    B = B + B.T
    np.fill_diagonal(B, 0.0)
    Q = np.eye(n) + size * B / np.linalg.norm(B, 2)
    return started(quadratic.dense(Q, f"identity plus {size:g}, n = {n}"), start)


#: Starts of a flat design: the error of one mode of each distinct eigenvalue.
FLAT_STARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "equal gap": lambda eigenvalues: 1 / np.sqrt(eigenvalues),
    "slowest": lambda eigenvalues: (eigenvalues == eigenvalues.min()).astype(float),
}


def flat_design(n: int, kappa_CD: float, gain: float, start: str = "equal gap") -> Instance:
    """A flat unit-diagonal design with the spectrum ``spike``, by its eigenvalues alone: any n.

    mu and L are those of Q; as a sum of n components with unit rows its Hessian is Q / n.
    """
    eigenvalues, counts = np.unique(spike(n, kappa_CD, gain), return_counts=True)
    constants = spectral_constants(eigenvalues, n, 1.0)
    return Instance(
        label=f"flat design, kappa_CD = {kappa_CD:g}, gain = {gain:g}, n = {n}",
        problem=Flat(eigenvalues, counts / n, np.array(float(n))),
        constants={
            **constants,
            symbols.n: float(n),
            symbols.lambda_avg: 1.0,
            symbols.kappa_CD: kappa_CD,
            symbols.gain: gain,
        },
        start=Fixed(tuple(FLAT_STARTS[start](eigenvalues))),
        dimension=n,
        components=n,
        spectrum=eigenvalues,
    )


def flat_designs(
    n: int | Sequence[int], kappa_CD: Sequence[float], gain: Sequence[float], start: str = "equal gap"
) -> Family:
    """Flat designs, whose exact factors and expectations cost the same for any n.

    Args:
        start: "equal gap" (all modes, with random signs) or "slowest" (one mode).
    """
    sizes = [n] if isinstance(n, int) else list(n)
    return Family(
        flat_design,
        product(n=sizes, kappa_CD=kappa_CD, gain=gain, start=[start]),
        f"flat unit-diagonal designs, n = {span(sizes)}, kappa_CD = {span(kappa_CD)}, gain = {span(gain)}",
    )


def as_samples(build: Callable[..., Instance], **arguments: Any) -> Instance:
    """The least squares with A A' = Q for the unit-diagonal quadratic Q that ``build`` makes."""
    start = arguments["start"]
    of = build(**arguments)
    label = of.label.removesuffix(f", {start} start")
    return started(least_squares.square_root(of, f"{label}, as {of.dimension} samples"), start)


def copies(count: int) -> Instance:
    """One unknown, and the same equation ``count`` times."""
    return least_squares.least_squares(np.ones((count, 1)), f"{count} identical samples", start=Fixed((1.0,)))


# ---------------------------------------------------------------- families


def coordinates(
    n: int | Sequence[int], kappa_CD: Sequence[float], gain: Sequence[float], start: str = "equal gap"
) -> Family:
    """Random unit-diagonal quadratics with prescribed kappa_CD and gain.

    Args:
        start: "equal gap" (random signs, new for every seed) or "slowest" (one mode).
    """
    sizes = [n] if isinstance(n, int) else list(n)
    return Family(
        spiked,
        product(n=sizes, kappa_CD=kappa_CD, gain=gain, start=[start]),
        f"random unit-diagonal quadratics, n = {span(sizes)}, kappa_CD = {span(kappa_CD)}, "
        f"gain = {span(gain)}, {start} start",
    )


def spread_coordinates(n: int, kappa: Sequence[float], start: str = "equal gap") -> Family:
    """Random unit-diagonal quadratics with log-spaced spectra."""
    return Family(
        spread,
        product(n=[n], kappa=kappa, start=[start]),
        f"random unit-diagonal quadratics with log-spaced spectra, n = {n}, kappa = {span(kappa)}",
    )


def equicorrelations(n: int, c: Sequence[float], start: str = "equal gap") -> Family:
    """Equicorrelation matrices."""
    return Family(
        equicorrelated,
        product(n=[n], c=c, start=[start]),
        f"equicorrelation matrices, n = {n}, c = {span(c)}",
    )


def near_identity(n: int, size: Sequence[float], start: str = "equal gap") -> Family:
    """Matrices close to the identity."""
    return Family(
        nearly_identity,
        product(n=[n], size=size, start=[start]),
        f"unit-diagonal matrices at distance {span(size)} from the identity, n = {n}",
    )


def samples(family: Family) -> Family:
    """The unit-diagonal quadratics of a family as least squares with unit rows, A A' = Q."""
    grid = tuple({"build": family.build, **arguments} for arguments in family.grid)
    return Family(as_samples, grid, f"square least squares with unit rows, A A' = Q, of {family.text}")


def together(*families: Family) -> Family:
    """The instances of all of them."""
    grid = tuple({"build": f.build, "arguments": arguments} for f in families for arguments in f.grid)
    return Family(_call, grid, "; ".join(family.text for family in families))


def _call(build: Callable[..., Instance], arguments: dict[str, Any]) -> Instance:
    return build(**arguments)


def noisy_rows(count: int, size: int, noise: Sequence[float], seeds: int = 1) -> Family:
    """Gaussian rows scaled to norm 1, with residuals of root mean square ``noise``; 0 is interpolation."""
    return Family(
        _noisy,
        product(count=[count], size=[size], noise=noise, seed=range(seeds)),
        f"{count} unit Gaussian rows in {size} unknowns, residual {span(noise)}",
    )


def _noisy(count: int, size: int, noise: float, seed: int) -> Instance:
    label = f"{count} x {size} Gaussian rows, residual {noise:g}, table {seed}"
    return least_squares.gaussian_rows(count, size, noise, label, seed)


def identical(count: Sequence[int]) -> Family:
    """Copies of one sample."""
    return Family(copies, product(count=count), f"{span(count)} copies of one sample")


def tables(view: Callable[[str], Instance], names: Sequence[str] = least_squares.TABLES) -> Family:
    """Tables of scikit-learn, seen as ``standardised_columns`` or ``unit_rows`` of ``least_squares``."""
    seen = view.__name__.replace("_", " ")
    return Family(view, product(name=names), f"{', '.join(names)} of scikit-learn, {seen}")


# ---------------------------------------------------------------- premises

#: Rounding that a unit row or diagonal may carry: it is a sum of n squares.
UNIT = 1e-12


def is_flat(instance: Instance) -> bool:
    """A flat design has a unit diagonal, and unit rows that agree at the solution, by construction."""
    return isinstance(instance.problem, Flat)


def has_unit_diagonal(method: Any, instance: Instance) -> bool:
    if is_flat(instance):
        return True
    matrix = getattr(instance.problem, "Q", None)
    return matrix is not None and bool(np.abs(np.diagonal(matrix) - 1).max() <= UNIT)


def has_unit_rows(method: Any, instance: Instance) -> bool:
    if is_flat(instance):
        return True
    rows = getattr(instance.problem, "rows", None)
    return rows is not None and bool(np.abs((rows**2).sum(1) - 1).max() <= UNIT)


def has_square_unit_rows(method: Any, instance: Instance) -> bool:
    return has_unit_rows(method, instance) and instance.components == instance.dimension


def interpolates(method: Any, instance: Instance) -> bool:
    if is_flat(instance):
        return True
    residual = getattr(instance.problem, "residual", None)
    return residual is not None and not residual.any()


UNIT_DIAGONAL = Premise("the Hessian has a unit diagonal", has_unit_diagonal)
UNIT_ROWS = Premise("every row has norm 1", has_unit_rows)
SQUARE_UNIT_ROWS = Premise("there are as many rows as unknowns, each of norm 1", has_square_unit_rows)
INTERPOLATION = Premise("every component is stationary at the solution (no residual)", interpolates)
