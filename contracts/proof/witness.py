"""A witness's answer to a checkpoint (C2SP tlog-witness, proof §5.2): does the log go on?

    old 4096            entries of the tree that the witness cosigned last, as the log has it
    base64(hash)        at most 63: they show that that tree begins this one (RFC 6962 §2.1.2)
                        an empty line, then the checkpoint with the log's signatures

A witness believes a log in one thing: that it has signed. Two checkpoints of one size with two
roots under its signature prove two histories to anybody; whoever was shown them cosigns no more of
that log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.encoding import sha256
from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.note import SignedNote, b64, decimal, unb64
from contracts.proof.note_keys import NoteKey, NoteSigner, open_head
from contracts.proof.tree import EMPTY_ROOT, HASH_BYTES, MAX_PATH, check_consistency

MAX_REQUEST_BYTES: Final = (
    65_536  # room for 16 signatures of the largest kind, the least to be taken
)
SIZE_MEDIA: Final = "text/x.tlog.size"
LINES_MEDIA: Final = "text/plain; charset=utf-8"
TWO_HISTORIES: Final = "two_histories"
GOOD: Final = 200
BAD_REQUEST, FORBIDDEN, UNKNOWN, CONFLICT, UNPROCESSABLE = 400, 403, 404, 409, 422


@dataclass(frozen=True, slots=True)
class CheckpointRequest:
    """A request as it was read, believed by nobody.

    Attributes:
        old: entries of the tree that the path begins at.
        path: hashes from that tree to the checkpoint's.
        data: the checkpoint, a signed note.
        head: what it says.
    """

    old: int
    path: tuple[bytes, ...]
    data: bytes
    head: Checkpoint


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a witness keeps of a log: notes, with those signatures alone that were verified.

    Attributes:
        cosigned: the last checkpoint that it cosigned, its own line last; empty if there is none.
        contradiction: one of the same size with another root, which the log has signed too; empty
            if there is none. It stays for good.
    """

    cosigned: bytes = b""
    contradiction: bytes = b""

    def head(self, origin: str) -> Checkpoint:
        """The tree that was cosigned last; the empty one if none was.

        Raises:
            ProofError: `note_malformed`, `checkpoint_malformed`: spoilt where it was kept.
        """
        if not self.cosigned:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        return read_checkpoint(self.cosigned)


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What is answered, once `kept` lies where a crash leaves it.

    Attributes:
        status: of HTTP.
        code: why; empty if the checkpoint was cosigned.
        body, media: of the answer; a refusal has no body but with 409.
        origin: whose checkpoint it was; empty if no log's that is known.
        kept: what is to be kept from now on; None: what was kept.
    """

    status: int
    code: str = ""
    body: bytes = b""
    media: str = LINES_MEDIA
    origin: str = ""
    kept: Witnessed | None = None


def parse_request(body: bytes) -> CheckpointRequest:
    """Read a request; size and number of lines are looked at before anything is decoded.

    Raises:
        ProofError: `too_large`, `request_malformed`, `number_malformed`, `base64_not_canonical`,
            those of `parse_note` and `parse_checkpoint`.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise ProofError("too_large", f"{len(body)} bytes", f"at most {MAX_REQUEST_BYTES}")
    above, empty_line, data = body.partition(b"\n\n")
    if not empty_line or above.count(b"\n") > MAX_PATH or not above.isascii():
        raise ProofError("request_malformed", "other lines", f"old, at most {MAX_PATH} hashes")
    old, *hashes = above.decode("ascii").split("\n")
    if not old.startswith("old "):
        raise ProofError("request_malformed", "another line", "old <size>", "line 1")
    path = tuple(unb64(line, "path") for line in hashes)
    if any(len(neighbour) != HASH_BYTES for neighbour in path):
        raise ProofError("request_malformed", "other bytes", "hashes of 32 bytes", "path")
    head = read_checkpoint(data)
    return CheckpointRequest(decimal(old.removeprefix("old "), "old"), path, data, head)


