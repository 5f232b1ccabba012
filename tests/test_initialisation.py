"""Random weights have the law that they are named after, and the exact moments hold where they are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from solvers.problems.deep_linear import layers, parameters
from solvers.problems.initialisation import RandomStart, gaussian_layer, orthogonal_layer, variance
from theorems.signal_propagation import kernel_variance, kernels


@pytest.mark.parametrize(
    ("law", "wanted"), [("lecun", 1 / 8), ("fan out", 1 / 4), ("glorot", 2 / 12), ("he", 2 / 8)]
)
def test_a_gaussian_layer_has_the_variance_of_its_law(law, wanted):
    assert variance(law, 8, 4) == wanted
    W = gaussian_layer(np.random.default_rng(0), 2000, 4, 8, law)
    assert W.shape == (2000, 4, 8)
    # the variance of 64000 squares, five standard errors
    assert W.var() == pytest.approx(wanted, rel=5 * np.sqrt(2 / W.size))


def test_an_unknown_law_is_refused():
    with pytest.raises(ValueError, match=r"no initialisation 'xavier'.*lecun, fan out, glorot, he"):
        variance("xavier", 3, 3)


def test_an_orthogonal_layer_keeps_lengths_and_has_no_preferred_direction():
    rng = np.random.default_rng(1)
    tall, wide = orthogonal_layer(rng, 500, 5, 3), orthogonal_layer(rng, 500, 3, 5)
    for product in (tall.swapaxes(-1, -2) @ tall, wide @ wide.swapaxes(-1, -2)):
        np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), (500, 3, 3)), atol=1e-14)
    # an entry has mean 0 and variance 1/5; without the signs of R the diagonal would be negative
    assert np.abs(tall.mean(0)).max() < 5 / np.sqrt(5 * 500)


def test_a_start_has_the_sizes_that_it_names():
    widths = (2, 6, 3)
    start = RandomStart(widths, "orthogonal", 0.5)
    assert start(3).shape == (parameters(widths),)
    assert np.array_equal(start(3), start(3))
    assert not np.array_equal(start(3), start(4))
    first, second = layers(widths, start(3))
    np.testing.assert_allclose(first.T @ first, 0.25 * 6 * np.eye(2), atol=1e-14)
    np.testing.assert_allclose(second @ second.T, 0.25 * 6 * np.eye(3), atol=1e-14)
    many = np.concatenate([RandomStart(widths, "gaussian", 2.0)(s) for s in range(200)])
    assert many.std() == pytest.approx(2.0, rel=5 / np.sqrt(2 * many.size))


def test_the_variance_of_the_kernel_is_exact_for_scalars_and_two_layers():
    """Width 1: K_j is the product of the squares of the others, E w^4 = 3. Two layers: K is a chi^2."""
    for L in (1, 2, 5):
        wanted = Fraction(L * 3 ** (L - 1) + L * (L - 1) * 3 ** max(L - 2, 0), L * L) - 1
        assert kernel_variance(1, L) == wanted
    assert kernel_variance(7, 2) == Fraction(1, 7)


def test_the_kernel_is_the_squared_gradient_of_the_output():
    """By hand for depth 3: f = w3 W2 w1 with w1 of variance 1, and the kernel in units of fan-in."""
    m = 4
    found = kernels(m, 3, 250)
    x = np.random.default_rng([4, m, 3]).standard_normal((250, m + m * m + m)) / np.sqrt(m)
    a, W, b = np.sqrt(m) * x[:, :m], x[:, m : m + m * m].reshape(-1, m, m), x[:, -m:]
    back, front = np.einsum("si,sij->sj", b, W), np.einsum("sij,sj->si", W, a)
    middle = (a**2).sum(1) * (b**2).sum(1)
    wanted = (back**2).sum(1) + middle / m + (front**2).sum(1) / m
    np.testing.assert_allclose(found, wanted / 3, rtol=1e-12)


@pytest.mark.parametrize(("m", "L"), [(2, 2), (2, 3), (3, 3)])
def test_the_variance_of_the_kernel_is_that_of_the_polynomial(m, L):
    """K is a polynomial in normal weights, whose even moments are double factorials."""
    shapes = [(m, 1), *[(m, m)] * (L - 2), (1, m)]
    weights = [
        sp.Matrix(*shape, [sp.Symbol(f"w{k}_{i}") for i in range(shape[0] * shape[1])])
        for k, shape in enumerate(shapes)
    ]
    output = weights[0]
    for W in weights[1:]:
        output = W * output
    symbols = [w for W in weights for w in W]
    K = sum(sp.Poly(sp.diff(sp.expand(output[0]), w), *symbols) ** 2 for w in symbols)
    mean = sum(
        c * sp.prod([sp.factorial2(e - 1) if e else 1 for e in powers])
        for powers, c in (K * K).terms()
        if all(e % 2 == 0 for e in powers)
    )
    found = sp.Rational(mean, m ** (2 * L - 2) * L * L) - 1
    assert found == sp.Rational(*kernel_variance(m, L).as_integer_ratio())
