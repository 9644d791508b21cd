"""A comparison as text, as one self-contained HTML page, French or English, and as JSON.

The first page is what a committee signs from: one line a change, then one line a party: what it is
to be consulted about, and where it signs. The sentences that say each change in full follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from contracts.convention.model import Convention
from services.committee.diff.change import GROUPS, Change, Group, act_label, wording
from services.committee.diff.change_text import sentence, what_text
from services.committee.diff.compare import Diff
from services.committee.diff.sections import beside
from services.committee.texts.clause_sentence import named
from services.committee.texts.french import bare, capital
from services.committee.texts.legal_texts import citations, unchecked_text
from services.pages import render
from services.texts import Catalogue, Text, all_of

_ = Catalogue(__name__)
_LINES: Final = _("What changes beside the permissions")
_HEADING: Final = _("Version {new} of the convention compared with version {old}")
_TITLES: Final[dict[Group, Text]] = {
    "opened": _("What opens"),
    "closed": _("What closes"),
    "harder": _("What becomes harder"),
    "easier": _("What becomes easier"),
    "otherwise": _("What changes otherwise"),
}
SAME: Final = _("No difference in what may be shared.")
_WHOLE: Final = _("the convention as a whole")
_THE_WHOLE: Final = _("the whole")  # beside numbers of clauses
_REVIEW: Final[dict[bool, Text]] = {
    True: _("This version permits new sharing: the parties must review it before they sign."),
    False: _("This version permits no new sharing."),
}


def text(comparison: Diff, lang: str) -> str:
    """The comparison for a terminal: groups with their sentences, then the rest.

    Args:
        lang: `fr` or `en`.
    """
    return "\n".join(_terminal(comparison, lang)).lstrip("\n")


def _terminal(comparison: Diff, lang: str) -> Iterator[str]:
    if comparison.same:
        yield SAME.say(lang)
    for group in GROUPS:
        if changes := comparison.shown(group):
            yield f"\n{_TITLES[group].say(lang)} ({len(changes)})"
        for change in changes:
            yield f"- {sentence(comparison.old, comparison.new, change, lang)}"
    if lines := beside(comparison.old, comparison.new, comparison.beside, lang):
        yield f"\n{_LINES.say(lang)} ({len(lines)})"
    for one in lines:
        yield f"- {one.what}"
        yield from (f"    {text}" for text in (one.was, one.becomes) if text)
    yield "\n" + verdict(comparison, lang)


def page(comparison: Diff, lang: str) -> str:
    """The comparison as one page: a sheet to sign from, each change in full, then the rest.

    Args:
        lang: `fr` or `en`.
    """
    old, new = comparison.old, comparison.new
    return render(
        "services.committee",
        "diff/page.html",
        lang,
        heading=_HEADING.say(lang, old=old.name, new=new.name),
        old=old,
        new=new,
        dates=[date.fromisoformat(convention.effective) for convention in (old, new)],
        verdict=verdict(comparison, lang),
        same=SAME.say(lang) if comparison.same else "",
        titles={group: _TITLES[group].say(lang) for group in GROUPS},
        groups={
            group: [
                sheet_line(comparison, change, lang)
                | {"sentence": sentence(old, new, change, lang)}
                for change in comparison.shown(group)
            ]
            for group in GROUPS
        },
        consulted=consulted(comparison, lang),
        unchecked=unchecked_text(new, lang),
        beside=beside(old, new, comparison.beside, lang),
        beside_title=_LINES.say(lang),
    )


def verdict(comparison: Diff, lang: str) -> str:
    """Whether the version asks for a review before it is signed."""
    return _REVIEW[comparison.opens].say(lang)


def sheet_line(comparison: Diff, change: Change, lang: str) -> dict[str, str]:
    """One change: clause, act, from whom to whom, what changes, on which legal basis."""
    words = wording(comparison.old, comparison.new)
    what = what_text(words, change, lang)
    grant = change.grants[0 if change.group == "closed" else 1] or change.grants[1]
    if grant is None:
        whole = {"clause": "", "label": "", "recipients": "", "basis": ""}
        return whole | {"issuers": capital(_WHOLE.say(lang)), "what": what}
    issuers, recipients = (
        all_of([bare(named(words, role, lang)) for role in roles], lang)
        for roles in (change.issuers, change.recipients)
    )
    return {
        "clause": change.clause,
        "label": act_label(words, grant, lang),
        "issuers": capital(issuers),
        "recipients": recipients,
        "what": what,
        "basis": citations(words, grant.basis, lang),
    }


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
    own = {role for role, spec in words.roles.items() if spec.agency == party}
    clauses = {
        change.clause
        for change in changes
        if not own.isdisjoint((*change.issuers, *change.recipients))
    }
    whole = [_THE_WHOLE.say(lang)] * any(not change.issuers for change in changes)
    return all_of([*sorted(clauses), *whole], lang)


def wire(comparison: Diff) -> dict[str, Any]:
    """The whole comparison."""
    return {
        "old": _file(comparison.old),
        "new": _file(comparison.new),
        "same": comparison.same,
        "opens": comparison.opens,
        **{
            group: [_change(comparison, one) for one in comparison.changes if one.group == group]
            for group in GROUPS
        },
        "lines": [
            f"{sign} {'.'.join(line.path)}: {value}"
            for line in comparison.beside
            for sign, value in (("-", line.was), ("+", line.becomes))
            if value
        ],
    }


def _file(convention: Convention) -> dict[str, Any]:
    return {
        "id": convention.id, "version": convention.version, "digest": convention.digest,
        "effective": convention.effective, "file": convention.file,
    }  # fmt: skip


_DUTY: Final = (  # members of a duty
    "acts", "debtor", "creditor", "within", "stages", "final", "urgent_within", "start", "legal",
    "opened_by", "repeat", "recipients",
)  # fmt: skip


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Fields by name; of a duty what its `act` says, in place of it."""
    row = dict(pairs)
    return {name: row[name] for name in _DUTY} if "act" in row else row


def _change(comparison: Diff, change: Change) -> dict[str, Any]:
    """Where and what, then all that differs (`change.Atom`), then a sentence; nothing empty."""
    data = {
        "clause": change.clause,
        "realm": change.realm,
        "event": change.event,
        "purpose": change.purpose,
        "issuers": change.issuers,
        "recipients": change.recipients,
        **asdict(change.atom, dict_factory=_members),
        "sentence": {
            lang: sentence(comparison.old, comparison.new, change, lang) for lang in ("fr", "en")
        },
    }
    return {name: value for name, value in data.items() if value not in ("", (), None)}
