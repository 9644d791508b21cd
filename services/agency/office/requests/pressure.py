"""What a service says when it has enough to do: 429 or 503, with a time to come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.vocabulary.schema import desk_urn
from services.agency.office.fold.agency_fold import HOUR_S, OF_NO_CASE, Fold
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.sealing import Sealed
from services.platform.http.problems import ProblemError

AWAY_S: Final = 2  # what a refused caller is asked to wait, seconds
UNDECIDED: Final = 5_000  # own events that wait for routing: some 30 s of an intake at full rate
BEHIND_S: Final = 10  # then: routing needs longer than a burst takes


def busy() -> ProblemError:
    """503: the service has as much in hand as it may."""
    return later(503, "busy", "as many requests in hand as may be", AWAY_S)


def check_undecided(count: int) -> None:
    """Take no more events while routing is behind."""
    if count >= UNDECIDED:
        raise later(503, "routing_behind", f"{count} events without a decision", BEHIND_S)


def later(status: int, code: str, got: str, seconds: int) -> ProblemError:
    """A refusal that says when to send the same request again."""
    expected = f"the same request, with its key, in {seconds} s"
    return ProblemError(status, code, got, expected, headers={"Retry-After": str(seconds)})


def check_new_cases(
    prepared: Prepared, ahead: Iterable[Sealed], fold: Fold, most: int, at: int
) -> None:
    """Refuse a desk's next new case once it has opened as many as it may in this hour.

    Args:
        ahead: what the same transaction publishes before it.
        most: cases that a desk may open in an hour; 0: any number.
    """
    fold.move_to(at)
    events = [one for one in prepared.events if one.draft.etype not in OF_NO_CASE]
    for realm in {event.draft.realm for event in events} if most else ():
        issuer, covers = desk_urn(realm, prepared.desk), (one.issued.claims for one in ahead)
        others = {one.sub for one in covers if one.iss == issuer and one.etype not in OF_NO_CASE}
        own = {one.case for one in events if one.draft.realm == realm}
        new = {case for case in others | own if realm not in fold.known(case)}
        opened = fold.opened[realm, prepared.desk] + len(new)
        if own & new and opened > most:
            raise later(
                429, "too_many_new_cases", f"{most} new cases in this hour", HOUR_S - at % HOUR_S
            )
