"""Checkpoints in a bundle: signed by the log and its witnesses, held to the records (bundle §4).

A checkpoint that was signed before somebody rewrote the log does not come to what the log says now,
whoever holds the router's key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from aiokafka import TopicPartition

from contracts.encoding import json_object
from contracts.errors import ProofError
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import MAX_POLICY_BYTES, NONE, TrustPolicy, VerifiedHead
from contracts.proof.signed_policy import read_signed_policy
from contracts.proof.tiles import TreeEdge
from contracts.proof.tree import entry_hash
from contracts.vocabulary import topics
from services.audit.bundle.archive import Archive
from services.audit.bundle.manifest import checkpoint_file, policy_files
from services.audit.bundle.source import BundleLog
from services.platform.keys.policy_file import policy_file, read_signed
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import open_files

LeftOut = Callable[[str, int, ProofError], None]  # realm, partition, what is wrong with it


@dataclass(frozen=True)
class HeldCheckpoint:
    """A checkpoint that its log signed, held to the records of its partition.

    Attributes:
        size: records that it is of.
        cosigned: by which witnesses of the policy.
        is_met: whether these are as many as the policy asks for.
        here: how many records of the log the bundle has.
        differs: whether these are not the records that the checkpoint is of.
    """

    realm: str
    partition: int
    size: int
    cosigned: tuple[str, ...]
    is_met: bool
    here: int
    differs: bool


@dataclass
class ReadLog:
    """The records of a partition that are the log's, whatever lies between them.

    Attributes:
        size: their number.
        roots: number of records → root of the tree over them, as far as it was asked for.
        closed_at: instant at which the last signed transaction began, seconds; -1: there is none.
    """

    size: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)
    closed_at: int = -1


def read_log(
    bundle: BundleLog, registry: Registry, number: int, sizes: Collection[int] = ()
) -> ReadLog:
    """Read a partition along its chain.

    Args:
        sizes: numbers of records of which the root is asked for, beside that of all.

    Raises:
        UsageError: `bundle_malformed`.
    """
    tree = TreeEdge()
    log = ReadLog(roots={0: tree.root()})
    chain = EntryChain(registry.realm, number, registry)
    place = TopicPartition(topics.decisions(registry.realm), number)
    for record in bundle.records(place):
        taken = chain.step(record.value or b"", record.headers)
        for value in taken:
            tree.append(entry_hash(value))
            if tree.size in sizes:
                log.roots[tree.size] = tree.root()
        if taken:
            log.closed_at = json_object(taken[0])["at"]
    log.size = tree.size
    log.roots[tree.size] = tree.root()
    return log


def published_heads(
    place: str, home: Path, realm: str, partitions: int, owners: Owners, left_out: LeftOut
) -> dict[str, bytes]:
    """A realm's policy and published checkpoints, by their names in a bundle; or none.

    Args:
        place: address or folder of the published logs.
        left_out: is told of what stands in a checkpoint's place and that its log has not signed.

    Raises:
        ProofError: the home's policy is malformed, or the owners have not signed it.
    """
    signed = read_signed(policy_file(home, realm))
    if signed is None:
        return {}
    (policy, _at), files = read_signed_policy(*signed, realm, owners.directory), dict[str, bytes]()
    logs = open_files(place)
    for number in range(partitions):
        try:
            note = logs.read(f"{realm}-{number}/checkpoint")
            _opened(policy, note, realm, number)
        except UnreachableError:  # not published yet, or never
            continue
        except ProofError as error:
            left_out(realm, number, error)
            continue
        files[checkpoint_file(realm, number)] = note
    contents = signed[0], signed[1].encode()
    policies = dict(zip(policy_files(realm), contents, strict=True))
    return files | policies if files else {}


def hold_checkpoint(
    bundle: BundleLog, owners: Owners, registry: Registry, number: int, old: int
) -> tuple[ReadLog, HeldCheckpoint | None, list[AuditFinding]]:
    """A partition's records, its checkpoint held to them and to the owners' policy, and findings.

    Whatever is wrong with a policy or a checkpoint is a finding: the verdict on the records does
    not hang on it.

    Args:
        old: a number of records of which the root is asked for too.

    Raises:
        UsageError: `bundle_malformed`.
    """
    realm, signed, findings = registry.realm, None, list[AuditFinding]()
    found = partial(AuditFinding, number, topic=topics.decisions(realm))
    try:
        signed = _signed_head(bundle.archive, owners, realm, number)
    except ProofError as error:
        findings.append(found(-1, "checkpoint_unsigned", f"{error.code}: got {error.got}"))
    head = signed[1].checkpoint if signed else Checkpoint("", 0, b"")
    log = read_log(bundle, registry, number, {head.size, old})
    held = None
    if signed:
        cosigned = tuple(each.witness for each in signed[1].cosigned)
        held = HeldCheckpoint(
            realm,
            number,
            head.size,
            cosigned,
            is_met=signed[0].is_met(cosigned),
            here=log.size,
            differs=log.roots.get(head.size) != head.root,
        )
        if signed[0].least < owners.witnesses:
            findings.append(AuditFinding(-1, -1, "quorum_outgrown", alarm=False))
    if held and held.differs:
        detail = f"a checkpoint of {head.size} records, {log.size} here"
        findings.append(found(head.size - 1, "checkpoint_differs", detail))
    covered = head.size if held and held.is_met and not held.differs else 0
    if owners.witnesses and covered < log.size:
        # A chain shows that nothing in the middle is gone. Who cuts its end off, with the
        # checkpoints, leaves a shorter log that is as sound.
        detail = f"{log.size - covered}/{log.size}"
        findings.append(found(covered, "end_unattested", detail, alarm=False))
    return log, held, findings


def _opened(policy: TrustPolicy, note: bytes, realm: str, number: int) -> VerifiedHead:
    """A checkpoint that its log has signed, whoever has cosigned it.

    Raises:
        ProofError: those of `TrustPolicy.verify`.
    """
    verified = replace(policy, quorum=NONE).verify(note)
    origin = verified.checkpoint.origin
    if not origin.endswith(f"/{realm}-{number}"):
        raise ProofError("log_did_not_sign", origin, f"{realm}-{number}", "checkpoint")
    return verified


def _signed_head(
    archive: Archive, owners: Owners, realm: str, number: int
) -> tuple[TrustPolicy, VerifiedHead] | None:
    """A checkpoint in a bundle, under the bundle's own policy; None if the bundle has none.

    Raises:
        ProofError: those of `read_signed_policy` and `TrustPolicy.verify`.
        UsageError: `bundle_malformed`.
    """
    if checkpoint_file(realm, number) not in archive.sizes:
        return None
    data, token = (archive.content(name, MAX_POLICY_BYTES) for name in policy_files(realm))
    note = archive.content(checkpoint_file(realm, number), MAX_NOTE_BYTES)
    text = token.decode("ascii", "replace")
    policy, _at = read_signed_policy(data, text, realm, owners.directory)
    return policy, _opened(policy, note, realm, number)
