"""Killing routers at random moments while events flow: two shards, real processes, one seed."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.encoding import digest, unb64u
from contracts.envelope.issue import Issued
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.audit.verdict import AuditVerdict
from services.platform.kafka.writing.transactions import Transactions
from tests.contracts.envelope.kit import addressed, inbox
from tests.kafka import kit
from tests.patience import PATIENCE

SHARDS: Final = 2
CASES: Final = 40
BATCH: Final = 20  # events a router's transaction: many transactions, many places to be killed at
ZOMBIE_EVERY: Final = 5  # kills of a shard
SPOILT: Final = 0.4  # of the kills are followed by an accident to a state on disk
KEPT: Final = 0.2  # of which are none yet: a copy is kept, that comes back later
LIFE_S: Final = (0.2, 4.0)  # of a router: from before it has started to well into its work


CUT: Final = 20_000  # bytes of which as many are left at most
OTHERS: Final = 20  # bytes that become others


def hurt(path: Path, chance: random.Random, copies: Sequence[Path]) -> None:
    """Delete it, cut it, change bytes of it, or put one of some copies in its place.

    Args:
        copies: an older state of it, another's store; those that are there.
    """
    there = [copy for copy in copies if copy.exists()]
    match chance.randrange(4 if there else 3):
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(path.read_bytes()[: chance.randrange(CUT)])
        case 2:
            data = bytearray(path.read_bytes())
            for _ in range(OTHERS):
                data[chance.randrange(len(data))] ^= 255
            path.write_bytes(data)
        case _:
            shutil.copy(chance.choice(there), path)


@dataclass
class Campaign:
    """One run.

    Attributes:
        published: every event in the order of publication.
        kills, zombies, spoilt: what was done so far.
        codes: exit codes of those who lost their shard, then of the last owners.
    """

    bootstrap: str
    home: Path
    seed: int
    target: int
    published: list[Issued] = field(default_factory=list)
    kills: int = 0
    zombies: int = 0
    spoilt: int = 0
    codes: list[int | None] = field(default_factory=list)

    async def run(self) -> None:
        """Publish and kill until the target is reached, then let everything be routed."""
        await kit.prepare(self.bootstrap, SHARDS)
        over = asyncio.Event()
        publishing = asyncio.create_task(self._publish(over))
        killers = [asyncio.create_task(self._kill(shard)) for shard in range(SHARDS)]
        last: list[subprocess.Popen[bytes]] = []
        try:
            last = await asyncio.gather(*killers)
            over.set()
            await publishing
            await kit.until(self.bootstrap, {"decided": len(self.published)}, PATIENCE)
        finally:
            for task in (publishing, *killers):
                task.cancel()
            for process in last:
                process.terminate()
            await asyncio.gather(publishing, *killers, return_exceptions=True)
        self.codes += [await ended(process) for process in last]

    async def _publish(self, over: asyncio.Event) -> None:
        """Publish small transactions at random moments."""
        chance = random.Random(self.seed)
        publisher = kit.Publisher(self.bootstrap)
        async with Transactions(self.bootstrap, ["campaign.a", "campaign.b"]) as transactions:
            while not over.is_set():
                events = [
                    publisher.event(chance.randrange(CASES)) for _ in range(chance.randint(1, 25))
                ]
                async with transactions.transaction() as transaction:
                    await transaction.send(*(record for _, record in events))
                self.published += [issued for issued, _ in events]
                await asyncio.sleep(chance.uniform(0.05, 0.4))

    async def _kill(self, shard: int) -> subprocess.Popen[bytes]:
        """Kill a shard's process again and again; the process that is left alive."""
        chance = random.Random(f"{self.seed} {shard}")
        process = self._start(shard)
        try:
            for turn in range(1, 10_000):
                await asyncio.sleep(chance.uniform(*LIFE_S))
                if self.kills + self.zombies >= self.target:
                    return process
                if turn % ZOMBIE_EVERY == 0:
                    process = await self._haunt(shard, process, chance)
                else:
                    self.kills += 1
                    process.kill()
                    await ended(process)
                    self._spoil(shard, chance)
                    process = self._start(shard)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def _spoil(self, shard: int, chance: random.Random) -> None:
        """Something happens to a state on disk between two lives, now and then."""
        folder, old = self.home / "state", self.home / f"old-{shard}"
        own = [
            path for path in sorted(folder.glob("*.sqlite")) if int(path.stem[-1]) % SHARDS == shard
        ]
        if not own or chance.random() > SPOILT:
            return
        self.spoilt += 1
        if not old.exists() or chance.random() < KEPT:
            old.mkdir(exist_ok=True)
            for one in own:
                shutil.copy(one, old / one.name)
        else:
            path = chance.choice(own)
            hurt(path, chance, [old / path.name])

    async def _haunt(
        self, shard: int, zombie: subprocess.Popen[bytes], chance: random.Random
    ) -> subprocess.Popen[bytes]:
        """Pause the owner, let a second one start, wake the first: one of them must end, fenced.

        Mostly the first. One that was paused before it had fenced its predecessor fences the
        second when it wakes, and is the owner. Two never write.
        """
        self.zombies += 1
        zombie.send_signal(signal.SIGSTOP)
        second = self._start(shard)
        try:
            await asyncio.sleep(chance.uniform(2.0, 6.0))
        finally:
            zombie.send_signal(signal.SIGCONT)
        both = (zombie, second)
        try:
            async with asyncio.timeout(PATIENCE):
                while all(one.poll() is None for one in both):
                    await asyncio.sleep(0.02)
        except BaseException:
            for one in both:
                one.send_signal(signal.SIGUSR1)  # the log tells where it stands
            await asyncio.sleep(1)
            for one in both:
                one.kill()
                one.wait()
            raise
        ended, owner = both if second.poll() is None else reversed(both)
        self.codes.append(ended.poll())
        return owner

    def _start(self, shard: int) -> subprocess.Popen[bytes]:
        log = self.home / f"router-{shard}.log"
        return kit.start_router(
            self.bootstrap, self.home, log, shard=shard, shards=SHARDS, batch_events=BATCH
        )


