"""Codes in words, French and English: reasons, conditions, purposes, events, acts, delays.

The demo's stories, problem documents, `explain` and the convention's sentences all speak from
these tables. Role and scope labels are the convention file's own; the tables here stand in where
no convention is at hand. An unknown code is shown as it is: wording never raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from contracts.vocabulary.scopes import SCOPES
from services.committee.texts.french import bare, capital
from services.labels.code_labels import (
    ACTS,
    AGENCY_NAMES,
    CONDITION_TEXTS,
    EVENTS,
    PURPOSE_TEXTS,
    REALM_LABELS,
    REASON_TEXTS,
    ROLE_LABELS,
    ROLE_NAMES,
    SCOPE_ARTICLES,
    SCOPE_LABELS,
    STAGES,
    Table,
)
from services.texts import Catalogue, Text, any_of, ordinal, series

if TYPE_CHECKING:
    from contracts.convention.clauses import Grant
    from contracts.convention.duty import DutySpec
    from contracts.convention.model import Convention

_ = Catalogue(__name__)
_ORIGINS: Final[Table] = {
    "law": _.pgettext("origin", "law"),
    "practice": _.pgettext("origin", "practice"),
    "invention": _.pgettext("origin", "proposal"),
}
_DUE: Final = _("the event that is due")
_FINAL: Final = _("{act} on the final outcome")
_NUMBERS: Final = re.compile(r" \(R\d{2,3}\)")
_WITHIN: Final = re.compile(r"(-?)(\d+)(min|h|wd|d|mo)\Z")


class ActShape(NamedTuple):
    """What `ACTS` says of a clause's number; a version may give the number to another act.

    Attributes:
        issuer, recipient: the only role that the words name, empty if none.
        condition: without which they would not be true, empty if none.
    """

    event: str
    purpose: str
    issuer: str = ""
    recipient: str = ""
    condition: str = ""


SHAPES: Final[dict[str, ActShape]] = {
    "R11": ActShape("SIG", "avoid_duplicates", condition="copy_of"),
    "R12": ActShape("SIG", "seize_judge", issuer="CRIP"),
    "R16": ActShape("EVALREP", "evaluate"),
    "R17": ActShape("EVALREP", "evaluate"),
    "R18": ActShape("EVALREP", "decide"),
    "R23": ActShape("ST", "seize_judge", recipient="JE"),
    "R26": ActShape("MEASURE", "execute"),
    "R27": ActShape("MEASURE", "mjie"),
    "R28": ActShape("EVALREP", "judge", recipient="JE"),
    "R31": ActShape("EVALREP", "progress"),
    "R38": ActShape("HEARING", "be_present"),
    "R39": ActShape("FEEDBACK", "close_loop"),
    "R40": ActShape("FEEDBACK", "close_loop"),
    "R41": ActShape("FEEDBACK", "close_loop", condition="own_report"),
}


def _say(table: Table, code: str, lang: str) -> str:
    text = table.get(code)
    return code if text is None else text.say(lang)


def reason_text(code: str, lang: str) -> str:
    """Why something was withheld or refused, one sentence without a final period."""
    return _say(REASON_TEXTS, code, lang)


def agency_name(agency: str, lang: str) -> str:
    """An institution inside a sentence, with its article; one that no table has, by its code."""
    return _say(AGENCY_NAMES, agency, lang)


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


def purpose_label(purpose: str, lang: str, convention: Convention | None = None) -> str:
    """A purpose as an infinitive (`pour …`, `in order to …`), in the convention's words first."""
    if convention is not None and purpose in convention.purposes:
        return convention.purposes[purpose][lang]
    return _say(PURPOSE_TEXTS, purpose, lang)


def condition_text(condition: str, lang: str) -> str:
    """What must hold: after `à condition que …` (subjunctive) or `provided that …`."""
    return _say(CONDITION_TEXTS, condition, lang)


def is_known(convention: Convention, clause: str) -> bool:
    """Whether a clause of this convention is what its number's words say, in every grant."""
    shape, grants = SHAPES.get(clause), convention.by_clause.get(clause, ())
    return shape is not None and bool(grants) and all(_has(grant, shape) for grant in grants)


def _has(grant: Grant, shape: ActShape) -> bool:
    return (
        (grant.event, grant.purpose) == (shape.event, shape.purpose)
        and (not shape.issuer or grant.issuers == (shape.issuer,))
        and (not shape.recipient or grant.recipients == (shape.recipient,))
        and (not shape.condition or shape.condition in grant.conditions)
    )


