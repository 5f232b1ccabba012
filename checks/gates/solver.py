"""What a gate compares: a solver, which may be broken, and the method that it claims to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from solvers import method as protocol
from solvers.batched import toss
from solvers.problems.instance import Instance, with_run_axis
from solvers.sampling import ROUNDS_PER_DRAW, Sampling, stream


class Draws(NamedTuple):
    """What runs draw: indices (runs, steps) or (runs, steps, picks), and coins (runs, steps) or (runs, 0)."""

    indices: np.ndarray
    coins: np.ndarray


#: (what a step should draw, key of the stream, rounds, steps in a round) -> the draws of one stream, without
#: the leading axis.
Draw = Callable[[Sampling, int, int, int], Draws]


def as_a_run_draws(sampling: Sampling, key: int, rounds: int, steps: int) -> Draws:
    return Draws(sampling.indices(key, 0, rounds, steps), sampling.coins(key, 0, rounds, steps))


class Solver(NamedTuple):
    """A method, its hyper-parameters expressions, and how it draws."""

    method: Any
    draw: Draw = as_a_run_draws

    def steps(self, instance: Instance) -> int:
        """Steps in a round."""
        return protocol.steps(protocol.evaluate(self.method, instance), instance.problem)

    def sampling(self, instance: Instance) -> Sampling:
        return protocol.sampling(protocol.evaluate(self.method, instance), instance)

    def draws(self, instance: Instance, seeds: Sequence[int], count: int, pieces: int = 1) -> Draws:
        """The draws of ``count`` steps, one row a run; the stream of every seed is cut into ``pieces``
        runs, one after the other."""
        sampling, steps = self.sampling(instance), self.steps(instance)
        rounds, length = -(-count // steps) * pieces, -(-count // steps) * steps
        if pieces > 1 and np.ndim(sampling.chance) == 0:
            # a draw does not depend on its place in a round, so one opening of the generator serves all
            rounds, length = ROUNDS_PER_DRAW, count
            steps = -(-count * pieces // rounds)
        each = [self.draw(sampling, stream(instance.label, seed), rounds, steps) for seed in seeds]

        def cut(drawn: np.ndarray) -> np.ndarray:
            if not len(drawn):
                return np.zeros((pieces, 0), dtype=bool)
            return drawn[: pieces * length].reshape(pieces, length, *drawn.shape[1:])[:, :count]

        return Draws(*(np.concatenate([cut(drawn) for drawn in kind]) for kind in zip(*each, strict=True)))


@dataclass(frozen=True, eq=False)
class Claim:
    """A method as it should be, on one instance; ``times``, in steps, are candidates for ``expected``."""

    method: Any
    instance: Instance
    times: tuple[int, ...] = ()

    @property
    def numbers(self) -> list[float]:
        return [float(v) for v in protocol.evaluate(self.method, self.instance)]

    @property
    def sampling(self) -> Sampling:
        return Solver(self.method).sampling(self.instance)

    @property
    def shipped(self) -> Solver:
        """The solver that the claim is true of."""
        return Solver(self.method)


def columns(method: Any, instance: Instance) -> Any:
    """The method with numbers of shape (1, 1)."""
    return protocol.columns(protocol.evaluate(method, instance))


class Moment(NamedTuple):
    """Runs at one time: where they arrived, or, with what their next step draws, about to leave."""

    state: Any
    index: Any = None  # (runs, indices), as a step takes it; None on arrival
    heads: Any = None  # the runs for which ``by_chance`` comes first


def walk(
    solver: Solver, instance: Instance, seeds: Sequence[int], count: int, pieces: int = 1
) -> Iterator[Moment]:
    """All runs from the start of seed 0: on arrival after 0, 1, ..., ``count`` steps, and before each step.

    Between the two comes what the method does once a round. The state is advanced in place.
    """
    method, problem = columns(solver.method, instance), with_run_axis(instance.problem)
    steps, drawn = solver.steps(instance), solver.draws(instance, seeds, count, pieces)
    runs = np.arange(len(drawn.indices))
    state = method.start(problem, np.tile(instance.start(0), (len(runs), 1)))
    heads = np.zeros(0, dtype=int)
    for t in range(count):
        yield Moment(state)
        if t % steps == 0:
            protocol.outer(method, problem, state)
        index = runs, drawn.indices[:, t]
        if drawn.coins.size:
            heads = np.flatnonzero(drawn.coins[:, t])
        yield Moment(state, index, heads)
        if heads.size:
            toss(method, problem, state, heads)
        protocol.update(method, problem, state, index)
        if (t + 1) % steps == 0:
            protocol.refresh(method, problem, state)
    yield Moment(state)


def arrivals(*arguments: Any) -> Iterator[Any]:
    """The states of a ``walk`` on arrival."""
    return (moment.state for moment in walk(*arguments) if moment.index is None)


def measures(problem: Any, x: np.ndarray) -> np.ndarray:
    """The gap and the squared distance of every run, shape (2, B)."""
    return np.stack([problem.gap(x)[:, 0], (x * x).sum(-1)])