def request_of(old: int, path: Iterable[bytes], data: bytes) -> bytes:
    """A request's body, of a path by `consistency_path` and a checkpoint that the log signed."""
    lines = [f"old {old}", *map(b64, path), "", ""]
    return "\n".join(lines).encode() + data


def log_id(origin: str) -> str:
    """How a log is named where its origin cannot be: SHA-256 of it, in hexadecimal."""
    return sha256(origin.encode()).hex()


def answered(
    body: bytes,
    logs: Mapping[str, Iterable[NoteKey]],
    kept: Callable[[str], Witnessed],
    signer: NoteSigner,
    at: int,
) -> WitnessAnswer:
    """What a witness answers to a request.

    Args:
        body: of the request, of whoever sent it.
        logs: origin → keys of the logs that it knows.
        kept: tells what it keeps of a log that it knows; it may raise what it likes.
        signer: the witness's own key, of kind 0x04 or 0x06.
        at: now, seconds since 1970.

    Raises:
        ProofError: what is kept is spoilt: then nothing may be answered.
    """
    try:
        request = parse_request(body)
    except ProofError as error:
        return WitnessAnswer(BAD_REQUEST, error.code)
    origin = request.head.origin
    if origin not in logs:
        return WitnessAnswer(UNKNOWN, "origin_unknown")
    try:
        _head, signed = open_head(request.data, logs[origin])
    except ProofError as error:
        return WitnessAnswer(FORBIDDEN, error.code, origin=origin)
    return _decided(request, signed, kept(origin), signer, at)


def contradiction(
    cosigned: bytes, other: bytes, keys: Sequence[NoteKey]
) -> tuple[Checkpoint, Checkpoint] | None:
    """Two heads of one log and one size with two roots, both signed by it; None: they are not.

    Args:
        keys: of the logs that are known, each under its origin.
    """
    try:
        first, second = (_signed_head(data, keys) for data in (cosigned, other))
    except ProofError:
        return None
    same = (first.origin, first.size) == (second.origin, second.size)
    return (first, second) if same and first.root != second.root else None


def _signed_head(data: bytes, keys: Sequence[NoteKey]) -> Checkpoint:
    origin = read_checkpoint(data).origin
    return open_head(data, [key for key in keys if key.name == origin])[0]


def _decided(
    request: CheckpointRequest, signed: SignedNote, kept: Witnessed, signer: NoteSigner, at: int
) -> WitnessAnswer:
    """What is answered to what the log itself has signed, and what it proves against the log."""
    head, last = request.head, kept.head(request.head.origin)
    if kept.contradiction:
        return WitnessAnswer(FORBIDDEN, TWO_HISTORIES, origin=head.origin)
    status, code = _status(request, last)
    body, media = b"", LINES_MEDIA
    if status == CONFLICT:
        body, media = b"%d\n" % last.size, SIZE_MEDIA
    now_kept = None
    if kept.cosigned and head.size == last.size and head.root != last.root:
        code, now_kept = TWO_HISTORIES, Witnessed(kept.cosigned, signed.data)
    elif status == GOOD:
        line = signer.sign(signed.text, at)
        body = line.line
        if not kept.cosigned or head != last:
            now_kept = Witnessed(SignedNote(signed.text, (*signed.signatures, line)).data)
    return WitnessAnswer(status, code, body, media, head.origin, now_kept)


def _status(request: CheckpointRequest, last: Checkpoint) -> tuple[int, str]:
    """Status and code by what is asked and what was cosigned last."""
    head = request.head
    if request.old > head.size:
        return BAD_REQUEST, "tree_shrank"
    if request.old != last.size:
        return CONFLICT, "old_differs"
    if head.size == 0 and head.root != EMPTY_ROOT:
        return UNPROCESSABLE, "tree_forked"  # for which there is no path to be checked
    try:
        check_consistency(last.size, last.root, head.size, head.root, request.path)
    except ProofError as error:
        return UNPROCESSABLE, error.code
    return GOOD, ""