def act_text(act: str, lang: str, convention: Convention | None = None) -> str:
    """What is owed, with its article: `ACK:received`, `R39:final`, `R26|R27`.

    Args:
        convention: where one is at hand, a clause is named only if it is there what the words say.
    """
    if act.startswith("ACK:"):
        stages = [_say(STAGES, stage, lang) for stage in act[4:].split("|")]
        return any_of(stages, lang)
    names, _colon, final = act.partition(":")
    clauses = []
    for name in names.split("|"):
        clause = _say(ACTS, f"{name}:{final}" if final else name, lang)
        if final and f"{name}:{final}" not in ACTS:
            clause = _say(ACTS, name, lang)
        known = clause != name and (convention is None or is_known(convention, name))
        if not known:  # a clause that these tables do not know, or know as another act
            clause = _DUE.say(lang)
        if final and not (known and f"{name}:{final}" in ACTS):
            clause = _FINAL.say(lang, act=clause)
        clauses.append(f"{clause} ({name})")
    return any_of(clauses, lang)


def within_text(within: str, lang: str, start: str = "delivery") -> str:
    """By when: `dans les 2 heures`, `by the end of the 1st working day that follows`."""
    since = _SINCE.get(start)
    if within == "day":
        return _SAME_DAY.say(lang) if start == "delivery" else _of(_DAY, since, lang)
    if within == "due":
        return _SET_DATE.say(lang)
    parsed = _WITHIN.match(within)
    if not parsed:
        return within
    sign, count, unit = parsed[1], int(parsed[2]), parsed[3]
    if sign:
        return _BEFORE_END.say(lang, span=_BEFORE[unit].say(lang, n=count))
    if unit == "wd":
        after = _AFTER_TRANSMISSION if start == "transmission" else _WORKING_DAY
        return after.say(lang, nth=ordinal(count, lang))
    return _of(_SPANS[unit], since, lang, count)


_SAME_DAY: Final = _("by the end of the same day")
_DAY: Final = _("by the end of the day")
_SET_DATE: Final = _("by the date that the sender sets")
_BEFORE_END: Final = _("{span} before the measure ends")
_WORKING_DAY: Final = _("by the end of the {nth} working day that follows")
_AFTER_TRANSMISSION: Final = _("by the end of the {nth} working day that follows transmission")
_SINCE: Final[Table] = {
    "transmission": _("of transmission"),
    "decided_on": _("of the decision"),
    "case_clock": _("of the case's first alert"),
    "delivery": _("of receipt"),
}
_SPANS: Final[Table] = {
    "min": _.ngettext("within {n} minute", "within {n} minutes"),
    "h": _.ngettext("within {n} hour", "within {n} hours"),
    "d": _.ngettext("within {n} day", "within {n} days"),
    "mo": _.ngettext("within {n} month", "within {n} months"),
}
_BEFORE: Final[Table] = {  # an end, days or months alone are counted
    "d": _.ngettext("{n} day", "{n} days"),
    "mo": _.ngettext("{n} month", "{n} months"),
}
_EVERY: Final = _.ngettext("every month", "every {n} months")  # other delays do not repeat
_UNTIL: Final = _("{every} until the end")
_FROM_UNTIL: Final = _("{every} from transmission until the end")
_URGENT: Final = _("{when} ({urgent} if urgent)")
_LEGAL: Final = _("{when} (time limit set by law)")


def _of(span: Text, since: Text | None, lang: str, n: int = 1) -> str:
    """A time with what it runs from, where that has words."""
    words = [span.say(lang, n=n), since.say(lang) if since else ""]
    return " ".join(word for word in words if word)


def owed_text(spec: DutySpec, lang: str, convention: Convention | None = None) -> str:
    """What is owed and by when, without who owes it."""
    return f"{act_text(spec.act, lang, convention)}, {when_text(spec, lang)}"


def when_text(spec: DutySpec, lang: str) -> str:
    """By when a duty is to be done, and whether the law says so."""
    when = within_text(spec.within, lang, spec.start)
    if spec.repeat:
        when = _every(spec.within, spec.start, lang)
    if spec.urgent_within:
        urgent = within_text(spec.urgent_within, lang, spec.start)
        when = _URGENT.say(lang, when=when, urgent=urgent)
    return _LEGAL.say(lang, when=when) if spec.legal else when


def _every(within: str, start: str, lang: str) -> str:
    """`chaque mois jusqu'à la fin`, `every 3 months from transmission until the end`."""
    text = _FROM_UNTIL if start == "transmission" else _UNTIL
    return text.say(lang, every=_EVERY.say(lang, n=int(within.removesuffix("mo"))))


def plain_text(text: str) -> str:
    """A text without the numbers of clauses in brackets: for those who do not work with codes."""
    return _NUMBERS.sub("", text)


def origin_label(origin: str, lang: str) -> str:
    """Whether something is `law`, `practice` or `invention`, in words."""
    return _say(_ORIGINS, origin, lang)


def realm_label(realm: str, lang: str) -> str:
    """Which of the two buses, as an adjective: `the criminal bus`."""
    return _say(REALM_LABELS, realm, lang)
