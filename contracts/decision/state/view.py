"""A view of a state: the changes of one batch, laid over it, kept or dropped whole.

Cases are copied when first written, and nothing reaches the state before `merge`, which the shell
calls when the batch's transaction has committed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, MutableMapping
from typing import Generic, TypeVar

from contracts.decision.state.state import EMPTY, OPEN, Case, DueEntry, Duty, Seen, State

V = TypeVar("V")


class Overlay(Generic[V]):
    """Changes of a mapping: what was set, and None in place of what has gone."""

    def __init__(self, base: MutableMapping[str, V]) -> None:
        self.base = base
        self.changes: dict[str, V | None] = {}

    def get(self, key: str) -> V | None:
        """The value of a key, changed or not; None if there is none."""
        return self.changes[key] if key in self.changes else self.base.get(key)

    def __setitem__(self, key: str, value: V | None) -> None:
        self.changes[key] = value

    def merge(self) -> None:
        """Make the changes part of the mapping."""
        for key, value in self.changes.items():
            if value is None:
                self.base.pop(key, None)
            else:
                self.base[key] = value


class View:
    """A state with changes laid over it, mergeable or droppable.

    Attributes:
        cases, chain, seq, kept, ended, desk_ends: as `State` has them.
    """

    def __init__(self, base: State) -> None:
        self.base = base
        self.tail = base.tail.copy()
        self.cases = Overlay(base.cases)
        self.chain = Overlay(base.chain)
        self.seq = Overlay(base.seq)
        self.kept = Overlay(base.kept)
        self.ended = Overlay(base.ended)
        self.desk_ends = Overlay(base.desk_ends)
        self._seen = Overlay(base.seen)
        self._due: list[DueEntry] = []
        self._taken: list[DueEntry] = []  # from the base's agenda, given back on drop

    def case(self, token: str) -> Case:
        """A case to read; empty if unknown."""
        return self.cases.get(token) or EMPTY

    def tokens(self) -> Iterator[str]:
        """The tokens of all cases, some twice: a walk over the whole state."""
        yield from self.base.cases
        yield from self.cases.changes

    def edit(self, token: str) -> Case:
        """A case to change: copied on the first write; one that was forgotten begins anew."""
        case = self.cases.changes.get(token)
        if case is None:
            known = self.cases.get(token)
            case = self.cases.changes[token] = known.copy() if known is not None else Case()
        return case

    def seen(self, jti: str, at: int) -> Seen | None:
        """The decision of an event id, while it is remembered: until its cover has expired.

        By the instant alone: whether the entry was purged yet depends on where batches ended.
        """
        seen = self._seen.get(jti)
        return seen if seen is not None and at < seen.exp else None

    def remember(self, jti: str, seen: Seen) -> None:
        """Remember an event id until its cover expires."""
        self._seen[jti] = seen

    def end(self, leaf: str, how: str) -> None:
        """End a stay in quarantine, `released` or `discarded`; it never begins again."""
        self.kept[leaf], self.ended[leaf] = None, how

    def put_duty(self, token: str, duty: Duty) -> None:
        """Write a duty and index the instant at which the log must speak of it."""
        self.edit(token).duties[duty.id] = duty
        if duty.status == OPEN:
            heapq.heappush(self._due, (*duty.entry, token))

    def next_due(self) -> DueEntry | None:
        """The first (instant, kind, duty id, token) that is still to be spoken of."""
        own, base = self._due, self.base.due
        while True:
            theirs = base.first()
            mine = bool(own) and (theirs is None or own[0] <= theirs)
            entry = own[0] if mine else theirs
            if entry is None or self._stands(entry):
                return entry
            if mine:
                heapq.heappop(own)
            else:
                self._taken.append(base.take())

    def _stands(self, entry: DueEntry) -> bool:
        *known, duty_id, token = entry
        duty = self.case(token).duties.get(duty_id)
        return duty is not None and duty.status == OPEN and duty.entry == (*known, duty_id)

    def merge(self) -> None:
        """Make the changes part of the state: the transaction has committed."""
        base, cases = self.base, self.cases.changes
        gone = {token for token, case in cases.items() if case is None}
        base.tail = self.tail
        for changed in (
            self.cases, self.chain, self.seq, self.kept, self.ended, self.desk_ends, self._seen,
        ):  # fmt: skip
            changed.merge()
        for jti in self._seen.changes:
            base.expiries.add((base.seen[jti].exp, jti))
        if gone:  # what was to fall due of a forgotten case never does
            base.due.discard(lambda entry: entry[-1] in gone)
        for entry in self._due:
            if entry[-1] not in gone:
                base.due.add(entry)
        while (expiry := base.expiries.first()) is not None and expiry[0] <= base.tail.at:
            exp, jti = base.expiries.take()
            known = base.seen.get(jti)
            if known is not None and known.exp == exp:  # not one that came after it
                del base.seen[jti]
        self._taken = []

    def drop(self) -> None:
        """Forget the changes: the transaction has not committed."""
        for entry in self._taken:
            self.base.due.add(entry)
        self._taken = []
