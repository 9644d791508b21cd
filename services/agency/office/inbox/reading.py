"""What a desk reads of what it was sent, by time across partitions, by offset within.

So the order of every case is kept. A desk reads too what those were sent that ended and that it
follows here: a cursor counts them apart, so that an heir reads what lay unread with the desk that
ended, however far it has read its own.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.numbers import Place
from services.agency.office.inbox.cursor import Offsets

Chosen = tuple[DeskFold, Arrival]  # an arrival, and the fold of the desk that it names


def choose(view: DeskFold, after: Offsets, limit: int) -> list[Arrival]:
    """The next arrivals after a cursor, at most `limit`."""
    waiting = [_from(arrivals, after) for arrivals in view.arrivals.values()]
    merged = heapq.merge(*waiting, key=lambda one: (one.at, one.realm, one.partition, one.offset))
    return [one for one, _ in zip(merged, range(limit), strict=False)]


def newest(view: DeskFold, limit: int) -> list[Arrival]:
    """The last arrivals, at most `limit`, the last one first."""
    backwards = map(reversed, view.arrivals.values())
    merged = heapq.merge(
        *backwards, key=lambda one: (-one.at, one.realm, one.partition, -one.offset)
    )
    return list(islice(merged, limit))


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


def choose_all(view: DeskFold, after: Offsets, limit: int) -> list[Chosen]:
    """The next arrivals after a cursor, at most `limit`."""
    found = [
        (one, arrival)
        for one in view.read_here
        for arrival in choose(one, part_of(after, view, one), limit)
    ]
    return sorted(found, key=_in_order)[:limit]


def newest_of_all(view: DeskFold, skip: int, limit: int) -> list[Chosen]:
    """The last arrivals, at most `limit`, the last one first; behind those that are skipped."""
    found = [(one, arrival) for one in view.read_here for arrival in newest(one, skip + limit)]
    found.sort(key=lambda chosen: (-chosen[1].at, *chosen[1].place, -chosen[1].offset))
    return found[skip : skip + limit]


def moved_in_all(
    view: DeskFold,
    after: Offsets,
    chosen: list[Chosen],
    read_to: Callable[[str], Mapping[Place, int]],
) -> Offsets:
    """The cursor once `chosen` has been handed out.

    Args:
        read_to: of a desk, how far each partition was folded when the choice was made.
    """
    cursor: Offsets = {}
    for one in view.read_here:
        own = [arrival for whose, arrival in chosen if whose is one]
        part = moved(one, part_of(after, view, one), own, read_to(one.desk))
        cursor |= {(_named(realm, view, one), number): to for (realm, number), to in part.items()}
    return cursor


def part_of(after: Offsets, view: DeskFold, one: DeskFold) -> Offsets:
    """What a cursor of a desk says of one that it reads."""
    return {
        (realm, number): offset
        for (name, number), offset in after.items()
        for realm in (name.partition(" ")[0],)
        if name == _named(realm, view, one)
    }


def _named(realm: str, view: DeskFold, one: DeskFold) -> str:
    """How a cursor names a bus on which a desk was told; its own by the bus alone."""
    return realm if one is view else f"{realm} {one.desk}"


def _in_order(chosen: Chosen) -> tuple[int, str, int, int]:
    arrival = chosen[1]
    return arrival.at, *arrival.place, arrival.offset
