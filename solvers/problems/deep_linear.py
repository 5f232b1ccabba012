r"""Deep linear nets, f(W) = |(W_N ... W_1 - target) root|_F^2 / 2, in the flat vector of their weights.

The covariance form costs the same for any number of samples: root root' is the covariance of the inputs,
target the best linear map. ``DeepLinearSamples`` keeps the samples beside it, for methods that draw them.
The error is measured as |(W_N ... W_1 - target) root|_F, which loses nothing to cancellation.

Widths belong to the type of a problem (``deep_linear``), as shapes do: nets of one type are one batch.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import sympy as sp

from solvers import arrays
from solvers import constants as symbols
from solvers.problems.instance import Instance
from solvers.vocabulary import add_at, at, put, quotient

#: A line search doubles its step so often at most, and then takes so many steps of Newton's method.
DOUBLINGS, NEWTON_STEPS = 60, 60
#: A singular value of a product of layers below this part of the largest counts as zero.
RANK = 1e-12


class _Chain:
    """What nets have in common. x is (B, p): the entries of W_1, row by row, then those of W_2, ..."""

    __slots__ = ()
    #: d_0, d_1, ..., d_N
    widths: ClassVar[tuple[int, ...]] = ()
    #: Whether the covariance is the identity, and products with it are left out.
    whitened: ClassVar[bool] = False
    #: The shapes are known to the type alone, so there is no compiled reading.
    batch_only: ClassVar[bool] = True

    target: Any
    root: Any
    covariance: Any

    def layers(self, x: Any) -> list[Any]:
        """The weights W_1, ..., W_N, views of x, (..., d_j, d_{j-1})."""
        return layers(self.widths, x)

    def map(self, x: Any) -> Any:
        """W_N ... W_1, (..., d_N, d_0)."""
        return functools.reduce(lambda product, weight: weight @ product, self.layers(x))

    def gradient(self, x: Any) -> Any:
        def residual(product: Any) -> Any:
            error = product - self.target
            return error if self.whitened else error @ self.covariance

        return self._gradient_from(x, residual)

    def _gradient_from(self, x: Any, residual: Callable[[Any], Any]) -> Any:
        """G_j = (W_N ... W_{j+1})' E (W_{j-1} ... W_1)' for all layers, where E = residual(W_N ... W_1)."""
        weights = self.layers(x)
        products = list(itertools.accumulate(weights, lambda product, weight: _times(weight, product)))
        back = residual(products[-1])
        found = _library(x).empty_like(x)
        written = self.layers(found)
        for j in range(len(weights) - 1, 0, -1):
            written[j][...] = _times(back, products[j - 1].mT)
            back = _times(weights[j].mT, back)
        written[0][...] = back
        return found

    def square_distance(self, x: Any) -> Any:
        error = self.map(x) - self.target
        if not self.whitened:
            error = error @ self.root
        return (error * error).sum((-1, -2))[..., None]

    def gap(self, x: Any) -> Any:
        return self.square_distance(x) / 2

    # ------------------------------------------------------------ weight by weight

    def coordinates(self) -> int:
        return parameters(self.widths)

    def second_derivatives(self, x: Any) -> Any:
        """|B_j e_a|^2 |e_b' A_j root|^2 for entry (a, b) of layer j, A_j = W_{j-1} ... W_1,
        B_j = W_N ... W_{j+1}, in the order of x."""
        weights = self.layers(x)
        before, rows = self.root, []
        for weight in weights:
            rows.append((before * before).sum(-1))
            before = weight @ before
        found = x * 0
        written = self.layers(found)
        written[-1][...] = rows[-1][..., None, :]
        after = weights[-1]
        for j in range(len(weights) - 2, -1, -1):
            written[j][...] = (after * after).sum(-2)[..., :, None] * rows[j][..., None, :]
            after = after @ weights[j]
        return found

    def remember(self, x: Any) -> Any:
        """The gradient and the second derivatives, side by side, (B, 2p)."""
        return _library(x).concatenate([self.gradient(x), self.second_derivatives(x)], -1)

    def derivative(self, memory: Any, i: Any) -> Any:
        return at(memory, i)

    def curvature(self, memory: Any, i: Any) -> Any:
        return at(memory[:, self.coordinates() :], i)

    def curvatures(self) -> Any:
        """The second derivatives at the balanced solution, (p,); on the host, for probabilities that stay
        as they are along a run."""
        return self.second_derivatives(flat(balanced(self.target, self.widths)))

    def move(self, x: Any, memory: Any, i: Any, a: Any) -> None:
        """Both parts of the memory depend on all products through the layer of i, so they are formed anew."""
        add_at(x, i, a)
        put(memory, self.remember(x))

    # ------------------------------------------------------------ along a line, and layer by layer

    def line_minimum(self, x: Any, d: Any) -> Any:
        """A minimiser over a > 0 of f(x + a d), a polynomial of degree 2N, if f decreases along d; the first
        that doubled steps meet."""
        slope = self._line(x, d)
        bend = [k * slope[k] for k in range(1, len(slope))]
        low = slope[0] * 0
        high = -quotient(slope[0], abs(bend[0]))
        for _ in range(DOUBLINGS):
            falls = _polynomial(slope, high) < 0
            if not falls.any():
                break
            low, high = low + falls * (high - low), high + falls * high
        a = (low + high) / 2
        for _ in range(NEWTON_STEPS):  # bisected wherever Newton leaves the bracket
            value = _polynomial(slope, a)
            low, high = low + (value < 0) * (a - low), high + (value > 0) * (a - high)
            step, middle = a - quotient(value, _polynomial(bend, a)), (low + high) / 2
            following = middle + ((step > low) & (step < high)) * (step - middle)
            if (following == a).all():
                break
            a = following
        return a

    def _line(self, x: Any, d: Any) -> list[Any]:
        """The coefficients of the derivative of a -> f(x + a d), from that of a^0 on, each (B, 1)."""
        products = [self.root]
        for weight, change in zip(self.layers(x), self.layers(d), strict=True):
            straight, turned = [weight @ c for c in products], [change @ c for c in products]
            inner = [s + t for s, t in zip(straight[1:], turned[:-1], strict=True)]
            products = [straight[0], *inner, turned[-1]]
        products[0] = products[0] - self.target @ self.root
        degree = len(products) - 1
        found = []
        for power in range(1, 2 * degree + 1):
            pairs = ((k, power - k) for k in range(degree + 1) if 0 <= power - k <= degree)
            total = sum((products[k] * products[m]).sum((-1, -2)) for k, m in pairs)
            found.append(power * total[:, None] / 2)
        return found

    def blocks(self) -> int:
        """The number of layers."""
        return len(self.widths) - 1

    def block_step(self, x: Any, k: int) -> Any:
        """The smallest change of layer k + 1 that minimises over it, as a change of x."""
        weights, linalg = self.layers(x), _library(x).linalg
        before = functools.reduce(lambda product, weight: weight @ product, weights[:k], self.root)
        change = -((self.map(x) - self.target) @ self.root) @ linalg.pinv(before, rtol=RANK)
        if k + 1 < len(weights):
            after = functools.reduce(lambda product, weight: weight @ product, weights[k + 1 :])
            change = linalg.pinv(after, rtol=RANK) @ change
        found = x * 0
        self.layers(found)[k][...] = change
        return found


class _Covariance(NamedTuple):
    target: Any  # (d_N, d_0), the best linear map
    root: Any  # (d_0, d_0), root root' is the covariance of the inputs
    covariance: Any  # (d_0, d_0)


class DeepLinear(_Covariance, _Chain):
    """A net in covariance form."""

    __slots__ = ()


class _Samples(NamedTuple):
    target: Any
    root: Any
    covariance: Any
    inputs: Any  # (n, d_0)
    outputs: Any  # (n, d_N)


class DeepLinearSamples(_Samples, _Chain):
    """A net with its samples: the mean of f_i(W) = |W_N ... W_1 x_i - y_i|^2 / 2, less its smallest value.

    A component's gradient has no fixed direction, so what ``component`` returns is the whole gradient, a
    vector (B, p), and a table of them is (B, n, p).
    """

    __slots__ = ()

    def samples(self) -> int:
        return self.inputs.shape[-2]

    def component(self, x: Any, i: Any) -> Any:
        shared = len(self.inputs) == 1
        a, b = (t[0][i[1]] if shared else t[i] for t in (self.inputs, self.outputs))
        return self._gradient_from(x, lambda product: _outer(_apply(product, a) - b, a))

    def components(self, x: Any) -> Any:
        """The gradients of all components, (B, n, p)."""
        many = x[:, None, :] + self.inputs[:, :, :1] * 0
        return self._gradient_from(
            many, lambda product: _outer(_apply(product, self.inputs) - self.outputs, self.inputs)
        )

    def ascend(self, y: Any, a: Any, i: Any) -> None:
        y += a

    def mean(self, table: Any) -> Any:
        return table.mean(1)


def _library(x: Any) -> Any:
    return np if isinstance(x, np.ndarray) else arrays.torch()


def _times(a: Any, b: Any) -> Any:
    """a @ b; torch takes half the time for it where it is told that a batch meets a batch."""
    if isinstance(a, np.ndarray) or a.ndim != 3 or len(a) != len(b):
        return a @ b
    return a.bmm(b)


def _polynomial(coefficients: Sequence[Any], a: Any) -> Any:
    value = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        value = value * a + c
    return value


def _apply(matrix: Any, vector: Any) -> Any:
    return (matrix @ vector[..., None])[..., 0]


def _outer(a: Any, b: Any) -> Any:
    return a[..., :, None] * b[..., None, :]


@functools.cache
def problem_class(widths: tuple[int, ...], whitened: bool, samples: bool = False) -> type:
    """The type of the nets of these widths d_0, ..., d_N."""
    base = DeepLinearSamples if samples else DeepLinear
    name = f"{base.__name__}_{'_'.join(map(str, widths))}{'' if whitened else '_covariance'}"
    return type(name, (base,), {"widths": widths, "whitened": whitened, "__slots__": ()})


@functools.cache
def _offsets(widths: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(itertools.accumulate((a * b for a, b in itertools.pairwise(widths)), initial=0))


def parameters(widths: Sequence[int]) -> int:
    """The number p of weights."""
    return sum(a * b for a, b in itertools.pairwise(widths))


def layers(widths: tuple[int, ...], x: Any) -> list[Any]:
    """The weights W_1, ..., W_N in a flat x, (..., p), as views (..., d_j, d_{j-1})."""
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    if isinstance(x, np.ndarray):
        ends = _offsets(widths)
        parts = [x[..., a:b] for a, b in itertools.pairwise(ends)]
    else:
        parts = x.split([rows * columns for rows, columns in shapes], -1)
    return [part.reshape(*x.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)]


def flat(weights: Sequence[np.ndarray]) -> np.ndarray:
    """The weights in one vector (..., p), as a net's iterate holds them."""
    return np.concatenate([w.reshape(*w.shape[:-2], -1) for w in weights], -1)


