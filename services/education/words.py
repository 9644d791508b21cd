"""What a school calls what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.arrival_words import Words

WORDS: Final = Words(
    minor="pupil",
    answers={"EVALREQ contribute": ("evaluation_contribution",)},
    titles={"FEEDBACK": ("Retour sur votre alerte", "Outcome of your alert")},
)
