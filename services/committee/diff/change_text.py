"""A change in French and English, from its data: what a steering committee reads (`diff`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.decision.doors import Door, doors
from contracts.vocabulary.scopes import RETENTION_CLASSES, expand
from services.committee.diff.change import Change, Group
from services.committee.diff.duty_terms import Terms
from services.committee.explain.voices import door_text
from services.committee.matrix.clause_margin import part_text
from services.committee.texts.clause_sentence import (
    Form,
    conditions_sentence,
    duty_sentence,
    head,
    keep_text,
    named,
    party_text,
    scopes_text,
)
from services.committee.texts.french import (
    a_english,
    capital,
    from_french,
    of_french,
    that_french,
    to_french,
)
from services.committee.texts.labels import (
    act_text,
    both,
    condition_text,
    either,
    event_label,
    purpose_label,
    role_label,
    when_text,
)
from services.texts import Catalogue, Text, typeset

_ = Catalogue(__name__)
_TITLES: Final[dict[Group, Text]] = {
    "opened": _("What opens"),
    "closed": _("What closes"),
    "harder": _("What becomes harder"),
    "easier": _("What becomes easier"),
    "otherwise": _("What changes otherwise"),
}
_SAME: Final = _("No difference in what may be shared.")


def title(group: Group, lang: str) -> str:
    """The heading of a group."""
    return _TITLES[group].say(lang)


def same_text(lang: str) -> str:
    """What is said of two files that mean the same."""
    return _SAME.say(lang)


def sentence(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """One change as a sentence or a few, on one line.

    Args:
        lang: `fr` or `en`.
    """
    return typeset(_SAY[change.atom.kind](old, new, change, lang), lang)


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


def _scopes(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """What is opened or closed: the clause's own sentence, for these desks and scopes alone."""
    atom, (before, after) = change.atom, change.grants
    opened = atom.group == "opened"
    convention, grant = (new, after) if opened else (old, before)
    if grant is None:
        return ""
    form: Form = ("now" if atom.new_question else "also") if opened else "no_longer"
    scopes = tops(atom.what)
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
    if len(change.issuers) == 1:
        found = doors_of(new, change)
        lines += [door_text(new, change.issuers[0], door, lang) for door in found]
    return " ".join(line for line in lines if line)


def doors_of(new: Convention, change: Change) -> tuple[Door, ...]:
    """By which other ways what is closed can still go: only those that carry all of it."""
    issuer, closed = change.issuers[0], frozenset(change.atom.what)
    asked = change.realm, issuer, change.event, tops(change.atom.what)
    found = doors(new, *asked, change.recipients[0], change.purpose)

    def carries(door: Door) -> bool:
        sides = (issuer, door.role), (door.role, None)  # its own clause, or a colleague's
        return any(
            (grant.realm, grant.event, grant.purpose) == (change.realm, door.event, door.purpose)
            and who in grant.issuers
            and (whom is None or whom in grant.recipients)
            and closed <= grant.released
            for grant in new.by_clause[door.clause]
            for who, whom in sides
        )

    return tuple(door for door in found if carries(door))


def _left(new: Convention, narrow: tuple[str, ...], lang: str) -> str:
    """What of a category still passes when the category as a whole no longer does."""
    if not narrow:
        return ""
    left = scopes_text(frozenset(narrow), lang, new)
    return f"{pick(('Reste permis : ', 'Still permitted: '), lang)}{left}."


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
    return f"{subject(new, change, lang)}{pick(lead, lang)} {said}."


