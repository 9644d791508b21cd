"""The first page of a comparison: what a committee signs from.

One line a change: what opens, what closes, what becomes harder or easier, on which legal basis;
then one line a party: what it is to be consulted about, and where it signs. The sentences that say
each change in full follow on the next pages.
"""

from __future__ import annotations

from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.change import Change
from services.committee.diff.change_text import what_text
from services.committee.diff.compare import Diff
from services.committee.diff.naming import act_label, wording
from services.committee.texts.clause_sentence import named
from services.committee.texts.french import bare, capital
from services.committee.texts.legal_texts import citations
from services.texts import Catalogue, Text, all_of

_ = Catalogue(__name__)
_WHOLE: Final = _("the convention as a whole")
_THE_WHOLE: Final = _("the whole")  # beside numbers of clauses
_REVIEW: Final[dict[bool, Text]] = {
    True: _("This version permits new sharing: the parties must review it before they sign."),
    False: _("This version permits no new sharing."),
}


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
