"""How many cases a desk may open in an hour: the convention's figure, held by each partition (rules §16).

Whoever holds a desk's key, and not its service, opens as many cases as the brokers take; every
one stays for ever. The figure bounds what it can fill. A desk's whole figure is allowed in each
partition: its service holds it over all of them, so that no honest event is refused because
tokens fell on one partition. The hour is that of the decision, by the full hour (UTC): it is in the log.
"""

from __future__ import annotations

from typing import Final

from contracts.decision.bus_events import Part
from contracts.decision.effects import Effect
from contracts.decision.outcome import AddresseeDecision
from contracts.decision.setting import Setting
from contracts.decision.state import EMPTY
from contracts.decision.view import View
from contracts.vocabulary import reasons

HOUR_S: Final = 3600


def hour_of(at: int) -> int:
    """The full hour in which an instant lies."""
    return at - at % HOUR_S


def budget(setting: Setting) -> int | None:
    """How many cases the issuer may open in an hour, if its event would open one; None: no limit.

    A case that the partition holds has been opened, whatever else has happened in it.
    """
    issuer = setting.directory.desk(setting.cover.iss)
    if setting.case is not EMPTY or issuer is None:
        return None
    return setting.convention.new_cases_of(issuer.role)


def spent(setting: Setting, view: View, most: int) -> bool:
    """Whether the issuer has opened as many cases in this hour as it may."""
    return view.opened(setting.cover.iss, hour_of(setting.at)) >= most


def counted(setting: Setting) -> Effect:
    """The effect of an event that opens a case where cases are counted."""
    return {"k": "opened", "desk": setting.cover.iss, "hour": hour_of(setting.at)}


def refused(setting: Setting) -> Part:
    """Withheld from everybody, until the next full hour."""
    why = (reasons.TOO_MANY_NEW_CASES,)
    withheld = (AddresseeDecision(one.desk, "withhold", reasons=why) for one in setting.cover.to)
    return Part(tuple(withheld), reasons=why)
