"""What a partner does with an arrival: the bus's own name for it, the scopes by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.convention.wording import event_label
from contracts.envelope.model import Slip
from contracts.scopes import EVENT_TYPES, PURPOSES
from services.shell import arrivals
from services.shell.arrivals import Arrival

# Which stages are owed, the receipt says (`due`); these may be given.
_STAGES: Final = ("received", "accepted", "declined", "started", "decided")
ARRIVALS: Final[arrivals.Arrivals] = {
    (etype, purpose): Arrival(
        event_label(etype, "fr"), event_label(etype, "en"), _STAGES, ("event",)
    )
    for etype in EVENT_TYPES
    for purpose in PURPOSES
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the bus's words: title, what may be answered, content by scope."""
    return arrivals.arrival(slip, bodies, ARRIVALS, {})
