"""How many cases a desk may open in an hour: the convention's figure (rules §16).

Whoever holds a desk's key, and not its service, opens as many cases as the brokers take, or fills
one without end; both stay for ever. The figure bounds what it can fill. A desk's whole figure is
allowed in each partition: its service holds it over all of them, so that no honest event is refused
because tokens fell on one partition. The hour is that of the decision, by the full hour (UTC): it
is in the log.

A case that is open costs nothing until it holds so many deliveries of the desk's own. From then on
what adds to it costs as much as a new case, from twice as many on as two, and so on: a case is read
and hashed whole at each event, and its growth gets slower as it gets dearer.
"""

from __future__ import annotations

from typing import Final

from contracts.decision.outcome import AddresseeDecision, PartialDecision
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.decision.state.state import EMPTY, Case
from contracts.decision.state.view import View
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import ENTRUST, SERVICE_EVENTS

HOUR_S: Final = 3600
FLAT: Final = frozenset(
    {"LOOKUP", *SERVICE_EVENTS}
)  # adds nothing to a case, and is answered by all of it or may be said without end: always 1
FREE: Final = frozenset({"ACK", "UNLINK", ENTRUST})  # bounded by what they answer, or take away


def hour_of(at: int) -> int:
    """The full hour in which an instant lies."""
    return at - at % HOUR_S


def price(own: int, allowed: int, most: int) -> int:
    """What one more event on an open case costs, in new cases.

    Args:
        own: deliveries of the desk's own that the case holds.
        allowed: how many of them cost nothing, 0: all.
        most: the desk's figure. An event never costs more, so that one an hour is left to it.
    """
    return min(own // allowed, most) if allowed else 0


def cost(setting: Setting, most: int) -> int:
    """What an event that is not refused costs its issuer, in new cases.

    Args:
        most: the issuer's figure.
    """
    case, etype, allowed = (
        setting.case,
        setting.cover.etype,
        setting.convention.new_cases.case_deliveries,
    )
    if etype in FREE:
        return 0
    if etype in FLAT:
        return 1
    if case is EMPTY:
        return 1
    if not allowed:
        return 0
    links = len(case.links) if etype == "LINK" else 0  # all of them its issuers' own
    return price(_deliveries(case, setting.cover.iss) + links, allowed, most)


def _deliveries(case: Case, issuer: str) -> int:
    """How many deliveries a case holds of one desk's events."""
    return sum(len(past.desks) for past in case.events.values() if past.iss == issuer)


def figure(setting: Setting) -> int | None:
    """How many cases the issuer may open in an hour; None: no limit."""
    issuer = setting.directory.desk(setting.cover.iss)
    return setting.convention.new_cases.of(issuer.role) if issuer is not None else None


def spent(setting: Setting, view: View, most: int, price: int) -> bool:
    """Whether the issuer has too little left of this hour's figure."""
    return view.opened(setting.cover.iss, hour_of(setting.at)) + price > most


def counted(setting: Setting, price: int) -> Effect:
    """The effect of an event that costs something where cases are counted."""
    effect: Effect = {"k": "opened", "desk": setting.cover.iss, "hour": hour_of(setting.at)}
    return effect | {"count": price} if price > 1 else effect


def refused(setting: Setting) -> PartialDecision:
    """Withheld from everybody, until the next full hour."""
    new = setting.case is EMPTY
    why = (reasons.TOO_MANY_NEW_CASES if new else reasons.TOO_MUCH_ON_CASE,)
    withheld = (AddresseeDecision(one.desk, "withhold", reasons=why) for one in setting.cover.to)
    return PartialDecision(tuple(withheld), reasons=why)
