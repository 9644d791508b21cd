"""What a partner does with an arrival: the bus's own name for it, the scopes by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.model import Slip
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES
from services.agency.office import arrival_words
from services.agency.office.arrival_words import Arrival
from services.committee.texts.labels import event_label

# Which stages are owed, the receipt says (`due`); these may be given.
_STAGES: Final = ("received", "accepted", "declined", "started", "decided")
ARRIVALS: Final[arrival_words.Arrivals] = {
    (etype, purpose): Arrival(
        event_label(etype, "fr"), event_label(etype, "en"), _STAGES, ("event",)
    )
    for etype in EVENT_TYPES
    for purpose in PURPOSES
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the bus's words: title, what may be answered, content by scope."""
    return arrival_words.arrival(slip, bodies, ARRIVALS, {})
