"""Where a replay stands in a log, and how it goes on behind a fault.

A record that follows nothing is nobody's and changes nothing. One that the router signed is folded
as its evidence says, as a router that starts folds it. An unsigned one is the router's if the next
one follows it, else nobody's. Only where evidence that is needed is missing or other does nothing
that follows count: the footing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.decision.state.state import State, Tail
from contracts.decision.state.view import View
from contracts.encoding import leaf_hash
from contracts.errors import RelaisError
from contracts.log.entry import Site
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import (
    MALFORMED,
    Headers,
    check_chain,
    evidence_beside,
    fold,
    is_genuine,
    is_unfolded,
    read_record,
)

MERGE_EVERY: Final = 500  # records; keeps the view small


@dataclass(frozen=True, slots=True)
class _Folded:
    """A record whose evidence makes the state, or would if it is the router's."""

    record: dict[str, Any]
    leaf: str
    evidence: bytes | None

    def after(self, tail: Tail) -> Tail:
        """Where the log stands behind it."""
        return Tail(index=tail.index + 1, leaf=self.leaf, at=self.record["at"])


class Footing:
    """The state before the record in hand, whatever the records before it were.

    Attributes:
        view: what the record in hand is settled on; another one after each record.
        signed: whether the last record bears the router's signature.
        lost: what the state is can no longer be known.
    """

    def __init__(self, site: Site, registry: Registry, state: State | None = None) -> None:
        self.signed = True
        self.lost = False
        self._site = site
        self._registry = registry
        self._state = state or State()
        self.view = View(self._state)
        self._taken = 0
        self._folded: list[_Folded] = []  # since the last merge: what a fault must not spoil
        self._faulty: _Folded | None = None  # the last record, if it is not sure whose it is
        self._astray: set[bool] = (
            set()
        )  # of the last records, which followed nothing: the router's?

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
        if self.unsure or self._astray or not self.signed:
            return None
        self._merge()
        return self._state

    def _merge(self) -> None:
        self.view.merge()
        self.view, self._folded = View(self._state), []

    def next(self, value: bytes) -> dict[str, Any] | None:
        """The record, if it follows the last one, or the one before whose author is unknown.

        Returns:
            None if it follows one of the router's whose evidence is missing or other: lost.

        Raises:
            LogError: `record_malformed`, `chain_broken`: it follows nothing.
        """
        record = read_record(value, self._site.realm, self._site.partition)
        faulty = self._faulty
        if faulty is not None and record.get("prev") == faulty.leaf:
            check_chain(record, faulty.after(self.view.tail))
            self.lost = not self._fold(faulty, signed=False)
        else:
            check_chain(record, self.view.tail)
        self._faulty = None
        self._astray.clear()
        return None if self.lost else record

    def stray(self, value: bytes, headers: Headers) -> bool:
        """Whether a record that follows nothing is worth a finding: the first of several in a row.

        So is the first that the router signed: it hides nothing behind what is nobody's.
        """
        log = self._site.realm, self._site.partition
        routers = is_unfolded(value, headers, self.view.tail, self._registry, log)
        again = True in self._astray if routers else bool(self._astray)
        self._astray.add(routers)
        return not again

    def take(self, record: dict[str, Any], leaf: str, evidence: bytes, *, signed: bool) -> None:
        """Stand behind a record that is what it had to be; the view has its effects already."""
        self.signed = signed
        self._folded.append(_Folded(record, leaf, evidence))
        self._taken += 1
        if self._taken % MERGE_EVERY == 0:
            self._merge()

    def fault(
        self, record: dict[str, Any], value: bytes, headers: Headers, evidence: bytes | None
    ) -> None:
        """Stand behind a record that follows and is not what honest routing would have written."""
        self._reset()
        here = _Folded(record, leaf_hash(value), evidence)
        registry, realm = self._registry, self._site.realm
        if not is_genuine(record, here.leaf, headers, self.view.tail, registry, realm):
            self._faulty = here
        elif not self._fold(here, signed=True):
            self.lost = True

    def _reset(self) -> None:
        """The state before the record in hand, which may have spoilt it."""
        self.view.drop()
        self.view = View(self._state)
        for folded in self._folded:
            beside = orjson.loads(folded.evidence or b"")
            fold(self.view, folded.record, folded.leaf, beside)

    def _fold(self, faulty: _Folded, *, signed: bool) -> bool:
        """Fold a record as its evidence says; False, and nothing is folded, if that cannot be."""
        try:
            beside = evidence_beside(faulty.record, faulty.evidence, faulty.leaf, self._registry)
            fold(self.view, faulty.record, faulty.leaf, beside)
        except (RelaisError, *MALFORMED):
            self._reset()
            return False
        self._folded.append(faulty)
        self.signed = signed
        return True
