"""What the decision log adds up to: one partition's state, and a view that can be dropped.

`State` is the fold of the committed log. A batch folds into a `View` laid over it: cases are copied
when first written, and nothing reaches the state before `merge`, which the shell calls when the
batch's transaction has committed. Values inside a case (`Past`, `Duty`) are frozen and replaced.

What grows with cases lies in mappings and agendas: dicts and heaps where all is in memory, shelves
over a table where it is not (`shelves.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.decision.shelves import Agenda, Heap

OPEN: Final = "open"
CLOSED: Final = "closed"
CANCELLED: Final = "cancelled"

RENEW_SECONDS: Final = 180 * 86_400  # open duties are noticed again (envelope §5.3)


@dataclass(frozen=True, slots=True)
class Past:
    """An event of a case, as later events may refer to it.

    Attributes:
        iss: urn of its issuer.
        desks: urn -> (grant id, scopes delivered).
        stages: urn -> acknowledgement stages given by that desk.
    """

    iss: str
    etype: str
    iat: int
    desks: dict[str, tuple[str, tuple[str, ...]]]
    stages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """What one desk owes another (rules §12).

    Attributes:
        id: opening event, act, debtor, occurrence.
        event: id of the opening event; `issuer` its issuer's urn.
        acts, stages, final: what discharges it.
        due: instant, seconds.
        base: date that a repeated or clock-driven duty counts from, else empty.
        start, within: as in the convention's DutySpec, for repeats and moves.
        next: instant at which the log must speak of it: due, or the next renewal.
        closed_by: id of the event that closed or cancelled it.
    """

    id: str
    event: str
    issuer: str
    acts: tuple[str, ...]
    stages: tuple[str, ...]
    final: bool
    debtor: str
    creditor: str
    due: int
    legal: bool
    repeat: bool
    start: str
    within: str
    base: str
    occurrence: int
    next: int
    status: str = OPEN
    overdue: bool = False
    closed_by: str = ""

    @property
    def act(self) -> str:
        """The act as notices name it (`ACK:received`, `R39:final`, `R26|R27`)."""
        text = "|".join(self.acts)
        if self.stages:
            text += ":" + "|".join(self.stages)
        return text + (":final" if self.final else "")

    @property
    def entry(self) -> tuple[int, str, str]:
        """When the log must speak of it, as what (`overdue`, `renewed`), and its id."""
        late = not self.overdue and self.due <= self.next
        return self.next, "overdue" if late else "renewed", self.id


@dataclass(slots=True)
class Case:
    """All that is kept of one case token.

    Attributes:
        assigned: (desk urn, id of the opening event).
        links: peer token -> earlier date, while linked.
        clock: date of the earliest information préoccupante, empty if none.
    """

    events: dict[str, Past] = field(default_factory=dict)
    assigned: set[tuple[str, str]] = field(default_factory=set)
    duties: dict[str, Duty] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    clock: str = ""

    def copy(self) -> Case:
        """A copy whose containers may be changed."""
        return Case(
            dict(self.events), set(self.assigned), dict(self.duties), dict(self.links), self.clock
        )

    def is_assigned(self, desk: str) -> bool:
        """Whether any opening event holds this desk."""
        return any(holder == desk for holder, _ in self.assigned)


EMPTY: Final = Case()


@dataclass(frozen=True, slots=True)
class Seen:
    """An event id already decided: its issuer, cover, expiry and decision."""

    iss: str
    cover: str
    exp: int
    leaf: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An input that is in quarantine.

    Attributes:
        code: why.
        at: instant of its record, seconds.
        first: instant of its first arrival: of a record that was released and put aside again, the
            first one's. Its expiry is judged by it.
        sha: b64u(SHA-256(its raw value)).
        released: instant of the order that released it, 0 if none did.
    """

    code: str
    at: int
    first: int
    sha: str
    released: int = 0


@dataclass(slots=True)
class Tail:
    """Where the log stands and what is in force: replaced as a whole by each record.

    Attributes:
        index: of the next record.
        leaf: of the last record, empty before genesis.
        at: instant of the last record.
        orders: numbers of the control orders already recorded.
        layout: (number of the layout order, partitions, shards).
        waiting: leaves that an order has released from quarantine and that are still to be settled,
            in that order.
    """

    index: int = 0
    leaf: str = ""
    at: int = 0
    convd: str = ""
    dird: str = ""
    orders: frozenset[int] = frozenset()
    layout: tuple[int, int, int] = (0, 0, 0)
    waiting: tuple[str, ...] = ()

    def copy(self) -> Tail:
        """A copy that a view may change."""
        return Tail(
            self.index, self.leaf, self.at, self.convd, self.dird, self.orders, self.layout,
            self.waiting,
        )  # fmt: skip


