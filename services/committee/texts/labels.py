"""Codes in words, French and English: reasons, conditions, purposes, events, acts, delays.

The demo's stories, problem documents, `explain` and the convention's sentences all speak from
these tables. Role and scope labels are the convention file's own; the tables here stand in where
no convention is at hand. An unknown code is shown as it is: wording never raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from contracts.vocabulary.scopes import SCOPES
from services.committee.texts.code_labels import (
    ACTS,
    CONDITION_TEXTS,
    EVENTS,
    PURPOSE_TEXTS,
    REASON_TEXTS,
    ROLE_LABELS,
    ROLE_NAMES,
    SCOPE_ARTICLES,
    SCOPE_LABELS,
    STAGES,
    UNKNOWN_TEXTS,
    Table,
)
from services.committee.texts.first_version_acts import is_known
from services.committee.texts.french import bare, capital
from services.texts import Catalogue, all_of, any_of, ordinal, series

if TYPE_CHECKING:
    from contracts.convention.clauses import DutySpec
    from contracts.convention.model import Convention

_ = Catalogue(__name__)
_ORIGINS: Final[Table] = {
    "law": _.pgettext("origin", "law"),
    "practice": _.pgettext("origin", "practice"),
    "invention": _.pgettext("origin", "proposal"),
}
_INDEX: Final = {"fr": 0, "en": 1}
_NUMBERS: Final = re.compile(r" \(R\d{2,3}\)")
_WITHIN: Final = re.compile(r"(-?)(\d+)(min|h|wd|d|mo)\Z")


def _say(table: Table, code: str, lang: str) -> str:
    text = table.get(code)
    return code if text is None else text.say(lang)


def reason_text(code: str, lang: str) -> str:
    """Why something was withheld or refused, one sentence without a final period."""
    return _say(REASON_TEXTS, code, lang)


def unknown_text(code: str, lang: str) -> str:
    """What an event alone does not show, one sentence without a final period."""
    return _say(UNKNOWN_TEXTS, code, lang)


def role_label(role: str, lang: str, convention: Convention | None = None) -> str:
    """A role as tables show it: the name that sentences give it, without its article.

    One text has one name for a role; the convention's own if one is at hand.
    """
    if convention is not None:
        if role in convention.roles:
            return capital(bare(convention.roles[role].named[lang]))
        if role in convention.readers:
            return capital(bare(convention.readers[role][lang]))
    names = ROLE_NAMES if role in ROLE_NAMES else ROLE_LABELS
    return capital(bare(_say(names, role, lang))) if role in names else role


def scope_label(scope: str, lang: str, convention: Convention | None = None) -> str:
    """A scope as lists show it, without article."""
    if convention is not None and scope in convention.scope_labels:
        return convention.scope_labels[scope][lang]
    return _say(SCOPE_LABELS, scope, lang)


def scopes_named(scopes: frozenset[str], lang: str, convention: Convention | None = None) -> str:
    """Scopes after a preposition, in the order of the table: `l'identité ; les coordonnées`."""
    names = [scope_label(scope, lang, convention) for scope in SCOPES if scope in scopes]
    if lang != "fr":
        return series(names, lang)
    articles = [SCOPE_ARTICLES.get(scope, "") for scope in SCOPES if scope in scopes]
    return series((article + name for article, name in zip(articles, names, strict=True)), lang)


def event_label(event: str, lang: str) -> str:
    """An event type as a noun, without article."""
    return _say(EVENTS, event, lang)


def purpose_label(purpose: str, lang: str) -> str:
    """A purpose as an infinitive: `pour …`, `in order to …`."""
    return _say(PURPOSE_TEXTS, purpose, lang)


def condition_text(condition: str, lang: str) -> str:
    """What must hold: after `à condition que …` (subjunctive) or `provided that …`."""
    return _say(CONDITION_TEXTS, condition, lang)


def act_text(act: str, lang: str, convention: Convention | None = None) -> str:
    """What is owed, with its article: `ACK:received`, `R39:final`, `R26|R27`.

    Args:
        convention: where one is at hand, a clause is named only if it is there what the words say.
    """
    if act.startswith("ACK:"):
        stages = [_say(STAGES, stage, lang) for stage in act[4:].split("|")]
        return either(stages, lang)
    names, _, final = act.partition(":")
    clauses = []
    for name in names.split("|"):
        clause = _say(ACTS, f"{name}:{final}" if final else name, lang)
        if final and f"{name}:{final}" not in ACTS:
            clause = _say(ACTS, name, lang)
        known = clause != name and (convention is None or is_known(convention, name))
        if not known:  # a clause that these tables do not know, or know as another act
            clause = ("l'envoi prévu", "the event that is due")[_INDEX[lang]]
        if final and not (known and f"{name}:{final}" in ACTS):
            clause += (" sur l'issue définitive", " on the final outcome")[_INDEX[lang]]
        clauses.append(f"{clause} ({name})")
    return either(clauses, lang)


def within_text(within: str, lang: str, start: str = "delivery") -> str:
    """By when: `dans les 2 heures`, `by the end of the 1st working day that follows`."""
    index = _INDEX[lang]
    if within == "day":
        same = (" même", "")[index] if start == "delivery" else _since(start, lang)
        day = "the same day" if start == "delivery" else "the day"
        return (f"avant la fin du jour{same}", f"by the end of {day}{same}")[index]
    if within == "due":
        return ("à la date fixée par l'émetteur", "by the date that the sender sets")[index]
    found = _WITHIN.match(within)
    if not found:
        return within
    sign, count, unit = found[1], int(found[2]), found[3]
    if sign:
        counted = _counted(count, unit, lang)
        return (f"{counted} avant la fin de la mesure", f"{counted} before the measure ends")[index]
    if unit == "wd":
        after = _AFTER.get(start, ("", ""))[index]
        return (
            f"au plus tard à la fin du {ordinal(count, lang)} jour ouvré suivant{after}",
            f"by the end of the {ordinal(count, lang)} working day that follows{after}",
        )[index]
    return _span(count, unit, lang) + _since(start, lang)


_AFTER: Final = {
    "transmission": (" la transmission", " transmission"),
    "decided_on": (" la décision", " the decision"),
    "case_clock": (" la première alerte du dossier", " the case's first alert"),
}


def owed_text(spec: DutySpec, lang: str, convention: Convention | None = None) -> str:
    """What is owed and by when, without who owes it."""
    return f"{act_text(spec.act, lang, convention)}, {when_text(spec, lang)}"


def when_text(spec: DutySpec, lang: str) -> str:
    """By when a duty is to be done, and whether the law says so."""
    index, origin = _INDEX[lang], ""
    when = within_text(spec.within, lang, spec.start)
    if spec.repeat:
        when = _every(spec.within, spec.start, lang)
    if spec.urgent_within:
        urgent = within_text(spec.urgent_within, lang, spec.start)
        when += (f" ({urgent} en cas d'urgence)", f" ({urgent} if urgent)")[index]
    if spec.legal:
        origin = (" (délai légal)", " (time limit set by law)")[index]
    return f"{when}{origin}"


def _every(within: str, start: str, lang: str) -> str:
    """`chaque mois jusqu'à la fin`, `every 3 months from transmission until the end`."""
    index = _INDEX[lang]
    found = _WITHIN.match(within)
    count, unit = (int(found[2]), found[3]) if found else (1, "mo")
    counted = _counted(count, unit, lang)
    every = "toutes les" if unit in ("min", "h") else "tous les"
    said = (f"{every} {counted}", f"every {counted}")[index]
    if (count, unit) == (1, "mo"):
        said = ("chaque mois", "every month")[index]
    since = (" à compter de la transmission et", " from transmission")[index]
    until = ("jusqu'à la fin", "until the end")[index]
    return f"{said}{since if start == 'transmission' else ''} {until}"


_UNITS: Final = {
    "min": (("minute", "minutes"), ("minute", "minutes")),
    "h": (("heure", "heures"), ("hour", "hours")),
    "d": (("jour", "jours"), ("day", "days")),
    "wd": (("jour ouvré", "jours ouvrés"), ("working day", "working days")),
    "mo": (("mois", "mois"), ("month", "months")),
}


def _counted(count: int, unit: str, lang: str) -> str:
    return f"{count} {_UNITS[unit][_INDEX[lang]][count > 1]}"


def plain_text(text: str) -> str:
    """A text without the numbers of clauses in brackets: for those who do not work with codes."""
    return _NUMBERS.sub("", text)


def _span(count: int, unit: str, lang: str) -> str:
    if lang == "en":
        return f"within {_counted(count, unit, lang)}"
    if count == 1:
        one = {"min": "la minute", "h": "l'heure", "d": "le jour", "mo": "le mois"}
        return f"dans {one[unit]}"
    return f"dans les {_counted(count, unit, lang)}"


def _since(start: str, lang: str) -> str:
    return {
        "transmission": (" de la transmission", " of transmission"),
        "decided_on": (" de la décision", " of the decision"),
        "case_clock": (" de la première alerte du dossier", " of the case's first alert"),
        "delivery": (" de la réception", " of receipt"),
    }.get(start, ("", ""))[_INDEX[lang]]


def either(words: list[str], lang: str) -> str:
    """`a, b ou c`, `a, b or c`."""
    return any_of(words, lang)


def both(words: list[str], lang: str) -> str:
    """`a, b et c`, `a, b and c`."""
    return all_of(words, lang)


def origin_label(origin: str, lang: str) -> str:
    """Whether something is `law`, `practice` or `invention`, in words."""
    return _say(_ORIGINS, origin, lang)
