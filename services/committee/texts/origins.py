"""Whose idea a clause is: of the sending, of each time limit, of the choice of data.

A clause has one flag for all its time limits; which of them the law sets, a duty says by itself
(`legal`, rules §15). That of a reply may be of law where that of the acknowledgement is not. What
is not said to be of law there is told as practice or proposal, whatever the flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.convention.checks.send_table import resolve
from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.model import Convention
from services.committee.texts.labels import origin_label
from services.texts import Catalogue, all_of, any_of

_ = Catalogue(__name__)
LAW: Final = "law"
PROPOSAL: Final = "invention"


def origin_texts(
    convention: Convention, grant: Grant, duties: Iterable[DutySpec], lang: str
) -> list[str]:
    """`sending: law`, `time limit of R39: law`, `other time limit: proposal`, `data: proposal`.

    Args:
        duties: those of the grant's that are shown.
    """
    flags = grant.flags
    limits = (
        _opened(grant, list(duties), lang) if grant.duties else _answered(convention, grant, lang)
    )
    return [
        _("sending: {origin}").say(lang, origin=origin_label(flags.flow, lang)),
        *limits,
        _("data: {origin}").say(lang, origin=origin_label(flags.categories, lang)),
    ]


def _opened(grant: Grant, duties: list[DutySpec], lang: str) -> Iterator[str]:
    """Of the time limits that this clause sets; those of law by name, where they are not all."""
    law = origin_label(LAW, lang)
    of_law = [duty for duty in duties if duty.legal]
    others = len(duties) - len(of_law)
    if of_law and not others:
        yield _limits(len(of_law), law, lang)
    elif of_law:
        acts = dict.fromkeys(act for duty in of_law for act in duty.acts)
        yield _("time limit of {acts}: {origin}").say(lang, acts=any_of(acts, lang), origin=law)
        other = _.ngettext("other time limit: {origin}", "other time limits: {origin}")
        yield other.say(lang, n=others, origin=origin_label(_not_law(grant), lang))
    elif others:
        yield _limits(others, origin_label(_not_law(grant), lang), lang)


def _limits(count: int, origin: str, lang: str) -> str:
    text = _.ngettext("time limit: {origin}", "time limits: {origin}")
    return text.say(lang, n=count, origin=origin)


def _answered(convention: Convention, grant: Grant, lang: str) -> Iterator[str]:
    """Of the time limit that this clause's own sending has to keep, and which clauses set it."""
    owing: dict[str, None] = {}
    origins: dict[str, None] = {}
    for other in convention.grants:
        for duty in other.duties:
            if _answers(convention, grant, other, duty):
                owing[other.clause] = None
                origin = LAW if duty.legal else _not_law(grant, other)
                origins[origin_label(origin, lang)] = None
    if owing:
        text = _("time limit (see {clauses}): {origin}")
        yield text.say(lang, clauses=all_of(owing, lang), origin=any_of(origins, lang))


def _answers(convention: Convention, reply: Grant, other: Grant, duty: DutySpec) -> bool:
    """Whether a sending by `reply` can be what `other` makes owed (rules §12.2)."""
    if reply.clause not in duty.acts or reply.realm != other.realm:
        return False
    recipients = duty.recipients or other.recipients
    creditors = set(resolve(duty.creditor, other, recipients))
    reached = {
        role
        for act in duty.acts
        for way in convention.by_clause.get(act, ())
        for role in way.recipients
    }
    return not set(reply.issuers).isdisjoint(resolve(duty.debtor, other, recipients)) and (
        not creditors.isdisjoint(reply.recipients) or creditors.isdisjoint(reached)
    )


def _not_law(*grants: Grant) -> str:
    """The first of their flags that speaks of other than law."""
    flags = (grant.flags.deadline for grant in grants)
    return next((flag for flag in flags if flag != LAW), PROPOSAL)
