"""Adam and its kin against torch's own optimisers and plain loops, and their problems against autograd."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
import torch

from solvers import (
    AdaGrad,
    AdaGradNorm,
    Adam,
    AMSGrad,
    CoinBetting,
    GradientDescent,
    OnlineAdam,
    OnlineAMSGrad,
    RMSProp,
    run,
)
from solvers import method as protocol
from solvers.observe import iterates
from solvers.problems.instance import with_run_axis
from solvers.problems.normalised import (
    SizeHeldFixed,
    TangentNoise,
    batch_normalised,
    covariance,
    from_origin,
    tangent_noise,
)
from solvers.problems.online import absolute_value, adversary, interpolation, sign_data
from solvers.problems.quadratic import Fixed, dense
from solvers.trajectories import every
from tests.samples import CONSISTENT, MATRIX, U
from tests.test_methods import START, quadratic
from theorems.normalisation import BestLength

ROUNDS = 40
Q = quadratic(4.0)[0]
INSTANCE = dense(Q, "small matrix", Fixed(tuple(START)))

#: Ours, and torch's with the same numbers.
PEERS: dict[str, tuple[Any, Any]] = {
    "Adam": (Adam(step=0.05), lambda p: torch.optim.Adam(p, lr=0.05)),
    "Adam, short memories": (
        Adam(step=0.05, memory=0.5, square_memory=0.75, offset=0.01),
        lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.5, 0.75), eps=0.01),
    ),
    "AMSGrad": (
        AMSGrad(step=0.05, square_memory=0.75),
        lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.9, 0.75), amsgrad=True),
    ),
    "AdaGrad": (AdaGrad(step=0.5), lambda p: torch.optim.Adagrad(p, lr=0.5)),
    "RMSProp": (RMSProp(step=0.05), lambda p: torch.optim.RMSprop(p, lr=0.05)),
}


def path(method: Any) -> np.ndarray:
    return np.stack([x[0].copy() for x in itertools.islice(iterates(method, [INSTANCE]), ROUNDS + 1)])


def torch_path(optimiser: Any) -> np.ndarray:
    x = torch.tensor(START.copy(), requires_grad=True)
    chosen, matrix, found = optimiser([x]), torch.tensor(Q), [START]
    for _ in range(ROUNDS):
        chosen.zero_grad()
        (x @ matrix @ x / 2).backward()
        chosen.step()
        found.append(x.detach().numpy().copy())
    return np.stack(found)


def agree(found: np.ndarray, wanted: np.ndarray) -> None:
    """A gradient is known to 2 * 6 * 4 u |x|, |Q| = 4. A step multiplies that by 0.05 and divides it by a
    size of at least 0.01 (longer steps divide by more): 240 u |x|, and the steps add up."""
    slack = 256 * U * np.arange(1, len(wanted) + 1)[:, None] * np.abs(wanted).max()
    assert (np.abs(found - wanted) <= slack).all()


@pytest.mark.parametrize("name", PEERS)
def test_an_adaptive_method_is_torchs_own(name):
    ours, theirs = PEERS[name]
    agree(path(ours), torch_path(theirs))


def test_adam_without_its_bias_correction_is_not_torchs():
    """The comparison has power: the step of the first rounds differs."""
    with pytest.raises(AssertionError):
        agree(path(RMSProp(step=0.05, square_memory=0.999)), torch_path(PEERS["Adam"][1]))


# ---------------------------------------------------------------- plain loops


def adam(gradient, x, memory, square, offset, step, correct, largest, radius=np.inf):
    """Adam as its paper prints it; ``step`` is a function of t."""
    m, v, top = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for t in itertools.count(1):
        yield x
        g = gradient(x, t)
        m, v = memory * m + (1 - memory) * g, square * v + (1 - square) * g**2
        top = np.maximum(top, v)
        mean, second = m, top if largest else v
        if correct:
            mean, second = mean / (1 - memory**t), second / (1 - square**t)
        x = np.clip(x - step(t) * mean / (np.sqrt(second) + offset), -radius, radius)


def adagrad(gradient, x, offset, step, norm, first=0.0):
    total = first**2 + np.zeros_like(x)
    for t in itertools.count(1):
        yield x
        g = gradient(x, t)
        total = total + (g @ g if norm else g**2)
        x = x - step * g / (np.sqrt(total) + offset)


def rmsprop(gradient, x, square, offset, step):
    v = np.zeros_like(x)
    for t in itertools.count(1):
        yield x
        g = gradient(x, t)
        v = square * v + (1 - square) * g**2
        x = x - step * g / (np.sqrt(v) + offset)


def coin_betting(gradient, x, wealth, bound):
    """The bet from the whole history, anew in every round."""
    coins, bets, origin = [np.zeros_like(x)], [np.zeros_like(x)], x
    for t in itertools.count(1):
        stake = wealth + sum(c * b for c, b in zip(coins, bets, strict=True))
        bets.append(sum(coins) / t * stake)
        yield origin + bets[-1]
        coins.append(-gradient(origin + bets[-1], t) / bound)


def slope(x: np.ndarray, t: int) -> np.ndarray:
    return Q @ x


LOOPS: dict[str, tuple[Any, Any]] = {
    "Adam": (Adam(step=0.05), adam(slope, START, 0.9, 0.999, 1e-8, lambda t: 0.05, True, False)),
    "AMSGrad": (
        AMSGrad(step=0.05, square_memory=0.75),
        adam(slope, START, 0.9, 0.75, 1e-8, lambda t: 0.05, True, True),
    ),
    "AdaGrad": (AdaGrad(step=0.5), adagrad(slope, START, 1e-10, 0.5, False)),
    "AdaGrad-Norm": (AdaGradNorm(step=0.5, first=0.25), adagrad(slope, START, 0.0, 0.5, True, 0.25)),
    "RMSProp": (RMSProp(step=0.05), rmsprop(slope, START, 0.99, 1e-8, 0.05)),
    "coin betting": (CoinBetting(wealth=2, bound=64), coin_betting(slope, START, 2.0, 64.0)),
}


@pytest.mark.parametrize("name", LOOPS)
def test_an_adaptive_method_is_the_plain_loop(name):
    method, loop = LOOPS[name]
    agree(path(method), np.stack(list(itertools.islice(loop, ROUNDS + 1))))


@pytest.mark.parametrize("method", [OnlineAdam(), OnlineAMSGrad(step=0.25)], ids=lambda m: type(m).__name__)
def test_the_online_methods_are_the_plain_loop_on_the_components_that_they_drew(method):
    evaluated = protocol.evaluate(method._replace(radius=2.0), CONSISTENT)
    columns, problem = protocol.columns(evaluated), with_run_axis(CONSISTENT.problem)
    rows, start = CONSISTENT.problem.rows, CONSISTENT.start(0)
    state, draws = (
        columns.start(problem, start[None].copy()),
        np.random.default_rng(0).integers(0, 12, ROUNDS),
    )
    found = [start]
    for i in draws:
        protocol.update(columns, problem, state, (np.zeros(1, int), np.array([i])))
        found.append(state.x[0].copy())
    step, memory, square, offset, radius = map(float, evaluated)
    loop = adam(
        lambda x, t: rows[draws[t - 1]] * (rows[draws[t - 1]] @ x), start, memory, square, offset,
        lambda t: step / np.sqrt(t), False, isinstance(method, OnlineAMSGrad), radius,
    )  # fmt: skip
    agree(np.stack(found), np.stack(list(itertools.islice(loop, ROUNDS + 1))))


# ---------------------------------------------------------------- runs


@pytest.mark.parametrize("reading", ["batch", "compiled"])
def test_a_run_of_a_method_that_does_not_scale_is_not_rescaled(reading):
    """AdaGrad's steps have their size from the first gradients: on a problem that can be rescaled its error
    falls by the same factor at 2^-900 as before, and ends where its square underflows."""
    found = run(AdaGrad(step=4), [MATRIX], [0], rounds=4000, grid=every, reading=reading)
    other = run(
        AdaGrad(step=4), [dataclasses.replace(MATRIX, homogeneous=False)], [0], rounds=4000, grid=every
    )
    count = min(found.rounds.shape[1], other.rounds.shape[1]) - 2
    assert other.log_distance[0, count] < -300
    np.testing.assert_allclose(
        found.log_distance[0, :count], other.log_distance[0, :count], rtol=0, atol=64 * U * 400 * count
    )


# ---------------------------------------------------------------- their problems


def with_torch(instance: Any) -> Any:
    return type(instance.problem)(*(torch.tensor(array)[None] for array in instance.problem))


H = covariance(4, 7.0, 3)
GOAL = np.array([1.0, -2.0, 0.5, 0.25])
SMOOTH = {
    "batch normalisation": batch_normalised(H, GOAL, 3.0, "normalised"),
    "from the origin": from_origin(H, GOAL, "from the origin"),
    "interpolation": interpolation(*sign_data(4, 0), "sign data"),
    "absolute value": absolute_value(GOAL, "absolute value"),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_gradient_is_that_of_the_gap(name):
    """On numpy and on torch; the gap of the normalised loss is written without the covariance's mean."""
    instance = SMOOTH[name]
    values = np.random.default_rng(2).standard_normal((3, instance.dimension))
    x = torch.tensor(values, requires_grad=True)
    problem = with_torch(instance)
    (wanted,) = torch.autograd.grad(problem.gap(x).sum(), x)
    slack = 64 * instance.dimension * U * float(wanted.abs().max())
    for found in (problem.gradient(x.detach()), with_run_axis(instance.problem).gradient(values)):
        np.testing.assert_allclose(np.asarray(found), wanted.numpy(), rtol=0, atol=slack)


