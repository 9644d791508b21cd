"""What an association does with an arrival: its title, what it asks for, in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.model import Slip
from services.agency.office import arrival_words
from services.agency.office.arrival_words import Arrival

ARRIVALS: Final[arrival_words.Arrivals] = {
    ("SPECREF", "joint_evaluation"): Arrival(
        "Évaluation conjointe", "Joint evaluation", ("accepted", "declined"), ("evaluation_report",)
    ),
    ("SPECREF", "specialist_followup"): Arrival(
        "Suivi spécialisé", "Specialist follow-up", ("accepted", "declined"), ("progress_report",)
    ),
    ("HEARING", "be_present"): Arrival(
        "Audition d'un mineur", "Hearing of a minor", (), ("hearing_reply",)
    ),
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
    "IDENTITY": "young_person",
    "CONTACT": "contacts",
    "FACTS": "observations",
    "RISK": "appraisal",
    "RISK.level": "level",
    "MEASURE": "measure",
    "MEASURE.actions": "actions",
    "PROCEDURE.hearing": "hearing",
    "CODE.outcome": "outcome",
    "CODE.meeting": "meeting",
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the association's words: title, what is expected, content."""
    return arrival_words.arrival(slip, bodies, ARRIVALS, WORDS)
