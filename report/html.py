"""HTML: an index and one page a theorem. Everything is inline; nothing is loaded from outside."""

from __future__ import annotations

import functools
import html
import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from checks.verdict import MEANING, Word
from report import (
    audits,
    axes,
    boxes,
    certificates,
    comparison,
    figures,
    mathematics,
    methods,
    overview,
    prose,
    svg,
    tables,
    trust,
)
from report.audits import Audit
from report.boxes import Box
from report.cells import Part, Parts
from report.changes import Change
from report.evidence import Entry, Page, Site, State
from report.files import write
from report.numbers import Number, number
from report.references import references
from report.summary import spokesman, summary
from report.trust import Trust
from theorems.predictions import Prediction
from theorems.survey import BEYOND, CLASSES
from theorems.theorem import HERE, Source, Theorem

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: Rows of a table that are shown; a longer one is folded. A table that is the whole finding may be longer.
SHOWN, SHOWN_OF_A_MEASUREMENT = 6, 60
#: How a verdict is counted in the sentence at the top of the index: for one, and for several.
COUNTED = {
    Word.PROVED: ("proved", "proved"),
    Word.EXACT: ("exact", "exact"),
    Word.TIGHT: ("tight", "tight"),
    Word.HOLDS: ("holds", "hold"),
    Word.OPEN: ("open", "open"),
    Word.INCONCLUSIVE: ("inconclusive", "inconclusive"),
    Word.ERROR: ("in error", "in error"),
    Word.REFUTED: ("refuted", "refuted"),
}
#: Names of the kinds of prediction as a reader meets them.
KINDS = {"FiniteTermination": "Finite termination", "SpeedUp": "Speed-up", "Open": "Open question"}


# ---------------------------------------------------------------- filters


def inline(parts: Iterable[Part]) -> Markup:
    """Text, numbers and formulas, side by side."""
    return Markup("").join(_part(part) for part in parts)


def _part(part: Part) -> Markup:
    if part == "\n":
        return Markup("<br>")
    if isinstance(part, str):
        return Markup(prose.to_html(part))
    if isinstance(part, Number):
        if part.exponent is None:
            return Markup(html.escape(part.mantissa))
        times = "×" if part.mantissa not in ("", "−") else ""
        power = str(part.exponent).replace("-", "−")
        return Markup(f"{html.escape(part.mantissa)}{times}10<sup>{power}</sup>")
    return Markup(boxes.mathml(part))


def badge(word: Word | None, expected: bool = True, left_out: bool = False) -> Markup:
    """A verdict as a small label; a refutation that nobody expected looks different."""
    if word is None:
        return Markup(f'<span class="badge none">{"not run" if left_out else "no evidence"}</span>')
    kind = str(word).lower() + ("" if expected else " alarm")
    return Markup(f'<span class="badge {kind}">{html.escape(str(word).lower())}</span>')


def title(entry: Entry) -> str:
    """What a prediction is called on its theorem's page."""
    kind = entry.prediction.kind if entry.prediction is not None else str(entry.record.get("kind", ""))
    label = entry.prediction.label if entry.prediction is not None else ""
    return KINDS.get(kind, kind) + (f": {label}" if label else "")


# ---------------------------------------------------------------- parts of a page


def source(s: Source) -> Markup:
    """A reference with its locator and its link."""
    found = references().get(s.key)
    if found is None:
        return Markup(html.escape(", ".join(p for p in (f"{s.key} (not in references.bib)", s.locator) if p)))
    name = Markup(f"<cite>{prose.to_html(found.title)}</cite>")
    if found.link:
        name = Markup(f'<a href="{html.escape(found.link)}">{name}</a>')
    where = ", ".join(html.escape(p) for p in (found.venue, found.year) if p)
    locator = Markup(f"; {prose.to_html(s.locator)}") if s.locator else Markup("")
    return Markup(f"{html.escape(found.authors)}, {name}, {where}{locator}.")


