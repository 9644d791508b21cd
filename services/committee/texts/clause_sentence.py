"""A grant's sentence, in French and English, from its data: neither more nor less.

The convention file holds these sentences, since its parties sign them; `lint` compares them with
what is generated here, so that text and data cannot part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import RETENTION_CLASSES, SCOPES
from services.committee.texts.french import (
    a_english,
    capital,
    from_french,
    of_french,
    that,
    to_french,
)
from services.committee.texts.labels import (
    both,
    condition_text,
    either,
    owed_text,
    purpose_label,
    role_label,
    scope_label,
)
from services.texts import series, typed

Form = Literal["may", "now", "also", "no_longer"]
_PERMITTED: Final[dict[Form, tuple[str, str]]] = {
    "may": ("Il est permis", "may send"),
    "now": ("Il devient permis", "may now send"),
    "also": ("Il devient en outre permis", "may now also send"),
    "no_longer": ("Il n'est plus permis", "may no longer send"),
}
_PUBLISHED: Final[dict[Form, tuple[str, str]]] = {
    "may": ("Le bus publie", "The bus publishes"),
    "now": ("Le bus publie désormais", "The bus now publishes"),
    "also": ("Le bus publie désormais aussi", "The bus now also publishes"),
    "no_longer": ("Le bus ne publie plus", "The bus no longer publishes"),
}


# After which acknowledgement a duty begins: each of `duty.OPENING`.
_OPENED: Final[dict[str, tuple[str, str]]] = {
    "ACK:received": ("Dès l'accusé de réception", "From acknowledgement of receipt"),
    "ACK:accepted": ("Dès l'acceptation", "From acceptance"),
    "ACK:declined": ("Dès l'avis de refus", "From notice of a refusal"),
    "ACK:started": ("Dès l'avis de commencement", "From notice of the start"),
    "ACK:decided": (
        "Dès l'avis que la décision est prise",
        "From notice that the decision is taken",
    ),
}


def generate(convention: Convention, grant: Grant, lang: str, form: Form = "may") -> str:
    """The sentences of one grant, on one line, as they are typed into the file.

    Args:
        lang: `fr` or `en`.
        form: as a clause says it, or as a comparison does.
    """
    parts = [
        head(convention, grant, lang, form),
        conditions_sentence(grant, lang),
        _traps(convention, grant, lang),
        grant.note.get(lang, ""),
        *(duty_sentence(convention, grant, duty, lang) for duty in grant.duties),
        _realm(grant, lang),
        keep_text(grant.keep, lang),
    ]
    return typed(" ".join(sentence for sentence in parts if sentence))


def head(convention: Convention, grant: Grant, lang: str, form: Form = "may") -> str:
    """Who may send what to whom, as what, for what."""
    return (_french if lang == "fr" else _english)(convention, grant, form)


def conditions_sentence(grant: Grant, lang: str) -> str:
    """On which conditions; empty if on none."""
    if not grant.conditions:
        return ""
    lead = "À condition" if lang == "fr" else "On condition"
    return f"{lead} {conditions_text(grant.conditions, lang)}."


def conditions_text(conditions: Iterable[str], lang: str) -> str:
    """Conditions after `à condition` or `it is required`: `que … ; que …`, `that …; that …`."""
    return series((that(condition_text(name, lang), lang) for name in conditions), lang)


def scopes_text(scopes: frozenset[str], lang: str, convention: Convention | None = None) -> str:
    """Scopes in the order of the table, between semicolons: some labels hold commas and `et`."""
    names = [scope_label(scope, lang, convention) for scope in SCOPES if scope in scopes]
    return series(names, lang)


def _french(convention: Convention, grant: Grant, form: Form) -> str:
    issuers = [to_french(named(convention, role, "fr")) for role in grant.issuers]
    recipients = [to_french(named(convention, role, "fr")) for role in grant.recipients]
    what = f"{of_french(grant.label['fr'])}, pour {purpose_label(grant.purpose, 'fr')}"
    scopes = scopes_text(grant.scopes, "fr", convention)
    if grant.publication:
        readers = [from_french(named(convention, role, "fr")) for role in grant.recipients]
        verb = _PUBLISHED[form][0]
        return f"{verb} à l'intention {both(readers, 'fr')}, à titre {what} : {scopes}."
    return (
        f"{_PERMITTED[form][0]} {either(issuers, 'fr')} d'adresser {either(recipients, 'fr')}, "
        f"à titre {what} : {scopes}."
    )


def _english(convention: Convention, grant: Grant, form: Form) -> str:
    issuers = either([named(convention, role, "en") for role in grant.issuers], "en")
    recipients = either([named(convention, role, "en") for role in grant.recipients], "en")
    scopes = scopes_text(grant.scopes, "en", convention)
    purpose = purpose_label(grant.purpose, "en")
    label = grant.label["en"]
    if grant.publication:
        readers = both([named(convention, role, "en") for role in grant.recipients], "en")
        verb = _PUBLISHED[form][1]
        return f"{verb} for {readers}, as {label}, in order to {purpose}: {scopes}."
    return (
        f"{capital(issuers)} {_PERMITTED[form][1]} to {recipients}, as {a_english(label)}, "
        f"in order to {purpose}: {scopes}."
    )


def _traps(convention: Convention, grant: Grant, lang: str) -> str:
    if not grant.traps:
        return ""
    texts = scopes_text(grant.traps, lang, convention)
    return f"Exclus : {texts}." if lang == "fr" else f"Excluded: {texts}."


def duty_sentence(convention: Convention, grant: Grant, duty: DutySpec, lang: str) -> str:
    """Who owes whom what by when, and what opens it."""
    who = party_text(convention, duty.debtor, lang)
    if duty.recipients and duty.recipients != grant.recipients:
        among = [named(convention, role, lang) for role in duty.recipients]
        who += f" ({either(among, lang)})"
    whom = party_text(convention, duty.creditor, lang)
    owed = owed_text(duty, lang, convention)
    when = _opened(duty, lang)
    if lang == "fr":
        text = (
            f"{who} doit {to_french(whom)} {owed}"
            if not when
            else f"{when}, {who} doit {to_french(whom)} {owed}"
        )
    else:
        text = f"{who} owes {whom} {owed}" if not when else f"{when}, {who} owes {whom} {owed}"
    return capital(text) + "."


def _opened(duty: DutySpec, lang: str) -> str:
    known = dict(_OPENED)
    if clause := duty.while_owed:
        known[duty.opened_by] = (
            f"Si cet envoi était lui-même dû ({clause})",
            f"If this event was itself owed ({clause})",
        )
    return known.get(duty.opened_by, ("", ""))[0 if lang == "fr" else 1]


def party_text(convention: Convention, party: str, lang: str) -> str:
    """Debtor or creditor: the sender, the recipient, or a role."""
    known = {
        "issuer": ("l'émetteur", "the sender"),
        "recipient": ("le destinataire", "the recipient"),
    }
    if party in known:
        return known[party][0 if lang == "fr" else 1]
    return named(convention, party, lang)


def _realm(grant: Grant, lang: str) -> str:
    if grant.realm == "civil":
        return ""
    return (
        "Cet envoi circule sur le bus pénal, séparé du bus civil."
        if lang == "fr"
        else "This event travels on the criminal bus, apart from the civil one."
    )


def keep_text(keep: str, lang: str) -> str:
    """How long the bus keeps its copy; empty for a publication, which has no retention class."""
    if not keep:
        return ""
    days = RETENTION_CLASSES[keep]
    return (
        f"La copie conservée par le bus est détruite au bout de {days} jours."
        if lang == "fr"
        else f"The copy on the bus is destroyed after {days} days."
    )


def named(convention: Convention, role: str, lang: str) -> str:
    """A role as a sentence names it, with its article; a reader by its label."""
    if role in convention.roles:
        return convention.roles[role].named[lang]
    if role in convention.readers:
        return convention.readers[role][lang]
    return role_label(role, lang, convention)
