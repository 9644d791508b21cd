"""Two bundles that follow one another: whether their checkpoints are of one history (bundle §7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from contracts.errors import ProofError
from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.tree import check_consistency
from contracts.proof.witness import MAX_REQUEST_BYTES, parse_request
from contracts.vocabulary import topics
from services.audit.bundle.head_proofs import AFTER, CHECKPOINT, head_name
from services.audit.bundle.heads import opened_head
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import StoredZip, opened

FORKED: Final = "history_forked"
UNSHOWN: Final = "history_unshown"


def held_histories(
    bundle: BundleLog, after: Path, owners: Owners
) -> Iterator[tuple[str, AuditFinding]]:
    """What is wrong between the checkpoints of two bundles, with its realm; of those that are no checkpoint, nothing.

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
