"""What is asked of an object several times, and computed once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def by_identity(compute: Callable[[Any], T]) -> Callable[[Any], T]:
    """The function of one argument, whose outcomes are kept by the identity of the argument: for objects
    that hold lists, and so have no hash."""
    known: dict[int, tuple[T, Any]] = {}

    @functools.wraps(compute)
    def kept(of: Any) -> T:
        if id(of) not in known:
            # the object is kept with its outcome, so that no other one can get its place in memory
            known[id(of)] = compute(of), of
        return known[id(of)][0]

    return kept
