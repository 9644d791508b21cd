"""What a version changes otherwise, and what it only rewords, in French and English (`diff`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.change import Change
from services.committee.diff.change_heading import colon, pick, subject
from services.committee.diff.rule_numbers import tied
from services.committee.texts.clause_sentence import named, scopes_text
from services.committee.texts.french import capital, to_french
from services.committee.texts.labels import (
    either,
    event_label,
    origin_label,
    purpose_label,
    role_label,
)


def _clause(old: Convention, new: Convention, change: Change, lang: str) -> str:
    (was,), (becomes,) = change.atom.was, change.atom.becomes
    ids = {was, becomes}
    tie = 2 * ids.isdisjoint(tied(old) | tied(new))
    if tie and not ids.isdisjoint(old.named_by_duties | new.named_by_duties):
        tie = 1
    rules = (
        (
            "les règles que le bus attache à un numéro y restent",
            "the rules that the bus ties to a number stay with it",
        ),
        (
            "ce qui est dû sous l'un de ces numéros y reste attaché",
            "what is owed under one of these numbers stays with it",
        ),
        (
            "le bus n'attache à ces numéros aucune règle propre",
            "the bus ties no rules of its own to these numbers",
        ),
    )[tie]
    text = (
        f"la clause {was} devient la clause {becomes} ; {rules[0]}.",
        f"clause {was} becomes clause {becomes}; {rules[1]}.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _owed_number(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """What now meets the duties that name a number."""
    (clause,), atom = change.atom.what, change.atom
    parties = atom.was[:2] == atom.becomes[:2]
    was = _held(old, atom.was, parties, lang)
    becomes = _held(new, atom.becomes, parties, lang)
    french = (
        f"Des obligations nomment le numéro {clause}, donné à d'autres envois ; ce qui est déjà dû "
        f"sous ce numéro pourra être tenu par eux : désormais {becomes} ; auparavant {was}."
    )
    english = (
        f"Duties name the number {clause}, which is given to other sendings; what is already owed "
        f"under it can be met by them: now {becomes}; before, {was}."
    )
    return pick((french, english), lang)


def _started_number(_old: Convention, _new: Convention, change: Change, lang: str) -> str:
    """That the log knows a permission by its place in the clause."""
    (number,) = change.atom.what
    french = (
        f"Accuser réception d'un envoi déjà fait sous le numéro {number} ne fera plus devoir la même chose : le bus "
        "cherche ce qui est dû sous ce numéro, que porte désormais une autre autorisation, ou aucune."
    )
    english = (
        f"Acknowledging an event already sent under the number {number} no longer makes the same owed: "
        "the bus looks up what is owed by this number, which another permission now has, or none."
    )
    return pick((french, english), lang)


def _held(convention: Convention, held: tuple[str, ...], parties: bool, lang: str) -> str:
    """The act, and between whom where that is all that differs."""
    event, purpose, *sides = held
    act = f"{event_label(event, lang)}, {pick(('pour', 'to'), lang)} {purpose_label(purpose, lang)}"
    if not parties:
        return act
    issuers, recipients = (
        "/".join(role_label(one, lang, convention) for one in side.split("|")) for side in sides
    )
    return f"{act} ({issuers} → {recipients})"


def _basis(old: Convention, new: Convention, change: Change, lang: str) -> str:
    was = "; ".join(old.texts[code][lang] for code in change.atom.was)
    becomes = "; ".join(new.texts[code][lang] for code in change.atom.becomes)
    text = (
        f"le fondement devient : {becomes}. Auparavant : {was}.",
        f"the basis becomes: {becomes}. Before: {was}.",
    )
    return subject(new, change, lang) + pick(text, lang).replace(";", " ;" if lang == "fr" else ";")


def _flags(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    names = {
        "flow": ("l'envoi lui-même", "the sending itself"),
        "deadline": ("le délai", "the time limit"),
        "categories": ("le choix des données", "the choice of data"),
    }
    what = pick(names[change.atom.what[0]], lang)
    was, becomes = (origin_label(one[0], lang) for one in (change.atom.was, change.atom.becomes))
    text = (
        f"{what} est désormais présenté comme {becomes}, auparavant comme {was}.",
        f"{what} is now given as {becomes}, before as {was}.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _note(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    """A remark may fall as a whole, or come."""
    language = _language(change.atom.what[0], lang)
    none = pick(("rien", "nothing"), lang)
    was, becomes = (
        _quoted(one[0], lang) if one[0] else none for one in (change.atom.was, change.atom.becomes)
    )
    text = (
        f"la remarque en {language}, que le bus ne peut vérifier, devient {becomes} ; auparavant {was}.",
        f"the remark in {language}, which the bus cannot check, becomes {becomes}; before {was}.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _quoted(words: str, lang: str) -> str:
    return f"« {words} »" if lang == "fr" else f"“{words}”"


def _language(which: str, lang: str) -> str:
    return pick({"fr": ("français", "French"), "en": ("anglais", "English")}[which], lang)


def _traps(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    none = pick(("rien", "nothing"), lang)
    was, becomes = (
        scopes_text(frozenset(one), lang, new) or none
        for one in (change.atom.was, change.atom.becomes)
    )
    text = (
        f"le rappel de ce qui est exclu devient : {becomes}. Auparavant : {was}.",
        f"the reminder of what is excluded becomes: {becomes}. Before: {was}.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _words(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    name, which = change.atom.what
    names = {
        "label": ("l'intitulé", "the label"),
        "sentence": ("la phrase", "the sentence"),
    }
    what = pick(names[name], lang)
    language = _language(which, lang)
    was, becomes = (one[0] or "—" for one in (change.atom.was, change.atom.becomes))
    text = (
        f"{what} en {language} devient « {becomes} » ; auparavant « {was} ».",
        f"{what} in {language} becomes “{becomes}”; before “{was}”.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _door(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """Where refusals of an issuer lead, or no longer lead."""
    gained = change.atom.becomes == ("gained",)
    convention = new if gained else old
    where = (" ; " if lang == "fr" else "; ").join(
        f"{role_label(door.role, lang, convention)}, {event_label(door.event, lang)}, "
        f"{pick(('pour', 'to'), lang)} {purpose_label(door.purpose, lang)} ({door.clause})"
        for door in change.notes["doors"]
    )
    who = either([named(convention, issuer, lang) for issuer in change.issuers], lang)
    lead = (f"certains refus opposés {_to(convention, change)}", f"some refusals given to {who}")
    leads = ("mènent désormais à", "now lead to"), ("ne mènent plus à", "no longer lead to")
    said = f"{pick(lead, lang)} {pick(leads[not gained], lang)}{colon(lang)}{where}."
    return capital(said)


def _doors(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """That refusals of an issuer were too many to be looked at one by one."""
    issuer = change.issuers[0]
    convention = new if issuer in new.roles else old
    who = to_french(named(convention, issuer, "fr")), named(convention, issuer, "en")
    french = f"les refus opposés {who[0]} peuvent mener ailleurs : "
    english = f"refusals to {who[1]} may lead elsewhere: "
    text = (
        french + "ses clauses sont trop nombreuses pour que chacun ait été comparé.",
        english + "its clauses are too many for each to have been compared.",
    )
    return capital(pick(text, lang))


def _to(convention: Convention, change: Change) -> str:
    return either([to_french(named(convention, one, "fr")) for one in change.issuers], "fr")


OTHERWISE: Final[dict[str, Callable[[Convention, Convention, Change, str], str]]] = {
    "clause": _clause,
    "owed_number": _owed_number,
    "started_number": _started_number,
    "basis": _basis,
    "flags": _flags,
    "note": _note,
    "traps": _traps,
    "words": _words,
    "door": _door,
    "doors": _doors,
}
