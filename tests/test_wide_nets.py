"""Wide nets: the limit of their tangent kernel, and where the linearisation starts."""

from __future__ import annotations

import numpy as np
import pytest

from solvers import GradientDescent
from solvers.constants import L
from solvers.problems.deep_linear import layers, tangent_kernel
from theorems.lazy_training import deviations, wide


@pytest.mark.parametrize("power", [0.0, 0.5])
@pytest.mark.parametrize("depth", [2, 5])
def test_an_orthogonal_start_has_the_kernel_of_infinite_width(depth, power):
    instance = wide(3, depth, 8, "orthogonal", power=power)
    kernel = tangent_kernel(layers(type(instance.problem).widths, instance.start(0)), np.eye(3))
    np.testing.assert_allclose(kernel, instance.constants[L] * np.eye(9), atol=1e-13 * instance.constants[L])


def test_a_gaussian_start_has_it_on_average():
    instance = wide(2, 3, 16, "gaussian")
    shape = type(instance.problem).widths
    kernels = np.array([tangent_kernel(layers(shape, instance.start(s)), np.eye(2)) for s in range(400)])
    off = kernels.mean(0) / instance.constants[L] - np.eye(4)
    assert np.abs(off).max() < 5 * (kernels / instance.constants[L]).std(0).max() / 20


def test_the_linearisation_is_that_of_the_first_steps():
    """With a step a hundred times shorter the paths differ by much less: the square of what is travelled."""
    usual, _ = deviations(GradientDescent(step=1 / (2 * L)), 16, "gaussian", 0.0, 3)
    short, _ = deviations(GradientDescent(step=1 / (200 * L)), 16, "gaussian", 0.0, 3)
    assert (short < usual / 10).all()
