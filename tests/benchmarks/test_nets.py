"""Gradient descent on a batch of deep linear nets: steps per second beside torch.func.vmap(grad), in one run.

Both on torch, one thread, double precision, the same weights and targets, a step x -= h gradient. Ours is the
net's own gradient under the method's own step; the peer differentiates the loss of one net and maps it over
the seeds. Targets: 4 times the steps per second at depth 8, width 8, 16 seeds, parity at 32, 64, 256. The
second is missed, with 0.9 times the peer's steps: the matrix products are the same, and a flat gradient of
268 MB is fresh memory in every step, and so is the step times it.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from solvers import method as protocol
from solvers.methods import GradientDescent
from solvers.problems.deep_linear import layers, problem_class
from tests.benchmarks.race import race

H = 1e-6


def stepper(depth: int, width: int, x: torch.Tensor, goal: torch.Tensor):
    """Passes of the method's step on a batch."""
    eye = torch.eye(width, dtype=torch.float64)[None]
    problem = problem_class((width,) * (depth + 1), True)(goal[None], eye, eye)
    method = GradientDescent(step=torch.full((len(x), 1), H, dtype=torch.float64))
    state = method.start(problem, x.clone())

    def seconds(passes: int) -> float:
        start = time.process_time()
        for _ in range(passes):
            protocol.update(method, problem, state, None)
        return time.process_time() - start

    return seconds


def peer(depth: int, width: int, x: torch.Tensor, goal: torch.Tensor):
    """The same steps by vmap(grad) of the loss, on the weights of each layer."""
    weights = tuple(w.clone() for w in layers((width,) * (depth + 1), x))

    def loss(weights):
        product = weights[0]
        for w in weights[1:]:
            product = w @ product
        return ((product - goal) ** 2).sum() / 2

    gradients = torch.func.vmap(torch.func.grad(loss))

    def seconds(passes: int) -> float:
        nonlocal weights
        start = time.process_time()
        for _ in range(passes):
            weights = tuple(w - H * g for w, g in zip(weights, gradients(weights), strict=True))
        return time.process_time() - start

    return seconds


@pytest.mark.parametrize(
    ("depth", "width", "seeds", "passes", "target"), [(8, 8, 16, 1000, 4.0), (32, 64, 256, 1, 1.0)]
)
def test_steps_of_a_batch_of_nets(benchmark, capsys, depth, width, seeds, passes, target):
    torch.set_num_threads(1)
    rng = np.random.default_rng(depth)
    x = torch.tensor(rng.standard_normal((seeds, depth * width**2)) / np.sqrt(width))
    goal = torch.tensor(rng.standard_normal((width, width)))
    ours, theirs = stepper(depth, width, x, goal), peer(depth, width, x, goal)
    medians = race({"suite": (ours, passes), "vmap(grad)": (theirs, passes)})
    rates = {name: 1 / seconds for name, seconds in medians.items()}
    ratio = rates["suite"] / rates["vmap(grad)"]
    benchmark.extra_info["steps per second"] = rates
    benchmark.pedantic(ours, args=(passes,), rounds=3)
    with capsys.disabled():
        shown = ", ".join(f"{name} {rate:.4g} steps/s" for name, rate in rates.items())
        print(
            f"\ndepth {depth}, width {width}, {seeds} seeds: {shown}, ratio {ratio:.2f} (target {target:g})"
        )
