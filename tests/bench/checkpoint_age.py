"""How old a record is when a checkpoint of it is published, cosigned by the owners' quorum: in a whole federation that runs.

Records are posted to the schools' service at a steady rate, whatever becomes of them. Of each record of the log, from
the instant at which the router handed it to Kafka until a checkpoint over it lay where the audit service publishes, as
seen by whoever looks each hundredth of a second; that its witnesses meet the owners' policy is checked afterwards.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from contracts.errors import ProofError
from contracts.proof.policy import TrustPolicy
from contracts.proof.tree import MAX_SIZE
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.policy_file import read_policy
from services.play.kafka.fetch import fetch_jars
from services.play.run.launch import Federation, launched
from services.play.run.plan import Plan
from tests.bench import intake_units
from tests.bench.measure import Figure, quantile
from tests.faults.pressure import ACCEPTED, Load
from tests.faults.world import begins

RATES: Final = (20, 100)  # records posted a second
ROUNDS: Final = 3
HELD_S: Final = 30.0  # of a round
WARM_S: Final = 10.0
LAST_S: Final = 20.0  # for the last records to be in a checkpoint
LOOK_S: Final = 0.01
AGENCY: Final = "education"
CASES: Final = 40

Place = tuple[str, int]  # realm, partition


@dataclass
class Published:
    """The checkpoints of all logs, as they came.

    Attributes:
        policies: of each realm, the owners' own.
        notes: when each was seen first, seconds since 1970, and its bytes.
    """

    folder: Path
    policies: Mapping[str, TrustPolicy]
    notes: dict[Place, list[tuple[float, bytes]]] = field(default_factory=dict)

    async def look(self) -> None:
        """Look for ever."""
        while True:
            for realm in REALMS:
                for number in range(topics.PARTITIONS):
                    self._look_at((realm, number))
            await asyncio.sleep(LOOK_S)

    def sizes(self, place: Place) -> list[tuple[float, int]]:
        """When a cosigned head of a log was there, and of how many records; in their order."""
        noted, met = self.notes.get(place, []), []
        for seen, note in noted:
            with suppress(ProofError):
                met.append((seen, self.policies[place[0]].verify(note).checkpoint.size))
        return met

    def _look_at(self, place: Place) -> None:
        path = self.folder / f"{place[0]}-{place[1]}" / "checkpoint"
        with suppress(FileNotFoundError):
            note, kept = path.read_bytes(), self.notes.setdefault(place, [])
            if not kept or kept[-1][1] != note:
                kept.append((time.time(), note))


async def figures() -> AsyncIterator[Figure]:
    """Median, 99th percentile and longest at each rate, a value a round; how many heads lacked their quorum."""
    await asyncio.to_thread(fetch_jars)
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        async with launched(Path(folder) / "home", Plan(start=begins())) as federation:
            published = Published(federation.home.path / "state" / "log", _policies(federation))
            looking = asyncio.create_task(published.look())
            posts = _load(federation)
            await posts.offered(RATES[0], WARM_S)
            for rate in RATES:
                for figure in await _measured(federation, published, posts, rate):
                    yield figure
            looking.cancel()
            posts.close()
            heads = sum(map(len, published.notes.values()))
            met = sum(len(published.sizes(place)) for place in published.notes)
            yield Figure("heads published uncosigned", "", (heads - met,), f"of {heads}")


def _policies(federation: Federation) -> dict[str, TrustPolicy]:
    home = federation.home
    policies = {realm: read_policy(home.path, realm, home.owners) for realm in REALMS}
    return {realm: policy for realm, policy in policies.items() if policy is not None}


def _load(federation: Federation) -> Load:
    service = next(service for service in federation.services if service.name == AGENCY)
    tokens = [federation.home.token(desk) for desk, _, _ in intake_units.MIXES[AGENCY]]
    records = [
        record | {"reference": f"case {number}"}
        for number in range(CASES)
        for record in intake_units.records(AGENCY)
    ]
    return Load(service.port, tokens, records)


async def _measured(
    federation: Federation, published: Published, posts: Load, rate: int
) -> list[Figure]:
    spans, refused = list[tuple[float, float]](), 0
    for _round in range(ROUNDS):
        began = time.time()
        offered = await posts.offered(rate, HELD_S)
        refused += offered.offered - offered.statuses[ACCEPTED]
        spans.append((began, time.time()))
    await asyncio.sleep(LAST_S)
    ages = await _ages(federation, published)
    rounds = [[age for at, age in ages if begin <= at < end] for begin, end in spans]
    load = os.getloadavg()[0]
    note = f"{HELD_S:.0f} s a round, load {load:.0f}; {refused} posts not accepted"
    rows = {
        "median": [quantile(own, 50) for own in rounds],
        "p99": [quantile(own, 99) for own in rounds],
        "longest": [max(own) for own in rounds],
    }
    told = [
        Figure(
            f"until a cosigned checkpoint has a record, {words}, {rate} posts/s",
            "s",
            tuple(values),
            note,
        )
        for words, values in rows.items()
    ]
    written = tuple(len(own) / HELD_S for own in rounds)
    return [*told, Figure(f"records written, {rate} posts/s", "records/s", written, note)]


async def _ages(federation: Federation, published: Published) -> list[tuple[float, float]]:
    """Of each record when it was written, and how old it was when a cosigned checkpoint of it was there."""
    ages, named = list[tuple[float, float]](), {topics.decisions(realm): realm for realm in REALMS}
    sizes = {place: published.sizes(place) for place in published.notes}
    async with LogReader(federation.bootstrap) as reader:
        places = await reader.places([*named])
        async for batch in reader.read(dict.fromkeys(places)):
            heads = iter(sizes[named[batch[0].topic], batch[0].partition])
            seen, size = 0.0, 0
            for record in batch:
                while orjson.loads(record.value or b"")["index"] >= size:
                    seen, size = next(heads, (inf, MAX_SIZE))
                at = record.timestamp_ms / 1e3
                ages.append((at, seen - at))
    return ages
