"""A Kafka in memory: what brokers answer to aiokafka's requests, on a loop of virtual time.

The clients above it are aiokafka's own, down to the request (`clients.py`): batching, retries,
sequence numbers, states of a transaction, fetched records and their positions are the real ones.

Simulated: partitions (`partition.py`) with offsets that markers and aborted records occupy, last
stable offset and high watermark, time stamps of the log, batches that come twice or out of turn,
sizes, retention and compaction on demand; a coordinator with epochs that fence, transactions that
end by commit, abort, initialisation or time, markers that are late; a group's offsets, those of a
transaction with its end; partitions without a leader; a fetch that waits for news
and is cut where its bytes end; a connection that answers in turn.

Not simulated: several brokers, elections and replicas; members of groups and their rebalances;
sessions, quotas, TLS, rights; compression; when a broker compacts, rolls or deletes by itself.
Faults are the gate's (`clients.py`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from aiokafka.errors import (
    ConcurrentTransactions,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTransactionTimeout,
    InvalidTxnState,
)

from tests.simulation.broker import GOOD, NODE, NONE, Broker, Place
from tests.simulation.clients import Gate, SimClients, Wire, open_gate

MAX_TIMEOUT_MS: Final = 60_000  # as our brokers have it
FETCH: Final = 1  # the one request that waits


class Stamped(NamedTuple):
    """A committed offset; of two the one that was written later holds, whatever ended first."""

    number: int
    offset: int
    metadata: str


@dataclass
class Transactional:
    """What the coordinator knows of a transactional id.

    Attributes:
        places: partitions of the transaction that is open, or ends.
        offsets: group -> what it commits.
        ending: how many markers are still to be written.
        committed: how the last one ended; None while one is open, or before the first.
    """

    pid: int
    epoch: int = 0
    timeout_ms: int = MAX_TIMEOUT_MS
    places: dict[Place, None] = field(default_factory=dict)
    offsets: dict[str, dict[Place, Stamped]] = field(default_factory=dict)
    ending: int = 0
    committed: bool | None = None
    timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is something to end."""
        return self.timer is not None


