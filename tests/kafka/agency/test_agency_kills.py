"""An agency's service that is killed over its store tells what one without a store tells, byte for byte."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sys
from collections import Counter
from contextlib import AbstractAsyncContextManager
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
from aiokafka import TopicPartition
from structlog.testing import capture_logs

from contracts.vocabulary import topics
from services.agency.loops.inbox_store import InboxStore
from services.platform.store.owned import look_at
from tests import samples
from tests.faults.partners import Partners
from tests.kafka import kit
from tests.kafka.accident import hurt
from tests.kafka.agency.killed import INSTANTS, VARIABLE
from tests.kafka.agency.town import Town
from tests.kafka.campaign import ended
from tests.patience import PATIENCE

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

KILLS: Final = int(os.environ.get("RELAIS_KILLS", "2"))
SEED: Final = int(os.environ.get("RELAIS_SEED", "1"))
ANY: Final = "any instant"
LIVES_S: Final = (0.5, 3.0)  # some end while they start, some at work
NAMED_S: Final = 20.0  # for a named instant to come, else it is killed at any
LATER: Final = 2  # writes of a life: the one at its start, or the next
ROUND: Final = 2 * len(INSTANTS)
UNHURT: Final = 2  # kills, of which none is followed by an accident to the store
HURT: Final = 0.4  # of the others are
PACE_S: Final = 0.15  # of a desk between two records, on average
JUNK_S: Final = (0.1, 2.0)  # between two records that nobody signed, or that come twice
AGENCY: Final = "child_welfare"
SERVE: Final = ("-m", "services", "serve", AGENCY)
INBOX: Final = topics.inbox("civil", AGENCY)
OUTBOXES: Final = tuple(topics.outbox("civil", name) for name in (AGENCY, "education"))
OWN: Final = ("crip", "ase", "pmi", "mo", "home-1", "home-2")
WRITING: Final = {desk: samples.DESKS[desk] for desk in ("edu-s", "crip", "pmi")}


class Campaign:
    """One agency's service that ends again and again while others write to it and its desks answer."""

    def __init__(self, town: Town, log: Path) -> None:
        self._town = town
        self._log = log
        self._chance = random.Random(SEED)
        self._urls: dict[str, str] = {}
        self.kills: Counter[str] = Counter()
        self.hurt = 0

    async def run(self) -> int:
        """Kill it until there were enough, then let all be decided; how many events were."""
        partners = Partners(lambda: self._urls, self._town.home.token, SEED, PACE_S, WRITING)
        async with self._town.agency_here("education") as url, self._town.router_here():
            self._urls["education"] = url
            async with self.life() as self._urls[AGENCY]:
                await partners.begin()
            junk = asyncio.create_task(self._junk())
            try:
                await self._until_killed(KILLS)
                async with self.life() as self._urls[AGENCY]:
                    await partners.finished(PATIENCE)
            finally:
                junk.cancel()
                await partners.close()
            return await self._all_decided()

    def life(self, *, store: bool = True) -> AbstractAsyncContextManager[str]:
        """A life of the service, killed by nobody."""
        return self._town.agency_here(AGENCY, store=store)

    async def _until_killed(self, count: int) -> None:
        """Each life ends at a named instant of one of its writes, or at any."""
        store = self._town.home.path / "state" / f"inbox-{AGENCY}.lmdb"
        instants = cycle(one for named in INSTANTS for one in (named, ANY))
        for number, wanted in zip(range(count), instants, strict=False):
            instant = wanted
            command = ("-m", "tests.kafka.agency.killed") if instant != ANY else SERVE
            which = f"{instant}:{1 + number // ROUND % LATER}"
            service = self._town.spawn(
                command, self._log, {VARIABLE: which}, agency=AGENCY, store=True
            )
            self._urls[AGENCY] = service.url
            if instant == ANY:
                await asyncio.sleep(self._chance.uniform(*LIVES_S))
            elif await ended(service.process, NAMED_S) is None:
                instant = ANY
            service.process.kill()
            await ended(service.process)
            self.kills[instant] += 1
            if number >= UNHURT and self._chance.random() < HURT:
                self._hurt(store)

    def _hurt(self, store: Path) -> None:
        """An accident to the file between two lives; a copy is kept, that comes back later."""
        old = store.with_suffix(".old")
        if not store.exists():  # the life was too short for one
            return
        if not old.exists():
            shutil.copy(store, old)
            return
        self.hurt += 1
        hurt(store, self._chance, [old, store.with_name("inbox-education.lmdb")])
        if self._chance.random() < HURT:
            old.unlink()

    async def _junk(self) -> None:
        """What nobody signed, and what comes twice, between the agency's records."""
        bootstrap = self._town.bootstrap
        while True:
            await asyncio.sleep(self._chance.uniform(*JUNK_S))
            rows = (await kit.read(bootstrap, INBOX))[INBOX]
            number = self._chance.randrange(topics.PARTITIONS)
            row: dict[str, Any] = {"topic": INBOX, "partition": number, "key": b"", "value": b"{}"}
            if rows and self._chance.random() < 0.5:
                again = self._chance.choice(rows)
                row |= {"partition": again.partition, "key": again.key, "value": again.value}
                row["headers"] = [(name, value or b"") for name, value in again.headers]
            await kit.write(bootstrap, [row])

    async def _all_decided(self) -> int:
        """Return once all that was published is decided; how many events that is."""
        bootstrap = self._town.bootstrap
        outboxes = await kit.read(bootstrap, *OUTBOXES)
        sent = sum(len(rows) for rows in outboxes.values())
        await kit.until(bootstrap, {"decided": sent}, PATIENCE)
        return sent


