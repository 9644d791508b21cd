"""What two files say beside their permissions, as a plain line diff: labels, notes, roles, texts, calendar.

Every value has a line, `roles.EDU-S.label.fr: …`; a line that both files have is not shown. So order
and comments count for nothing, and whatever differs is there, in the words of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.matrix.rows import in_order
from services.committee.texts.clause_sentence import generate
from services.committee.texts.earlier_wording import says

Lines = dict[str, str]  # path -> value


def line_diff(old: Convention, new: Convention) -> tuple[str, ...]:
    """`- path: value` of the old file and `+ path: value` of the new, by path."""
    written = _worded(old) | _worded(new)
    stay = _promises(old) & _promises(new)  # one that comes or falls is a change of its own
    before, after = _lines(old, written, stay), _lines(new, written, stay)
    if new.predecessor == old.digest:  # that a version names the one before it is no change
        before["predecessor"] = after["predecessor"]
    found = []
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            found += [f"- {path}: {before[path]}"] if path in before else []
            found += [f"+ {path}: {after[path]}"] if path in after else []
    return tuple(found)


def _promises(convention: Convention) -> frozenset[str]:
    return frozenset(one.id for one in convention.invariants)


def _worded(convention: Convention) -> set[str]:
    """Clauses whose sentence somebody wrote: a generated one says nothing beside the permissions."""
    return {
        grant.clause
        for grant in convention.grants
        if not all(
            says(grant.sentence[lang], generate(convention, grant, lang)) for lang in grant.sentence
        )
    }


def _lines(convention: Convention, worded: set[str], promises: frozenset[str]) -> Lines:
    sections = _sections(convention, worded, promises)
    return {path: text for path, text in _flat("", sections) if text}


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), entry)
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
        "scopes": convention.scope_labels, "texts": convention.texts,
        "calendar": {
            "first": calendar.first, "last": calendar.last, "holidays": calendar.holidays,
            "offsets": [f"{at} {offset}" for at, offset in calendar.offsets],
        },
        "promises": {one.id: one.sentence for one in convention.invariants if one.id in promises},
        "repealed": {clause: " ".join(act) for clause, act in convention.repealed.items()},
        "system": {
            event: {"label": one.label, "sentence": one.sentence}
            for event, one in convention.system.items()
        },
        "clauses": _clauses(convention, worded),
    }  # fmt: skip


def _clauses(convention: Convention, worded: set[str]) -> dict[str, Any]:
    """What a clause says beside its permission, by clause; of several grants, what each says."""
    found: dict[str, Any] = {}
    for clause, grants in convention.by_clause.items():
        said = [_said(grant, clause in worded) for grant in grants]
        found[clause] = {"label": grants[0].label}
        for name in ("note", "sentence"):
            found[clause][name] = {
                lang: " / ".join(dict.fromkeys(sorted(one[name][lang] for one in said)))
                for lang in ("fr", "en")
            }
        for name in ("excluded", "origin"):
            found[clause][name] = " / ".join(dict.fromkeys(sorted(one[name] for one in said)))
    return found


def _said(grant: Grant, worded: bool) -> dict[str, Any]:
    none = {"fr": "", "en": ""}
    origin = grant.flags
    return {
        "note": none | grant.note,
        "sentence": grant.sentence if worded else none,
        "excluded": ", ".join(in_order(grant.traps)),
        "origin": f"flow {origin.flow}, deadline {origin.deadline}, categories {origin.categories}",
    }
