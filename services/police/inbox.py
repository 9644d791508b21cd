"""What the police do with an arrival: its title, what it asks for, in their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.model import Slip
from services.agency.office import arrival_words
from services.agency.office.arrival_words import Arrival

ARRIVALS: Final[arrival_words.Arrivals] = {
    ("ST", "investigate"): Arrival(
        "Soit-transmis du parquet",
        "Instruction of the prosecutor",
        ("received",),
        ("hearing_notice",),
    ),
    ("MISSING", "search"): Arrival(
        "Déclaration de fugue", "Declaration of a runaway", ("received",), ("found_minor",)
    ),
    ("HEARING", "be_present"): Arrival("Réponse de l'association", "Reply of the association"),
    ("FEEDBACK", "close_loop"): Arrival(
        "Suite donnée par le parquet", "Follow-up by the prosecutor"
    ),
}

WORDS: Final = {
    "IDENTITY": "minor",
    "IDENTITY.description": "appearance",
    "CONTACT": "contacts",
    "FACTS": "observations",
    "FACTS.third_party": "named_persons",
    "LOCATION": "place",
    "PROCEDURE": "procedure",
    "RISK.flags": "flags",
    "HEALTH.vital": "signs",
    "CODE.attendance": "reply",
    "CODE.outcome": "outcome",
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the police's words: title, what is expected, content."""
    return arrival_words.arrival(slip, bodies, ARRIVALS, WORDS)
