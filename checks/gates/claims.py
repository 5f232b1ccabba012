"""True methods on small instances: what the gates are tried on."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from checks.gates.solver import Claim, Solver
from solvers import (
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    AcceleratedKaczmarz,
    AverageSVRG,
    CatalystCoordinateDescent,
    CatalystSVRG,
    DelayedCoordinateDescent,
    DelayedSGD,
    DiminishingSGD,
    Kaczmarz,
    Katyusha,
    LooplessKatyusha,
    LooplessSVRG,
    MaSS,
    MiniBatchSGD,
    MomentumSGD,
    NesterovCoordinateDescent,
    NesterovSGD,
    ParallelCoordinateDescent,
    PermutedCoordinateDescent,
    RandomizedCoordinateDescent,
    RandomSVRG,
    StoredSVRG,
    WeightedCoordinateDescent,
)
from solvers.constants import L_max, N
from solvers.problems.instance import Instance
from solvers.problems.least_squares import gaussian_rows, least_squares, square_root
from solvers.problems.quadratic import dense, unit_diagonal
from solvers.problems.sampled_families import spike


def unequal(square: Instance, label: str) -> Instance:
    """The same equations, the last with twice the norm of the first."""
    rows = square.problem.rows
    return least_squares(rows * np.linspace(1, 2, len(rows))[:, None], label)


def claims(size: int, kappa_CD: float, gain: float, seed: int) -> dict[str, Claim]:
    """One of each kind of method, with candidate times for the gate on expectations, in steps."""
    quadratic = unit_diagonal(spike(size, kappa_CD, gain), f"gates, n = {size}", seed=seed)
    square = square_root(quadratic)
    few = gaussian_rows(8, 4, 0.3, "gates, 8 rows with residuals")
    rows = unequal(square, f"gates, rows of different norms, n = {size}")

    def times(*epochs: float) -> tuple[int, ...]:
        return tuple(round(size * t) for t in epochs)

    return {
        "CD": Claim(RandomizedCoordinateDescent(), quadratic, times(0.25, 0.5, 1, 2, 5)),
        "SGD": Claim(SGD(step=1 / L_max), square, times(0.5, 1, 2, 5)),
        "SAGA": Claim(SAGA(), square, times(1, 2, 3, 4)),
        "SVRG": Claim(SVRG(inner=N), square, times(1, 3, 5)),
        "L-SVRG": Claim(LooplessSVRG(), square, times(1, 3, 5)),
        "SAG": Claim(SAG(step=1 / (4 * L_max)), square, times(1, 2, 4)),
        "Mini-batch SGD": Claim(MiniBatchSGD(), few, (4, 8, 16)),
        "Kaczmarz": Claim(Kaczmarz(), rows, times(0.5, 1, 2)),
        "Momentum SGD": Claim(MomentumSGD(), square, times(0.5, 1, 2)),
        "Accelerated CD": Claim(AcceleratedCoordinateDescent(), quadratic, times(0.5, 1, 2)),
    }


#: What broken solvers claim to be.
CLAIMS = claims(16, 5.0, 4.0, seed=2)
#: What false alarms are counted on.
SMALL = claims(8, 4.0, 3.0, seed=1)

# ---------------------------------------------------------------- expectations

#: Candidate times: of methods whose errors soon vary too much, of those with a slower start, and in rounds.
EARLY, LATER, ROUNDS = (1, 2, 3, 4, 6, 9), (2, 3, 5, 8, 12), (1, 2, 3)


def scored() -> list[Claim]:
    """Every sampled method that has exact expectations, on few unknowns."""
    eight = unit_diagonal(spike(8, 4.0, 3.0), "scores, n = 8", seed=3)
    square = square_root(eight)
    scaled = dense(np.array([[2.0, 0.6, 0.0], [0.6, 1.0, 0.4], [0.0, 0.4, 0.5]]), "scores, diagonal not 1")
    noisy = gaussian_rows(10, 4, 0.3, "scores, 10 rows with residuals")
    rows = unequal(square, "scores, rows of different norms")
    half, third = sp.Rational(1, 2), 1 / (3 * L_max)
    coordinates = [
        (RandomizedCoordinateDescent(relaxation=sp.Rational(9, 10)), [eight, scaled]),
        (RandomizedCoordinateDescent(), [eight, scaled]),
        (RandomizedCoordinateDescent(relaxation=3 * half), [eight, scaled]),
        (WeightedCoordinateDescent(), [scaled]),
        (WeightedCoordinateDescent(power=half), [scaled]),
        (AcceleratedCoordinateDescent(), [eight]),
        (NesterovCoordinateDescent(), [eight]),
        (PermutedCoordinateDescent(relaxation=half), [scaled]),
        (ParallelCoordinateDescent(), [eight]),
        (DelayedCoordinateDescent(relaxation=half), [eight, scaled]),
    ]
    early = [
        (SGD(), [square, noisy, rows]),
        (SGD(step=half / L_max), [square, noisy, rows]),
        (DiminishingSGD(), [square, noisy]),
        (MiniBatchSGD(), [square, noisy]),
        (MiniBatchSGD(batch=sp.Integer(3)), [square, noisy]),
        (MiniBatchSGD(replacement=sp.Integer(1)), [square, noisy]),
        (Kaczmarz(), [rows, noisy]),
        (Kaczmarz(relaxation=half), [rows, noisy]),
        (AcceleratedKaczmarz(), [rows]),
        (MomentumSGD(), [square, noisy]),
        (NesterovSGD(), [square, noisy]),
        (MaSS(), [square, noisy]),
        (DelayedSGD(), [square, noisy]),
    ]
    later = [
        (SAGA(), [square, noisy, rows]),
        (SAG(step=1 / (4 * L_max)), [square, noisy]),
        (SAG(), [square, noisy]),
        (LooplessSVRG(), [square, noisy]),
        (LooplessSVRG(step=third, chance=half / 2), [square, noisy]),
        (LooplessKatyusha(), [square, noisy]),
    ]
    rounds = [
        (SVRG(inner=sp.Integer(4)), [square, noisy]),
        (SVRG(step=half / L_max, inner=N), [square, noisy]),
        (StoredSVRG(inner=sp.Integer(4)), [square, noisy]),
        (RandomSVRG(step=third, inner=sp.Integer(4)), [square, noisy]),
        (AverageSVRG(step=third, inner=sp.Integer(4)), [square, noisy]),
        (Katyusha(inner=N), [square, noisy]),
        (CatalystCoordinateDescent(passes=sp.Integer(1)), [eight]),
        (CatalystSVRG(inner=sp.Integer(4)), [square, noisy]),
    ]
    in_steps = [(coordinates, EARLY), (early, EARLY), (later, LATER)]
    return [
        *(Claim(m, i, times) for table, times in in_steps for m, on in table for i in on),
        *(Claim(m, i, multiples(m, i)) for m, on in rounds for i in on),
    ]


def multiples(method: Any, instance: Instance) -> tuple[int, ...]:
    """The first ends of rounds, in steps."""
    return tuple(k * Solver(method).steps(instance) for k in ROUNDS)
