"""A checkpoint held to a bundle's records (bundle §5.2): its root is computed anew, never believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.envelope.wire import Inbound
from contracts.errors import ProofError
from contracts.log.entry_chain import EntryChain
from contracts.log.orders.registry import Registry
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.edge import TreeEdge
from contracts.proof.proof_file import parse_proof
from contracts.proof.tree import check_inclusion, entry_hash

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
