"""A text with its facts, before a language is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.texts import Text


@dataclass(frozen=True, slots=True)
class FilledText:
    """A text with its facts.

    Attributes:
        facts: by the names that stand in the text; `n` chooses between one and several.
    """

    text: Text
    facts: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str) -> str:
        """The words in a language."""
        return self.text.say(lang, **self.facts)


Sentence = Text | FilledText


def told(text: Text, /, **facts: object) -> FilledText:
    """A text with its facts."""
    return FilledText(text, facts)
