r"""Data-parallel runs: rows divided among workers, and what their sums cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from solvers.distributed import (
    data_parallel,
    divided,
    latency_and_cost,
    message_seconds,
    predicted_seconds,
    serial,
)
from solvers.method import Method
from solvers.methods import ConjugateGradient, GradientDescent, Nesterov
from solvers.problems.instance import Instance
from solvers.problems.least_squares import gaussian_rows, least_squares
from theorems.facts import within
from theorems.predictions import Calculation, Fact
from theorems.theorem import Rival, Source, Theorem

U = 2.0**-53
STEPS = 12
WORKERS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
METHODS: dict[str, Method] = {
    "gradient descent": GradientDescent(),
    "Nesterov": Nesterov(),
    "conjugate gradients": ConjugateGradient(),
}


def problem(count: int = 120, size: int = 15) -> Instance:
    return gaussian_rows(count, size, 0.0, f"{count} Gaussian rows in {size} unknowns")


def tolerance(name: str, instance: Instance, path: np.ndarray) -> float:
    """How far two orders of the additions may separate the iterates.

    A gradient is off by 2 (N + n) u |A|'|A||x|/N at most, a step by 6 u |x| more; gradient descent hands that
    on as it is, Nesterov's method k steps later with a factor of 2k + 3 at most. What conjugate gradients do
    to it has no simple bound: there it is 8 times the largest distance between the serial path and those on
    the rows in 20 other orders.
    """
    rows = instance.problem.rows
    if name == "conjugate gradients":
        rng, apart = np.random.default_rng(5), 0.0
        for _ in range(20):
            other = least_squares(rows[rng.permutation(len(rows))], "reordered", start=instance.start)
            shuffled = replace(other, constants=instance.constants)
            found = serial(METHODS[name], shuffled, len(path) - 1).iterates
            apart = max(apart, float(np.abs(found - path).max()))
        return 8 * apart
    norm = float(np.linalg.norm(np.abs(rows).T @ np.abs(rows), 2)) / len(rows)
    longest = 2 / float(np.linalg.eigvalsh(rows.T @ rows / len(rows)).max())
    each = (2 * sum(rows.shape) * longest * norm + 6) * U * float(np.linalg.norm(path, axis=1).max())
    steps = len(path) - 1
    return each * (steps if name == "gradient descent" else (steps + 2) ** 2)


def without(instance: Instance, lost: int) -> Instance:
    """The sum without its last ``lost`` rows."""
    rows = instance.problem.rows
    return replace(instance, problem=instance.problem._replace(rows=rows[: len(rows) - lost]))


def in_parts(workers: Sequence[int], lost: int) -> list[Fact]:
    """The largest distance between the serial iterates and those with the rows in parts, all in this process;
    the last ``lost`` rows are forgotten."""
    facts = []
    instance = problem()
    kept = without(instance, lost)
    for name, method in METHODS.items():
        path = serial(method, instance, STEPS).iterates
        allowed = tolerance(name, instance, path)
        for count in workers:
            found = divided(method, kept, count, STEPS).iterates
            facts.append(within(f"{name}, {count} parts", float(np.abs(found - path).max()), 0, allowed, 0))
    return facts


def in_processes(workers: Sequence[int], lost: int) -> list[Fact]:
    """The same on processes, and the seconds that they computed and that their sums took; of those nothing is
    claimed."""
    facts = []
    instance = problem()
    kept = without(instance, lost)
    paths = {name: serial(method, instance, STEPS).iterates for name, method in METHODS.items()}
    allowed = {name: tolerance(name, instance, path) for name, path in paths.items()}
    for count in workers:
        ran = data_parallel(list(METHODS.values()), kept, count, STEPS)
        for (name, path), results in zip(paths.items(), ran, strict=True):
            apart = max(float(np.abs(found.iterates - path).max()) for found in results)
            at = f"{name}, {count} process{'es' * (count > 1)}"
            facts.append(within(at, apart, 0, allowed[name], 0))
            slow = max(results, key=lambda found: found.seconds)
            facts.append(no_claim(f"{at}: seconds computing, measured", slow.seconds - slow.waited))
            facts.append(no_claim(f"{at}: seconds in sums over processes, measured", slow.waited))
    return facts


def costs_of_messages(lengths: Sequence[int]) -> list[Fact]:
    """Latency and cost of sums over two processes, fitted to alpha + beta bytes, and what the fit predicts
    for a step of gradient descent that was measured on one; but for the sign of beta nothing is claimed."""
    seconds = message_seconds(2, lengths)
    alpha, beta = latency_and_cost(lengths, seconds)
    facts = [no_claim("α in seconds, fitted", alpha), within("β in seconds a byte, fitted", beta, 0, np.inf)]
    facts += [
        no_claim(f"sum of {length} numbers over 2 processes: seconds, measured", float(taken))
        for length, taken in zip(lengths, seconds, strict=True)
    ]
    large, descent = problem(4096, 400), METHODS["gradient descent"]
    # The first run reads the rows into the caches; the fastest is disturbed least.
    one = min(serial(descent, large, STEPS).seconds for _ in range(5)) / STEPS
    (pair,) = data_parallel([descent], large, 2, STEPS)
    two = max(found.seconds for found in pair) / STEPS
    for count, taken in ((1, one), (2, two)):
        what = f"a step on {large.label}, {count} process{'es' * (count > 1)}: seconds, measured"
        facts.append(replace(no_claim(what, taken), at=count))
    for count in (1, *WORKERS):
        what = f"a step of it on {count} workers: seconds, predicted, not measured"
        guess = no_claim(what, predicted_seconds(one, alpha, beta, 400, count))
        facts.append(replace(guess, at=count, curve="predicted"))
    return facts


def no_claim(what: str, value: float) -> Fact:
    return Fact(what, value, value, 0.0, np.inf)


parts = Calculation(
    compute=in_parts,
    arguments={"workers": (1, 2, 3, 7, 120), "lost": 0},
    rests_on="bound",
    label="parts",
    ran="12 steps with the rows in 1 ... 120 parts, in one process",
)
processes = Calculation(
    compute=in_processes,
    arguments={"workers": (1, 2), "lost": 0},
    rests_on="bound",
    label="processes",
    standard=False,
    ran="12 steps on 1 and 2 processes, sums by torch.distributed (gloo)",
)
messages = Calculation(
    compute=costs_of_messages,
    arguments={"lengths": (1, 64, 1024, 16384, 131072)},
    rests_on="bound",
    label="messages",
    standard=False,
    ran="a step on 1 and 2 processes, and what sums over 2 of them predict for more",
    drawn=("workers", "seconds a step"),
)

theorems = [
    Theorem(
        name="data-parallel",
        title="Rows divided among workers: the iterates are the serial ones, up to the order of additions",
        source=Source("bertsekastsitsiklis1989"),
        also=[Source("sun2020", "appendix")],
        statement="If every worker has a part of the rows of a least-squares problem and the workers add up "
        "their products, then gradient descent, Nesterov's method and conjugate gradients go through the "
        "iterates of one worker, up to the rounding of sums in another order.",
        method=None,
        survey="parallel",
        remark="In the full profile on one and two processes, with the seconds that they computed and that "
        "their sums took. The seconds for more workers are predictions of the model α + β bytes, ⌈log₂ p⌉ "
        "times, from sums over two; they are no measurement.",
        predictions=[parts, processes, messages],
        rivals=[
            Rival(
                "the last row is lost",
                replace(parts, arguments={"workers": (2,), "lost": 1}, label="a row lost"),
            ),
            Rival(
                "the last row is lost on processes",
                replace(processes, arguments={"workers": (2,), "lost": 1}, label="a row lost on processes"),
            ),
        ],
    ),
]
