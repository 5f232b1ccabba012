"""Exact expectations of sampled methods that are linear in the error, without Monte-Carlo noise.

E[z z'] of the free state z (``solvers.free_state``) is propagated step by step, or by powers of its
operator on the symmetric matrices.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from solvers import method as protocol
from solvers.free_state import FreeState, Step
from solvers.method import Method
from solvers.problems.instance import Instance

#: The largest operator on symmetric matrices that is built: a state of 48 numbers.
LARGEST = 1200


def step_matrices(method: Method, instance: Instance) -> np.ndarray:
    """The matrix of a step of a sampled method for each outcome of its draw, (outcomes, s, s), on its
    free state.

    Raises:
        ValueError: see ``FreeState`` and its ``step``.
    """
    free = FreeState(method, instance)
    return free.step(free.clock).matrices


@dataclass(frozen=True)
class SecondMoment:
    """E[z z'] of a sampled method's free state.

    Attributes:
        free: the state's coordinates.
        hessian: (n, n), of the iterate's coordinates, which are the first n of z.
    """

    free: FreeState
    hessian: np.ndarray

    @classmethod
    def of(cls, method: Method, instance: Instance) -> SecondMoment:
        """Read off the method's own step; the Hessian is the gradient at unit errors.

        Raises:
            ValueError: the method is not linear.
        """
        free = FreeState(method, instance)
        return cls(free, free.problem.gradient(np.eye(instance.dimension)))

    # ---------------------------------------------------------------- the operator

    @functools.cached_property
    def triangle(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the upper triangle of E[z z'], on which the operators act."""
        return np.triu_indices(self.free.size)

    @functools.cached_property
    def first_step(self) -> Step:
        return self.free.step(self.free.clock)

    @property
    def by_powers(self) -> bool:
        """Whether one operator serves all steps, and is small enough to build."""
        entries = self.free.size * (self.free.size + 1) // 2
        return not self.free.clock and entries <= LARGEST

    @functools.cached_property
    def operator(self) -> np.ndarray:
        """Maps the upper triangle of E[z z'] over one step; (s(s+1)/2, s(s+1)/2).

        Raises:
            ValueError: the step changes with time, or the state is too large.
        """
        name, label = type(self.free.method).__name__, self.free.instance.label
        if self.free.clock:
            raise ValueError(
                f"the step of {name} changes with time, so no single operator describes it; ask for the "
                "trajectory of its expectation"
            )
        if not self.by_powers:
            raise ValueError(
                f"the second moment of {name} on {label} has {len(self.triangle[0])} entries, more than "
                f"{LARGEST}; take fewer unknowns, or sample the expectation"
            )
        return _mean_congruence(self.first_step.matrices, self.first_step.probabilities)

    @functools.cached_property
    def outer(self) -> np.ndarray | None:
        """The matrix of what the method does once a round, on z; None if nothing."""
        return self.free.hook(protocol.outer) if self.free.writes(protocol.outer) else None

    @functools.cached_property
    def by_chance(self) -> np.ndarray | None:
        """The matrix of what comes before a step by chance, on z; None if nothing."""
        return self.free.hook(protocol.by_chance) if self.free.sampling.chance is not None else None

    def per_round(self, steps: int) -> np.ndarray:
        """The operator of a round of this many steps."""
        whole: np.ndarray
        if self.by_chance is None:
            whole = np.linalg.matrix_power(self.operator, steps)
        else:
            chances, changed = self.free.sampling.chances(steps), _congruence(self.by_chance)
            one = np.eye(len(changed))
            if np.ptp(chances) == 0:
                mixed = self.operator @ ((1 - chances[0]) * one + chances[0] * changed)
                whole = np.linalg.matrix_power(mixed, steps)
            else:
                whole = one
                for p in chances:
                    whole = self.operator @ ((1 - p) * whole + p * (changed @ whole))
        return whole if self.outer is None else whole @ _congruence(self.outer)

    @property
    def _homogeneous(self) -> np.ndarray:
        """Which entries of the triangle do not touch the constant coordinate."""
        return self.triangle[1] < self.free.size - self.free.affine

    def factor(self, steps: int = 1) -> float:
        """The factor of E|z|^2 over ``steps`` steps in the long run, of its homogeneous part where there
        are residuals; over one round of that many steps where the method does something once a round.

        Raises:
            ValueError: see ``operator``.
        """
        if self.outer is None and np.ptp(self.free.sampling.chances(steps)) == 0:
            return self._factor_of_a_step**steps
        mine = self._homogeneous
        whole = self.per_round(steps)
        if self.outer is not None:
            # outer forgets the leaves that it overwrites, so the long run is seen on the others alone
            seen = np.abs(_congruence(self.outer)).sum(0) > 0
            mine = mine & seen
        return float(np.abs(np.linalg.eigvals(whole[np.ix_(mine, mine)])).max())

    @functools.cached_property
    def _factor_of_a_step(self) -> float:
        mine = self._homogeneous
        return float(np.abs(np.linalg.eigvals(self.per_round(1)[np.ix_(mine, mine)])).max())

    # ---------------------------------------------------------------- expectations

    @functools.cached_property
    def _functionals(self) -> np.ndarray:
        """The weights of |e|^2 and of f - f* on the triangle, (2, entries)."""
        rows, columns = self.triangle
        n = self.free.instance.dimension
        inside = columns < n  # columns >= rows
        trace = ((rows == columns) & inside).astype(float)
        weight = np.where(rows == columns, 1.0, 2.0) * inside
        return np.stack(
            [trace, weight * self.hessian[np.minimum(rows, n - 1), np.minimum(columns, n - 1)] / 2]
        )

    def _measures(self, moment: np.ndarray) -> np.ndarray:
        """|e|^2 and f - f* of a moment (s, s)."""
        n = self.free.instance.dimension
        return np.array([np.trace(moment[:n, :n]), (moment[:n, :n] * self.hessian).sum() / 2])

    def trajectory(self, start: np.ndarray, steps: int, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """E|e|^2 and E[f - f*] after 0 ... ``rounds`` rounds of ``steps`` steps each, from the error
        ``start`` (n,)."""
        if not self.by_powers:
            return self._stepped(start, steps, rounds)
        per_round = self.per_round(steps)
        z = self.free.start(start)
        moment = np.outer(z, z)[self.triangle]
        found = np.empty((2, rounds + 1))
        for k in range(rounds + 1):
            found[:, k] = self._functionals @ moment
            moment = per_round @ moment
        return found[0], found[1]

    def _stepped(self, start: np.ndarray, steps: int, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """The same one step after the other: for steps that change with time, and for large states."""
        z = self.free.start(start)
        moment, clock = np.outer(z, z), self.free.clock
        chances, found = self.free.sampling.chances(steps), np.empty((2, rounds + 1))
        found[:, 0] = self._measures(moment)
        for k in range(rounds):
            if self.outer is not None:
                moment = self.outer @ moment @ self.outer.T
            for p in chances:
                if self.by_chance is not None and p:
                    moment = (1 - p) * moment + p * self.by_chance @ moment @ self.by_chance.T
                step = self.free.step(clock) if clock else self.first_step
                images = step.matrices @ moment @ step.matrices.transpose(0, 2, 1)
                moment, clock = np.tensordot(step.probabilities, images, axes=1), step.clock
            found[:, k + 1] = self._measures(moment)
        return found[0], found[1]

    def limit(self) -> tuple[float, float]:
        """E|e|^2 and E[f - f*] in the long run, where the residuals keep them from vanishing.

        Raises:
            ValueError: see ``operator``; or the expectation has no limit.
        """
        if self.factor() >= 1:
            raise ValueError(
                f"{protocol.name(self.free.method)} does not contract in mean square on "
                f"{self.free.instance.label}; take a smaller step"
            )
        if not self.free.affine:
            return 0.0, 0.0
        one = self.per_round(1)
        stationary = np.linalg.solve(np.eye(len(one) - 1) - one[:-1, :-1], one[:-1, -1])
        distance, gap = self._functionals[:, :-1] @ stationary
        return float(distance), float(gap)

    def totals(self, start: np.ndarray) -> tuple[float, float]:
        """The sums of E|e_k|^2 and of E[f(x_k) - f*] over all steps k = 0, 1, ..., without residuals.

        Raises:
            ValueError: see ``operator``; or the sums are infinite.
        """
        if self.free.affine or self.outer is not None or self.factor() >= 1:
            raise ValueError(
                f"the errors of {protocol.name(self.free.method)} on {self.free.instance.label} have no "
                "finite sum that one operator gives"
            )
        one = self.per_round(1)
        z = self.free.start(start)
        summed = np.linalg.solve(np.eye(len(one)) - one, np.outer(z, z)[self.triangle])
        distance, gap = self._functionals @ summed
        return float(distance), float(gap)


def _congruence(B: np.ndarray) -> np.ndarray:
    """The matrix of S -> B S B' on the upper triangles of symmetric S."""
    return _mean_congruence(B[None], np.ones(1))


def _mean_congruence(matrices: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The matrix of S -> E[B S B'] on the upper triangles of symmetric S: entry (a, b) is
    sum_jk E[B_aj B_bk] S_jk."""
    size = matrices.shape[-1]
    flat = matrices.reshape(len(matrices), -1)
    products = ((flat.T * probabilities) @ flat).reshape(size, size, size, size).transpose(0, 2, 1, 3)
    rows, columns = np.triu_indices(size)
    each = products[rows, columns]
    both: np.ndarray = each[:, rows, columns] + np.where(rows != columns, each[:, columns, rows], 0.0)
    return both
