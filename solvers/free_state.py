"""A linear method's state as one vector z, and what its text does to it.

Every matrix here is read off the method's own hooks, applied to unit states: what is computed from them
cannot drift from the code that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from solvers import method as protocol
from solvers.iteration import require_linear
from solvers.method import Method
from solvers.problems.instance import Instance, with_run_axis


class Step(NamedTuple):
    """One step: z -> matrices[o] z with chance probabilities[o]; the clock after it."""

    matrices: np.ndarray  # (outcomes, s, s)
    probabilities: np.ndarray  # (outcomes,)
    clock: tuple[np.ndarray, ...]


class FreeState:
    """The coordinates of a state: the vectors that ``refresh`` does not recompute, side by side, the
    iterate first, and a constant 1 at the end where the problem has residuals (a step is affine there).

    Numbers of degree 0 that the steps change, such as a count of steps, are the clock: they are the same
    in all runs, and a step is linear for every reading of it.

    Attributes:
        size: the length s of z.
        affine: whether z ends with the constant.
        clock: the values of the numbers of degree 0 at the start.

    Raises:
        ValueError: the method is not linear in its vectors.
        TypeError: the problem lacks an oracle.
    """

    def __init__(self, method: Method, instance: Instance) -> None:
        require_linear(method)
        protocol.require(method, instance)
        self.instance = instance
        self.method = protocol.evaluate(method, instance)
        self.sampling = protocol.sampling(self.method, instance)
        self.problem = with_run_axis(instance.problem)
        self.columns = protocol.columns(self.method)
        started = self.columns.start(self.problem, np.ones((1, instance.dimension)))
        self.sizes = [leaf.shape[1] for leaf in started]
        degrees = type(self.method).degrees
        self.times = [k for k, degree in enumerate(degrees) if not degree]
        self.clock = tuple(started[k][0].copy() for k in self.times)
        recomputed = self._written_by(protocol.refresh)
        self.leaves = [k for k, d in enumerate(degrees) if d and k not in recomputed]
        self.affine = not instance.homogeneous
        self.size = sum(self.sizes[k] for k in self.leaves) + self.affine

    def _written_by(self, hook: Callable[..., None]) -> set[int]:
        """The leaves that a hook writes, found by watching it write into a random state."""
        rng = np.random.default_rng(0)
        state = type(self.method).State(*(rng.standard_normal((1, size)) for size in self.sizes))
        before = [leaf.copy() for leaf in state]
        hook(self.columns, self.problem, state)
        return {k for k, (old, new) in enumerate(zip(before, state, strict=True)) if (old != new).any()}

    def embed(self, z: np.ndarray, clock: tuple[np.ndarray, ...]) -> Any:
        """The whole state, (B, ...), whose free vectors are the rows of z, (B, s) without the constant."""
        leaves = [np.zeros((len(z), size)) for size in self.sizes]
        first = 0
        for k in self.leaves:
            leaves[k][:] = z[:, first : first + self.sizes[k]]
            first += self.sizes[k]
        for k, now in zip(self.times, clock, strict=True):
            leaves[k][:] = now
        state = type(self.method).State(*leaves)
        protocol.refresh(self.method, self.problem, state)
        return state

    def read(self, state: Any) -> np.ndarray:
        """The free vectors of a state side by side, (B, s) without the constant."""
        return np.concatenate([state[k] for k in self.leaves], axis=1)

    def start(self, x: np.ndarray) -> np.ndarray:
        """z where the method starts at x, (s,)."""
        z = self.read(self.columns.start(self.problem, x[None].copy()))[0]
        return np.append(z, 1.0) if self.affine else z

    def _matrices(self, images: np.ndarray) -> np.ndarray:
        """The matrices whose columns are the images (outcomes, units + 1, vectors) of the unit states,
        the last one that of zero."""
        origin = images[:, -1:]
        linear = (images[:, :-1] - origin).transpose(0, 2, 1)
        if not self.affine:
            return linear
        matrices = np.zeros((len(images), self.size, self.size))
        matrices[:, :-1, :-1] = linear
        matrices[:, :-1, -1] = origin[:, 0]
        matrices[:, -1, -1] = 1.0
        return matrices

    @property
    def _units(self) -> np.ndarray:
        vectors = self.size - self.affine
        return np.vstack([np.eye(vectors), np.zeros((1, vectors))])

    def hook(self, done: Callable[..., None]) -> np.ndarray:
        """The matrix of ``outer`` or ``by_chance``, (s, s)."""
        state = self.embed(self._units, self.clock)
        done(self.columns, self.problem, state)
        return self._matrices(self.read(state)[None])[0]

    def writes(self, done: Callable[..., None]) -> bool:
        """Whether the method has anything to do in this hook."""
        return bool(self._written_by(done))

    def step(
        self, clock: tuple[np.ndarray, ...], outcomes: Iterable[tuple[Any, float]] | None = None
    ) -> Step:
        """All outcomes of a step at this reading of the clock, or only these: a draw and its chance each.

        Raises:
            ValueError: there are too many, or the step leaves what it maintains elsewhere than ``refresh``
                does.
        """
        drawn, chances = zip(*(outcomes or self.sampling.outcomes()), strict=True)
        units = self._units
        count = len(drawn) * len(units)
        state = self.embed(np.tile(units, (len(drawn), 1)), clock)
        index = np.repeat(np.array(drawn), len(units), axis=0)
        protocol.update(protocol.columns(self.method, count), self.problem, state, (np.arange(count), index))
        after = tuple(state[k][0].copy() for k in self.times)
        again = self.embed(self.read(state), after)
        if not all(np.allclose(a, b, atol=1e-12) for a, b in zip(state, again, strict=True)):
            raise ValueError(
                f"a step of {type(self.method).__name__} leaves its state where refresh would change it; "
                "what it maintains is not what it recomputes"
            )
        images = self.read(state).reshape(len(drawn), len(units), -1)
        return Step(self._matrices(images), np.array(chances), after)


def iteration_matrix(method: Method, instance: Instance) -> np.ndarray:
    """The matrix of a step of a method that draws nothing, on its free state, (s, s), in whatever basis the
    instance has: for methods that move single coordinates.

    Raises:
        ValueError: the method draws indices, changes its step with time, or is not linear on the instance.
    """
    free = FreeState(method, instance)
    if free.sampling.choices or free.clock or free.affine:
        raise ValueError(
            f"no single matrix describes a step of {type(method).__name__} on {instance.label}: it draws "
            "indices, changes with time or does not vanish at the solution"
        )
    return free.step(free.clock).matrices[0]


def radius(method: Method, instance: Instance) -> float:
    """The spectral radius of ``iteration_matrix``: the factor of a step in the long run."""
    return float(np.abs(np.linalg.eigvals(iteration_matrix(method, instance))).max())
