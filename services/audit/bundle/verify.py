"""The verdict that follows from a bundle alone: as `replay` reaches it (bundle §6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.errors import ProofError, UsageError
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.tree import check_consistency
from contracts.proof.witness import MAX_REQUEST_BYTES, parse_request
from contracts.vocabulary import topics
from contracts.vocabulary.topics import MAX_ORDER_BYTES
from services.audit.bundle.adopted_files import FOLDER, adopted_files
from services.audit.bundle.attested import unattested_ends
from services.audit.bundle.contents import check_contents, ends_of, foreign_pages
from services.audit.bundle.export import sha256_of, unlinked
from services.audit.bundle.head_proofs import AFTER, CHECKPOINT, head_name
from services.audit.bundle.heads import HeldHead, held_heads, opened_head, with_heads
from services.audit.bundle.layout import check_asked_at, missing_partitions
from services.audit.bundle.manifest import read_manifest
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import StoredZip, opened
from services.audit.decision_rows import Taken
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay

__all__ = [
    "checked",
    "checked_heads",
    "foreign_pages",
    "held_histories",
    "registries_of",
    "verify",
]

_UNSIGNED: Final = {"bad_signature", "order_unsigned", "unknown_key"}
Progress = Callable[[int, int], None]


@contextmanager
def checked(
    path: Path, auditor: str, told: Progress, after: Path | None = None
) -> Iterator[BundleLog]:
    """Open a bundle whose files and records are what its signed manifest says.

    Args:
        auditor: public key that must have signed it, base64url; empty: whichever it names.
        told: is told how many bytes were looked at, of how many.
        after: the bundle that it has to follow.

    Raises:
        UsageError: `bundle_missing`, `bundle_malformed`, `bundle_unsigned`, `bundle_foreign`,
            `bundle_unlinked`.
    """
    with opened(path) as file:
        bundle = BundleLog(file, read_manifest(file, auditor))
        bundle.check_files(told)
        check_contents(bundle)
        if after is not None:
            _check_link(bundle, after, auditor)
        yield bundle


def verify(
    bundle: BundleLog,
    owners: Owners,
    progress: Progress,
    held: Sequence[HeldHead],
    rows: Taken | None = None,
    told: Iterable[tuple[str, AuditFinding]] = (),
) -> AuditVerdict:
    """Decide again whatever a bundle holds.

    Args:
        owners: their keys, from elsewhere: what the bundle says of them is worth nothing.
        held: what `checked_heads` says of its checkpoints.
        rows: is given the verdict on each record.
        told: what else was found out about the file, with its realm.

    Raises:
        UsageError: `bundle_malformed`; `scratch_lost`.
    """
    manifest = bundle.manifest
    registries = _registries(bundle, owners)
    check_asked_at(bundle, registries)
    ends = [(end.realm, end.finding) for end in unattested_ends(manifest, owners, held)]
    notes = [*ends, *missing_partitions(bundle, registries, held), *told]

    def asked_at() -> int:
        return manifest.asked_at

    verdict = asyncio.run(replay(bundle, manifest.realms, owners, asked_at, progress, rows=rows))
    return with_heads(verdict, held, notes)


def checked_heads(
    bundle: BundleLog, owners: Owners, registries: Mapping[str, Registry]
) -> tuple[HeldHead, ...]:
    """Its checkpoints, each held to the owners' policy and to the records.

    Args:
        registries: realm -> what its orders brought.

    Raises:
        UsageError: `bundle_malformed`.
    """
    return tuple(held_heads(bundle, owners, registries))


def registries_of(bundle: BundleLog, owners: Owners) -> dict[str, Registry]:
    """What each realm's orders brought, once their files are as they would be made.

    Raises:
        UsageError: `owners_foreign`: they are not, and orders bear signatures of others than the
            owners; `bundle_malformed`.
    """
    registries = _registries(bundle, owners)
    made: dict[str, bytes] = {}
    for registry in registries.values():
        made |= adopted_files(registry)
    held = {name for name in bundle.file.members if name.startswith(f"{FOLDER}/")}
    for name in sorted(held | made.keys()):
        if name not in held or bundle.file.content(name, MAX_ORDER_BYTES) != made.get(name):
            if any(_UNSIGNED & set(registry.rejected) for registry in registries.values()):
                raise UsageError(
                    "owners_foreign",
                    "orders that the keys in the owners’ file have not signed",
                    (
                        "the keys of those who gave these orders, unless the bundle is from "
                        "elsewhere or was altered; ask them for their keys again before you "
                        "conclude"
                    ),
                    bundle.file.path.name,
                )
            raise bundle.file.malformed("another content than the order that it is of", name)
    return registries


def _registries(bundle: BundleLog, owners: Owners) -> dict[str, Registry]:
    return {
        realm: asyncio.run(_registry(bundle, realm, owners)) for realm in bundle.manifest.realms
    }


async def _registry(bundle: BundleLog, realm: str, owners: Owners) -> Registry:
    control = bundle.control(realm, owners)
    await control.start()
    return control.registry


def _check_link(bundle: BundleLog, after: Path, auditor: str) -> None:
    """That a bundle names another one as the one before, and goes on from where that one ends.

    Raises:
        UsageError: `bundle_unlinked`; what opening the other one raises.
    """
    with opened(after) as file:
        before = BundleLog(file, read_manifest(file, auditor))
        check_contents(before)
        ends = {realm: ends_of(before, realm) for realm in bundle.manifest.realms}
    if bundle.manifest.after != (expected := sha256_of(after)):
        got = bundle.manifest.after or "a bundle that says it follows no other"
        raise UsageError("bundle_unlinked", got, expected, str(after))
    for realm in bundle.manifest.realms:
        reader = bundle.reader(realm)
        for number, leaf in ends[realm].items():
            place = TopicPartition(topics.decisions(realm), number)
            if not any(leaf_hash(record.value or b"") == leaf for record in reader.records(place)):
                raise unlinked(realm, number, after)


FORKED: Final = "history_forked"
UNSHOWN: Final = "history_unshown"


def held_histories(
    bundle: BundleLog, after: Path, owners: Owners
) -> Iterator[tuple[str, AuditFinding]]:
    """What is wrong between the checkpoints of two bundles, with its realm.

    Args:
        after: the bundle before.

    Raises:
        UsageError: `bundle_missing`, `bundle_malformed`.
    """
    with opened(after) as before:
        for row in bundle.manifest.places:
            name = head_name(row.realm, row.partition, CHECKPOINT)
            if row.kind != "decisions" or name not in bundle.file.members:
                continue
            if name not in before.members:
                continue
            try:
                old = opened_head(before, owners, row.realm, row.partition)[1].checkpoint
                new = opened_head(bundle.file, owners, row.realm, row.partition)[1].checkpoint
            except ProofError:
                continue  # `checkpoint_unsigned`, each of its own bundle
            told = _told(bundle.file, old, new, row.realm, row.partition)
            if told is not None:
                yield row.realm, told


def _told(
    file: StoredZip, old: Checkpoint, new: Checkpoint, realm: str, number: int
) -> AuditFinding | None:
    topic, detail = topics.decisions(realm), f"from {old.size} to {new.size} records"
    try:
        check_consistency(
            old.size, old.root, new.size, new.root, _path(file, old, new, realm, number)
        )
    except LookupError:
        return AuditFinding(number, old.size - 1, UNSHOWN, detail, alarm=False, topic=topic)
    except ProofError as error:
        detail = f"{detail}: {error.code}"
        return AuditFinding(number, old.size - 1, FORKED, detail, topic=topic)
    return None


def _path(
    file: StoredZip, old: Checkpoint, new: Checkpoint, realm: str, number: int
) -> tuple[bytes, ...]:
    """The hashes that lead from one to the other; of equal sizes none.

    Raises:
        LookupError: the bundle has none, or is of an earlier checkpoint.
        ProofError: `old_differs`: they are from another; those of `parse_request`.
    """
    if old.size == new.size:
        return ()
    name = head_name(realm, number, AFTER)
    if name not in file.members or old.size > new.size:
        raise LookupError(name)
    note = file.content(head_name(realm, number, CHECKPOINT), MAX_NOTE_BYTES)
    request = parse_request(file.content(name, MAX_REQUEST_BYTES) + note)
    if request.old != old.size:
        raise ProofError("old_differs", str(request.old), str(old.size))
    return request.path
