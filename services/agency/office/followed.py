"""What a desk reads: what it was sent, and what those were sent that ended and that it follows here.

A cursor counts them apart, so that an heir reads what lay unread with the desk that ended, however far it has
read its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.agency.office.cursor import Offsets
from services.agency.office.fold import Arrival, DeskFold
from services.agency.office.inbox_fold import choose, moved, newest
from services.agency.office.numbers import Place

Chosen = tuple[DeskFold, Arrival]  # an arrival, and the fold of the desk that it names


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
