"""A change in French and English, from its data: what a steering committee reads (`diff`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from contracts.convention.beside import part_text
from contracts.convention.bound import tied
from contracts.convention.change import Change, Group
from contracts.convention.general_words import general_text
from contracts.convention.grammar import (
    a_english,
    capital,
    from_french,
    of_french,
    that_french,
    to_french,
)
from contracts.convention.model import Convention, Grant
from contracts.convention.owed_by import Terms
from contracts.convention.sentences import (
    Form,
    conditions_sentence,
    duty_sentence,
    head,
    keep_text,
    named,
    party_text,
    scopes_text,
)
from contracts.convention.voices import door_text
from contracts.convention.wording import (
    act_text,
    both,
    condition_text,
    either,
    event_label,
    origin_label,
    purpose_label,
    role_label,
    when_text,
)
from contracts.scopes import RETENTION_CLASSES, expand

TITLES: Final[dict[Group, tuple[str, str]]] = {
    "opened": ("Ouvert", "Opened"),
    "closed": ("Fermé", "Closed"),
    "harder": ("Rendu plus exigeant", "Made harder"),
    "easier": ("Rendu plus facile", "Made easier"),
    "otherwise": ("Changé autrement", "Changed otherwise"),
    "reworded": ("Seulement reformulé", "Only reworded"),
}
SAME: Final = (
    "Aucune différence dans ce qui peut être partagé.",
    "No difference in what may be shared.",
)


def title(group: Group, lang: str) -> str:
    """The heading of a group."""
    return _pick(TITLES[group], lang)


def same_text(lang: str) -> str:
    """What is said of two files that mean the same."""
    return _pick(SAME, lang)


def sentence(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """One change as a sentence or a few, on one line.

    Args:
        lang: `fr` or `en`.
    """
    say = _SAY.get(change.atom.kind)
    if say is None:
        return general_text(old, new, change.atom, lang)
    return say(old, new, change, lang)


def _scopes(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """What is opened or closed: the clause's own sentence, for these desks and scopes alone."""
    atom, (before, after) = change.atom, change.grants
    opened = atom.group == "opened"
    convention, grant = (new, after) if opened else (old, before)
    if grant is None:
        return ""
    form: Form = ("now" if atom.new_question else "also") if opened else "no_longer"
    scopes = _tops(atom.what)
    part = replace(
        grant,
        issuers=change.issuers,
        recipients=change.recipients,
        scopes=scopes,
        conditions=atom.conditions if opened else (),  # type: ignore[arg-type]
    )
    lines = [_with_clause(head(convention, part, lang, form), grant.clause, lang)]
    if opened:
        lines.append(conditions_sentence(part, lang))
        if atom.terms is not None and not grant.publication:
            lines += _terms(convention, grant, atom.terms, lang)
        return " ".join(line for line in lines if line)
    lines.append(_left(new, atom.becomes, lang))
    if len(change.issuers) == 1 and change.verdicts is not None:
        found = change.verdicts[1].doors
        lines += [door_text(new, change.issuers[0], door, lang) for door in found]
    return " ".join(line for line in lines if line)


def _left(new: Convention, narrow: tuple[str, ...], lang: str) -> str:
    """What of a category still passes when the category as a whole no longer does."""
    if not narrow:
        return ""
    left = scopes_text(frozenset(narrow), lang, new)
    return f"{_pick(('Reste permis : ', 'Still permitted: '), lang)}{left}."


def _terms(convention: Convention, grant: Grant, terms: Terms, lang: str) -> list[str]:
    """Duties, participants and retention of these recipients, in this order."""
    duties = [duty_sentence(convention, grant, duty, lang) for duty in terms.duties]
    part = part_text(convention, terms.assigns, lang) if terms.assigns else ""
    return [*duties, part, keep_text(terms.keep, lang)]


