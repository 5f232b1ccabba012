"""The protocol that every method obeys.

A method is a ``NamedTuple`` of hyper-parameters, sympy expressions in ``solvers.constants``, declared by
``@method(...)``. Beside them its class has

=================================== ===========================================================
``start(self, problem, x)``         the state at x; batch reading only
``update(self, problem, state, i)`` one step, the text
``outer(self, problem, state)``     optional: what the method does once a round, before its steps
``refresh(self, problem, state)``   optional: recomputes what the steps only maintain; without
                                    rounding it would change nothing, so it costs no epoch
``steps(self, problem)``            optional: steps in a round; 1 if absent
``sampling(self, problem)``         optional: what a step draws (``solvers.sampling``); one index,
                                    uniform, if absent
``by_chance(self, problem, state)`` optional: what comes before a step with a chance that
                                    ``sampling`` gives
``modal(self)``                     optional: a step on one eigenvalue (``solvers.flat``)
=================================== ===========================================================

No method asks which problem it is on: it calls the problem's oracles by the names of
``solvers.vocabulary``. A round is the unit in which ``solvers.run`` advances; what it costs in epochs
is counted by the oracle (``solvers.counting``).
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from solvers.constants import evaluate as evaluate_expression
from solvers.sampling import Sampling

C = TypeVar("C")


class Method(Protocol):
    """A method, before or after its hyper-parameters got their numbers."""

    @property
    def _fields(self) -> tuple[str, ...]: ...

    def __iter__(self) -> Any: ...

    def start(self, problem: Any, x: Any) -> Any: ...

    def update(self, problem: Any, state: Any, i: Any) -> None: ...


def method(
    *,
    state: type,
    degrees: Sequence[int],
    linear: bool = False,
    sampled: str = "",
    needs: Sequence[str] = (),
    sweeps: bool = False,
) -> Callable[[type[C]], type[C]]:
    """Declare a method: a decorator of its class.

    Args:
        state: a NamedTuple of arrays; its first leaf is the iterate.
        degrees: each leaf's degree of homogeneity in the error (1 a vector, 0 a step size); all 0 for a
            method whose step does not scale with the error, whose runs are never rescaled.
        linear: whether a step is linear in the state (for a fixed draw).
        sampled: what a step draws, "coordinate", "component" or nothing.
        needs: oracles that not every problem has.
        sweeps: whether a step goes through the coordinates one by one, many calls in the batch reading.
    """

    def declare(cls: type[C]) -> type[C]:
        traits = {"State": state, "degrees": tuple(degrees), "linear": linear, "sampled": sampled}
        for name, value in {**traits, "needs": tuple(needs), "sweeps": sweeps}.items():
            setattr(cls, name, value)
        return cls

    return declare


def update(method: Any, problem: Any, state: Any, i: Any) -> None:
    method.update(problem, state, i)


def outer(method: Any, problem: Any, state: Any) -> None:
    if hasattr(method, "outer"):
        method.outer(problem, state)


def by_chance(method: Any, problem: Any, state: Any) -> None:
    if hasattr(method, "by_chance"):
        method.by_chance(problem, state)


def refresh(method: Any, problem: Any, state: Any) -> None:
    if hasattr(method, "refresh"):
        method.refresh(problem, state)


def steps(method: Any, problem: Any) -> int:
    """Steps in a round of this evaluated method."""
    return int(method.steps(problem)) if hasattr(method, "steps") else 1


def moves(method: Any, instance: Any) -> int:
    """How often the text of a round goes through its verbs: its steps, each as often as it moves."""
    each = instance.dimension if type(method).sweeps else 1
    return steps(method, instance.problem) * each


def sampling(method: Any, instance: Any) -> Sampling:
    """What a step of this evaluated method draws on this instance.

    Raises:
        ValueError: what it asks for cannot be drawn.
    """
    if not sampled(method):
        return Sampling(0)
    if not hasattr(method, "sampling"):
        return Sampling(choices(method, instance))
    found = method.sampling(instance.problem)
    found.check(f"{type(method).__name__} on {instance.label}")
    return found


def choices(method: Any, instance: Any) -> int:
    """How many indices there are to draw from: coordinates, components, or none (0)."""
    return {"coordinate": instance.dimension, "component": instance.components, "": 0}[sampled(method)]


def sampled(method: Any) -> str:
    return type(method).sampled


def columns(method: Any, count: int = 1) -> Any:
    """An evaluated method as the batch reading takes it: its numbers in columns (count, 1)."""
    return type(method)(*(np.full((count, 1), float(v)) for v in method))


def name(method: Any) -> str:
    """The method and its hyper-parameters, as one reads them: ``GradientDescent(step=2/(L + mu))``."""
    inside = ", ".join(f"{f}={v}" for f, v in zip(method._fields, method, strict=True))
    return f"{type(method).__name__}({inside})"


def evaluate(method: Any, instance: Any) -> Any:
    """The method with numbers (numpy float64, 0-d) for its expressions on this instance.

    Raises:
        ValueError: an expression uses a constant that the instance does not define, or has no
            finite value there.
        TypeError: the class is not declared by ``method``.
    """
    if not hasattr(type(method), "degrees"):
        raise TypeError(
            f"{type(method).__name__} is not declared as a method: "
            "write @method(state=..., degrees=...) above its class"
        )
    numbers = []
    for field, expression in zip(method._fields, method, strict=True):
        owner = f"{type(method).__name__}.{field}"
        number = evaluate_expression(expression, instance.constants, owner)
        if not np.isfinite(number):
            raise ValueError(
                f"{owner} = {expression} is {number} on {instance.label}; "
                "a hyper-parameter must be a finite real number there"
            )
        numbers.append(number)
    return type(method)(*numbers)


def require(method: Any, instance: Any) -> None:
    """Refuse a method whose oracles the problem does not have.

    Raises:
        TypeError: names the method, the problem and the way out.
    """
    for oracle in type(method).needs:
        if not hasattr(instance.problem, oracle):
            kind = type(instance.problem).__name__
            hint = (
                "the eigenbasis has neither coordinates nor samples of its own, take a dense quadratic"
                if kind == "Spectrum"
                else f"take a problem that has {oracle!r}"
            )
            raise TypeError(
                f"{type(method).__name__} cannot run on {instance.label} ({kind}), "
                f"which has no oracle {oracle!r}: {hint}"
            )
