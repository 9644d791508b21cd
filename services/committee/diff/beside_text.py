"""What differs beside the permissions, as people read it: what it is, in one language, in words.

A text that differs in both languages is told in the reader's; one that differs only in the other is
told as such. A value without words of its own is shown as the file has it: nothing is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.compare import Diff
from services.committee.diff.naming import wording
from services.committee.diff.sections import LANGUAGES, Line, Path
from services.committee.texts.french import capital
from services.committee.texts.labels import (
    event_label,
    origin_label,
    purpose_label,
    role_label,
    scope_label,
)
from services.committee.texts.legal_texts import citation
from services.texts import Catalogue, Text, day, series, typeset

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
    "clauses.sentence": _("Clause {name}, text"),
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
    words = wording(comparison.old, comparison.new)
    paths = {line.path for line in comparison.beside}
    told = []
    for line in comparison.beside:
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
