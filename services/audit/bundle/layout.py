"""A bundle held to the owners' layout and its own end: a gap shows nowhere (bundle §5.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from aiokafka import TopicPartition

from contracts.encoding import json_object
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.bundle.heads import HeldHead
from services.audit.bundle.manifest import MANIFEST, BundledTopic, closing
from services.audit.bundle.realm_export import recorded_at
from services.audit.bundle.source import BundleLog
from services.audit.replay import IDLE_S

MISSING: Final = "partition_missing"


def missing_partitions(
    bundle: BundleLog, registries: Mapping[str, Registry], held: Sequence[HeldHead]
) -> Iterator[tuple[str, AuditFinding]]:
    """What the layout on control has and a bundle has not: a partition or its checkpoint.

    Args:
        held: what `held_heads` says of the bundle's checkpoints.
    """
    for realm in bundle.manifest.realms:
        heads = {head.partition: head for head in held if head.realm == realm}
        topic = topics.decisions(realm)
        for number, what in _missing(bundle, registries[realm], heads):
            yield realm, AuditFinding(number, -1, MISSING, what, topic=topic)


def check_asked_at(bundle: BundleLog, registries: Mapping[str, Registry]) -> None:
    """Refuse a bundle that claims an instant before its transactions: it would hide silence.

    Raises:
        UsageError: `bundle_malformed`.
    """
    asked_at = bundle.manifest.asked_at
    for row in bundle.manifest.places:
        if row.kind != "decisions":
            continue
        if _closed_at(bundle, row, registries[row.realm]) > asked_at:
            got = f"an `asked_at` before records of {row.folder}"
            raise bundle.file.malformed(got, MANIFEST)


def _missing(
    bundle: BundleLog, registry: Registry, heads: Mapping[int, HeldHead]
) -> Iterator[tuple[int, str]]:
    """Partition and what is missing of it."""
    manifest = bundle.manifest
    own = (row for row in manifest.places if row.realm == registry.realm)
    records = {(row.kind, row.partition): row.records for row in own}
    is_begun = _is_begun(registry, manifest.asked_at)
    for number in range(registry.partitions):
        if not {("decisions", number), ("evidence", number)} <= records.keys():
            yield number, "not in the manifest"
        elif not records["decisions", number]:
            if is_begun:
                yield number, "no records"
        elif heads and number not in heads:
            yield number, "no checkpoint"


def _is_begun(registry: Registry, asked_at: int) -> bool:
    """Whether each partition has its first record by then: a directory, or not all is here."""
    starts: Iterable[int] = (
        order.start for order in registry.orders if order.kind == "adopt_directory"
    )
    return min(starts, default=0) + IDLE_S <= asked_at


def _closed_at(bundle: BundleLog, row: BundledTopic, registry: Registry) -> int:
    """Instant at which a partition's last signed transaction began, if that late; else -1.

    A line of nobody at the end hides nothing: the replay tells it.
    """
    reader, place = bundle.reader(row.realm), TopicPartition(row.topic, row.partition)
    last = deque(reader.records(place), maxlen=1)
    if not last or recorded_at(last[0]) <= bundle.manifest.asked_at:
        return -1
    chain, taken = EntryChain(row.realm, row.partition, registry), list[bytes]()
    for record in reader.records(place):
        taken = chain.step(record.value or b"", record.headers) or taken
    return closing(json_object(taken[0])["at"]) if taken else -1
