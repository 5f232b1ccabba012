"""Every rival is refuted: a check that cannot fail shows nothing."""

from typing import Any

import pytest

from checks.evaluate import Task
from checks.failure import describe


def test_rival(task: Task, record: dict[str, Any]) -> None:
    if record["verdict"]["word"] != "REFUTED":
        pytest.fail(describe(record), pytrace=False)
