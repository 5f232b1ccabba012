"""What a step draws at random, and the streams that it is drawn from, on the host.

A stream is a pure function of a run's key and the round (a keyed counter generator, Philox): no matter
how a run is cut into blocks, batches or backends, round r draws the same.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

#: Rounds that one counter of the generator serves: opening a generator costs as much as 3000 draws.
ROUNDS_PER_DRAW = 64
#: Outcomes of one step that are enumerated.
MOST_OUTCOMES = 5000


def stream(label: str, seed: int) -> int:
    """The key of a run's random stream: instances with the same seed share no draws."""
    return (zlib.crc32(label.encode()) << 32) + seed


class Sampling(NamedTuple):
    """How a step draws.

    Attributes:
        choices: how many indices there are; none for a method that draws nothing.
        picks: the size of a batch; 0 for a step that draws a single index.
        replace: whether an index may come twice in a batch.
        weights: the probability of each index, shape (choices,); None if all are alike.
        chance: the probability with which ``by_chance`` comes before a step: a number, or one for each
            step of a round, shape (steps,); None for a method without it.
        ordered: whether the order of a batch matters to the step; a batch of all the choices, drawn without
            replacement, is then a permutation.
    """

    choices: int
    picks: int = 0
    replace: bool = True
    weights: Any = None
    chance: Any = None
    ordered: bool = False

    def check(self, owner: str) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: a batch larger than the choices, weights that are no distribution, or a chance
                outside [0, 1].
        """
        if not self.replace and self.picks > self.choices:
            raise ValueError(
                f"{owner} draws {self.picks} different indices of {self.choices}; take a smaller batch"
            )
        if self.weights is not None:
            weights = np.asarray(self.weights)
            if weights.shape != (self.choices,) or (weights < 0).any() or abs(weights.sum() - 1) > 1e-9:
                raise ValueError(
                    f"{owner} draws with weights that are not {self.choices} probabilities; "
                    "divide them by their sum"
                )
            if self.picks and not self.replace:
                raise ValueError(f"{owner}: unequal weights without replacement are not offered")
        chance = np.asarray(0.0 if self.chance is None else self.chance)
        if not ((chance >= 0) & (chance <= 1)).all():
            raise ValueError(f"{owner}: the chance {self.chance} is not a probability")

    def indices(self, key: int, first: int, rounds: int, steps: int) -> np.ndarray:
        """The indices of ``rounds`` rounds from round ``first`` on, shape (rounds * steps,), or
        (rounds * steps, picks) for batches."""
        if not self.choices:
            return np.zeros(rounds * steps, dtype=np.int64)
        return _cut(key, 0, first, rounds, steps, self._draw)

    def coins(self, key: int, first: int, rounds: int, steps: int) -> np.ndarray:
        """Whether ``by_chance`` comes before each of these steps, shape (rounds * steps,); empty if never."""
        if self.chance is None:
            return np.zeros(0, dtype=np.bool_)
        uniform = _cut(key, 1, first, rounds, steps, lambda rng, count: rng.random(count))
        return uniform < np.tile(self.chances(steps), rounds)

    def chances(self, steps: int) -> np.ndarray:
        """The probability of ``by_chance`` before each step of a round, shape (steps,)."""
        return np.broadcast_to(np.asarray(0.0 if self.chance is None else self.chance, float), steps)

    def _draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        shape = (count, self.picks) if self.picks else (count,)
        if self.weights is not None:
            edges = np.cumsum(self.weights)
            return np.searchsorted(edges[:-1], rng.random(shape) * edges[-1], side="right")
        if self.replace or not self.picks:
            return rng.integers(0, self.choices, size=shape)
        if self.ordered and self.picks == self.choices:
            return rng.permuted(np.tile(np.arange(self.choices), (count, 1)), axis=1)
        batch = np.empty(shape, dtype=np.int64)
        for k in range(self.picks):  # the k-th of the indices that are left, counted past those taken
            taken = np.sort(batch[:, :k], axis=1)
            index = rng.integers(0, self.choices - k, size=count)
            for j in range(k):
                index += index >= taken[:, j]
            batch[:, k] = index
        return batch

    def outcomes(self) -> Iterator[tuple[Any, float]]:
        """Every index (or batch, where that is drawn without replacement up to an order that does not
        matter) and its chance; of a method that draws nothing, the one index 0.

        Raises:
            ValueError: there are too many.
        """
        if not self.choices:
            yield 0, 1.0
            return
        weights = (
            np.full(self.choices, 1 / self.choices) if self.weights is None else np.asarray(self.weights)
        )
        if not self.picks:
            yield from enumerate(weights.tolist())
            return
        several = math.perm if self.ordered else math.comb
        count = self.choices**self.picks if self.replace else several(self.choices, self.picks)
        if count > MOST_OUTCOMES:
            raise ValueError(
                f"a batch of {self.picks} out of {self.choices} has {count} outcomes, more than "
                f"{MOST_OUTCOMES}; take fewer"
            )
        if not self.replace:
            batches = itertools.permutations if self.ordered else itertools.combinations
            yield from ((batch, 1 / count) for batch in batches(range(self.choices), self.picks))
            return
        for batch in itertools.product(range(self.choices), repeat=self.picks):
            yield batch, float(np.prod(weights[list(batch)]))


def _cut(
    key: int,
    lane: int,
    first: int,
    rounds: int,
    steps: int,
    draw: Callable[[np.random.Generator, int], np.ndarray],
) -> np.ndarray:
    """Draws of whole blocks of rounds, cut to the rounds asked for."""
    blocks = range(first // ROUNDS_PER_DRAW, (first + rounds - 1) // ROUNDS_PER_DRAW + 1)
    drawn = np.concatenate(
        [
            draw(
                np.random.Generator(np.random.Philox(key=key, counter=[0, 0, lane, block])),
                ROUNDS_PER_DRAW * steps,
            )
            for block in blocks
        ]
    )
    offset = (first - blocks[0] * ROUNDS_PER_DRAW) * steps
    return drawn[offset : offset + rounds * steps]
