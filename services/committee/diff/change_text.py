"""A change in French and English, from its data: what a steering committee reads (`diff`).

`what_text` says it in a few words, for a line of a table; `sentence` in full, with from whom to
whom, and what is opened on all its terms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import KEPT_DAYS
from services.committee.diff.change import Change, act_label, tops, wording
from services.committee.diff.duty_terms import Terms
from services.committee.matrix.clause_margin import basis_text, part_text
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
from services.committee.texts.french import as_what, from_whom, that, to_whom
from services.committee.texts.french import sentence as full
from services.committee.texts.labels import (
    act_text,
    condition_text,
    event_label,
    purpose_label,
    role_label,
    when_text,
)
from services.committee.texts.legal_texts import citations
from services.committee.texts.origins import origin_texts
from services.texts import Catalogue, Text, any_of, series, typeset

_ = Catalogue(__name__)
_SUBJECT: Final = _(
    "From {issuers} to {recipients}, as {label}, in order to {purpose} (clause {clause}): {what}"
)
_CLAUSE_HEAD: Final = _("{head} (clause {clause}): {scopes}")
_LEFT: Final = _("Still permitted: {scopes}.")
_ORIGIN: Final = _("Origin: {origins}.")
_CONDITION: Final[dict[bool, Text]] = {
    True: _("now required: {that}"),
    False: _("no longer required: {that}"),
}
_KEPT: Final = _("copy kept for up to {days} days, no longer {was}")
_DUTY: Final[dict[bool, Text]] = {
    True: _("a duty is added: {duty}"),
    False: _("a duty falls, by which {duty}"),
}
_DEADLINE: Final = _("{who} owes {whom} {act}, {when}; before: {was}")
_KNOWN_TO: Final = _("The event and its sender thereby become known to {third}")
_ASSIGNED: Final[dict[bool, Text]] = {
    True: _("{who} no longer takes part in the case"),
    False: _("{who} now takes part in the case"),
}
_NUMBER: Final = _("clause {was} becomes clause {becomes}")
_BASIS_MORE: Final = _("legal basis added: {texts}")
_BASIS_LESS: Final = _("legal basis taken out: {texts}")
# Of the file as a whole.
_ACCESS: Final[dict[bool, Text]] = {
    True: _(
        "Where they take part in a case, these become its reference services: {who}. They may look "
        "up which desks of every party take part in it, and nothing else."
    ),
    False: _(
        "No longer reference services of a case, which may look up the desks that take part in it: "
        "{who}."
    ),
}
_QUORUM: Final = _("To adopt a version, {becomes} must now sign; before, {was}.")
_ALL_SIGN: Final = _("all parties ({parties})")
_SOME_SIGN: Final = _.ngettext("{n} of {parties} parties", "{n} of {parties} parties")
_PROMISE_ADDED: Final = _("Promise {name} is added: “{promise}”")
_PROMISE_FALLS: Final = _(
    "Promise {name} is taken out: “{promise}” Check that nothing becomes possible by this."
)
_AGENCY: Final = _(
    "{role} ({code}) now belongs to: {becomes}; before, to: {was}. "
    "What this role receives will be read there."
)


def sentence(old: Convention, new: Convention, change: Change, lang: str) -> str:
    """One change as a sentence or a few, on one line.

    Args:
        lang: `fr` or `en`.
    """
    words = wording(old, new)
    if change.atom.kind == "scopes":
        return typeset(_scopes(words, change, lang), lang)
    what = what_text(words, change, lang)
    return typeset(full(_subject(words, change, what, lang)) if change.clause else what, lang)


def what_text(words: Convention, change: Change, lang: str) -> str:
    """What changes, in a few words; of the file as a whole, in a sentence.

    Args:
        words: whose names things have (`change.wording`).
    """
    return _SAY[change.atom.kind](words, change, lang)


def _subject(words: Convention, change: Change, what: str, lang: str) -> str:
    """`From … to …, as …, in order to … (clause R02): …`."""
    grant = change.grants[1] or change.grants[0]
    label = act_label(words, grant, lang) if grant else event_label(change.event, lang)
    who = [from_whom(named(words, role, lang), lang) for role in change.issuers]
    whom = [to_whom(named(words, role, lang), lang) for role in change.recipients]
    return _SUBJECT.say(
        lang,
        issuers=any_of(who, lang),
        recipients=any_of(whom, lang),
        label=as_what(label, lang),
        purpose=purpose_label(change.purpose, lang, words),
        clause=change.clause,
        what=what,
    )


def _scopes(words: Convention, change: Change, lang: str) -> str:
    """What is opened or closed: the clause's own sentence, for these desks and scopes alone."""
    atom, opened = change.atom, change.atom.group == "opened"
    grant = change.grants[1 if opened else 0]
    if grant is None:
        return ""
    form: Form = ("now" if atom.new_question else "also") if opened else "no_longer"
    part = replace(
        grant,
        issuers=change.issuers,
        recipients=change.recipients,
        scopes=tops(atom.what),
        conditions=atom.conditions if opened else (),  # type: ignore[arg-type]
        label=grant.label | {lang: act_label(words, grant, lang)},
    )
    lines = [_with_clause(head(words, part, lang, form), grant.clause, lang)]
    if opened:
        lines.append(conditions_sentence(part, lang))
        if atom.terms is not None and not grant.publication:
            lines += _terms(words, grant, atom.terms, lang)
        return " ".join(line for line in lines if line)
    if atom.becomes:  # of a category what still passes when it as a whole no longer does
        lines.append(_LEFT.say(lang, scopes=scopes_text(frozenset(atom.becomes), lang, words)))
    return " ".join(lines)


