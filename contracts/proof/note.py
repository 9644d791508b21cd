"""Signed notes (C2SP signed-note): a text, an empty line, and lines of signatures under it.

    — relais.demo/civil-0 base64(4 bytes of key id ‖ signature)

Nothing of a note is to be believed before `note_keys.open_note` has held it to keys that are known.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import Final

from contracts.errors import ProofError

MAX_NOTE_BYTES: Final = 262_144  # what is larger is not looked at
MAX_SIGNATURES: Final = 64  # four times what every reader must take
KEY_ID_BYTES: Final = 4
MAX_NAME_BYTES: Final = 255
_DASH: Final = "— "
_CONTROL: Final = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One line under a note.

    Attributes:
        name, key_id: of the key that it claims to be by.
        signature: bytes of a form that the key's kind says.
    """

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> bytes:
        """As it stands under the note."""
        return f"{_DASH}{self.name} {b64(self.key_id + self.signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note as it was read: of the right form, and believed by nobody.

    Attributes:
        text: what is signed, with its last line's end.
    """

    text: bytes
    signatures: tuple[NoteSignature, ...]

    @property
    def data(self) -> bytes:
        """All of it, as `parse_note` reads it."""
        return self.text + b"\n" + b"".join(signature.line for signature in self.signatures)


def parse_note(data: bytes) -> SignedNote:
    """Read a note; size and number of signatures are looked at before anything is decoded.

    Raises:
        ProofError: `too_large`, `note_malformed`, `too_many_signatures`, `base64_not_canonical`.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise ProofError("too_large", f"{len(data)} bytes", f"at most {MAX_NOTE_BYTES}", "note")
    text, empty_line, under = data.rpartition(b"\n\n")
    if not empty_line or not under.endswith(b"\n") or _CONTROL.search(data):
        raise ProofError("note_malformed", "other lines", "a text, an empty line, signatures")
    if (count := under.count(b"\n")) > MAX_SIGNATURES:
        raise ProofError("too_many_signatures", str(count), f"at most {MAX_SIGNATURES}")
    try:
        text.decode()
        lines = under.decode()[:-1].split("\n")
    except UnicodeDecodeError:
        raise ProofError("note_malformed", "other bytes", "UTF-8") from None
    return SignedNote(text + b"\n", tuple(map(_signature, lines)))


def _signature(line: str) -> NoteSignature:
    name, _space, encoded = line.removeprefix(_DASH).partition(" ")
    is_name = name and "+" not in name and not any(map(str.isspace, name))
    if not line.startswith(_DASH) or not is_name:
        raise ProofError("note_malformed", "another line", "— <name> <base64>", "signatures")
    decoded = unb64(encoded, "signatures")
    if len(decoded) <= KEY_ID_BYTES:
        raise ProofError(
            "note_malformed", "no signature", "4 bytes of key id and one", "signatures"
        )
    return NoteSignature(name, decoded[:KEY_ID_BYTES], decoded[KEY_ID_BYTES:])


def b64(data: bytes) -> str:
    """Base64 with padding (RFC 4648 §4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text: str, place: str) -> bytes:
    """Decode base64 of which there is one form alone.

    Raises:
        ProofError: `base64_not_canonical`.
    """
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        data = b""
    if b64(data) != text:
        raise ProofError("base64_not_canonical", "another text", "canonical base64", place)
    return data


def decimal(text: str, place: str) -> int:
    """A number from 0 to 2^63-1, written in its one form.

    Raises:
        ProofError: `number_malformed`.
    """
    if not _DECIMAL.fullmatch(text) or int(text) >= 1 << 63:
        raise ProofError("number_malformed", "another text", "decimal, 0 to 2^63-1", place)
    return int(text)