def test_a_size_that_is_held_fixed_gives_another_gradient():
    right = SMOOTH["batch normalisation"]
    x = right.start(0)[None]
    wrong = with_run_axis(SizeHeldFixed(*right.problem))
    assert np.abs(wrong.gradient(x) - with_run_axis(right.problem).gradient(x)).max() > 0.1
    assert wrong.gap(x) == with_run_axis(right.problem).gap(x)


def test_gradient_descent_sees_the_learning_rate_as_a_length_of_the_start():
    """With a rate of four for the weights, and one for the length, by hand; and from half the weights."""
    instance = batch_normalised(H, GOAL, 4.0, "rate four")
    x = instance.start(5)
    a, w = x[0], 2 * x[1:]
    for found in itertools.islice(iterates(GradientDescent(step=1), [instance], [5]), 1, 30):
        size = np.sqrt(w @ H @ w)
        slope = w @ H @ GOAL / size
        a, w = slope, w + 4 * a / size * (H @ GOAL - slope / size * (H @ w))
        np.testing.assert_allclose(found[0], np.r_[a, w / 2], rtol=0, atol=1e-11)


def test_best_lengths_are_gradient_descent_on_the_rayleigh_quotient():
    """With the step w'Qw/(2L|r|) of its paper for r(w) = -(u'Qw)^2/(w'Qw), whose gradient is a difference
    here: the directions agree to what a difference is known to."""
    instance = from_origin(H, GOAL, "quotient")
    largest = float(np.linalg.eigvalsh(H)[-1])

    def quotient(w):
        return -((GOAL @ H @ w) ** 2) / (w @ H @ w)

    w = instance.start(0)
    for found in itertools.islice(iterates(BestLength(), [instance]), 1, 12):
        h = 1e-5 * np.linalg.norm(w)
        g = np.array([(quotient(w + h * e) - quotient(w - h * e)) / (2 * h) for e in np.eye(4)])
        w = w - w @ H @ w / (2 * largest * abs(quotient(w))) * g
        w /= np.linalg.norm(w)
        along = found[0] / np.linalg.norm(found[0])
        np.testing.assert_allclose(along * np.sign(along @ w), w, rtol=0, atol=1e-8)


