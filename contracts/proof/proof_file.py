"""Proofs as files (C2SP tlog-proof): that an entry is in a log, without log or network.

    c2sp.org/tlog-proof@v1
    extra base64(the entry)
    index 1234
    base64(hash)            of the entry's neighbour, and so on to the root

    the checkpoint, as the log published it

What `extra` holds nobody has signed: the entry in it is as good as its hash, which is held to the
    root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.errors import ProofError
from contracts.proof.note import MAX_NOTE_BYTES, b64, decimal, unb64
from contracts.proof.policy import TrustPolicy, VerifiedHead
from contracts.proof.tiles import MAX_ENTRY_BYTES
from contracts.proof.tree import HASH_BYTES, MAX_PATH, check_inclusion, entry_hash

HEADER: Final = "c2sp.org/tlog-proof@v1"
_MAX_HEAD_BYTES: Final = 2 * MAX_ENTRY_BYTES + 64 * (MAX_PATH + 3)
MAX_PROOF_BYTES: Final = _MAX_HEAD_BYTES + MAX_NOTE_BYTES


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """A proof as it was read or made; believed by nobody until `check` has held it to a policy.

    Attributes:
        index: of the entry.
        path: hashes from the entry's neighbour to below the root.
        checkpoint: the signed note.
        entry: bytes of the entry, if they come with it.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    entry: bytes | None = None

    @property
    def data(self) -> bytes:
        """As a file."""
        extra = [] if self.entry is None else [f"extra {b64(self.entry)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(b64, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    def check(self, policy: TrustPolicy, entry: bytes | None = None) -> VerifiedHead:
        """The head under which the entry stands, if the policy is content with it.

        Args:
            entry: what it is a proof of; else the one that came with it.

        Raises:
            ProofError: `entry_missing`, `entry_differs` (not the one that came with it), those of
                `TrustPolicy.verify` and `check_inclusion`.
        """
        entry = self.entry if entry is None else entry
        if entry is None:
            raise ProofError("entry_missing", "a proof without its entry", "the entry beside it")
        if self.entry not in (None, entry):
            raise ProofError("entry_differs", "another entry", "the one in the proof")
        head = policy.verify(self.checkpoint)
        tree = head.checkpoint
        check_inclusion(entry_hash(entry), self.index, tree.size, tree.root, self.path)
        return head


def parse_proof(data: bytes) -> InclusionProof:
    """Read a proof; its size is looked at first.

    Raises:
        ProofError: `too_large`, `proof_malformed`, `number_malformed`, `base64_not_canonical`.
    """
    if len(data) > MAX_PROOF_BYTES:
        raise ProofError("too_large", f"{len(data)} bytes", f"at most {MAX_PROOF_BYTES}", "proof")
    head, empty_line, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        lines = []
    if not empty_line or len(lines) < 2 or lines[0] != HEADER:
        raise ProofError("proof_malformed", "other lines", HEADER)
    extra = lines[1].startswith("extra ")
    entry = unb64(lines[1].removeprefix("extra "), "extra") if extra else None
    if len(entry or b"") > MAX_ENTRY_BYTES:
        raise ProofError(
            "too_large", f"{len(entry or b'')} bytes", f"at most {MAX_ENTRY_BYTES}", "extra"
        )
    index, *hashes = lines[1 + extra :] or [""]
    if not index.startswith("index ") or len(hashes) > MAX_PATH:
        raise ProofError("proof_malformed", "other lines", f"index, at most {MAX_PATH} hashes")
    path = tuple(unb64(line, "path") for line in hashes)
    if any(len(neighbour) != HASH_BYTES for neighbour in path):
        raise ProofError("proof_malformed", "other bytes", "hashes of 32 bytes", "path")
    return InclusionProof(decimal(index.removeprefix("index "), "index"), path, checkpoint, entry)
