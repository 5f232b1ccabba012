"""Optimisers that are audited in tests: right ones, wrong ones, and some that are no optimisers."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

# ---------------------------------------------------------------- full gradients


def gradient_step(x: Any, oracle: Any, step: float = 1.0) -> Any:
    return x - step * oracle.gradient(x) / oracle.L


class StaleGradient:
    """Gradient descent along the gradient of one step ago."""

    def __init__(self) -> None:
        self.stored: Any = None

    def __call__(self, x: Any, oracle: Any) -> Any:
        fresh = oracle.gradient(x)
        used, self.stored = fresh if self.stored is None else self.stored, fresh
        return x - used / (5 * oracle.L)


def ten_in_one(x: Any, oracle: Any) -> Any:
    """An iteration that hides ten."""
    for _ in range(10):
        x = x - oracle.gradient(x) / oracle.L
    return x


class Transformation:
    """Gradient descent with the interface of optax."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def init(self, parameters: Any) -> tuple[()]:
        return ()

    def update(self, gradient: Any, state: Any, parameters: Any) -> tuple[Any, Any]:
        return -self.rate * gradient, state


# ---------------------------------------------------------------- sums


class SAGA:
    """SAGA with the step 1/(3 max w_i|a_i|^2), drawing with replacement."""

    weighted, replaced = True, True

    def __init__(self) -> None:
        self.table: Any = None
        self.order: list[int] = []

    def __call__(self, x: Any, oracle: Any) -> Any:
        if self.table is None:
            self.table = np.array([oracle.component(x, i) for i in range(oracle.N)])
            self.average = self.table.mean(0)
            squares = (oracle.rows**2).sum(1)
            self.step = 1 / (3 * (oracle.weights * squares if self.weighted else squares).max())
        i = self.draw(oracle)
        change = oracle.component(x, i) - self.table[i]
        following = x - self.step * (change + self.average)
        self.average = self.average + change / oracle.N
        self.table[i] += change
        return following

    def draw(self, oracle: Any) -> int:
        if self.replaced:
            return int(oracle.random.integers(oracle.N))
        if not self.order:
            self.order = oracle.random.permutation(oracle.N).tolist()
        return self.order.pop()


class UnweightedStep(SAGA):
    weighted = False


class ShuffledSAGA(SAGA):
    replaced = False


class CyclicSGD:
    def __init__(self) -> None:
        self.i = -1

    def __call__(self, x: Any, oracle: Any) -> Any:
        self.i = (self.i + 1) % oracle.N
        return x - oracle.component(x, self.i) / (2 * oracle.L_max)


# ---------------------------------------------------------------- linear equations


def single_precision(A: Any, b: Any, rtol: float = 1e-5, maxiter: int = 40_000, callback: Any = None) -> Any:
    """Conjugate gradients in float32 that trust the residual of the recursion."""
    b = np.asarray(b, np.float32)
    x = np.zeros_like(b)
    r, p = b.copy(), b.copy()
    square, enough = float(r @ r), rtol * float(np.linalg.norm(b))
    for _ in range(maxiter):
        if square <= enough**2:
            return x, 0
        image = np.asarray(A @ p, np.float32)
        step = np.float32(square / float(p @ image))
        x, r = x + step * p, r - step * image
        before, square = square, float(r @ r)
        p = r + np.float32(square / before) * p
        if callback is not None:
            callback(x)
    return x, 1


# ---------------------------------------------------------------- none


def returns_nothing(x: Any, oracle: Any) -> None:
    oracle.gradient(x)


def wrong_shape(x: Any, oracle: Any) -> Any:
    return x[:2]


def wrong_signature(x: Any) -> Any:
    return x


def divides_by_zero(x: Any, oracle: Any) -> Any:
    return x / 0 if x.any() else 1 / 0


def diverges(x: Any, oracle: Any) -> Any:
    return x - 3 * oracle.gradient(x) / oracle.L


def not_a_number(x: Any, oracle: Any) -> Any:
    return x * np.nan


def stands(x: Any, oracle: Any) -> Any:
    return x


def asks_for_ever(x: Any, oracle: Any) -> Any:
    while True:
        with contextlib.suppress(Exception):
            oracle.gradient(x)


def never_ends(x: Any, oracle: Any) -> Any:
    while True:
        pass


def leaves(x: Any, oracle: Any) -> Any:
    raise SystemExit(3)
