"""Which known method is it? The steps of a path are read off: their form, their lengths, whose they are.

A full-gradient step is fitted by the gradients and steps before it; a step on a sum by the components that
were asked for. What fits to rounding is named, with its step beside the theorems' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from checks.audit.problems import Path, Problem, design, small
from checks.audit.targets import Adapter, follow
from solvers import methods
from solvers.constants import L, L_max, evaluate, mu
from solvers.method import name as method_name
from solvers.observe import iterates
from solvers.problems.quadratic import Fixed, dense

#: Iterates that are looked at: enough for all coefficients, too few for the steps to become tiny.
STEPS = 12
#: Roundings of an iterate in units of 2^-53 |x*|: a gradient sums n = 12 products, and a step adds three.
ROUNDINGS = 64
#: A tuning that is this close to a theorem's is that one.
SAME = 1e-6

#: The problems on which a path is identified. L is not 1, so that a step of 1/L is not a step of one.
PROBLEMS = ((9.0, 3.0, 1), (40.0, 0.25, 2))

ROOT_L, ROOT_MU, ROOT_3L = sp.sqrt(L), sp.sqrt(mu), sp.sqrt(3 * L + mu)
#: Methods whose paths are compared, each with a theorem's own step.
KNOWN: tuple[Any, ...] = (
    methods.GradientDescent(1 / L),
    methods.GradientDescent(),
    methods.HeavyBall(),
    methods.Nesterov(),
    methods.Nesterov(4 / (3 * L + mu), (ROOT_3L - 2 * ROOT_MU) / (ROOT_3L + 2 * ROOT_MU)),
    methods.NesterovConvex(),
    methods.Chebyshev(),
    methods.TripleMomentum(),
    methods.ConjugateGradient(),
    methods.ExactLineSearch(),
    methods.MinimalGradient(),
    methods.BarzilaiBorwein1(),
    methods.BarzilaiBorwein2(),
)  # fmt: skip
#: Steps that theorems give to a full gradient, the first one first.
TUNED_STEPS = {
    "1/L": 1 / L,
    "2/(L + mu)": 2 / (L + mu),
    "4/(sqrt(L) + sqrt(mu))^2": 4 / (ROOT_L + ROOT_MU) ** 2,
}
TUNED_MOMENTA = {
    "(sqrt(L) - sqrt(mu))/(sqrt(L) + sqrt(mu))": (ROOT_L - ROOT_MU) / (ROOT_L + ROOT_MU),
    "((sqrt(L) - sqrt(mu))/(sqrt(L) + sqrt(mu)))^2": ((ROOT_L - ROOT_MU) / (ROOT_L + ROOT_MU)) ** 2,
}  # fmt: skip


@dataclass
class Identity:
    """What a path was found to be.

    Attributes:
        name: the form of the step in words, or empty.
        step, momentum: read off, one a problem.
        matches: known methods whose paths it has, with the largest deviation, relative to |x*|.
        lines: sentences for the reader.
    """

    name: str = ""
    step: list[float] = field(default_factory=list)
    momentum: list[float] = field(default_factory=list)
    matches: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


# ---------------------------------------------------------------- full gradients


class Form(NamedTuple):
    """A step x_{k+1} - x_k = -a g_k - b g_{k-1} + c (x_k - x_{k-1})."""

    name: str
    step: float
    momentum: float


def form_of(path: Path) -> Form | None:
    """The form of the steps of a path, the simplest that fits to rounding; None if none does."""
    x = np.array(path.points)
    if len(x) < 6:
        return None
    problem = path.oracle.problem
    g = (x - problem.solution) @ problem.matrix
    d = np.diff(x, axis=0)
    largest = max(float(np.linalg.norm(problem.solution)), float(np.linalg.norm(x, axis=1).max()))
    slack = ROUNDINGS * 2.0**-53 * largest
    if np.abs(d).max() <= slack:
        return None  # it stands

    def fit(*features: np.ndarray) -> np.ndarray | None:
        """The coefficients that all steps but the first share, if they do."""
        count = len(d) - 1
        columns = np.column_stack([f[:count].ravel() for f in features])
        wanted = d[1:].ravel()
        scales = np.linalg.norm(columns, axis=0)
        found = np.linalg.lstsq(columns / scales, wanted, rcond=None)[0] / scales
        rest = (wanted - columns @ found).reshape(count, -1)
        return found if np.abs(rest).max() <= slack * (1 + np.abs(found).max()) else None

    # Row k of each is what step k + 1 may be made of.
    now, before, last = g[1:-1], g[:-2], d[:-1]
    first = -float(d[0] @ g[0]) / float(g[0] @ g[0])
    if (found := fit(now)) is not None:
        return Form("gradient descent", -found[0], 0.0)
    if (found := fit(before)) is not None:
        return Form("gradient descent with a stale gradient, one step old", -found[0], 0.0)
    if (found := fit(now, last)) is not None:
        return Form("heavy ball", -found[0], found[1])
    if (found := fit(before, last)) is not None:
        return Form("heavy ball with a stale gradient, one step old", -found[0], found[1])
    if (found := fit(now, before, last)) is not None:
        momentum = found[2]
        step = -found[0] / (1 + momentum)
        if abs(found[1] - step * momentum) <= SAME * abs(found[0]):
            shown = "" if abs(first / step - 1) < SAME else ", shown at its extrapolated points"
            return Form(f"Nesterov's method{shown}", step, momentum)
        return Form("a method of two steps and two gradients that has no name here", -found[0], momentum)
    return None


def _points(known: Any, instance: Any, count: int, extrapolated: bool) -> np.ndarray:
    """The errors of a known method, or of the points at which it takes its gradients."""
    x = np.array([e[0].copy() for e in islice(iterates(known, [instance]), count)])
    if extrapolated:
        momentum = float(evaluate(known.momentum, instance.constants, "the momentum"))
        x[1:] += momentum * np.diff(x, axis=0)
    return x


def compared(path: Path, known: Any, extrapolated: bool = False) -> float | None:
    """The largest deviation from a known method's path, relative to |x*|; None if it is another path.

    Paths are compared as far as rounding lets them be: to 64 times what the known method itself makes of one
    rounding of its start.
    """
    problem = path.oracle.problem
    count = len(path.points)
    size = float(np.linalg.norm(problem.solution))
    start = -problem.solution
    nudged = start * (1 + 2.0**-52 * np.resize([1.0, -1.0, 2.0], problem.size))
    ours, other = (_points(known, _instance(problem, e), count, extrapolated) for e in (start, nudged))
    theirs = np.array(path.points) - problem.solution
    off = np.linalg.norm(theirs - ours, axis=1) / size
    allowed = ROUNDINGS * np.maximum.accumulate(np.linalg.norm(ours - other, axis=1) / size + 2.0**-53)
    seen = allowed < 1e-6
    if seen.sum() < min(6, count) or not np.isfinite(off).all() or (off > allowed)[seen].any():
        return None
    return float(off[seen].max())


def _instance(problem: Problem, error: np.ndarray) -> Any:
    return dense(problem.matrix, problem.label, Fixed(tuple(error)))


def nearest(numbers: Sequence[float], problems: Sequence[Problem], tuned: dict[str, Any]) -> str:
    """A parameter beside the theorems' values, as it is on both problems."""
    ratios = {
        name: [v / float(evaluate(e, p.constants, name)) for v, p in zip(numbers, problems, strict=True)]
        for name, e in tuned.items()
    }

    def off(name: str) -> tuple[bool, float]:
        """A multiple of the theorem's that is the same on both problems is nearer than any other."""
        one, other = ratios[name]
        return abs(one / other - 1) >= SAME, float(np.abs(np.log(np.abs([one, other]) + 1e-300)).sum())

    name = min(ratios, key=off)
    r = ratios[name]
    if max(abs(x - 1) for x in r) < SAME:
        return f"{name}, the theorem's"
    if abs(r[0] / r[1] - 1) < SAME:
        way = "above" if r[0] > 1 else "below"
        return f"{r[0]:.6g} times {name}: {100 * abs(r[0] - 1):.3g} % {way} the theorem's"
    if abs(numbers[0] / numbers[1] - 1) < SAME:
        return f"{numbers[0]:.6g} whatever L and mu are; a theorem's is {name}"
    return f"{numbers[0]:.6g} and {numbers[1]:.6g} on two problems, {r[0]:.3g} and {r[1]:.3g} times {name}"


