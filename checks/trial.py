"""One prediction on trial: its method, its instances, and the runs it asks for."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from checks.store import Store
from solvers import method as protocol
from solvers.arrays import Arrays
from solvers.constants import evaluate
from solvers.problems.families import Family
from solvers.problems.instance import Instance
from solvers.run import run
from solvers.trajectories import Trajectories, sparse
from theorems.predictions import Prediction
from theorems.theorem import Theorem

PROFILES = ("quick", "standard", "full")
#: The quick profile keeps the instances whose runs have at most this many steps: none is compiled.
QUICK_STEPS = 20_000


@dataclass(frozen=True)
class Settings:
    """How the suite was called.

    Attributes:
        results: the folder of the stored evidence.
        theorems: files and folders outside the clone.
    """

    profile: str = "standard"
    backend: str = "numpy"
    device: str = "cpu"
    results: Path = Path("build/results")
    theorems: tuple[str, ...] = ()

    @property
    def arrays(self) -> Arrays:
        return Arrays(self.backend, self.device)

    @property
    def place(self) -> list[str]:
        """Where the arrays live, as a part of keys: backend, device, and the version of torch if it runs."""
        version = importlib.metadata.version("torch") if self.backend == "torch" else ""
        return [self.backend, self.device, version]


class PremiseFailed(Exception):
    """An instance does not fulfil a premise of its theorem; nothing is measured."""


@dataclass
class Trial:
    """What a check needs to collect evidence for one prediction.

    Attributes:
        method: the prediction's, the theorem's, or a rival's.
        runs: names of the batches that were used, filled as they are.
    """

    theorem: Theorem
    prediction: Prediction
    method: Any
    settings: Settings
    store: Store

    def __post_init__(self) -> None:
        self.used: list[str] = []

    @property
    def epochs(self) -> Any:
        return self.theorem.resolved(self.prediction)[2]

    @property
    def family(self) -> Family:
        """The instances of the profile.

        Raises:
            ValueError: neither the prediction nor its theorem has any.
        """
        family = self.theorem.resolved(self.prediction)[1]
        if self.settings.profile == "full" and self.prediction.full is not None:
            family = self.prediction.full
        if family is None:
            raise ValueError(
                f"prediction {self.prediction.id!r} of {self.theorem.name!r} has no instances; "
                "give instances= to it or to the theorem"
            )
        return family

    def instances(self) -> list[Instance]:
        """The family's instances; in the quick profile those whose runs are short, or the shortest."""
        instances = self.family.instances()
        if self.settings.profile != "quick":
            return instances
        lengths = [self.steps(instance) for instance in instances]
        limit = max(QUICK_STEPS, min(lengths))
        return [i for i, length in zip(instances, lengths, strict=True) if length <= limit]

    def steps(self, instance: Instance) -> int:
        """The steps that a run's budget allows, each counted as often as it moves."""
        protocol.require(self.method, instance)
        evaluated = protocol.evaluate(self.method, instance)
        return self.rounds(self.method, instance) * protocol.moves(evaluated, instance)

    def ran(self, instances: Sequence[Instance], runs: Trajectories | None = None) -> str:
        """What was run, in one sentence."""
        total = len(self.family.grid)
        count = f"{total}" if len(instances) == total else f"{len(instances)} of {total}"
        text = f"{protocol.name(self.method)} on {count} instance{'s' * (total > 1)}: {self.family.text}"
        if runs is None:
            return text
        seeds = len(np.unique(runs.seed))
        epochs = np.nanmax(runs.epochs)
        return f"{text}; {seeds} run{'s' * (seeds > 1)} each, up to {epochs:g} epochs, {runs.reading} reading"

    def check_premises(self, instances: Sequence[Instance], method: Any) -> None:
        """Test the theorem's premises on every instance.

        Raises:
            PremiseFailed: the first that is false.
        """
        for instance in instances:
            for premise in self.theorem.premises:
                if not premise.holds(protocol.evaluate(method, instance), instance):
                    raise PremiseFailed(f"premise false: {premise.text} does not hold on {instance.label}")

    def rounds(self, method: Any, instance: Instance, epochs: Any = None) -> int:
        """The budget in rounds: the epochs allowed, over the epochs of a round, at least one."""
        from solvers.counting import epochs_per_round

        limit = self.epochs if epochs is None else epochs
        allowed = float(evaluate(limit, instance.constants, f"epochs of {self.theorem.name}"))
        cost = float(epochs_per_round(protocol.evaluate(method, instance), instance))
        return max(1, int(np.ceil(allowed / cost)))

    def trajectories(
        self,
        instances: list[Instance],
        measures: Sequence[str],
        *,
        seeds: Sequence[int] | None = None,
        reduction: float = np.inf,
        grid: Callable[[int], np.ndarray] = sparse,
        epochs: Any = None,
        method: Any = None,
    ) -> Trajectories:
        """The runs, from the store if they are there under an unchanged key."""
        method = self.method if method is None else method
        seeds = list(range(self.prediction.seeds)) if seeds is None else list(seeds)
        self.check_premises(instances, method)
        limit = self.epochs if epochs is None else epochs
        name, runs = self.store.batch(
            [
                "trajectories", method, [(i.label, i.problem, i.start, i.homogeneous) for i in instances],
                seeds, limit, tuple(measures), reduction, grid, *self.settings.place,
            ],
            (type(method), *{type(i.problem) for i in instances}),
            lambda: run(
                method,
                instances,
                seeds,
                rounds=lambda instance: self.rounds(method, instance, limit),
                measures=measures,
                reduction=reduction,
                grid=grid,
                arrays=self.settings.arrays,
            ),
        )  # fmt: skip
        self.used.append(name)
        return runs