def figure_parts(entry: Entry, page: Page, output: Path) -> list[dict[str, Any]]:
    """The figures of an entry: SVG for the page, caption, and the name of the file."""
    if entry.evidence is None:
        return []
    found = []
    for k, data in enumerate(entry.evidence.figures):
        if not figures.worthwhile(data):
            continue
        path = svg.file(data, output / "figures")
        label = html.escape(figures.describe(data), quote=True)
        drawn = svg.inline(path.read_text(encoding="utf-8"), f"{entry.anchor}-{k}", label)
        found.append(
            {"svg": Markup(drawn), "caption": figures.caption(data), "file": f"../figures/{path.name}"}
        )
    return found


def raw(entry: Entry, page: Page, site: Site, output: Path) -> list[tuple[str, str]]:
    """(name, address) of the stored files behind an entry; no address where they lie elsewhere."""
    if entry.state not in (State.READ, State.OLD):
        return []
    names = [f"{page.name}/{entry.name}.json"]
    names += [f"runs/{run}.npz" for run in (entry.evidence.runs if entry.evidence else [])]
    near = site.results.resolve().parent == output.resolve().parent
    start = output.resolve() / "theorems"
    return [
        (name, os.path.relpath(site.results.resolve() / name, start) if near else "")
        for name in dict.fromkeys(names)
    ]


def rival_parts(entry: Entry, theorem: Theorem) -> Parts:
    """What a rival says or does instead."""
    rival = entry.rival
    assert rival is not None
    parts: list[Part] = []
    if rival.method is not None:
        parts += methods.method_parts(rival.method, theorem.method)
    if rival.prediction is not None:
        said = mathematics.relation(rival.prediction)
        parts += [said] if said is not None else [title(entry)]
    return tuple(parts)


ATTENTION = "Look here first"


def groups(site: Site, attention: bool = True) -> list[tuple[str, list[Page]]]:
    """The groups of a table in order: what needs attention, then the survey's classes, then the rest."""

    def group(page: Page) -> str:
        if attention and page.attention:
            return ATTENTION
        return CLASSES.get(page.theorem.survey, BEYOND)

    order = [ATTENTION, *CLASSES.values(), BEYOND]
    return [(name, mine) for name in order if (mine := [p for p in site.pages if group(p) == name])]


def sentence(site: Site) -> str:
    """The verdict on everything, in one sentence."""
    words = Counter((page.word, page.belief) for page in site.pages)
    parts = []
    for word in COUNTED:
        count = words[word, False]
        if count:
            unexpected = " unexpectedly" if word == Word.REFUTED else ""
            parts.append(f"{count} {COUNTED[word][count > 1]}{unexpected}")
        if word == Word.REFUTED and words[word, True]:
            count = words[word, True]
            parts.append(f"{count} false belief{'s' * (count > 1)} refuted as expected")
    left_out = sum(page.left_out for page in site.pages)
    if words[None, False] > left_out:
        parts.append(f"{words[None, False] - left_out} without evidence")
    if left_out:
        parts.append(f"{left_out} not run in this profile")
    refuted, tried = site.rivals
    count = len(site.pages)
    said = f"{count} theorem{'s' * (count != 1)}: {', '.join(parts)}"
    return said + (f"; {refuted} of {tried} rivals refuted." if tried else ".")


def circumstances(site: Site) -> str:
    """Profile, backend and versions, in one sentence."""
    runs = "; ".join(f"{profile} profile, {backend} on {device}" for profile, backend, device in site.runs)
    found = [", ".join(f"{n} {v}" for n, v in environment) for environment in site.environments]
    return ". ".join(part for part in (runs, "; ".join(found)) if part)


# ---------------------------------------------------------------- building


