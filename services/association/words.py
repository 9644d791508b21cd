"""What an association calls what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.inbox.arrival_words import Words
from services.texts import Catalogue

_ = Catalogue(__name__)

WORDS: Final = Words(
    minor="young_person",
    answers={
        "SPECREF joint_evaluation": ("evaluation_report",),
        "SPECREF specialist_followup": ("progress_report",),
        "HEARING be_present": ("hearing_reply",),
    },
    titles={"FEEDBACK": _("Outcome of your alert")},
)
