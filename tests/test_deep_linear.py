"""Deep linear nets: gradients against automatic differentiation, local constants against closed forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from checks.kinds.calculation import miss
from solvers import (
    SAGA,
    SVRG,
    GradientDescent,
    PolakRibiere,
    RandomizedCoordinateDescent,
    WeightedCoordinateDescent,
    run,
)
from solvers import constants as c
from solvers.arrays import Arrays
from solvers.counting import epochs_per_round
from solvers.methods.block_coordinate_descent import BlockCoordinateDescent
from solvers.observe import iterates
from solvers.problems.deep_families import noisy_net
from solvers.problems.deep_linear import (
    balanced,
    flat,
    jacobian,
    layers,
    local_constants,
    net,
    parameters,
    tangent_kernel,
)
from solvers.problems.instance import with_run_axis
from solvers.sampling import Sampling, stream
from solvers.trajectories import every
from tests.samples import U
from theorems.deep_linear_modal import BUGS, balanced_steps, near_by

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
        problem.gradient(x.detach()), wanted, rtol=0, atol=200 * U * float(wanted.abs().max())
    )
    numpy_problem = with_run_axis(instance.problem)
    np.testing.assert_allclose(
        numpy_problem.gradient(x.detach().numpy()), wanted, rtol=0, atol=200 * U * float(wanted.abs().max())
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


def test_the_jacobian_is_the_derivative_of_the_map_and_gives_the_kernel_and_the_hessian():
    weights = balanced(TARGET, WIDTHS)
    J = jacobian(weights, COVARIANT.problem.root)
    kernel = tangent_kernel(weights, COVARIANT.problem.root)
    np.testing.assert_allclose(J @ J.T, kernel, atol=200 * U * np.abs(kernel).max())
    wanted = hessian(COVARIANT, flat(weights))
    np.testing.assert_allclose(J.T @ J, wanted, atol=200 * U * np.abs(wanted).max())


def test_noisy_samples_have_the_target_as_their_best_map():
    instance = noisy_net(3, 3, 2.0, 20, 0.3, 1e-3)
    start: Any = instance.start
    solution = np.array(start.solution)[None]
    problem = with_run_axis(instance.problem)
    assert np.abs(problem.mean(problem.components(solution))).max() < 1e-14
    np.testing.assert_allclose(problem.inputs[0].T @ problem.inputs[0] / 20, np.eye(3), atol=1e-14)
    residual = problem.outputs[0] - problem.inputs[0] @ problem.target[0].T
    assert np.sqrt((residual**2).sum(1).mean()) == pytest.approx(0.3, rel=1e-12)


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
    atol = 400 * 64 * U * float(np.linalg.norm(TARGET))
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


# ---------------------------------------------------------------- what methods ask of a net


def hessian(instance: Any, x: np.ndarray) -> np.ndarray:
    problem = with_torch(instance)
    found = torch.autograd.functional.hessian(lambda v: problem.gap(v[None])[0, 0], torch.tensor(x))
    return found.numpy()


@pytest.mark.parametrize("instance", [WHITENED, COVARIANT], ids=lambda i: i.label)
def test_the_memory_holds_the_gradient_and_the_diagonal_of_the_hessian(instance):
    problem, x = with_run_axis(instance.problem), anywhere(3)[None].copy()
    memory = problem.remember(x)
    diagonal = np.diag(hessian(instance, x[0]))
    i = (np.zeros(1, int), np.array([22]))
    assert problem.coordinates() == x.shape[1]
    assert problem.derivative(memory, i)[0, 0] == problem.gradient(x)[0, 22]
    found = [
        float(problem.curvature(memory, (i[0], np.array([k])))[0, 0]) for k in range(problem.coordinates())
    ]
    np.testing.assert_allclose(found, diagonal, rtol=0, atol=200 * U * diagonal.max())
    before = x.copy()
    problem.move(x, memory, i, np.array([[0.25]]))
    assert np.flatnonzero(x - before).tolist() == [22]
    np.testing.assert_array_equal(memory, problem.remember(x))


def test_curvatures_are_those_of_the_balanced_solution():
    solution = flat(balanced(TARGET, WIDTHS))
    np.testing.assert_allclose(
        COVARIANT.problem.curvatures(), np.diag(hessian(COVARIANT, solution)), rtol=1e-12
    )


@pytest.mark.parametrize("instance", [WHITENED, COVARIANT], ids=lambda i: i.label)
def test_the_line_search_ends_at_a_minimiser_of_the_exact_polynomial(instance):
    problem = with_run_axis(instance.problem)
    x = np.stack([anywhere(s) for s in range(40)])
    d = np.stack([anywhere(100 + s) for s in range(40)])
    d *= -np.sign((problem.gradient(x) * d).sum(1))[:, None]  # downhill
    a = problem.line_minimum(x, d)

    def derivative(a: np.ndarray) -> np.ndarray:
        return (problem.gradient(x + a * d) * d).sum(1)

    assert (a > 0).all()
    coefficients = np.array([c[:, 0] for c in problem._line(x, d)])
    assert len(coefficients) == 6  # of the derivative of a polynomial of degree 2 N
    for value in (0.0, 0.3, -1.2):
        terms = coefficients * value ** np.arange(6)[:, None]
        wanted = derivative(np.full_like(a, value))
        np.testing.assert_allclose(terms.sum(0), wanted, rtol=0, atol=1e3 * U * np.abs(terms).sum(0).max())
    size = (np.abs(coefficients) * a.T ** np.arange(6)[:, None]).sum(0)
    assert (np.abs(derivative(a)) <= 1e3 * U * size).all()
    assert (derivative(a * (1 + 1e-6)) > 0).all()
    assert (derivative(a * (1 - 1e-6)) < 0).all()
    assert (problem.gap(x + a * d) < problem.gap(x)).all()
    on_torch = with_torch(instance).line_minimum(torch.tensor(x), torch.tensor(d))
    np.testing.assert_allclose(on_torch, a, rtol=1e-9)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_layer_step_is_the_smallest_that_minimises_over_the_layer(layer):
    problem = with_run_axis(COVARIANT.problem)
    x = np.stack([anywhere(s) for s in range(3)])
    d = problem.block_step(x, layer)
    changed = [bool(part.any()) for part in layers(WIDTHS, d)]
    assert changed == [k == layer for k in range(3)]
    slope = layers(WIDTHS, problem.gradient(x + d))[layer]
    assert np.abs(slope).max() < 1e-12 * np.abs(problem.gradient(x)).max()
    # the smallest has no part that the product does not see
    before = np.stack([np.eye(4)] * 3)
    after = np.stack([np.eye(3)] * 3)
    for k, weight in enumerate(layers(WIDTHS, x)):
        before = weight @ before if k < layer else before
    for weight in layers(WIDTHS, x)[:layer:-1]:
        after = after @ weight
    mine = layers(WIDTHS, d)[layer]
    seen = np.linalg.pinv(after) @ after @ mine @ before @ np.linalg.pinv(before)
    np.testing.assert_allclose(seen, mine, atol=1e-11)
    on_torch = with_torch(COVARIANT).block_step(torch.tensor(x), layer)
    np.testing.assert_allclose(on_torch, d, atol=1e-11 * np.abs(d).max())


# ---------------------------------------------------------------- methods against plain loops


def plain_gradient(x: np.ndarray) -> np.ndarray:
    """Of the net with the covariance, one run, layer by layer."""
    W1, W2, W3 = x[:20].reshape(5, 4), x[20:40].reshape(4, 5), x[40:].reshape(3, 4)
    E = (W3 @ W2 @ W1 - BEST) @ COVARIANCE
    parts = (W2.T @ W3.T @ E, W3.T @ E @ W1.T, E @ W1.T @ W2.T)
    return np.concatenate([g.ravel() for g in parts])


def plain_sample(x: np.ndarray, i: int) -> np.ndarray:
    W1, W2, W3 = x[:20].reshape(5, 4), x[20:40].reshape(4, 5), x[40:].reshape(3, 4)
    a = INPUTS[i]
    E = np.outer(W3 @ W2 @ W1 @ a - OUTPUTS[i], a)
    parts = (W2.T @ W3.T @ E, W3.T @ E @ W1.T, E @ W1.T @ W2.T)
    return np.concatenate([g.ravel() for g in parts])


def coordinate_loop(x: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """f along a coordinate is a parabola, which three values give."""

    def f(x: np.ndarray) -> float:
        W1, W2, W3 = x[:20].reshape(5, 4), x[20:40].reshape(4, 5), x[40:].reshape(3, 4)
        E = W3 @ W2 @ W1 - BEST
        return float(np.trace(E @ COVARIANCE @ E.T)) / 2

    for i in draws:
        e = np.eye(len(x))[i]
        left, middle, right = f(x - e), f(x), f(x + e)
        x = x - e * (right - left) / 2 / (right + left - 2 * middle)
    return x


def saga_loop(x: np.ndarray, draws: np.ndarray) -> np.ndarray:
    table = np.array([plain_sample(x, i) for i in range(20)])
    for i in draws:
        new = plain_sample(x, i)
        x = x - 0.02 * (new - table[i] + table.mean(0))
        table[i] = new
    return x


def svrg_loop(x: np.ndarray, draws: np.ndarray) -> np.ndarray:
    snapshot = x
    for k, i in enumerate(draws):
        if k % 40 == 0:
            snapshot = x
        x = x - 0.02 * (plain_sample(x, i) - plain_sample(snapshot, i) + plain_gradient(snapshot))
    return x


def layer_loop(x: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Least squares for each layer's entries in turn."""
    for k in range(len(draws)):
        columns = []
        part = slice(*[(0, 20), (20, 40), (40, 52)][k % 3])

        def product(x: np.ndarray) -> np.ndarray:
            W1, W2, W3 = x[:20].reshape(5, 4), x[20:40].reshape(4, 5), x[40:].reshape(3, 4)
            return INPUTS @ (W3 @ W2 @ W1).T

        for j in range(part.start, part.stop):
            unit = x * 1
            unit[part] = 0
            unit[j] = 1
            columns.append(product(unit).ravel())
        wanted = (INPUTS @ BEST.T - product(x)).ravel()
        x = x.copy()
        x[part] += np.linalg.lstsq(np.array(columns).T, wanted, rcond=None)[0]
    return x


