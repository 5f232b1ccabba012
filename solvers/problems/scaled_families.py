"""Families where samples or coordinates differ in scale, or where all directions are alike.

Rows of different norms, quadratics with a prescribed range of curvatures, two blocks of coordinates,
tight frames, whose Hessian is a multiple of the identity, and flat designs with two eigenvalues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from solvers.constants import L_min
from solvers.constants import n as unknowns
from solvers.flat import Flat
from solvers.problems import least_squares, quadratic
from solvers.problems.families import Family, product, span
from solvers.problems.instance import Instance, spectral_constants
from solvers.problems.sampled_families import spike, started


def with_smallest(instance: Instance, smallest: float) -> Instance:
    """The instance with a value for ``L_min``."""
    return replace(instance, constants={**instance.constants, L_min: float(smallest)})


# ---------------------------------------------------------------- constructors


def rows_of_norms(count: int, size: int, spread: float, seed: int, start: str) -> Instance:
    """Consistent Gaussian equations whose rows' norms form a geometric progression from 1/spread to 1."""
    rows = np.random.default_rng([seed, count, size]).standard_normal((count, size))
    rows *= (np.geomspace(1 / spread, 1, count) / np.linalg.norm(rows, axis=1))[:, None]
    label = f"{count} x {size} Gaussian rows, norms {1 / spread:g} ... 1, table {seed}"
    instance = least_squares.least_squares(rows, label)
    return with_smallest(started(instance, start), spread**-2)


def curvatures(n: int, kappa_CD: float, gain: float, spread: float, start: str) -> Instance:
    """D^(1/2) C D^(1/2) with a random correlation matrix C of the spectrum ``spike`` and curvatures D from
    1 to spread, in geometric progression."""
    C = quadratic.unit_diagonal(spike(n, kappa_CD, gain), "correlation").problem.Q
    D = np.geomspace(1, spread, n)
    label = (
        f"curvatures 1 ... {spread:g}, correlations with kappa_CD = {kappa_CD:g}, gain = {gain:g}, n = {n}"
    )
    return with_smallest(started(quadratic.dense(C * np.sqrt(np.outer(D, D)), label), start), 1.0)


def blocks(n: int, heavy: float, light: float, scale: float) -> Instance:
    """Half of the coordinates with curvature 1 and correlations ``light``, the other half with curvature
    ``scale`` and correlations ``heavy``."""
    half = n // 2
    one, other = (np.full((half, half), c) + (1 - c) * np.eye(half) for c in (light, heavy))
    zero = np.zeros((half, half))
    label = f"two blocks, correlations {light:g} and {heavy:g} with {scale:g} times the curvature, n = {n}"
    return with_smallest(quadratic.dense(np.block([[one, zero], [zero, scale * other]]), label), 1.0)


def harmonic_frame(count: int, size: int, noise: float) -> Instance:
    """Unit rows (cos, sin) of size/2 frequencies: A'A = (count/size) I, so that the Hessian is I/size. The
    residual is a random one of root mean square ``noise``.

    Raises:
        ValueError: size is odd, or not below count.
    """
    if size % 2 or size >= count:
        raise ValueError(f"a harmonic frame has an even size below its count, not {size} and {count}")
    angles = 2 * np.pi * np.outer(np.arange(count), np.arange(1, size // 2 + 1)) / count
    rows = np.hstack([np.cos(angles), np.sin(angles)]) * np.sqrt(2 / size)
    r = np.random.default_rng([count, size]).standard_normal(count)
    r -= rows @ (rows.T @ r) * size / count
    r *= noise / np.sqrt((r**2).mean())
    label = f"tight frame of {count} rows in {size} unknowns, residual {noise:g}"
    return least_squares.least_squares(rows, label, r)


def levels(n: int, low: float) -> Instance:
    """A flat design of n unknowns, one half of whose eigenvalues are ``low`` and the other 2 - low; mu and L
    are those of Q."""
    eigenvalues = np.array([low, 2 - low])
    return Instance(
        label=f"flat design, eigenvalues {low:g} and {2 - low:g}, n = {n}",
        problem=Flat(eigenvalues, np.full(2, 0.5), np.array(float(n))),
        constants=spectral_constants(eigenvalues, n, 1.0) | {unknowns: float(n)},
        start=quadratic.Fixed((1.0, 1.0)),
        dimension=n,
        components=n,
        spectrum=eigenvalues,
    )


# ---------------------------------------------------------------- families


def scaled_rows(
    count: int, size: int, spread: Sequence[float], seeds: int = 1, start: str = "equal gap"
) -> Family:
    """Consistent equations whose rows differ in norm by the factor ``spread``."""
    return Family(
        rows_of_norms,
        product(count=[count], size=[size], spread=spread, seed=range(seeds), start=[start]),
        f"{count} consistent Gaussian equations in {size} unknowns, rows' norms in a range of {span(spread)}",
    )


def scaled_coordinates(
    n: int,
    kappa_CD: Sequence[float],
    gain: Sequence[float],
    spread: Sequence[float],
    start: str = "equal gap",
) -> Family:
    """Quadratics whose curvatures along the coordinates differ by the factor ``spread``."""
    return Family(
        curvatures,
        product(n=[n], kappa_CD=kappa_CD, gain=gain, spread=spread, start=[start]),
        f"quadratics with curvatures in a range of {span(spread)}, correlations with kappa_CD = "
        f"{span(kappa_CD)} and gain = {span(gain)}, n = {n}",
    )


def two_blocks(n: int, heavy: Sequence[float], light: Sequence[float], scale: Sequence[float]) -> Family:
    """Two blocks of coordinates that do not interact."""
    return Family(
        blocks,
        product(n=[n], heavy=heavy, light=light, scale=scale),
        f"two blocks of n = {n} coordinates, correlations {span(light)} at curvature 1 and {span(heavy)} at "
        f"{span(scale)}",
    )


def tight_frames(count: int, size: int, noise: Sequence[float]) -> Family:
    """Harmonic frames with residuals of root mean square ``noise``; 0 is interpolation."""
    return Family(
        harmonic_frame,
        product(count=[count], size=[size], noise=noise),
        f"tight frame of {count} rows in {size} unknowns, residual {span(noise)}",
    )


def two_levels(n: int, low: Sequence[float]) -> Family:
    """Flat designs whose eigenvalues are ``low`` and 2 - low, half and half."""
    return Family(
        levels, product(n=[n], low=low), f"flat designs, eigenvalues {span(low)} and the rest, n = {n}"
    )
