"""What the court calls what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.inbox.arrival_words import Words
from services.texts import Catalogue

_ = Catalogue(__name__)

WORDS: Final = Words(
    minor="minor",
    answers={
        "SIG protect_now": ("report_outcome", "soit_transmis", "opp"),
        "SIG seize_judge": ("department_feedback", "soit_transmis", "judge_seizure"),
        "ST seize_judge": ("decision", "mjie_order"),
        "EVALREP judge": ("decision", "measure_end"),
        "MEASURE mjie": ("investigation_report",),
        "MISSING return": ("runaway_end",),
    },
    titles={
        "MISSING": _("Runaway of an entrusted minor"),
        "FEEDBACK": _("Answer of the Département"),
    },
)
