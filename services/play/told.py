"""A text with its facts, before a language is chosen."""

from __future__ import annotations

from services.texts import FilledText, Text

Sentence = Text | FilledText


def told(text: Text, /, **facts: object) -> FilledText:
    """A text with its facts."""
    return text.of(**facts)
