"""The numerical worst case of a statement: a small semidefinite programme, in floats.

The claim is left <= right. The worst case is the smallest ratio for which multipliers of the hypotheses show
left <= ratio * right, that is, for which

    ratio * right - left + sum of multiplier * hypothesis

has no function value left and is positive semidefinite as a quadratic form. Its dual is a function of the
class, given by the Gram matrix of its points, that attains the ratio. A claim holds if the ratio is at most
1, and is tight if it is 1; but a float is evidence to 1e-7 and proves nothing.

``worst_case`` writes the data of Clarabel (Goulart and Chen, 2024) at once, since the solver takes
milliseconds and a modelling layer much longer; ``reference`` says the same in cvxpy, to be read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from theorems.performance import Form, Statement

#: Tried in this order; an answer counts if its own residuals are below ACCURATE, whatever the status says.
TOLERANCES = (1e-11, 1e-8)
ACCURATE = 1e-6


class NotSolved(Exception):
    """There is no worst case to report; the message says why."""


class Vacuous(NotSolved):
    """No function fulfils the hypotheses with a positive right side."""


@dataclass(frozen=True)
class WorstCase:
    """The numerical worst case of a statement.

    Attributes:
        ratio: the smallest one for which left <= ratio * right is shown.
        multipliers: of each hypothesis, also those that are 0.
        atoms: names of the rows of ``gram``.
        gram: inner products of the atoms (expectations where these are random) for a function that attains
            the ratio, scaled so that right is 1; shape (atoms, atoms).
        values: its function values, "f:name", and "1", the scale of the number one.
        slack: the matrix of the positive semidefinite form; slack @ gram is 0 up to rounding.
        status: what the solver said.
    """

    ratio: float
    multipliers: dict[Any, float]
    atoms: tuple[str, ...]
    gram: np.ndarray
    values: dict[str, float]
    slack: np.ndarray
    status: str

    def coordinates(self, accuracy: float = 1e-6) -> dict[str, np.ndarray]:
        """Vectors for the atoms with these inner products, in as few dimensions as there are eigenvalues
        above ``accuracy`` times the largest."""
        weights, axes = np.linalg.eigh(self.gram)
        kept = weights > accuracy * max(weights[-1], 0)
        vectors = axes[:, kept] * np.sqrt(weights[kept])
        return dict(zip(self.atoms, vectors[:, ::-1], strict=True))

    def value(self, form: Mapping[str, float]) -> float:
        """The form for this function."""
        at = {atom: k for k, atom in enumerate(self.atoms)}
        total = 0.0
        for key, c in form.items():
            a, bar, b = key.partition("|")
            total += float(c) * (self.gram[at[a], at[b]] if bar else self.values.get(key, 0.0))
        return total


@dataclass(frozen=True)
class Programme:
    """The forms of a statement as arrays: form number 0 is -left, number 1 is right, then the hypotheses.

    Attributes:
        names: of the hypotheses; free: whether the multiplier of each may be negative.
        keys: the function values ("f:name") and "1", if it occurs.
        linear: coefficients of the keys, shape (forms, keys).
        quadratic: symmetric matrices, shape (forms, atoms, atoms).
    """

    names: list[Any]
    free: np.ndarray
    keys: list[str]
    atoms: tuple[str, ...]
    linear: np.ndarray
    quadratic: np.ndarray

    def blocks(self) -> list[np.ndarray]:
        """Sets of atoms between which no form has a product: the matrix is block diagonal."""
        linked = np.abs(self.quadratic).max(axis=0, initial=0) > 0
        blocks: list[np.ndarray] = []
        left = set(range(len(self.atoms)))
        while left:
            block: set[int] = set()
            new = {min(left)}
            while new:
                block |= new
                new = set(np.flatnonzero(linked[sorted(new)].any(axis=0)).tolist()) - block
            blocks.append(np.array(sorted(block)))
            left -= block
        return blocks

    def restricted(self, names: Collection[Any]) -> Programme:
        """The programme with these hypotheses only."""
        kept = [k for k, name in enumerate(self.names) if name in names]
        rows = [0, 1, *(k + 2 for k in kept)]
        return Programme(
            [self.names[k] for k in kept], self.free[kept], self.keys, self.atoms, self.linear[rows],
            self.quadratic[rows],
        )  # fmt: skip


def programme(statement: Statement) -> Programme:
    """The statement, with float scalars, as arrays.

    Raises:
        NotSolved: the claim has no right side to be compared with.
    """
    if not statement.right:
        raise NotSolved("the right side of the claim is 0: there is no ratio to compute")
    points = list(statement.points.values())
    assumed = list(statement.assumed.items())
    single = [-statement.left, statement.right, *(form for _, (form, _) in assumed)]
    forms = [*single, *(p.value for p in points)]
    vectors = [v for p in points for v in (p.x, p.g)]
    found = {a for v in vectors for a in v} | {a for f in forms for k in f if "|" in k for a in k.split("|")}
    atoms = tuple(sorted(found))
    keys = sorted({key for form in forms for key in form if "|" not in key})
    row, column = {a: k for k, a in enumerate(atoms)}, {key: k for k, key in enumerate(keys)}

    linear, quadratic = np.zeros((len(forms), len(keys))), np.zeros((len(forms), len(atoms), len(atoms)))
    for k, form in enumerate(forms):
        for key, c in form.items():
            if "|" in key:
                a, b = (row[atom] for atom in key.split("|"))
                quadratic[k, a, b] += float(c) / 2
                quadratic[k, b, a] += float(c) / 2
            else:
                linear[k, column[key]] = float(c)
    dense = np.zeros((len(points), 2, len(atoms)))
    for k, p in enumerate(points):
        for part, vector in enumerate((p.x, p.g)):
            for atom, c in vector.items():
                dense[k, part, row[atom]] = float(c)

    names: list[Any] = []
    linears, quadratics = [linear[:2]], [quadratic[:2]]
    start = len(single)
    for f in statement.functions.values():
        mine = [k for k, p in enumerate(points) if p.function is f]
        pairs = [(i, j) for i in mine for j in mine if i != j]
        if pairs:
            names += [(points[i].name, points[j].name) for i, j in pairs]
            values = linear[start:], quadratic[start:]
            found_linear, found_quadratic = _interpolations(dense, values, np.array(pairs), float(f.mu), f.L)
            linears.append(found_linear)
            quadratics.append(found_quadratic)
    # Constant and mean-zero atoms are orthogonal in expectation.
    random = np.array([atom[0] == "~" for atom in atoms])
    same = random[:, None] == random[None, :]
    names += [name for name, _ in assumed]
    free = np.array([relation == "=0" for _, (_, relation) in assumed], bool)
    free = np.concatenate([np.zeros(len(names) - len(assumed), bool), free])
    return Programme(
        names, free, keys, atoms, np.concatenate([*linears, linear[2:start]]),
        np.concatenate([*quadratics, quadratic[2:start]]) * same,
    )  # fmt: skip


def _interpolations(
    dense: np.ndarray, values: tuple[np.ndarray, np.ndarray], pairs: np.ndarray, mu: float, L: Any
) -> tuple[np.ndarray, np.ndarray]:
    """``theorems.performance.interpolation`` of all pairs at once."""
    i, j = pairs.T
    dx, dg = (dense[i, part] - dense[j, part] for part in (0, 1))

    def product(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        both = u[:, :, None] * v[:, None, :]
        return (both + both.transpose(0, 2, 1)) / 2

    scale = 2.0 if L is None else 2 * (float(L) - mu)
    linear, given = (scale * (part[j] - part[i]) for part in values)
    quadratic = given + scale * product(dense[j, 1], dx)
    if L is None:
        return linear, quadratic + mu * product(dx, dx)
    smooth = product(dg, dg) + mu * float(L) * product(dx, dx) - 2 * mu * product(dx, dg)
    return linear, quadratic + smooth


def worst_case(statement: Statement | Programme) -> WorstCase:
    """The smallest ratio for which left <= ratio * right follows from the hypotheses.

    Raises:
        NotSolved: no ratio follows (the worst case is unbounded, or the potential is no good), or the solver
            found no accurate answer.
        Vacuous: every ratio follows.
    """
    data = statement if isinstance(statement, Programme) else programme(statement)
    said = []
    for tolerance in TOLERANCES:
        found = _clarabel(data, tolerance)
        if isinstance(found, WorstCase):
            return found
        said.append(found)
    if any("DualInfeasible" in answer for answer in said):
        raise Vacuous("vacuous: no function fulfils the hypotheses with a positive right side")
    if any("Infeasible" in answer for answer in said):
        raise NotSolved(
            "numeric-infeasible: no multipliers bound the left side by a multiple of the right one"
        )
    raise NotSolved(f"the solver found no accurate worst case, which may be unbounded ({said[-1]})")


def _clarabel(data: Programme, tolerance: float) -> WorstCase | str:
    """One attempt; a text says why there is no accurate answer."""
    import clarabel
    from scipy import sparse

    # Unknowns: the ratio, then the multipliers, each in the scale of its hypothesis.
    scales = np.sqrt((data.quadratic**2).sum((1, 2)) + (data.linear**2).sum(1))[1:]
    scales[scales == 0] = 1
    number = len(scales)
    values = [k for k, key in enumerate(data.keys) if key != "1"]
    one = [k for k, key in enumerate(data.keys) if key == "1"]
    signed = 1 + np.flatnonzero(~data.free)
    blocks = [block for block in data.blocks() if np.any(data.quadratic[:, block[:, None], block])]

    columns, cones = [data.linear[:, values]], [clarabel.ZeroConeT(len(values))]
    signs = np.zeros((number + 1, len(signed)))
    signs[1 + signed, np.arange(len(signed))] = -scales[signed]
    columns += [signs, -data.linear[:, one]]
    cones += [clarabel.NonnegativeConeT(len(signed) + len(one))]
    for block in blocks:
        # Upper triangles, column by column, off-diagonal entries times sqrt 2.
        size = len(block)
        b, a = np.tril_indices(size)
        factor = np.where(a == b, 1.0, np.sqrt(2))
        columns.append(-data.quadratic[:, block[a], block[b]] * factor)
        cones.append(clarabel.PSDTriangleConeT(size))
    rows = np.concatenate(columns, axis=1).T
    A, b = sparse.csc_matrix(rows[:, 1:] / scales), -rows[:, 0]
    cost = np.zeros(number)
    cost[0] = 1 / scales[0]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.max_iter = 200
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    try:
        solution = clarabel.DefaultSolver(
            sparse.csc_matrix((number, number)), cost, A, b, cones, settings
        ).solve()
    except BaseException as error:  # a panic of the Rust library is no Exception
        if type(error).__name__ != "PanicException":
            raise
        return f"Clarabel panicked: {error}"
    status = str(solution.status)
    x, z, s = (np.array(part) for part in (solution.x, solution.z, solution.s))
    if "Infeasible" in status:
        return status
    if not (np.isfinite(x).all() and np.isfinite(z).all()):
        return f"{status}, not finite"
    wrong = max(
        np.abs(A @ x + s - b).max() / (1 + np.abs(b).max()),
        np.abs(cost + A.T @ z).max() / (1 + np.abs(z).max()),
        abs(cost @ x + b @ z) / (1 + abs(cost @ x)),
    )
    if wrong > ACCURATE:
        return f"{status}, residual {wrong:.0e}"

    gram, slack = np.zeros((2, len(data.atoms), len(data.atoms)))
    at = len(values) + len(signed) + len(one)
    for block in blocks:
        size = len(block)
        c, a = np.tril_indices(size)
        factor = np.where(a == c, 1.0, np.sqrt(2))
        for full, part in ((gram, z), (slack, s)):
            full[block[a], block[c]] = full[block[c], block[a]] = part[at : at + len(a)] / factor
        at += size * (size + 1) // 2
    heights = {data.keys[k]: -z[n] for n, k in enumerate(values)}
    if one:
        heights["1"] = z[len(values) + len(signed)]
    found = x / scales
    return WorstCase(
        float(found[0]), dict(zip(data.names, found[1:].tolist(), strict=True)), data.atoms, gram, heights,
        slack, status,
    )  # fmt: skip


def reference(statement: Statement) -> float:
    """The ratio of ``worst_case``, as a modelling language says it.

    Raises:
        NotSolved: the solver has no answer.
    """
    import cvxpy as cp

    ratio = cp.Variable()
    total: dict[str, Any] = {}
    terms: list[tuple[Any, Form]] = [(ratio, statement.right), (-1, statement.left)]
    constraints = []
    for name, form in statement.hypotheses().items():
        multiplier = cp.Variable() if statement.free(name) else cp.Variable(nonneg=True)
        terms.append((multiplier, form))
    for factor, form in terms:
        for key, c in form.items():
            total[key] = total.get(key, 0) + factor * float(c)
    for key, expression in total.items():
        if "|" not in key:
            constraints.append(expression >= 0 if key == "1" else expression == 0)
    atoms = sorted({atom for key in total if "|" in key for atom in key.split("|")})
    matrix = cp.Variable((len(atoms), len(atoms)), PSD=True)
    for k, a in enumerate(atoms):
        for m, b in enumerate(atoms[: k + 1]):
            constraints.append((1 if k == m else 2) * matrix[k, m] == total.get(f"{b}|{a}", 0))
    problem = cp.Problem(cp.Minimize(ratio), constraints)
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    if ratio.value is None:
        raise NotSolved(f"solver: {problem.status}")
    return float(ratio.value)
