"""Which records of a partition are the log's, whatever else lies between them (proof §1).

They stand on the one path of `prev` that begins at genesis; a record is taken once the router has
signed it or one after it on the path. Whether routing was honest is the replay's to say: a tree
holds what was signed, right or wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.decision.state.state import Tail
from contracts.encoding import leaf_hash
from contracts.errors import LogError
from contracts.log.chain import Chain, Headers, after, check_chain
from contracts.log.entry import Site
from contracts.log.orders.registry import Registry

MOST_PENDING: Final = 20_000  # more than a transaction ever has of a partition
MOST_PENDING_BYTES: Final = 64 << 20  # of values and headers, likewise


@dataclass(frozen=True, slots=True)
class _Pending:
    """A record that follows, not yet known to be the router's; of it only what is asked later."""

    value: bytes
    headers: Headers
    before: Tail
    after: Tail

    @property
    def bytes(self) -> int:
        return len(self.value) + sum(len(name) + len(value or b"") for name, value in self.headers)


class EntryChain(Chain):
    """Follows one partition, and folds nothing.

    Attributes:
        stalled: the router has signed a record that follows nothing: one before it is missing or
            another, or was given up for others that wait.
    """

    def __init__(self, realm: str, partition: int, registry: Registry) -> None:
        super().__init__(Site(realm, partition), registry)
        self.stalled = False
        self._pending: dict[str, _Pending] = {}
        self._pending_bytes = 0

    @classmethod
    def behind(cls, realm: str, partition: int, registry: Registry, value: bytes) -> EntryChain:
        """Go on behind the last record that was taken.

        Raises:
            LogError: `record_malformed`.
        """
        chain = cls(realm, partition, registry)
        chain.view.tail = after(chain.read(value), leaf_hash(value), chain.tail)
        return chain

    @property
    def waits(self) -> bool:
        """Whether a record follows that nobody has signed yet."""
        return bool(self._pending)

    def step(self, value: bytes, headers: Headers) -> list[bytes]:
        """The records that are the log's now that this one was read, in their order."""
        leaf = self.hold(value, headers)
        return self._take(leaf) if leaf else []

    def hold(self, value: bytes, headers: Headers) -> str:
        """Let a record wait whose signature is looked at later: its leaf, or empty."""
        try:
            record = self.read(value)
            pending = self._pending.get(str(record.get("prev")))
            before = pending.after if pending is not None else self.tail
            check_chain(record, before)
        except LogError:
            self.stalled |= self.is_unfolded(value, headers)
            return ""
        leaf = leaf_hash(value)
        self._keep(leaf, _Pending(value, headers, before, after(record, leaf, before)))
        return leaf

    def again(self) -> list[bytes]:
        """Those that waited only for a hold, or for the directory with the router's key."""
        for leaf in reversed(list(self._pending)):  # the last one has the longest path
            if taken := self._take(leaf):
                return taken
        return []

    def _keep(self, leaf: str, pending: _Pending) -> None:
        """Let it wait; those that have waited longest are given up where there are too many."""
        self._give_up(leaf)  # the same bytes, with other headers perhaps
        room = MOST_PENDING_BYTES - pending.bytes
        while self._pending and (len(self._pending) >= MOST_PENDING or self._pending_bytes > room):
            self._give_up(next(iter(self._pending)))
        self._pending[leaf] = pending
        self._pending_bytes += pending.bytes

    def _give_up(self, leaf: str) -> None:
        if (pending := self._pending.pop(leaf, None)) is not None:
            self._pending_bytes -= pending.bytes

    def _give_up_others(self, path: Iterable[_Pending]) -> None:
        """Keep of what waits that which follows a path that was taken, parents first."""
        for taken in path:
            self._give_up(taken.after.leaf)
        for leaf, pending in list(self._pending.items()):
            parent = pending.before.leaf
            if parent != self.tail.leaf and parent not in self._pending:
                self._give_up(leaf)

    def _take(self, leaf: str) -> list[bytes]:
        """The path to this record, if the router has signed it; other paths are nobody's then."""
        last = self._pending[leaf]
        if not self.is_signed(last.headers, last.after):
            return []
        path, at = [last], last.before.leaf
        while at != self.tail.leaf:
            if (earlier := self._pending.get(at)) is None:
                self.stalled = True
                return []
            path.append(earlier)
            at = earlier.before.leaf
        self.view.tail = last.after
        self._give_up_others(path)
        return [pending.value for pending in reversed(path)]
