"""Whose idea a clause is: of the sending, of each time limit, of the choice of data.

A clause has one flag for all its time limits; which of them the law sets, a duty says by itself
(`legal`, rules §15). That of a reply may be of law where that of the acknowledgement is not. What
is not said to be of law there is told as practice or proposal, whatever the flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.convention.clauses import Grant
from contracts.convention.duty import DutySpec
from services.committee.texts.labels import origin_label
from services.texts import Catalogue, any_of

_ = Catalogue(__name__)
LAW: Final = "law"
PROPOSAL: Final = "invention"


def origin_texts(grant: Grant, duties: Iterable[DutySpec], lang: str) -> list[str]:
    """`sending: law`, `time limit of R39: law`, `other time limit: proposal`, `data: proposal`.

    Args:
        duties: those of the grant's that are shown.
    """
    flags = grant.flags
    return [
        _("sending: {origin}").say(lang, origin=origin_label(flags.flow, lang)),
        *_limits(grant, list(duties), lang),
        _("data: {origin}").say(lang, origin=origin_label(flags.categories, lang)),
    ]


def _limits(grant: Grant, duties: list[DutySpec], lang: str) -> Iterator[str]:
    """Of the time limits that this clause sets; those of law by name, where they are not all."""
    law = origin_label(LAW, lang)
    flag = grant.flags.deadline if grant.flags.deadline != LAW else PROPOSAL
    of_law = [duty for duty in duties if duty.legal]
    others = len(duties) - len(of_law)
    if of_law and others:
        acts = dict.fromkeys(act for duty in of_law for act in duty.acts)
        yield _("time limit of {acts}: {origin}").say(lang, acts=any_of(acts, lang), origin=law)
        other = _.ngettext("other time limit: {origin}", "other time limits: {origin}")
        yield other.say(lang, n=others, origin=origin_label(flag, lang))
    elif duties:
        text = _.ngettext("time limit: {origin}", "time limits: {origin}")
        yield text.say(lang, n=len(duties), origin=law if of_law else origin_label(flag, lang))
