"""Exact proofs at given rational numbers, rounded from the numerical worst case.

A claim that is not tight leaves room: multipliers are taken from the middle of the room and rounded. At a
tight claim there is no room, because the worst-case function is a null vector of the semidefinite form and
unused multipliers are 0: any rounding would make the form indefinite. So the face is found first (which
multipliers can be dropped, which vectors are null), the optimality conditions are solved by Newton's method
until the null vectors can be told as rational numbers, and the multipliers follow from linear equations over
the rational numbers. Nothing here has to be trusted: the outcome is a certificate for the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from checks.proofs.sdp import NotSolved, Programme, Vacuous, WorstCase, programme, worst_case
from checks.proofs.symbolic import NotProved, eliminate, equations, listed, prove
from theorems.performance import Obligation, Statement

#: Ratios up to 1 + TIGHT may be 1 in truth; below 1 - ROOM there is room.
TIGHT, ROOM = 1e-7, 1e-6
#: Accuracies of null vectors, from which rational numbers are told.
ACCURACIES = (1e-11, 1e-9, 1e-7)
DENOMINATORS = (1, 2, 12, 60, 1000, 10**6, 10**9, 10**12)


def prove_at(obligation: Obligation, values: Sequence[Fraction]) -> dict[str, Any]:
    """A certificate for the obligation at these values of its variables.

    Raises:
        NotProved: the worst case is larger than the claim, or no exact multipliers were found.
    """
    statement = obligation.statement(*values)
    try:
        data = _homogeneous(programme(statement))
        if obligation.support:
            data = data.restricted([*obligation.support, *obligation.known])
        worst = worst_case(data)
    except Vacuous:
        worst = None
    except NotSolved as error:
        raise NotProved(str(error)) from None
    if worst is not None and worst.ratio > 1 + TIGHT:
        raise NotProved(f"numeric-infeasible: the worst case is {worst.ratio:.9g} times the right side")
    failed = []
    unused = dict.fromkeys(statement.hypotheses(), Fraction(0))
    if worst is None or worst.ratio < 1 - ROOM:
        attempts = _with_room(statement, data, worst)
    else:
        attempts = _on_the_face(statement, data, worst)
    for found in attempts:
        if isinstance(found, str):
            failed.append(found)
            continue
        multipliers = unused | found
        negative = [name for name, value in multipliers.items() if value < 0 and not statement.free(name)]
        if negative:
            failed.append(f"negative multiplier {listed(negative[:1])}")
            continue
        try:
            return prove(_at(obligation, values, multipliers))
        except NotProved as error:
            failed.append(f"S not psd: {error}")
    raise NotProved("; ".join(dict.fromkeys(failed)) or "nothing to try")


def _at(
    obligation: Obligation, values: Sequence[Fraction], multipliers: Mapping[Any, Fraction]
) -> Obligation:
    """The obligation at these numbers, with all multipliers known."""
    return replace(
        obligation,
        variables=(),
        state=lambda S: obligation.state(S, *values),
        support=(),
        known={name: (lambda value=value: value) for name, value in multipliers.items()},
        worst=(),
        counter="",
    )


def _homogeneous(data: Programme) -> Programme:
    """The number one as a function value: the kernel's identity has no constant to spare."""
    return replace(data, keys=[key if key != "1" else "f:1 " for key in data.keys])


# ------------------------------------------------------------------------------------ with room


def _with_room(
    statement: Statement, data: Programme, worst: WorstCase | None
) -> Iterator[dict[Any, Fraction] | str]:
    """Multipliers from the middle of the room, rounded; without those that are 0 in all of the room."""
    candidates = [data]
    if worst is not None:
        candidates.append(_dropped(data, worst, (1 + worst.ratio) / 2)[0])
    for candidate in candidates:
        used = np.abs(candidate.quadratic).max(axis=(0, 1)) > 0
        try:
            middle = _middle(candidate, np.eye(len(data.atoms))[:, used])
        except NotSolved as error:
            yield f"no room: {error}"
            continue
        yield from _rounded(candidate.names, _rows(statement, candidate.names, []), middle)


