"""The verdict that follows from a bundle alone: as `replay` reaches it (bundle §5)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.bundle.checkpoints import (
    HeldCheckpoint,
    ReadLog,
    hold_checkpoint,
    read_log,
)
from services.audit.bundle.manifest import (
    MANIFEST,
    checkpoint_file,
    policy_files,
    records_file,
)
from services.audit.bundle.source import BundleLog, Told, open_bundle
from services.audit.decision_rows import Taken
from services.audit.replay import IDLE_S
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay

_UNSIGNED: Final = {"bad_signature", "order_unsigned", "unknown_key"}


@dataclass(frozen=True)
class JudgedBundle:
    """What follows from a bundle.

    Attributes:
        registries: realm → what its orders brought.
        checkpoints: those in it that its logs signed, held to its records.
    """

    verdict: AuditVerdict
    registries: Mapping[str, Registry]
    checkpoints: Sequence[HeldCheckpoint]


def judge(
    bundle: BundleLog,
    owners: Owners,
    progress: Told,
    rows: Taken | None = None,
    after: Path | None = None,
    told: Iterable[tuple[str, AuditFinding]] = (),
) -> JudgedBundle:
    """Decide again whatever a bundle holds, and hold its checkpoints and its layout to it.

    Args:
        owners: their keys, from elsewhere: what the bundle says of them is worth nothing.
        rows: is given the verdict on each record.
        after: an earlier bundle, with which this one has to begin.
        told: what else was found out, with its realm.

    Raises:
        UsageError: `bundle_malformed`, `owners_foreign`, `scratch_lost`, `bundle_later`; what
            opening the earlier one raises.
    """
    manifest = bundle.manifest
    realms: Sequence[str] = manifest.realms
    registries = {realm: _registry(bundle, realm, owners) for realm in realms}
    earlier = _earlier(after, owners, manifest.asked_at) if after is not None else {}
    checkpoints: list[HeldCheckpoint] = []
    findings = [*told]
    for realm, registry in registries.items():
        _check_layout(bundle, registry)
        found = [*_missing(bundle, registry)]
        for number in range(registry.partitions):
            old = earlier.get((realm, number), ReadLog())
            log, held, wrong = hold_checkpoint(bundle, owners, registry, number, old.size)
            if log.closed_at > manifest.asked_at:
                raise bundle.archive.malformed("an `asked_at` before its records", MANIFEST)
            checkpoints += [held] if held else []
            found += wrong
            if old.size and log.roots.get(old.size) != old.roots[old.size]:  # it began otherwise
                why, told_of = f"{old.size}/{log.size}", topics.decisions(realm)
                found += [AuditFinding(number, old.size - 1, "history_forked", why, topic=told_of)]
        findings += ((realm, each) for each in dict.fromkeys(found))  # of the realm's policy once
    verdict = asyncio.run(
        replay(bundle, realms, owners, lambda: manifest.asked_at, progress, rows=rows)
    )
    return JudgedBundle(verdict.with_findings(findings), registries, checkpoints)


def _registry(bundle: BundleLog, realm: str, owners: Owners) -> Registry:
    """What a realm's orders brought.

    Raises:
        UsageError: `owners_foreign`: none is signed by the owners, and some by others.
    """
    control = bundle.control(realm, owners)
    asyncio.run(control.refresh())  # `start` would log what it rejects: it is told here
    registry = control.registry
    if not registry.orders and _UNSIGNED & set(registry.rejected):
        raise UsageError(
            "owners_foreign",
            "orders that the keys in the owners’ file have not signed",
            "the keys of those who gave these orders, unless the bundle is from elsewhere or was "
            "altered; ask them for their keys again before you conclude",
            bundle.archive.path.name,
        )
    return registry


def _missing(bundle: BundleLog, registry: Registry) -> Iterator[AuditFinding]:
    """What the layout on control has and a bundle has not: a partition or its checkpoint."""
    realm, names = registry.realm, bundle.archive.sizes
    starts = (order.start for order in registry.orders if order.kind == "adopt_directory")
    is_begun = min(starts, default=0) + IDLE_S <= bundle.manifest.asked_at
    has_checkpoints = not names.keys().isdisjoint(policy_files(realm))
    for number in range(registry.partitions):
        decisions = TopicPartition(topics.decisions(realm), number)
        evidence = TopicPartition(topics.evidence(realm), number)
        what = ""
        if decisions not in bundle.lengths or evidence not in bundle.lengths:
            what = "no file"
        elif is_begun and not bundle.lengths[decisions]:
            what = "no records"
        elif has_checkpoints and checkpoint_file(realm, number) not in names:
            what = "no checkpoint"
        if what:
            yield AuditFinding(number, -1, "partition_missing", what, topic=decisions.topic)


def _check_layout(bundle: BundleLog, registry: Registry) -> None:
    """Refuse records of a partition that the layout has not: `bundle_malformed`."""
    prefix = f"relais.{registry.realm}."
    for place in bundle.lengths:
        if place.topic.startswith(prefix) and place.partition >= registry.partitions:
            raise bundle.archive.malformed("a partition of no layout", records_file(place))


def _earlier(path: Path, owners: Owners, asked_at: int) -> dict[tuple[str, int], ReadLog]:
    """What an earlier bundle has of each realm and partition.

    Args:
        asked_at: of the later one.

    Raises:
        UsageError: `bundle_later`: it is the later one; what opening it raises.
    """
    with open_bundle(path) as bundle:
        if bundle.manifest.asked_at > asked_at:
            got, expected = "the later of the two files", "the earlier one"
            raise UsageError("bundle_later", got, expected, f"--after {path.name}")
        return {
            (realm, number): read_log(bundle, registry, number)
            for realm in bundle.manifest.realms
            for registry in [_registry(bundle, realm, owners)]
            for number in range(registry.partitions)
        }
