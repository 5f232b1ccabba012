"""Writing the report's files: whole or not at all, and readable by whom the umask allows."""

from __future__ import annotations

from pathlib import Path

from checks import store


def write(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or a later build, never meets half of it; a text in UTF-8."""
    store.write(path, content.encode() if isinstance(content, str) else content)
