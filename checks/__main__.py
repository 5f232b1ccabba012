"""``python -m checks trust`` puts the code itself on trial, ``python -m checks audit`` somebody's optimiser.

Theorems are tried by ``pytest checks/``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from checks.store import Store, StoreError

ROOT = Path(__file__).resolve().parent.parent


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m checks",
        description="Put code on trial: this suite's own, or an optimiser of somebody else. "
        "Theorems are tried by pytest checks/.",
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--results", type=Path, default=ROOT / "build" / "results", metavar="DIR",
        help="where the evidence goes (default build/results)",
    )  # fmt: skip
    verbs = parser.add_subparsers(dest="what", required=True, metavar="trust|audit")
    verbs.add_parser(
        "trust", parents=[shared], help="the long calibration of the gates, some minutes",
        description="Broken solvers, false alarms of the gates, exact expectations.",
    )  # fmt: skip
    audit = verbs.add_parser(
        "audit", parents=[shared], help="an optimiser of yours or of a library",
        description="Which method is it, how does its work scale, which theorems does it satisfy, and does "
        "it report what is true?",
    )  # fmt: skip
    audit.add_argument("target", help="torch.optim.SGD, scipy.sparse.linalg.cg, folder/file.py:step, ...")
    audit.add_argument(
        "argument", nargs="*", help="name=value; a formula may use mu, L, kappa, n, ..., as lr=1/L"
    )
    audit.add_argument("--like", default="", metavar="THEOREM", help="ask this theorem only, and say why")
    audit.add_argument(
        "--time-limit", type=float, default=300.0, metavar="S", help="in seconds (default 300)"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """The status is 1 where something is not as it should be, and 2 where nothing could be tried."""
    chosen = options(arguments)
    try:
        Store(chosen.results).check()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.what == "audit":
        from checks.audit.command import command

        return command(chosen.target, chosen.argument, chosen.like, chosen.time_limit, chosen.results)
    from checks import trust

    found = trust.trust(chosen.results, lambda line: print(line, flush=True))
    for complaint in found:
        print(f"not as it should be: {complaint}", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
