"""Whom to believe (C2SP tlog-policy): which logs, which witnesses, and how many of these.

    log <vkey> [<url>]      witness <name> <vkey> [<url>]      group <name> all|any|<k> <name>…
    quorum <name>|none

A checkpoint is good if a log of the policy has signed it as its own and witnesses enough have
cosigned it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, parse_checkpoint
from contracts.proof.note import MAX_SIGNATURES, decimal
from contracts.proof.note_keys import NoteKey, SignatureKind, open_note, parse_vkey, signed_at

MAX_POLICY_BYTES: Final = 524_288
MAX_EACH: Final = 128  # logs, groups
MAX_LOG_KEYS: Final = (
    16  # under one name; a witness reads as many in a request (`MAX_REQUEST_BYTES`)
)
MAX_WITNESSES: Final = (
    MAX_SIGNATURES - MAX_LOG_KEYS
)  # so that a checkpoint with all of them is a note
NONE: Final = "none"
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_LOGS: Final = (SignatureKind.ED25519, SignatureKind.ML_DSA_44)
_WITNESSES: Final = (SignatureKind.COSIGNATURE, SignatureKind.ML_DSA_44)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """That a witness has seen a tree.

    Attributes:
        witness: as the policy calls it.
        at: when, by the witness's clock, seconds since 1970.
    """

    witness: str
    at: int


@dataclass(frozen=True, slots=True)
class VerifiedHead:
    """A checkpoint that a policy is content with.

    Attributes:
        logs: keys of the policy by which the log has signed it.
        cosigned: by whom and when, each witness once, at its earliest time; in the order of the
            note.
    """

    checkpoint: Checkpoint
    logs: tuple[NoteKey, ...]
    cosigned: tuple[Cosigned, ...]


@dataclass
class TrustPolicy:
    """A policy as it was read; names are what the file calls somebody, and mean nothing outside.

    Attributes:
        groups: name → how many of which members.
        quorum: name of a witness or a group, or `none`.
    """

    logs: list[NoteKey] = field(default_factory=list)
    witnesses: dict[str, NoteKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = ""

    def verify(self, data: bytes) -> VerifiedHead:
        """The checkpoint of a signed note, if the policy is content with it.

        Raises:
            ProofError: those of `open_note` and `parse_checkpoint`; `log_did_not_sign`,
                `quorum_missed`.
        """
        keys = [*self.logs, *self.witnesses.values()]
        note, good = open_note(data, keys)
        head = parse_checkpoint(note.text)
        logs = tuple(key for key, _line in good if key in self.logs and key.name == head.origin)
        if not logs:
            raise ProofError("log_did_not_sign", "no signature of a log", "one of its own origin")
        names = {key: name for name, key in self.witnesses.items()}
        cosigned = tuple(
            Cosigned(names[key], signed_at(key, line.signature))
            for key, line in good
            if key in names
        )
        witnesses = {entry.witness for entry in cosigned}
        if not self.is_met(witnesses):
            raise ProofError("quorum_missed", str(len(witnesses)), f"{self.least} of {len(names)}")
        return VerifiedHead(head, logs, cosigned)

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses are enough."""
        done = set(cosigned) & set(self.witnesses)
        for name, (least, members) in self.groups.items():  # each names those before it
            if sum(member in done for member in members) >= least:
                done.add(name)
        return self.quorum == NONE or self.quorum in done

    @property
    def least(self) -> int:
        """The fewest witnesses that meet the quorum."""
        least = dict.fromkeys(self.witnesses, 1) | {NONE: 0}
        for name, (count, members) in self.groups.items():  # each names those before it
            least[name] = sum(sorted(least[member] for member in members)[:count])
        return least[self.quorum]


def parse_policy(data: bytes) -> TrustPolicy:
    """Read a policy; a name is defined before it is used, and is a member once.

    Raises:
        ProofError: `too_large`, `policy_malformed`, `name_twice`, `name_unknown`, `member_twice`,
            `key_twice`, `too_many`, those of `parse_vkey`; the place is the line.
    """
    if len(data) > MAX_POLICY_BYTES:
        raise ProofError("too_large", f"{len(data)} bytes", f"at most {MAX_POLICY_BYTES}", "policy")
    if not data.endswith(b"\n") or _FORBIDDEN.search(data):
        raise ProofError("policy_malformed", "other bytes", "lines of text")
    policy = TrustPolicy()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if words and not words[0].startswith("#"):
            try:
                _take(policy, words)
            except ProofError as error:
                place = f"line {number}"
                raise ProofError(error.code, error.got, error.expected, place) from None
    if not policy.quorum:
        raise ProofError("policy_malformed", "no quorum", "one line `quorum <name>`")
    return policy


def _take(policy: TrustPolicy, words: Sequence[str]) -> None:
    """Add what a line says, word by word, to what those before it said."""
    match words:
        case ["log", vkey] | ["log", vkey, _]:
            _check_room(policy.logs, MAX_EACH)
            key = _new_key(policy, vkey, _LOGS)
            _check_room([log for log in policy.logs if log.name == key.name], MAX_LOG_KEYS)
            policy.logs.append(key)
        case ["witness", name, vkey] | ["witness", name, vkey, _]:
            _check_room(policy.witnesses, MAX_WITNESSES)
            _check_new(policy, name)
            policy.witnesses[name] = _new_key(policy, vkey, _WITNESSES)
        case ["group", name, least, *members] if 1 <= len(members) <= 2 * MAX_EACH:
            _check_room(policy.groups, MAX_EACH)
            _check_new(policy, name)
            policy.groups[name] = _new_group(policy, least, members)
        case ["quorum", name]:
            if policy.quorum:
                raise ProofError("policy_malformed", "a second quorum", "one")
            if name != NONE:
                _check_known(policy, name)
            policy.quorum = name
        case _:
            raise ProofError("policy_malformed", "another line", "log, witness, group, quorum")


def _new_group(
    policy: TrustPolicy, least: str, members: Sequence[str]
) -> tuple[int, tuple[str, ...]]:
    taken = {member for _least, others in policy.groups.values() for member in others}
    for member in members:
        _check_known(policy, member)
        if member in taken:
            raise ProofError("member_twice", "a member twice", "each in one group")
        taken.add(member)
    count = {"all": len(members), "any": 1}.get(least) or decimal(least, "")
    if not 1 <= count <= len(members):
        raise ProofError("policy_malformed", least, f"1 to {len(members)}")
    return count, tuple(members)


def _new_key(policy: TrustPolicy, vkey: str, kinds: Collection[SignatureKind]) -> NoteKey:
    """A key of a kind that fits; no public key stands twice, lest a log be its own witness."""
    key = parse_vkey(vkey)
    if key.kind not in kinds:
        expected = " or ".join(f"0x{kind:02x}" for kind in kinds)
        raise ProofError("vkey_kind_unknown", f"0x{key.kind:02x}", expected)
    if key.public in {other.public for other in (*policy.logs, *policy.witnesses.values())}:
        raise ProofError("key_twice", "a public key twice", "each once")
    return key


def _check_new(policy: TrustPolicy, name: str) -> None:
    if name == NONE or name in policy.witnesses or name in policy.groups:
        raise ProofError("name_twice", "a name twice, or `none`", "a new name")


def _check_known(policy: TrustPolicy, name: str) -> None:
    if name not in policy.witnesses and name not in policy.groups:
        raise ProofError("name_unknown", "a name", "one of a line before")


def _check_room(kept: Collection[object], most: int) -> None:
    if len(kept) >= most:
        raise ProofError("too_many", f"more than {most}", f"at most {most}")
