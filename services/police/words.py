"""What the police call what arrives, where it differs; and the records that answer."""

from __future__ import annotations

from typing import Final

from services.agency.office.arrival_words import Words

WORDS: Final = Words(
    minor="minor",
    answers={
        "ST investigate": ("hearing_notice",),
        "MISSING search": ("found_minor",),
    },
    titles={
        "HEARING": ("Réponse de l’association", "Reply of the association"),
        "FEEDBACK": ("Suite donnée par le parquet", "Follow-up by the prosecutor"),
    },
)
