"""Which conditions on earlier events can hold at once, as `contracts.decision.conditions` says.

`re` names events of one author, and one event may have gone to several desks, by a clause each:
under R09 and R11 it is a report and an alert. A log also keeps what earlier versions let pass, by
ids that may have named other acts. So only authorship parts conditions: nobody writes to itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Final

from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import INQUIRED, INQUIRY, answerable
from contracts.convention.model import Convention

ANSWERS: Final = ("own_ip", "own_report", "own_st")
EARLIER: Final = ("copy_of", *ANSWERS)


def satisfiable(conditions: Collection[str], recipient: str) -> bool:
    """Whether an event to this role can meet all of them, whatever versions its case has seen.

    What a copy names is its sender's, what an answer names its reader's own; the inquiry that
    police hears back about was given to it, so is not its own.
    """
    inquired = "own_report" in conditions and ("own_report", recipient) == INQUIRED
    others = {"own_ip", "own_st"} if inquired else set(ANSWERS)
    its_own = not others.isdisjoint(conditions)
    return not (its_own and (inquired or "copy_of" in conditions))


def never_together(convention: Convention) -> Iterator[tuple[Grant, tuple[str, ...], str]]:
    """(grant, conditions, recipient) where no event that this version lets pass meets them."""
    acts = _acts(convention)

    @cache  # a large file asks the same of many grants
    def met(realm: str, author: str, names: tuple[str, ...], police: bool) -> bool:
        events = acts.get((realm, author), {}).values()
        return any(all(_counts(convention, one, name, police) for name in names) for one in events)

    for grant in convention.grants:
        names = tuple(name for name in EARLIER if name in grant.conditions)
        if len(names) < 2:  # alone, `coherence` has asked
            continue
        for recipient in grant.recipients:
            police = recipient == INQUIRED[1]
            authors = grant.issuers if "copy_of" in names else (recipient,)
            if not satisfiable(names, recipient) or not any(
                met(grant.realm, author, names, police) for author in authors
            ):
                yield grant, names, recipient


def _acts(convention: Convention) -> dict[tuple[str, str], dict[str, list[Grant]]]:
    """(realm, author) -> event type -> all that one event may go out by, to a desk each."""
    acts: dict[tuple[str, str], dict[str, list[Grant]]] = {}
    for (realm, author), grants in convention.by_issuer.items():
        for grant in grants:
            if not grant.publication:
                own = acts.setdefault((realm, author), {})
                own.setdefault(grant.event, []).append(grant)
    return acts


def _counts(convention: Convention, event: list[Grant], condition: str, police: bool) -> bool:
    """Whether an event that went out by all of these would meet a condition."""
    if police and condition == INQUIRED[0]:
        return any(act_of(one) == INQUIRY and INQUIRED[1] in one.recipients for one in event)
    clauses = answerable(convention, condition) or frozenset()
    return any(one.clause in clauses for one in event)