@dataclass(slots=True)
class RowSum:
    """What a state's rows add up to, as far as it was told (`state_sum.py`).

    Attributes:
        total: of all rows, when it was told last.
        tail: where the log stood then: an id that was forgotten by its instant has no row.
        touched: name of a mapping and key -> the value then, None if there was none; of all that
            has changed since.
    """

    total: int = 0
    tail: Tail = field(default_factory=Tail)
    touched: dict[tuple[str, str], Any] = field(default_factory=dict)


DueEntry = tuple[int, str, str, str]  # next instant, kind of record, duty id, case token


Opened = tuple[int, int]  # the full hour, and how many cases were opened in it


Expiry = tuple[int, str]  # instant at which an event id may be forgotten, the id


@dataclass(slots=True)
class State:
    """One partition's committed state.

    Attributes:
        cases: by case token.
        seen: by event id; `expiries` says when each may be forgotten.
        chain: D of an issuer's last cover, by its urn.
        seq: the last number of a desk's sequence, by its urn.
        opened: in which hour a desk last opened cases, and how many, by its urn: the next hour's
            count takes its place.
        due: of what the log must speak and when; an entry that does not hold any more is skipped.
        kept: by leaf, what is in quarantine: neither settled nor discarded.
        ended: by leaf, how a stay in quarantine ended: `released` or `discarded`.
        summed: what its rows added up to, and what has changed since.
    """

    tail: Tail = field(default_factory=Tail)
    cases: MutableMapping[str, Case] = field(default_factory=dict)
    seen: MutableMapping[str, Seen] = field(default_factory=dict)
    expiries: Agenda[Expiry] = field(default_factory=Heap)
    chain: MutableMapping[str, str] = field(default_factory=dict)
    seq: MutableMapping[str, int] = field(default_factory=dict)
    opened: MutableMapping[str, Opened] = field(default_factory=dict)
    due: Agenda[DueEntry] = field(default_factory=Heap)
    kept: MutableMapping[str, Kept] = field(default_factory=dict)
    ended: MutableMapping[str, str] = field(default_factory=dict)
    summed: RowSum = field(default_factory=RowSum, compare=False)

    def now(self, name: str, key: str) -> Any:
        """What a mapping has under a key, None if nothing."""
        return getattr(self, name).get(key)


