"""What the court does with an arrival: its title, what it asks for, in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.model import Slip
from services.agency.office import arrival_words
from services.agency.office.arrival_words import Arrival

ARRIVALS: Final[arrival_words.Arrivals] = {
    ("SIG", "protect_now"): Arrival(
        "Signalement", "Grave report", ("received",), ("report_outcome", "soit_transmis", "opp")
    ),
    ("SIG", "seize_judge"): Arrival(
        "Saisine par la CRIP",
        "Seizure by the CRIP",
        ("received",),
        ("department_feedback", "soit_transmis", "judge_seizure"),
    ),
    ("ST", "seize_judge"): Arrival(
        "Requête en assistance éducative",
        "Petition for civil protection",
        (),
        ("decision", "mjie_order"),
    ),
    ("ST", "notice_706_49"): Arrival(
        "Avis (CPP 706-49)", "Notice of a criminal case (CPP 706-49)", ("received",)
    ),
    ("EVALREP", "judge"): Arrival(
        "Rapport au juge des enfants",
        "Report to the juvenile judge",
        (),
        ("decision", "measure_end"),
    ),
    ("MISSING", "protect"): Arrival(
        "Fugue d'un mineur confié", "Runaway of an entrusted minor", ("received",)
    ),
    ("MEASURE", "mjie"): Arrival(
        "Ordonnance de MJIE",
        "Order of a judicial investigation",
        ("started",),
        ("investigation_report",),
    ),
    ("FEEDBACK", "close_loop"): Arrival("Réponse du Département", "Answer of the Département"),
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
    "IDENTITY": "minor",
    "CONTACT": "contacts",
    "FAMILY": "family",
    "SCHOOLING": "school",
    "FACTS": "observations",
    "FACTS.third_party": "named_persons",
    "RISK": "appraisal",
    "RISK.level": "level",
    "HEALTH.vital": "signs",
    "MEASURE": "measure",
    "MEASURE.proposal": "proposal",
    "MEASURE.actions": "actions",
    "LOCATION": "place",
    "PROCEDURE.reference": "parquet_number",
    "CODE.questions": "questions",
    "CODE.outcome": "outcome",
    "CODE.meeting": "meeting",
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the court's words: title, what is expected, content."""
    return arrival_words.arrival(slip, bodies, ARRIVALS, WORDS)