def _retention(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    was, becomes = (RETENTION_CLASSES[one[0]] for one in (change.atom.was, change.atom.becomes))
    text = (
        f"la copie conservée par le bus est détruite au bout de {becomes} jours, et non plus de {was}.",
        f"the copy on the bus is destroyed after {becomes} days, no longer after {was}.",
    )
    return subject(new, change, lang) + pick(text, lang)


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
    return subject(new, change, lang) + pick(lead, lang) + said + _told(new, change, lang)


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
    return pick(text, lang)


def _deadline(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    duty, atom = change.atom.duty, change.atom
    if duty is None:
        return ""
    within, urgent, start, legal = atom.was
    before = replace(
        duty, within=within, urgent_within=urgent, start=start, legal=legal == str(True)
    )
    who, whom = (party_text(new, one, lang) for one in (duty.debtor, duty.creditor))
    act, was = act_text(duty.act, lang, new), when_text(before, lang)
    text = (
        f"{who} doit {to_french(whom)} {act}, désormais {when_text(duty, lang)} ; auparavant, {was}.",
        f"{who} owes {whom} {act}, now {when_text(duty, lang)}; before, {was}.",
    )
    return subject(new, change, lang) + pick(text, lang) + _told(new, change, lang)


def _assignment(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    who = party_text(new, change.atom.what[0], lang)
    if change.group == "easier":
        text = (
            f"par cet envoi, {who} devient intervenant dans la situation.",
            f"by this event {who} now takes part in the case.",
        )
    else:
        text = (
            f"par cet envoi, {who} n'est plus intervenant dans la situation.",
            f"by this event {who} no longer takes part in the case.",
        )
    return subject(new, change, lang) + pick(text, lang)


def _clause(_old: Convention, new: Convention, change: Change, lang: str) -> str:
    (was,), (becomes,) = change.atom.was, change.atom.becomes
    text = (
        f"la clause {was} devient la clause {becomes} ; ce qui est dû sous l'un de ces numéros y reste attaché.",
        f"clause {was} becomes clause {becomes}; what is owed under one of these numbers stays with it.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _basis(old: Convention, new: Convention, change: Change, lang: str) -> str:
    semi = " ; " if lang == "fr" else "; "
    was = semi.join(old.texts[code][lang] for code in change.atom.was)
    becomes = semi.join(new.texts[code][lang] for code in change.atom.becomes)
    text = (
        f"le fondement devient : {becomes}. Auparavant : {was}.",
        f"the basis becomes: {becomes}. Before: {was}.",
    )
    return subject(new, change, lang) + pick(text, lang)


def _quorum(_old: Convention, _new: Convention, change: Change, lang: str) -> str:
    was, becomes = (_needed(one, lang) for one in (change.atom.was, change.atom.becomes))
    text = (
        f"Pour adopter une version, il faut désormais la signature de {becomes} ; auparavant de {was}.",
        f"To adopt a version, {becomes} must now sign; before, {was}.",
    )
    return pick(text, lang)


def _needed(quorum: tuple[str, ...], lang: str) -> str:
    needed, parties = quorum
    if needed == "all":
        return pick((f"toutes les parties ({parties})", f"all parties ({parties})"), lang)
    noun = "partie" if needed == "1" else "parties"
    return pick((f"{needed} {noun} sur {parties}", f"{needed} of {parties} parties"), lang)


def _promise(_old: Convention, _new: Convention, change: Change, lang: str) -> str:
    how, name = change.atom.what
    index = 0 if lang == "fr" else 1
    if how == "added":
        lead = f"Une garantie est ajoutée ({name}) : ", f"A promise is added ({name}): "
        return pick(lead, lang) + change.atom.becomes[index]
    lead = f"Une garantie est retirée ({name}) : ", f"A promise is taken out ({name}): "
    falls = (
        " Aucune autre à elle seule n'en tient lieu : à vérifier que rien ne devient permis.",
        " No other by itself stands in for it: check that nothing becomes possible by this.",
    )
    return pick(lead, lang) + change.atom.was[index] + pick(falls, lang) * change.atom.opens


def _agency(old: Convention, new: Convention, change: Change, lang: str) -> str:
    (role,) = change.atom.what
    was, becomes = (
        convention.party_labels.get(name, {}).get(lang, name)
        for convention, (name,) in ((old, change.atom.was), (new, change.atom.becomes))
    )
    text = (
        (
            f"{role_label(role, lang, new)} ({role}) relève désormais de : {becomes} ; auparavant de : {was}. "
            "Ce que ce rôle reçoit y sera lu."
        ),
        (
            f"{role_label(role, lang, new)} ({role}) now belongs to: {becomes}; before, to: {was}. "
            "What this role receives will be read there."
        ),
    )
    return pick(text, lang)


def _place(_old: Convention, _new: Convention, change: Change, lang: str) -> str:
    """That the log knows a permission by its place in the clause."""
    (number,) = change.atom.what
    text = (
        (
            f"Accuser réception d'un envoi déjà fait sous le numéro {number} ne fera plus devoir la même chose : le bus "
            "cherche ce qui est dû sous ce numéro, que porte désormais une autre autorisation, ou aucune."
        ),
        (
            f"Acknowledging an event already sent under the number {number} no longer makes the same owed: "
            "the bus looks up what is owed by this number, which another permission now has, or none."
        ),
    )
    return pick(text, lang)


def _with_clause(text: str, clause: str, lang: str) -> str:
    """The head of a clause's sentence with the clause's number before its colon."""
    colon = " : " if lang == "fr" else ": "
    before, _, scopes = text.rpartition(colon)
    return f"{before} (clause {clause}){colon}{scopes}"


def tops(scopes: tuple[str, ...]) -> frozenset[str]:
    """Scopes without those that a base among them releases."""
    given = frozenset(scopes)
    bases = {scope for scope in given if "." not in scope}
    return given - (expand(frozenset(bases)) - bases)


_SAY: Final[dict[str, Callable[[Convention, Convention, Change, str], str]]] = {
    "scopes": _scopes,
    "condition": _condition,
    "retention": _retention,
    "duty": _duty,
    "deadline": _deadline,
    "assignment": _assignment,
    "clause": _clause,
    "basis": _basis,
    "quorum": _quorum,
    "promise": _promise,
    "agency": _agency,
    "place": _place,
}
