"""Which theorems of the catalogue does the measured behaviour satisfy, violate, or leave undecided?

Only statements about quadratics are asked, and a bound only where the theorem's own method keeps it on the
problems of the audit: other bounds belong to special starts. The words are those of evidence, not of proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from checks.audit.measure import LOG_MARGIN, SETTLED, Scaling
from checks.audit.problems import Path, Problem
from checks.formula import log_abs
from checks.kinds.complexity import claimed_exponents, claimed_log_power
from checks.statistics import equivalence
from solvers.constants import DEFINITIONS, gain, kappa, kappa_CD
from solvers.method import name as method_name
from solvers.problems.quadratic import Fixed, Quadratic, Spectrum, spectrum_of
from solvers.run import run
from theorems.predictions import Bound, Complexity, Prediction
from theorems.symbols import Delta, R, distance, gap, t
from theorems.theorem import Theorem

#: Rounding of a path of dense products, in units of which it grows with the epochs.
UNIT = 64 * 2.0**-53
#: A bound that falls by less than this along a run cannot tell one method from another.
TELLING = np.log(10.0)


@dataclass(frozen=True)
class Finding:
    """One statement: ``word`` is "satisfies", "violates" or "undecided"; ``faster`` where it is violated
    because the epochs grow more slowly than claimed."""

    theorem: str
    prediction: str
    word: str
    reason: str
    faster: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def find(theorems: Iterable[Theorem], measured: Mapping[str, Scaling]) -> list[Finding]:
    """What the theorems say of the measured ladders."""
    found = []
    cache: dict[Any, Any] = {}
    ladder = _thinned(measured["kappa"]) if "kappa" in measured else None
    for theorem in theorems:
        if theorem.belief:
            continue
        for prediction in theorem.predictions:
            if prediction.expect:
                continue
            if isinstance(prediction, Complexity):
                finding = _complexity(theorem, prediction, measured)
            elif isinstance(prediction, Bound):
                finding = _bound(theorem, prediction, ladder, cache)
            else:
                finding = None
            if finding:
                found.append(finding)
    return found


def _complexity(theorem: Theorem, prediction: Complexity, measured: Mapping[str, Scaling]) -> Finding | None:
    against = tuple(prediction.against)
    ladder = {(kappa,): "kappa", (kappa_CD, gain): "designs", (kappa_CD,): "designs"}.get(against)
    scaling = measured.get(ladder) if ladder else None
    if scaling is None or not _on_quadratics(theorem, prediction):
        return None
    if scaling.trouble:
        return Finding(theorem.name, prediction.id, "undecided", f"no exponent: it {scaling.trouble}")
    words, parts, slower = [], [], False
    claims = claimed_exponents(prediction)
    for constant, claim, p, w in zip(against, claims, scaling.exponents, scaling.widths, strict=False):
        words.append(equivalence(p - w, p + w, claim, SETTLED))
        slower |= words[-1] == "reject" and p > claim
        parts.append(f"{constant}^{p:.3f} in [{p - w:.3f}, {p + w:.3f}], claimed {claim:g}")
    power = claimed_log_power(prediction.expression)
    if power is not None and scaling.power_of_log:
        p, w = scaling.power_of_log
        words.append(equivalence(p - w, p + w, power, LOG_MARGIN))
        slower |= words[-1] == "reject" and p > power
        parts.append(f"log(1/epsilon)^{p:.3f} in [{p - w:.3f}, {p + w:.3f}], claimed {power:g}")
    word = "violates" if "reject" in words else "undecided" if "undecided" in words else "satisfies"
    text = "epochs scale as " + "; ".join(parts)
    return Finding(theorem.name, prediction.id, word, text, faster=word == "violates" and not slower)


def _on_quadratics(theorem: Theorem, prediction: Prediction) -> bool:
    family = theorem.resolved(prediction)[1]
    if family is None:
        return False
    from solvers.flat import Flat
    from solvers.problems.least_squares import LeastSquares

    kind = type(family.build(**family.grid[0]).problem)
    return kind in (Spectrum, Quadratic, Flat, LeastSquares)


# ---------------------------------------------------------------- bounds


def _bound(
    theorem: Theorem, prediction: Bound, scaling: Scaling | None, cache: dict[Any, Any]
) -> Finding | None:
    method, family, _ = theorem.resolved(prediction)
    if scaling is None or method is None or family is None or not _speaks(prediction, method):
        return None
    if not isinstance(family.build(**family.grid[0]).problem, Spectrum | Quadratic):
        return None
    paths = [p for p in scaling.paths if len(p.errors) > 1]
    if not paths or not _kept_by_its_own(prediction, method, [p.oracle.problem for p in paths], cache):
        return None
    closest, fall, missed = -np.inf, 0.0, ""
    also_in_iterations = True
    for path in paths:
        epochs = np.array(path.epochs)
        over = _over(prediction, path, epochs)
        closest = max(closest, float(over.max()))
        fall = max(fall, _fall(prediction, path, epochs))
        also_in_iterations &= bool(
            (_over(prediction, path, np.array(path.iterations, dtype=float)) <= 0).all()
        )
        if not missed and (over > 0).any():
            first, last = np.flatnonzero(over > 0)[[0, -1]]
            missed = (
                f"from epoch {epochs[first]:g} on {path.oracle.problem.label}; at epoch {epochs[last]:g} the "
                f"error is {_times(float(over[last]))} the bound"
            )
    if missed:
        text = missed
        if also_in_iterations:
            text += "; it is kept if iterations are counted and not the work of the oracle"
        return Finding(theorem.name, prediction.id, "violates", text)
    if fall < TELLING:
        return Finding(
            theorem.name, prediction.id, "undecided", "the bound falls by less than ten along these runs"
        )
    text = f"never exceeded on {len(paths)} problems; at its closest the error is {_times(closest)} the bound"
    return Finding(theorem.name, prediction.id, "satisfies", text)


def _speaks(prediction: Bound, method: Any) -> bool:
    """Whether a bound can be asked of any full-gradient target on the ladder."""
    constants = set(DEFINITIONS) - {sp.Symbol("T", positive=True, integer=True)}
    return (
        prediction.side == "upper"
        and prediction.at == "all"
        and prediction.average == "none"
        and prediction.measure in (distance, gap)
        and not getattr(type(method), "sampled", "")
        and sp.sympify(prediction.expression).has(t)
        and sp.sympify(prediction.expression).free_symbols <= {t, R, Delta, *constants}
    )


def _log_bound(prediction: Bound, problem: Problem, epochs: np.ndarray) -> np.ndarray:
    error = -problem.solution
    values = {
        **problem.constants,
        t: epochs,
        R: float(np.linalg.norm(error)),
        Delta: float(error @ problem.matrix @ error) / 2,
    }
    with np.errstate(all="ignore"):
        log, sign = log_abs(prediction.expression, values)
    return np.broadcast_to(np.where(sign > 0, log, np.nan), epochs.shape)


def _over(prediction: Bound, path: Path, epochs: np.ndarray) -> np.ndarray:
    """ln error - ln bound, less what rounding may do; -inf at t = 0 and where the bound says nothing.

    The start's rounding is an error of some 2^-53 |x*| that no bound knows.
    """
    problem = path.oracle.problem
    scale = float(np.linalg.norm(problem.solution))
    with np.errstate(all="ignore"):
        if prediction.measure == distance:
            error = np.log(np.array(path.errors) * scale)
            floor = UNIT * problem.size * scale / np.exp(error)
        else:
            error = np.log(np.array(path.gaps))
            floor = UNIT * problem.size * scale * np.sqrt(path.oracle.L / np.exp(error))
        slack = UNIT * (problem.size + epochs) + floor
        over = error - _log_bound(prediction, problem, epochs) - slack
    return np.where((epochs > 0) & np.isfinite(over), over, -np.inf)


def _fall(prediction: Bound, path: Path, epochs: np.ndarray) -> float:
    """By how much (in nats, of a distance) the bound falls below the error at the start."""
    bound = _log_bound(prediction, path.oracle.problem, epochs)
    start = np.log(path.gaps[0]) if prediction.measure == gap else 0.0
    if prediction.measure == distance:
        start = float(np.log(np.linalg.norm(path.oracle.problem.solution)))
    last = bound[np.isfinite(bound)]
    return float(start - last[-1]) if last.size else 0.0


def _thinned(scaling: Scaling, points: int = 300) -> Scaling:
    """The ladder with few iterates of each path: all of the first, then ever fewer."""
    paths = []
    for path in scaling.paths:
        count = len(path.errors)
        grid = np.unique(np.geomspace(1, max(count, 1), points).round().astype(int)) - 1
        keep = [int(k) for k in grid if k < count]
        thin = Path(path.oracle, path.accuracy, outcome=path.outcome)
        # Iterations are told from epochs by their numbers, so an iterate keeps its own.
        thin.iterations = [path.iterations[k] for k in keep]
        thin.epochs, thin.errors, thin.gaps = (
            [values[k] for k in keep] for values in (path.epochs, path.errors, path.gaps)
        )
        paths.append(thin)
    return replace(scaling, paths=paths)


def _kept_by_its_own(
    prediction: Bound, method: Any, problems: Sequence[Problem], cache: dict[Any, Any]
) -> bool:
    """Whether the theorem's method keeps the bound on these problems, in their eigenbases."""
    if "instances" not in cache:
        cache["instances"] = [_eigenbasis(problem) for problem in problems]
    name = method_name(method)
    if name not in cache:
        try:
            cache[name] = run(method, cache["instances"], rounds=200, measures=("distance", "gap"))
        except (ValueError, TypeError):  # it needs more than these problems have
            cache[name] = None
    runs = cache[name]
    if runs is None:
        return False
    for b, problem in enumerate(problems):
        good = np.isfinite(runs.log_distance[b]) & (runs.epochs[b] > 0)
        epochs = runs.epochs[b][good]
        error = (runs.log_distance if prediction.measure == distance else runs.log_gap)[b][good]
        bound = _log_bound(prediction, problem, epochs)
        if not np.isfinite(bound).any() or (error - bound > UNIT * (problem.size + epochs**2)).any():
            return False
    return True


def _eigenbasis(problem: Problem) -> Any:
    eigenvalues, vectors = np.linalg.eigh(problem.matrix)
    return spectrum_of(eigenvalues, problem.label, Fixed(tuple(-(vectors.T @ problem.solution))))


def _times(log: float) -> str:
    return f"{np.exp(log):.4g} times" if abs(log) < 12 else f"10^{log / np.log(10):.3g} times"