@functools.cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {
        "sentence": lambda text: Markup(prose.to_html(prose.sentence(text))),
        "prose": lambda text: Markup(prose.to_html(text)),
        "math": lambda b: Markup(boxes.mathml(b)),
        "display": lambda b: Markup(boxes.mathml(b, block=True)),
        "parts": inline,
        "source": source,
        "plain": prose.to_plain,
    }
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    made.globals |= {
        "badge": badge,
        "MEANING": MEANING,
        "style": Markup(re.sub(r"\n\s*", "\n", style)),
        "State": State,
        "title": title,
        "table": tables.table,
        "details": tables.details,
        "certificate": certificates.certificate,
        "inequality": certificates.inequality,
        "ATTENTION": ATTENTION,
        "ROLES": axes.ROLES,
        "inf": math.inf,
        "numbered": number,
        "hover": Markup((TEMPLATES / "hover.js").read_text(encoding="utf-8")),
        "RANK": {word: k for k, word in enumerate(Word)},
    }
    return made


def theorem_page(page: Page, site: Site, output: Path) -> str:
    """The page of a theorem."""
    theorem = page.theorem
    shown = [
        {
            "entry": e,
            "ran": methods.ran(e, theorem.resolved(e.prediction)[0]) if e.prediction is not None else (),
            "figures": figure_parts(e, page, output),
            "shown": SHOWN if e.record.get("kind") in tables.COLUMNS else SHOWN_OF_A_MEASUREMENT,
        }
        for e in page.predictions
    ]
    records = [e.record for e in page.entries if e.record]
    return environment().get_template("theorem.html").render(
        page=page,
        theorem=theorem,
        group=CLASSES.get(theorem.survey, ""),
        relations=relations(page),
        shown=shown,
        rivals=[(e, rival_parts(e, theorem)) for e in page.rivals],
        method=methods.method_parts(theorem.method),
        constants=methods.constants(methods.expressions(theorem)),
        limits=limits(page),
        replays=list(dict.fromkeys(r["replay"] for r in records)),
        environments=_environments(records),
        seconds=sum(r.get("seconds") or 0 for r in records),
        raw=[item for e in page.entries for item in raw(e, page, site, output)],
        root="../",
    )  # fmt: skip


def relations(page: Page) -> list[tuple[str, Box]]:
    """The formulas of a theorem, each once, with the names of the predictions that say it."""
    found: dict[Box, list[Prediction]] = {}
    for e in page.predictions:
        said = mathematics.relation(e.prediction) if e.prediction is not None else None
        if said is not None and e.prediction is not None:
            found.setdefault(said, []).append(e.prediction)
    return [(_named(who), said) for said, who in found.items()]


def _named(who: Sequence[Prediction]) -> str:
    """Predictions of one kind by their labels."""
    kind = KINDS.get(who[0].kind, who[0].kind)
    labels = [p.label for p in who if p.label]
    return f"{kind}: {'; '.join(labels)}" if labels else kind


def limits(page: Page) -> list[tuple[str, str]]:
    """The limits of the evidence, each once, with the predictions that it belongs to."""
    found: dict[str, list[str]] = {}
    for e in page.predictions:
        if e.evidence is not None and e.evidence.limits:
            found.setdefault(e.evidence.limits, []).append(title(e))
    return [(", ".join(names), text) for text, names in found.items()]


def _environments(records: Sequence[dict[str, Any]]) -> list[list[tuple[str, str]]]:
    """The circumstances of the records, each once."""
    found = [
        (
            ("profile", str(r["profile"])), ("backend", str(r["backend"])), ("device", str(r["device"])),
            *((str(k), str(v)) for k, v in r["environment"].items()),
        )
        for r in records
    ]  # fmt: skip
    return [list(each) for each in dict.fromkeys(found)]


def own_word(page: Page, entry: Entry | None) -> Word | None:
    """The verdict on the numbers that stand for a theorem, where it is not the theorem's headline."""
    own = entry.verdict.word if entry is not None and entry.verdict is not None else None
    return own if own != page.word else None


