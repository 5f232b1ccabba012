"""What a target reports against what is true: residuals, success, and the step on a single sample."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from checks.audit.problems import Enough, Oracle, Problem, rotated, weighted
from checks.audit.targets import Adapter, LinearSolver, RidgeSolver, ScipyMinimize, point
from solvers.constants import L
from solvers.problems import spectra
from solvers.problems.instance import spectral_constants

#: The tolerance that linear solvers are asked for, and the largest condition number at which they are.
TOLERANCE, HARDEST = 1e-5, 1e8


@dataclass
class Honesty:
    """Reported against true.

    Attributes:
        lines: sentences; faults: those that report what is not so.
        rows: one comparison each: what, reported, true, whether the report is right.
    """

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))

    def add(self, what: str, reported: float, true: float, slack: float = 0.0, more: str = "") -> None:
        right = bool(true <= reported + slack)
        self.rows.append({"what": what, "reported": reported, "true": true, "right": right})
        if right:
            self.lines.append(f"{what}: reported at most {reported:.3g}, and is {true:.3g}")
        else:
            text = f"{what}: reports convergence to {reported:.3g} and has {true:.3g}{more}"
            self.lines.append(text)
            self.faults.append(text)


def diagonal(n: int, kappa: float) -> Problem:
    """Log-spaced eigenvalues on the diagonal, and a standard normal right-hand side."""
    eigenvalues = spectra.log_spaced(n, kappa)
    right = np.random.default_rng(n).standard_normal(n)
    return Problem(
        f"a diagonal of size {n}, kappa = {kappa:g}", np.diag(eigenvalues), right / eigenvalues,
        spectral_constants(eigenvalues),
    )  # fmt: skip


def honesty(found: Adapter, deadline: float) -> Honesty:
    """Compare the target's own report with the truth; nothing where it reports nothing."""
    told = Honesty()
    if isinstance(found, LinearSolver):
        _linear(found, told, deadline)
    elif isinstance(found, ScipyMinimize):
        _minimize(found, told, deadline)
    elif isinstance(found, RidgeSolver) and found.solver in ("sag", "saga"):
        single_sample(found, told)
    return told


def residual(problem: Problem, right: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """|b - A x|/|b| in double precision, and what rounding may have added to it."""
    x = np.asarray(x, dtype=float)
    true = float(np.linalg.norm(right - problem.matrix @ x) / np.linalg.norm(right))
    nonzeros = int((problem.matrix != 0).sum(1).max())
    size = float(problem.constants[L]) * float(np.linalg.norm(x)) / float(np.linalg.norm(right))
    return true, (nonzeros + 2) * 2.0**-53 * (size + 1)


def _linear(found: LinearSolver, told: Honesty, deadline: float) -> None:
    cases = [
        (rotated(spectra.log_spaced(60, 1e4), "kappa = 10000"), float),
        (diagonal(200, HARDEST), np.float32),
    ]
    for problem, dtype in cases:
        exact = problem.matrix.astype(dtype).astype(float)
        held = Problem(problem.label, exact, problem.solution, problem.constants)
        oracle = Oracle(held, 4e4, deadline)
        named = {"maxiter": 4 * 10**4} if "restart" not in _accepted(found) else {}
        what = f"the residual |b - A x|/|b| on {problem.label}, {np.dtype(dtype).name}"
        try:
            answer = found.solve(oracle, TOLERANCE, dtype, **named)
        except Enough as reason:
            told.lines.append(f"{what}: no answer ({reason}) after {oracle.epochs:.4g} products")
            continue
        x, status = answer[:2] if isinstance(answer, tuple) else (answer, 0)
        x = point(found.name, x, problem.size, "the solution")
        right = (exact @ problem.solution).astype(dtype).astype(float)
        true, slack = residual(held, right, x)
        if status == 0:
            scale = float(held.constants[L]) * float(np.linalg.norm(x)) / float(np.linalg.norm(right))
            told.add(what, TOLERANCE, true, slack, f" (over |A||x| it is {true / scale:.3g})")
        else:
            told.lines.append(f"{what}: says that it did not converge, and has {true:.3g}")


def _accepted(found: LinearSolver) -> Any:
    import inspect

    return inspect.signature(found.found).parameters


def _minimize(found: ScipyMinimize, told: Honesty, deadline: float) -> None:
    problem = rotated(spectra.log_spaced(30, 1e3), "kappa = 1000")
    oracle = Oracle(problem, 1e5, deadline)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = found.minimize(oracle, None, {})
    except Enough as reason:
        told.lines.append(f"with its own tolerances: no answer ({reason})")
        return
    true = float(np.abs(problem.matrix @ (result.x - problem.solution)).max())
    error = float(np.linalg.norm(result.x - problem.solution) / np.linalg.norm(problem.solution))
    if result.success:
        reported = float(np.abs(result.jac).max())
        told.add("the largest partial derivative on kappa = 1000", reported * (1 + 1e-6), true, 1e-12)
    told.lines.append(
        f"with its own tolerances it says {'success' if result.success else 'no success'} after "
        f"{oracle.epochs:g} epochs (of which it reports {result.nit} iterations), at {error:.2g} of the error"
    )


def single_sample(found: RidgeSolver, told: Honesty) -> None:
    """The step on one sample, a, of weight 1 and 50: the first pass goes from 0 to step w b a."""
    steps = []
    for weight in (1.0, 50.0):
        problem = weighted(np.array([[2.0]]), np.array([weight]), np.array([0.5]), "one sample")
        moved = float(np.ravel(found.fit(problem, 1, 0.0).coef_)[0])
        steps.append(moved / (weight * 2.0))
    lengths = [s * w * 4.0 for s, w in zip(steps, (1.0, 50.0), strict=True)]
    limit = {"sag": 1 / 16, "saga": 1 / 3}[found.solver]
    told.rows.append(
        {"what": "step times L_max on one sample", "weight 1": lengths[0], "weight 50": lengths[1]}
    )
    beyond = "longer than" if lengths[0] > limit * (1 + 1e-6) else "within"
    text = (
        f"its step is {lengths[0]:.4g}/L_max on one sample of weight 1, {beyond} "
        f"the theorem's {limit:.4g}/L_max"
    )
    told.lines.append(text)
    if abs(lengths[1] / lengths[0] - 1) > 1e-6:
        fault = f"its step ignores the sample's weight: with weight 50 it is {lengths[1]:.4g}/L_max" + (
            ", beyond 2/L_max, where one sample alone diverges" if lengths[1] > 2 else ""
        )
        told.lines.append(fault)
        told.faults.append(fault)
    elif lengths[1] > 2:
        told.faults.append(text)
