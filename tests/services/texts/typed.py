"""Text as it is typed on a keyboard, so that a test can be read."""

from services.texts import typed as as_typed

__all__ = ["as_typed"]
