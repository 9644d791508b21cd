"""What a desk's inbox and outbox add up to (all desks of an agency: `agency_fold.py`): metadata only, kept in memory.

The fold holds no body and no ciphertext: which events arrived at which offset, what is owed, where
our own events stand, which sequence numbers are missing. It is folded anew on every start, from Kafka
and from what was kept of what was read there (`loops/inbox_store.py`).
What it is given has been verified (`inbox_fold.py`); a delivery that failed stands here as an item
without content, so that nothing is skipped in silence.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from sys import intern
from typing import Any, Final

from contracts.decision.heirs import Heirs
from contracts.decision.state import DeskSuccession
from contracts.encoding import sha256
from contracts.envelope.model import Cover
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.accesses import KnownAccesses
from services.agency.office.erased_numbers import ErasedNumbers
from services.agency.office.known_duties import KnownDuty, OwedDuty
from services.agency.office.new_cases import NewCases
from services.agency.office.numbers import Gap, Numbers, Place
from services.agency.office.own_events import NOT_TAKEN, PUBLISHED, OwnEvent
from services.agency.office.responses.standing import DeskStatus, DutyStatus, EventStatus

ACKNOWLEDGED: Final = "ACK:"  # so begins a duty that an acknowledgement meets (`KnownDuty.act`)

_OF_SENDINGS: Final = frozenset({"decided", "acknowledged", "quarantined"})  # told to the issuer

Notice = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a delivery lies, and what its slip says; never what it holds.

    Attributes:
        at: instant of the receipt, seconds; rises with the offset within a partition.
        iss: urn of the issuer; empty if the delivery could not be verified.
        error: code of the failed verification.
        kids: of the desk's keys to which its parts are sealed, each once.
        passes_on: urn of the issuer and id of the event that an ENTRUST passes on; empty of any other.
    """

    realm: str
    partition: int
    offset: int
    at: int
    error: str = ""
    iss: str = ""
    jti: str = ""
    etype: str = ""
    case: str = ""
    purpose: str = ""
    kids: tuple[str, ...] = ()
    passes_on: tuple[str, ...] = ()

    @property
    def answered(self) -> tuple[str, str]:
        """Issuer's urn and id of what is answered: of what was passed on, the event that it was."""
        iss, jti = self.passes_on or (self.iss, self.jti)
        return iss, jti

    @property
    def place(self) -> Place:
        """Realm and partition."""
        return self.realm, self.partition


