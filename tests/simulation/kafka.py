"""A Kafka in memory: what brokers answer to aiokafka's requests, on a loop of virtual time.

The clients above it are aiokafka's own, down to the request (`clients.py`): batching, retries,
sequence numbers, states of a transaction, fetched records and their positions are the real ones.

Simulated: partitions (`partition.py`) with offsets that markers and aborted records occupy, last
stable offset and high watermark, time stamps of the log, batches that come twice or out of turn,
sizes, retention and compaction on demand; a coordinator with epochs that fence, transactions that
end by commit, abort, initialisation or time, markers that are late; partitions without a leader; a
fetch that waits for news and is cut where its bytes end; a connection that answers in turn.

Not simulated: several brokers, elections and replicas; groups;
sessions, quotas, TLS, rights; compression; when a broker compacts, rolls or deletes by itself.
Faults are the gate's (`clients.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

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


@dataclass
class Transactional:
    """What the coordinator knows of a transactional id.

    Attributes:
        places: partitions of the transaction that is open, or ends.
        ending: how many markers are still to be written.
        committed: how the last one ended; None while one is open, or before the first.
    """

    pid: int
    epoch: int = 0
    timeout_ms: int = MAX_TIMEOUT_MS
    places: dict[Place, None] = field(default_factory=dict)
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
        marker_s: seconds until the next marker is written, asked for each.
    """

    def __init__(self, marker_s: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__()
        self.marker_s = marker_s
        self._ids: dict[str, Transactional] = {}
        self._pids = 0

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
            0: self.produce, 2: self.list_offsets, 3: self.metadata, 10: self._find,
            22: self._init, 24: self._add_partitions, 26: self._end_transaction,
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
        """Write a marker to each partition, each when its time comes."""
        assert known.timer is not None
        known.timer.cancel()
        known.timer, known.committed = None, commit
        steps = [partial(self._mark, known, *place, commit=commit) for place in known.places]
        known.places, known.ending = {}, len(steps)
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
