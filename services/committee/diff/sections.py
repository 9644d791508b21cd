"""What two files say beside their permissions: labels, notes, roles, texts, calendar.

Every value has a path, `roles.EDU-S.label.fr`; a value that both files have is no line. So order
and comments count for nothing, and whatever differs is there. Programs read paths and the words of
the file; what people read of a line is `beside_text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.convention.clauses import Grant, questions
from contracts.convention.model import Convention
from contracts.encoding import rfc3339
from services.committee.texts.clause_sentence import generate
from services.committee.texts.earlier_wording import says
from services.committee.texts.labels import purpose_label
from services.texts import typed

Path = tuple[str, ...]
Lines = dict[Path, str]
LANGUAGES: Final = ("fr", "en")
_ORIGINS: Final = {f"origin_{name}": name for name in ("flow", "deadline", "categories")}


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
    before, after = _lines(old), _lines(new)
    if new.predecessor == old.digest:  # that a version names the one before it is no change
        before["predecessor",] = after["predecessor",] = ""
    lines = (
        Line(path, before.get(path, ""), after.get(path, ""))
        for path in sorted({*before, *after}, key=".".join)
    )
    return tuple(
        line for line in lines if line.was != line.becomes and not _told_elsewhere(line, old, new)
    )


def _told_elsewhere(line: Line, old: Convention, new: Convention) -> bool:
    """Whether it comes or goes with a promise or a clause, or says what a clause's data say."""
    section, *rest = line.path
    if section == "promises":
        return not (line.was and line.becomes)
    if section != "clauses":
        return False
    clause, name, *lang = rest
    if name == "sentence":
        return not any(_worded(convention, clause, *lang) for convention in (old, new))
    if name not in ("label", *_ORIGINS) or (clause in old.by_clause and clause in new.by_clause):
        return False
    own, other = (old, new) if clause in old.by_clause else (new, old)
    asked = (question for grant in own.by_clause[clause] for question in questions(grant))
    return not any(question in other.by_question for question in asked)  # else it has a new number


def _worded(convention: Convention, clause: str, lang: str) -> bool:
    """Whether a sentence of the clause is another than its data make."""
    return any(
        not says(grant.sentence[lang], generate(convention, grant, lang))
        for grant in convention.by_clause.get(clause, ())
    )


def _lines(convention: Convention) -> Lines:
    return {path: text for path, text in _flat((), _sections(convention)) if text}


def _flat(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _flat((*path, str(key)), entry)
    elif isinstance(value, tuple | list | set | frozenset):
        yield path, ", ".join(sorted(map(str, value)))
    else:
        yield path, str(value)


def _sections(convention: Convention) -> dict[str, Any]:
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
            purpose: {lang: typed(purpose_label(purpose, lang, convention)) for lang in LANGUAGES}
            for purpose in convention.known_purposes
        },
        "off_bus": convention.off_bus,
        "scopes": convention.scope_labels, "texts": convention.texts,
        "calendar": {
            "first": calendar.first, "last": calendar.last,
            "holidays": calendar.holidays,
            "offsets": [f"{rfc3339(at)} +{offset // 3600}h" for at, offset in calendar.offsets],
        },
        "promises": {promise.id: promise.sentence for promise in convention.invariants},
        "repealed": {clause: ", ".join(act) for clause, act in convention.repealed.items()},
        "system": {
            event: {"label": clause.label, "sentence": clause.sentence}
            for event, clause in convention.system.items()
        },
        "clauses": {clause: _clause(grants) for clause, grants in convention.by_clause.items()},
    }  # fmt: skip


def _clause(grants: tuple[Grant, ...]) -> dict[str, Any]:
    """What a clause says beside its permission; of several grants, what each of them says."""
    texts = {
        name: {
            lang: " / ".join(sorted({said[lang] for said in each if said.get(lang)}))
            for lang in LANGUAGES
        }
        for name, each in {
            "note": [grant.note for grant in grants],
            "sentence": [grant.sentence for grant in grants],
        }.items()
    }
    return {
        **texts,
        "label": grants[0].label,
        "excluded": {scope for grant in grants for scope in grant.traps},
        **{name: {getattr(grant.flags, of) for grant in grants} for name, of in _ORIGINS.items()},
    }
