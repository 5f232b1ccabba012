"""Random weights of a layer, for nets at their start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: The variance of an entry of a Gaussian layer, as a function of the widths (in, out).
#: LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998); Glorot, Bengio, AISTATS (2010); He, Zhang, Ren,
#: Sun, ICCV (2015).
VARIANCES = {
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "fan out": lambda fan_in, fan_out: 1 / fan_out,
    "glorot": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}


def variance(law: str, fan_in: int, fan_out: int) -> float:
    """The variance that a law gives to an entry of a layer.

    Raises:
        ValueError: a law that is not known.
    """
    if law not in VARIANCES:
        raise ValueError(f"there is no initialisation {law!r}; the choices are {', '.join(VARIANCES)}")
    return VARIANCES[law](fan_in, fan_out)


def gaussian_layer(
    rng: np.random.Generator, count: int, fan_out: int, fan_in: int, law: str = "lecun"
) -> np.ndarray:
    """Independent normal entries, (count, fan_out, fan_in)."""
    deviation = np.sqrt(variance(law, fan_in, fan_out))
    return deviation * rng.standard_normal((count, fan_out, fan_in))


def orthogonal_layer(rng: np.random.Generator, count: int, fan_out: int, fan_in: int) -> np.ndarray:
    """Uniform among the matrices with orthonormal columns (or rows, if there are fewer), (count, fan_out,
    fan_in)."""
    tall = rng.standard_normal((count, max(fan_out, fan_in), min(fan_out, fan_in)))
    Q, R = np.linalg.qr(tall)
    # QR leaves the signs open; with a positive diagonal of R the distribution is uniform
    Q *= np.sign(np.diagonal(R, axis1=-2, axis2=-1))[:, None, :]
    return Q if fan_out >= fan_in else Q.swapaxes(-1, -2)


@dataclass(frozen=True)
class RandomStart:
    """seed -> all weights of a net, flat (p,).

    Attributes:
        widths: d_0, ..., d_N.
        kind: "gaussian" for independent standard normal entries, "orthogonal" for layers whose singular
            values are the root of the larger width.
        scale: multiplies every weight.
    """

    widths: tuple[int, ...]
    kind: str
    scale: float

    def __call__(self, seed: int) -> np.ndarray:
        rng = np.random.default_rng([seed, *self.widths])
        pairs = list(zip(self.widths[1:], self.widths[:-1], strict=True))
        if self.kind == "gaussian":
            weights = [rng.standard_normal(pair) for pair in pairs]
        else:
            weights = [np.sqrt(max(pair)) * orthogonal_layer(rng, 1, *pair)[0] for pair in pairs]
        return self.scale * np.concatenate([w.ravel() for w in weights])