class SimKafka(Broker):
    """One broker, which is the coordinator too.

    Attributes:
        groups: group -> what it has committed.
        marker_s: seconds until the next marker is written, asked for each.
    """

    def __init__(self, marker_s: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__()
        self.groups: dict[str, dict[Place, Stamped]] = defaultdict(dict)
        self.marker_s = marker_s
        self._ids: dict[str, Transactional] = {}
        self._pids = self._written = 0

    def clients(self, gate: Gate = open_gate) -> SimClients:
        """One process's clients.

        Args:
            gate: awaited before and after each effect of each call (`clients.py`).
        """
        return SimClients(Wire(self.answer, gate), self.value)

    async def answer(self, request: Any) -> Any:
        """What a broker answers, after it has done what was asked."""
        if request.API_KEY == FETCH:
            return await self.fetch(request)
        answers = {
            0: self.produce, 2: self.list_offsets, 3: self.metadata, 9: self._offsets,
            10: self._find, 22: self._init, 24: self._add_partitions, 25: self._add_offsets,
            26: self._end_transaction, 28: self._hold_offsets,
        }  # fmt: skip
        return answers[request.API_KEY](request)

    def _find(self, request: Any) -> Any:
        return request.RESPONSE_TYPE(0, GOOD, None, NODE, "simulated", 9092)

    def _init(self, request: Any) -> Any:
        if request.transactional_id is None:
            self._pids += 1
            return request.RESPONSE_TYPE(0, GOOD, self._pids, 0)
        if request.transaction_timeout_ms > MAX_TIMEOUT_MS:
            return request.RESPONSE_TYPE(0, InvalidTransactionTimeout.errno, NONE, NONE)
        known = self._ids.get(request.transactional_id)
        if known is None:
            self._pids += 1
            known = self._ids[request.transactional_id] = Transactional(self._pids)
        elif known.is_open:
            self._expire(known)  # and be asked again
        if known.ending:
            return request.RESPONSE_TYPE(0, ConcurrentTransactions.errno, NONE, NONE)
        known.epoch += 1
        known.committed, known.timeout_ms = None, request.transaction_timeout_ms
        return request.RESPONSE_TYPE(0, GOOD, known.pid, known.epoch)

    def _owner(self, request: Any) -> tuple[int, Transactional]:
        """Whose request it is, and what is wrong with it."""
        known = self._ids.get(request.transactional_id)
        if known is None or known.pid != request.producer_id:
            return InvalidProducerIdMapping.errno, Transactional(NONE)
        if request.producer_epoch < known.epoch:
            return InvalidProducerEpoch.errno, known
        return (ConcurrentTransactions.errno if known.ending else GOOD), known

    def _begin(self, known: Transactional) -> None:
        if known.timer is None:
            loop = asyncio.get_running_loop()
            known.timer = loop.call_later(known.timeout_ms / 1000, self._expire, known)
            known.committed = None

    def _add_partitions(self, request: Any) -> Any:
        code, known = self._owner(request)
        rows = []
        for topic, numbers in request.topics:
            codes = [(number, code or self.found(topic, number)[0])
                     for number in numbers]  # fmt: skip
            rows.append((topic, codes))
        if not any(one for _, codes in rows for _, one in codes):
            self._begin(known)
            known.places |= {(topic, number): None for topic, codes in rows for number, _ in codes}
        return request.RESPONSE_TYPE(0, rows)

    def _add_offsets(self, request: Any) -> Any:
        code, known = self._owner(request)
        if code == GOOD:
            self._begin(known)
            known.offsets.setdefault(request.group_id, {})
        return request.RESPONSE_TYPE(0, code)

    def _hold_offsets(self, request: Any) -> Any:
        code, known = self._owner(request)
        if code == GOOD and request.group_id not in known.offsets:
            code = InvalidTxnState.errno
        rows = []
        for topic, parts in request.topics:
            for number, offset, metadata in parts if code == GOOD else ():
                given = known.offsets[request.group_id]
                self._written += 1
                given[topic, number] = Stamped(self._written, offset, metadata)
            rows.append((topic, [(number, code) for number, *_ in parts]))
        return request.RESPONSE_TYPE(0, rows)

    def _end_transaction(self, request: Any) -> Any:
        code, known = self._owner(request)
        wanted = bool(request.transaction_result)
        if code == GOOD and known.is_open:
            self._end(known, commit=wanted)
        elif code == GOOD and known.committed is not wanted:  # the same once more is no error
            code = InvalidTxnState.errno
        elif code == ConcurrentTransactions.errno and known.committed is wanted:
            code = GOOD
        return request.RESPONSE_TYPE(0, code)

    def _expire(self, known: Transactional) -> None:
        """Fence the producer of an open transaction, and abort it."""
        known.epoch += 1
        self._end(known, commit=False)

    def _end(self, known: Transactional, *, commit: bool) -> None:
        """Write a marker to each partition, and commit the offsets, each when its time comes."""
        assert known.timer is not None
        known.timer.cancel()
        known.timer, known.committed = None, commit
        steps = [partial(self._mark, known, *place, commit=commit) for place in known.places]
        steps += [partial(self._keep, group, offsets) for group, offsets in known.offsets.items()
                  if commit]  # fmt: skip
        known.places, known.offsets, known.ending = {}, {}, len(steps)
        for step in steps:
            if late := self.marker_s():
                asyncio.get_running_loop().call_later(late, self._step, known, step)
            else:
                self._step(known, step)

    def _step(self, known: Transactional, step: Callable[[], None]) -> None:
        step()
        known.ending -= 1
        self.tell()

    def _mark(self, known: Transactional, topic: str, number: int, *, commit: bool) -> None:
        part = self.topics[topic][number]
        part.finish(known.pid, known.epoch, self.now_ms(), commit=commit)

    def _keep(self, group: str, offsets: Mapping[Place, Stamped]) -> None:
        known = self.groups[group]
        known.update({place: max(new, known.get(place, new)) for place, new in offsets.items()})

    def _offsets(self, request: Any) -> Any:
        known, none = self.groups.get(request.consumer_group, {}), Stamped(0, NONE, "")
        every = [(topic, [number]) for topic, number in known]
        rows = [
            (topic, [(at, *known.get((topic, at), none)[1:], GOOD) for at in numbers])
            for topic, numbers in (every if request.topics is None else request.topics)
        ]
        return request.RESPONSE_TYPE(0, rows, GOOD)
