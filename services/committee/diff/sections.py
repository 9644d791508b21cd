"""What two files say beside their permissions: labels, notes, roles, texts, calendar.

Every value has a path, `roles.EDU-S.label.fr`; a value that both files have is no line. So order
and comments count for nothing, and whatever differs is there. Programs read paths and the words of
the file; what people read of a line is `beside_text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.convention.rows import in_order
from services.committee.texts.clause_sentence import generate
from services.committee.texts.earlier_wording import says
from services.committee.texts.labels import purpose_label
from services.texts import typed

Path = tuple[str, ...]
Lines = dict[Path, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A value that differs; empty where a file has none."""

    path: Path
    was: str
    becomes: str

    def written(self) -> Iterator[str]:
        """`- path: value` of the old file and `+ path: value` of the new."""
        name = ".".join(self.path)
        yield from (f"- {name}: {self.was}",) * bool(self.was)
        yield from (f"+ {name}: {self.becomes}",) * bool(self.becomes)


def line_diff(old: Convention, new: Convention) -> tuple[Line, ...]:
    """Every value that differs, by path."""
    said, says_now = _sentences(old), _sentences(new)
    moved = {clause for clause in {*said, *says_now} if said.get(clause) != says_now.get(clause)}
    written = _worded(old, moved) | _worded(new, moved)
    stay = _promises(old) & _promises(new)  # one that comes or falls is a change of its own
    before, after = _lines(old, written, stay), _lines(new, written, stay)
    if new.predecessor == old.digest:  # that a version names the one before it is no change
        before["predecessor",] = after["predecessor",]
    lines = (
        Line(path, before.get(path, ""), after.get(path, ""))
        for path in sorted({*before, *after}, key=".".join)
    )
    return tuple(line for line in lines if line.was != line.becomes)


def _promises(convention: Convention) -> frozenset[str]:
    return frozenset(promise.id for promise in convention.invariants)


def _sentences(convention: Convention) -> dict[str, list[dict[str, str]]]:
    return {
        clause: [grant.sentence for grant in grants]
        for clause, grants in convention.by_clause.items()
    }


def _worded(convention: Convention, moved: set[str]) -> set[str]:
    """Of some clauses those with a written sentence: a generated one says nothing else."""
    return {
        grant.clause
        for grant in convention.grants
        if grant.clause in moved
        and not all(
            says(grant.sentence[lang], generate(convention, grant, lang)) for lang in grant.sentence
        )
    }


def _lines(convention: Convention, worded: set[str], promises: frozenset[str]) -> Lines:
    sections = _sections(convention, worded, promises)
    return {path: text for path, text in _flat((), sections) if text}


def _flat(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _flat((*path, str(key)), entry)
    elif isinstance(value, tuple | list | set | frozenset):
        yield path, ", ".join(sorted(map(str, value)))
    else:
        yield path, str(value)


def _sections(convention: Convention, worded: set[str], promises: frozenset[str]) -> dict[str, Any]:
    calendar = convention.calendar
    return {
        "id": convention.id, "title": convention.title, "effective": convention.effective,
        "predecessor": convention.predecessor, "quorum": convention.quorum or "all",
        "parties": convention.party_labels, "readers": convention.readers,
        "roles": {
            role: {
                "agency": spec.agency, "realms": spec.realms, "secrecy": spec.secrecy,
                "colleague": spec.colleague, "label": spec.label, "named": spec.named,
            }
            for role, spec in convention.roles.items()
        },
        "purposes": {
            purpose: {
                lang: typed(purpose_label(purpose, lang, convention)) for lang in ("fr", "en")
            }
            for purpose in convention.known_purposes
        },
        "off_bus": convention.off_bus,
        "scopes": convention.scope_labels, "texts": convention.texts,
        "calendar": {
            "first": calendar.first, "last": calendar.last, "holidays": calendar.holidays,
            "offsets": [f"{at} {offset}" for at, offset in calendar.offsets],
        },
        "promises": {
            promise.id: promise.sentence
            for promise in convention.invariants if promise.id in promises
        },
        "repealed": {clause: " ".join(act) for clause, act in convention.repealed.items()},
        "system": {
            event: {"label": clause.label, "sentence": clause.sentence}
            for event, clause in convention.system.items()
        },
        "clauses": _clauses(convention, worded),
    }  # fmt: skip


def _clauses(convention: Convention, worded: set[str]) -> dict[str, Any]:
    """What a clause says beside its permission, by clause; of several grants, what each says."""
    beside: dict[str, Any] = {}
    for clause, grants in convention.by_clause.items():
        said = [_said(grant, clause in worded) for grant in grants]
        beside[clause] = {"label": grants[0].label}
        for name in ("note", "sentence"):
            beside[clause][name] = {
                lang: " / ".join(sorted({own[name][lang] for own in said} - {""}))
                for lang in ("fr", "en")
            }
        for name in ("excluded", "origin"):
            beside[clause][name] = " / ".join(dict.fromkeys(sorted(own[name] for own in said)))
    return beside


def _said(grant: Grant, worded: bool) -> dict[str, Any]:
    none = {"fr": "", "en": ""}
    origin = grant.flags
    return {
        "note": none | grant.note,
        "sentence": grant.sentence if worded else none,
        "excluded": ", ".join(in_order(grant.traps)),
        "origin": f"flow {origin.flow}, deadline {origin.deadline}, categories {origin.categories}",
    }
