"""The methods, and the problems they run on. This package knows no theorem.

Public names::

    from solvers import GradientDescent, run
    from solvers.problems.quadratic import dense
"""

import os

# Two BLAS threads beside any other job are slower than one by an order of magnitude, and the suite
# is parallel by process. The variables are read when numpy, numba or torch load, so they come first.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from solvers import methods  # noqa: E402
from solvers.methods import *  # noqa: E402, F403
from solvers.run import run  # noqa: E402
from solvers.trajectories import Outcome, Trajectories  # noqa: E402

__all__ = ["Outcome", "Trajectories", "run", *methods.__all__]