def _condition(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    text = condition_text(change.atom.what[0], lang)
    if change.group == "harder":
        lead = ("il faut désormais aussi", "it is now also required that")
    else:
        lead = ("il n'est plus exigé", "it is no longer required that")
    said = that_french(text) if lang == "fr" else text
    return f"{_subject(new, change, lang)}{_pick(lead, lang)} {said}."


def _retention(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    was, becomes = (RETENTION_CLASSES[one[0]] for one in (change.atom.was, change.atom.becomes))
    text = (
        f"la copie du bus est détruite au bout de {becomes} jours, et non plus de {was}.",
        f"the copy on the bus is destroyed after {becomes} days, no longer after {was}.",
    )
    return _subject(new, change, lang) + _pick(text, lang)


def _duty(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    duty = change.atom.duty
    grant = change.grants[1] or change.grants[0]
    if duty is None or grant is None:
        return ""
    said = duty_sentence(new, grant, duty, lang)
    if change.group == "harder":
        lead = ("une obligation s'ajoute. ", "a duty is added. ")
    else:
        lead = ("une obligation disparaît. Jusqu'ici : ", "a duty falls. Until now: ")
    said = said if change.group == "harder" else said[:1].lower() + said[1:]
    return _subject(new, change, lang) + _pick(lead, lang) + said + _told(new, change, lang)


def _told(new: Convention, change: Change, lang: str) -> str:
    """That a duty tells a third role of the event, if the change opens this."""
    duty = change.atom.duty
    if duty is None or not change.atom.opens:
        return ""
    third = [party_text(new, one, lang) for one in duty.third if one not in change.recipients]
    text = (
        f" Cet envoi et son émetteur sont ainsi connus {both([from_french(w) for w in third], 'fr')}.",
        f" The event and its sender thereby become known to {both(third, 'en')}.",
    )
    return _pick(text, lang)


def _deadline(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    duty, atom = change.atom.duty, change.atom
    if duty is None:
        return ""
    within, urgent, start, legal = atom.was
    before = replace(
        duty, within=within, urgent_within=urgent, start=start, legal=legal == str(True)
    )
    who, whom = (party_text(new, one, lang) for one in (duty.debtor, duty.creditor))
    act, was = act_text(duty.act, lang), when_text(before, lang)
    text = (
        f"{who} doit {to_french(whom)} {act}, désormais {when_text(duty, lang)} ; auparavant, {was}.",
        f"{who} owes {whom} {act}, now {when_text(duty, lang)}; before, {was}.",
    )
    return _subject(new, change, lang) + _pick(text, lang) + _told(new, change, lang)


def _assignment(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    who = party_text(new, change.atom.what[0], lang)
    if change.group == "easier":
        text = (
            f"par cet envoi, {who} prend désormais part à la situation.",
            f"by this event {who} now takes part in the case.",
        )
    else:
        text = (
            f"par cet envoi, {who} ne prend plus part à la situation.",
            f"by this event {who} no longer takes part in the case.",
        )
    return _subject(new, change, lang) + _pick(text, lang)


def _clause(old: Convention, new: Convention, change: Change, lang: str) -> str:
    (was,), (becomes,) = change.atom.was, change.atom.becomes
    ties = not (tied(old) | tied(new)).isdisjoint((was, becomes))
    rules = (
        (
            "les règles que le bus attache à un numéro y restent",
            "the rules that the bus ties to a number stay with it",
        ),
        (
            "le bus n'attache à ces numéros aucune règle propre",
            "the bus ties no rules of its own to these numbers",
        ),
    )[not ties]
    text = (
        f"la clause {was} devient la clause {becomes} ; {rules[0]}.",
        f"clause {was} becomes clause {becomes}; {rules[1]}.",
    )
    return _subject(new, change, lang) + _pick(text, lang)


def _basis(old: Convention, new: Convention, change: Change, lang: str) -> str:
    was = "; ".join(old.texts[code][lang] for code in change.atom.was)
    becomes = "; ".join(new.texts[code][lang] for code in change.atom.becomes)
    text = (
        f"le fondement devient : {becomes}. Auparavant : {was}.",
        f"the basis becomes: {becomes}. Before: {was}.",
    )
    return _subject(new, change, lang) + _pick(text, lang).replace(
        ";", " ;" if lang == "fr" else ";"
    )


def _flags(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    names = {
        "flow": ("l'envoi lui-même", "the sending itself"),
        "deadline": ("le délai", "the time limit"),
        "categories": ("le choix des données", "the choice of data"),
    }
    what = _pick(names[change.atom.what[0]], lang)
    was, becomes = (origin_label(one[0], lang) for one in (change.atom.was, change.atom.becomes))
    text = (
        f"{what} est désormais présenté comme {becomes}, auparavant comme {was}.",
        f"{what} is now given as {becomes}, before as {was}.",
    )
    return _subject(new, change, lang) + _pick(text, lang)


def _traps(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    none = _pick(("rien", "nothing"), lang)
    was, becomes = (
        scopes_text(frozenset(one), lang, new) or none
        for one in (change.atom.was, change.atom.becomes)
    )
    text = (
        f"le rappel de ce qui est exclu devient : {becomes}. Auparavant : {was}.",
        f"the reminder of what is excluded becomes: {becomes}. Before: {was}.",
    )
    return _subject(new, change, lang) + _pick(text, lang)


def _words(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    name, which = change.atom.what
    names = {
        "label": ("l'intitulé", "the label"),
        "note": ("la remarque", "the remark"),
        "sentence": ("la phrase", "the sentence"),
    }
    what = _pick(names[name], lang)
    language = _pick({"fr": ("français", "French"), "en": ("anglais", "English")}[which], lang)
    was, becomes = (one[0] or "—" for one in (change.atom.was, change.atom.becomes))
    text = (
        f"{what} en {language} devient « {becomes} » ; auparavant « {was} ».",
        f"{what} in {language} becomes “{becomes}”; before “{was}”.",
    )
    return _subject(new, change, lang) + _pick(text, lang)


def _door(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """Where refusals of an issuer lead, or no longer lead."""
    gained = change.atom.becomes == ("gained",)
    convention = new if gained else old
    where = (" ; " if lang == "fr" else "; ").join(
        f"{role_label(door.role, lang, convention)}, {event_label(door.event, lang)}, "
        f"{_pick(('pour', 'to'), lang)} {purpose_label(door.purpose, lang)} ({door.clause})"
        for door in change.notes["doors"]
    )
    who = either([named(convention, issuer, lang) for issuer in change.issuers], lang)
    lead = (f"certains refus opposés {_to(convention, change)}", f"some refusals given to {who}")
    leads = ("mènent désormais à", "now lead to"), ("ne mènent plus à", "no longer lead to")
    said = f"{_pick(lead, lang)} {_pick(leads[not gained], lang)}{_colon(lang)}{where}."
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
    return capital(_pick(text, lang))


def _to(convention: Convention, change: Change) -> str:
    return either([to_french(named(convention, one, "fr")) for one in change.issuers], "fr")


def _subject(convention: Convention, change: Change, lang: str) -> str:
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


def _with_clause(text: str, clause: str, lang: str) -> str:
    """The head of a clause's sentence with the clause's number before its colon."""
    colon = " : " if lang == "fr" else ": "
    before, _, scopes = text.rpartition(colon)
    return f"{before} (clause {clause}){colon}{scopes}"


def _tops(scopes: tuple[str, ...]) -> frozenset[str]:
    """Scopes without those that a base among them releases."""
    given = frozenset(scopes)
    bases = {scope for scope in given if "." not in scope}
    return given - (expand(frozenset(bases)) - bases)


def _colon(lang: str) -> str:
    return " : " if lang == "fr" else ": "


def _pick(texts: tuple[str, str], lang: str) -> str:
    return texts[0] if lang == "fr" else texts[1]


_SAY: Final[dict[str, Callable[[Convention, Convention, Change, str], str]]] = {
    "scopes": _scopes,
    "condition": _condition,
    "retention": _retention,
    "duty": _duty,
    "deadline": _deadline,
    "assignment": _assignment,
    "clause": _clause,
    "basis": _basis,
    "flags": _flags,
    "traps": _traps,
    "words": _words,
    "door": _door,
    "doors": _doors,
}
