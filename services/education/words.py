"""What a school calls what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.inbox.arrival_words import Words
from services.texts import Catalogue

_ = Catalogue(__name__)

WORDS: Final = Words(
    minor="pupil",
    answers={"EVALREQ contribute": ("evaluation_contribution",)},
    titles={"FEEDBACK": _("Outcome of your alert")},
)
