"""Every receipt leads to its leaf: what inboxes name of a log, until seen (proof §11).

A receipt or notice names the record that it belongs to by its leaf. That the record stands in the
log, and that it speaks of this very receipt, is looked up in the agency's own mirror of the log.
"""

from __future__ import annotations

from typing import Final, Protocol

from contracts.encoding import b64u
from contracts.errors import ProofError
from contracts.log.entry import outs_of
from contracts.proof.tiles import WIDTH
from contracts.proof.tree import HASH_BYTES, entry_hash

_ROW: Final = HASH_BYTES + 8  # what its record has in `outs`, and since when it is awaited


class Entries(Protocol):
    """A log whose entries can be looked up by bundle."""

    @property
    def size(self) -> int:
        """Entries in it."""

    def leaves(self, number: int) -> list[bytes]:
        """Those of a bundle."""

    def entries(self, number: int) -> list[bytes]:
        """Those of a bundle; none, if they are served no more and are not here."""


class AwaitedRecords:
    """The records of one partition that its log must show; `expect` runs beside a `search`.

    Attributes:
        missing: leaves that are not in the log, though they should have been for long.
        denied: leaves of records that do not speak of what came with them.
    """

    def __init__(self) -> None:
        self.missing: list[bytes] = []
        self.denied: set[bytes] = set()
        self._fresh: dict[bytes, bytes] = {}  # leaf → rows; never searched for yet
        self._searched_for: dict[bytes, bytes] = {}
        self._searched = 0  # entries in which these are not

    def expect(self, leaf: bytes, out: bytes, since: int) -> None:
        """Await a record.

        Args:
            leaf, out: 32 bytes each; `out` as it has to stand in the record's `outs`.
            since: when it was written, or heard of, seconds.
        """
        row = out + since.to_bytes(8, "big")
        self._fresh[leaf] = self._fresh.get(leaf, b"") + row

    def fresh(self) -> dict[bytes, bytes]:
        """What came since this was asked last, for `search`."""
        fresh, self._fresh = self._fresh, {}
        return fresh

    def search(self, log: Entries, fresh: dict[bytes, bytes], before: int) -> None:
        """Look up what is awaited, the last entries first: there it stands.

        Args:
            before: instant; what is awaited since an earlier one, and was searched for before, is
                missing.

        Raises:
            OSError, ProofError: the mirror cannot be read, or is damaged; all is awaited still.
        """
        old, new = dict(self._searched_for), dict(fresh)
        for number in range((log.size - 1) // WIDTH, -1, -1):
            if not (new or (old and (number + 1) * WIDTH > self._searched)):
                break
            leaves = log.leaves(number)
            if hits := [at for at, leaf in enumerate(leaves) if leaf in old or leaf in new]:
                entries = log.entries(number)
                for at in hits:
                    rows = old.pop(leaves[at], b"") + new.pop(leaves[at], b"")
                    self._check(leaves[at], entries[at], rows)
        self.missing = [leaf for leaf, rows in old.items() if _since(rows) < before]
        self._searched_for, self._searched = _joined(old, new), log.size

    def again(self, fresh: dict[bytes, bytes]) -> None:
        """What could not be searched for is awaited still."""
        self._fresh = _joined(self._fresh, fresh)

    def _check(self, leaf: bytes, entry: bytes, rows: bytes) -> None:
        if entry_hash(entry) != leaf:
            raise ProofError("bundle_malformed", "another entry", "the tree's")
        outs = outs_of(entry)
        if any(b64u(rows[at : at + HASH_BYTES]) not in outs for at in range(0, len(rows), _ROW)):
            self.denied.add(leaf)


Awaited = dict[tuple[str, int], AwaitedRecords]  # realm, partition; of logs that are followed


def _since(rows: bytes) -> int:
    return min(int.from_bytes(rows[at - 8 : at], "big") for at in range(_ROW, len(rows) + 1, _ROW))


def _joined(some: dict[bytes, bytes], more: dict[bytes, bytes]) -> dict[bytes, bytes]:
    return some | {leaf: some.get(leaf, b"") + rows for leaf, rows in more.items()}
