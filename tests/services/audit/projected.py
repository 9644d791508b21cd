"""An audit service over a log that is routed by value: its lives, and what it answers."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from contracts.encoding import unb64u
from contracts.envelope.wire import Inbound, Outbound
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit import following, source
from services.audit.app import begun, store_place
from services.audit.following import Following
from services.audit.projection.routes import Projection
from services.audit.replay import RealmAudit
from services.audit.store import AuditStore
from services.platform.http.shared_secret import SharedSecrets, bearer
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.ports import given
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings
from services.platform.store.place import StorePlace
from tests.contracts.decision.state.tables import whole
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import owners
from tests.contracts.log.partners import Partners
from tests.contracts.log.routed import Bus
from tests.simulation.planted_log import PlantedKafka

END: Final = kit.NOW + 400 * kit.DAY
TOLD: Final = ("partition", "index", "code", "topic", "offset", "at")  # of a finding
SECRET: Final = b"c" * 32
URL: Final = "http://audit"
ASKED: Final = "/projection/civil/event"
NOBODYS: Final = "01890000-0000-7000-8000-000000000000"


class KilledError(BaseException):
    """As `kill -9` would end a process there."""


@dataclass
class Lives:
    """A realm's log, the folder of its audit's store, and what was told in all lives.

    Attributes:
        asked: records that the last life read.
    """

    bus: Bus
    home: Path
    patch: pytest.MonkeyPatch
    seed: int = 0
    told: list[AuditFinding] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    warnings: set[str] = field(default_factory=set)
    asked: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.before: StorePlace[AuditStore] | None = None
        self.patch.setattr(following, "IDLE_S", -1)
        self.patch.setattr(source, "MARKERS_S", 0)

    @property
    def kafka(self) -> PlantedKafka:
        """The log, handed over in odd turns."""
        chance = self.chance
        return PlantedKafka(self.bus.written, chance.choice, lambda _: chance.choice((1, 2, 7, 40)))

    async def live(self, *, kill_at: int = -1, store: bool = True, look: bool = True) -> Life:
        """One life, after which the one before has ended: started, one look, and no word more.

        Without a look it goes on, to be stopped.

        Args:
            kill_at: number of the batch before which it is killed.
        """
        self.end()
        folder = None if store else Path(os.devnull, "none")  # where nothing can be written
        settings = AuditSettings(home=self.home, realms=("civil",), store_dir=folder)
        metrics, health = Metrics("audit"), ServiceHealth()
        opened = self.before = store_place(settings, "civil", metrics, health)
        self._read_until(kill_at)
        with capture_logs() as logs, given(self.kafka.ports):
            try:
                audit, kept = await begun(settings, "civil", owners(), opened)
                followed = Following(audit, metrics, health, kept)
                if look:
                    try:
                        await followed.look(END)
                    finally:
                        await audit.stop()
            finally:
                self.warnings = health.warnings
                self.told += [
                    AuditFinding(**{name: line[name] for name in TOLD})
                    for line in logs
                    if line["event"] == "divergence"
                ]
                self.refused += [line["why"] for line in logs if line["event"] == "store refused"]
        return Life(audit, kept, followed)

    def end(self) -> None:
        """End the life before."""
        if self.before is not None:
            self.before.close()

    def _read_until(self, kill_at: int) -> None:
        self.asked, batches = 0, count(1)

        async def mortal(reader: LogReader, *starts: Any) -> AsyncGenerator[list[Inbound], None]:
            async with aclosing(_read(reader, *starts)) as reading:
                async for batch in reading:
                    if next(batches) == kill_at:
                        raise KilledError
                    self.asked += len(batch)
                    yield batch

        self.patch.setattr(LogReader, "read", mortal)


_read = LogReader.read


@dataclass
class Life:
    """What a life left, if it was not killed."""

    audit: RealmAudit
    store: AuditStore | None
    followed: Following

    def sum(self) -> tuple[Any, ...]:
        """All that its verdict is made of, but for findings."""
        states = [
            whole(state) if (state := one.settled()) else None for one in self.audit.replayers
        ]
        tallies = [asdict(one.tally) for one in self.audit.replayers]
        return states, tallies, dict(self.audit._ids)

    def findings(self) -> set[AuditFinding]:
        """Of the log, as its store has them or as it found them."""
        if self.store is None:
            return set(self.audit.findings)
        return {finding for finding, lasting in self.store.findings() if lasting}


def said(findings: Iterable[AuditFinding]) -> set[AuditFinding]:
    """Alarms as they are told."""
    alarms = (one for one in findings if one.alarm)
    return {AuditFinding(**{name: getattr(one, name) for name in TOLD}) for one in alarms}


def lived(bus: Bus, partners: Partners, events: int, first: int = 0) -> None:
    """Odd events, and of what fell due after them."""
    for at in range(first, first + events):
        bus.route(kit.inbound(partners.next(), offset=at), now=partners.now)
        bus.tick(partners.now)


def spoil(bus: Bus, chance: random.Random, *kinds: str) -> None:
    """What nobody who routes would write, at the end of a partition: of nobody, or once more."""
    number = chance.randrange(topics.PARTITIONS)
    decisions, evidence = topics.decisions(bus.name), topics.evidence(bus.name)
    written = bus.written[evidence, number]
    again = chance.choice(written) if written else None
    kind = chance.choice(kinds or ("garbage", "copy", "again", "evidence"))
    if kind == "garbage":
        bus.written[decisions, number].append(Outbound(decisions, number, b"k", b"{}", []))
    elif kind == "copy" and bus.log(number):
        bus.written[decisions, number].append(chance.choice(bus.log(number)))
    elif kind == "again" and again is not None:
        written.append(again)
    elif kind == "evidence":
        written.append(Outbound(evidence, number, b"none", b"{}", []))


@dataclass
class ProjectedBus:
    """What answers of a log, and what was decided in it."""

    app: Starlette
    decided: dict[str, dict[str, Any]]

    def by(self, secret: bytes = SECRET) -> httpx.AsyncClient:
        """Whoever has this secret."""
        transport, headers = httpx.ASGITransport(self.app), bearer(secret)
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=headers)

    async def ask(self, **question: str) -> httpx.Response:
        return await self.by().post(ASKED, json=question)


def decided_of(bus: Bus) -> dict[str, dict[str, Any]]:
    """Event id -> claims of its cover, of all that were decided, in the order of the log."""
    events = {}
    for number in range(topics.PARTITIONS):
        for row in bus.written[topics.evidence(bus.name), number]:
            beside = orjson.loads(row.value or b"{}")
            if "decision" in beside:
                claims = orjson.loads(unb64u(beside["cover"].split(".")[1]))
                events[claims["jti"]] = claims
    return events


async def projected(lives: Lives, *, store: bool = True) -> ProjectedBus:
    """A log of odd events, read to its end."""
    lived(lives.bus, Partners(random.Random(1)), 40)
    return await answering(lives, store=store)


async def answering(lives: Lives, *, store: bool = True) -> ProjectedBus:
    """One life of an audit, and what answers of it."""
    life, secrets = await lives.live(store=store), SharedSecrets({"civil": SECRET})
    projection = Projection(secrets, [life.followed], lambda: END)
    return ProjectedBus(Starlette(routes=projection.routes), decided_of(lives.bus))
