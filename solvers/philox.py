"""The uniform index stream of ``solvers.sampling``, compiled: the same indices in a third of the time.

Philox 4x64 with ten rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011; numbers below ``choices`` by Lemire, "Fast random integer generation in an interval", ACM Trans.
Model. Comput. Simul. 29 (2019), from the low half of a word and then from its high half, as numpy does.
At a hundred unknowns, numpy's calls cost as much as the steps do. ``tests/test_indices.py`` holds the two
streams together, bit by bit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from solvers import sources
from solvers.sampling import ROUNDS_PER_DRAW, Sampling


def _high(context: Any, a: Any, b: Any) -> Any:
    """The high word of the product of two words."""

    def generate(context, builder, signature, arguments):
        wide = ir.IntType(128)
        x, y = (builder.zext(a, wide) for a in arguments)
        product = builder.lshr(builder.mul(x, y), ir.Constant(wide, 64))
        return builder.trunc(product, ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


high: Any = intrinsic(_high)


@nb.njit
def words(i, lane, block, key, second):
    """The four words of counter (i, 0, lane, block) under the key (key, second)."""
    a, b, c, d = np.uint64(i), np.uint64(0), np.uint64(lane), np.uint64(block)
    k, m = np.uint64(key), np.uint64(second)
    p, q = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
    for _ in range(10):
        a, b, c, d = high(q, c) ^ b ^ k, q * c, high(p, a) ^ d ^ m, p * a
        k += np.uint64(0x9E3779B97F4A7C15)
        m += np.uint64(0xBB67AE8584CAA73B)
    return a, b, c, d


def fill(drawn, choices, key, second, first, size):
    """Uniform indices below ``choices`` into ``drawn``: ``size`` of each block from block ``first`` on."""
    bound, word_size = np.uint64(choices), np.uint64(32)
    low = np.uint64(2**32 - 1)
    refused = np.uint64(2**32) % bound
    block = first
    for start in range(0, drawn.size, size):
        end = min(start + size, drawn.size)
        t, i = start, 0
        while t < end:
            i += 1
            for word in words(i, 0, block, key, second):
                for half in (word & low, word >> word_size):
                    product = half * bound
                    if product & low >= refused and t < end:
                        drawn[t] = np.int64(product >> word_size)
                        t += 1
        block += 1


@functools.cache
def compiled_fill() -> Callable[..., None]:
    nb.config.CACHE_DIR = str(  # type: ignore[attr-defined]
        sources.cache_folder() / sources.package("solvers")
    )
    return nb.njit(cache=True)(fill)


def indices(
    sampling: Sampling, key: int, first: int, rounds: int, steps: int, memory: np.ndarray
) -> np.ndarray:
    """What ``sampling.indices`` returns, in ``memory`` where it is drawn here; ``first`` opens a block."""
    if sampling.picks or sampling.weights is not None or not 0 < sampling.choices < 2**32:
        return sampling.indices(key, first, rounds, steps)
    assert first % ROUNDS_PER_DRAW == 0
    drawn, word = memory[: rounds * steps], 2**64
    compiled_fill()(
        drawn, sampling.choices, np.uint64(key % word), np.uint64(key // word), first // ROUNDS_PER_DRAW,
        ROUNDS_PER_DRAW * steps,
    )  # fmt: skip
    return drawn
