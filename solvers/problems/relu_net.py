r"""A net with one hidden layer of ReLU units and one output: a landscape that has bad local minima."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from solvers import constants as symbols
from solvers.problems.instance import Instance


class _Samples(NamedTuple):
    inputs: Any  # (n, d)
    outputs: Any  # (n,)


class ReLUNet(_Samples):
    """The mean over the samples of (v' max(W x, 0) - y)^2 / 2; x is (B, h d + h), W row by row, then v.

    The distance is that of the outputs, the root of twice the gap; it is measured to the smallest value 0, so
    the outputs must be those of a net of this width or a smaller one.
    """

    __slots__ = ()
    #: The number of units is known from the shapes alone, so there is no compiled reading.
    batch_only: ClassVar[bool] = True

    def _forward(self, x: Any) -> Any:
        units = x.shape[-1] // (self.inputs.shape[-1] + 1)
        W = x[..., :-units].reshape(*x.shape[:-1], units, -1)
        z = self.inputs @ W.swapaxes(-1, -2)
        h = z * (z > 0)
        return z, h, x[..., -units:], (h @ x[..., -units:, None])[..., 0] - self.outputs

    def gradient(self, x: Any) -> Any:
        z, h, v, error = self._forward(x)
        error = error / self.outputs.shape[-1]
        back = error[..., :, None] * v[..., None, :] * (z > 0)
        g = x * 0
        g[..., : -v.shape[-1]] = (back.swapaxes(-1, -2) @ self.inputs).reshape(*x.shape[:-1], -1)
        g[..., -v.shape[-1] :] = (h.swapaxes(-1, -2) @ error[..., None])[..., 0]
        return g

    def square_distance(self, x: Any) -> Any:
        error = self._forward(x)[-1]
        return (error * error).mean(-1)[..., None]

    def gap(self, x: Any) -> Any:
        return self.square_distance(x) / 2


def relu_teacher(
    samples: int, inputs: int, units: int, seed: int, start: Callable[[int], np.ndarray]
) -> Instance:
    """Normal samples whose outputs a random net of this width gives."""
    rng = np.random.default_rng([seed, samples])
    X = rng.standard_normal((samples, inputs))
    W, v = rng.standard_normal((units, inputs)), rng.standard_normal(units)
    return Instance(
        label=f"{units} ReLU units, data set {seed}",
        problem=ReLUNet(X, np.maximum(X @ W.T, 0) @ v),
        constants={symbols.n: float(units * (inputs + 1))},
        start=start,
        dimension=units * (inputs + 1),
        homogeneous=False,
    )
