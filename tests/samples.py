"""Small problems and every method, as several test files use them."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from solvers import (
    BFGS,
    ITEM,
    LBFGS,
    SAG,
    SAGA,
    SGD,
    SVRG,
    SVRGBB,
    AcceleratedCoordinateDescent,
    AcceleratedKaczmarz,
    AdaGrad,
    AdaGradNorm,
    Adam,
    AMSGrad,
    AverageSVRG,
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    CatalystCoordinateDescent,
    CatalystSVRG,
    Chebyshev,
    CoinBetting,
    ConjugateGradient,
    DelayedCoordinateDescent,
    DelayedGradientDescent,
    DelayedSGD,
    DiminishingSGD,
    ExactLineSearch,
    FastGradient,
    FixedRestart,
    FletcherReeves,
    FunctionRestart,
    GaussSeidel,
    GradientDescent,
    GradientRestart,
    HeavyBall,
    Jacobi,
    JacobiConjugateGradient,
    Kaczmarz,
    Katyusha,
    LooplessKatyusha,
    LooplessSVRG,
    MaSS,
    MiniBatchSGD,
    MinimalGradient,
    MomentumSGD,
    Nesterov,
    NesterovConvex,
    NesterovCoordinateDescent,
    NesterovSGD,
    OnlineAdam,
    OnlineAMSGrad,
    OptimizedGradient,
    ParallelCoordinateDescent,
    PermutedCoordinateDescent,
    PolakRibiere,
    PolyakStep,
    RandomizedCoordinateDescent,
    RandomSVRG,
    RMSProp,
    StoredSVRG,
    TripleMomentum,
    WeightedCoordinateDescent,
)
from solvers import method as protocol
from solvers.constants import L, mu
from solvers.problems import spectra
from solvers.problems.convex import huber, lessard_recht_packard
from solvers.problems.instance import Instance, with_run_axis
from solvers.problems.least_squares import gaussian_rows
from solvers.problems.quadratic import dense, spectrum_of

#: Unit roundoff of double precision.
U = 2.0**-53

SPECTRUM = spectrum_of(spectra.log_spaced(5, 20.0), "five modes")
MATRIX = dense(spectra.tridiagonal(5, 20.0), "tridiagonal matrix")
CONSISTENT = gaussian_rows(12, 4, 0.0, "twelve consistent equations")
NOISY = gaussian_rows(12, 4, 0.3, "twelve equations with a residual")
HUBER = huber(0.2, smoothness=2.0)
PIECEWISE = lessard_recht_packard(3.3)
INSTANCES = (SPECTRUM, MATRIX, CONSISTENT, NOISY, HUBER, PIECEWISE)

#: Every method, with hyper-parameters that exist on every problem that it runs on. No step is 1/L, which
#: would end a run in one variable exactly, and leave nothing but rounding to compare.
METHODS: tuple[Any, ...] = (
    GradientDescent(step=3 / (4 * L)),
    HeavyBall(step=3 / (4 * L), momentum=0.25),
    Nesterov(step=3 / (4 * L), momentum=0.5),
    NesterovConvex(step=3 / (4 * L)),
    FastGradient(step=3 / (4 * L)),
    Chebyshev(step=3 / (4 * L), radius=0.5),
    OptimizedGradient(step=3 / (4 * L), horizon=30),
    TripleMomentum(step=3 / (4 * L), factor=0.75),
    ITEM(step=3 / (4 * L), ratio=0.1),
    ConjugateGradient(),
    ExactLineSearch(relaxation=0.75),
    MinimalGradient(),
    PolyakStep(),
    FixedRestart(step=3 / (4 * L), interval=7),
    FunctionRestart(step=3 / (4 * L)),
    GradientRestart(step=3 / (4 * L)),
    FletcherReeves(),
    PolakRibiere(),
    JacobiConjugateGradient(),
    BarzilaiBorwein1(),
    BarzilaiBorwein2(),
    RandomizedCoordinateDescent(),
    WeightedCoordinateDescent(power=0.5),
    AcceleratedCoordinateDescent(),
    SGD(),
    DiminishingSGD(),
    MomentumSGD(),
    SAG(),
    SAGA(),
    SVRG(),
    StoredSVRG(),
    RandomSVRG(),
    AverageSVRG(),
    SVRGBB(),
    LooplessSVRG(),
    Katyusha(),
    LooplessKatyusha(),
    MiniBatchSGD(),
    MiniBatchSGD(batch=3, replacement=1),
    Kaczmarz(relaxation=0.9),
    NesterovSGD(),
    MaSS(),
    NesterovCoordinateDescent(convexity=mu / L),
    AcceleratedKaczmarz(),
    CatalystCoordinateDescent(),
    CatalystSVRG(),
    Jacobi(relaxation=0.9),
    GaussSeidel(relaxation=1.2),
    PermutedCoordinateDescent(),
    ParallelCoordinateDescent(step=0.6, batch=3),
    DelayedGradientDescent(step=3 / (8 * L), delay=2),
    DelayedSGD(delay=2),
    DelayedCoordinateDescent(relaxation=0.5, delay=2),
    BFGS(),
    LBFGS(memory=3),
    Adam(step=0.05),
    AMSGrad(step=0.05),
    AdaGrad(step=0.5),
    AdaGradNorm(step=0.5),
    RMSProp(step=0.05),
    OnlineAdam(),
    OnlineAMSGrad(),
    CoinBetting(bound=100 * L),
)
#: Rounding separates two runs of these methods within a few dozen steps.
CHAOTIC = (
    ConjugateGradient,
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    BFGS,
    LBFGS,
    ExactLineSearch,
    MinimalGradient,
    PolyakStep,
    FunctionRestart,
    GradientRestart,
    FletcherReeves,
    PolakRibiere,
    JacobiConjugateGradient,
)


def runs_on(method: Any, instance: Instance) -> bool:
    try:
        protocol.require(method, instance)
    except TypeError:
        return False
    return True


PAIRS = [(m, i) for m in METHODS for i in INSTANCES if runs_on(m, i)]


def pair_name(value: Any) -> str:
    return value.label.replace(" ", "-") if isinstance(value, Instance) else type(value).__name__


def column_method(method: Any, instance: Instance) -> Any:
    """The method with numbers of shape (1, 1)."""
    return protocol.columns(protocol.evaluate(method, instance))


def started(method: Any, instance: Instance, seed: int = 0) -> tuple[Any, Any, Any]:
    """(method, problem, state) of one run in the batch reading."""
    columns, problem = column_method(method, instance), with_run_axis(instance.problem)
    return columns, problem, columns.start(problem, instance.start(seed)[None].copy())


def advance(columns: Any, problem: Any, state: Any, draws: Any, coins: Any = ()) -> None:
    """One round of the batch reading with these indices, and with these coins where some come by chance."""
    protocol.outer(columns, problem, state)
    for k, i in enumerate(draws):
        if len(coins) and coins[k]:
            protocol.by_chance(columns, problem, state)
        protocol.update(columns, problem, state, (np.zeros(1, int), np.array([i])))
    protocol.refresh(columns, problem, state)


def hadamard_design(n, small, large):
    """A unit-diagonal Q with eigenvalue ``small`` once, ``large`` once, and the rest equal."""
    rest = (n - small - large) / (n - 2)
    spectrum = np.r_[small, large, np.full(n - 2, rest)]
    H = scipy.linalg.hadamard(n)
    return dense((H * spectrum) @ H.T / n, f"Hadamard {n}")
