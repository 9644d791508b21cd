"""Where a replay stands in a log, and how it goes on behind a fault.

A record that follows nothing is nobody's and changes nothing. One that the router signed is folded
as its evidence says, as a router that starts folds it. An unsigned one is the router's if the next
one follows it, else nobody's. Only where evidence that is needed is missing or other does nothing
that follows count: the footing is lost.
"""

from __future__ import annotations

from typing import Any

from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.errors import RelaisError
from contracts.log.chain import MALFORMED, Chain, Headers, after, check_chain
from contracts.log.entry import Site
from contracts.log.orders.registry import Registry

# A record that is not what honest routing would have written, its leaf and its evidence.
_Faulty = tuple[dict[str, Any], str, bytes | None]


class Footing(Chain):
    """The state before the record in hand, whatever the records before it were.

    Attributes:
        lost: what the state is can no longer be known.
    """

    def __init__(self, site: Site, registry: Registry, state: State | None = None) -> None:
        super().__init__(site, registry, state)
        self.lost = False
        self._faulty: _Faulty | None = None  # the last record, if it is not sure whose it is
        # Of the last records, which followed nothing: whether they were the router's.
        self._astray: set[bool] = set()

    @property
    def unsure(self) -> bool:
        """Whether nobody can say what the log's end should be."""
        return self.lost or self._faulty is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether the router went on behind the last record that follows, by others."""
        return True in self._astray

    def settled(self) -> State | None:
        """The state that all records so far add up to; None while something is open."""
        return None if self.unsure or self._astray or not self.signed else self.state

    def next(self, value: bytes | None) -> dict[str, Any] | None:
        """The record, if it follows the last one, or the one before whose author is unknown.

        Returns:
            None if it follows one of the router's whose evidence is missing or other: lost.

        Raises:
            LogError: `record_malformed`, `chain_broken`: it follows nothing.
        """
        record, faulty = self.read(value), self._faulty
        if faulty is not None and record.get("prev") == faulty[1]:
            check_chain(record, after(*faulty[:2], self.tail))
            self.lost = not self._fold(faulty, signed=False)
        else:
            check_chain(record, self.tail)
        self._faulty = None
        self._astray.clear()
        return None if self.lost else record

    def stray(self, value: bytes | None, headers: Headers) -> bool:
        """Whether a record that follows nothing is worth a finding: the first of several in a row.

        So is the first that the router signed: it hides nothing behind what is nobody's.
        """
        routers = self.is_unfolded(value, headers)
        again = True in self._astray if routers else bool(self._astray)
        self._astray.add(routers)
        return not again

    def take(self, *, signed: bool) -> None:
        """Stand behind a record that is what it had to be; the view has its effects already."""
        self.signed = signed
        self.merge()

    def fault(
        self, record: dict[str, Any], value: bytes | None, headers: Headers, evidence: bytes | None
    ) -> None:
        """Stand behind a record that follows and is not what honest routing would have written."""
        self.drop()  # which it may have spoilt
        faulty = record, leaf_hash(value or b""), evidence
        if not self.is_signed(headers, after(*faulty[:2], self.tail)):
            self._faulty = faulty
        elif not self._fold(faulty, signed=True):
            self.lost = True

    def _fold(self, faulty: _Faulty, *, signed: bool) -> bool:
        """Fold a record as its evidence says; False, and nothing is folded, if that cannot be."""
        record, leaf, evidence = faulty
        try:
            self.fold(record, leaf, self.beside(record, evidence, leaf))
        except (RelaisError, *MALFORMED):
            self.drop()
            return False
        self.take(signed=signed)
        return True
