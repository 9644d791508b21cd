"""A key is called stolen: a follower tells what it signed since; a bundle, by event."""

from __future__ import annotations

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from services.audit.app import due
from services.audit.bundle.archive import sha256_of
from services.audit.bundle.export import export
from services.audit.bundle.source import open_bundle
from services.audit.bundle.verify import judge
from services.audit.following import Following
from services.audit.replay import RealmAudit
from services.audit.verdict import AuditVerdict
from services.cli.auditor.report import ReportFacts, report
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from tests.flows.key_succession import REALM, Keeper
from tests.flows.test_key_rotation import posted
from tests.patience import PATIENCE
from tests.services.audit.bundle.memory_log import (
    ignored,
    log_of,
    out_of,
    owners_of,
    replayed,
    request_of,
)
from tests.world import World


class Theft:
    """A school whose key was in other hands for a minute; nobody has said so yet."""

    def __init__(self) -> None:
        self.world = World()
        self.keeper = Keeper(self.world)
        posted(self.world, "before")
        self.world.settle()
        self.world.clock.advance(3_600)
        self.since = self.world.clock.now()
        self.event = posted(self.world, "since")
        self.world.settle()
        self.world.clock.advance(60)

    def tell(self) -> None:
        """Have the keeper say so."""
        self.keeper.steal("edu-s", self.since)
        self.world.settle()

    def audit(self) -> RealmAudit:
        """An audit of the civil bus, at its beginning."""
        return RealmAudit(log_of(self.world), REALM, owners_of(self.world))


async def test_who_follows_the_log_tells_it_at_once_and_once() -> None:
    """What it had passed by is read again then; counted and logged, and no warning."""
    theft, metrics, health = Theft(), Metrics("audit"), ServiceHealth()
    audit = theft.audit()
    await audit.start()
    followed, now = Following(audit, metrics, health), theft.world.clock.now()
    await followed.look(now)
    calm = followed.doubts
    theft.tell()
    await audit.control.refresh()
    async with asyncio.timeout(PATIENCE):
        await due(2 * PATIENCE, [followed])
    whole = theft.audit()
    await whole.read_through(theft.world.clock.now)
    with capture_logs() as lines:
        for _ in range(2):
            followed.look_back(whole.findings, 0, followed.stolen)

    assert not calm
    assert not followed.doubts
    assert [(line["event"], line["code"]) for line in lines] == [("in doubt", "in_doubt")]
    assert metrics.alarms.labels("in_doubt")._value.get() == 1
    assert health.warnings == set()


def facts_of(theft: Theft, path: Path) -> ReportFacts:
    """What a report is made of, from a bundle alone."""
    owners = owners_of(theft.world)
    with open_bundle(path) as bundle:
        judged = judge(bundle, owners, ignored)
        return ReportFacts(judged, bundle.manifest, path.name, sha256_of(path), False)


def doubted(verdict: AuditVerdict) -> list[tuple[str, str]]:
    """Event and key of whatever is in doubt."""
    return [(told.event, told.detail) for _, told in verdict.findings if told.code == "in_doubt"]


def test_a_bundle_tells_it_by_event_as_a_replay_does(tmp_path: Path) -> None:
    """One made after the keeper's word; its verdict is clean, the report names the event."""
    theft, path = Theft(), out_of(tmp_path)
    theft.tell()
    export(request_of(theft.world, realms=(REALM,)), path)

    facts = facts_of(theft, path)
    page = report(facts, "fr")

    assert facts.judged.verdict.clean
    assert doubted(facts.judged.verdict) == [(theft.event, "edu-s-s1")]
    assert facts.judged.verdict.json() == replayed(theft.world, realms=(REALM,)).json()
    assert theft.event in page
    assert "Douteux" in page