@pytest.mark.parametrize(
    ("method", "loop", "count"),
    [
        (RandomizedCoordinateDescent(), coordinate_loop, 52),
        (SAGA(step=0.02), saga_loop, 20),
        (SVRG(step=0.02), svrg_loop, 40),
        (BlockCoordinateDescent(), layer_loop, 3),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "_fields") else "",
)
def test_a_method_on_a_net_is_the_plain_loop(method: Any, loop: Callable[..., np.ndarray], count: int):
    x = anywhere(1)
    rounds = 2
    draws = Sampling(len(x) if loop is coordinate_loop else 20).indices(
        stream(SAMPLED.label, 1), 0, rounds, count
    )
    found = next(itertools.islice(iterates(method, [SAMPLED], [1]), rounds, None))[0]
    wanted = loop(x, draws)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-8 * float(np.abs(wanted).max()))


def test_a_sweep_over_the_layers_is_one_epoch():
    assert epochs_per_round(BlockCoordinateDescent(relaxation=1.0), WHITENED) == 1


@pytest.mark.parametrize(
    "method",
    [RandomizedCoordinateDescent(), WeightedCoordinateDescent(), PolakRibiere(), BlockCoordinateDescent()],
    ids=lambda m: type(m).__name__,
)
def test_first_rounds_on_torch_are_those_on_numpy(method):
    instance = net(TARGET, HIDDEN, "near", near(TARGET), COVARIANCE)
    numpy_run, torch_run = (
        run(method, [instance], range(2), rounds=2, grid=every, arrays=Arrays(backend)).log_distance
        for backend in ("numpy", "torch")
    )
    atol = 400 * 64 * U * float(np.linalg.norm(TARGET))
    np.testing.assert_allclose(np.exp(numpy_run), np.exp(torch_run), rtol=0, atol=atol)


# ---------------------------------------------------------------- bugs of a gradient


@pytest.mark.parametrize(("name", "bug", "catches"), BUGS, ids=lambda v: v if isinstance(v, str) else "")
def test_each_bug_of_a_gradient_is_caught_where_the_table_says_and_nowhere_else(name, bug, catches):
    for check, does in zip((balanced_steps, near_by), catches, strict=True):
        assert check.compute is not None
        facts = check.compute(check.method, **check.arguments, gradient=bug)
        assert any(miss(fact) > 0 for fact in facts) == does, (name, check.label)
    assert any(catches)


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
