"""``python -m checks trust`` puts the code itself on trial; theorems are tried by ``pytest checks/``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from checks.store import Store, StoreError

ROOT = Path(__file__).resolve().parent.parent


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m checks",
        description="Put the code on trial: broken solvers, false alarms of the gates, exact expectations. "
        "Theorems are tried by pytest checks/.",
    )
    parser.add_argument("what", choices=["trust"], help="the long calibration of the gates, some minutes")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "build" / "results", metavar="DIR",
        help="where the table goes (default build/results)",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """The status is 1 where something is not as it should be, and 2 where the table cannot be written."""
    chosen = options(arguments)
    try:
        Store(chosen.results).check()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    from checks import trust

    found = trust.trust(chosen.results, lambda line: print(line, flush=True))
    for complaint in found:
        print(f"not as it should be: {complaint}", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
