"""The process in which a target runs: ``python -m checks.audit SPEC ANSWER``, called by ``command``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(spec: dict[str, Any], answer: Path) -> None:
    """Audit, and leave a record, a refusal, or how far it got."""
    leave(answer, {"progress": "the import"})
    from checks.audit.targets import TargetError
    from checks.audit.trial import audit

    def say(part: str) -> None:
        leave(answer, {"progress": part})
        print(f"auditing: {part}", file=sys.stderr, flush=True)

    try:
        record = audit(spec["target"], spec["arguments"], like=spec["like"], seconds=spec["seconds"], say=say)
    except TargetError as error:
        leave(answer, {"refused": str(error)})
    except Exception as error:
        leave(answer, {"refused": f"the audit itself failed: {type(error).__name__}: {error}"})
        raise
    else:
        leave(answer, {"record": record})


def leave(answer: Path, content: dict[str, Any]) -> None:
    """Written whole: the other process may read at any time."""
    part = answer.with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    part.replace(answer)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