async def test_killed_at_any_instant_it_tells_what_one_without_a_store_tells(
    town: Town, tmp_path: Path
) -> None:
    """Inboxes with receipts, duties, own events; every record is in its store, refused but after accidents."""
    log = tmp_path / "agency.log"
    campaign = Campaign(town, log)
    with capture_logs() as said:
        events = await campaign.run()

        kept = await _told(town, campaign.life())
        alone = await _told(town, campaign.life(store=False))

    inbox = (await kit.read(town.bootstrap, INBOX))[INBOX]
    bytes_ = sum(map(len, kept.values()))
    lines = log.read_bytes().splitlines()
    said += [orjson.loads(line) for line in lines if line[:1] + line[-1:] == b"{}"]
    refused = Counter(line["why"] for line in said if line["event"] == "store refused")
    done = f"{campaign.kills}, {campaign.hurt} stores hurt, refused {refused}, {events} events"
    sys.stdout.write(f"\n{done}, {len(inbox)} records in the inbox, {bytes_:,} bytes told\n")
    assert kept == alone
    assert any(b'"receipt"' in page for page in kept.values())
    assert any(b'"act"' in page for name, page in kept.items() if name.startswith("/v1/duties"))
    assert _rows(town.home.path) == {(row.partition, row.offset) for row in inbox}
    assert set(refused) <= {"damaged", "foreign"}
    assert campaign.hurt or not refused
    assert [line for line in said if line["event"] == "no store"] == []
    assert campaign.kills.total() == KILLS


async def _told(town: Town, life: AbstractAsyncContextManager[str]) -> dict[str, bytes]:
    """Every answer of a service to its desks: what was asked by whom -> body."""
    told: dict[str, bytes] = {}
    async with (
        life as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) as client,
    ):
        for desk in OWN:
            client.headers["Authorization"] = f"Bearer {town.home.token(desk)}"
            for path in ("/v1/inbox", "/v1/referrals", "/v1/duties"):
                query: dict[str, str] = {}
                while True:
                    page = (await client.get(path, params=query)).raise_for_status()
                    told[f"{path} of {desk} {query}"] = page.content
                    if not page.json().get("more"):
                        break
                    query = {"after": page.json()["cursor"]}
    return told


def _rows(home: Path) -> set[tuple[int, int]]:
    """Partition and offset of each record of the inbox that the store has."""
    path = home / "state" / f"inbox-{AGENCY}.lmdb"
    found = look_at(path)
    store = InboxStore(path, AGENCY)
    assert store.told(found)
    places = [TopicPartition(INBOX, number) for number in range(topics.PARTITIONS)]
    rows = {(place.partition, row[0]) for place in places for row in store.said(place, 0)}
    store.close()
    return rows
