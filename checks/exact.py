"""What is computed exactly from a method's own step: factors per epoch, and expectations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from checks.trial import Trial
from solvers import exchangeable, flat, resolvent, sources
from solvers import method as protocol
from solvers.counting import epochs_per_round
from solvers.flat import Flat, FlatMoment
from solvers.free_state import radius
from solvers.iteration import spectral_radius
from solvers.modal import Unstable
from solvers.moments import SecondMoment
from solvers.problems.instance import Instance
from solvers.problems.quadratic import Gaussian, Spectrum
from solvers.trajectories import Trajectories, every


def factor_per_epoch(method: Any, instance: Instance) -> float:
    """The asymptotic factor of the distance per epoch.

    For a sampled method it is the square root of the mean-square factor. A method that draws nothing is
    read in the eigenbasis if it runs there, since no rotation changes it, else in the basis of the instance.

    Raises:
        ValueError: the method is not linear, or its second moment is too large to build.
    """
    evaluated = protocol.evaluate(method, instance)
    epochs = float(epochs_per_round(evaluated, instance))
    if protocol.sampled(method):
        steps = protocol.steps(evaluated, instance.problem)
        return float(np.exp(log_mean_square_factor(method, instance, steps) / (2 * epochs)))
    if not all(hasattr(Spectrum, oracle) for oracle in type(method).needs):
        return float(radius(method, instance) ** (1 / epochs))
    modes = np.asarray(instance.spectrum)
    start = Gaussian(len(modes))
    instance = replace(instance, problem=Spectrum(modes), dimension=len(modes), start=start)
    return float(spectral_radius(method, instance) ** (1 / epochs))


def log_mean_square_factor(method: Any, instance: Instance, steps: int) -> float:
    """ln of the factor of E|z|^2 over a round of ``steps`` steps, by whichever exact way there is: modal on
    flat designs and on larger unit-diagonal ones, by one draw where whole permutations are drawn and all
    coordinates are alike, else the second moment itself."""
    once_a_round = hasattr(method, "outer")
    if isinstance(instance.problem, Flat):
        if once_a_round:
            return float(np.log(FlatMoment.of(method, instance).factor(steps)))
        try:
            return flat.log_mean_square_factor(method, instance) * steps
        except Unstable:  # the secular equation has its root below 1
            return float(np.log(FlatMoment.of(method, instance).factor())) * steps
    if exchangeable.alike(method, instance) and not hasattr(method, "modal"):
        return float(np.log(exchangeable.mean_square_factor(method, instance))) * steps
    moment = SecondMoment.of(method, instance)
    if not moment.by_powers and hasattr(method, "modal") and not once_a_round:
        return resolvent.log_mean_square_factor(method, instance) * steps
    return float(np.log(moment.factor(steps)))


def expectation(
    trial: Trial, instances: list[Instance], grid: Callable[[int], np.ndarray] = every
) -> Trajectories:
    """The exact expectation as one "run" an instance: its distance is (E |e|^2)^(1/2). From the store if it
    is there under an unchanged key.

    On a flat design the time may be as long as one likes, and the grid sparse; on others every round is
    computed.
    """
    trial.check_premises(instances, trial.method)
    name, runs = trial.store.batch(
        [
            "expectations", trial.method, [(i.label, i.problem, i.start, i.homogeneous) for i in instances],
            trial.epochs, grid, sources.package("checks"),
        ],
        (type(trial.method), *{type(i.problem) for i in instances}),
        lambda: _expectation(trial, instances, grid),
    )  # fmt: skip
    trial.used.append(name)
    return runs


def _expectation(trial: Trial, instances: list[Instance], grid: Callable[[int], np.ndarray]) -> Trajectories:
    paths, costs = [], []
    for instance in instances:
        evaluated = protocol.evaluate(trial.method, instance)
        steps = protocol.steps(evaluated, instance.problem)
        costs.append(float(epochs_per_round(evaluated, instance)))
        kept = np.r_[0, grid(trial.rounds(trial.method, instance))]
        if isinstance(instance.problem, Flat):
            square, gap = FlatMoment.of(trial.method, instance).trajectory(steps, kept)
        else:
            moment = SecondMoment.of(trial.method, instance)
            with np.errstate(divide="ignore"):
                square, gap = map(np.log, moment.trajectory(instance.start(0), steps, int(kept[-1])))
            square, gap = square[kept], gap[kept]
        paths.append((kept, square / 2, gap))
    shape = len(instances), max(len(kept) for kept, _, _ in paths)
    rounds, log_distance, log_gap = np.full(shape, -1), np.full(shape, np.nan), np.full(shape, np.nan)
    for b, (kept, distance, gap) in enumerate(paths):
        rounds[b, : len(kept)], log_distance[b, : len(kept)], log_gap[b, : len(kept)] = kept, distance, gap
    return Trajectories(
        rounds=rounds,
        epochs_per_round=np.array(costs),
        log_distance=log_distance,
        log_gap=log_gap,
        outcomes=(),
        instance=np.arange(len(instances)),
        seed=np.zeros(len(instances), dtype=int),
        reading="exact expectation",
    )
