"""What a desk asks about itself: where its own events stand, and what it owes."""

from __future__ import annotations

from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.requests.desk_request import not_found
from services.agency.office.requests.entrusting import to_entrust
from services.agency.office.responses.standing import AccessAnswer, Duties, EventStatus, Referrals


def status_of(view: DeskFold, event: str, now: int) -> EventStatus:
    """Where an own event stands.

    Raises:
        ProblemError: 404 `event_unknown`, also if it is another desk's.
    """
    statuses = view.statuses((event,), now)
    if not statuses:
        raise not_found()
    return statuses[0]


def referrals_of(view: DeskFold, after: str, limit: int, now: int) -> Referrals:
    """A desk's own events behind one, with where each stands: at most `limit` of them."""
    ids = view.own_after(after, limit + 1)
    items, more = view.statuses(ids[:limit], now), len(ids) > limit
    cursor = items[-1].event if items else after
    return Referrals(desk=view.desk, items=tuple(items), cursor=cursor, more=more)


def look_up_of(view: DeskFold, event: str) -> AccessAnswer:
    """A look-up of the desk's own, with the page that it was answered.

    Raises:
        ProblemError: 404 `event_unknown`, also if it is another desk's, or no look-up.
    """
    own = view.own.get(event)
    if own is None or own.etype != "LOOKUP":
        raise not_found()
    return view.accesses.answer(own)


def duties_of(view: DeskFold, now: int) -> Duties:
    """What a desk owes, overdue first."""
    cases = to_entrust(view, now)
    return Duties(desk=view.desk, duties=tuple(view.owes(now)), to_entrust=cases or None)