def _terms(convention: Convention, grant: Grant, terms: Terms, lang: str) -> list[str]:
    """Duties, participants and retention of these recipients, then texts and origin."""
    duties = [duty_sentence(convention, grant, duty, lang) for duty in terms.duties]
    part = part_text(convention, terms.assigns, lang) if terms.assigns else ""
    origins = series(origin_texts(grant, terms.duties, lang), lang)
    basis, origin = basis_text(convention, grant, lang), _ORIGIN.say(lang, origins=origins)
    return [*duties, part, keep_text(terms.keep, lang), basis, origin]


def _with_clause(text: str, clause: str, lang: str) -> str:
    """The head of a clause's sentence with the clause's number before its colon."""
    colon = " : " if lang == "fr" else ": "
    before, _colon, scopes = text.rpartition(colon)
    return _CLAUSE_HEAD.say(lang, head=before, clause=clause, scopes=scopes)


def _condition(_words: Convention, change: Change, lang: str) -> str:
    condition = that(condition_text(change.atom.what[0], lang), lang)
    return _CONDITION[change.group == "harder"].say(lang, that=condition)


def _retention(_words: Convention, change: Change, lang: str) -> str:
    was, becomes = (KEPT_DAYS[keep[0]] for keep in (change.atom.was, change.atom.becomes))
    return _KEPT.say(lang, was=was, days=becomes)


def _duty(words: Convention, change: Change, lang: str) -> str:
    duty = change.atom.duty
    grant = change.grants[1] or change.grants[0]
    if duty is None or grant is None:
        return ""
    said = duty_sentence(words, grant, duty, lang).removesuffix(".")
    text = _DUTY[change.group == "harder"].say(lang, duty=said[:1].lower() + said[1:])
    return text + _told(words, change, lang)


def _deadline(words: Convention, change: Change, lang: str) -> str:
    duty = change.atom.duty
    if duty is None:
        return ""
    within, urgent, start, legal = change.atom.was
    was = replace(duty, within=within, urgent_within=urgent, start=start, legal=legal == str(True))
    who, whom = (party_text(words, party, lang) for party in (duty.debtor, duty.creditor))
    when, before = (when_text(one, lang) for one in (duty, was))
    act = act_text(duty.act, lang, words)
    text = _DEADLINE.say(lang, who=who, whom=to_whom(whom, lang), act=act, when=when, was=before)
    return text + _told(words, change, lang)


def _told(words: Convention, change: Change, lang: str) -> str:
    """That a duty tells a third role of the event, if the change opens this."""
    duty = change.atom.duty
    if duty is None or not change.atom.opens:
        return ""
    third = [
        from_whom(party_text(words, party, lang), lang)
        for party in duty.third
        if party not in change.recipients
    ]
    return f". {_KNOWN_TO.say(lang, third=third)}" if third else ""


def _assignment(words: Convention, change: Change, lang: str) -> str:
    who = party_text(words, change.atom.what[0], lang)
    return _ASSIGNED[change.group == "harder"].say(lang, who=who)


def _clause(_words: Convention, change: Change, lang: str) -> str:
    (was,), (becomes,) = change.atom.was, change.atom.becomes
    return _NUMBER.say(lang, was=was, becomes=becomes)


def _basis(words: Convention, change: Change, lang: str) -> str:
    was, becomes = change.atom.was, change.atom.becomes
    sides = (_BASIS_MORE, becomes, was), (_BASIS_LESS, was, becomes)
    return series(
        (
            text.say(lang, texts=citations(words, codes, lang))
            for text, these, those in sides
            if (codes := [code for code in these if code not in those])
        ),
        lang,
    )


def _access(words: Convention, change: Change, lang: str) -> str:
    roles = (role_label(role, lang, words) for role in change.atom.what)
    return _ACCESS[change.atom.opens].say(lang, who=series(roles, lang))


def _quorum(_words: Convention, change: Change, lang: str) -> str:
    was, becomes = (_needed(quorum, lang) for quorum in (change.atom.was, change.atom.becomes))
    return _QUORUM.say(lang, was=was, becomes=becomes)


def _needed(quorum: tuple[str, ...], lang: str) -> str:
    needed, parties = quorum
    if needed == "all":
        return _ALL_SIGN.say(lang, parties=parties)
    return _SOME_SIGN.say(lang, n=int(needed), parties=parties)


def _promise(_words: Convention, change: Change, lang: str) -> str:
    how, name = change.atom.what
    index = 0 if lang == "fr" else 1  # the atom holds a promise in both languages
    if how == "added":
        return _PROMISE_ADDED.say(lang, name=name, promise=change.atom.becomes[index])
    return _PROMISE_FALLS.say(lang, name=name, promise=change.atom.was[index])


def _agency(words: Convention, change: Change, lang: str) -> str:
    (role,) = change.atom.what
    was, becomes = (
        words.party_labels.get(name, {}).get(lang, name)
        for (name,) in (change.atom.was, change.atom.becomes)
    )
    label = role_label(role, lang, words)
    return _AGENCY.say(lang, role=label, code=role, was=was, becomes=becomes)


_SAY: Final[dict[str, Callable[[Convention, Change, str], str]]] = {
    "scopes": lambda words, change, lang: scopes_text(tops(change.atom.what), lang, words),
    "condition": _condition,
    "retention": _retention,
    "duty": _duty,
    "deadline": _deadline,
    "assignment": _assignment,
    "clause": _clause,
    "basis": _basis,
    "access": _access,
    "quorum": _quorum,
    "promise": _promise,
    "agency": _agency,
}