def identify(found: Adapter, deadline: float) -> Identity:
    """The form of a full-gradient target's steps, and the known methods whose paths it has."""
    problems = [small(*p) for p in PROBLEMS]
    paths = [follow(found, p, 1e4, deadline, keep=STEPS, accuracy=1e-13) for p in problems]
    identity = Identity()
    if min(len(p.points) for p in paths) < 6:
        return identity
    forms = [form_of(path) for path in paths]
    if forms[0] is not None and forms[1] is not None and forms[0].name == forms[1].name:
        identity.name = forms[0].name
        identity.step = [float(f.step) for f in forms if f]
        step = nearest(identity.step, problems, TUNED_STEPS)
        identity.lines.append(f"every step is one of {identity.name}")
        identity.lines.append(f"its step is {step}")
        if "times" in step or "whatever" in step:
            identity.faults.append(f"its step is {step}")
        if "stale" in identity.name:
            identity.faults.append(f"it is {identity.name}")
        if any(f.momentum for f in forms if f):
            identity.momentum = [float(f.momentum) for f in forms if f]
            identity.lines.append(f"its momentum is {nearest(identity.momentum, problems, TUNED_MOMENTA)}")
    for label, on in [*((method_name(m), [m, m]) for m in KNOWN), *_read_off(forms)]:
        for extrapolated in (False, True):
            if extrapolated and not isinstance(on[0], methods.Nesterov):
                continue
            deviations = [compared(p, m, extrapolated) for p, m in zip(paths, on, strict=True)]
            if None not in deviations:
                where = ", at the points where it takes its gradients" if extrapolated else ""
                identity.matches[label + where] = max(d for d in deviations if d is not None)
                return identity
    return identity


