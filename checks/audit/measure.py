"""How the work of a target scales: runs on ladders of problems, and exponents with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from checks.audit.problems import ACCURACY, Path, Problem, design, designs, further, ladder, sizes
from checks.audit.targets import Adapter, RidgeSolver, follow
from checks.kinds.complexity import LOG_MARGIN, MARGIN
from checks.statistics import epochs_per_nat, fit_exponents, pooled_power, power_of_log, upper_half
from solvers.constants import gain, kappa, kappa_CD, n

#: Epochs are counted between these accuracies of |x - x*|, relative to the start.
BETWEEN = (1e-3, ACCURACY)
#: An exponent is settled where its interval is at most so wide, as a claim has to be met by ``MARGIN``.
SETTLED = MARGIN["standard"]
#: Epochs allowed on a problem: gradient descent with half its step needs about 50 kappa to ``ACCURACY``.
BUDGET_PER_KAPPA, BUDGET = 60.0, 500.0
#: Where a run stalls with |x*| = 1, the solution is put so far away, beyond absolute thresholds.
FAR = 1e6
#: A ladder of more problems where the cost is noisy, and is at most so many epochs per factor e.
FINE, QUICK = {"count": 16, "low": 20.0, "high": 1280.0}, 60.0

#: What is said of a run that did not reach the accuracy.
OUTCOMES = {
    "budget": "did not reach 1e-10 of the initial error within {epochs:.4g} epochs on {problem}; "
    "the smallest error was {best:.2g}",
    "time": "was still running on {problem} when the time was over, after {epochs:.4g} epochs at {last:.2g} "
    "of the initial error; give it more with --time-limit",
    "diverged": "diverges: on {problem} the error is {last:.2g} times its start after {epochs:.4g} epochs",
    "not a number": "returned NaN on {problem}, after {epochs:.4g} epochs",
    "stopped": "stopped by itself on {problem} after {epochs:.4g} epochs, at {last:.2g} of the initial error",
}


def budget(problem: Problem) -> float:
    return BUDGET_PER_KAPPA * problem.constants[kappa] + BUDGET


def sentence(path: Path) -> str:
    """What a run that did not reach the accuracy did instead; empty for one that did."""
    if path.outcome == "reached":
        return ""
    if path.oracle.epochs == 0 and path.outcome == "budget":
        return f"never asks its oracle on {path.oracle.problem.label}, and does not come to the solution"
    best = min((e for e in path.errors if np.isfinite(e)), default=float("nan"))
    return OUTCOMES[path.outcome].format(
        epochs=max(path.epochs[-1] if path.epochs else 0.0, path.oracle.epochs),
        problem=path.oracle.problem.label,
        last=path.errors[-1] if path.errors else float("nan"),
        best=best,
    )


@dataclass
class Scaling:
    """What was measured on one ladder.

    Attributes:
        against: the constants that the ladder varies.
        paths: one run a problem.
        trouble: a sentence for the first run that did not reach the accuracy; then there is no fit.
    """

    against: tuple[sp.Symbol, ...]
    paths: list[Path]
    trouble: str = ""
    exponents: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    power_of_log: tuple[float, float] | None = None
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "against": [str(c) for c in self.against],
            "problems": [p.oracle.problem.label for p in self.paths],
            "outcomes": [p.outcome for p in self.paths],
            "trouble": self.trouble,
            "remark": self.remark,
            "exponents": self.exponents,
            "widths": self.widths,
            "epochs per factor e": self.costs,
            "power of log(1/epsilon)": list(self.power_of_log) if self.power_of_log else None,
            "epochs": [p.epochs[-1] if p.epochs else 0.0 for p in self.paths],
            "iterates": [p.iterations[-1] if p.iterations else 0 for p in self.paths],
            "curves": [_thinned(p) for p in self.paths],
        }


def _thinned(path: Path, points: int = 60) -> dict[str, Any]:
    """A path as a curve of few points: epochs and ln(error)."""
    grid = np.unique(np.linspace(0, max(len(path.errors) - 1, 0), points).round().astype(int))
    keep = [k for k in grid if k < len(path.errors) and np.isfinite(path.errors[k]) and path.errors[k] > 0]
    return {
        "epochs": [path.epochs[k] for k in keep],
        "ln error": [round(float(np.log(path.errors[k])), 6) for k in keep],
    }


def scale(
    found: Adapter, problems: Sequence[Problem], against: tuple[sp.Symbol, ...], deadline: float
) -> Scaling:
    """Run on every problem, the easy ones first, up to the first that does not reach the accuracy."""
    paths: list[Path] = []
    for problem in problems:
        paths.append(follow(found, problem, budget(problem), deadline))
        trouble = sentence(paths[-1])
        if trouble:
            return Scaling(against, paths, trouble)
    lines = [(np.array(p.epochs), p.log_errors) for p in paths]
    costs = np.array([epochs_per_nat(x, y, BETWEEN) for x, y in lines])
    factors = np.array([[p.constants[c] for c in against] for p in problems])
    if not (costs > 0).all():
        first = int(np.flatnonzero(~(costs > 0))[0])
        return Scaling(
            against, paths, f"is done too soon on {problems[first].label} for a rate to be seen there"
        )
    fit = fit_exponents(factors, costs[:, None])
    powers = np.array([power_of_log(x, y, ACCURACY) for x, y in lines])[upper_half(factors[:, 0])]
    seen = powers[np.isfinite(powers).all(1)]
    return Scaling(
        against,
        paths,
        exponents=fit.exponents.tolist(),
        widths=fit.widths.tolist(),
        costs=costs.tolist(),
        power_of_log=pooled_power(seen[:, 0], seen[:, 1]) if len(seen) else None,
    )


def draws(found: Adapter, deadline: float) -> bool:
    """Whether the target works on a sum: with components, partial derivatives, or samples."""
    if isinstance(found, RidgeSolver):
        return found.solver in ("sag", "saga")
    asked = follow(found, design(4.0, 2.0), 3.0, deadline).oracle.asked
    return bool({"component", "partial"} & set(asked))


def scalings(found: Adapter, deadline: float, say: Callable[[str], None]) -> dict[str, Scaling]:
    """The ladders that suit the target. On a grid of designs for one that draws; else kappa, and n."""
    measured = {}
    if draws(found, deadline):
        say("a grid in kappa_CD and gain")
        grid = designs(getattr(found, "heaviest", 1.0))
        measured["designs"] = scale(found, grid, (kappa_CD, gain), deadline)
        return measured
    say("a ladder in kappa")
    first, distance = _near_or_far(found, deadline)
    measured["kappa"] = first
    if first.trouble:
        return measured
    if first.widths[0] > SETTLED and first.costs[-1] < QUICK:
        say("a finer ladder in kappa, as the first one left the exponent open")
        finer = scale(found, further(ladder(**FINE), distance), (kappa,), deadline)  # type: ignore[arg-type]
        if not finer.trouble:
            finer.remark = first.remark
            measured["kappa"] = finer
    say("a ladder in n")
    measured["n"] = scale(found, further(sizes(), distance), (n,), deadline)
    return measured


def _near_or_far(found: Adapter, deadline: float) -> tuple[Scaling, float]:
    """The ladder with |x*| = 1, or, where that stalls and a far solution does not, with that."""
    near = scale(found, ladder(), (kappa,), deadline)
    if near.paths[-1].outcome not in ("budget", "stopped") or not near.trouble:
        return near, 1.0
    far = scale(found, further(ladder(), FAR), (kappa,), deadline)
    if far.trouble:
        return near, 1.0
    far.remark = (
        f"with |x*| = 1 it {near.trouble}; with |x*| = {FAR:g} it does not stall: "
        "it has an absolute threshold"
    )
    return far, FAR


def work_per_iterate(scaling: Scaling) -> float | None:
    """Epochs for one iterate, on the last problem: ten products that an iteration hides are ten here."""
    path = scaling.paths[-1]
    return path.epochs[-1] / path.iterations[-1] if len(path.epochs) > 2 else None


__all__ = ["LOG_MARGIN", "SETTLED", "Scaling", "draws", "scale", "scalings", "sentence", "work_per_iterate"]
