"""The first page of a comparison: what a committee signs from.

One line a change: what opens, what closes, what becomes harder or easier, on which legal basis;
then one line a party: what it is to be consulted about, and where it signs. The sentences that say
each change in full follow on the next pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.vocabulary.scopes import KEPT_DAYS
from services.committee.diff.change import Change, Group, tops
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff
from services.committee.diff.deadline_text import brief_text
from services.committee.diff.naming import act_label, wording
from services.committee.texts.clause_sentence import named, party_text, scopes_text
from services.committee.texts.french import bare, capital, that
from services.committee.texts.labels import act_text, condition_text, when_text
from services.committee.texts.legal_texts import citations
from services.texts import Catalogue, Text, all_of, series

_ = Catalogue(__name__)
_ON_THE_SHEET: Final[tuple[Group, ...]] = ("opened", "closed", "harder", "easier", "otherwise")
_PROMISES: Final[dict[str, Text]] = {
    "added": _.ngettext("{n} promise added", "{n} promises added"),
    "removed": _.ngettext("{n} promise taken out", "{n} promises taken out"),
}
_WHOLE: Final = _("the convention as a whole")
_THE_WHOLE: Final = _("the whole")  # beside numbers of clauses


def sheet(comparison: Diff, lang: str) -> list[dict[str, Any]]:
    """Each group with its lines, a line a change; the promises of a kind are one line."""
    groups = []
    for group in _ON_THE_SHEET:
        changes = comparison.shown(group)
        lines = [
            _line(comparison, change, lang)
            for change in changes
            if not _promise(change, *_PROMISES)
        ]
        for kind, text in _PROMISES.items():
            if number := sum(_promise(change, kind) for change in changes):
                lines.append(_whole(text.say(lang, n=number), lang))
        groups.append({"group": group, "count": len(changes), "lines": lines})
    return groups


def consulted(comparison: Diff, lang: str) -> list[dict[str, str]]:
    """Each party with the clauses that open, or change otherwise, for institutions of its own.

    A promise to all, the quorum, a role's agency or who may look cases up is every party's to
    judge. A party that the new version no longer has is asked too, and does not sign.
    """
    words = wording(comparison.old, comparison.new)
    gone = [party for party in comparison.old.parties if party not in comparison.new.parties]
    return [
        {
            "party": words.party_labels[party][lang],
            "signs": "" if party in gone else "yes",
            "opened": _concerned(comparison, words, party, lang, opens=True),
            "other": _concerned(comparison, words, party, lang, opens=False),
        }
        for party in (*comparison.new.parties, *gone)
    ]


def _concerned(comparison: Diff, words: Convention, party: str, lang: str, *, opens: bool) -> str:
    """The clauses by their numbers, then the convention as a whole."""
    changes = [change for change in comparison.changes if change.atom.opens is opens]
    known = words.roles
    clauses = {
        change.clause
        for change in changes
        if any(known[role].agency == party for role in _roles(change) if role in known)
    }
    whole = [_THE_WHOLE.say(lang)] * any(not _roles(change) for change in changes)
    return all_of([*sorted(clauses), *whole], lang)


def _promise(change: Change, *kinds: str) -> bool:
    return change.atom.kind == "promise" and change.atom.what[0] in kinds


def _roles(change: Change) -> tuple[str, ...]:
    return *change.issuers, *change.recipients


def _line(comparison: Diff, change: Change, lang: str) -> dict[str, Any]:
    words = wording(comparison.old, comparison.new)
    grant = change.grants[0 if change.group == "closed" else 1] or change.grants[1]
    if grant is None:
        said = sentence(comparison.old, comparison.new, change, lang)
        return _whole(said, lang)
    return {
        "clause": change.clause,
        "label": act_label(words, grant, lang),
        "issuers": capital(_names(words, change.issuers, lang)),
        "recipients": _names(words, change.recipients, lang),
        "what": what_text(words, change, lang),
        "basis": citations(words, grant.basis, lang),
    }


def _whole(text: str, lang: str) -> dict[str, Any]:
    """What changes for the file as a whole."""
    line = {"clause": "", "label": "", "recipients": "", "basis": ""}
    return line | {"issuers": capital(_WHOLE.say(lang)), "what": text}


def _names(words: Convention, roles: Iterable[str], lang: str) -> str:
    return all_of([bare(named(words, role, lang)) for role in roles], lang)


_CONDITION: Final[dict[bool, Text]] = {
    True: _("now required: {that}"),
    False: _("no longer required: {that}"),
}
_ASSIGNED: Final[dict[bool, Text]] = {
    True: _("{who} no longer takes part in the case"),
    False: _("{who} now takes part in the case"),
}


def what_text(convention: Convention, change: Change, lang: str) -> str:
    """What changes, in a few words."""
    atom, harder = change.atom, change.group == "harder"
    if atom.kind == "scopes":
        return scopes_text(tops(atom.what), lang, convention)
    if atom.kind == "condition":
        said = that(condition_text(atom.what[0], lang), lang)
        return _CONDITION[harder].say(lang, that=said)
    if atom.kind == "retention":
        was, becomes = (KEPT_DAYS[keep[0]] for keep in (atom.was, atom.becomes))
        return _("copy kept for up to {days} days, no longer {was}").say(
            lang, days=becomes, was=was
        )
    if atom.kind == "assignment":
        who = party_text(convention, atom.what[0], lang)
        return _ASSIGNED[harder].say(lang, who=who)
    if atom.kind == "basis":
        return _basis(convention, change, lang)
    return _owed(convention, change, lang)


def _owed(convention: Convention, change: Change, lang: str) -> str:
    atom = change.atom
    if atom.duty is None:  # the clause has another number
        return _("clause {was} becomes {becomes}").say(lang, was=atom.was[0], becomes=change.clause)
    act = act_text(atom.duty.act, lang, convention)
    if atom.kind == "deadline":
        when = brief_text(atom.duty, atom.was, lang)
        return _("{act}: {when}").say(lang, act=act, when=when)
    if change.group == "harder":
        return _("newly owed: {act}, {when}").say(lang, act=act, when=when_text(atom.duty, lang))
    return _("no longer owed: {act}").say(lang, act=act)


def _basis(convention: Convention, change: Change, lang: str) -> str:
    was, becomes = change.atom.was, change.atom.becomes
    more = citations(convention, [code for code in becomes if code not in was], lang)
    less = citations(convention, [code for code in was if code not in becomes], lang)
    told = [_("legal basis added: {texts}").say(lang, texts=more)] * bool(more)
    return series(
        [*told, *[_("legal basis taken out: {texts}").say(lang, texts=less)] * bool(less)], lang
    )


_REVIEW: Final[dict[bool, Text]] = {
    True: _("This version permits new sharing: the parties must review it before they sign."),
    False: _("This version permits no new sharing."),
}


def verdict(comparison: Diff, lang: str) -> str:
    """Whether the version asks for a review before it is signed."""
    return _REVIEW[comparison.opens].say(lang)
