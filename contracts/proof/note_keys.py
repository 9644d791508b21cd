"""Keys of notes: which signed what (C2SP signed-note, tlog-cosignature), and who may.

    0x01 Ed25519 over the text      0x04 Ed25519 over time and text      0x06 ML-DSA-44 over time
    and tree

A key is told as a *vkey*, `name+hex(key id)+base64(kind ‖ public key)`. Kinds 0x04 and 0x06 say
when: eight bytes of seconds stand before the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from contracts.encoding import derive, sha256
from contracts.errors import ProofError
from contracts.keys import ed25519
from contracts.proof.checkpoint import Checkpoint, parse_checkpoint
from contracts.proof.note import (
    KEY_ID_BYTES,
    NoteSignature,
    SignedNote,
    b64,
    parse_note,
    unb64,
)

MAX_VKEY_BYTES: Final = 2_400
_TIME_BYTES: Final = 8
_VKEY: Final = re.compile(r"([!-*,-~]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", re.ASCII)


class SignatureKind(IntEnum):
    """How a note is signed; its number is part of the key's id."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


_LOG_KINDS: Final = (SignatureKind.ED25519, SignatureKind.ML_DSA_44)  # in this order, always
_BYTES: Final = {  # of a public key, and of a signature with its time
    SignatureKind.ED25519: (32, 64),
    SignatureKind.COSIGNATURE: (32, _TIME_BYTES + 64),
    SignatureKind.ML_DSA_44: (1312, _TIME_BYTES + 2420),
}


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under a name.

    The name is ASCII: where the standard also lets names be of letters that only look like others',
    a person who reads a verdict could not tell two signatories apart.
    """

    name: str
    kind: SignatureKind
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes by which signatures name the key."""
        hashed = self.name.encode() + b"\n" + bytes((self.kind,)) + self.public
        return sha256(hashed)[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """As keys are told."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes((self.kind,)) + self.public)}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether a line's signature is this key's, of this text."""
        if len(signature) != _BYTES[self.kind][1]:
            return False
        try:
            message = _signed(self.name, self.kind, text, signed_at(self, signature))
        except ProofError:  # no checkpoint, or a time beyond all: signed by nobody
            return False
        raw = signature if self.kind is SignatureKind.ED25519 else signature[_TIME_BYTES:]
        if self.kind is not SignatureKind.ML_DSA_44:
            return ed25519.verifies(self.public, message, raw)
        try:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(raw, message)
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """A private key under a name, in memory.

    Args:
        seed: 32 secret bytes, of which the key of each kind is made.
    """

    def __init__(self, name: str, kind: SignatureKind, seed: bytes) -> None:
        self._private = (
            MLDSA44PrivateKey.from_seed_bytes(seed)
            if kind is SignatureKind.ML_DSA_44
            else Ed25519PrivateKey.from_private_bytes(seed)
        )
        public = self._private.public_key().public_bytes_raw()
        self.key = parse_vkey(NoteKey(name, kind, public).vkey)

    def sign(self, text: bytes, at: int) -> NoteSignature:
        """Sign a note's text; what is timestamped must be a checkpoint.

        Args:
            at: now, seconds; not used by kind 0x01.

        Raises:
            ProofError: those of `parse_checkpoint`; `time_malformed`.
        """
        kind = self.key.kind
        message = _signed(self.key.name, kind, text, at)
        when = b"" if kind is SignatureKind.ED25519 else at.to_bytes(_TIME_BYTES, "big")
        signature = self._private.sign(message)
        return NoteSignature(self.key.name, self.key.key_id, when + signature)


def log_signers(secret: bytes, origin: str) -> tuple[NoteSigner, NoteSigner]:
    """A log's signers, in the order in which they sign, made of a secret of its keeper (keys §6).

    Each log has keys of its own: a policy names no public key twice.

    Args:
        secret: 32 bytes.
    """
    ed25519, ml_dsa = (
        NoteSigner(origin, kind, derive(secret, "log key", origin, kind.name))
        for kind in _LOG_KINDS
    )
    return ed25519, ml_dsa


def parse_vkey(vkey: str) -> NoteKey:
    """Read a key as it is told, and hold its id to it.

    Raises:
        ProofError: `vkey_malformed`, `vkey_kind_unknown`, `vkey_id_differs`,
            `base64_not_canonical`.
    """
    match = _VKEY.fullmatch(vkey) if len(vkey) <= MAX_VKEY_BYTES else None
    if match is None:
        raise ProofError("vkey_malformed", "another text", "<name>+<key id>+<base64>")
    raw = unb64(match[3], "vkey")
    try:
        kind = SignatureKind(raw[0])
    except ValueError:
        raise ProofError("vkey_kind_unknown", f"0x{raw[0]:02x}", "0x01, 0x04 or 0x06") from None
    if len(raw) - 1 != _BYTES[kind][0]:
        raise ProofError("vkey_malformed", f"{len(raw) - 1} bytes", f"{_BYTES[kind][0]}")
    key = NoteKey(match[1], kind, raw[1:])
    if key.key_id.hex() != match[2]:
        raise ProofError("vkey_id_differs", match[2], key.key_id.hex())
    return key


def signed_at(key: NoteKey, signature: bytes) -> int:
    """When a signature says that it was made, seconds since 1970; 0 if its kind does not say."""
    if key.kind is SignatureKind.ED25519:
        return 0
    return int.from_bytes(signature[:_TIME_BYTES], "big")


def open_note(
    data: bytes, keys: Iterable[NoteKey]
) -> tuple[SignedNote, list[tuple[NoteKey, NoteSignature]]]:
    """Read a note and hold each line to the key it names; unknown keys are passed over.

    Returns:
        the note, and its signatures by keys that are known, one a key, in their order: at least
        one. Of several by one key it is that of the earliest time: from then on the key's owner
        answers for it.

    Raises:
        ProofError: those of `parse_note`; `signature_wrong`: a known key did not sign this;
            `signed_by_nobody`: no key that is known has signed it.
    """
    known = {(key.name, key.key_id): key for key in keys}
    note, good = parse_note(data), dict[NoteKey, NoteSignature]()
    for line in note.signatures:
        if (key := known.get((line.name, line.key_id))) is None:
            continue
        if not key.verifies(note.text, line.signature):
            raise ProofError(
                "signature_wrong", "another's, or of another text", "of the note", key.name
            )
        if key not in good or signed_at(key, line.signature) < signed_at(key, good[key].signature):
            good[key] = line
    if not good:
        raise ProofError("signed_by_nobody", f"{len(note.signatures)} unknown keys", "a known key")
    return note, list(good.items())


def open_head(data: bytes, keys: Iterable[NoteKey]) -> tuple[Checkpoint, SignedNote]:
    """A checkpoint that its own log has signed, and its note with the lines of these keys alone.

    Args:
        keys: of that log.

    Raises:
        ProofError: those of `open_note` and `parse_checkpoint`; `origin_malformed`: it is of
            another log.
    """
    note, good = open_note(data, keys)
    head = parse_checkpoint(note.text)
    names = {key.name for key, _line in good}
    if names != {head.origin}:
        raise ProofError("origin_malformed", head.origin, " ".join(sorted(names)))
    return head, SignedNote(note.text, tuple(line for _key, line in good))


def _signed(name: str, kind: SignatureKind, text: bytes, at: int) -> bytes:
    """The bytes that a kind signs of a text.

    Raises:
        ProofError: those of `parse_checkpoint`; `time_malformed`.
    """
    if kind is SignatureKind.ED25519:
        return text
    if not 0 <= at < 1 << 63:
        raise ProofError("time_malformed", "another time", "0 to 2^63-1 seconds")
    head = parse_checkpoint(text)
    if kind is SignatureKind.COSIGNATURE:
        return b"cosignature/v1\ntime %d\n" % at + text
    tree = bytes(8) + head.size.to_bytes(8, "big") + head.root
    names = at.to_bytes(_TIME_BYTES, "big") + _counted(head.origin)
    return b"subtree/v1\n\x00" + _counted(name) + names + tree


def _counted(name: str) -> bytes:
    """A key's or a log's name, which has at most 255 bytes, behind its length."""
    raw = name.encode()
    return bytes((len(raw),)) + raw
