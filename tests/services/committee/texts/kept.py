"""All generated sentences as one text, to be reviewed as text: `sentences.txt` beside this module.

`python -m tests.services.committee.texts.kept` writes it anew, after the wording was changed on
purpose; what then differs is read by a person before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from contracts.convention.model import Convention
from services.committee.diff.change import GROUPS
from services.committee.diff.compare import Diff, diff
from services.committee.diff.page import consulted, sheet_line, text
from services.committee.diff.sections import Line, line_diff
from services.committee.explain.explain import explain
from services.committee.explain.voices import told
from services.committee.matrix.clause_margin import beside
from services.committee.texts.clause_sentence import generate
from services.committee.texts.legal_texts import citation, in_force_text
from services.committee.texts.origins import origin_texts
from services.labels.code_labels import CONDITION_TEXTS, REASON_TEXTS
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention

FILE = Path(__file__).with_name("sentences.txt")
LANGUAGES = ("fr", "en")
ATTEMPTS: list[tuple[Any, ...]] = [
    ("EDU-H", "IP", "POL", None, ["facts", "health"]),  # refused, with suggested recipients
    ("edu-s", "ip", "crip", "assess", ["facts", "health.vital"]),
    ("HOME", "MISSING", "POL", None, ["location", "facts", "risk"]),  # in part, and narrower
    ("CRIP", "FEEDBACK", "EDU-H"),  # without categories: all that could be sent
    ("CRIP", "STAT", "ODPE", None, ["stat.counts"]),
]
DUTIES: list[dict[str, Any]] = [  # of kinds that no clause has yet
    {"within": "3mo", "repeat": True},
    {"within": "1mo", "repeat": True, "start": "transmission"},
    {"opened_by": "ACK:decided"},
    {"within": "2wd", "start": "transmission"},
    {"within": "-2mo", "start": "ends_on"},
    {"within": "day", "start": "decided_on"},
    {"act": "R18:final"},
]
TABLES = ("roles", "readers", "party_labels", "scope_labels", "texts", "system", "repealed")


def whole() -> str:
    """The text as it has to be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    first, later = convention(), second()
    for version in (first, later):
        yield f"# {version.file}"
        yield from _clauses(version)
    for old, new in ((first, later), (later, first)):
        yield f"# {old.file} -> {new.file}"
        for lang in LANGUAGES:
            if old is first:
                yield text(diff(old, new), lang)
            yield from _signed_from(diff(old, new), lang)
    yield "# every kind of value beside the permissions"
    yield from (text(_everything(later), lang) for lang in LANGUAGES)
    grant = first.grants[0]
    for change in DUTIES:
        changed = replace(grant, duties=(replace(grant.duties[0], **change),))
        yield from (generate(first, changed, lang) for lang in LANGUAGES)
    yield "# attempts, explained"
    for attempt in ATTEMPTS:
        yield from (f"{told(explain(first, *attempt), lang)}\n" for lang in LANGUAGES)
    for name, table in (("conditions", CONDITION_TEXTS), ("reasons", REASON_TEXTS)):
        yield f"\n# {name}"
        for code, words in table.items():
            yield f"\n{code}\nfr: {words.say('fr')}\nen: {words.say('en')}"


def _clauses(version: Convention) -> Iterator[str]:
    for grant in version.grants:
        yield f"\n## {grant.id}"
        for lang in LANGUAGES:
            yield f"{lang}: {generate(version, grant, lang)}"
            yield from (f"    {line}" for line in beside(version, grant, lang))
            yield "    " + " | ".join(origin_texts(grant, grant.duties, lang))
    yield "\n## texts"
    for code, row in version.texts.items():
        yield from (
            f"{citation(version, code, lang)} | {in_force_text(row, lang)}" for lang in LANGUAGES
        )
    yield ""


def _signed_from(found: Diff, lang: str) -> Iterator[str]:
    """The sheet that parties sign from."""
    for group in GROUPS:
        changes = found.shown(group)
        yield f"\n{group} {len(changes)}"
        yield from (" | ".join(sheet_line(found, change, lang).values()) for change in changes)
    yield from (" | ".join(row.values()) for row in consulted(found, lang))
    yield ""


def _everything(version: Convention) -> Diff:
    """A file against one that says nothing: the first row of each table, and what ours lack."""
    no_days = replace(version.calendar, holidays=frozenset(), offsets=version.calendar.offsets[:1])
    tables: dict[str, Any] = {name: {} for name in TABLES} | {"calendar": no_days}
    rows: dict[str, dict[str, list[Line]]] = {}
    for line in line_diff(replace(version, **tables), version):
        rows.setdefault(line.path[0], {}).setdefault(line.path[1], []).append(line)
    first = [line for table in rows.values() for line in next(iter(table.values()))]
    more = (
        Line(("repealed", "R30"), "", "SPECREF, specialist_followup"),
        Line(("texts", "CASF-L226-3", "checked"), "", "2026-02-01"),
        Line(("texts", "CASF-L226-3", "successor"), "", "CASF-L226-4"),
    )
    return replace(diff(version, version), beside=(*first, *more))


if __name__ == "__main__":
    FILE.write_text(whole(), encoding="utf-8")
