"""A checkpoint held to a bundle's records by what leads from them to it (bundle §5.2): computed anew, never believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.decision.state.state import Tail
from contracts.envelope.wire import Inbound
from contracts.errors import LogError, ProofError
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import read_record
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.compact_range import CompactRange
from contracts.proof.proof_file import InclusionProof, parse_proof
from contracts.proof.tree import check_inclusion, entry_hash, subtrees_before
from services.audit.bundle.head_proofs import BEGIN, END, EntrySpan

DIFFERS: Final = "checkpoint_differs"
WRONG: Final = "proof_wrong"


@dataclass(frozen=True)
class HeldTree:
    """How a bundle's records stand under a checkpoint.

    Attributes:
        span: the entries that are here and that it covers.
        next_at: instant of the first record that is not here, as the log has it; None: it covers none.
        code, detail: what is wrong; empty: nothing.
        at: of the last record here, seconds; 0 where nobody knows it.
    """

    span: EntrySpan
    next_at: int | None = None
    code: str = ""
    detail: str = ""
    at: int = 0


@dataclass(frozen=True)
class CheckedLog:
    """A partition in a bundle.

    Attributes:
        tail: behind which it begins; None: at genesis.
        until: instant up to which records were asked for; None: all there were.
    """

    realm: str
    number: int
    registry: Registry
    tail: Tail | None
    until: int | None

    def held(
        self, head: Checkpoint, note: bytes, files: Mapping[str, bytes], records: Iterable[Inbound]
    ) -> HeldTree:
        """Hold a checkpoint to the records: all of the log's entries from where it begins.

        Args:
            files: what leads to it, by kind (`head_proofs.PROOFS`).
        """
        begin = self.tail.index if self.tail is not None else 0
        nothing = EntrySpan(begin, begin)
        try:
            proofs = {kind: _opened(data, note, head) for kind, data in files.items()}
            tree = _begun(begin, head, proofs.get(BEGIN))
            next_at = self._next_at(proofs.get(END))
        except ProofError as error:
            return HeldTree(nothing, None, WRONG, f"{error.code}: got {error.got}")
        chain = EntryChain(self.realm, self.number, self.registry, self.tail)
        for record in records:
            for value in chain.step(record.value or b"", record.headers):
                if tree.size < head.size:
                    tree.append(entry_hash(value))
            if tree.size == head.size:
                break
        return self._compared(
            tree, head, proofs.get(END), next_at, EntrySpan(begin, tree.size), chain.tail.at
        )

    def _compared(
        self,
        tree: CompactRange,
        head: Checkpoint,
        end: InclusionProof | None,
        next_at: int,
        span: EntrySpan,
        at: int,
    ) -> HeldTree:
        detail = f"a checkpoint of {head.size} records, {tree.size} of them here"
        if tree.size == head.size:
            if tree.root() == head.root:
                return HeldTree(span)
            return HeldTree(span, None, DIFFERS, detail, at)
        is_shown = (
            end is not None and end.index == tree.size and _root_before(end, head) == tree.root()
        )
        if not is_shown or self.until is None:
            return HeldTree(span, None, DIFFERS, detail)
        if next_at <= self.until:
            left_out = (
                f"record {tree.size} is of {next_at}, asked for were those up to {self.until}"
            )
            return HeldTree(span, next_at, DIFFERS, left_out)
        return HeldTree(span, next_at)

    def _next_at(self, end: InclusionProof | None) -> int:
        """The instant of the record that shows how far a bundle goes.

        Raises:
            ProofError: `entry_malformed`.
        """
        if end is None:
            return 0
        try:
            at = read_record(end.entry or b"", self.realm, self.number).get("at")
        except LogError as error:
            raise ProofError("entry_malformed", error.code, "a record") from None
        if type(at) is not int:
            raise ProofError("entry_malformed", "no instant", "a record")
        return at


def _opened(data: bytes, note: bytes, head: Checkpoint) -> InclusionProof:
    """A proof that holds under a checkpoint that was verified.

    Raises:
        ProofError: those of `parse_proof` and `check_inclusion`; `entry_missing`.
    """
    proof = parse_proof(data + note)
    if proof.entry is None or proof.checkpoint != note:
        raise ProofError("entry_missing", "a proof without its entry", "the entry in it")
    check_inclusion(entry_hash(proof.entry), proof.index, head.size, head.root, proof.path)
    return proof


def _begun(begin: int, head: Checkpoint, proof: InclusionProof | None) -> CompactRange:
    """The tree before a bundle's first record, as the proof of that record has it.

    Raises:
        ProofError: `index_beyond_tree`: it is of another record, or there is none.
    """
    if not begin:
        return CompactRange()
    if proof is None or proof.index != begin:
        raise ProofError("index_beyond_tree", "" if proof is None else str(proof.index), str(begin))
    return CompactRange(begin, subtrees_before(begin, head.size, proof.path))


def _root_before(proof: InclusionProof, head: Checkpoint) -> bytes:
    """The root over all entries before the one that a proof is of."""
    return CompactRange(proof.index, subtrees_before(proof.index, head.size, proof.path)).root()
