"""What can be said of a theorem before anything runs: its words, its source, its rivals, its dimensions.

A formula in which a step is added to a distance cannot be right. Every constant has a dimension in lengths
|x| and heights f; both sides of a relation are evaluated twice, in other units the second time, and have to
change by the same factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy as sp

from solvers.constants import compile_expression
from solvers.problems.sampled_families import SQUARE_UNIT_ROWS, UNIT_DIAGONAL, UNIT_ROWS
from theorems import symbols as s
from theorems import template
from theorems.predictions import Bound, Complexity, Identity, Prediction, Rate
from theorems.theorem import HERE, Theorem

CURVATURE = (-2, 1)
#: The dimension of a constant: powers of |x| and of f; all others are pure numbers.
DIMENSIONS = {
    **dict.fromkeys((s.mu, s.L, s.L_max, s.L_min, s.lambda_avg, s.lam, s.mu_local, s.L_local), CURVATURE),
    s.sigma: (-1, 1),
    s.distance: (1, 0),
    s.R: (1, 0),
    s.gap: (0, 1),
    s.Delta: (0, 1),
}
#: The units of the second evaluation.
LENGTH, HEIGHT = 3.0, 7.0
#: Constants of this order are tried, so that mu < lambda < L < L_max and t < n; the others are about 20.
SIZES = {
    s.mu: 0.01, s.mu_local: 0.01, s.lam: 0.1, s.lambda_avg: 0.1, s.L_min: 0.1, s.L: 1.0, s.L_local: 1.0,
    s.L_max: 3.0, s.t: 2.0, s.epsilon: 0.1, s.distance: 1.0, s.R: 1.0, s.gap: 1.0, s.Delta: 1.0, s.sigma: 1.0,
}  # fmt: skip
#: Two logarithms that differ by less are those of one number.
SAME = 1e-6
#: Where a premise, or an assumption that ends so, fixes the scale of the problem, curvatures are pure numbers
#: and |x|^2 counts like f.
SCALED = {UNIT_DIAGONAL, UNIT_ROWS, SQUARE_UNIT_ROWS}
FIXED = " is 1"


def complaints(theorem: Theorem) -> list[str]:
    """What is wrong with a theorem, one sentence each; none if it can be tried."""
    return [*_words(theorem), *_source(theorem), *_rivals(theorem), *_dimensions(theorem)]


def _words(theorem: Theorem) -> Iterator[str]:
    mine = template.theorems[0]
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", theorem.name):
        yield f"the name {theorem.name!r} has to be words in lower case with hyphens between them"
    if theorem.name == mine.name:
        yield f"the name is still {mine.name!r}, that of the template; give it its own"
    elif theorem.statement == mine.statement:
        yield "the statement is still that of the template"
    if not theorem.statement.rstrip().endswith((".", "?")):
        yield "the statement is not a sentence: end it with a full stop"
    if theorem.title.rstrip().endswith("."):
        yield "the title ends with a full stop; a title has none"


def _source(theorem: Theorem) -> Iterator[str]:
    keys = re.findall(r"^@\w+\s*\{\s*([^,\s]+)", (HERE / "references.bib").read_text("utf-8"), re.MULTILINE)
    for source in (theorem.source, *theorem.also):
        if source.key not in keys:
            yield f"the source {source.key!r} is not in theorems/references.bib; add it there"


def _rivals(theorem: Theorem) -> Iterator[str]:
    if not theorem.rivals:
        yield "there is no rival: add a variant that is false, or nobody knows that the check can fail"
    for rival in theorem.rivals:
        if rival.prediction is None and rival.method is None:
            yield f"the rival {rival.name!r} changes nothing: give it a method or a prediction"
        # by their texts: methods of two classes with the same hyper-parameters are equal tuples
        if rival.prediction is not None and repr(rival.prediction) in map(repr, theorem.predictions):
            yield f"the rival {rival.name!r} says what the theorem says"
        if rival.method is not None and repr(rival.method) == repr(theorem.method) and not rival.of:
            yield f"the rival {rival.name!r} has the theorem's own method"


def _dimensions(theorem: Theorem) -> Iterator[str]:
    if SCALED & set(theorem.premises) or any(text.endswith(FIXED) for text in theorem.assumptions):
        return
    told = [(f"prediction {p.id!r}", p) for p in theorem.predictions]
    told += [(f"rival {r.name!r}", r.prediction) for r in theorem.rivals if r.prediction is not None]
    for owner, prediction in told:
        for name, left, right in relations(prediction):
            units, others = factors(left), factors(right)
            if not np.isfinite([*units, *others]).all():
                continue  # 0, infinity, or undefined at the values that are tried: nothing to compare
            if np.ptp(np.log(others)) > SAME:
                yield f"{owner}: {name} = {right} adds quantities of different dimensions"
            elif abs(np.log(others[0] / units[0])) > SAME:
                yield f"{owner}: {name} = {right} has another dimension than {left}"


def relations(prediction: Prediction) -> Iterator[tuple[str, Any, Any]]:
    """(name, left, right): expressions of one dimension."""
    if isinstance(prediction, Bound):
        yield "expression", prediction.measure, prediction.expression
    if isinstance(prediction, Identity):
        inside = sp.sympify(prediction.expression).free_symbols
        if s.lam in inside:  # a residual polynomial
            yield "expression", sp.Integer(1), prediction.expression
        elif {s.R, s.Delta} & inside:  # else it belongs to one instance, in its units
            yield "expression", prediction.measure, prediction.expression
    if isinstance(prediction, Complexity):
        yield "expression", sp.Integer(1), prediction.expression
    if isinstance(prediction, Rate):
        for end in (prediction.expression, *(prediction.within or ())):
            if end is not None:
                yield "the factor", sp.Integer(1), end


def factors(expression: Any) -> list[float]:
    """By what the value changes with the units, at three choices of the constants; NaN where it cannot be
    computed."""
    expression = sp.sympify(expression)
    names = tuple(sorted(expression.free_symbols, key=str))
    evaluated = compile_expression(names, expression)
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        values = np.array([SIZES.get(name, 20.0) * (1 + rng.random()) for name in names])
        scale = [LENGTH**x * HEIGHT**f for x, f in (DIMENSIONS.get(name, (0, 0)) for name in names)]
        with np.errstate(all="ignore"):
            one, other = float(evaluated(*values)), float(evaluated(*(values * scale)))
            found.append(float(np.float64(other) / one) if other / (one or np.nan) > 0 else np.nan)
    return found
