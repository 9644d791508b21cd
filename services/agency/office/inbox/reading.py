"""What a desk reads of what it was sent: chosen by a cursor, opened for one answer, not kept.

By time across partitions, by offset within: so the order of every case is kept.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from contracts.encoding import rfc3339
from contracts.envelope.receive import Delivery, RecipientContext, open_delivery
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.vocabulary.reasons import NOT_OWN_EVENT
from contracts.vocabulary.schema import short
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.numbers import Place
from services.agency.office.fold.own_events import NOT_TAKEN
from services.agency.office.inbox.cursor import Offsets
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.sending.identity import Describe


def choose(view: DeskFold, after: Offsets, limit: int) -> list[Arrival]:
    """The next arrivals after a cursor, at most `limit`."""
    waiting = [_from(arrivals, after) for arrivals in view.arrivals.values()]
    merged = heapq.merge(*waiting, key=lambda one: (one.at, one.realm, one.partition, one.offset))
    return [one for one, _ in zip(merged, range(limit), strict=False)]


def newest(view: DeskFold, skip: int, limit: int) -> list[Arrival]:
    """The last arrivals behind those that are skipped, at most `limit`, the last one first."""
    backwards = map(reversed, view.arrivals.values())
    merged = heapq.merge(
        *backwards, key=lambda one: (-one.at, one.realm, one.partition, -one.offset)
    )
    return list(islice(merged, skip, skip + limit))


def behind(view: DeskFold, after: Offsets) -> int:
    """How many arrivals lie behind a cursor."""
    return sum(len(_from(arrivals, after)) for arrivals in view.arrivals.values())


def arrival_at(view: DeskFold, place: Place, offset: int) -> Arrival | None:
    """The arrival that lies there; None if none does, or none any more."""
    for arrival in _from(view.arrivals.get(place, []), {place: offset})[:1]:
        return arrival if arrival.offset == offset else None
    return None


def moved(
    view: DeskFold, after: Offsets, chosen: Iterable[Arrival], read_to: Mapping[Place, int]
) -> Offsets:
    """The cursor once `chosen` has been handed out.

    Args:
        read_to: how far the fold has read each partition when the choice is made. A partition in
            which nothing waits moves on to there, so that a quiet one never grows too old.
    """
    cursor = dict(after)
    for arrival in chosen:
        cursor[arrival.place] = arrival.offset + 1
    for place, position in read_to.items():
        if not _from(view.arrivals.get(place, []), cursor):
            cursor[place] = max(position, cursor.get(place, 0))
    return cursor


def _from(arrivals: list[Arrival], after: Offsets) -> list[Arrival]:
    if not arrivals:
        return arrivals
    start = after.get(arrivals[0].place, 0)
    return arrivals[bisect_left(arrivals, start, key=lambda one: one.offset) :]


def opened(
    record: Inbound | None,
    arrival: Arrival,
    context: RecipientContext,
    view: DeskFold,
    describe: Describe,
) -> InboxItem:
    """One arrival as `GET /v1/inbox` shows it, with its content if it verifies and still stands.

    Args:
        describe: the agency's own words for a delivery.
    """
    item: dict[str, Any] = {"realm": arrival.realm, "delivered_at": rfc3339(arrival.at)}
    if arrival.error:
        return InboxItem(**item, error=arrival.error)
    known: dict[str, Any] = {
        "event": view.names.of(arrival.jti, arrival.case, arrival.realm), "case": arrival.case,
        "from": short(arrival.iss),
        "type": arrival.etype, "purpose": arrival.purpose,
    }  # fmt: skip
    if arrival.jti in view.names.reused:
        known["reused_id"] = arrival.jti
    if view.is_withdrawn(arrival):
        return InboxItem(**item, **known, withdrawn=True)
    if record is None:  # trimmed between the index and this read
        return InboxItem(**item, **known, error="not_kept")
    try:
        delivery = open_delivery(record.value, record.headers, context)
    except RelaisError as error:
        return InboxItem(**item, **known, error=error.code)
    slip = delivery.slip
    if slip.etype == "WITHDRAW" and any(ref.iss != slip.iss for ref in slip.re or ()):
        return InboxItem(**item, **known, error=NOT_OWN_EVENT)
    told = _told(delivery, view)
    waits = [owed["act"] for owed in told["owes"] if owed["state"] == "open"]
    words = describe(slip, delivery.bodies, waits)
    said = {one.stage for one in view.replies_to(arrival) if one.state not in NOT_TAKEN}
    if asks := words.get("asks"):
        asks["acknowledge"] = [stage for stage in asks["acknowledge"] if stage not in said]
    return InboxItem(**(words | item | known | told))


def _told(delivery: Delivery, view: DeskFold) -> dict[str, Any]:
    """Content by scope, and what the router's receipt adds: clauses, what is owed, the proof.

    By when a duty is owed and whether it still waits is what notices have said since.
    """
    receipt, slip = delivery.receipt, delivery.slip
    return {
        "desk": view.desk,
        "issued_at": rfc3339(slip.iat),
        "parts": delivery.bodies,
        "clauses": receipt["clauses"],
        "owes": [
            {
                "id": owed["id"],
                "act": owed["act"],
                "to": short(owed["creditor"]),
                "due": rfc3339(stands.due if stands else owed["due"]),
                "legal": owed["legal"],
                "state": "open" if stands is None or stands.open else "closed",
            }
            for owed in receipt["due"]
            for stands in (view.duties.by_id.get((owed["id"], slip.sub)),)
        ],
        "receipt": receipt["dec"],
    }
