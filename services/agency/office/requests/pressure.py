"""What a service says when it has enough to do: 503 with a time to come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.decision.new_cases import HOUR_S, hour_of
from contracts.vocabulary.schema import desk_urn
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.new_cases import Adding, figures_of
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.identity import Agency
from services.agency.office.sending.sealing import Sealed
from services.platform.http.problems import ProblemError

AWAY_S: Final = 2  # what a refused caller is asked to wait, seconds
UNDECIDED: Final = 5_000  # own events that wait for routing: some 30 s of an intake at full rate
BEHIND_S: Final = 10  # then: routing needs longer than a burst takes


def busy() -> ProblemError:
    """503: the service has as much in hand as it may."""
    return later(503, "busy", "as many requests in hand as may be", AWAY_S)


def check_undecided(count: int) -> None:
    """Take no more events while routing is behind.

    Args:
        count: the agency's own events that wait for a decision.
    """
    if count >= UNDECIDED:
        raise later(503, "routing_behind", f"{count} events without a decision", BEHIND_S)


def later(status: int, code: str, got: str, seconds: int) -> ProblemError:
    """A refusal that says when to send the same request again."""
    expected = f"the same request, with its key, in {seconds} s"
    return ProblemError(status, code, got, expected, headers={"Retry-After": str(seconds)})


def check_new_cases(
    prepared: Prepared, ahead: Iterable[Sealed], fold: Fold, agency: Agency, at: int
) -> None:
    """Publish nothing that routing would refuse: the hour after would begin with a new event.

    Args:
        ahead: what the same transaction publishes before it.
    """
    fold.new_cases.move_to(at)
    covers = [event.issued.claims for event in ahead]
    for realm in {event.draft.realm for event in prepared.events}:
        issuer = desk_urn(realm, prepared.desk)
        if (figures := figures_of(*agency.in_force(realm, at), issuer)) is None:
            continue
        others = [Adding(one.sub, one.etype, len(one.to)) for one in covers if one.iss == issuer]
        drafts = [(one.case, one.draft) for one in prepared.events if one.draft.realm == realm]
        own = [Adding(case, draft.etype, len(draft.to)) for case, draft in drafts]
        seen = {one.case for one in others + own if realm in fold.known(one.case)}
        before, after = (
            fold.new_cases.after(issuer, events, figures, at, seen.__contains__)
            for events in (others, others + own)
        )
        if before < after > figures.most:
            new = any(realm not in fold.known(case) for case, _ in drafts)
            left = hour_of(at) + HOUR_S - at
            if new:
                raise later(
                    429, "too_many_new_cases", f"{figures.most} new cases in this hour", left
                )
            raise later(
                429, "too_much_on_case", "more on a case that holds much of the desk's", left
            )