# ---------------------------------------------------------------- what holds near a solution


def jacobian(weights: Sequence[np.ndarray], root: np.ndarray) -> np.ndarray:
    """The derivative of W_N ... W_1 R, row by row, by the weights as a net's iterate holds them,
    (d_N d_0, p): B_j x (A_j R)' for layer j, with A_j = W_{j-1} ... W_1, B_j = W_N ... W_{j+1}."""
    return np.hstack([np.kron(B, A.T) for A, B in _around(weights, root)])


def tangent_kernel(weights: Sequence[np.ndarray], root: np.ndarray) -> np.ndarray:
    """K = sum_j (B_j B_j') x (R' A_j' A_j R), (d_N d_0, d_N d_0): its spectrum is the non-zero one of the
    Hessian at a solution without residual, where that is J'J with J the ``jacobian``, and K = JJ'."""
    return sum(
        (np.kron(B @ B.T, A.T @ A) for A, B in _around(weights, root)),
        np.zeros((len(weights[-1]) * root.shape[1],) * 2),
    )


def _around(weights: Sequence[np.ndarray], root: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """A_j R and B_j for each layer."""
    before = [root]
    for w in weights[:-1]:
        before.append(w @ before[-1])
    after = [np.eye(len(weights[-1]))]
    for w in weights[:0:-1]:
        after.append(after[-1] @ w)
    return list(zip(before, after[::-1], strict=True))


def balanced(target: np.ndarray, widths: Sequence[int], scale: float = 1.0) -> list[np.ndarray]:
    """Weights with W_{j+1}' W_{j+1} = W_j W_j' whose product is ``scale`` times the target, (..., d_N, d_0),
    of rank at most the smallest width."""
    depth = len(widths) - 1
    U, s, Vt = np.linalg.svd(target)
    rank = min(min(widths), s.shape[-1])
    root = (scale * s[..., None, :rank]) ** (1 / depth)
    hidden = [np.eye(w)[:, :rank] for w in widths[1:-1]]
    frames = [Vt[..., :rank, :].swapaxes(-1, -2), *hidden, U[..., :rank]]
    return [(frames[j + 1] * root) @ frames[j].swapaxes(-1, -2) for j in range(depth)]


def local_constants(weights: Sequence[np.ndarray], root: np.ndarray) -> dict[sp.Symbol, float]:
    """The constants of the Hessian at these weights, which solve the problem.

    Raises:
        ValueError: a direction of the map that no weight reaches, so that there is no strong convexity.
    """
    spectrum = np.linalg.eigvalsh(tangent_kernel(weights, root))
    if not spectrum[0] > 1e-12 * spectrum[-1]:
        raise ValueError(
            f"the tangent kernel is singular (smallest eigenvalue {spectrum[0]:.2g}): a layer is too narrow, "
            "or the target has no full rank"
        )
    count = sum(w.size for w in weights)
    smallest, largest = float(spectrum[0]), float(spectrum[-1])
    return {
        symbols.mu_local: smallest,
        symbols.L_local: largest,
        symbols.kappa_local: largest / smallest,
        symbols.kappa_CD_local: float(spectrum.sum()) / (count * smallest),
    }


# ---------------------------------------------------------------- instances


def net(
    target: np.ndarray,
    hidden: Sequence[int],
    label: str,
    start: Callable[[int], np.ndarray],
    covariance: np.ndarray | None = None,
    samples: tuple[np.ndarray, np.ndarray] | None = None,
) -> Instance:
    """A net of the hidden widths d_1, ..., d_{N-1} that is to learn ``target``, (d_N, d_0).

    Args:
        start: seed -> the weights at the start, flat (p,).
        covariance: of the inputs, (d_0, d_0); the identity if None.
        samples: inputs (n, d_0) and outputs (n, d_N), whose covariance and best map the first two are.

    Raises:
        ValueError: shapes that do not fit, a NaN, or a covariance that is not positive definite.
    """
    target = np.ascontiguousarray(target, dtype=float)
    widths = (target.shape[1], *hidden, target.shape[0])
    whitened = covariance is None
    S = np.eye(widths[0]) if covariance is None else np.ascontiguousarray(covariance, dtype=float)
    if S.shape != (widths[0],) * 2:
        raise ValueError(
            f"{label}: the covariance is {S.shape}, but the inputs have {widths[0]} entries; transpose the "
            "target if it is given as (inputs, outputs)"
        )
    values, vectors = np.linalg.eigh(S)
    if not values[0] > 0:
        raise ValueError(
            f"{label}: the covariance is not positive definite (smallest eigenvalue {values[0]:.2g}); drop "
            "inputs that depend on the others"
        )
    root = (vectors * np.sqrt(values)) @ vectors.T
    singular = np.linalg.svd(target, compute_uv=False)
    constants = {symbols.depth: float(len(widths) - 1), symbols.n: float(parameters(widths))}
    if singular[-1] > 0:
        constants[symbols.kappa_target] = float(singular[0] / singular[-1])
    spectrum = None
    if min(widths) >= min(widths[0], widths[-1]):
        weights = balanced(target, widths)
        constants |= local_constants(weights, root)
        spectrum = np.linalg.eigvalsh(tangent_kernel(weights, root))
    arrays: tuple[np.ndarray, ...] = (target, root, S)
    if samples is not None:
        inputs, outputs = samples
        arrays += (np.ascontiguousarray(inputs, dtype=float), np.ascontiguousarray(outputs, dtype=float))
        constants[symbols.N] = float(len(inputs))
    return Instance(
        label=label,
        problem=problem_class(widths, whitened, samples is not None)(*arrays),
        constants=constants,
        start=start,
        dimension=parameters(widths),
        components=0 if samples is None else len(samples[0]),
        spectrum=spectrum,
        homogeneous=False,
        floor=64 * 2.0**-53 * float(np.linalg.norm(target @ root)) * len(widths),
    )
