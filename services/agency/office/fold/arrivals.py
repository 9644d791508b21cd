"""What a desk was sent, and the names by which it answers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.decision.heirs import Heirs
from contracts.encoding import sha256
from contracts.vocabulary.scopes import CIVIL
from services.agency.office.fold.numbers import Place


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a delivery lies, and what its slip says; never what it holds.

    Attributes:
        at: instant of the receipt, seconds; rises with the offset within a partition.
        iss: urn of the issuer; empty if the delivery could not be verified.
        error: code of the failed verification.
        kids: of the desk's keys to which its parts are sealed, each once.
        passes_on: urn of the issuer and id of the event that an ENTRUST passes on; empty of any
            other.
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
    def on_case(self) -> tuple[str, str]:
        """Realm and case: the two buses have nothing in common, tokens included."""
        return self.realm, self.case

    @property
    def place(self) -> Place:
        """Realm and partition."""
        return self.realm, self.partition


@dataclass(slots=True)
class ArrivalNames:
    """By which names a desk answers what it was sent.

    Attributes:
        events: name -> arrival: the event's id, see `of`.
        passing: id of an event that another desk was sent -> arrivals that passed it on.
        reused: ids that came in two cases, and are no name.
        kin: these, and those of all desks that are read as one with this one here.
    """

    events: dict[str, Arrival] = field(default_factory=dict)
    passing: dict[str, list[Arrival]] = field(default_factory=dict)
    reused: set[str] = field(default_factory=set)
    kin: tuple[ArrivalNames, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.kin = (self,)

    def of(self, event: str, case: str, realm: str) -> str:
        """What an event is answered by: its id, or its own name where another case has that id.

        A token on the other bus is another case.

        No router sees that an id is used again in another partition; routing has delivered both,
        and both are owed an answer. Their common id stands for neither, so that no answer meant for
        one reaches the other; the names are the same after every start. They are UUIDv8
        (RFC 9562 §5.8): no id of an event has that form, so nobody can send an event by another's
        name.
        """
        if event not in self.reused:
            return event
        place = case if realm == CIVIL else f"{case} {realm}"
        text = sha256(f"{event} {place}".encode()).hex()
        return f"{text[:8]}-{text[8:12]}-8{text[12:15]}-8{text[15:18]}-{text[18:30]}"

    def arrival(self, event: str) -> Arrival | None:
        """The arrival that a name means: its own or, as duties have it, what it passes on."""
        passing = self.passing.get(event, ())
        return self.events.get(event) or (passing[0] if len(passing) == 1 else None)

    def know(self, event: str) -> bool:
        """Whether something was sent by that name, or two things by that id."""
        return self.arrival(event) is not None or event in self.reused

    def give(self, arrival: Arrival) -> None:
        """Give an arrival its names: its id and, if passed on, that of the first event."""
        passed = arrival.answered[1] if arrival.passes_on else ""
        for event in filter(None, (arrival.jti, passed)):
            answering = [one for names in self.kin for one in names.answering(event)]
            if any(one.on_case != arrival.on_case for one in answering):
                self._reuse(event)
        self.events[self.of(arrival.jti, arrival.case, arrival.realm)] = arrival
        if passed:
            name = self.of(passed, arrival.case, arrival.realm)
            self.passing.setdefault(name, []).append(arrival)

    def answering(self, event: str) -> list[Arrival]:
        """The arrivals that have an id as their name."""
        own = [self.events[event]] if event in self.events else []
        return own + self.passing.get(event, [])

    def follow(self, others: Iterable[ArrivalNames]) -> None:
        """An id stands for neither of two events, even of two desks that are read as one."""
        kin = (self, *others)
        reused = set[str]().union(*(one.reused for one in kin))
        for one in kin:
            one.kin, one.reused = kin, reused
        cases: dict[str, set[tuple[str, str]]] = {event: set() for event in reused}
        for one in kin:
            for event in {*one.events, *one.passing}:
                cases.setdefault(event, set()).update(held.on_case for held in one.answering(event))
        for event, named in cases.items():
            if event in reused or len(named) > 1:
                self._reuse(event)

    def _reuse(self, event: str) -> None:
        """An id is no name any more, of whichever of these desks something had it."""
        self.reused.add(event)
        for names in self.kin:
            if (own := names.events.pop(event, None)) is not None:
                names.events[self.of(event, own.case, own.realm)] = own
            for one in names.passing.pop(event, ()):
                names.passing.setdefault(self.of(event, one.case, one.realm), []).append(one)


_Delivery = tuple[str, str, str]  # urn of the issuer, id, case


@dataclass(slots=True)
class Withdrawals:
    """Deliveries that stand no more.

    Attributes:
        own: those that their issuer took back.
        of_others: deliveries of others -> urns of who took them back, which may be their heirs.
    """

    own: set[_Delivery] = field(default_factory=set)
    of_others: dict[_Delivery, set[str]] = field(default_factory=dict)

    def take(self, withdrawal: Arrival, events: Iterable[str]) -> None:
        """Keep what a withdrawal names of its issuer's own: events, by id."""
        self.own |= {(withdrawal.iss, event, withdrawal.case) for event in events}

    def take_of_others(self, withdrawal: Arrival, refs: Iterable[Sequence[str]]) -> None:
        """Keep what a withdrawal names of others: events, by issuer and id."""
        for issuer, event in refs:
            sent = issuer, event, withdrawal.case
            self.of_others.setdefault(sent, set()).add(withdrawal.iss)

    def follow(self, old: Withdrawals) -> None:
        """Take over what a desk was told that has ended."""
        self.own |= old.own
        for sent, by in old.of_others.items():
            self.of_others.setdefault(sent, set()).update(by)

    def cover(self, arrival: Arrival, heirs: Heirs) -> bool:
        """Whether an arrival was taken back; what was passed on goes with the event that it was.

        Args:
            heirs: who follows whom, and may withdraw what that desk has sent.
        """
        for issuer, event in {(arrival.iss, arrival.jti), arrival.answered}:
            sent = issuer, event, arrival.case
            taken_by = self.of_others.get(sent, ())
            if sent in self.own or any(heirs.follows(by, issuer) for by in taken_by):
                return True
        return False
