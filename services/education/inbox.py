"""What a school does with an arrival: its title, what it asks for, in the school's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.model import Slip
from services.agency.office import arrival_words
from services.agency.office.arrival_words import Arrival

ARRIVALS: Final[arrival_words.Arrivals] = {
    ("EVALREQ", "contribute"): Arrival(
        "Questions de la CRIP", "Questions of the CRIP", (), ("evaluation_contribution",)
    ),
    ("MEASURE", "keep_schooling"): Arrival(
        "Qui appeler pour cet élève", "Whom to call about this pupil", ("received",)
    ),
    ("MISSING", "absence_code"): Arrival("Code d'absence", "Absence code", ("received",)),
    ("FEEDBACK", "close_loop"): Arrival("Retour sur votre alerte", "Outcome of your alert"),
    ("COORD", "invite"): Arrival(
        "Invitation à une réunion de coordination",
        "Invitation to a case meeting",
        ("accepted", "declined"),
    ),
    ("COORD", "decisions"): Arrival(
        "Décisions d'une réunion de coordination", "Decisions of a case meeting", ("received",)
    ),
}

WORDS: Final = {
    "IDENTITY": "pupil",
    "SCHOOLING": "school",
    "MEASURE.custodian": "custodian",
    "CODE.questions": "questions",
    "CODE.outcome": "outcome",
    "CODE.absence": "absence",
    "CODE.meeting": "meeting",
    "MEASURE.actions": "actions",
    "RISK.level": "level",
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the school's words: title, what is expected, content."""
    return arrival_words.arrival(slip, bodies, ARRIVALS, WORDS)
