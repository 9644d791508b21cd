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
    reader = _PolicyReader()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            reader.take(words, f"line {number}")
    if not reader.policy.quorum:
        raise ProofError("policy_malformed", "no quorum", "one line `quorum <name>`")
    return reader.policy


class _PolicyReader:
    """Takes line by line."""

    def __init__(self) -> None:
        self.policy = TrustPolicy()
        self._members: set[str] = set()
        self._publics: set[bytes] = set()

    def take(self, words: Sequence[str], place: str) -> None:
        """Take a line, word by word."""
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self._log(vkey, place)
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._enough(self.policy.witnesses, MAX_WITNESSES, place)
                self._new(name, place)
                self.policy.witnesses[name] = self._key(vkey, _WITNESSES, place)
            case ["group", name, least, *members] if 1 <= len(members) <= 2 * MAX_EACH:
                self._group(name, least, members, place)
            case ["quorum", name]:
                self._quorum(name, place)
            case _:
                expected = "log, witness, group, quorum"
                raise ProofError("policy_malformed", "another line", expected, place)

    def _log(self, vkey: str, place: str) -> None:
        self._enough(self.policy.logs, MAX_EACH, place)
        key = self._key(vkey, _LOGS, place)
        self._enough([log for log in self.policy.logs if log.name == key.name], MAX_LOG_KEYS, place)
        self.policy.logs.append(key)

    def _group(self, name: str, least: str, members: Sequence[str], place: str) -> None:
        self._enough(self.policy.groups, MAX_EACH, place)
        self._new(name, place)
        for member in members:
            self._known(member, place)
            if member in self._members:
                raise ProofError("member_twice", "a member twice", "each in one group", place)
            self._members.add(member)
        count = {"all": len(members), "any": 1}.get(least) or decimal(least, place)
        if not 1 <= count <= len(members):
            raise ProofError("policy_malformed", least, f"1 to {len(members)}", place)
        self.policy.groups[name] = count, tuple(members)

    def _quorum(self, name: str, place: str) -> None:
        if self.policy.quorum:
            raise ProofError("policy_malformed", "a second quorum", "one", place)
        if name != NONE:
            self._known(name, place)
        self.policy.quorum = name

    def _key(self, vkey: str, kinds: Collection[SignatureKind], place: str) -> NoteKey:
        """A key of a kind that fits; no public key stands twice, lest a log be its own witness."""
        try:
            key = parse_vkey(vkey)
        except ProofError as error:
            raise ProofError(error.code, error.got, error.expected, place) from None
        if key.kind not in kinds:
            expected = " or ".join(f"0x{kind:02x}" for kind in kinds)
            raise ProofError("vkey_kind_unknown", f"0x{key.kind:02x}", expected, place)
        if key.public in self._publics:
            raise ProofError("key_twice", "a public key twice", "each once", place)
        self._publics.add(key.public)
        return key

    def _new(self, name: str, place: str) -> None:
        if name == NONE or name in self.policy.witnesses or name in self.policy.groups:
            raise ProofError("name_twice", "a name twice, or `none`", "a new name", place)

    def _known(self, name: str, place: str) -> None:
        if name not in self.policy.witnesses and name not in self.policy.groups:
            raise ProofError("name_unknown", "a name", "one of a line before", place)

    def _enough(self, kept: Collection[object], most: int, place: str) -> None:
        if len(kept) >= most:
            raise ProofError("too_many", f"more than {most}", f"at most {most}", place)
