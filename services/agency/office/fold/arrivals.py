"""What a desk was sent, and the names by which it answers it."""

from __future__ import annotations

from dataclasses import dataclass, field

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
        reused: ids that came in two cases, and are no name.
    """

    events: dict[str, Arrival] = field(default_factory=dict)
    reused: set[str] = field(default_factory=set)

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
        """The arrival that a name means."""
        return self.events.get(event)

    def give(self, arrival: Arrival) -> None:
        """Give an arrival its name: its id, unless one of another case has that."""
        other = self.events.get(arrival.jti)
        if other is not None and other.on_case != arrival.on_case:
            self.reused.add(arrival.jti)
            del self.events[arrival.jti]
            self.events[self.of(other.jti, other.case, other.realm)] = other
        self.events[self.of(arrival.jti, arrival.case, arrival.realm)] = arrival
