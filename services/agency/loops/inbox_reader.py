"""Single records of an agency's inboxes, read again by offset; none is kept in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from contracts.envelope.wire import Inbound, LogPlace
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.numbers import Place
from services.agency.office.inbox import cursor
from services.agency.office.sending.identity import Inboxes
from services.platform.http.problems import ProblemError, kafka_unreachable

ANSWER_S: Final = 8.0  # that a caller waits for records, turn included; as long as for a commit


class Picks(Protocol):
    """Where single records are read again: of a `LogReader` no more is needed."""

    async def begins(self, partitions: Iterable[LogPlace]) -> Mapping[LogPlace, int]:
        """The first offset that each partition still has."""

    async def pick(
        self, wanted: Mapping[LogPlace, Iterable[int]]
    ) -> Mapping[tuple[LogPlace, int], Inbound]:
        """Single records by offset; what is no longer kept is left out."""


class InboxReader:
    """Reads chosen inbox records again, by offset.

    Args:
        reader: one that fetches little at a time: between a desk's records lie those of others.
    """

    def __init__(self, reader: Picks, inboxes: Inboxes) -> None:
        self._reader = reader
        self._topics = {realm: name for name, (realm, _) in inboxes.items()}
        self._one = asyncio.Lock()  # one consumer, one assignment at a time

    async def read(
        self, after: cursor.Offsets, chosen: Iterable[Arrival]
    ) -> dict[tuple[str, int, int], Inbound]:
        """(realm, partition, offset) -> record, of those that are still kept.

        Raises:
            ProblemError: 410 `cursor_too_old`; 503 `kafka_unreachable`: not read in time.
            UnreachableError: Kafka cannot be reached.
        """
        wanted: dict[LogPlace, list[int]] = {}
        places: dict[LogPlace, Place] = {}
        for arrival in chosen:
            if (at := self._at(arrival.place)) is not None:
                wanted.setdefault(at, []).append(arrival.offset)
                places[at] = arrival.place
        try:
            async with asyncio.timeout(ANSWER_S), self._one:
                await self._check_age(after)
                picked = await self._reader.pick(wanted)
        except TimeoutError:
            raise kafka_unreachable() from None
        return {(*places[at], offset): record for (at, offset), record in picked.items()}

    def _at(self, place: Place) -> LogPlace | None:
        """Where a place is on Kafka; None if this agency has no inbox on its bus."""
        realm, number = place
        name = self._topics.get(realm)
        return None if name is None else LogPlace(name, number)

    async def _check_age(self, after: cursor.Offsets) -> None:
        """A cursor older than what is kept gets the gap: nothing is skipped in silence."""
        asked = {
            at: (realm, at.partition, offset)
            for (realm, partition), offset in after.items()
            if (at := self._at((realm, partition))) is not None
        }
        if not asked:
            return
        begins = await self._reader.begins(asked)
        gaps = [
            {"realm": realm, "partition": partition, "from": offset, "to": begins[place] - 1}
            for place, (realm, partition, offset) in sorted(asked.items())
            if begins[place] > offset
        ]
        if gaps:
            raise ProblemError(
                410,
                "cursor_too_old",
                "offsets that are no longer kept",
                "a newer cursor, or none to begin with what is kept",
                more={"gaps": gaps},
            )
