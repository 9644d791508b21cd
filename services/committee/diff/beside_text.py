"""What differs beside the permissions, as people read it: what it is, in one language, in words.

A text that differs in both languages is told in the reader's; one that differs only in the other is
told as such. A value without words of its own is shown as the file has it: nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.compare import Diff
from services.committee.diff.naming import wording
from services.committee.diff.sections import Line, Path
from services.committee.texts.clause_sentence import scopes_text
from services.committee.texts.french import capital
from services.committee.texts.labels import event_label, origin_label, purpose_label, role_label
from services.committee.texts.legal_texts import citation
from services.texts import Catalogue, Text, all_of, day, typeset

_ = Catalogue(__name__)
_LANGUAGES: Final = ("fr", "en")
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
    "clauses.sentence": _("Clause {name}, text"),
    "clauses.excluded": _("Clause {name}, data expressly excluded"),
    "clauses.origin": _("Clause {name}, origin"),
}
_REALMS: Final[dict[str, Text]] = {"civil": _("civil bus"), "criminal": _("criminal bus")}
_SECRECY: Final[dict[str, Text]] = {
    "profession": _("bound by its profession"),
    "mission": _("bound by its mission"),
    "statute": _("bound by a statute"),
    "convention": _("bound by the convention"),
    "unbound": _("not bound"),
    "unneeded": _("its own statute governs what it says"),
}
_ALL: Final = _("all parties")
_SOME: Final = _.ngettext("{n} party", "{n} parties")
_ORIGIN: Final = _(
    "of the sending: {flow}; of the time limit: {deadline}; of the choice of data: {data}"
)
_ACT: Final = _("{event}, to {purpose}")


@dataclass(frozen=True, slots=True)
class Beside:
    """A difference in words: what it is of, then a statement or two: before, now, added, gone."""

    what: str
    was: str
    becomes: str


def beside(comparison: Diff, lang: str) -> list[Beside]:
    """Every difference beside the permissions, in the order of their paths.

    Args:
        lang: `fr` or `en`.
    """
    words, paths = (
        wording(comparison.old, comparison.new),
        {line.path for line in comparison.beside},
    )
    told = []
    for line in comparison.beside:
        *place, last = line.path
        other = last in _LANGUAGES and last != lang
        if other and (*place, lang) in paths:
            continue
        what = _what(words, line.path, lang)
        told.append(
            _told(comparison, line, _OTHER[last].say(lang, what=what) if other else what, lang)
        )
    return told


def _told(comparison: Diff, line: Line, what: str, lang: str) -> Beside:
    was, becomes = line.was, line.becomes
    listed = line.path in (("calendar", "holidays"), ("calendar", "offsets"))
    if listed:  # of a long list, what is new in it and what is gone
        days = [text.split(", ") if text else [] for text in (was, becomes)]
        was, becomes = (
            ", ".join(entry for entry in days[at] if entry not in days[1 - at]) for at in (0, 1)
        )
    said = (
        typeset(_value(convention, line.path, raw, lang), lang) if raw else ""
        for convention, raw in ((comparison.old, was), (comparison.new, becomes))
    )
    before, now = said
    both = before and now and not listed
    return Beside(
        what,
        (_WAS if both else _REMOVED).say(lang, text=before) if before else "",
        (_IS if both else _ADDED).say(lang, text=now) if now else "",
    )


def _kind(path: Path) -> str:
    """`clauses.note` of `clauses.R36.note.fr`; the section alone where it holds one kind."""
    section, *rest = (name for name in path if name not in _LANGUAGES)
    field = rest[-1] if rest else ""
    return next((kind for kind in (f"{section}.{field}", section) if kind in _WHAT), "")


def _what(words: Convention, path: Path, lang: str) -> str:
    """What a line is of, with the name of the thing in the reader's language."""
    text = _WHAT.get(_kind(path))
    if text is None:
        return ".".join(path)
    name = path[1] if len(path) > 1 else ""
    if path[0] == "roles":
        name = role_label(name, lang, words)
    elif path[0] == "texts" and name in words.texts:
        name = citation(words, name, lang)
    elif path[0] == "system":
        name = capital(event_label(name, lang))
    return text.say(lang, name=name)


def _value(convention: Convention, path: Path, raw: str, lang: str) -> str:
    """A value in words; a text, and whatever has no words, as the file has it."""
    say = _VALUES.get(_kind(path)) if path[-1] not in _LANGUAGES else None
    return say(convention, path, raw, lang) if say else raw


def _days(_convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return all_of([day(date.fromisoformat(iso), lang) for iso in raw.split(", ")], lang)


def _quorum(_convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return _ALL.say(lang) if raw == "all" else _SOME.say(lang, n=int(raw))


def _flag(_convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return origin_label(raw, lang)


def _agency(convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return convention.party_labels.get(raw, {}).get(lang, raw)


def _realms(_convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return all_of([_REALMS[realm].say(lang) for realm in raw.split(", ")], lang)


def _secrecy(_convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return _SECRECY[raw].say(lang)


def _colleague(convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return role_label(raw, lang, convention)


def _successor(convention: Convention, _path: Path, raw: str, lang: str) -> str:
    return citation(convention, raw, lang) if raw in convention.texts else raw


def _repealed(convention: Convention, _path: Path, raw: str, lang: str) -> str:
    event, purpose = raw.split(" ")
    named = purpose_label(purpose, lang, convention)
    return _ACT.say(lang, event=event_label(event, lang), purpose=named)


def _excluded(convention: Convention, _path: Path, raw: str, lang: str) -> str:
    permissions = (frozenset(listed.split(", ")) for listed in raw.split(" / "))
    return " / ".join(scopes_text(scopes, lang, convention) for scopes in permissions)


def _origin(convention: Convention, path: Path, _raw: str, lang: str) -> str:
    return " / ".join(dict.fromkeys(_origins(convention, path[1], lang)))


def _origins(convention: Convention, clause: str, lang: str) -> Iterator[str]:
    for grant in convention.by_clause[clause]:
        flags = grant.flags.flow, grant.flags.deadline, grant.flags.categories
        flow, deadline, data = (origin_label(flag, lang) for flag in flags)
        yield _ORIGIN.say(lang, flow=flow, deadline=deadline, data=data)


_VALUES: Final[dict[str, Callable[[Convention, Path, str, str], str]]] = {
    **dict.fromkeys(
        ("effective", "calendar.first", "calendar.last", "calendar.holidays",
         "texts.in_force_from", "texts.in_force_until", "texts.checked"), _days,
    ),
    "quorum": _quorum,
    "repealed": _repealed,
    "roles.agency": _agency,
    "roles.realms": _realms,
    "roles.secrecy": _secrecy,
    "roles.colleague": _colleague,
    "texts.successor": _successor,
    "clauses.excluded": _excluded,
    "clauses.origin": _origin,
}  # fmt: skip
