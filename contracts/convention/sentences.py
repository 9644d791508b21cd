"""A grant's sentence, in French and English, from its data: neither more nor less.

The convention file holds these sentences, since its parties sign them; `lint` compares them with
what is generated here, so that text and data cannot part.
"""

from __future__ import annotations

from contracts.convention.model import Convention, DutySpec, Grant
from contracts.convention.wording import (
    both,
    condition_text,
    either,
    owed_text,
    purpose_label,
    role_label,
    scope_label,
)
from contracts.scopes import RETENTION_CLASSES, SCOPES

_VOWELS = "aeiouyéèêàâîôh"


def generate(convention: Convention, grant: Grant, lang: str) -> str:
    """The sentences of one grant, on one line.

    Args:
        lang: `fr` or `en`.
    """
    write = _french if lang == "fr" else _english
    return " ".join(sentence for sentence in write(convention, grant) if sentence)


def scopes_text(scopes: frozenset[str], lang: str, convention: Convention | None = None) -> str:
    """Scopes in the order of the table, between semicolons: some labels hold commas and `et`."""
    names = [scope_label(scope, lang, convention) for scope in SCOPES if scope in scopes]
    return (" ; " if lang == "fr" else "; ").join(names)


def _french(convention: Convention, grant: Grant) -> list[str]:
    issuers = [_a(_named(convention, role, "fr")) for role in grant.issuers]
    recipients = [_a(_named(convention, role, "fr")) for role in grant.recipients]
    what = f"{_de(grant.label['fr'])}, pour {purpose_label(grant.purpose, 'fr')}"
    scopes = scopes_text(grant.scopes, "fr", convention)
    if grant.publication:
        head = (
            f"Le bus publie à l'intention {_de_list(convention, grant)}, à titre {what} : {scopes}."
        )
    else:
        head = (
            f"Il est permis {either(issuers, 'fr')} d'adresser {either(recipients, 'fr')}, "
            f"à titre {what} : {scopes}."
        )
    return [
        head,
        _conditions_fr(grant),
        _traps(convention, grant, "fr"),
        grant.note.get("fr", ""),
        *_duties(convention, grant, "fr"),
        _realm(grant, "fr"),
        _keep(grant, "fr"),
    ]


def _english(convention: Convention, grant: Grant) -> list[str]:
    issuers = either([_named(convention, role, "en") for role in grant.issuers], "en")
    recipients = either([_named(convention, role, "en") for role in grant.recipients], "en")
    scopes = scopes_text(grant.scopes, "en", convention)
    purpose = purpose_label(grant.purpose, "en")
    label = grant.label["en"]
    if grant.publication:
        readers = both([role_label(role, "en", convention) for role in grant.recipients], "en")
        head = f"The bus publishes for {readers}, as {label}, in order to {purpose}: {scopes}."
    else:
        head = (
            f"{_capital(issuers)} may send to {recipients}, as {_an(label)}, "
            f"in order to {purpose}: {scopes}."
        )
    conditions = [condition_text(condition, "en") for condition in grant.conditions]
    return [
        head,
        f"On condition that {'; that '.join(conditions)}." if conditions else "",
        _traps(convention, grant, "en"),
        grant.note.get("en", ""),
        *_duties(convention, grant, "en"),
        _realm(grant, "en"),
        _keep(grant, "en"),
    ]


def _conditions_fr(grant: Grant) -> str:
    texts = [condition_text(condition, "fr") for condition in grant.conditions]
    if not texts:
        return ""
    return "À condition " + " ; ".join(_que(text) for text in texts) + "."


def _traps(convention: Convention, grant: Grant, lang: str) -> str:
    if not grant.traps:
        return ""
    texts = scopes_text(grant.traps, lang, convention)
    return f"Exclus : {texts}." if lang == "fr" else f"Excluded: {texts}."


def _duties(convention: Convention, grant: Grant, lang: str) -> list[str]:
    return [_duty(convention, grant, duty, lang) for duty in grant.duties]


def _duty(convention: Convention, grant: Grant, duty: DutySpec, lang: str) -> str:
    who = _party(convention, duty.debtor, lang)
    if duty.recipients and duty.recipients != grant.recipients:
        among = [_named(convention, role, lang) for role in duty.recipients]
        who += f" ({either(among, lang)})"
    whom = _party(convention, duty.creditor, lang)
    owed = owed_text(duty, lang)
    when = _opened(duty, lang)
    if lang == "fr":
        text = (
            f"{who} doit {_a(whom)} {owed}" if not when else f"{when}, {who} doit {_a(whom)} {owed}"
        )
    else:
        text = f"{who} owes {whom} {owed}" if not when else f"{when}, {who} owes {whom} {owed}"
    return _capital(text) + "."


def _opened(duty: DutySpec, lang: str) -> str:
    known = {
        "ACK:started": ("Dès l'avis de démarrage", "From notice of the start"),
        "ACK:accepted": ("Dès l'acceptation", "From acceptance"),
    }
    if duty.opened_by.startswith("open:"):
        clause = duty.opened_by[5:]
        known[duty.opened_by] = (
            f"Si cet envoi était lui-même dû ({clause})",
            f"If this event was itself owed ({clause})",
        )
    return known.get(duty.opened_by, ("", ""))[0 if lang == "fr" else 1]


def _party(convention: Convention, party: str, lang: str) -> str:
    known = {
        "issuer": ("l'émetteur", "the sender"),
        "recipient": ("le destinataire", "the recipient"),
    }
    if party in known:
        return known[party][0 if lang == "fr" else 1]
    return _named(convention, party, lang)


def _realm(grant: Grant, lang: str) -> str:
    if grant.realm == "civil":
        return ""
    return (
        "Cet envoi circule sur le bus pénal, séparé du bus civil."
        if lang == "fr"
        else "This event travels on the criminal bus, apart from the civil one."
    )


def _keep(grant: Grant, lang: str) -> str:
    if not grant.keep:
        return ""
    days = RETENTION_CLASSES[grant.keep]
    return (
        f"La copie du bus est détruite au bout de {days} jours."
        if lang == "fr"
        else f"The copy on the bus is destroyed after {days} days."
    )


def _named(convention: Convention, role: str, lang: str) -> str:
    if role in convention.roles:
        return convention.roles[role].named[lang]
    return role_label(role, lang, convention)


def _de_list(convention: Convention, grant: Grant) -> str:
    return both([_de_article(_named(convention, role, "fr")) for role in grant.recipients], "fr")


def _a(text: str) -> str:
    """`à` with the article: au, aux, à la, à l'."""
    for article, contracted in (("le ", "au "), ("les ", "aux ")):
        if text.lower().startswith(article):
            return contracted + text[len(article) :]
    return f"à {text}"


def _de_article(text: str) -> str:
    for article, contracted in (("le ", "du "), ("les ", "des ")):
        if text.lower().startswith(article):
            return contracted + text[len(article) :]
    return f"de {text}"


def _de(text: str) -> str:
    """`de` before a noun without article, elided before a vowel."""
    return f"d'{text}" if text[:1].lower() in _VOWELS else f"de {text}"


def _que(text: str) -> str:
    return f"qu'{text}" if text[:1].lower() in _VOWELS else f"que {text}"


def _an(label: str) -> str:
    return f"an {label}" if label[:1].lower() in "aeiou" else f"a {label}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
