"""Who watches a played federation from outside: what was written, and whether it was taken.

It reads topics with the rights of nobody: no key, sealed content only. With the positions that
services export it can say exactly when routing is quiet, so that a play never sleeps in hope.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

import httpx
import orjson
from aiokafka import TopicPartition

from contracts.encoding import unb64u
from contracts.envelope.receive import addressee
from contracts.vocabulary.schema import short
from services.platform.kafka.bus import Bus
from services.platform.ports import monotonic
from services.platform.process.exit_codes import UnreachableError

QUIET_S: Final = 60.0  # for everything to be routed and read; milliseconds when all is well
LOOK_S: Final = 0.01  # between two looks
_TAKEN: Final = re.compile(r'relais_taken_offset\{partition="(\d+)",topic="([^"]+)"\} (\S+)')
_UNTIL: Final = re.compile(r'relais_written_until_seconds\{realm="(\w+)"\} (\S+)')

Place = tuple[str, int]  # topic, partition
Offsets = dict[Place, int]  # the offset after the last record


class Witness:
    """Follows outboxes, inboxes and evidence; use it with `async with`.

    Args:
        names: of all topics.
        urls: name of a service -> its address.
    """

    def __init__(self, bus: Bus, names: Iterable[str], urls: Mapping[str, str]) -> None:
        self._names = tuple(names)
        self._urls = dict(urls)
        self._reader = bus.reader()
        # A commit is answered before its markers stand in every partition: only who looks at
        # uncommitted records too knows that there is something to wait for.
        self._open = bus.reader(isolation_level="read_uncommitted")
        self._http = httpx.AsyncClient(timeout=10, trust_env=False)
        self._read: Offsets = {}  # stable offset up to which a partition was read
        self._written: Offsets = {}
        self._taken: Offsets = {}
        self._arrived: Counter[str] = Counter()  # by desk
        self._until: dict[str, float] = {}  # routing service -> instant
        self._decisions: dict[str, dict[str, Any]] = {}  # event id -> decision

    async def __aenter__(self) -> Self:
        await self._reader.start()
        await self._open.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        await self._reader.stop()
        await self._open.stop()

    async def quiet(self, moved_to: int | None) -> None:
        """Return when what fell due is recorded, what was published decided, what came read.

        Args:
            moved_to: instant to which the clock was moved since the last call, seconds.

        Raises:
            UnreachableError: `not_quiet` within the bound.
        """
        deadline = monotonic() + QUIET_S
        routing = [name for name in self._urls if name.startswith("routing")]
        agencies = [name for name in self._urls if not name.startswith(("routing", "audit"))]
        if moved_to is not None:
            while any(self._until.get(name, 0) < moved_to for name in routing):
                await self._look(routing, deadline, "what fell due")
        await self._all_taken("outbox", routing, deadline)
        await self._all_taken("inbox", agencies, deadline)

    def arrived(self, desk: str) -> int:
        """How much has come for a desk, as of the last `quiet`."""
        return self._arrived[desk]

    async def decision_on(self, event_id: str) -> dict[str, Any]:
        """What the evidence says was decided of an event; empty if it knows none."""
        if event_id not in self._decisions:
            await self._read_on("evidence", keep=True)
        return self._decisions.get(event_id, {})

    async def _all_taken(self, kind: str, services: Iterable[str], deadline: float) -> None:
        await self._read_on(kind)
        wanted = {place: end for place, end in self._written.items() if _kind(place[0]) == kind}
        while any(self._taken.get(place, 0) < end for place, end in wanted.items()):
            await self._look(services, deadline, kind)

    async def _look(self, services: Iterable[str], deadline: float, what: str) -> None:
        """Ask services how far they are; the first time at once, then after a pause."""
        if monotonic() > deadline:
            raise UnreachableError("not_quiet", f"{QUIET_S:g} s", what)
        await asyncio.sleep(LOOK_S)
        pages = await asyncio.gather(*(self._page(name) for name in services))
        for name, page in zip(services, pages, strict=True):
            for number, topic, offset in _TAKEN.findall(page):
                self._taken[topic, int(number)] = int(float(offset))
            for _realm, until in _UNTIL.findall(page):
                self._until[name] = float(until)

    async def _page(self, name: str) -> str:
        try:
            return (await self._http.get(f"{self._urls[name]}/metrics")).text
        except httpx.HTTPError:  # it may be starting again; the deadline decides
            return ""

    async def _read_on(self, kind: str, *, keep: bool = False) -> None:
        """Read topics of a kind from where we were to their end."""
        names = [name for name in self._names if _kind(name) == kind]
        starts = {
            place: self._read.get((place.topic, place.partition), 0)
            for place in await self._reader.places(names)
        }
        ends = await self._stable(starts)
        async for batch in self._reader.span(starts, ends):
            last = batch[-1]
            self._written[last.topic, last.partition] = last.offset + 1
            for record in batch if keep else ():
                self._note(record.value)
            if kind == "inbox":
                for record in batch:
                    self._arrived[short(addressee(record.value, record.headers)[0])] += 1
        for place, end in ends.items():
            self._read[place.topic, place.partition] = end

    async def _stable(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The ends of partitions once every transaction that had written by now is over."""
        deadline = monotonic() + QUIET_S
        written = await self._open.ends(places)
        while True:
            ends = await self._reader.ends(places)
            if all(ends[place] >= end for place, end in written.items()):
                return ends
            if monotonic() > deadline:
                raise UnreachableError("not_quiet", f"{QUIET_S:g} s", "the end of a transaction")
            await asyncio.sleep(LOOK_S)

    def _note(self, value: bytes | None) -> None:
        evidence = orjson.loads(value or b"{}")
        if "cover" in evidence and "decision" in evidence:
            claims = orjson.loads(unb64u(evidence["cover"].split(".")[1]))
            self._decisions.setdefault(claims["jti"], evidence["decision"])


def _kind(topic: str) -> str:
    return topic.split(".")[2]
