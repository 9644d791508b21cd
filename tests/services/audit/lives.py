"""An audit service's lives over one log in memory, each ended wherever a test likes."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from contracts.envelope.wire import Outbound
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit import following, stores
from services.audit.following import Following
from services.audit.replay import RealmAudit
from services.audit.store import AuditStore
from services.audit.stores import AuditStores, begun
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings
from tests.contracts.decision.state.tables import whole
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, owners
from tests.contracts.log.routing.test_partners_at_random import Partners
from tests.services.audit.bundle.memory_log import BusRows, MemoryLog, MemoryReader

END = kit.NOW + 400 * kit.DAY
TOLD = ("partition", "index", "code", "topic", "offset", "at")  # of a finding


class KilledError(BaseException):
    """As `kill -9` would end a process there."""


@dataclass
class Lives:
    """A realm's log, the folder of its audit's store, and what was told in all lives."""

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
        self.before = AuditStores(AuditSettings(), Metrics("audit"), ServiceHealth())

    async def live(self, *, kill_at: int = -1, store: bool = True, looks: int = 1) -> Life:
        """One life, after which the one before has ended: started, some looks, and no word more."""
        self.before.close()
        settings = AuditSettings(home=self.home, realms=("civil",), store=store)
        reader = self.read_by(kill_at=kill_at)
        metrics, health = Metrics("audit"), ServiceHealth()
        opened = self.before = AuditStores(settings, metrics, health)
        with capture_logs() as logs:
            try:
                audit, kept = await begun(settings, "civil", owners(), opened)
                followed = Following(audit, metrics, health, kept)
                for _ in range(looks):
                    await followed.look(END)
            finally:
                self.asked = reader.asked
                self.warnings = health.warnings
                self.told += [
                    AuditFinding(**{name: line[name] for name in TOLD})
                    for line in logs
                    if line["event"] == "divergence"
                ]
                self.refused += [line["why"] for line in logs if line["event"] == "store refused"]
        return Life(audit, kept, followed)

    def read_by(self, *, kill_at: int = -1) -> MemoryReader:
        """Let every audit that is made from now on read this log: random batches, no pause.

        Args:
            kill_at: number of the batch before which it is killed.
        """
        batches = count(1)

        def choose(places: list[TopicPartition]) -> TopicPartition:
            if next(batches) == kill_at:
                raise KilledError
            return self.chance.choice(places)

        self.patch.setattr(following, "IDLE_S", -1)
        reader = MemoryReader(
            BusRows(self.bus), choose=choose, size=lambda _topic: self.chance.choice((1, 2, 7, 40))
        )
        log = MemoryLog({}, kind=lambda _rows: reader, registry=self.bus.registry)
        self.patch.setattr(stores, "KafkaLog", lambda _buses: log)
        return reader


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
