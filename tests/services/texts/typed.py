"""Text as it is typed on a keyboard: what typography set is undone."""

from __future__ import annotations

_TYPED = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2011": "-", "’": "'"})


def as_typed(text: str) -> str:
    """Plain spaces, hyphens and apostrophes, so that a test can be read."""
    return text.translate(_TYPED)