def test_tangent_noise_is_orthogonal_to_the_weights_and_has_mean_zero():
    instance = tangent_noise(12, 3, "noise")
    x = np.random.default_rng(1).standard_normal((12, 3))
    problem: TangentNoise = with_run_axis(instance.problem)
    g = problem.component(x, (np.arange(12), np.arange(12)))
    assert np.abs((g * x).sum(1)).max() < 64 * U * np.abs(g).max() * np.abs(x).max()
    rows = instance.problem.rows
    np.testing.assert_allclose(rows.mean(0), 0, atol=1e-14)
    np.testing.assert_allclose(rows.T @ rows / 12, np.eye(3), atol=1e-13)
    w = torch.tensor(x[0], requires_grad=True)
    (wanted,) = torch.autograd.grad(torch.tensor(rows[0]) @ w / w.norm(), w)
    np.testing.assert_allclose(g[0], wanted, atol=1e-14)


def test_the_data_have_the_sign_property():
    for seed in range(4):
        A, y = sign_data(9, seed)
        assert np.array_equal(A @ np.sign(A.T @ y), 4 * y)
        assert set(y) == {-1.0, 1.0}


def test_the_adversary_shows_its_losses():
    instance = adversary(5)
    problem = with_run_axis(instance.problem)
    x = np.zeros((3, 1))
    for i, wanted in enumerate((5.0, -1.0, -1.0)):
        y = x.copy()
        problem.ascend(y, problem.component(x, (np.arange(3), np.full(3, i))), None)
        assert (y == wanted).all()
