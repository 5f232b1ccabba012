"""The constants of a problem, as symbols, so that a step size is written once, as mathematics.

Every problem gives each of these symbols a number (see ``solvers.problems.instance``); an expression
in them is evaluated on the host, once a run.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

mu, L, L_max, L_min = sp.symbols("mu L L_max L_min", positive=True)
kappa, kappa_CD, gain = sp.symbols("kappa kappa_CD gain", positive=True)
lambda_avg = sp.Symbol("lambda_avg", positive=True)
sigma = sp.Symbol("sigma", nonnegative=True)
n, N = sp.symbols("n N", positive=True, integer=True)
lam = sp.Symbol("lambda", positive=True)
mu_local, L_local = sp.symbols("mu_local L_local", positive=True)
kappa_local, kappa_CD_local, kappa_target = sp.symbols("kappa_local kappa_CD_local kappa_Phi", positive=True)
depth = sp.Symbol("D", positive=True, integer=True)
horizon = sp.Symbol("T", positive=True, integer=True)

#: What each constant means on a problem with Hessian H (sum over N components, n unknowns).
DEFINITIONS = {
    mu: "smallest non-zero eigenvalue of the Hessian; strong convexity",
    L: "largest eigenvalue of the Hessian; Lipschitz constant of the gradient",
    L_max: "largest Lipschitz constant of one component's gradient",
    L_min: "smallest Lipschitz constant of one component's gradient, or of one partial derivative",
    kappa: "L / mu, the condition number",
    kappa_CD: "lambda_avg / mu, the condition number that coordinate descent sees",
    gain: "L / lambda_avg, the survey's improvement ratio, in [1, n]",
    sigma: "root mean square of the components' gradients at the solution; 0 under interpolation",
    lambda_avg: "average eigenvalue, trace / n",
    n: "number of unknowns",
    N: "number of components of the sum (N = n for a quadratic whose coordinates are drawn)",
    lam: "an eigenvalue of the Hessian",
    mu_local: "smallest non-zero eigenvalue of the Hessian at a balanced solution",
    L_local: "largest eigenvalue of the Hessian at a balanced solution",
    kappa_local: "L_local / mu_local, the condition number that a deep net has near its solution",
    kappa_CD_local: "trace of the Hessian there / (n mu_local), what coordinate descent sees near it",
    kappa_target: "condition number of the linear map that a deep net is to learn",
    depth: "number of layers of a deep net",
    horizon: "the epoch for which a worst case was chosen, where it depends on the epoch",
}


def evaluate(expression: Any, values: Mapping[sp.Symbol, Any], owner: str) -> Any:
    """The number (or column of numbers) that ``expression`` has where its symbols have ``values``.

    ``owner`` names the object that holds the expression, for the error.

    Raises:
        ValueError: a symbol of the expression has no value.
    """
    expression = sp.sympify(expression)
    known = list(values)
    unknown = sorted(str(s) for s in expression.free_symbols if s not in values)
    if unknown:
        raise ValueError(
            f"{owner} uses {', '.join(unknown)}, which its problem does not define; "
            f"the constants there are {', '.join(sorted(map(str, known)))}"
        )
    symbols = tuple(sorted(expression.free_symbols, key=str))
    numbers = [np.asarray(values[s], float) for s in symbols]
    with np.errstate(all="ignore"):  # 1/0 is an infinity, which the caller refuses with its own words
        return np.asarray(compile_expression(symbols, expression)(*numbers), float)


@functools.cache
def compile_expression(symbols: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[..., Any]:
    """A numpy function of the symbols; compiled once, since sympy takes a millisecond for it."""
    return sp.lambdify(symbols, expression, "numpy")
