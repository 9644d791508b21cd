"""A start that folds what its store says of the inboxes, and reads on in Kafka behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiokafka import TopicPartition

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import sha256
from contracts.envelope.wire import Inbound
from contracts.keys.directory import Directory
from services.agency.loops.inbox_store import (
    InboxMemory,
    InboxStore,
    desks_of,
    digest_of,
    routers_of,
)
from services.agency.loops.incoming import Incoming
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.exit_codes import UnreachableError
from services.platform.store.owned import NotBelievedError

_BATCH: Final = 500  # rows after which others have a turn

Offsets = dict[TopicPartition, int]


@dataclass(slots=True)
class Recall:
    """What one store says, held to Kafka and the directories in force before it is folded."""

    _memory: InboxMemory
    _store: InboxStore
    _incoming: Incoming
    _reader: LogReader
    _begins: Mapping[TopicPartition, int]
    _failed: dict[TopicPartition, list[int]] = field(default_factory=dict)

    async def fold(self, ends: Mapping[TopicPartition, int]) -> Offsets:
        """Fold it; from where each partition is to be read on.

        Raises:
            NotBelievedError: `desks`, `keys`, `ahead`, `foreign`, `damaged`; nothing was folded.
            UnreachableError: Kafka did not answer in time; `store_unreadable`.
        """
        head, incoming = self._store.head, self._incoming
        if not head:
            return {}
        if head["desks"] != desks_of(incoming.inboxes):
            raise NotBelievedError("desks")
        nexts = {
            place: tuple(told)
            for place in self._begins
            if (told := head["next"].get(f"{place.topic}/{place.partition}")) is not None
        }
        await self._check_lasts(nexts, ends)
        self._memory.go_on(self._store, self._check_keys(incoming.directories()))
        records = await self._reader.pick(self._failed)
        try:
            for place in self._begins:
                await self._fold(place, records)
                self._memory.forget(self._store.before(place, self._begins[place]))
        except LostRowError as error:  # a new start reads the topics
            raise UnreachableError("store_unreadable", str(error)) from error
        starts = {place: max(told[0], self._begins[place]) for place, told in nexts.items()}
        incoming.go_on(starts)
        return starts

    async def _check_lasts(
        self, nexts: Mapping[TopicPartition, tuple[int, int, str]], ends: Mapping[TopicPartition,
        int]
    ) -> None:  # fmt: skip
        """That Kafka has each partition's last record as it was, or has it no more."""
        if any(next_ > ends[place] for place, (next_, _, _) in nexts.items()):
            raise NotBelievedError("ahead")
        kept = {
            place: [last] for place, (_, last, _) in nexts.items() if last >= self._begins[place]
        }
        records = await self._reader.pick(kept)
        for place, (last,) in kept.items():
            record = records.get((place, last))
            if record is None or sha256(record.value or b"").hex() != nexts[place][2]:
                raise NotBelievedError("foreign")

    def _check_keys(self, directories: Mapping[str, Directory]) -> set[tuple[str, str]]:
        """That every key under which a row was verified is in force as it was; the desks' keys."""
        kids = set()
        try:
            for place, begin in self._begins.items():
                realm = self._incoming.inboxes[place.topic][0]
                for offset, _, said in self._store.said(place, begin):
                    if said is None:
                        self._failed.setdefault(place, []).append(offset)
                    elif kid := said.get("kid"):
                        kids.add((realm, kid))
        except (LostRowError, LookupError, TypeError, ValueError):
            raise NotBelievedError("damaged") from None
        for realm, kid in kids:
            key = directories[realm].signing.get(kid)
            if key is None or digest_of(key) != self._store.signer(realm, kid):
                raise NotBelievedError("keys")
        for realm, directory in directories.items():
            now, then = routers_of(directory), self._store.head["routers"].get(realm, {})
            if not then.items() <= now.items():
                raise NotBelievedError("keys")
        return kids

    async def _fold(
        self, place: TopicPartition, records: Mapping[tuple[TopicPartition, int], Inbound]
    ) -> None:
        rows = self._store.said(place, self._begins[place])
        for count, (offset, desk, said) in enumerate(rows):
            if said is not None:
                self._incoming.recall(place, offset, desk, said)
            elif (record := records.get((place, offset))) is not None:
                self._incoming.take_again(record)
            if count % _BATCH == 0:
                await asyncio.sleep(0)  # /live answers meanwhile
