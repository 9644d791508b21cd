"""Checkpoints in a bundle: the log as published, its cosigners, the policy (bundle §5.1).

A checkpoint that was signed before somebody rewrote the log does not come to what the log says now,
whoever holds the router's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.errors import ProofError
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.edge import TreeEdge
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import MAX_POLICY_BYTES, NONE, TrustPolicy, VerifiedHead
from contracts.proof.proof_file import MAX_PROOF_BYTES, parse_proof
from contracts.proof.signed_policy import SignedPolicy, read_signed_policy
from contracts.proof.tree import check_inclusion, entry_hash
from contracts.vocabulary import topics
from services.audit.bundle.head_proofs import (
    CHECKPOINT,
    END,
    FOLDER,
    LeftOut,
    head_name,
)
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import StoredZip
from services.audit.verdict import AuditVerdict
from services.platform.keys.policy_file import policy_file, read_signed
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import open_files

DIFFERS: Final = "checkpoint_differs"
WRONG: Final = "proof_wrong"


@dataclass(frozen=True)
class HeldTree:
    """How a bundle's records stand under a checkpoint.

    Attributes:
        here: how many of the entries that it covers are here.
        code, detail: what is wrong; empty: nothing.
        at: of the last record here, seconds; 0 where nobody knows it.
    """

    here: int
    code: str = ""
    detail: str = ""
    at: int = 0


@dataclass(frozen=True)
class CheckedLog:
    """A partition in a bundle."""

    realm: str
    number: int
    registry: Registry

    def held(
        self, head: Checkpoint, note: bytes, proof: bytes | None, records: Iterable[Inbound]
    ) -> HeldTree:
        """Hold a checkpoint to the records: all of the log's entries from its first one on.

        Args:
            proof: of one of its records, without the checkpoint; None: there is none.
        """
        try:
            if proof is not None:
                _check_proof(proof, note, head)
        except ProofError as error:
            return HeldTree(0, WRONG, f"{error.code}: got {error.got}")
        tree, chain = TreeEdge(), EntryChain(self.realm, self.number, self.registry)
        for record in records:
            for value in chain.step(record.value or b"", record.headers):
                if tree.size < head.size:
                    tree.append(entry_hash(value))
            if tree.size == head.size:
                break
        if tree.size == head.size and tree.root() == head.root:
            return HeldTree(tree.size)
        detail = f"a checkpoint of {head.size} records, {tree.size} of them here"
        return HeldTree(tree.size, DIFFERS, detail, chain.tail.at if tree.size == head.size else 0)


def _check_proof(data: bytes, note: bytes, head: Checkpoint) -> None:
    """That a proof holds under a checkpoint that was verified.

    Raises:
        ProofError: those of `parse_proof` and `check_inclusion`; `entry_missing`.
    """
    proof = parse_proof(data + note)
    if proof.entry is None or proof.checkpoint != note:
        raise ProofError("entry_missing", "a proof without its entry", "the entry in it")
    check_inclusion(entry_hash(proof.entry), proof.index, head.size, head.root, proof.path)


_UNSIGNED: Final = "checkpoint_unsigned"
_OUTGROWN: Final = AuditFinding(-1, -1, "quorum_outgrown", alarm=False)


@dataclass(frozen=True)
class HeldHead:
    """A checkpoint that was held to the records.

    Attributes:
        size: records that it is of; 0 if it cannot be believed.
        cosigned: by which witnesses of the policy.
        is_met: whether these are as many as the policy asks for.
        finding: what is wrong with it; None if these records stand where they do in its tree.
        is_outgrown: whether the policy asks for fewer witnesses than the owners' file does now.
        here: how many of its records are here.
    """

    realm: str
    partition: int
    size: int
    cosigned: tuple[str, ...]
    is_met: bool
    finding: AuditFinding | None
    is_outgrown: bool = False
    here: int = 0

    @property
    def is_signed(self) -> bool:
        """Whether its log has signed it, under a policy that the owners signed."""
        return self.finding is None or self.finding.code != _UNSIGNED


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
    policy, files = _policy(*signed, realm, owners).policy, {}
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
        files[head_name(realm, number, CHECKPOINT)] = note
    data, token = signed
    policies = {f"{FOLDER}/{realm}.policy": data, f"{FOLDER}/{realm}.policy.jws": token.encode()}
    return files | policies if files else {}


def held_heads(
    bundle: BundleLog, owners: Owners, registries: Mapping[str, Registry]
) -> Iterator[HeldHead]:
    """Hold each checkpoint in a bundle to the owners' policy and to the records.

    Whatever is wrong with a policy or a checkpoint is a finding: the verdict on the records does
    not hang on it.

    Args:
        registries: realm -> what its orders brought.

    Raises:
        UsageError: `bundle_malformed`.
    """
    for realm in bundle.manifest.realms:
        prefix = f"{FOLDER}/{realm}-"
        for name in bundle.file.members:
            if name.startswith(prefix) and name.endswith(CHECKPOINT):
                number = int(name.removeprefix(prefix).removesuffix(CHECKPOINT))
                log = CheckedLog(realm, number, registries[realm])
                yield _held(bundle, owners, log)


def with_heads(
    verdict: AuditVerdict, held: Iterable[HeldHead], notes: Iterable[tuple[str, AuditFinding]] = ()
) -> AuditVerdict:
    """A verdict with what checkpoints say that the records are not, in the order of the log.

    That a policy has been outgrown is told too, and breaks nothing: there were fewer agencies then.

    Args:
        notes: what else is to be told, with its realm.
    """
    held = list(held)
    told = [(head.realm, head.finding) for head in held if head.finding is not None]
    outgrown = dict.fromkeys(head.realm for head in held if head.is_outgrown)
    told += [*((realm, _OUTGROWN) for realm in outgrown), *notes]
    if not told:
        return verdict
    realms = list(verdict.tallies)
    ordered = sorted(
        (*verdict.findings, *told), key=lambda row: (realms.index(row[0]), astuple(row[1]))
    )
    return replace(verdict, findings=tuple(ordered))


def _policy(data: bytes, token: str, realm: str, owners: Owners) -> SignedPolicy:
    """A policy that the owners signed for a realm at any time; as `read_signed_policy`."""
    return read_signed_policy(data, token, realm, owners.directory, owners.witnesses)


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


def opened_head(
    file: StoredZip, owners: Owners, realm: str, number: int
) -> tuple[SignedPolicy, VerifiedHead]:
    """A checkpoint in a bundle, under the bundle's own policy.

    Raises:
        ProofError: those of `read_signed_policy` and `TrustPolicy.verify`.
        UsageError: `bundle_malformed`.
    """
    data, token = (
        file.content(f"{FOLDER}/{realm}.policy{end}", MAX_POLICY_BYTES) for end in ("", ".jws")
    )
    note = file.content(head_name(realm, number, CHECKPOINT), MAX_NOTE_BYTES)
    signed = _policy(data, token.decode("ascii", "replace"), realm, owners)
    return signed, _opened(signed.policy, note, realm, number)


def _held(bundle: BundleLog, owners: Owners, log: CheckedLog) -> HeldHead:
    file, realm, number, topic = bundle.file, log.realm, log.number, topics.decisions(log.realm)
    try:
        signed, verified = opened_head(file, owners, realm, number)
    except ProofError as error:
        detail = f"{error.code}: got {error.got}"
        told = AuditFinding(number, -1, _UNSIGNED, detail, topic=topic)
        return HeldHead(realm, number, 0, (), False, told)
    head, seen = verified.checkpoint, tuple(entry.witness for entry in verified.cosigned)
    tree = _held_tree(bundle, log, head)
    wrong = None
    if tree.code:
        wrong = AuditFinding(number, head.size - 1, tree.code, tree.detail, topic=topic, at=tree.at)
    is_met = signed.policy.is_met(set(seen))
    return HeldHead(realm, number, head.size, seen, is_met, wrong, not signed.meets_pin, tree.here)


def _held_tree(bundle: BundleLog, log: CheckedLog, head: Checkpoint) -> HeldTree:
    """How a partition's records stand under its checkpoint."""
    file = bundle.file
    note = file.content(head_name(log.realm, log.number, CHECKPOINT), MAX_NOTE_BYTES)
    name = head_name(log.realm, log.number, END)
    proof = file.content(name, MAX_PROOF_BYTES) if name in file.members else None
    place = TopicPartition(topics.decisions(log.realm), log.number)
    return log.held(head, note, proof, bundle.reader(log.realm).records(place))