class View:
    """A state with changes laid over it, mergeable or droppable.

    Attributes:
        tells_state: whether records tell the state's digest: those of older releases did not.
    """

    def __init__(self, base: State) -> None:
        self.base = base
        self.tail = base.tail.copy()
        self.tells_state = True
        self._cases: dict[str, Case] = {}
        self._seen: dict[str, Seen] = {}
        self._chain: dict[str, str] = {}
        self._seq: dict[str, int] = {}
        self._opened: dict[str, Opened] = {}
        self._due: list[DueEntry] = []
        self._kept: dict[str, Kept] = {}
        self._ended: dict[str, str] = {}
        self._taken: list[DueEntry] = []  # from the base's agendas, given back on drop
        self._expired: list[Expiry] = []
        self._summed: RowSum | None = None  # what was told here
        self._touched: dict[tuple[str, str], Any] = {}  # since then, or since the base

    def case(self, token: str) -> Case:
        """A case to read; empty if unknown."""
        return self._cases.get(token) or self.base.cases.get(token) or EMPTY

    def edit(self, token: str) -> Case:
        """A case to change: copied on the first write, and on the first after a sum was told."""
        if ("cases", token) not in self._touched:
            self._touch("cases", token)
            known = self._touched["cases", token]
            self._cases[token] = known.copy() if known is not None else Case()
        return self._cases[token]

    def seen(self, jti: str, at: int) -> Seen | None:
        """The decision of an event id, while it is remembered: until its cover has expired.

        By the instant alone: whether the entry was purged yet depends on where batches ended.
        """
        seen = self._seen.get(jti) or self.base.seen.get(jti)
        return seen if seen is not None and at < seen.exp else None

    def remember(self, jti: str, seen: Seen) -> None:
        """Remember an event id until its cover expires."""
        self._put("seen", jti, seen)

    def chain(self, issuer: str) -> str:
        """D of the issuer's last cover here, empty if none."""
        return self._chain.get(issuer) or self.base.chain.get(issuer, "")

    def set_chain(self, issuer: str, cover: str) -> None:
        """Advance an issuer's chain of covers."""
        self._put("chain", issuer, cover)

    def seq(self, desk: str) -> int:
        """The last sequence number given to a desk in this partition."""
        return self._seq.get(desk) or self.base.seq.get(desk, 0)

    def set_seq(self, desk: str, number: int) -> None:
        """Advance a desk's sequence."""
        self._put("seq", desk, number)

    def opened(self, desk: str, hour: int) -> int:
        """How many cases a desk has opened here in an hour, while the hour lasts."""
        known = self._opened.get(desk) or self.base.opened.get(desk)
        return known[1] if known is not None and known[0] == hour else 0

    def count_opened(self, desk: str, hour: int) -> None:
        """Count a case that a desk opens; those of earlier hours are forgotten."""
        self._put("opened", desk, (hour, self.opened(desk, hour) + 1))

    def kept(self, leaf: str) -> Kept | None:
        """What is in quarantine under a leaf; None if nothing is, or no more."""
        if leaf in self._ended:
            return None
        return self._kept.get(leaf) or self.base.kept.get(leaf)

    def keep(self, leaf: str, kept: Kept) -> None:
        """Take note of an input that was put aside."""
        self._put("kept", leaf, kept)

    def ended(self, leaf: str) -> str:
        """How a stay in quarantine ended: `released`, `discarded`; empty if it did not."""
        return self._ended.get(leaf) or self.base.ended.get(leaf, "")

    def end(self, leaf: str, how: str) -> None:
        """End a stay in quarantine; it never begins again under this leaf."""
        self._touch("kept", leaf)
        self._put("ended", leaf, how)

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

    def now(self, name: str, key: str) -> Any:
        """What a mapping has under a key with the changes, None if nothing."""
        if name == "kept" and key in self._ended:
            return None
        value = getattr(self, f"_{name}").get(key)
        return self.base.now(name, key) if value is None else value

    def _put(self, name: str, key: str, value: Any) -> None:
        self._touch(name, key)
        getattr(self, f"_{name}")[key] = value

    def _touch(self, name: str, key: str) -> None:
        """Take note of a value that is about to be replaced."""
        if (name, key) not in self._touched:
            self._touched[name, key] = self.now(name, key)

    def to_sum(self) -> RowSum:
        """The last sum, and all that has changed since: what is forgotten by now, too."""
        agenda, at = self.base.expiries, self.tail.at
        while (expiry := agenda.first()) is not None and expiry[0] <= at:
            self._expired.append(agenda.take())
        gone = [jti for exp, jti in self._expired if self._forgets(jti, exp)]
        for jti in (*gone, *(jti for jti, seen in self._seen.items() if seen.exp <= at)):
            self._touch("seen", jti)
        if self._summed is not None:
            return RowSum(self._summed.total, self._summed.tail, self._touched)
        told = self.base.summed
        return RowSum(told.total, told.tail, self._touched | told.touched)

    def sum_told(self, summed: RowSum) -> None:
        """What the rows add up to now: what is changed from here on is noted anew."""
        self._summed, self._touched = summed, {}

    def _forgets(self, jti: str, exp: int) -> bool:
        """Whether an id has no later expiry than one that has come."""
        seen: Seen | None = self.now("seen", jti)
        return seen is not None and seen.exp == exp

    def merge(self) -> None:
        """Make the changes part of the state: the transaction has committed."""
        base = self.base
        if self._summed is not None:
            base.summed = self._summed
        for place, value in self._touched.items():
            base.summed.touched.setdefault(place, value)
        base.tail = self.tail
        base.cases.update(self._cases)
        base.seen.update(self._seen)
        for jti, seen in self._seen.items():
            base.expiries.add((seen.exp, jti))
        base.chain.update(self._chain)
        base.seq.update(self._seq)
        base.opened.update(self._opened)
        base.kept.update(self._kept)
        base.ended.update(self._ended)
        for leaf in self._ended:
            base.kept.pop(leaf, None)
        for entry in self._due:
            base.due.add(entry)
        while (expiry := base.expiries.first()) is not None and expiry[0] <= base.tail.at:
            self._expired.append(base.expiries.take())
        for exp, jti in self._expired:
            known = base.seen.get(jti)
            if known is not None and known.exp == exp:  # not one that came after it
                base.summed.touched.setdefault(("seen", jti), known)
                del base.seen[jti]
        self._taken, self._expired = [], []

    def drop(self) -> None:
        """Forget the changes: the transaction has not committed."""
        for entry in self._taken:
            self.base.due.add(entry)
        for expiry in self._expired:
            self.base.expiries.add(expiry)
        self._taken, self._expired = [], []
