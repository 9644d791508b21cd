"""Publishing: concurrent requests become one Kafka transaction, and each is answered once.

    request → known key? the first answer again → judged → queued
    queue → one transaction (chains laid over ours) → committed → outbox, fold → answers

A caller waits `ANSWER_S` at most: with Kafka away it gets 503 and may try again with its key. Its
event stays in the queue, so a retry joins the one that is on its way; after a crash it is found in
the outbox. An outcome that cannot be known ends the process (`transactions.py`).
"""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from contracts.envelope.wire import Outbound
from contracts.errors import RelaisError
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest, key_reused
from services.agency.office.requests.pressure import busy, check_undecided
from services.agency.office.responses.sending import SendAnswer
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.outbox import Chain
from services.agency.office.sending.sealing import Keyed, Sealed
from services.platform.http.problems import ProblemError, kafka_unreachable
from services.platform.ports import random_bytes
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import TransactionAbortedError

ANSWER_S: Final = 8.0  # that a caller waits for the commit; a broker's restart takes two
MOST: Final = 100  # requests in one transaction
WAITING: Final = 256  # requests in the queue, half a megabyte each at most, before new ones get 503

log = structlog.get_logger("relais.intake")


class Writes(Protocol):
    """What publishes: all of it or nothing."""

    async def write(self, records: Sequence[Outbound]) -> None:
        """Publish in one transaction.

        Raises:
            TransactionAbortedError: nothing is published; may be tried again.
            RelaisError: this process must end.
        """


@dataclass(slots=True)
class _Job:
    request: DeskRequest
    prepared: Prepared
    idem: Keyed | None
    done: asyncio.Future[list[str]]
    sealed: list[Sealed] = field(default_factory=list)


class Publisher:
    """The one writer of an agency's outboxes.

    Args:
        ready: becomes true when the outboxes have been read to their end.
    """

    def __init__(self, office: Office, writes: Writes, clock: Clock) -> None:
        self.office = office
        self.ready = False
        self.transactions = 0
        self._writes = writes
        self._clock = clock
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(WAITING)
        self._idle = asyncio.Event()
        self._pending: dict[tuple[str, str], _Job] = {}

    @property
    def waiting(self) -> int:
        """Requests that are not written yet."""
        return self._queue.qsize()

    async def publish(self, request: DeskRequest) -> SendAnswer:
        """Publish what a desk asks for, once, and answer.

        Raises:
            ProblemError, RelaisError: a refusal; nothing was published.
            ProblemError: 503 `kafka_unreachable`: not answered in time; a retry with the same key
                is safe.
        """
        if not self.ready:
            raise kafka_unreachable()
        idem = self.office.keyed(request)
        if idem is not None:
            if sent := self.office.repeated(request, idem):
                prepared = self.office.judge(request, self._clock.now(), sent[0])
                return prepared.answer([one.id for one in sent])
            if job := self._pending.get((request.desk, request.key)):
                if job.request != request:
                    raise key_reused()
                return await self._answer(job)
        return await self._answer(self._queued(request, idem))

    def _queued(self, request: DeskRequest, idem: Keyed | None) -> _Job:
        check_undecided(self.office.fold.undecided)
        prepared = self.office.judge(request, self._clock.now())
        job = _Job(request, prepared, idem, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise busy() from None
        if request.key:
            place = (request.desk, request.key)
            self._pending[place] = job
            job.done.add_done_callback(lambda _: self._pending.pop(place, None))
        return job

    async def _answer(self, job: _Job) -> SendAnswer:
        try:
            async with asyncio.timeout(ANSWER_S):
                ids = await asyncio.shield(job.done)
        except TimeoutError:
            raise kafka_unreachable() from None
        return job.prepared.answer(ids)

    async def run(self) -> None:
        """Write what is queued until cancelled.

        Raises:
            UnreachableError, FencedError: the process must end; every caller has been refused.
        """
        try:
            while True:
                self._idle.set()
                jobs = [await self._queue.get()]
                self._idle.clear()
                while len(jobs) < MOST and not self._queue.empty():
                    jobs.append(self._queue.get_nowait())
                await self._write(jobs)
        finally:
            self.ready = False
            while not self._queue.empty():
                _refuse([self._queue.get_nowait()])

    async def drained(self) -> None:
        """Return once nothing is queued or being written."""
        while self._queue.qsize() or not self._idle.is_set():
            await self._idle.wait()
            await asyncio.sleep(0)

    async def _write(self, jobs: Sequence[_Job]) -> None:
        """1. Seal on chains laid over ours. 2. One transaction. 3. Commit in memory. 4. Answer."""
        # 1.
        sealed = self._sealed(jobs)
        if not sealed:
            return
        # 2.
        events = [one for job in sealed for one in job.sealed]
        self.office.writing(events)
        try:
            await self._writes.write([one.record for one in events])
        except TransactionAbortedError as error:
            self.office.given_up(events)
            log.warning("transaction aborted", code=error.code)
            _refuse(jobs)
            return
        except BaseException:
            _refuse(jobs)
            raise
        # 3.
        self.transactions += 1
        for job in sealed:
            self.office.committed(job.sealed)
        # 4.
        for job in sealed:
            if not job.done.done():
                job.done.set_result([one.issued.claims.jti for one in job.sealed])

    def _sealed(self, jobs: Sequence[_Job]) -> list[_Job]:
        """The jobs that could be sealed; a fault of one is told to its own caller alone."""
        made: Chain = {}
        sealed: list[_Job] = []
        ahead: list[Sealed] = []
        for job in jobs:
            trial = ChainMap({}, made, self.office.outbox.chain)
            try:
                job.sealed = self.office.seal(
                    job.prepared, trial, self._clock.now_ms(), random_bytes, job.idem,
                    ahead,
                )  # fmt: skip
            except (RelaisError, ProblemError) as error:
                job.done.set_exception(error)
                job.done.exception()  # a caller that gave up does not make it a warning
                continue
            made |= trial.maps[0]
            ahead += job.sealed
            sealed.append(job)
        return sealed


def _refuse(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if not job.done.done():
            job.done.set_exception(kafka_unreachable())
            job.done.exception()