def _middle(data: Programme, basis: np.ndarray) -> dict[Any, float]:
    """Multipliers for which the form, restricted to a space, and all multipliers exceed a margin, at most 1,
    that is as large as possible.

    The margin is minus the ratio of another programme: multipliers are written as multiplier - ratio, and
    the number one holds the ratio above -1.
    """
    signed = [k + 2 for k in range(len(data.names)) if not data.free[k]]
    sizes = np.ones(len(data.linear))
    for k in range(2, len(sizes)):
        sizes[k] = max(np.abs(data.linear[k]).max(initial=0), np.abs(data.quadratic[k]).max(initial=0)) or 1
    linear = np.column_stack([data.linear / sizes[:, None], np.zeros(len(sizes))])
    quadratic = basis.T @ (data.quadratic / sizes[:, None, None]) @ basis
    start_linear, start_quadratic = linear[0] + linear[1], quadratic[0] + quadratic[1]
    margin_linear = -linear[signed].sum(axis=0)
    margin_quadratic = np.eye(basis.shape[1]) - quadratic[signed].sum(axis=0)
    start_linear[-1] = margin_linear[-1] = 1
    around = Programme(
        data.names,
        data.free,
        [*data.keys, "1"],
        tuple(f"b{k}" for k in range(basis.shape[1])),
        np.concatenate([[start_linear, margin_linear], linear[2:]]),
        np.concatenate([[start_quadratic, margin_quadratic], quadratic[2:]]),
    )
    found = worst_case(around)
    if found.ratio > -1e-9:
        raise NotSolved(f"S not psd: the largest margin is {-found.ratio:.1e}")
    return {
        name: (found.multipliers[name] - (0 if data.free[k] else found.ratio)) / sizes[k + 2]
        for k, name in enumerate(data.names)
    }


# ------------------------------------------------------------------------------------ on the face


def _on_the_face(
    statement: Statement, data: Programme, worst: WorstCase
) -> Iterator[dict[Any, Fraction] | str]:
    """Multipliers for the exact null vectors of the worst case."""
    smaller, least = _dropped(data, worst, max(worst.ratio, 1.0) + 3e-8)
    seen: list[Any] = []
    for candidate, found in ((smaller, least), (data, worst)):
        if candidate is data and smaller is data and seen:
            break
        for rank in _ranks(found):
            polished = _polished(candidate, found, rank)
            if polished is None:
                yield "wrong face: the optimality conditions have no solution near by"
                continue
            vectors, ratio = polished
            if ratio > 1 + 1e-11:
                yield f"numeric-infeasible: the worst case is 1 + {ratio - 1:.1e} times the right side"
                continue
            for accuracy in ACCURACIES:
                null = _rational(vectors, accuracy)
                if null is None or (candidate.names, null) in seen:
                    continue
                seen.append((candidate.names, null))
                yield from _exact(statement, candidate, null)
                break
            else:
                yield "no rational null vector"


def _dropped(data: Programme, worst: WorstCase, allowed: float) -> tuple[Programme, WorstCase]:
    """A small set of hypotheses for which the worst case stays below this ratio: groups are dropped, the
    smallest multipliers first, and halved where that fails."""
    size = {
        name: abs(worst.multipliers[name]) * np.abs(data.quadratic[k + 2]).max(initial=0)
        for k, name in enumerate(data.names)
    }
    candidates = sorted((name for k, name in enumerate(data.names) if not data.free[k]), key=size.__getitem__)
    best = data, worst

    def drop(group: list[Any]) -> None:
        nonlocal best
        smaller = best[0].restricted([name for name in best[0].names if name not in group])
        try:
            found = worst_case(smaller)
        except NotSolved:
            found = None
        if found is not None and found.ratio < allowed:
            best = smaller, found
        elif len(group) > 1:
            half = len(group) // 2
            drop(group[:half])
            drop(group[half:])

    drop(candidates)
    return best


