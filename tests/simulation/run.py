"""One run: traffic by seed, faults by seed, then quiet; and what must hold afterwards."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import structlog

from contracts.encoding import b64u, sha256
from contracts.keys.sealing_keys import parts_of
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.agency.loops.forgetting import HEEDED_S
from services.audit.source import KafkaLog
from services.audit.whole import replay
from services.platform.ports import given
from tests.simulation import acts, checks
from tests.simulation.disk import locks_released
from tests.simulation.erased import traces
from tests.simulation.fates import Fates
from tests.simulation.federation import BUS, Federation, seeded
from tests.simulation.incarnation import task_factory
from tests.simulation.ledger import Ledger
from tests.simulation.loop import SimLoop
from tests.simulation.partners import Partners
from tests.simulation.remembered import remembered
from tests.simulation.stores import not_followed, stores_differ

TRAFFIC_S: Final = 20.0  # of virtual time
LIMIT_S: Final = 7_200.0  # of a whole run
QUIET_S: Final = HEEDED_S + 5.0  # for what was ordered last to be recorded, and heeded by agencies
SETTLE_S: Final = 300.0


@dataclass
class Told:
    """What a run found.

    Attributes:
        findings: check -> what failed; all empty in a good run.
        digest: of every record that stands on Kafka: the same seed, the same bytes.
    """

    seed: int
    findings: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)
    digest: str = ""

    @property
    def findings_told(self) -> list[str]:
        """Each finding in a line, with the seed that gives it again."""
        return [
            f"seed {self.seed}: {check}: {one}"
            for check, found in self.findings.items()
            for one in found
        ]


def run(
    seed: int,
    fates: Fates | None = None,
    traffic_s: float = TRAFFIC_S,
    names: Sequence[str] | None = None,
) -> Told:
    """Run a federation of its own from nothing to its end.

    Args:
        names: of acts amid the traffic; None: those that the seed brings.
    """
    chosen = acts.drawn(seed) if names is None else names
    random.seed(seed)  # by which aiokafka shuffles what it fetches
    loop = SimLoop(LIMIT_S)
    loop.set_task_factory(task_factory)
    with folder() as path, locks_released(), remembered():
        return loop.run_until_complete(_run(path, seed, fates or drawn(seed), traffic_s, chosen))


def drawn(seed: int) -> Fates:
    """What a seed brings."""
    return Fates(
        Random(seed), loss=0.02, late=0.02, unanswered=0.03, paused=2e-5, slow=0.01, power=0.3
    )


@contextmanager
def folder() -> Iterator[Path]:
    """A home in memory."""
    shared = Path("/dev/shm")  # noqa: S108
    path = Path(tempfile.mkdtemp(prefix="relais-sim-", dir=shared if shared.is_dir() else None))
    try:
        yield path / "home"
    finally:
        shutil.rmtree(path, ignore_errors=True)


async def _run(path: Path, seed: int, fates: Fates, traffic_s: float, names: Sequence[str]) -> Told:
    told, federation = Told(seed), Federation(path, seed, fates)
    await federation.begin()
    told.findings["not ready at the start"] = await federation.unready(SETTLE_S)
    partners = Partners(federation)
    try:
        with given(federation.world):
            await partners.begin()
            scene = acts.Scene(federation, partners, Random(f"{seed} scene"))
            played = asyncio.create_task(acts.play(scene, names, traffic_s))
            await asyncio.sleep(traffic_s)
            partners.finish()
            told.findings["acts that did not end"] = await _ended(played, names)
            fates.calm = True
            await asyncio.sleep(QUIET_S)  # an agency that heeds an erasure starts anew
            told.findings["not ready at the end"] = await federation.unready(SETTLE_S)
            with seeded(f"{seed} last"):
                await acts.renew(scene)  # one record more in each log
            ledger = await _settled(scene, told)
            told.findings["logs that are not followed"] = await not_followed(federation, SETTLE_S)
            told.findings["left of what was erased"] = await traces(
                federation, scene.canaries, SETTLE_S
            )
    finally:
        await partners.close()
    await federation.end()
    with given(federation.world):
        await _judge(scene, ledger, told)
    told.deaths = dict(fates.deaths)
    told.digest = b64u(sha256(b"".join(federation.kafka.all_bytes())))
    return told


async def _ended(played: asyncio.Task[None], names: Sequence[str]) -> list[str]:
    """The acts of a run, if what one of them waits for never comes."""
    try:
        async with asyncio.timeout(SETTLE_S):
            await played
    except TimeoutError:
        return list(names)
    return []


async def _settled(scene: acts.Scene, told: Told) -> Ledger:
    """Everything accepted is published, decided and read by its desks; what is not is a finding."""
    partners = scene.partners
    stuck = told.findings.setdefault("stuck", [])
    try:
        await partners.finished(SETTLE_S)
    except TimeoutError:
        stuck.append(f"{partners.seen.open} requests not accepted within {SETTLE_S:g} s")
    ledger, until = Ledger(), asyncio.get_running_loop().time() + SETTLE_S
    while asyncio.get_running_loop().time() < until:
        ledger = scene.ledger()
        behind = checks.not_decided(ledger) or checks.messages_lost(ledger)
        if not behind and await _orders_recorded(scene, ledger):
            break
        await asyncio.sleep(5)
    try:
        await partners.read_out(checks.wanted(ledger), SETTLE_S)
    except TimeoutError:
        stuck.append("inboxes that their desks could not read to the end")
    return scene.ledger()


async def _orders_recorded(scene: acts.Scene, ledger: Ledger) -> bool:
    """Whether each partition has each order; a commit without answer holds a router for long."""
    told = {(one.realm, one.partition, one.order) for one in ledger.records}
    numbers = range(topics.PARTITIONS)
    return told.issuperset(
        [
            (realm, number, order.digest)
            for realm in REALMS
            for order in (await scene.owners(realm).registry()).orders
            for number in numbers
        ]
    )


async def _judge(scene: acts.Scene, ledger: Ledger, told: Told) -> None:
    federation, partners = scene.federation, scene.partners
    partners.seen.accepted = scene.foreseeable(ledger)
    told.findings["services that ended as they should not"] = federation.faults
    told.findings |= checks.all_checks(partners.seen, ledger)
    verdict = await replay(
        KafkaLog(dict.fromkeys(REALMS, BUS)), REALMS, federation.home.owners, lambda: federation.now
    )
    told.findings["alarms of the audit"] = checks.findings_of(verdict.json())
    told.findings["forgotten by witnesses"] = federation.network.forgotten
    told.findings["stores and logs that differ"] = await stores_differ(federation)
    told.findings["destroyed, and no directory says so"] = scene.unsaid
    _excuse(scene, ledger, told)
    told.counts = {
        "requests": len(partners.seen.accepted), "published": len(ledger.published),
        "decided": ledger.kinds["decided"], "messages": len(ledger.messages),
        "overdue": len(checks.overdue(ledger)),
        "replayed": verdict.records, "cosigned": sum(federation.network.cosigned.values()),
        **{f"ended: {code}": count for code, count in federation.ends.items()},
        **dict(federation.fates.told),
    }  # fmt: skip


def _excuse(scene: acts.Scene, ledger: Ledger, told: Told) -> None:
    """Take out what is of hostile records, and what was sealed to keys that are no more."""
    found, sealed = told.findings, {parts_of(kid)[0] for kid in scene.destroyed}
    events = {event for one in scene.partners.seen.accepted for event in one.events}

    def is_known(one: str) -> bool:
        """A desk reads that its key has gone; of records of nobody's none was promised."""
        desk, _, why = one.partition(": ")
        return (desk in sealed and why.startswith("no_private_key")) or bool(
            scene.laid and why and not one.endswith("}") and one.rpartition(" ")[2] not in events
        )

    unread = found["inboxes as their desks read them"]
    found["inboxes as their desks read them"] = [one for one in unread if not is_known(one)]
    if sealed:
        found["put aside"] = [one for one in found["put aside"] if "key_destroyed" not in one]
    if len(found["put aside"]) <= len(scene.laid):
        found["put aside"] = []
    if scene.laid:
        found["alarms of the audit"] = [
            one for one in found["alarms of the audit"]
            if "prev_does_not_follow" not in one and "id_reused" not in one
        ]  # fmt: skip


structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
