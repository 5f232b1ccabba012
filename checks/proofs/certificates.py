"""Certificates on disk: where they lie, whether they are what a theorem pins, and how they are rebuilt."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from checks.proofs import kernel
from solvers import sources
from theorems.performance import Cycle, Obligation
from theorems.predictions import Proof
from theorems.theorem import HERE, Theorem


def path(obligation: Obligation | Cycle) -> Path:
    """The certificate's file: theorems/certificates/NAME.json, for a user's own theorem the folder
    ``certificates`` beside the file that states it."""
    file = Path(inspect.getfile(inspect.unwrap(obligation.state)))
    folder = HERE if sources.ours(file) else file.parent
    return folder / "certificates" / f"{obligation.name}.json"


def shown(file: Path) -> str:
    """The file as a reader types it from the top of the clone."""
    return str(file.relative_to(HERE.parent) if file.is_relative_to(HERE.parent) else file)


def text(certificate: Mapping[str, Any]) -> str:
    """The certificate as it is written to its file."""
    return json.dumps(certificate, separators=(",", ":"), sort_keys=True) + "\n"


def proofs(theorems: Iterable[Theorem]) -> dict[str, tuple[Obligation | Cycle, Proof]]:
    """The proofs that theorems promise, by the names of their certificates."""
    found = {
        p.obligation.name: (p.obligation, p)
        for theorem in theorems
        for p in theorem.predictions
        if isinstance(p, Proof) and p.obligation is not None
    }
    return dict(sorted(found.items()))


def accepted(proof: Proof) -> str:
    """The kernel's sentence about the certificate that the theorem pins.

    Raises:
        kernel.Refused: there is none, it is for another statement, or it proves nothing.
    """
    if proof.obligation is None:
        raise kernel.Refused("the prediction has no obligation; give obligation=")
    file = path(proof.obligation)
    try:
        content = file.read_text(encoding="utf-8")
    except OSError:
        raise kernel.Refused(
            f"there is no certificate {shown(file)}; "
            f"python -m checks.proofs regenerate {proof.obligation.name} makes it"
        ) from None
    if not proof.sha256:
        raise kernel.Refused("the theorem pins no statement; give sha256= the hash that the kernel prints")
    return kernel.check(content, proof.sha256)
