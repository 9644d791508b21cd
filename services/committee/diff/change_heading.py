"""How the sentence of a change begins: who to whom, as what, by which clause; and its two languages."""

from __future__ import annotations

from contracts.convention.model import Convention
from services.committee.diff.change import Change
from services.committee.texts.clause_sentence import named
from services.committee.texts.french import a_english, capital, from_french, of_french, to_french
from services.committee.texts.labels import either, event_label, purpose_label


def subject(convention: Convention, change: Change, lang: str) -> str:
    """`From … to …, as …, in order to … (clause R02): `."""
    grant = change.grants[1] or change.grants[0]
    label = grant.label[lang] if grant is not None else event_label(change.event, lang)
    purpose, clause = purpose_label(change.purpose, lang), change.clause
    issuers, recipients = (
        [named(convention, role, lang) for role in roles]
        for roles in (change.issuers, change.recipients)
    )
    if lang == "fr":
        whom = either([to_french(one) for one in recipients], lang)
        who = either([from_french(one) for one in issuers], lang)
        what = f"à titre {of_french(label)}, pour {purpose} (clause {clause})"
        return capital(f"{who} {whom}, {what} : ")
    who, whom = either(issuers, lang), either(recipients, lang)
    what = f"as {a_english(label)}, in order to {purpose} (clause {clause})"
    return f"From {who} to {whom}, {what}: "


def pick(texts: tuple[str, str], lang: str) -> str:
    """The text of a language, of French and English."""
    return texts[0] if lang == "fr" else texts[1]


def colon(lang: str) -> str:
    """A colon as the language sets it."""
    return " : " if lang == "fr" else ": "