def _ranks(found: WorstCase) -> list[int]:
    """How many null vectors there may be: where the eigenvalues of the form, and of the Gram matrix, part."""
    slack = np.linalg.eigvalsh(found.slack)
    gram = np.linalg.eigvalsh(found.gram)[::-1]
    scale = max(1e-300, np.abs(slack).max())
    ranks = []
    for limit in (1e-5, 1e-4, 1e-6, 1e-7):
        ranks.append(int(np.sum(gram > limit * gram[0])))
        ranks.append(int(np.sum(slack < limit * scale)))
    return [r for r in dict.fromkeys(ranks) if 0 < r <= len(slack)]


def _echelon(vectors: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Rows in reduced echelon form, and the pivots' columns."""
    rows = vectors.copy()
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        at = len(pivots)
        if at == len(rows):
            break
        best = at + int(np.argmax(np.abs(rows[at:, column])))
        if abs(rows[best, column]) < 1e-3 * np.abs(rows).max():
            continue
        rows[[at, best]] = rows[[best, at]]
        rows[at] /= rows[at, column]
        for k in range(len(rows)):
            if k != at:
                rows[k] -= rows[k, column] * rows[at]
        pivots.append(column)
    return rows, pivots


def _polished(data: Programme, found: WorstCase, rank: int) -> tuple[np.ndarray, float] | None:
    """Null vectors to rounding, in echelon form, and the ratio, by Newton's method on the optimality
    conditions; None if it does not converge.

    Unknown are the ratio and the multipliers x, the null vectors U, their weights W (the Gram matrix is
    U^T W U) and the function values F:

        the function values of the form cancel,   S(x) U^T = 0,
        <right, U^T W U> + F(right) = 1,          <hypothesis, U^T W U> + F(hypothesis) = 0.

    The ratio stays free: for a fixed one the root is double, and Newton's method stalls at half the digits.
    """
    axes = np.linalg.eigh(found.gram)[1]
    U, pivots = _echelon(axes[:, ::-1][:, :rank].T)
    if len(pivots) < rank:
        return None
    count, size = len(data.names) + 1, len(data.atoms)
    matrices, linear = data.quadratic[1:], data.linear[1:]
    x = np.array([found.ratio, *(found.multipliers[name] for name in data.names)])
    F = np.array([found.values[key] for key in data.keys])
    back = U.T @ np.linalg.inv(U @ U.T)
    W = back.T @ found.gram @ back
    moving = [(k, c) for k in range(rank) for c in range(size) if c not in pivots]
    pairs = [(k, m) for k in range(rank) for m in range(k + 1)]
    target = np.zeros(count)
    target[0] = 1
    starts = np.cumsum([0, count, len(moving), len(pairs), len(F)])
    best: tuple[float, np.ndarray, float] | None = None
    for _ in range(20):
        S = data.quadratic[0] + np.tensordot(x, matrices, 1)
        gram = U.T @ W @ U
        conditions = [
            data.linear[0] + x @ linear,
            (S @ U.T).T.ravel(),
            np.einsum("iab,ab->i", matrices, gram) + linear @ F - target,
        ]
        residual = np.concatenate(conditions)
        size_of = 1 + np.abs(x).max() * np.abs(matrices).max()
        wrong = np.abs(residual).max() / size_of
        if best is None or wrong < best[0]:
            best = wrong, U.copy(), float(x[0])
        if wrong < 1e-16 or not np.isfinite(wrong) or wrong > 1e3:
            break
        J = np.zeros((len(residual), starts[-1]))
        rows = len(F), len(F) + rank * size
        J[: rows[0], :count] = linear.T
        J[rows[0] : rows[1], :count] = np.einsum("iab,kb->kai", matrices, U).reshape(-1, count)
        for at, (k, c) in enumerate(moving):
            J[rows[0] + k * size : rows[0] + (k + 1) * size, starts[1] + at] = S[:, c]
            J[rows[1] :, starts[1] + at] = 2 * np.einsum("ib,b->i", matrices[:, c, :], W[k] @ U)
        for at, (k, m) in enumerate(pairs):
            factor = 1 if k == m else 2
            J[rows[1] :, starts[2] + at] = factor * np.einsum("iab,a,b->i", matrices, U[k], U[m])
        J[rows[1] :, starts[3] :] = linear
        try:
            step = np.linalg.lstsq(J, -residual, rcond=1e-12)[0]
        except np.linalg.LinAlgError:
            break
        x = x + step[:count]
        for at, (k, c) in enumerate(moving):
            U[k, c] += step[starts[1] + at]
        for at, (k, m) in enumerate(pairs):
            W[k, m] += step[starts[2] + at]
            W[m, k] = W[k, m]
        F = F + step[starts[3] :]
    if best is None or best[0] > 1e-9:
        return None
    return best[1], best[2]


def _rational(vectors: np.ndarray, accuracy: float) -> list[list[Fraction]] | None:
    """The vectors as rational numbers; None if one has no denominator that this accuracy makes credible."""
    found = [[_simplest(float(v), accuracy) for v in row] for row in vectors]
    return None if any(v is None for row in found for v in row) else found  # type: ignore[return-value]


def _simplest(value: float, accuracy: float) -> Fraction | None:
    """The rational number with the smallest denominator that agrees, if a random number would hardly."""
    limit = 1
    while limit * limit * accuracy < 0.2:
        near = Fraction(value).limit_denominator(limit)
        if abs(float(near) - value) <= accuracy * max(1, abs(value)):
            return near
        limit *= 2
    return None


def _exact(
    statement: Statement, data: Programme, null: list[list[Fraction]]
) -> Iterator[dict[Any, Fraction] | str]:
    """Multipliers for which these vectors are null, from the middle of what is left if that is much."""
    basis = np.linalg.svd(np.array([[float(v) for v in row] for row in null]))[2][len(null) :].T
    vectors = [dict(zip(data.atoms, row, strict=True)) for row in null]
    rows = _rows(statement, data.names, vectors)
    first = _solved(data.names, rows, {})
    if first is None:
        yield "inconsistent (wrong face): no multipliers have these null vectors"
        return
    solution, free = first
    if not free:
        yield solution
        return
    held = replace(
        data,
        keys=[f"f:row {k}" for k in range(len(rows))],
        linear=np.array([[float(-row[-1]), 0.0, *map(float, row[:-1])] for row in rows]).T,
    )
    try:
        middle = _middle(held, basis)
    except NotSolved as error:
        yield f"no room on the face: {error}"
        return
    yield from _rounded(data.names, rows, middle)


def _rounded(
    names: list[Any], rows: list[list[Fraction]], near: Mapping[Any, float]
) -> Iterator[dict[Any, Fraction] | str]:
    """Free multipliers rounded to coarser and finer fractions, the others from the linear equations."""
    first = _solved(names, rows, {})
    if first is None:
        yield "inconsistent: no multipliers make the function values cancel"
        return
    free = first[1]
    for denominator in DENOMINATORS:
        fixed = {name: Fraction(round(near[name] * denominator), denominator) for name in free}
        found = _solved(names, rows, fixed)
        if found is not None:
            yield found[0]


def _rows(statement: Statement, names: list[Any], null: list[dict[str, Fraction]]) -> list[list[Fraction]]:
    """Linear equations for the multipliers, right side last: values cancel, these vectors are null."""
    hypotheses = statement.hypotheses()
    return equations(None, [statement.right - statement.left, *(hypotheses[name] for name in names)], null)


def _solved(
    names: list[Any], rows: list[list[Fraction]], fixed: Mapping[Any, Fraction]
) -> tuple[dict[Any, Fraction], list[Any]] | None:
    """The multipliers with some of them fixed, and the names of those still free."""
    given = [[*(Fraction(int(other == name)) for other in names), value] for name, value in fixed.items()]
    solution, free = eliminate([*rows, *given], len(names))
    if solution is None:
        return None
    return dict(zip(names, solution, strict=True)), [names[k] for k in free]
