"""Checkpoints in a bundle: what the log was published as, with who cosigned it, and the owners' policy (bundle §5.1).

A checkpoint that was signed before somebody rewrote the log does not come to what the log says now, whoever
holds the router's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

import orjson
from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.errors import ProofError
from contracts.log.finding import AuditFinding
from contracts.log.orders import Owners
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.edge import TreeEdge
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import MAX_POLICY_BYTES, NONE, TrustPolicy
from contracts.proof.signed_policy import open_policy
from contracts.proof.tree import entry_hash
from contracts.vocabulary import topics
from services.audit.bundle.source import BundleLog, BundleReader
from services.audit.tree.published_log import open_log
from services.audit.verdict import AuditVerdict
from services.platform.keys.policy_file import policy_file, policy_signature
from services.platform.process.exit_codes import UnreachableError

FOLDER: Final = "heads"


@dataclass(frozen=True)
class HeldHead:
    """A checkpoint that was held to the records.

    Attributes:
        cosigned: by which witnesses of the policy.
        is_met: whether these are as many as the policy asks for.
        finding: what is wrong with it; None if it is the tree of these records.
    """

    realm: str
    partition: int
    size: int
    cosigned: tuple[str, ...]
    is_met: bool
    finding: AuditFinding | None


def published_heads(place: str, home: Path, realm: str, partitions: int) -> dict[str, bytes]:
    """A realm's policy and the checkpoints that are published, by their names in a bundle; none without a policy.

    Args:
        place: address or folder of the published logs.

    Raises:
        OSError: the policy cannot be read.
    """
    if not policy_file(home, realm).exists():
        return {}
    files = {}
    for number in range(partitions):
        try:
            data = open_log(place, realm, number).read("checkpoint")
        except UnreachableError:  # not published yet, or never
            continue
        files[f"{FOLDER}/{realm}-{number:02}.checkpoint"] = data
    if files:
        files[f"{FOLDER}/{realm}.policy"] = policy_file(home, realm).read_bytes()
        files[f"{FOLDER}/{realm}.policy.jws"] = policy_signature(home, realm).read_bytes().strip()
    return files


def held_heads(bundle: BundleLog, owners: Owners) -> Iterator[HeldHead]:
    """Hold each checkpoint in a bundle to the owners' policy and to the records.

    Raises:
        ProofError: a policy or a checkpoint that is malformed or that nobody of it signed.
        UsageError: `bundle_malformed`.
    """
    file = bundle.file
    for realm in bundle.manifest.realms:
        prefix, suffix = f"{FOLDER}/{realm}-", ".checkpoint"
        names = [name for name in file.members if name.startswith(prefix)]
        if not names:
            continue
        data = file.content(f"{FOLDER}/{realm}.policy", MAX_POLICY_BYTES)
        token = file.content(f"{FOLDER}/{realm}.policy.jws", MAX_POLICY_BYTES)
        signed = token.decode("ascii", "replace")
        policy = open_policy(data, signed, realm, owners.directory, owners.witnesses)
        for name in names:
            number = name.removeprefix(prefix).removesuffix(suffix)
            if not number.isdecimal() or not name.endswith(suffix):
                raise file.malformed(name, name)
            note = file.content(name, MAX_NOTE_BYTES)
            yield _held(bundle.reader(realm), policy, note, realm, int(number))


def with_heads(verdict: AuditVerdict, held: Iterable[HeldHead]) -> AuditVerdict:
    """A verdict with what checkpoints say that the records are not, in the order of the log."""
    told = [(head.realm, head.finding) for head in held if head.finding is not None]
    if not told:
        return verdict
    realms = list(verdict.tallies)
    ordered = sorted(
        (*verdict.findings, *told), key=lambda row: (realms.index(row[0]), astuple(row[1]))
    )
    return replace(verdict, findings=tuple(ordered))


def _held(
    reader: BundleReader, policy: TrustPolicy, note: bytes, realm: str, number: int
) -> HeldHead:
    verified = replace(policy, quorum=NONE).verify(note)
    head = verified.checkpoint
    if not head.origin.endswith(f"/{realm}-{number}"):
        raise ProofError("log_did_not_sign", head.origin, f"{realm}-{number}", "checkpoint")
    seen = tuple(entry.witness for entry in verified.cosigned)
    told = _difference(reader, head, realm, number)
    return HeldHead(realm, number, head.size, seen, policy.is_met(set(seen)), told)


def _difference(
    reader: BundleReader, head: Checkpoint, realm: str, number: int
) -> AuditFinding | None:
    """What is wrong with a checkpoint of these records: entries are those on the path from genesis."""
    edge, prev, at = TreeEdge(), "", 0
    for record in reader.records(TopicPartition(topics.decisions(realm), number)):
        if edge.size == head.size:
            break
        said = _said(record.value or b"")
        if said.get("index") == edge.size and said.get("prev") == prev:
            prev, at = leaf_hash(record.value or b""), _instant(said)
            edge.append(entry_hash(record.value or b""))
    if edge.size == head.size and edge.root() == head.root:
        return None
    detail = f"a checkpoint of {head.size} records, {edge.size} of them here"
    topic = topics.decisions(realm)
    return AuditFinding(number, head.size - 1, "checkpoint_differs", detail, topic=topic, at=at)


def _said(value: bytes) -> Mapping[str, object]:
    try:
        said = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _instant(said: Mapping[str, object]) -> int:
    at = said.get("at")
    return at if isinstance(at, int) else 0