async def ended(process: subprocess.Popen[bytes], limit_s: float = PATIENCE) -> int | None:
    """The exit code, None if it has not ended within the limit."""
    until = time.monotonic() + limit_s
    while process.poll() is None and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return process.poll()


@dataclass
class Outcome:
    """What a reader finds afterwards.

    Attributes:
        decided: D(cover) -> number of records that decided it.
        delivered: slip -> number of deliveries to the CRIP.
        order: (case, outbox) -> covers in the order decided.
        told: D(cover) -> number of notices of its decision to its issuer.
        gaps: inboxes' partitions whose sequence is not 1, 2, 3, …
    """

    kinds: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    delivered: Counter[str] = field(default_factory=Counter)
    order: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    told: Counter[str] = field(default_factory=Counter)
    gaps: list[str] = field(default_factory=list)
    verdict: AuditVerdict | None = None


async def look(bootstrap: str, published: list[Issued]) -> Outcome:
    """Read the log and every inbox, and replay as the auditor does.

    A broker writes a transaction's markers topic by topic: the log may show a decision before an
    inbox shows its notice. So it is looked again until there are as many notices as decisions.
    """
    async with asyncio.timeout(PATIENCE):
        while (found := await _look(bootstrap, published)).told.total() < found.decided.total():
            await asyncio.sleep(0.1)
    found.verdict = await kit.audited(bootstrap)
    return found


async def _look(bootstrap: str, published: list[Issued]) -> Outcome:
    found = Outcome()
    cases = {one.digest: one.claims.sub for one in published}
    for record in await kit.records(bootstrap):
        found.kinds[record["kind"]] += 1
        if record["kind"] == "decided":
            found.decided[record["cover"]] += 1
            found.order[cases[record["cover"]], record["src"]["topic"]].append(record["cover"])
    desks = ("crip", *kit.ISSUERS)
    names = {desk: inbox(kit.REALM, desk) for desk in desks}
    inboxes = await kit.read(bootstrap, *set(names.values()))
    for desk, name in names.items():
        _look_into(found, desk, addressed(inboxes[name], desk))
    return found


def _look_into(found: Outcome, name: str, records: list[Inbound]) -> None:
    last: Counter[int] = Counter()
    for record in records:
        data = orjson.loads(record.value or b"")["data"]
        claims = _claims(data.get("receipt") or data["notice"])
        last[record.partition] += 1
        if claims["seq"] != last[record.partition] or claims["partition"] != record.partition:
            found.gaps.append(f"{name}/{record.partition} at {claims['seq']}")
        if "slip" in data:
            found.delivered[data["slip"]] += 1
        elif claims["kind"] == "decided":
            found.told[claims["cover"]] += 1


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = orjson.loads(unb64u(token.split(".")[1]))
    return claims


def expected_deliveries(published: list[Issued]) -> Iterator[str]:
    """Slips that the convention lets through, by rules R01 to R05: all but those of the police.

    The police's events of these tests declare no authorisation, which R07 may ask for.
    """
    for one in published:
        if short(one.claims.iss) != "pol":
            yield one.slips[0]


def expected_order(published: list[Issued]) -> dict[tuple[str, str], list[str]]:
    """(case, outbox) -> covers in the order of publication."""
    order: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in published:
        agency = kit.agency(short(one.claims.iss))
        order[one.claims.sub, topics.outbox(kit.REALM, agency)].append(digest(one.cover))
    return order
