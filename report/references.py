"""References: the fields of ``theorems/references.bib``, formatted as a reader expects them."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "theorems" / "references.bib"
ACCENTS = {
    "'": "\N{COMBINING ACUTE ACCENT}", "`": "\N{COMBINING GRAVE ACCENT}",
    "^": "\N{COMBINING CIRCUMFLEX ACCENT}",
    '"': "\N{COMBINING DIAERESIS}", "~": "\N{COMBINING TILDE}", "c": "\N{COMBINING CEDILLA}",
    "v": "\N{COMBINING CARON}", "H": "\N{COMBINING DOUBLE ACUTE ACCENT}",
}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """A reference in its parts: who, what, where; ``link`` is empty where none is known."""

    authors: str
    title: str
    venue: str
    year: str
    link: str


def parse(text: str) -> dict[str, dict[str, str]]:
    """The entries of a BibTeX file: key -> fields, with braces and TeX accents resolved."""
    entries: dict[str, dict[str, str]] = {}
    for match in re.finditer(r"^@(\w+)\s*\{\s*([^,\s]+)\s*,", text, re.MULTILINE):
        fields = {"type": match[1].lower()}
        position = match.end()
        while found := re.compile(r"\s*(\w+)\s*=\s*").match(text, position):
            value, position = _value(text, found.end())
            fields[found[1].lower()] = plain(value)
            position = text.find(",", position) + 1 if text[position : position + 1] == "," else position
        entries[match[2]] = fields
    return entries


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that starts here ({...}, "..." or bare), and where it ends."""
    if text[start] not in '{"':
        end = re.compile(r"[\s,}]").search(text, start)
        stop = end.start() if end else len(text)
        return text[start:stop], stop
    depth, opening = 0, text[start]
    for k in range(start, len(text)):
        if text[k] == "{":
            depth += 1
        elif text[k] == "}":
            depth -= 1
        closed = depth == 0 if opening == "{" else (k > start and text[k] == '"' and depth == 0)
        if closed:
            return text[start + 1 : k], k + 1
    return text[start + 1 :], len(text)


def plain(value: str) -> str:
    """A BibTeX value as text: accents composed, braces and dollars dropped, dashes set."""
    value = re.sub(
        r"\{?\\(['`^\"~cvH])\s*\{?([A-Za-z])\}?\}?",
        lambda m: unicodedata.normalize("NFC", m[2] + ACCENTS[m[1]]),
        value,
    )
    value = re.sub(r"[{}$]", "", value).replace("---", "—").replace("--", "–").replace("\\&", "&")
    return " ".join(value.split())


def _names(authors: str) -> str:
    people = []
    for person in authors.split(" and "):
        last, _, first = person.partition(", ")
        people.append(f"{first} {last}".strip())
    return people[0] if len(people) == 1 else ", ".join(people[:-1]) + " and " + people[-1]


def _venue(fields: dict[str, str]) -> str:
    place = fields.get("journal") or fields.get("booktitle") or fields.get("series") or ""
    volume = fields.get("volume", "")
    if volume and fields.get("number"):
        volume += f"({fields['number']})"
    parts = [" ".join(part for part in (place, volume) if part), fields.get("pages", "")]
    parts += [fields.get("publisher", "")]
    if "eprint" in fields and not place:
        parts.append(f"{fields.get('archiveprefix', '')}:{fields['eprint']}".lstrip(":"))
    return ", ".join(part for part in parts if part)


def _link(fields: dict[str, str]) -> str:
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    if fields.get("archiveprefix") == "arXiv":
        return f"https://arxiv.org/abs/{fields['eprint']}"
    return ""


@functools.cache
def references() -> dict[str, Reference]:
    """All references, by key."""
    entries = parse(FILE.read_text(encoding="utf-8"))
    return {
        key: Reference(
            _names(f.get("author", "")), f.get("title", ""), _venue(f), f.get("year", ""), _link(f)
        )
        for key, f in entries.items()
    }
