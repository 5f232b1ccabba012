"""A net of ReLU units: its gradient is that of its loss, and its teacher has loss zero."""

from __future__ import annotations

import numpy as np
import torch

from solvers import GradientDescent, run
from solvers.arrays import Arrays
from solvers.problems.initialisation import RandomStart
from solvers.problems.instance import with_run_axis
from solvers.problems.relu_net import relu_teacher

START = RandomStart((12, 1), "gaussian", 0.7)
INSTANCE = relu_teacher(40, 5, 2, 0, START)


def loss(x: torch.Tensor) -> torch.Tensor:
    W, v = x[:10].reshape(2, 5), x[10:]
    outputs = torch.relu(torch.tensor(INSTANCE.problem.inputs) @ W.T) @ v
    return ((outputs - torch.tensor(INSTANCE.problem.outputs)) ** 2).mean() / 2


def test_the_gradient_is_that_of_the_loss():
    problem = with_run_axis(INSTANCE.problem)
    x = np.stack([START(s) for s in range(4)])
    for row, g, gap in zip(x, problem.gradient(x), problem.gap(x), strict=True):
        leaf = torch.tensor(row, requires_grad=True)
        (wanted,) = torch.autograd.grad(loss(leaf), leaf)
        np.testing.assert_allclose(g, wanted, rtol=0, atol=1e-13 * float(wanted.abs().max()))
        np.testing.assert_allclose(gap[0], float(loss(leaf.detach())), rtol=1e-13)


def test_the_teacher_is_a_solution_and_its_gradient_vanishes():
    rng = np.random.default_rng([0, 40])
    rng.standard_normal((40, 5))
    teacher = np.concatenate([rng.standard_normal((2, 5)).ravel(), rng.standard_normal(2)])[None]
    problem = with_run_axis(INSTANCE.problem)
    assert problem.gap(teacher)[0, 0] < 1e-28
    assert np.abs(problem.gradient(teacher)).max() < 1e-13


def test_numpy_and_torch_agree():
    one, other = (
        run(GradientDescent(step=0.05), [INSTANCE], range(3), rounds=50, arrays=Arrays(backend))
        for backend in ("numpy", "torch")
    )
    np.testing.assert_allclose(one.log_distance, other.log_distance, rtol=0, atol=1e-11)
