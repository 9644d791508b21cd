"""What the decision log adds up to: one partition's state.

`State` is the fold of the committed log; a batch folds into a `View` laid over it (`view.py`).
Values inside a case (`Past`, `Duty`) are frozen and replaced.

What grows with cases lies in mappings and agendas: all in memory, or over a table (`shelves.py`).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Final

from contracts.convention.duty import act_name
from contracts.decision.state.shelves import Agenda
from contracts.values import value_class

OPEN: Final = "open"
CLOSED: Final = "closed"
CANCELLED: Final = "cancelled"

RENEW_SECONDS: Final = 180 * 86_400  # open duties are noticed again (envelope §5.3)


@value_class(frozen=True, slots=True)
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


@value_class(frozen=True, slots=True)
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
        """The act as notices name it."""
        return act_name(self.acts, self.stages, final=self.final)

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
        )  # fmt: skip


EMPTY: Final = Case()


@value_class(frozen=True, slots=True)
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
        outbox: topic in which it lay, also of what was released and put aside again.
        issuer: urn of whose it is; empty where its cover did not verify.
        released: instant of the order that released it, 0 if none did.
    """

    code: str
    at: int
    first: int
    sha: str
    outbox: str
    issuer: str = ""
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


DueEntry = tuple[int, str, str, str]  # next instant, kind of record, duty id, case token


@dataclass(frozen=True, slots=True)
class DeskEnd:
    """That a desk ends, and which desk follows it (rules §18).

    Attributes:
        successor: urn.
        until: instant up to which the desk is sent what is new, seconds.
    """

    successor: str
    until: int


Expiry = tuple[int, str]  # instant at which an event id may be forgotten, the id


@dataclass(slots=True)
class State:
    """One partition's committed state.

    Attributes:
        cases: by case token.
        seen: by event id; `expiries` says when each may be forgotten.
        chain: D of an issuer's last cover, by its urn.
        seq: the last number of a desk's sequence, by its urn.
        due: of what the log must speak and when; an entry that does not hold any more is skipped.
        kept: by leaf, what is in quarantine: neither settled nor discarded.
        ended: by leaf, how a stay in quarantine ended: `released` or `discarded`.
        desk_ends: by the urns of the desks that end.
    """

    tail: Tail = field(default_factory=Tail)
    cases: MutableMapping[str, Case] = field(default_factory=dict)
    seen: MutableMapping[str, Seen] = field(default_factory=dict)
    expiries: Agenda[Expiry] = field(default_factory=Agenda)
    chain: MutableMapping[str, str] = field(default_factory=dict)
    seq: MutableMapping[str, int] = field(default_factory=dict)
    due: Agenda[DueEntry] = field(default_factory=Agenda)
    kept: MutableMapping[str, Kept] = field(default_factory=dict)
    ended: MutableMapping[str, str] = field(default_factory=dict)
    desk_ends: MutableMapping[str, DeskEnd] = field(default_factory=dict)
