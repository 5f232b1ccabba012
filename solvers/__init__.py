"""The methods, and the problems they run on. This package knows no theorem.

Public names::

    from solvers import GradientDescent, run
    from solvers.problems.quadratic import quadratic
"""

import os

# Two BLAS threads beside any other job are slower than one by an order of magnitude, and the suite
# is parallel by process. The variables are read when numpy, numba or torch load, so they come first.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from solvers.methods import (  # noqa: E402
    SAG,
    SAGA,
    SGD,
    SVRG,
    AcceleratedCoordinateDescent,
    BarzilaiBorwein1,
    BarzilaiBorwein2,
    ConjugateGradient,
    DiminishingSGD,
    GradientDescent,
    HeavyBall,
    MomentumSGD,
    Nesterov,
    NesterovConvex,
    RandomizedCoordinateDescent,
)
from solvers.run import run  # noqa: E402
from solvers.trajectories import Outcome, Trajectories  # noqa: E402

__all__ = [
    "SAG",
    "SAGA",
    "SGD",
    "SVRG",
    "AcceleratedCoordinateDescent",
    "BarzilaiBorwein1",
    "BarzilaiBorwein2",
    "ConjugateGradient",
    "DiminishingSGD",
    "GradientDescent",
    "HeavyBall",
    "MomentumSGD",
    "Nesterov",
    "NesterovConvex",
    "Outcome",
    "RandomizedCoordinateDescent",
    "Trajectories",
    "run",
]
