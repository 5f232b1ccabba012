"""Numpy or torch, CPU or CUDA: creation and device."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


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
