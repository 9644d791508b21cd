"""A grant's sentence, in French and English, from its data: neither more nor less.

The convention file holds these sentences, since its parties sign them; `lint` compares them with
what is generated here, so that text and data cannot part. Sentences stand in the catalogue;
generated
is what depends on the words of a file: lists, articles and what they become (`french`).
"""

from __future__ import annotations

from typing import Final, Literal

from contracts.convention.clauses import Grant
from contracts.convention.duty import DutySpec
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import CRIMINAL, KEPT_DAYS, RETENTION_CLASSES, SCOPES
from services.committee.texts.french import as_what, capital, from_whom, that, to_whom
from services.committee.texts.labels import (
    condition_text,
    owed_text,
    purpose_label,
    scope_label,
)
from services.labels.code_labels import ROLE_LABELS
from services.texts import Catalogue, Text, all_of, any_of, series, typed

_ = Catalogue(__name__)
Form = Literal["may", "now", "also", "no_longer"]
_PERMITTED: Final[dict[Form, Text]] = {
    "may": _("{issuers} may send to {recipients}, as {label}, in order to {purpose}: {scopes}."),
    "now": _(
        "{issuers} may now send to {recipients}, as {label}, in order to {purpose}: {scopes}."
    ),
    "also": _(
        "{issuers} may now also send to {recipients}, as {label}, in order to {purpose}: {scopes}."
    ),
    "no_longer": _(
        "{issuers} may no longer send to {recipients}, as {label}, in order to {purpose}: {scopes}."
    ),
}
_PUBLISHED: Final[dict[Form, Text]] = {
    "may": _("The bus publishes for {readers}, as {label}, in order to {purpose}: {scopes}."),
    "now": _("The bus now publishes for {readers}, as {label}, in order to {purpose}: {scopes}."),
    "also": _(
        "The bus now also publishes for {readers}, as {label}, in order to {purpose}: {scopes}."
    ),
    "no_longer": _(
        "The bus no longer publishes for {readers}, as {label}, in order to {purpose}: {scopes}."
    ),
}

# After which acknowledgement a duty begins: each of `duty.OPENING`.
_OPENED: Final[dict[str, Text]] = {
    "ACK:received": _("From acknowledgement of receipt"),
    "ACK:accepted": _("From acceptance"),
    "ACK:declined": _("From notice of a refusal"),
    "ACK:started": _("From notice of the start"),
    "ACK:decided": _("From notice that the decision is taken"),
}
_WHILE_OWED: Final = _("If this event was itself owed ({clause})")
_OWES: Final = _("{who} owes {whom} {owed}.")
_OWES_FROM: Final = _("{when}, {who} owes {whom} {owed}.")
_PARTIES: Final = {"issuer": _("the sender"), "recipient": _("the recipient")}
_CONDITIONS: Final = _("On condition {conditions}.")
_TRAPS: Final = _("Excluded: {scopes}.")
_CRIMINAL: Final = _("This event travels on the criminal bus, apart from the civil one.")
_KEPT: Final = _("The copy on the bus is destroyed after {days} days.")  # of its key's end
_OPENS: Final = _("The copy on the bus can be opened for {days} days at most.")


def generate(convention: Convention, grant: Grant, lang: str) -> str:
    """The sentences of one grant, on one line, as they are typed into the file.

    Args:
        lang: `fr` or `en`.
    """
    parts = [
        head(convention, grant, lang),
        conditions_sentence(grant, lang),
        _TRAPS.say(lang, scopes=scopes_text(grant.traps, lang, convention)) if grant.traps else "",
        grant.note.get(lang, ""),
        *(duty_sentence(convention, grant, duty, lang) for duty in grant.duties),
        _CRIMINAL.say(lang) if grant.realm == CRIMINAL else "",
        _KEPT.say(lang, days=RETENTION_CLASSES[grant.keep]) if grant.keep else "",
    ]
    return typed(" ".join(sentence for sentence in parts if sentence))


def head(convention: Convention, grant: Grant, lang: str, form: Form = "may") -> str:
    """Who may send what to whom, as what, for what; as it is typed."""
    label, bare = grant.label[lang], grant.publication and lang != "fr"
    facts = {
        "label": label if bare else as_what(label, lang),  # English figures have no article
        "purpose": purpose_label(grant.purpose, lang, convention),
        "scopes": scopes_text(grant.scopes, lang, convention),
    }
    if grant.publication:
        readers = [from_whom(named(convention, role, lang), lang) for role in grant.recipients]
        return typed(_PUBLISHED[form].say(lang, readers=all_of(readers, lang), **facts))
    issuers, recipients = (
        any_of([to_whom(named(convention, role, lang), lang) for role in roles], lang)
        for roles in (grant.issuers, grant.recipients)
    )
    said = _PERMITTED[form].say(lang, issuers=issuers, recipients=recipients, **facts)
    return typed(capital(said))


def conditions_sentence(grant: Grant, lang: str) -> str:
    """On which conditions; empty if on none."""
    if not grant.conditions:
        return ""
    conditions = (that(condition_text(name, lang), lang) for name in grant.conditions)
    return _CONDITIONS.say(lang, conditions=series(conditions, lang))


def scopes_text(scopes: frozenset[str], lang: str, convention: Convention | None = None) -> str:
    """Scopes in the order of the table, between semicolons: some labels hold commas and `et`."""
    names = [scope_label(scope, lang, convention) for scope in SCOPES if scope in scopes]
    return series(names, lang)


def duty_sentence(convention: Convention, grant: Grant, duty: DutySpec, lang: str) -> str:
    """Who owes whom what by when, and what opens it."""
    who = party_text(convention, duty.debtor, lang)
    if duty.recipients and duty.recipients != grant.recipients:
        among = [named(convention, role, lang) for role in duty.recipients]
        who += f" ({any_of(among, lang)})"
    whom = to_whom(party_text(convention, duty.creditor, lang), lang)
    owed = owed_text(duty, lang, convention)
    when = _opened(duty, lang)
    said = _OWES_FROM if when else _OWES
    return capital(said.say(lang, when=when, who=who, whom=whom, owed=owed))


def _opened(duty: DutySpec, lang: str) -> str:
    if duty.while_owed:
        return _WHILE_OWED.say(lang, clause=duty.while_owed)
    return _OPENED[duty.opened_by].say(lang) if duty.opened_by in _OPENED else ""


def party_text(convention: Convention, party: str, lang: str) -> str:
    """Debtor or creditor: the sender, the recipient, or a role."""
    if party in _PARTIES:
        return _PARTIES[party].say(lang)
    return named(convention, party, lang)


def keep_text(keep: str, lang: str) -> str:
    """For how long the copy on the bus opens at most; empty for a publication."""
    if not keep:
        return ""
    return _OPENS.say(lang, days=KEPT_DAYS[keep])


def named(convention: Convention, role: str, lang: str) -> str:
    """A role as a sentence names it, with its article; a reader, or the bus, by its label."""
    if role in convention.roles:
        return convention.roles[role].named[lang]
    if role in convention.readers:
        return convention.readers[role][lang]
    return ROLE_LABELS[role].say(lang) if role in ROLE_LABELS else role
