"""What the police call what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.inbox.arrival_words import Words
from services.texts import Catalogue

_ = Catalogue(__name__)

WORDS: Final = Words(
    minor="minor",
    answers={
        "ST investigate": ("hearing_notice",),
        "MISSING search": ("found_minor",),
    },
    titles={
        "HEARING": _("Reply of the association"),
        "FEEDBACK": _("Follow-up by the prosecutor"),
    },
)
