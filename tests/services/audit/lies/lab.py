"""A log to lie in: the civil bus after two stories, and the router's key in the liar's hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from contracts.encoding import b64u, canonical, leaf_hash, sha256, unb64u
from contracts.envelope.wire import Inbound
from contracts.keys.keyring import Signer
from contracts.log.chain import LEAF_LABEL
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.parties import adoption
from tests.contracts.log.erasing.kit import naming, order, two_children
from tests.contracts.log.first_orders import owners
from tests.flows.acts import CASE, raw
from tests.services.audit.bundle.kit import alarms
from tests.simulation.planted_log import PlantedLog
from tests.world import World, realm_keys

REALM = "civil"
DECISIONS, EVIDENCE = topics.decisions(REALM), topics.evidence(REALM)
DAY = 86_400

Place = tuple[int, int]  # partition and index
Change = Callable[[int, dict[str, Any], dict[str, Any]], object]


@lru_cache(maxsize=1)
def played() -> World:
    """Two stories in two partitions, then a report of which nobody does what is owed."""
    world = World(partitions=2)
    assert play_all(world, Teller(), "AB")
    raw(world, "edu-h-1", "SIG", ("parq-civ", "protect_now", "FACTS IDENTITY"))
    world.clock.advance(30 * DAY)
    world.settle()
    return world


@lru_cache(maxsize=1)
def told() -> World:
    """A look-up by the CRIP, as the convention lets it."""
    world = World(partitions=2)
    world.order(REALM, "adopt_convention", adoption(looked_up()))
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    raw(world, "edu-h-1", "SIG", ("parq-civ", "protect_now", "FACTS IDENTITY"))
    raw(world, "crip", "LOOKUP", declared={})
    return world


@lru_cache(maxsize=1)
def erased() -> World:
    """Two cases, of which one was erased; Kafka has not cleaned yet."""
    world = two_children()
    order(world, naming(world, CASE))
    return world


class Lab:
    """A log that may be changed: an honest one, of `played` if no other world is named."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or played()
        self.rows = {place: list(own) for place, own in self.world.topics.items()}

    def decisions(self, number: int = 1) -> list[Inbound]:
        """A partition's records, to be changed in place."""
        return self.rows[DECISIONS, number]

    def evidence(self, number: int = 1) -> list[Inbound]:
        """What stands beside them, to be changed in place."""
        return self.rows[EVIDENCE, number]

    @property
    def log(self) -> PlantedLog:
        """It, to be read."""
        return PlantedLog(self.rows)

    @property
    def fullest(self) -> int:
        """The partition with the most records."""
        return max(range(self.world.partitions), key=lambda number: len(self.decisions(number)))

    def places(self, wanted: Callable[[dict[str, Any], dict[str, Any]], bool]) -> list[Place]:
        """Partition and index of records that are of a kind, by themselves and their evidence."""
        found = []
        for number in range(self.world.partitions):
            pairs = zip(self.decisions(number), self.evidence(number), strict=False)
            for at, pair in enumerate(pairs):
                if wanted(*(orjson.loads(row.value or b"") for row in pair)):
                    found.append((number, at))
        return found

    def first_released(self, number: int = 1) -> int:
        """Index of the first decision that released something."""
        return next(at for there, at in self.places(_is_released) if there == number)

    def append(self, rows: list[Inbound], row: Inbound, **members: Any) -> None:
        """Lay a row behind the last one, as it is but for some members: with Kafka alone."""
        rows.append(replace(row, offset=rows[-1].offset + 1, **members))

    def alter(self, rows: list[Inbound], at: int, **members: Any) -> None:
        """Change members of a value, and nothing else: with Kafka alone."""
        said = orjson.loads(rows[at].value or b"") | members
        rows[at] = replace(rows[at], value=canonical(said))

    def rewrite(self, change: Change, number: int = 1, signer: Signer | None = None) -> None:
        """Make a partition anew, chained, and signed where it was: with the router's key.

        Args:
            change: of a record and its evidence; it may return how often the record is written.
        """
        by = signer or realm_keys(REALM).router
        beside = {row.key: row for row in self.evidence(number)}
        records: list[Inbound] = []
        evidence: list[Inbound] = []
        prev = ""
        for at, row in enumerate(self.decisions(number)):
            said, proof = orjson.loads(row.value or b""), orjson.loads(beside[row.key].value or b"")
            times = change(at, said, proof)
            text = canonical(proof)
            for _ in range(times if isinstance(times, int) else 1):
                said |= {"index": len(records), "prev": prev, "evd": b64u(sha256(text))}
                value = canonical(said)
                prev = leaf_hash(value)
                key, offset = prev.encode(), len(records)
                headers = (("sig", signature(prev, by)),) if row.headers else ()
                records.append(replace(row, key=key, value=value, headers=headers, offset=offset))
                evidence.append(replace(beside[row.key], key=key, value=text, offset=offset))
        records[-1] = replace(records[-1], headers=(("sig", signature(prev, by)),))
        self.rows[DECISIONS, number], self.rows[EVIDENCE, number] = records, evidence

    def replayed(self, realms: Iterable[str] = (REALM,), **more: Any) -> AuditVerdict:
        """The verdict from the log."""
        return asyncio.run(replay(self.log, realms, owners(), self.world.clock.now, **more))

    def found(self) -> list[AuditFinding]:
        """All alarms."""
        return alarms(self.replayed())


def _is_released(_record: dict[str, Any], evidence: dict[str, Any]) -> bool:
    addressees = evidence.get("decision", {}).get("addressees", ())
    return any(one.get("released") for one in addressees)


def signature(leaf: str, signer: Signer) -> bytes:
    """A record's header."""
    signed = signer.sign(LEAF_LABEL + unb64u(leaf))
    return canonical({"kid": signer.kid, "sig": b64u(signed)})