def index_page(site: Site, errata: bool, compared: bool, trusted: bool, audited: bool) -> str:
    rows = {}
    for page in site.pages:
        entry = spokesman(page.predictions, page.decider)
        said = mathematics.relation((entry or page.predictions[0]).prediction)  # type: ignore[arg-type]
        predicted, measured = summary(entry) if entry is not None else (("–",), ("–",))
        own = own_word(page, entry)
        rows[page.name] = {"relation": said, "predicted": predicted, "measured": measured, "own": own}
    return environment().get_template("index.html").render(
        site=site,
        sentence=sentence(site),
        circumstances=circumstances(site),
        groups=groups(site),
        rows=rows,
        sentences=overview.sentences(site),
        exponents=overview.exponents(site),
        ladder=overview.ladder(site),
        compared=compared,
        errata=errata,
        trusted=trusted,
        audited=audited,
        root="",
    )  # fmt: skip


def errata_page(site: Site) -> str | None:
    """The notes on the survey's text, if there are any."""
    note = HERE / "ERRATA.md"
    if not note.is_file():
        return None
    links = {page.name: f"theorems/{page.name}.html" for page in site.pages}
    body = prose.markdown(note.read_text(encoding="utf-8"), links)
    return environment().get_template("errata.html").render(body=Markup(body), root="")


def trust_page(found: Trust) -> str:
    """The code on trial."""
    return environment().get_template("trust.html").render(trust=found, root="")


def audits_page(audits: Sequence[Audit], unreadable: Sequence[str]) -> str:
    """Optimisers of others."""
    return environment().get_template("audits.html").render(audits=audits, unreadable=unreadable, root="")


def comparison_page(races: Sequence[comparison.Race], output: Path) -> str:
    """All methods on one problem, problem by problem."""
    svgs = []
    for k, race in enumerate(races):
        text = svg.file(race.figure, output / "figures").read_text(encoding="utf-8")
        label = html.escape(figures.describe(race.figure), quote=True)
        svgs.append(Markup(svg.inline(text, f"problem-{k}", label)))
    return environment().get_template("comparison.html").render(races=races, svgs=svgs, root="")


def build_pages(site: Site, output: Path) -> list[Path]:
    """Write the theorems' pages alone; returns their files."""
    written = {output / "theorems" / f"{p.name}.html": theorem_page(p, site, output) for p in site.pages}
    for path, text in written.items():
        write(path, text)
    return list(written)


def build_changes(found: Sequence[Change], old: Path, site: Site, output: Path) -> Path:
    """Write the page of what changed."""
    pages = {page.name for page in site.pages}
    path = output / "changes.html"
    write(
        path,
        environment().get_template("changes.html").render(changes=found, old=old, pages=pages, root=""),
    )
    return path


def build(site: Site, output: Path) -> list[Path]:
    """Write the site; returns the files that it consists of. What an earlier build left is removed."""
    pages = build_pages(site, output)
    written = {}
    errata = errata_page(site)
    if errata is not None:
        written[output / "errata.html"] = errata
    races = comparison.races(site)
    if races:
        written[output / "comparison.html"] = comparison_page(races, output)
    else:
        (output / "comparison.html").unlink(missing_ok=True)
    found = trust.read(site.results)
    written[output / "trust.html"] = trust_page(found)
    audited, unreadable = audits.read(site.results)
    if audited or unreadable:
        written[output / "audits.html"] = audits_page(audited, unreadable)
    else:
        (output / "audits.html").unlink(missing_ok=True)
    written[output / "index.html"] = index_page(
        site, errata is not None, bool(races), not found.missing, output / "audits.html" in written
    )
    for path, text in written.items():
        write(path, text)
    shown = [*figures.wanted(site), *(race.figure for race in races)]
    kept = {output / "figures" / svg.name(data) for data in shown}
    for old in (output / "figures").glob("*.svg"):
        if old not in kept and re.fullmatch(r"[0-9a-f]{16}", old.stem):
            old.unlink()
    for old in (output / "theorems").glob("*.html"):
        if old not in pages and 'name="generator" content="rateproof"' in old.read_text(encoding="utf-8"):
            old.unlink()
    return [*pages, *written, *sorted(kept)]
