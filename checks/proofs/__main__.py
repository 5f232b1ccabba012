"""``python -m checks.proofs regenerate [NAME ...]`` rebuilds the certificates of the catalogue.

It writes certificates and nothing else: the hash of the statement is pinned in the theorem's file, by hand.
"""

from __future__ import annotations

import argparse
import sys
import time

from checks.proofs import certificates, kernel
from checks.proofs.symbolic import NotProved, prove
from theorems.theorem import TheoremError, catalogue


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m checks.proofs", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    again = verbs.add_parser("regenerate", help="rebuild certificates, all or those named")
    again.add_argument("names", nargs="*", metavar="NAME", help="of a certificate")
    again.add_argument("--theorems", action="append", default=[], metavar="PATH", help="outside the clone")
    return parser.parse_args(arguments)


def regenerate(names: list[str], theorems: list[str]) -> int:
    """Write the certificates; the status is 1 where one was not found or is not the pinned statement's."""
    known = certificates.proofs(theorem for theorem, _ in catalogue(theorems).values())
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(
            f"no theorem promises {', '.join(unknown)}; there are {', '.join(sorted(known))}", file=sys.stderr
        )
        return 2
    status = 0
    for name in names or known:
        (obligation, proof), began = known[name], time.perf_counter()
        try:
            certificate = prove(obligation)
            content = certificates.text(certificate)
            kernel.check(content)
        except (NotProved, kernel.Refused) as error:
            status = 1
            print(f"{name}: not proved, {error}")
            continue
        file = certificates.path(obligation)
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
        found = kernel.sha256(certificate["statement"])
        note = "as pinned" if found == proof.sha256 else f"the theorem pins {proof.sha256 or 'nothing'}"
        status |= found != proof.sha256
        print(
            f"{name}: {found}, {note}; {len(content)} bytes, {time.perf_counter() - began:.2f} s", flush=True
        )
    return int(status)


def main(arguments: list[str]) -> int:
    chosen = options(arguments)
    try:
        return regenerate(chosen.names, chosen.theorems)
    except TheoremError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
