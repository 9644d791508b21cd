"""What a desk's inbox and outbox add up to: metadata only, kept in memory.

The fold holds no body and no ciphertext: which events arrived at which offset, what is owed, where
our own events stand, which sequence numbers are missing. It is folded anew on every start, from
Kafka and from what was kept of what was read there (`loops/inbox_store.py`).
What it is given has been verified (`inbox/inbox_fold.py`); a delivery that failed stands here as an
item without content, so that nothing is skipped in silence.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final

from contracts.envelope.model import Cover
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.fold.arrivals import Arrival, ArrivalNames
from services.agency.office.fold.known_duties import ACKNOWLEDGED, KnownDuties, KnownDuty
from services.agency.office.fold.numbers import Numbers, Place
from services.agency.office.fold.own_events import PUBLISHED, OwnEvent
from services.agency.office.responses.sending import DeskStatus, DutyStatus, EventStatus

EARLY: Final = 1_000  # ten transactions
Notice = Mapping[str, Any]


@dataclass(slots=True)
class DeskFold:
    """One desk's view of the bus.

    Attributes:
        arrivals: by realm and partition, in order of offsets.
        names: of its arrivals, by which they are answered.
        own: id -> own event.
        order: ids of own events, sorted.
        replies: id of what they name in `re` -> these, as they were sent.
        file_numbers: realm and case -> the desk's own number of it, as it was typed last.
        withdrawn: urn of the issuer, id and case of what it was sent and was taken back.
        numbers: of what it was told.
        early: urn of the issuer and id -> notices of an own event whose cover has not been read
            back yet, of the last `EARLY` of all desks of the agency: one that is older than what
            the outbox keeps never comes.
        undecided: ids of own events on which routing has not told its decision, of all desks of the
            agency: each request asks how many there are.
    """

    desk: str
    numbers: Numbers
    arrivals: dict[Place, list[Arrival]] = field(default_factory=dict)
    names: ArrivalNames = field(default_factory=ArrivalNames)
    own: dict[str, OwnEvent] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    replies: dict[str, list[OwnEvent]] = field(default_factory=dict)
    file_numbers: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    duties: KnownDuties = field(default_factory=KnownDuties)
    withdrawn: set[tuple[str, str, str]] = field(default_factory=set)
    early: dict[tuple[str, str], list[Notice]] = field(default_factory=dict)
    undecided: set[str] = field(default_factory=set)

    def delivered(self, arrival: Arrival, takes_back: Iterable[str], receipt: Notice) -> str:
        """Take a verified delivery; the error code if it is a repeated one, else empty.

        Args:
            takes_back: ids of events of the same issuer that it withdraws.
        """
        if error := self.numbers.count(arrival.place, receipt["seq"], arrival.at):
            return error
        known = self.names.events.get(self.names.of(arrival.jti, arrival.case, arrival.realm))
        if known is not None and known.on_case == arrival.on_case:
            return "delivered_twice"
        self.names.give(arrival)
        self.arrivals.setdefault(arrival.place, []).append(arrival)
        self.withdrawn |= {(arrival.iss, event, arrival.case) for event in takes_back}
        for owed in receipt.get("due", ()):
            self.duties.opened(owed, arrival.realm, arrival.case)
        return ""

    def failed(self, realm: str, partition: int, offset: int, at: int, error: str) -> None:
        """Take a record that did not verify: an item without content."""
        arrival = Arrival(realm, partition, offset, at, error)
        self.arrivals.setdefault(arrival.place, []).append(arrival)

    def noticed(self, realm: str, partition: int, notice: Notice) -> str:
        """Take a verified notice; the error code if it is a repeated one."""
        if error := self.numbers.count((realm, partition), notice["seq"], notice.get("iat", 0)):
            return error
        event = notice["event"]
        own = self.own.get(event["jti"])
        if own is not None and desk_urn(own.realm, own.desk) == event["iss"]:
            self._told(own, notice)
        elif event["iss"] == notice["aud"]:
            self.early.setdefault((event["iss"], event["jti"]), []).append(notice)
            if len(self.early) > EARLY:
                del self.early[next(iter(self.early))]
        self.duties.take(notice, realm)
        return ""

    def published(
        self, cover: Cover, unsent: tuple[DeskStatus, ...] = (), number: str = ""
    ) -> None:
        """Take one of our own covers, whose signature has been verified.

        Args:
            unsent: desks that it does not name and that were left out beside it.
            number: the desk's own of the case; empty if it named none.
        """
        if cover.jti in self.own:
            return
        own = self.own[cover.jti] = OwnEvent.of(cover, unsent)
        insort(self.order, own.id)
        for event in own.re:
            self.replies.setdefault(event, []).append(own)
        if number:
            self.file_numbers[own.realm, own.case] = number
        self.undecided.add(cover.jti)
        for notice in self.early.pop((cover.iss, cover.jti), ()):
            self._told(own, notice)

    def is_withdrawn(self, arrival: Arrival) -> bool:
        """Whether its issuer took it back: it is not opened any more."""
        return (arrival.iss, arrival.jti, arrival.case) in self.withdrawn

    def owed(self) -> list[KnownDuty]:
        """What this desk owes."""
        return [
            duty
            for duty in self.duties.by_id.values()
            if duty.open and short(duty.debtor) == self.desk
        ]

    def owes(self, now: int) -> list[DutyStatus]:
        """What this desk owes: overdue first, then by instant."""
        mine = self.owed()
        mine.sort(key=lambda duty: (not duty.is_overdue(now), duty.due, duty.id))
        return [duty.told(now, self.names.of(duty.event, duty.case, duty.realm)) for duty in mine]

    def replies_to(self, arrival: Arrival) -> list[OwnEvent]:
        """What the desk has sent in answer to an arrival, whatever became of it."""
        sent = self.replies.get(arrival.jti, ())
        return [one for one in sent if (one.realm, one.case) == arrival.on_case]

    def stages_of(self, arrival: Arrival) -> frozenset[str]:
        """The stages with which an arrival is to be acknowledged, whether it has been or not."""
        owed = self.duties.opened_by(arrival.jti, arrival.on_case, self.desk)
        acts = (one.act for one in owed if one.act.startswith(ACKNOWLEDGED))
        return frozenset(
            stage for act in acts for stage in act.removeprefix(ACKNOWLEDGED).split("|")
        )

    def statuses(self, events: Iterable[str], now: int) -> list[EventStatus]:
        """Where own events stand, with the duties they opened; what is not ours is left out."""
        mine = {event: self.own[event] for event in events if event in self.own}
        opened: dict[str, list[DutyStatus]] = {event: [] for event in mine}
        for duty in self.duties.by_id.values():
            own, by = mine.get(duty.event), (duty.issuer, duty.case)
            if own is not None and (desk_urn(own.realm, own.desk), own.case) == by:
                opened[own.id].append(duty.told(now))
        return [own.told(opened[event]) for event, own in mine.items()]

    def own_after(self, event: str, limit: int) -> list[str]:
        """Ids of own events behind one, at most `limit`; the order of ids is that of time."""
        start = bisect_right(self.order, event)
        return self.order[start : start + limit]

    def _told(self, own: OwnEvent, notice: Notice) -> None:
        kind = notice["kind"]
        if kind == "decided":
            own.decided(notice)
            if own.etype == "WITHDRAW":
                self._withdrew(own)
        elif kind == "acknowledged":
            own.acknowledged(notice)
        elif kind == "accesses":
            own.participants = tuple(intern(short(desk)) for desk in notice["participants"])
        elif kind == "quarantined":
            own.state, own.code, own.place = "quarantined", notice["code"], notice.get("place", "")
        if own.state != PUBLISHED:
            self.undecided.discard(own.id)

    def _withdrew(self, withdrawal: OwnEvent) -> None:
        known = (self.own[event] for event in withdrawal.re if event in self.own)
        for own in (one for one in known if one.case == withdrawal.case):
            for urn in own.to.keys() & {*withdrawal.delivered_to()}:
                own.to[urn].withdrawn = True
