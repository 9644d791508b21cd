"""What a desk reads of what it was sent, by time across partitions, by offset within.

So the order of every case is kept.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import islice

from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.numbers import Place
from services.agency.office.inbox.cursor import Offsets


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
