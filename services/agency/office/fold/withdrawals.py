"""What was taken back of what a desk was sent: by its issuer, or by who follows that desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.decision.heirs import Heirs
from services.agency.office.fold.arrivals import Arrival

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
