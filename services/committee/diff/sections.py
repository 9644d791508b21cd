"""What two files say beside their permissions: labels, notes, roles, texts, calendar.

Every value has a path, `roles.EDU-S.label.fr`; a value that both files have is no line. So order
and comments count for nothing, and whatever differs is there. A clause's sentence is no value:
that it says what the data say, `lint` holds.

People read what a line is of, in one language, in words. A text that differs in both languages is
told in the reader's; one that differs only in the other is told as such. A value without words of
its own is shown as the file has it: nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.convention.clauses import Grant, questions
from contracts.convention.model import Convention
from contracts.encoding import rfc3339
from services.committee.diff.change import wording
from services.committee.texts.french import capital
from services.committee.texts.labels import (
    event_label,
    origin_label,
    purpose_label,
    role_label,
    scope_label,
)
from services.committee.texts.legal_texts import citation
from services.texts import Catalogue, Text, day, series, typed, typeset

Path = tuple[str, ...]
Lines = dict[Path, str]
LANGUAGES: Final = ("fr", "en")
_ORIGINS: Final = {f"origin_{name}": name for name in ("flow", "deadline", "categories")}

_ = Catalogue(__name__)
_ADDED: Final = _("Added: {text}")
_REMOVED: Final = _("Taken out: {text}")
_WAS: Final = _("Before: {text}")
_IS: Final = _("Now: {text}")
_OTHER: Final[dict[str, Text]] = {
    "fr": _("{what} (French text)"),
    "en": _("{what} (English text)"),
}
_WHAT: Final[dict[str, Text]] = {
    "id": _("Identifier of the convention"),
    "title": _("Title"),
    "effective": _("Date of effect"),
    "predecessor": _("Digest of the version before"),
    "quorum": _("Signatures needed"),
    "parties": _("Signatory"),
    "readers": _("Reader of statistics"),
    "purposes": _("Purpose"),
    "off_bus": _("Never on the bus"),
    "scopes": _("Name of a kind of data"),
    "texts": _("Legal text"),
    "promises": _("Promise {name}"),
    "repealed": _("Repealed clause {name}"),
    "calendar.first": _("Calendar, first day"),
    "calendar.last": _("Calendar, last day"),
    "calendar.holidays": _("Public holidays"),
    "calendar.offsets": _("Clock changes"),
    "roles.agency": _("{name}: party"),
    "roles.realms": _("{name}: bus"),
    "roles.secrecy": _("{name}: professional secrecy"),
    "roles.colleague": _("{name}: may send in its stead"),
    "roles.label": _("{name}: heading"),
    "roles.named": _("{name}: name in sentences"),
    "texts.in_force_from": _("{name}: in force from"),
    "texts.in_force_until": _("{name}: in force until"),
    "texts.checked": _("{name}: checked by a lawyer on"),
    "texts.successor": _("{name}: replaced by"),
    "system.label": _("{name}: heading"),
    "system.sentence": _("{name}: text"),
    "clauses.label": _("Clause {name}, heading"),
    "clauses.note": _("Clause {name}, remark"),
    "clauses.excluded": _("Clause {name}, data expressly excluded"),
    "clauses.origin_flow": _("Clause {name}, origin of the sending"),
    "clauses.origin_deadline": _("Clause {name}, origin of the time limit"),
    "clauses.origin_categories": _("Clause {name}, origin of the choice of data"),
}
_CODES: Final[dict[str, Text]] = {
    "all": _("all parties"),
    "civil": _("civil bus"),
    "criminal": _("criminal bus"),
    "profession": _("bound by its profession"),
    "mission": _("bound by its mission"),
    "statute": _("bound by a statute"),
    "convention": _("bound by the convention"),
    "unbound": _("not bound"),
    "unneeded": _("its own statute governs what it says"),
}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """A value that differs; empty where a file has none."""

    path: Path
    was: str
    becomes: str


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
    """Whether it comes or goes with a promise or a clause."""
    section, *rest = line.path
    if section == "promises":
        return not (line.was and line.becomes)
    if section != "clauses":
        return False
    clause, name, *_lang = rest
    if name not in ("label", *_ORIGINS) or (clause in old.by_clause and clause in new.by_clause):
        return False
    own, other = (old, new) if clause in old.by_clause else (new, old)
    asked = (question for grant in own.by_clause[clause] for question in questions(grant))
    return not any(question in other.by_question for question in asked)  # else it has a new number


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
    return {
        "note": {
            lang: " / ".join(sorted({grant.note[lang] for grant in grants if grant.note}))
            for lang in LANGUAGES
        },
        "label": grants[0].label,
        "excluded": {scope for grant in grants for scope in grant.traps},
        **{name: {getattr(grant.flags, of) for grant in grants} for name, of in _ORIGINS.items()},
    }


@dataclass(frozen=True, slots=True)
class Beside:
    """A difference in words: what it is of, then a statement or two: before, now, added, gone."""

    what: str
    was: str
    becomes: str


def beside(old: Convention, new: Convention, lines: Sequence[Line], lang: str) -> list[Beside]:
    """Every difference beside the permissions, in the order of their paths.

    Args:
        lines: those of the two files.
        lang: `fr` or `en`.
    """
    words = wording(old, new)
    paths = {line.path for line in lines}
    told = []
    for line in lines:
        *place, last = line.path
        other = last in LANGUAGES and last != lang
        if other and (*place, lang) in paths:
            continue
        what = _what(words, line.path, lang)
        what = _OTHER[last].say(lang, what=what) if other else what
        told.append(Beside(what, *_statements(words, line, lang)))
    return told


def _what(words: Convention, path: Path, lang: str) -> str:
    """What a line is of, with the name of the thing in the reader's language."""
    section, *rest = (name for name in path if name not in LANGUAGES)
    text = _WHAT.get(".".join((section, *rest[-1:]))) or _WHAT.get(section)
    if text is None:
        return ".".join(path)
    name = rest[0] if rest else ""
    if section == "roles":
        name = role_label(name, lang, words)
    elif section == "texts":
        name = citation(words, name, lang)
    elif section == "system":
        name = capital(event_label(name, lang))
    return text.say(lang, name=name)


def _statements(words: Convention, line: Line, lang: str) -> tuple[str, str]:
    """What was and what is now; of a list, what of it is gone and what is new."""
    text = line.path[-1] in LANGUAGES
    sides = [[side] if text else side.split(", ") for side in (line.was, line.becomes)]
    gone, new = (
        [one if text else _word(words, one, lang) for one in side if one and one not in other]
        for side, other in (sides, sides[::-1])
    )
    changed = gone and new and len(sides[0]) == len(sides[1]) == 1
    was, becomes = (_WAS, _IS) if changed else (_REMOVED, _ADDED)
    return (
        was.say(lang, text=typeset(series(gone, lang), lang)) if gone else "",
        becomes.say(lang, text=typeset(series(new, lang), lang)) if new else "",
    )


def _word(words: Convention, code: str, lang: str) -> str:
    """A value in words: a day, or a code of any table; else as the file has it."""
    if _DAY.match(code):
        return day(date.fromisoformat(code), lang)
    if code in _CODES:
        return _CODES[code].say(lang)
    if code in words.texts:
        return citation(words, code, lang)
    named = (
        words.party_labels.get(code, {}).get(lang, code),
        *(label(code, lang, words) for label in (role_label, purpose_label, scope_label)),
        event_label(code, lang),
        origin_label(code, lang),
    )
    return next((name for name in named if name != code), code)
