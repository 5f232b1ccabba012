"""The symbols of a statement, beside the constants of a problem in ``solvers.constants``."""

import sympy as sp

from solvers.constants import (
    L,
    L_local,
    L_max,
    L_min,
    N,
    depth,
    gain,
    horizon,
    kappa,
    kappa_CD,
    kappa_CD_local,
    kappa_local,
    kappa_target,
    lam,
    lambda_avg,
    mu,
    mu_local,
    n,
    sigma,
)

#: Epochs since the start.
t = sp.Symbol("t", nonnegative=True)
#: Number of distinct eigenvalues of the Hessian.
m = sp.Symbol("m", positive=True, integer=True)
#: Accuracy, relative to the initial error.
epsilon = sp.Symbol("epsilon", positive=True)
#: The errors that are measured: |x_t - x*| and f(x_t) - f*.
distance, gap = sp.symbols("distance gap", positive=True)
#: Their values at the start.
R, Delta = sp.symbols("R Delta", positive=True)

#: The classical contraction factor of an accelerated method on a quadratic, and 1/sqrt(kappa).
rho = (sp.sqrt(kappa) - 1) / (sp.sqrt(kappa) + 1)
q = 1 / sp.sqrt(kappa)

__all__ = [
    "Delta", "L", "L_local", "L_max", "L_min", "N", "R", "depth", "distance", "epsilon", "gain", "gap",
    "horizon", "kappa", "kappa_CD", "kappa_CD_local", "kappa_local", "kappa_target", "lam", "lambda_avg",
    "m", "mu", "mu_local", "n", "q", "rho", "sigma", "t",
]  # fmt: skip
