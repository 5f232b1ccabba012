"""Values of a prediction's expression along a run, as logs, so that nothing underflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from solvers.constants import compile_expression
from solvers.trajectories import Trajectories
from theorems.symbols import Delta, R, distance, gap, t


@np.errstate(all="ignore")  # the log of a zero is -inf
def log_abs(expression: Any, values: Mapping[sp.Symbol, Any]) -> tuple[Any, Any]:
    """(ln |expression|, its sign) where its symbols have these values (arrays that broadcast).

    Powers and products are taken apart, so that rho**t is t ln rho and never underflows. What has no t
    is a plain number where it has one in double precision: its log is then as accurate as it can be.
    """
    expression = sp.sympify(expression)
    if not expression.has(t):
        number = _number(expression, values)
        if (np.isfinite(number).all() and (number != 0).all()) or not expression.args:
            return np.log(np.abs(number)), np.sign(number)
    if expression.is_Mul:
        parts = [log_abs(factor, values) for factor in expression.args]
        return sum(log for log, _ in parts), np.prod(np.broadcast_arrays(*(s for _, s in parts)), axis=0)
    if expression.is_Pow:
        log, sign = log_abs(expression.base, values)
        power = _number(expression.exp, values)
        parity = np.mod(power, 2)
        # 0^0 = 1; a vanishing base to a positive power is zero; a root of a negative number is none
        log = np.where((power == 0), 0.0, power * np.where(log == -np.inf, -np.inf, log))
        of_negative = np.select([parity == 0, parity == 1], [1.0, -1.0], np.nan)
        of_positive = np.where(np.isnan(sign), np.nan, np.where(log == -np.inf, 0.0, 1.0))
        return log, np.where(sign < 0, of_negative, of_positive)
    if expression.is_Add:
        logs, signs = zip(*(log_abs(term, values) for term in expression.args), strict=True)
        logs, signs = np.broadcast_arrays(*logs), np.broadcast_arrays(*signs)
        top = np.max(logs, axis=0)
        top = np.where(np.isfinite(top), top, 0.0)
        total = sum(s * np.exp(log - top) for log, s in zip(logs, signs, strict=True))
        return np.log(np.abs(total)) + top, np.sign(total)
    if isinstance(expression, sp.exp):
        log = _number(expression.exp, values)
        return log, np.ones_like(log)
    number = _number(expression, values)
    return np.log(np.abs(number)), np.sign(number)


def _number(expression: sp.Expr, values: Mapping[sp.Symbol, Any]) -> Any:
    symbols = tuple(sorted(expression.free_symbols, key=str))
    missing = [str(s) for s in symbols if s not in values]
    if missing:
        raise ValueError(f"{expression} uses {', '.join(missing)}, which the instance does not define")
    return np.asarray(compile_expression(symbols, expression)(*(values[s] for s in symbols)), dtype=float)


def log_bound(expression: Any, runs: Trajectories, instances: list[Any]) -> np.ndarray:
    """ln of the expression along every run, (B, T); NaN where it is not positive (it says nothing)."""
    columns = {
        symbol: np.array([instances[i].constants[symbol] for i in runs.instance])[:, None]
        for symbol in instances[0].constants
        if all(symbol in instance.constants for instance in instances)
    }
    columns |= {t: runs.epochs, R: np.exp(runs.log_distance[:, :1])}
    if runs.log_gap is not None:
        columns[Delta] = np.exp(runs.log_gap[:, :1])
    with np.errstate(all="ignore"):
        log, sign = log_abs(expression, columns)
    return np.broadcast_to(np.where(sign > 0, log, np.nan), runs.rounds.shape)


def measures_of(measure: Any, *expressions: Any) -> tuple[str, ...]:
    """What the runs must record for this measure and these expressions, the stopping measure first."""
    used = sp.sympify(measure).free_symbols
    names = [str(s) for s in (distance, gap) if s in used]
    if any(Delta in sp.sympify(e).free_symbols for e in expressions) and "gap" not in names:
        names.append("gap")
    return tuple(names)


def log_measure(measure: Any, runs: Trajectories) -> np.ndarray:
    """ln of the measure along every run, (B, T)."""
    measure = sp.sympify(measure)
    if measure in (distance, gap):
        return runs.log_error(str(measure))
    values = {s: np.exp(runs.log_error(str(s))) for s in (distance, gap) if s in measure.free_symbols}
    with np.errstate(divide="ignore"):
        return np.log(_number(measure, values))


def mean_over_seeds(log: np.ndarray, runs: Trajectories) -> np.ndarray:
    """ln of the mean of exp(log) over each instance's seeds, (I, T); NaN where a seed has none."""
    values = log.reshape(-1, len(np.unique(runs.seed)), log.shape[1])
    top = np.max(np.where(np.isfinite(values), values, -np.inf), axis=1)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - top[:, None]).mean(1)) + top
