"""A view of a state: the changes of one batch, laid over it, kept or dropped whole.

Cases are copied when first written, and nothing reaches the state before `merge`, which the shell
calls when the batch's transaction has committed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from contracts.decision.state.state import (
    EMPTY,
    OPEN,
    Case,
    DeskEnd,
    DueEntry,
    Duty,
    Kept,
    Seen,
    State,
)


class View:
    """A state with changes laid over it, mergeable or droppable."""

    def __init__(self, base: State) -> None:
        self.base = base
        self.tail = base.tail.copy()
        self._cases: dict[str, Case | None] = {}  # None: forgotten
        self._seen: dict[str, Seen] = {}
        self._chain: dict[str, str] = {}
        self._seq: dict[str, int] = {}
        self._due: list[DueEntry] = []
        self._kept: dict[str, Kept] = {}
        self._ended: dict[str, str] = {}
        self._desk_ends: dict[str, DeskEnd] = {}
        self._taken: list[DueEntry] = []  # from the base's agenda, given back on drop

    def case(self, token: str) -> Case:
        """A case to read; empty if unknown."""
        if token in self._cases:
            return self._cases[token] or EMPTY
        return self.base.cases.get(token) or EMPTY

    def has_edited(self, token: str) -> bool:
        """Whether a case is changed here."""
        return token in self._cases

    def tokens(self) -> Iterator[str]:
        """The tokens of all cases, some twice: a walk over the whole state."""
        yield from self.base.cases
        yield from self._cases

    def forget_case(self, token: str) -> None:
        """Take a case away; what was to fall due of it never does."""
        self._cases[token] = None

    def edit(self, token: str) -> Case:
        """A case to change: copied on the first write; one that was forgotten begins anew."""
        case = self._cases.get(token)
        if case is None:
            known = None if token in self._cases else self.base.cases.get(token)
            case = self._cases[token] = known.copy() if known is not None else Case()
        return case

    def seen(self, jti: str, at: int) -> Seen | None:
        """The decision of an event id, while it is remembered: until its cover has expired.

        By the instant alone: whether the entry was purged yet depends on where batches ended.
        """
        seen = self._seen.get(jti) or self.base.seen.get(jti)
        return seen if seen is not None and at < seen.exp else None

    def remember(self, jti: str, seen: Seen) -> None:
        """Remember an event id until its cover expires."""
        self._seen[jti] = seen

    def chain(self, issuer: str) -> str:
        """D of the issuer's last cover here, empty if none."""
        return self._chain.get(issuer) or self.base.chain.get(issuer, "")

    def set_chain(self, issuer: str, cover: str) -> None:
        """Advance an issuer's chain of covers."""
        self._chain[issuer] = cover

    def seq(self, desk: str) -> int:
        """The last sequence number given to a desk in this partition."""
        return self._seq.get(desk) or self.base.seq.get(desk, 0)

    def set_seq(self, desk: str, number: int) -> None:
        """Advance a desk's sequence."""
        self._seq[desk] = number

    def kept(self, leaf: str) -> Kept | None:
        """What is in quarantine under a leaf; None if nothing is, or no more."""
        if leaf in self._ended:
            return None
        return self._kept.get(leaf) or self.base.kept.get(leaf)

    def keep(self, leaf: str, kept: Kept) -> None:
        """Take note of an input that was put aside."""
        self._kept[leaf] = kept

    def ended(self, leaf: str) -> str:
        """How a stay in quarantine ended: `released`, `discarded`; empty if it did not."""
        return self._ended.get(leaf) or self.base.ended.get(leaf, "")

    def end(self, leaf: str, how: str) -> None:
        """End a stay in quarantine; it never begins again under this leaf."""
        self._ended[leaf] = how

    def desk_end(self, desk: str) -> DeskEnd | None:
        """Which desks follow one that ends; None if it does not."""
        return self._desk_ends.get(desk) or self.base.desk_ends.get(desk)

    def end_desk(self, desk: str, end: DeskEnd) -> None:
        """Let desks follow one that ends."""
        self._desk_ends[desk] = end

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
        base = self.base
        base.tail = self.tail
        self._merge_cases()
        base.seen.update(self._seen)
        for jti, seen in self._seen.items():
            base.expiries.add((seen.exp, jti))
        base.chain.update(self._chain)
        base.seq.update(self._seq)
        base.kept.update(self._kept)
        base.ended.update(self._ended)
        base.desk_ends.update(self._desk_ends)
        for leaf in self._ended:
            base.kept.pop(leaf, None)
        for entry in self._due:
            base.due.add(entry)
        while (expiry := base.expiries.first()) is not None and expiry[0] <= base.tail.at:
            exp, jti = base.expiries.take()
            known = base.seen.get(jti)
            if known is not None and known.exp == exp:  # not one that came after it
                del base.seen[jti]
        self._taken = []

    def _merge_cases(self) -> None:
        base, gone = self.base, set[str]()
        for token, case in self._cases.items():
            if case is not None:
                base.cases[token] = case
                continue
            base.cases.pop(token, None)
            gone.add(token)
        if gone:
            base.due.discard(lambda entry: entry[-1] in gone)
            self._due = [entry for entry in self._due if entry[-1] not in gone]

    def drop(self) -> None:
        """Forget the changes: the transaction has not committed."""
        for entry in self._taken:
            self.base.due.add(entry)
        self._taken = []
