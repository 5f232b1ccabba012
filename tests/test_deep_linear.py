"""Deep linear nets: gradients against automatic differentiation, local constants against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from solvers import SAGA, GradientDescent, run
from solvers import constants as c
from solvers.arrays import Arrays
from solvers.problems.deep_linear import (
    balanced,
    flat,
    layers,
    local_constants,
    net,
    parameters,
    tangent_kernel,
)
from solvers.problems.instance import with_run_axis
from solvers.trajectories import every
from tests.samples import U

RNG = np.random.default_rng(0)
TARGET = RNG.standard_normal((3, 4))
INPUTS = RNG.standard_normal((20, 4))
OUTPUTS = INPUTS @ TARGET.T + 0.3 * RNG.standard_normal((20, 3))
COVARIANCE = INPUTS.T @ INPUTS / 20
BEST = OUTPUTS.T @ INPUTS / 20 @ np.linalg.inv(COVARIANCE)
HIDDEN = (5, 4)
WIDTHS = (4, *HIDDEN, 3)


def anywhere(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(parameters(WIDTHS)) / 2


def near(target: np.ndarray) -> Any:
    solution = flat(balanced(target, WIDTHS))
    return lambda seed: solution + 1e-4 * anywhere(seed)


WHITENED = net(TARGET, HIDDEN, "whitened net", anywhere)
COVARIANT = net(TARGET, HIDDEN, "net with a covariance", anywhere, COVARIANCE)
SAMPLED = net(BEST, HIDDEN, "net with samples", anywhere, COVARIANCE, (INPUTS, OUTPUTS))


def with_torch(instance: Any) -> Any:
    return type(instance.problem)(*(torch.tensor(array)[None] for array in instance.problem))


def loss(x: torch.Tensor) -> torch.Tensor:
    """The loss of every sample, written with the weights; (20,)."""
    W1, W2, W3 = (
        x[a:b].reshape(shape) for a, b, shape in ((0, 20, (5, 4)), (20, 40, (4, 5)), (40, 52, (3, 4)))
    )
    error = torch.tensor(INPUTS) @ (W3 @ W2 @ W1).T - torch.tensor(OUTPUTS)
    return (error**2).sum(1) / 2


@pytest.mark.parametrize("instance", [WHITENED, COVARIANT, SAMPLED], ids=lambda i: i.label)
def test_the_gradient_is_that_of_the_gap(instance):
    x = torch.tensor(np.stack([instance.start(s) for s in range(3)]), requires_grad=True)
    problem = with_torch(instance)
    (wanted,) = torch.autograd.grad(problem.gap(x).sum(), x)
    np.testing.assert_allclose(
        problem.gradient(x.detach()), wanted, rtol=0, atol=200 * U * wanted.abs().max()
    )
    numpy_problem = with_run_axis(instance.problem)
    np.testing.assert_allclose(
        numpy_problem.gradient(x.detach().numpy()), wanted, rtol=0, atol=200 * U * wanted.abs().max()
    )


def test_a_component_is_the_gradient_of_its_sample_and_the_gap_is_the_loss_above_its_least():
    x = torch.tensor(anywhere(7))
    wanted = torch.autograd.functional.jacobian(loss, x)
    problem = with_torch(SAMPLED)
    table = problem.components(x[None])[0]
    np.testing.assert_allclose(table, wanted, rtol=0, atol=400 * U * wanted.abs().max())
    index = (torch.arange(2), torch.tensor([3, 11]))
    found = problem.component(torch.stack([x, x]), index)
    np.testing.assert_allclose(found, wanted[[3, 11]], rtol=0, atol=400 * U * wanted.abs().max())
    np.testing.assert_allclose(problem.mean(table[None])[0], problem.gradient(x[None])[0], atol=1e-12)
    least = loss(torch.tensor(flat(balanced(BEST, WIDTHS)))).mean()
    assert float(problem.gap(x[None])) == pytest.approx(float(loss(x).mean() - least), rel=1e-12)


def test_the_tangent_kernel_has_the_spectrum_of_the_hessian_at_a_solution():
    solution = flat(balanced(TARGET, WIDTHS))
    problem = with_torch(COVARIANT)
    hessian = torch.autograd.functional.hessian(lambda x: problem.gap(x[None])[0, 0], torch.tensor(solution))
    spectrum = np.linalg.eigvalsh(hessian.numpy())
    kernel = np.linalg.eigvalsh(tangent_kernel(balanced(TARGET, WIDTHS), COVARIANT.problem.root))
    np.testing.assert_allclose(spectrum[-len(kernel) :], kernel, atol=1e-12 * kernel[-1])
    assert np.abs(spectrum[: -len(kernel)]).max() < 1e-12 * kernel[-1]
    trace = np.trace(hessian.numpy())
    assert COVARIANT.constants[c.kappa_CD_local] == pytest.approx(
        trace / (len(solution) * kernel[0]), rel=1e-10
    )


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_a_square_balanced_net_has_the_local_condition_number_of_the_closed_form(depth):
    """kappa^(2 - 2/N), and depth times that where a layer of outputs is missing."""
    s = np.array([9.0, 5.0, 2.0])
    square = local_constants(balanced(np.diag(s), (3,) * (depth + 1)), np.eye(3))
    assert square[c.kappa_local] == pytest.approx(4.5 ** (2 - 2 / depth), rel=1e-10)
    wide = np.hstack([np.diag(s), np.zeros((3, 1))])
    found = local_constants(balanced(wide, (4, *(3,) * depth)), np.eye(4))
    assert found[c.kappa_local] == pytest.approx(depth * 4.5 ** (2 - 2 / depth), rel=1e-10)


def test_balanced_weights_are_balanced_and_have_the_target_as_their_product():
    first, second, third = balanced(TARGET, WIDTHS)
    np.testing.assert_allclose(third @ second @ first, TARGET, atol=1e-13)
    np.testing.assert_allclose(second.T @ second, first @ first.T, atol=1e-13)
    np.testing.assert_allclose(third.T @ third, second @ second.T, atol=1e-13)
    again = layers(WIDTHS, flat([first, second, third]))
    assert all(np.array_equal(a, b) for a, b in zip(again, (first, second, third), strict=True))


def test_methods_run_on_nets_on_numpy_and_torch():
    step = 2 / (c.L_local + c.mu_local)
    instance = net(TARGET, HIDDEN, "near", near(TARGET), COVARIANCE)
    one = run(GradientDescent(step=step), [instance], range(2), rounds=400, grid=every)
    other = run(
        GradientDescent(step=step), [instance], range(2), rounds=400, grid=every, arrays=Arrays("torch")
    )
    # a step rounds each weight a few times, and the map by their products
    atol = 400 * 64 * U * np.linalg.norm(TARGET)
    np.testing.assert_allclose(np.exp(one.log_distance), np.exp(other.log_distance), rtol=0, atol=atol)
    # in the long run the slowest mode is left: one step is (kappa - 1)/(kappa + 1)
    kappa = instance.constants[c.kappa_local]
    assert np.diff(one.log_distance[0])[-150:].mean() == pytest.approx(
        np.log((kappa - 1) / (kappa + 1)), rel=0.03
    )


def test_saga_keeps_a_table_of_gradients():
    instance = net(BEST, HIDDEN, "near, with samples", near(BEST), COVARIANCE, (INPUTS, OUTPUTS))
    found = run(SAGA(step=0.02), [instance], range(2), rounds=40, grid=every)
    assert (found.log_distance[:, -1] < found.log_distance[:, 0] - 4).all()


def test_a_net_has_no_compiled_reading():
    with pytest.raises(ValueError, match="has no compiled reading"):
        run(GradientDescent(step=0.1), [WHITENED], rounds=3, reading="compiled")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TARGET, HIDDEN, "net", anywhere, np.eye(3)), r"the covariance is \(3, 3\), but the inputs have 4"),
        ((TARGET, HIDDEN, "net", anywhere, np.diag([1.0, 1, 1, 0])), "not positive definite.*drop inputs"),
        ((np.diag([1.0, 0.0]), (2,), "net", anywhere), "tangent kernel is singular"),
    ],
)
def test_what_makes_no_net_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        net(*arguments)
