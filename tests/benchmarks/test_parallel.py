"""Data-parallel gradient descent on processes of this machine: computing, sums, and what more would take.

Two processes on two cores save half of the computing and pay for sums through the loopback. What is printed
for more workers is the prediction of alpha + beta bytes, ceil(log2 p) times, and no measurement.
"""

from __future__ import annotations

from solvers.distributed import data_parallel, latency_and_cost, message_seconds, predicted_seconds, serial
from solvers.methods import ConjugateGradient, GradientDescent, Nesterov
from solvers.problems.least_squares import gaussian_rows
from theorems.data_parallel import WORKERS

STEPS = 40


def test_one_and_two_processes(capsys):
    rows = gaussian_rows(8192, 512, 0.0, "8192 Gaussian rows in 512 unknowns")
    methods = {"GD": GradientDescent(), "Nesterov": Nesterov(), "CG": ConjugateGradient()}
    lines = []
    for count in (1, 2):
        ran = data_parallel(list(methods.values()), rows, count, STEPS)
        for name, results in zip(methods, ran, strict=True):
            slow = max(results, key=lambda found: found.seconds)
            each, sums = 1e3 * slow.seconds / STEPS, 1e3 * slow.waited / STEPS
            lines.append(f"{name:>8}, {count} processes: {each:.3f} ms a step, of which sums {sums:.3f} ms")
    lengths = [1, 512, 4096, 32768, 262144]
    alpha, beta = latency_and_cost(lengths, message_seconds(2, lengths))
    one = serial(GradientDescent(), rows, STEPS).seconds / STEPS
    lines.append(f"alpha = {1e6 * alpha:.1f} us, beta = {1e9 * beta:.3f} ns a byte")
    for count in WORKERS:
        guess = predicted_seconds(one, alpha, beta, 512, count)
        lines.append(
            f"predicted for {count} workers: {1e3 * guess:.3f} ms a step, {one / guess:.1f} times as fast"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))
