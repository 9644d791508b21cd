"""How sentences and labels were worded before: what is signed keeps the words of its day.

A convention file is never edited once adopted, and Relais learns to say things better. A file that
says what was generated then has not parted from its data. Only French was reworded so far.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from services.texts import typeset

_THEN: Final = (
    ("signes vitaux ou directement observés", "signes cliniques constatés ou directement observés"),
    ("mesure et gardien", "mesure et service gardien"),
    ("copie du bus est détruite", "copie conservée par le bus est détruite"),
    ("avis de démarrage", "avis de commencement"),
    ("décliné, démarré", "refusé, commencé"),
)


def says(signed: str, due: str) -> bool:
    """Whether a file's French or English is what is due, in the words of today or of before.

    Typography counts for nothing: apostrophes are the same word in either form.
    """
    return reworded(signed) == reworded(due)


@lru_cache(maxsize=4096)  # versions say the same sentences
def reworded(text: str) -> str:
    """A file's text in the words of today, typeset."""
    text = typeset(text, "fr")
    for then, now in _THEN:
        text = text.replace(then, now)
    return text