def _read_off(forms: Sequence[Form | None]) -> list[tuple[str, list[Any]]]:
    """The suite's own method with the numbers that were read off, one a problem."""
    classes: dict[str, Any] = {
        "gradient descent": methods.GradientDescent,
        "heavy ball": methods.HeavyBall,
        "Nesterov's method": methods.Nesterov,
    }
    found = []
    for form in forms:
        cls = classes.get(form.name.split(",")[0]) if form else None
        if form is None or cls is None:
            return []
        numbers = [sp.Float(form.step, 17), sp.Float(form.momentum, 17)]
        found.append(cls(*numbers[: len(cls._fields)]))
    return [(f"{type(found[0]).__name__} with the numbers that were read off", found)]


# ---------------------------------------------------------------- sums: the sampler


class Sampler(NamedTuple):
    """How the components were drawn; ``replaced`` is None where it cannot be told."""

    text: str
    replaced: bool | None


def sampler_of(indices: Sequence[int], count: int, level: float = 1e-4) -> Sampler:
    """From the components that were asked for, in order.

    With replacement a block of N draws is a permutation with the chance N!/N^N; that at least k of the m
    blocks of one offset are, has at most the chance (m choose k) of it to the k, times the N offsets.
    """
    from scipy.special import gammaln

    drawn = np.asarray(indices, dtype=int)
    passes = len(drawn) // count - 1
    if passes < 2:
        return Sampler(f"too few components were asked for ({len(drawn)}) to tell how they are drawn", None)
    best, offset = max(
        (sum(len(set(drawn[o + b * count : o + (b + 1) * count])) == count for b in range(passes)), -o)
        for o in range(count)
    )
    chance = gammaln(count + 1) - count * np.log(count)
    choose = gammaln(passes + 1) - gammaln(best + 1) - gammaln(passes - best + 1)
    unlikely = best * chance + choose + np.log(count) < np.log(level)
    if best == passes and unlikely:
        blocks = drawn[-offset : -offset + passes * count].reshape(passes, count)
        if (blocks == blocks[0]).all():
            return Sampler("the components are taken in one fixed cyclic order", False)
        return Sampler(
            f"the components are drawn without replacement: each of {passes} passes is a permutation", False
        )
    if unlikely:
        return Sampler(f"{best} of {passes} passes are permutations: no independent draws", False)
    tail = drawn[count:]
    # Each count is binomial; a sum of squares of standardised counts is nearly chi-squared.
    expected = len(tail) / count
    statistic = float((((np.bincount(tail, minlength=count) - expected) ** 2) / expected).sum())
    from scipy.special import gammaincc

    if gammaincc((count - 1) / 2, statistic / 2) < level:
        return Sampler("the components are drawn with replacement, and not uniformly", None)
    return Sampler("the components are drawn with replacement, and uniformly", True)


# ---------------------------------------------------------------- sums: the step

#: Methods on sums: how their direction comes from g = grad f_i(x), the table's entry and its average.
SUMS = {
    "SGD": lambda g, old, average, count: g,
    "SAG": lambda g, old, average, count: average + (g - old) / count,
    "SAGA": lambda g, old, average, count: g - old + average,
}
#: The longest steps for which theorems speak: as multiples of 1/L_max, and as one writes them.
LIMITS = {"SGD": (1.0, "1/L_max"), "SAG": (1 / 16, "1/(16 L_max)"), "SAGA": (1 / 3, "1/(3 L_max)")}