@dataclass(slots=True)
class DeskFold:
    """One desk's view of the bus.

    Attributes:
        arrivals: by realm and partition, in order of offsets.
        events: name -> arrival, by which it is answered: the event's id, see `name_of`.
        reused: ids that came in two cases, and are no name.
        own: id -> own event.
        order: ids of own events, sorted.
        withdrawn: (issuer's urn, id, case) of deliveries that their issuer took back.
        withdrawn_by: the same of deliveries of others -> urn of who took them back, which may be their heir.
        numbers: of what it was told.
        early: id -> notices of an own event whose cover has not been read back yet.
        expecting: whether such a cover may still come: not once the outbox was read to its end, but
            while we write to it. Else the cover is older than what the outbox keeps: its notices
            would wait for ever.
        heir: short id of the desk that follows it here; empty of one that goes on.
        before: desks that it follows here. Sendings, duties and what was taken back are one with theirs;
            what a desk was sent lies with whom it names, as do numbers.
        undecided: ids of own events on which routing has not told its decision, of all desks of the
            agency: each request asks how many there are.
    """

    desk: str
    arrivals: dict[Place, list[Arrival]] = field(default_factory=dict)
    events: dict[str, Arrival] = field(default_factory=dict)
    reused: set[str] = field(default_factory=set)
    own: dict[str, OwnEvent] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    duties: dict[tuple[str, str], KnownDuty] = field(default_factory=dict)  # id, case
    withdrawn: set[tuple[str, str, str]] = field(default_factory=set)
    withdrawn_by: dict[tuple[str, str, str], str] = field(default_factory=dict)
    numbers: Numbers = field(init=False)
    erased: InitVar[ErasedNumbers | None] = None
    early: dict[str, list[Notice]] = field(default_factory=dict)
    heir: str = ""
    before: list[DeskFold] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)
    expecting: bool = True
    accesses: KnownAccesses = field(default_factory=KnownAccesses)
    new_cases: NewCases = field(default_factory=NewCases, compare=False)  # of all of the agency
    successions: dict[str, DeskSuccession] = field(default_factory=dict)  # of all desks, by urns

    def __post_init__(self, erased: ErasedNumbers | None) -> None:
        self.numbers = Numbers(self.desk, erased=erased or ErasedNumbers())

    def succeed(self, old: DeskFold) -> None:
        """Take over from a desk that ends; once."""
        old.heir = self.desk
        self.before += [old, *old.before]
        self.own |= old.own
        self.order = sorted({*self.order, *old.order})
        self.duties = old.duties | self.duties  # what the heir was told of one is newer
        self.withdrawn |= old.withdrawn
        self.withdrawn_by |= old.withdrawn_by
        for one in self.before:
            one.own, one.order, one.duties = self.own, self.order, self.duties
            one.withdrawn, one.withdrawn_by = self.withdrawn, self.withdrawn_by

    @property
    def read_here(self) -> tuple[DeskFold, ...]:
        """Itself, and the desks whose arrivals it reads too."""
        return self, *self.before

    def holder(self, event: str) -> DeskFold:
        """Of these the one to which an event was sent by that name; itself, if none was."""
        named = (one for one in self.read_here if event in one.events or event in one.reused)
        return next(named, self)

    def start_at(self, place: Place, complete: bool) -> None:
        """Whether a partition is still whole: then its numbers begin at 1."""
        self.numbers.start_at(place, complete)

    @property
    def gaps(self) -> list[Gap]:
        """Numbers that never came."""
        return self.numbers.gaps

    def delivered(
        self,
        arrival: Arrival,
        takes_back: Iterable[str],
        receipt: Notice,
        partition: int | None = None,
    ) -> str:
        """Take a verified delivery; the error code if it is a repeated one, else empty.

        Args:
            takes_back: ids of events of the same issuer that it withdraws.
            partition: in which it was numbered, if its place is another (a former inbox).
        """
        numbered = arrival.partition if partition is None else partition
        if error := self.numbers.count((arrival.realm, numbered), receipt["seq"], arrival.at):
            return error
        known = self.events.get(self.name_of(arrival.jti, arrival.case))
        if known is not None and known.case == arrival.case:
            return "delivered_twice"
        self._name(arrival)
        self.arrivals.setdefault(arrival.place, []).append(arrival)
        self.withdrawn |= {(arrival.iss, event, arrival.case) for event in takes_back}
        for owed in receipt.get("due", ()):
            self._opened(owed, arrival.realm, arrival.case)
        return ""

    def name_of(self, event: str, case: str) -> str:
        """What an event is answered by: its id, or, where another case has one of that id, a name of its own.

        No router sees that an id is used again in another partition; routing has delivered both,
        and both are owed an answer. Their common id stands for neither, so that no answer meant for one
        reaches the other; the names are the same after every start. They are UUIDv8 (RFC 9562 §5.8):
        no id of an event has that form, so nobody can send an event by another's name.
        """
        if event not in self.reused:
            return event
        text = sha256(f"{event} {case}".encode()).hex()
        return f"{text[:8]}-{text[8:12]}-8{text[12:15]}-8{text[15:18]}-{text[18:30]}"

    def _name(self, arrival: Arrival) -> None:
        others = [self.events.pop(arrival.jti)] if arrival.jti in self.events else []
        if others:
            self.reused.add(arrival.jti)
        for named in (*others, arrival):
            self.events[self.name_of(named.jti, named.case)] = named

    def failed(self, realm: str, partition: int, offset: int, at: int, error: str) -> None:
        """Take a record that did not verify: an item without content."""
        arrival = Arrival(realm, partition, offset, at, error)
        self.arrivals.setdefault(arrival.place, []).append(arrival)

    def noticed(
        self, realm: str, partition: int, notice: Notice, issuer: DeskFold | None = None
    ) -> str:
        """Take a verified notice; the error code if it is a repeated one.

        Args:
            issuer: of the event that it tells of, if that is here: what a desk that ended is to know of its
                sendings is told to its heir, which may come here before the order is read.
        """
        if error := self.numbers.count((realm, partition), notice["seq"], notice.get("iat", 0)):
            return error
        event = notice["event"]
        own = self.own.get(event["jti"])
        if own is None and issuer is not None and notice["kind"] in _OF_SENDINGS:
            own = issuer.own.get(event["jti"])
        if own is not None:
            self._told(own, notice)
        elif self.expecting and event["iss"] == notice["aud"]:
            self.early.setdefault(event["jti"], []).append(notice)
        self._duties(notice["kind"], notice, realm)
        self.accesses.take(realm, notice)
        return ""

    def published(self, cover: Cover, unsent: tuple[DeskStatus, ...] = ()) -> None:
        """Take one of our own covers, whose signature has been verified.

        Args:
            unsent: desks that it does not name and that were left out beside it.
        """
        if cover.jti in self.own:
            return
        own = self.own[cover.jti] = OwnEvent.of(cover, unsent)
        insort(self.order, own.id)
        self.new_cases.added(cover.iss, own.case, own.deliveries)
        self.undecided.add(cover.jti)
        for notice in self.early.pop(cover.jti, ()):
            self._told(own, notice)

    def expect(self, *, covers: bool) -> None:
        """Keep notices that come before their cover, or forget those whose cover does not come."""
        self.expecting = covers
        if not covers:
            self.early.clear()

    def taken_back(self, withdrawal: Arrival, refs: Iterable[Sequence[str]]) -> None:
        """Keep what a withdrawal names of others: events, by issuer and id."""
        for issuer, event in refs:
            self.withdrawn_by[issuer, event, withdrawal.case] = withdrawal.iss

    def is_withdrawn(self, arrival: Arrival) -> bool:
        """Whether its issuer took it back, or who follows that desk: it is not opened any more."""
        key = arrival.iss, arrival.jti, arrival.case
        if key in self.withdrawn:
            return True
        by = self.withdrawn_by.get(key)
        return by is not None and Heirs(self.successions.get).stands_for(by, arrival.iss)

    def owes(self, now: int) -> list[DutyStatus]:
        """What this desk owes: overdue first, then by instant; what one owed that ended, its heir owes."""
        if self.heir:
            return []
        mine = [duty for duty in self.duties.values() if duty.open and self._is_mine(duty)]
        mine.sort(key=lambda duty: (not duty.is_overdue(now), duty.owed.due, duty.owed.id))
        return [
            duty.told(now, self.holder(duty.owed.event).name_of(duty.owed.event, duty.case))
            for duty in mine
        ]

    def _is_mine(self, duty: KnownDuty) -> bool:
        return short(duty.owed.debtor) in {one.desk for one in self.read_here}

    def stages_of(self, arrival: Arrival) -> frozenset[str]:
        """The stages with which an arrival is to be acknowledged, whether it has been or not.

        Of what was passed on, those of the event that it was.
        """
        about = arrival.answered[1], arrival.case
        acts = (
            duty.owed.act.removeprefix(ACKNOWLEDGED)
            for duty in self.duties.values()
            if (duty.owed.event, duty.case) == about
            and self._is_mine(duty)
            and duty.owed.act.startswith(ACKNOWLEDGED)
        )
        return frozenset(stage for act in acts for stage in act.split("|"))

    def statuses(self, events: Iterable[str], now: int) -> list[EventStatus]:
        """Where own events stand, with the duties that they opened; what is not ours is left out."""
        mine = {event: self.own[event] for event in events if event in self.own}
        opened: dict[str, list[DutyStatus]] = {event: [] for event in mine}
        for duty in self.duties.values():
            own = mine.get(duty.owed.event)
            if own is not None and (desk_urn(own.realm, own.desk), own.case) == (
                duty.owed.issuer,
                duty.case,
            ):
                opened[own.id].append(duty.told(now))
        heirs = Heirs(self.successions.get)
        return [own.told(opened[event], heirs) for event, own in mine.items()]

    def own_after(self, event: str, limit: int) -> list[str]:
        """Ids of own events behind one, at most `limit`; the order of ids is that of time."""
        start = bisect_right(self.order, event)
        return self.order[start : start + limit]

    def _told(self, own: OwnEvent, notice: Notice) -> None:
        kind, before = notice["kind"], own.deliveries
        if kind == "decided":
            own.decided(notice)
            self._withdrew(own)
        elif kind == "acknowledged":
            own.acknowledged(notice)
        elif kind == "quarantined":
            own.state, own.code = "quarantined", notice["code"]
            own.place = notice.get("place", "")
        if own.state != PUBLISHED:
            self.undecided.discard(own.id)
        issuer = desk_urn(own.realm, own.desk)
        self.new_cases.added(issuer, own.case, own.deliveries - before)
        if own.state in NOT_TAKEN:
            self.new_cases.not_opened((own.realm, own.case), own.id)

    def _withdrew(self, withdrawal: OwnEvent) -> None:
        if withdrawal.etype != "WITHDRAW":
            return
        for event in withdrawal.re:
            if (own := self.own.get(event)) is None:
                continue
            for urn in withdrawal.delivered_to():
                if urn in own.to:
                    own.to[urn].withdrawn = True

    def _duties(self, kind: str, notice: Notice, realm: str) -> None:
        case = notice["sub"]
        changes: Mapping[str, Any] = notice.get("duties") or {}
        single = notice.get("duty")
        if single is not None:
            changes = {kind.removeprefix("duty_"): [single]}
        for owed in (*changes.get("opened", ()), *changes.get("moved", ())):
            self._opened(owed, realm, case)
        for owed in changes.get("closed", ()):
            duty = self._opened(owed, realm, case)
            duty.open, duty.in_time = False, owed.get("in_time")
        for owed in changes.get("overdue", ()):
            self._opened(owed, realm, case).overdue = True

    def _opened(self, owed: Notice, realm: str, case: str) -> KnownDuty:
        """A duty opened, reopened or moved; what was overdue stays so only for the same instant."""
        known = self.duties.get((owed["id"], case))
        same = known is not None and known.owed.due == owed["due"]
        overdue = known.overdue if known is not None and same else False
        event, case = self._held(owed["event"]["jti"], case)
        held = OwedDuty.of(owed, event)
        duty = KnownDuty(held, intern(realm), case, overdue=overdue)
        self.duties[held.id, case] = duty
        return duty

    def _held(self, event: str, case: str) -> tuple[str, str]:
        """An event's id and case as they are held already, if they are."""
        if (own := self.own.get(event)) is not None:
            return own.id, own.case if own.case == case else case
        if (arrival := self.events.get(event)) is not None:
            return arrival.jti, arrival.case if arrival.case == case else case
        return event, case
