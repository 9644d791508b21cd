"""Time stamps of others over the checkpoints in a bundle (RFC 3161, bundle §5.3): carried, and held to certificates of the reader's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.errors import ProofError
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.vocabulary import topics
from services.audit.bundle.head_proofs import CHECKPOINT, STAMP, head_name
from services.audit.bundle.source import BundleLog
from services.audit.timestamp import MAX_TOKEN_BYTES, check_imprint, check_timestamp
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogFiles

STAMP_FILE: Final = "checkpoint.tsr"  # beside a log's `checkpoint`
STAMPED: Final = "timestamped"
WRONG: Final = "timestamp_wrong"


def published_stamp(log: LogFiles, note: bytes) -> bytes | None:
    """The authority's answer that lies beside a checkpoint; None if there is none.

    Raises:
        ProofError: those of `check_imprint`.
    """
    try:
        token = log.read(STAMP_FILE)
    except UnreachableError:  # nobody has stamped it
        return None
    check_imprint(token, note)
    return token


def is_stamped(bundle: BundleLog) -> bool:
    """Whether a bundle has time stamps at all."""
    return any(name.endswith(STAMP) for name in bundle.file.members)


def held_stamps(bundle: BundleLog, roots: bytes) -> Iterator[tuple[str, AuditFinding]]:
    """When each stamped checkpoint was there at the latest, or what is wrong with its stamp, with its realm.

    Args:
        roots: certificates that the reader believes, PEM.

    Raises:
        UsageError: `bundle_malformed`.
    """
    for row in bundle.manifest.places:
        name = head_name(row.realm, row.partition, STAMP)
        if row.kind != "decisions" or name not in bundle.file.members:
            continue
        note = bundle.file.content(head_name(row.realm, row.partition, CHECKPOINT), MAX_NOTE_BYTES)
        token = bundle.file.content(name, MAX_TOKEN_BYTES)
        yield row.realm, _held(row.realm, row.partition, note, token, roots)


def _held(realm: str, number: int, note: bytes, token: bytes, roots: bytes) -> AuditFinding:
    topic, index = topics.decisions(realm), -1
    try:
        index = read_checkpoint(note).size - 1
        latest = check_timestamp(token, note, roots)
    except ProofError as error:
        return AuditFinding(number, index, WRONG, error.code, topic=topic)
    return AuditFinding(number, index, STAMPED, alarm=False, topic=topic, at=latest)
