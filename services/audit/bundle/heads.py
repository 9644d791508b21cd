"""Checkpoints in a bundle: what the log was published as, with who cosigned it, and the owners' policy (bundle §5.1).

A checkpoint that was signed before somebody rewrote the log does not come to what the log says now, whoever
holds the router's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition

from contracts.errors import ProofError
from contracts.log.entry_chain import EntryChain
from contracts.log.orders import Owners, Registry
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.edge import TreeEdge
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import MAX_POLICY_BYTES, NONE, TrustPolicy, VerifiedHead
from contracts.proof.signed_policy import SignedPolicy, read_signed_policy
from contracts.proof.tree import entry_hash
from contracts.vocabulary import topics
from services.audit.bundle.source import BundleLog
from services.audit.verdict import AuditVerdict
from services.platform.keys.policy_file import read_signed
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import open_files

FOLDER: Final = "heads"

LeftOut = Callable[[str, int, ProofError], None]  # realm, partition, what is wrong with it

_UNSIGNED: Final = "checkpoint_unsigned"
_OUTGROWN: Final = AuditFinding(-1, -1, "quorum_outgrown", alarm=False)


@dataclass(frozen=True)
class HeldHead:
    """A checkpoint that was held to the records.

    Attributes:
        size: records that it is of; 0 if it cannot be believed.
        cosigned: by which witnesses of the policy.
        is_met: whether these are as many as the policy asks for.
        finding: what is wrong with it; None if it is the tree of these records.
        here: of its records, how many the bundle has.
        is_outgrown: whether the policy asks for fewer witnesses than the owners' file does now.
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
    """A realm's policy and the checkpoints that are published, by their names in a bundle; none without a policy.

    Args:
        place: address or folder of the published logs.
        left_out: is told of what stands in a checkpoint's place and that its log has not signed.

    Raises:
        ProofError: the home's policy is malformed, or the owners have not signed it.
    """
    signed = read_signed(home, realm)
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
        files[f"{FOLDER}/{realm}-{number:02}.checkpoint"] = note
    data, token = signed
    policies = {f"{FOLDER}/{realm}.policy": data, f"{FOLDER}/{realm}.policy.jws": token.encode()}
    return files | policies if files else {}


def held_heads(
    bundle: BundleLog, owners: Owners, registries: Mapping[str, Registry]
) -> Iterator[HeldHead]:
    """Hold each checkpoint in a bundle to the owners' policy and to the records.

    Whatever is wrong with a policy or a checkpoint is a finding: the verdict on the records does not hang on it.

    Args:
        registries: realm -> what its orders brought.

    Raises:
        UsageError: `bundle_malformed`.
    """
    for realm in bundle.manifest.realms:
        prefix, suffix = f"{FOLDER}/{realm}-", ".checkpoint"
        for name in bundle.file.members:
            if name.startswith(prefix):
                number = int(name.removeprefix(prefix).removesuffix(suffix))
                yield _held(bundle, owners, registries[realm], realm, number)


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
    """A policy that the owners signed for a realm, of whatever time; raises as `read_signed_policy` does."""
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


def _held(
    bundle: BundleLog, owners: Owners, registry: Registry, realm: str, number: int
) -> HeldHead:
    file = bundle.file
    data, token = (
        file.content(f"{FOLDER}/{realm}.policy{end}", MAX_POLICY_BYTES) for end in ("", ".jws")
    )
    note = file.content(f"{FOLDER}/{realm}-{number:02}.checkpoint", MAX_NOTE_BYTES)
    told: AuditFinding | None
    try:
        signed = _policy(data, token.decode("ascii", "replace"), realm, owners)
        verified = _opened(signed.policy, note, realm, number)
    except ProofError as error:
        topic, detail = topics.decisions(realm), f"{error.code}: got {error.got}"
        told = AuditFinding(number, -1, _UNSIGNED, detail, topic=topic)
        return HeldHead(realm, number, 0, (), False, told)
    head, seen = verified.checkpoint, tuple(entry.witness for entry in verified.cosigned)
    here, told = _difference(bundle, registry, head, realm, number)
    is_met = signed.policy.is_met(set(seen))
    return HeldHead(realm, number, head.size, seen, is_met, told, not signed.meets_pin, here)


def _difference(
    bundle: BundleLog, registry: Registry, head: Checkpoint, realm: str, number: int
) -> tuple[int, AuditFinding | None]:
    """How many of a checkpoint's records are here, and what is wrong: entries are those on the path from genesis."""
    topic = topics.decisions(realm)
    edge, chain = TreeEdge(), EntryChain(realm, number, registry)
    for record in bundle.reader(realm).records(TopicPartition(topic, number)):
        for value in chain.step(record.value or b"", record.headers):
            if edge.size < head.size:
                edge.append(entry_hash(value))
        if edge.size == head.size:
            break
    if edge.size == head.size and edge.root() == head.root:
        return edge.size, None
    detail = f"a checkpoint of {head.size} records, {edge.size} of them here"
    # Of a record that is not here nobody knows the instant.
    at = chain.tail.at if edge.size == head.size else 0
    told = AuditFinding(number, head.size - 1, "checkpoint_differs", detail, topic=topic, at=at)
    return edge.size, told
