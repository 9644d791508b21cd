"""One campaign: traffic and faults side by side, then quiet, then every check."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.audit.source import KafkaLog
from services.audit.whole import replay
from services.platform.process.clock import FileClock
from services.platform.process.exit_codes import FENCED, UNREACHABLE
from tests import samples
from tests.faults import stops
from tests.faults.kinds import ALL_KINDS, run_all
from tests.faults.tally import Tally
from tests.faults.world import SHARDS, World, running
from tests.simulation import checks
from tests.simulation.ledger import Ledger, read_ledger
from tests.simulation.partners import ACCEPTED, OK, TOLD, Partners

SETTLE_S: Final = 240.0  # for what was accepted last to be decided and read, on a busy machine
EXPECTED: Final = (0, OK, ACCEPTED, *TOLD)  # 0: the service was killed before it answered
EACH: Final = 40  # of so many schools, one writes and reads
CALMER: Final = 500  # schools, that make pauses between faults as long again
PACE_S: Final = 2.0  # of a desk between two records, on average
Say = Callable[[str], None]

log = structlog.get_logger("faults")


@dataclass
class Report:
    """What a campaign came to.

    Attributes:
        findings: check -> what it found wrong; all empty if all is well.
        faults: every kind -> how many.
        stops: what routing stood still for.
    """

    seed: int
    desks: int = len(samples.DESKS)
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    details: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    exits: dict[str, dict[str, int]] = field(default_factory=dict)
    stops: dict[str, float] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)

    @property
    def never(self) -> list[str]:
        """Kinds of fault that did not happen."""
        return [kind for kind, count in self.faults.items() if not count]

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled, misplaced or stuck."""
        return not any(self.findings.values())


async def campaign(
    path: Path,
    *,
    seed: int,
    target: int,
    limit_s: float,
    say: Say,
    pace_s: float = PACE_S,
    tls: bool = True,
    schools: int = 0,
) -> Report:
    """Run one in a new home.

    Args:
        target: number of faults.
        limit_s: after which no new fault begins, even short of the target.
        schools: desks beside those of the stories; some of them write and read, too.
    """
    report, began = Report(seed, schools + len(samples.DESKS)), time.monotonic()
    async with running(path, tls=tls, schools=schools) as world:
        say(f"federation started after {time.monotonic() - began:.0f} s")
        late = await world.ready()
        report.findings["stuck at the start"] = late
        desks = samples.DESKS | {f"ecole-{at}": "EDU-H" for at in range(0, schools, EACH)}
        partners = Partners(world.urls, world.home.token, seed, pace_s, desks)
        try:
            await partners.begin()
            tally = Tally(target, time.monotonic() + limit_s, 1 + schools / CALMER)
            ticker = asyncio.create_task(_tell(tally, partners, say))
            try:
                await run_all(world, tally, seed)
            finally:
                ticker.cancel()
            say(f"{len(tally.faults)} faults done; letting all be decided")
            report.findings["agencies that take nothing any more"] = await partners.all_accept(
                SETTLE_S
            )
            ledger = await _settled(world, partners, report)
        finally:
            await partners.close()
        await _judge(world, partners, ledger, report)
        _describe(report, tally, partners, ledger, world)
    report.seconds = round(time.monotonic() - began, 1)
    return report


async def _settled(world: World, partners: Partners, report: Report) -> Ledger:
    """Everything accepted is published, decided and read by its desks; what is not is a finding."""
    stuck: list[str] = report.findings.setdefault("stuck at the end", [])
    try:
        await partners.finished(SETTLE_S)
    except TimeoutError:
        stuck.append(f"{partners.seen.open} requests not accepted within {SETTLE_S:g} s")
    stuck += await world.ready()
    deadline, ledger = time.monotonic() + SETTLE_S, Ledger()
    while time.monotonic() < deadline:
        ledger = await read_ledger(world.bus(principals.ADMIN), world.topics)
        if not checks.not_decided(ledger) and not checks.messages_lost(ledger):
            break
        await asyncio.sleep(2)
    try:
        await partners.read_out(checks.wanted(ledger), SETTLE_S)
    except TimeoutError:
        stuck.append("inboxes that their desks could not read to the end")
    return ledger


async def _judge(world: World, partners: Partners, ledger: Ledger, report: Report) -> None:
    """End the services, then hold what stands on Kafka against what was answered."""
    codes = await world.stop_services()
    report.findings["services that did not end cleanly"] = [
        f"{name}: {code}" for name, code in codes.items() if code != 0
    ]
    report.findings["services that ended as they should not"] = [
        f"{name}: {count} × exit code {code}"
        for name, keeper in world.keepers.items()
        for code, count in keeper.codes.items()
        if code not in (UNREACHABLE, FENCED)  # both are started again, everything else is not
    ]
    report.findings |= checks.all_checks(partners.seen, ledger)
    clock = FileClock(world.home.clock)
    log = KafkaLog({realm: world.bus(principals.audit(realm)) for realm in REALMS})
    verdict = await replay(log, REALMS, world.home.owners, clock.now)
    report.findings["alarms of the audit"] = checks.findings_of(verdict.json())
    report.findings["answers that no partner should get"] = [
        f"{count} × {status} {code}"
        for (status, code), count in partners.seen.answers.items()
        if status not in EXPECTED
    ]
    report.events["records replayed by the audit"] = verdict.records


def _describe(
    report: Report, tally: Tally, partners: Partners, ledger: Ledger, world: World
) -> None:
    report.faults = {kind: tally.kinds[kind] for kind in ALL_KINDS}
    report.details = [
        {"kind": one.kind, "whom": one.whom, "at_s": one.at_s, "seconds": one.seconds}
        for one in tally.faults
    ]
    report.events |= {
        "requests accepted": len(partners.seen.accepted),
        "events published": len(ledger.published),
        "decisions": ledger.kinds["decided"],
        "deliveries": len(checks.deliveries(ledger)),
        "notices": len(ledger.messages) - len(checks.deliveries(ledger)),
        "deadlines reported": ledger.kinds["overdue"],
    }
    report.answers = {
        f"{status} {code}".strip(): count
        for (status, code), count in partners.seen.answers.most_common()
    }
    report.exits = {
        name: {str(code): count for code, count in keeper.codes.items()}
        for name, keeper in world.keepers.items()
    }
    report.stops = stops.measure(ledger, {"civil": SHARDS, "criminal": 1})
    report.machine = {"cores": os.cpu_count(), "python": platform.python_version()}


async def _tell(tally: Tally, partners: Partners, say: Say) -> None:
    while True:
        await asyncio.sleep(15)
        done, seen = len(tally.faults), partners.seen
        minutes = (time.monotonic() - tally.began) / 60
        say(
            f"{minutes:5.1f} min: {done}/{tally.target} faults, "
            f"{len(seen.accepted)} requests accepted, {seen.open} open"
        )
