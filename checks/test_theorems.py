"""Every prediction of every theorem has the verdict that is expected of it."""

from typing import Any

import pytest

from checks.evaluate import Task
from checks.failure import describe
from checks.verdict import Verdict, as_expected


def test_theorem(task: Task, record: dict[str, Any]) -> None:
    if not as_expected(Verdict.from_json(record["verdict"]), record["expect"]):
        pytest.fail(describe(record), pytrace=False)
