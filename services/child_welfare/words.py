"""What the Département's desks call what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.inbox.arrival_words import Words

WORDS: Final = Words(
    minor="child",
    answers={
        "IP assess": (
            "feedback", "evaluation_request", "contribution_request", "crip_signalement",
        ),
        "IP adapt_measure": ("coordination_invitation",),
        "EVALREQ evaluate": ("evaluation_report",),
        "EVALREQ contribute": ("evaluation_contribution",),
        "ST evaluate": ("crip_signalement", "feedback"),
        "MEASURE execute": (
            "measure_report", "progress_report", "incident_note", "runaway",
        ),
        "MEASURE aed_home": ("progress_report",),
        "MISSING protect": ("absence_notice",),
        "MISSING return": ("runaway_end",),
    },
)  # fmt: skip