def sum_step(path: Path, method: str, filled: bool) -> float | None:
    """The constant step with which a run is ``method``; None if it is not.

    ``filled``: whether the table starts with the gradients at x0, or with zeros.
    """
    oracle = path.oracle
    problem, count = oracle.problem, oracle.N
    asked = oracle.drawn
    whole = _tail_of_single_draws(asked, path)
    if whole is None:
        return None
    draws_, points = whole
    rows, weights = problem.rows, problem.weights
    assert rows is not None
    assert weights is not None

    def component(x: np.ndarray, i: int) -> np.ndarray:
        return weights[i] * float(rows[i] @ (x - problem.solution)) * rows[i]

    table = np.array([component(points[0], i) if filled else 0 * points[0] for i in range(count)])
    average = table.mean(0)
    numerator = denominator = 0.0
    pairs = []
    for i, x, following in zip(draws_, points[:-1], points[1:], strict=True):
        g = component(x, i)
        direction = SUMS[method](g, table[i], average, count)
        pairs.append((direction, following - x))
        numerator -= float(direction @ (following - x))
        denominator += float(direction @ direction)
        average = average + (g - table[i]) / count
        table[i] = g
    if not denominator:
        return None
    step = numerator / denominator
    largest = max(float(np.abs(x).max()) for x in points)
    slack = (
        ROUNDINGS * 2.0**-53 * (len(points) + count) * max(largest, float(np.linalg.norm(problem.solution)))
    )
    worst = max(float(np.abs(d + step * direction).max()) for direction, d in pairs)
    scale = 1 + step * float(problem.constants[L_max])
    return step if worst <= slack * scale else None


def _tail_of_single_draws(
    asked: Sequence[tuple[int, np.ndarray]], path: Path
) -> tuple[list[int], list[np.ndarray]] | None:
    """The draws and the iterates, where each iterate was followed by exactly one draw at it."""
    points = path.points
    at_start = [k for k, (_, x) in enumerate(asked) if np.array_equal(x, points[0])]
    # A table that is filled at the start asks for N components there, before the first draw.
    skip = len(at_start) - 1
    draws_ = asked[skip:]
    count = min(len(draws_), len(points) - 1)
    if skip < 0 or count < 6:
        return None
    if any(not np.array_equal(x, points[k]) for k, (_, x) in enumerate(draws_[:count])):
        return None
    return [i for i, _ in draws_[:count]], list(points[: count + 1])


def identify_sum(found: Adapter, deadline: float) -> Identity:
    """How a target on sums draws, which method on sums it is, and whether its step is the theorems'."""
    identity = Identity()
    plain = design(8.0, 2.0)
    path = follow(found, plain, 40.0, deadline, remember=True, accuracy=1e-13)
    if path.oracle.asked.get("component", 0) >= path.oracle.asked.get("partial", 0):
        what, count = "components", path.oracle.N
    else:
        what, count = "coordinates", path.oracle.n
    sampler = sampler_of([i for i, _ in path.oracle.drawn], count)
    text = sampler.text.replace("components", what)
    identity.lines.append(text)
    if sampler.replaced is False:
        identity.faults.append(f"{text}; theorems about it draw independently")
    if what == "coordinates":
        return identity
    ratios = []
    for problem in (plain, design(8.0, 2.0, heaviest=50.0)):
        short = follow(found, problem, 1e4, deadline, remember=True, keep=3 * path.oracle.N, accuracy=1e-13)
        for method in SUMS:
            steps = [s for filled in (True, False) if (s := sum_step(short, method, filled)) is not None]
            if steps:
                identity.name = method
                identity.step.append(steps[0])
                ratios.append(steps[0] * float(problem.constants[L_max]))
                break
    if len(ratios) == 2:
        identity.lines.insert(0, f"every step is one of {identity.name}")
        identity.lines.append(_against_limit(identity, ratios))
    return identity


def _against_limit(identity: Identity, ratios: Sequence[float]) -> str:
    """The step as a multiple of 1/L_max, without weights and with one weight of 50."""
    allowed, shown = LIMITS[identity.name]
    text = f"its step is {ratios[0]:.6g}/L_max; the theorem's is {shown}"
    if abs(ratios[1] / ratios[0] - 1) > SAME:
        text = (
            f"its step ignores the samples' weights: {ratios[0]:.6g}/max|a_i|^2 with equal weights, and with "
            f"a weight of 50 it is {ratios[1]:.6g} over max w_i|a_i|^2, the theorem's being {allowed:.6g}"
        )
        identity.faults.append(text)
    elif ratios[0] > allowed * (1 + SAME):
        identity.faults.append(text)
    return text
