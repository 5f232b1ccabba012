"""Numpy or torch, CPU or CUDA: creation, device, and the index streams, drawn once on the host."""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np

#: Rounds that one counter of the generator serves: opening a generator costs as much as 3000 draws.
ROUNDS_PER_DRAW = 64


class Arrays(NamedTuple):
    """Where the arrays of a run live."""

    backend: str = "numpy"
    device: str = "cpu"

    def asarray(self, array: np.ndarray) -> Any:
        """A float64 (or integer) array of this backend, never sharing memory with the argument."""
        if self.backend == "numpy":
            return np.array(array)
        return torch().tensor(np.asarray(array), device=self.device)

    def to_numpy(self, array: Any) -> np.ndarray:
        return array if isinstance(array, np.ndarray) else array.detach().cpu().numpy()

    def check(self) -> None:
        """Refuse a combination that cannot run.

        Raises:
            ValueError: unknown backend or device, or numpy on a GPU.
            RuntimeError: no GPU.
        """
        if self.backend not in ("numpy", "torch"):
            raise ValueError(f"there is no backend {self.backend!r}; the backends are numpy, torch")
        if self.device not in ("cpu", "cuda"):
            raise ValueError(f"there is no device {self.device!r}; the devices are cpu, cuda")
        if self.device == "cuda" and self.backend == "numpy":
            raise ValueError("numpy has no GPU arrays: use --backend torch with --device cuda")
        if self.device == "cuda" and not torch().cuda.is_available():
            raise RuntimeError("torch sees no CUDA device here: use --device cpu, or a machine with a GPU")


def torch() -> Any:
    """torch, loaded at its first use (it takes longer to load than everything else), one thread."""
    import torch as module

    module.set_num_threads(1)
    return module


def stream(label: str, seed: int) -> int:
    """The key of a run's random stream: instances with the same seed share no draws."""
    return (zlib.crc32(label.encode()) << 32) + seed


def indices(key: int, first: int, rounds: int, steps: int, choices: int) -> np.ndarray:
    """The indices of ``rounds`` rounds from round ``first`` on, shape (rounds * steps,).

    A pure function of the key and the round (a keyed counter generator, Philox): no matter how a run
    is cut into blocks, batches or backends, round r draws the same. Uniform, with replacement.
    """
    if not choices:
        return np.zeros(rounds * steps, dtype=np.int64)
    blocks = range(first // ROUNDS_PER_DRAW, (first + rounds - 1) // ROUNDS_PER_DRAW + 1)
    drawn = np.concatenate(
        [
            np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, block])).integers(
                0, choices, size=ROUNDS_PER_DRAW * steps
            )
            for block in blocks
        ]
    )
    offset = (first - blocks[0] * ROUNDS_PER_DRAW) * steps
    return drawn[offset : offset + rounds * steps]
