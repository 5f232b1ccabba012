"""``python -m checks.proofs regenerate [NAME ...]`` rebuilds the certificates of the catalogue.

It writes certificates and nothing else: the hash of the statement is pinned in the theorem's file, by hand.
``python -m checks.proofs prove PATH::NAME`` tries all levels for an obligation, your own for example.
``python -m checks.proofs export --coq DIR [--compile] [NAME ...]`` writes them for a second judge, Coq.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from checks.proofs import certificates, coq, kernel, levels
from checks.proofs.symbolic import NotProved, prove
from theorems.predictions import Proof
from theorems.theorem import TheoremError, catalogue


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m checks.proofs", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    again = verbs.add_parser("regenerate", help="rebuild certificates, all or those named")
    again.add_argument("names", nargs="*", metavar="NAME", help="of a certificate")
    again.add_argument("--theorems", action="append", default=[], metavar="PATH", help="outside the clone")
    new = verbs.add_parser("prove", help="say how far an obligation can be proved, and what fails")
    new.add_argument("place", metavar="PATH::NAME", help="a file, and an obligation in it")
    out = verbs.add_parser("export", help="write the certificates for another judge")
    out.add_argument("names", nargs="*", metavar="NAME", help="of a certificate; all if none is named")
    out.add_argument("--coq", required=True, type=Path, metavar="DIR", help="the folder for files for Coq")
    out.add_argument("--compile", action="store_true", help="have coqc check them, in parallel")
    out.add_argument("--theorems", action="append", default=[], metavar="PATH", help="outside the clone")
    return parser.parse_args(arguments)


def promised(names: list[str], theorems: list[str]) -> dict[str, tuple[Any, Proof]]:
    """The proofs that theorems promise, all or those named.

    Raises:
        TheoremError: no theorem promises one of the names.
    """
    known = certificates.proofs(theorem for theorem, _ in catalogue(theorems).values())
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise TheoremError(f"no theorem promises {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return {name: known[name] for name in names or known}


def regenerate(names: list[str], theorems: list[str]) -> int:
    """Write the certificates; the status is 1 where one was not found or is not the pinned statement's."""
    status = 0
    for name, (obligation, proof) in promised(names, theorems).items():
        began = time.perf_counter()
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


def attempt(place: str) -> int:
    """Print the levels that are tried for an obligation; the status is 0 where a proof was found."""
    obligation = levels.named(place)
    reached = "none"
    for found in levels.attempts(obligation):
        print(f"{found.level}: {'' if found.reached else 'no, '}{found.said}", flush=True)
        for line in found.lines:
            print(f"  {line}")
        if found.reached and reached == "none":
            reached = found.level
    print(f"level reached by {obligation.name}: {reached}")
    return int(not reached.startswith(("symbolic", "exact")))


def export(names: list[str], theorems: list[str], folder: Path, compiled: bool) -> int:
    """Write a file for Coq for each certificate; the status is 1 where Coq refuses one."""
    if compiled and shutil.which("coqc") is None:
        print("there is no coqc; on Debian: apt-get install coq", file=sys.stderr)
        return 2
    chosen = promised(names, theorems)
    folder.mkdir(parents=True, exist_ok=True)
    files, status = {}, 0
    for name, (obligation, _) in chosen.items():
        try:
            content = certificates.path(obligation).read_text(encoding="utf-8")
            text = coq.export(kernel.parse(content), name)
        except OSError:
            print(f"{name}: there is no certificate; python -m checks.proofs regenerate {name} makes it")
            status = 1
            continue
        except coq.NotExported as error:
            print(f"{name}: left out, {error}")
            continue
        files[name] = folder / f"{name.replace('-', '_')}.v"
        files[name].write_text(text, encoding="utf-8")
    print(f"{len(files)} files are in {folder}", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, against in zip(
            files, pool.map(coq.judged, files.values() if compiled else []), strict=False
        ):
            status |= bool(against)
            print(f"{name}: {f'refused, {against}' if against else 'accepted by Coq'}", flush=True)
    return int(status)


def main(arguments: list[str]) -> int:
    chosen = options(arguments)
    try:
        if chosen.verb == "prove":
            return attempt(chosen.place)
        if chosen.verb == "export":
            return export(chosen.names, chosen.theorems, chosen.coq, chosen.compile)
        return regenerate(chosen.names, chosen.theorems)
    except TheoremError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
