"""What child welfare does with an arrival: its title, what it asks for, in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.model import Slip
from services.agency.office import arrival_words
from services.agency.office.arrival_words import Arrival

ARRIVALS: Final[arrival_words.Arrivals] = {
    ("IP", "assess"): Arrival(
        "Information préoccupante",
        "Concern about a child",
        ("received",),
        ("feedback", "evaluation_request", "contribution_request", "crip_signalement"),
    ),
    ("IP", "adapt_measure"): Arrival(
        "Note d'incident", "Incident note", ("received",), ("coordination_invitation",)
    ),
    ("SIG", "avoid_duplicates"): Arrival(
        "Copie d'un signalement", "Copy of a grave report", ("received",)
    ),
    ("EVALREQ", "evaluate"): Arrival(
        "Demande d'évaluation", "Request for an evaluation", (), ("evaluation_report",)
    ),
    ("EVALREQ", "contribute"): Arrival(
        "Questions de la CRIP", "Questions of the CRIP", (), ("evaluation_contribution",)
    ),
    ("EVALREP", "evaluate"): Arrival(
        "Contribution à l'évaluation", "Contribution to the evaluation", ("received",)
    ),
    ("EVALREP", "decide"): Arrival(
        "Rapport d'évaluation", "Evaluation report", ("received", "decided")
    ),
    ("EVALREP", "progress"): Arrival("Suivi du mois", "The month's progress"),
    ("ST", "evaluate"): Arrival(
        "Soit-transmis du parquet",
        "Instruction of the prosecutor",
        ("received",),
        ("crip_signalement", "feedback"),
    ),
    ("MEASURE", "execute_opp"): Arrival(
        "Ordonnance de placement provisoire", "Emergency placement order", ("received",)
    ),
    ("MEASURE", "execute"): Arrival(
        "Décision du juge des enfants",
        "Decision of the juvenile judge",
        ("received", "started"),
        ("measure_report", "progress_report"),
    ),
    ("MEASURE", "aed_home"): Arrival(
        "Action éducative à domicile",
        "Home-based educational action",
        ("started",),
        ("progress_report",),
    ),
    ("MISSING", "protect"): Arrival("Fugue", "Runaway", ("received",), ("absence_notice",)),
    ("MISSING", "return"): Arrival(
        "Mineur retrouvé", "Minor found", ("received",), ("runaway_end",)
    ),
    ("FEEDBACK", "close_loop"): Arrival("Suite donnée", "Outcome"),
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
    "IDENTITY": "child",
    "CONTACT": "contacts",
    "FAMILY": "family",
    "SCHOOLING": "school",
    "FACTS": "observations",
    "FACTS.summary": "summary",
    "FACTS.third_party": "named_persons",
    "RISK": "appraisal",
    "RISK.level": "level",
    "RISK.safety": "safety_note",
    "HEALTH.vital": "signs",
    "MEASURE": "measure",
    "MEASURE.proposal": "proposal",
    "MEASURE.actions": "actions",
    "MEASURE.attendance": "attendance",
    "LOCATION": "place",
    "PROCEDURE.status": "status",
    "CODE.questions": "questions",
    "CODE.outcome": "outcome",
    "CODE.meeting": "meeting",
}


def arrival(slip: Slip, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A delivery in the Département's words: title, what is expected, content."""
    return arrival_words.arrival(slip, bodies, ARRIVALS, WORDS)
