"""Load on one agency's HTTP that waits for nobody: so many requests a second, answered or not."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

HOST: Final = "127.0.0.1"
ANSWER_S: Final = 30.0
CONNECTIONS: Final = 800  # at once: who waits for an answer holds one
TICK_S: Final = 0.01
ACCEPTED: Final = 202
UNANSWERED: Final = -1  # in place of a status
IN_DOUBT: Final = "kafka_unreachable"  # taken or not: its key tells, when it is asked again


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    retry_after: str
    seconds: float
    body: dict[str, Any] = field(repr=False, default_factory=dict)


@dataclass
class Offered:
    """What a span of load came to.

    Attributes:
        seconds: that it lasted, from the first request to the last answer.
        offered: requests that were to be sent.
        unsent: those of them that found none of our own connections free: they were never sent.
    """

    seconds: float = 0.0
    offered: int = 0
    unsent: int = 0
    answers: list[Answer] = field(default_factory=list)

    @property
    def statuses(self) -> Counter[int]:
        """How often each."""
        return Counter(one.status for one in self.answers)

    @property
    def events(self) -> list[str]:
        """Ids of all that was accepted."""
        return [event for one in self.answers for event in one.body.get("events", ())]

    @property
    def rate(self) -> float:
        """Accepted requests a second."""
        return self.statuses[ACCEPTED] / self.seconds if self.seconds else 0.0


class Load:
    """Posts records of some desks, each under a key of its own.

    Args:
        port: of the agency's service.
        tokens: one desk's after the other.
        records: taken in turn.
    """

    def __init__(
        self, port: int, tokens: Sequence[str], records: Sequence[Mapping[str, Any]]
    ) -> None:
        self._port = port
        self._tokens = tokens
        self._bodies = [orjson.dumps(record) for record in records]
        self._sent = 0
        self._in_doubt: list[bytes] = []
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._open = 0

    async def closed(self, callers: int, seconds: float) -> Offered:
        """So many callers, each waiting for its answer before it asks again: a steady rate."""
        found, until = Offered(), time.monotonic() + seconds

        async def call() -> None:
            while time.monotonic() < until:
                found.answers.append(await self.one())
                found.offered += 1

        began = time.monotonic()
        await asyncio.gather(*(call() for _ in range(callers)))
        found.seconds = time.monotonic() - began
        return found

    async def offered(self, rate: float, seconds: float) -> Offered:
        """So many requests a second, whatever becomes of them."""
        found, began, tasks = Offered(), time.monotonic(), set[asyncio.Task[None]]()

        async def call() -> None:
            found.answers.append(await self.one())

        while (now := time.monotonic() - began) < seconds:
            while found.offered < now * rate:
                found.offered += 1
                if self._open >= CONNECTIONS and not self._idle:
                    found.unsent += 1
                    continue
                task = asyncio.create_task(call())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(TICK_S)
        await asyncio.gather(*tasks)
        found.seconds = time.monotonic() - began
        return found

    async def in_doubt(self) -> Offered:
        """Ask again with its key whatever was not answered, or with "ask again with your key"."""
        found, began = Offered(), time.monotonic()
        requests, self._in_doubt = self._in_doubt, []
        for request in requests:
            found.answers.append(await self._answered(request, time.monotonic()))
            found.offered += 1
        found.seconds = time.monotonic() - began
        return found

    async def one(self) -> Answer:
        """One request."""
        number, self._sent = self._sent, self._sent + 1
        body = self._bodies[number % len(self._bodies)]
        head = (
            f"POST /v1/referrals HTTP/1.1\r\nHost: {HOST}\r\n"
            f"Authorization: Bearer {self._tokens[number % len(self._tokens)]}\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        began, request = time.monotonic(), head.encode() + body
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await self._answered(request, began)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            answer = Answer(UNANSWERED, "", time.monotonic() - began)
        if answer.status == UNANSWERED or answer.body.get("code") == IN_DOUBT:
            self._in_doubt.append(request)
        return answer

    async def _answered(self, request: bytes, began: float) -> Answer:
        """As HTTP clients do (RFC 9112, 9.3.1): a kept connection just being closed is none.

        The request has a key: whatever became of the first one, it is taken once.
        """
        reused = bool(self._idle)
        try:
            return await self._asked(request, began)
        except (ConnectionError, asyncio.IncompleteReadError):
            if not reused:
                raise
        for _, writer in self._idle:
            writer.close()
        self._open -= len(self._idle)
        self._idle.clear()
        return await self._asked(request, began)

    async def _asked(self, request: bytes, began: float) -> Answer:
        reader, writer = await self._connection()
        try:
            writer.write(request)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", "0")))
        except BaseException:
            self._open -= 1
            writer.close()
            raise
        if fields.get("connection") == "close":
            self._open -= 1
            writer.close()
        else:
            self._idle.append((reader, writer))
        status, later = int(lines[0].split()[1]), fields.get("retry-after", "")
        kept = orjson.loads(body) if body else {}
        return Answer(status, later, time.monotonic() - began, kept)

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            self._open -= 1
            writer.close()
        self._open += 1
        try:
            return await asyncio.open_connection(HOST, self._port)
        except BaseException:
            self._open -= 1
            raise

    def close(self) -> None:
        """Close what is open."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


def resident(pid: int) -> int:
    """Bytes of a process's memory (RSS)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def worked(pid: int) -> float:
    """Seconds of a processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Watch:
    """Looks at a service once a second while it is under load.

    Attributes:
        memory: RSS, bytes.
        late: seconds that `/live` took to answer, by the clock.
        work: seconds of a processor that the service had meanwhile: what `/live` waited for,
            whatever neighbours do.
    """

    pid: int
    port: int
    memory: list[int] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Until cancelled."""
        import httpx

        async with httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as client:
            while True:
                began, before = time.monotonic(), worked(self.pid)
                answer = await client.get(f"http://{HOST}:{self.port}/live")
                if answer.is_success:
                    self.late.append(time.monotonic() - began)
                    self.work.append(worked(self.pid) - before)
                self.memory.append(resident(self.pid))
                await asyncio.sleep(1)
