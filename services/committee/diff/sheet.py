"""The first page of a comparison: what a committee signs from.

One line a change: what opens, what closes, what becomes harder or easier, whom to consult about it,
on which legal basis. The sentences that say each change in full follow on the next pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.diff.change import Change, Group
from services.committee.diff.change_text import sentence, tops
from services.committee.diff.compare import Diff
from services.committee.texts.clause_sentence import party_text, scopes_text
from services.committee.texts.french import that
from services.committee.texts.labels import act_text, condition_text, role_label, when_text
from services.committee.texts.legal_texts import citation
from services.texts import Catalogue, Text, all_of

_ = Catalogue(__name__)
_ON_THE_SHEET: Final[tuple[Group, ...]] = ("opened", "closed", "harder", "easier", "otherwise")
_NAMED: Final = 3  # recipients; of more, the number
_PROMISES: Final[dict[str, Text]] = {
    "added": _.ngettext("{n} promise is added.", "{n} promises are added."),
    "removed": _.ngettext("{n} promise is removed.", "{n} promises are removed."),
}


def sheet(found: Diff, lang: str) -> list[dict[str, Any]]:
    """Each group with its lines, a line a change; the promises of a kind are one line."""
    groups = []
    for group in _ON_THE_SHEET:
        changes = found.shown(group)
        lines = [
            _line(found, change, lang) for change in changes if not _promise(change, *_PROMISES)
        ]
        for kind, text in _PROMISES.items():
            if number := sum(_promise(change, kind) for change in changes):
                lines.append(_whole(text.say(lang, n=number), lang))
        groups.append({"group": group, "count": len(changes), "lines": lines})
    return groups


def consulted(found: Diff, lang: str) -> list[str]:
    """The parties whose institutions send or receive what opens, by the file's order.

    All of them where a promise to all, the quorum or a role's agency changes so that more may pass.
    """
    opening = [change for change in found.changes if change.atom.opens]
    known = found.new.roles | found.old.roles
    parties = {known[role].agency for change in opening for role in _roles(change) if role in known}
    if any(not _roles(change) for change in opening):
        parties = set(found.new.parties)
    return [found.new.party_labels[party][lang] for party in found.new.parties if party in parties]


def _promise(change: Change, *kinds: str) -> bool:
    return change.atom.kind == "promise" and change.atom.what[0] in kinds


def _roles(change: Change) -> tuple[str, ...]:
    return *change.issuers, *change.recipients


def _line(found: Diff, change: Change, lang: str) -> dict[str, Any]:
    convention = found.old if change.group == "closed" else found.new
    grant = change.grants[0 if change.group == "closed" else 1] or change.grants[1]
    if grant is None:
        return _whole(sentence(found.old, found.new, change, lang), lang)
    return {
        "clause": change.clause,
        "label": grant.label[lang],
        "issuers": _names(convention, change.issuers, lang),
        "recipients": _recipients(convention, change.recipients, lang),
        "what": _what(convention, change, lang),
        "parties": _parties(convention, change, lang),
        "basis": [citation(convention, code, lang) for code in grant.basis],
    }


def _whole(text: str, lang: str) -> dict[str, Any]:
    """What changes for the file as a whole: every party is asked."""
    parties = [_("all parties").say(lang)]
    line = {"clause": "", "label": "", "issuers": "", "recipients": ""}
    return line | {"what": text, "parties": parties, "basis": []}


def _parties(convention: Convention, change: Change, lang: str) -> list[str]:
    known = [convention.roles[role].agency for role in _roles(change) if role in convention.roles]
    parties = [party for party in convention.parties if party in known]
    return [convention.party_labels[party][lang] for party in parties]


def _recipients(convention: Convention, roles: tuple[str, ...], lang: str) -> str:
    if len(roles) <= _NAMED:
        return _names(convention, roles, lang)
    return _.ngettext("{n} recipient", "{n} recipients").say(lang, n=len(roles))


def _names(convention: Convention, roles: Iterable[str], lang: str) -> str:
    return all_of([role_label(role, lang, convention) for role in roles], lang)


_CONDITION: Final[dict[bool, Text]] = {
    True: _("now required: {that}"),
    False: _("no longer required: {that}"),
}
_ASSIGNED: Final[dict[bool, Text]] = {
    True: _("{who} no longer takes part in the case"),
    False: _("{who} now takes part in the case"),
}


def _what(convention: Convention, change: Change, lang: str) -> str:
    """What changes, in a few words."""
    atom, harder = change.atom, change.group == "harder"
    if atom.kind == "scopes":
        return scopes_text(tops(atom.what), lang, convention)
    if atom.kind == "condition":
        said = that(condition_text(atom.what[0], lang), lang)
        return _CONDITION[harder].say(lang, that=said)
    if atom.kind == "retention":
        was, becomes = (RETENTION_CLASSES[one[0]] for one in (atom.was, atom.becomes))
        return _("copy kept for {days} days, no longer {was}").say(lang, days=becomes, was=was)
    if atom.kind == "assignment":
        who = party_text(convention, atom.what[0], lang)
        return _ASSIGNED[harder].say(lang, who=who)
    if atom.kind == "basis":
        return _("another legal basis").say(lang)
    return _owed(convention, change, lang)


def _owed(convention: Convention, change: Change, lang: str) -> str:
    atom = change.atom
    if atom.duty is None:  # the clause has another number
        return _("clause {was} becomes {becomes}").say(lang, was=atom.was[0], becomes=change.clause)
    act, when = act_text(atom.duty.act, lang, convention), when_text(atom.duty, lang)
    if atom.kind == "deadline":
        within, urgent, start, legal = atom.was
        before = when_text(
            replace(
                atom.duty,
                within=within,
                urgent_within=urgent,
                start=start,
                legal=legal == str(True),
            ),
            lang,
        )
        return _("{act}: {when} (before: {before})").say(lang, act=act, when=when, before=before)
    if change.group == "harder":
        return _("newly owed: {act}, {when}").say(lang, act=act, when=when)
    return _("no longer owed: {act}").say(lang, act=act)


_REVIEW: Final[dict[bool, Text]] = {
    True: _("This version permits new sharing: the parties must review it before they sign."),
    False: _("This version permits no new sharing."),
}


def verdict(found: Diff, lang: str) -> str:
    """Whether the version asks for a review before it is signed."""
    return _REVIEW[found.opens].say(lang)
