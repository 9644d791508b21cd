"""All that stands on Kafka after a run, as facts: published, decided, sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import TopicPartition

from contracts.encoding import b64u, canonical, digest, sha256
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.platform.kafka.bus import Bus
from tests.contracts.envelope.kit import claims_of

WAIT_S: Final = 60.0
KINDS: Final = ("outbox", "evidence", "decisions", "inbox", "quarantine")  # of topics


@dataclass(frozen=True, slots=True)
class Published:
    """A committed record of an outbox.

    Attributes:
        at_ms: the broker's own stamp.
    """

    realm: str
    topic: str
    partition: int
    offset: int
    event: str
    case: str
    cover: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a log, with what its evidence says."""

    realm: str
    partition: int
    leaf: str
    record: dict[str, Any]
    at_ms: int
    beside: dict[str, Any]

    @property
    def code(self) -> str:
        """Why it was put aside; empty if it was not, or once erased."""
        return str(self.beside.get("code", ""))

    @property
    def order(self) -> str:
        """Digest of the order of which it is the record."""
        return str(self.beside.get("order", ""))

    @property
    def source(self) -> tuple[str, int, int] | None:
        """Topic, partition and offset of the input; None if there was none."""
        found = self.record.get("src")
        return (found["topic"], self.partition, found["offset"]) if found else None


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in an inbox.

    Attributes:
        claims: of the receipt (a delivery) or of the notice.
        slip: claims of the slip, of a delivery.
    """

    realm: str
    desk: str
    partition: int
    claims: dict[str, Any]
    slip: dict[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """As the log's record names it: over the claims without `dec`."""
        bare = {name: value for name, value in self.claims.items() if name != "dec"}
        return b64u(sha256(canonical(bare)))


@dataclass
class Ledger:
    """Everything, in the order of each partition."""

    published: list[Published] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    kept: set[tuple[str, str, str]] = field(default_factory=set)  # realm, leaf, hash in quarantine

    @property
    def decided(self) -> dict[str, list[Record]]:
        """D(cover) -> the records that decided it, or say that its reader has no key any more."""
        found: dict[str, list[Record]] = defaultdict(list)
        for one in self.records:
            if one.record["kind"] == "decided" or one.code == "key_destroyed":
                found[one.record["cover"]].append(one)
        return found

    @property
    def kinds(self) -> Counter[str]:
        """How many records of each kind."""
        return Counter(one.record["kind"] for one in self.records)


async def read_ledger(bus: Bus, names: Iterable[str]) -> Ledger:
    """Read every outbox, inbox, decision and piece of evidence."""
    places = {TopicPartition(name, number): None for name in names if name.split(".")[2] in KINDS
              for number in range(topics.PARTITIONS)}  # fmt: skip
    async with bus.reader(wait=WAIT_S) as reader:
        return ledger_of([one async for batch in reader.read(places) for one in batch])


def ledger_of(rows: Iterable[Inbound], hostile: Container[int] = frozenset()) -> Ledger:
    """What records say, in the order of each partition.

    Args:
        hostile: sums (`sum_of`) of records of outboxes that are passed over.
    """
    found, evidence = Ledger(), dict[tuple[str, str], dict[str, Any]]()
    kept: dict[str, list[Inbound]] = defaultdict(list)
    for one in rows:
        kind = one.topic.split(".")[2]
        if one.value or (one.headers and kind == "quarantine"):  # else erased
            kept[kind].append(one)
    for one in kept["evidence"]:
        evidence[_realm(one), (one.key or b"").decode()] = orjson.loads(one.value or b"{}")
    found.published = [_published(one) for one in kept["outbox"] if sum_of(one) not in hostile]
    found.records = [_record(one, evidence) for one in kept["decisions"]]
    found.messages = [_message(one) for one in kept["inbox"]]
    found.kept = {
        (_realm(one), (one.key or b"").decode(), b64u(sha256(one.value or b"")))
        for one in kept["quarantine"]
    }
    return found


def _realm(one: Inbound) -> str:
    return one.topic.split(".")[1]


def sum_of(one: Any) -> int:
    """What a record is told by from another."""
    return hash((one.key, one.value, tuple(one.headers)))


def _published(one: Inbound) -> Published:
    token = orjson.loads(one.value or b"")["data"]["cover"]
    claims = claims_of(token)
    return Published(
        _realm(one), one.topic, one.partition, one.offset, claims["jti"], claims["sub"],
        digest(token), one.timestamp_ms,
    )  # fmt: skip


def _record(one: Inbound, evidence: dict[tuple[str, str], dict[str, Any]]) -> Record:
    realm, leaf = _realm(one), (one.key or b"").decode()
    beside, record = evidence.get((realm, leaf), {}), orjson.loads(one.value or b"")
    return Record(realm, one.partition, leaf, record, one.timestamp_ms, beside)


def _message(one: Inbound) -> Message:
    data = orjson.loads(one.value or b"")["data"]
    claims = claims_of(data["notice"] if "notice" in data else data["receipt"])
    slip = claims_of(data["slip"]) if "slip" in data else {}
    return Message(_realm(one), short(claims["aud"]), one.partition, claims, slip)
