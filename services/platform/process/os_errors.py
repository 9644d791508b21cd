"""Why the operating system refused, in words: its own are English, and those of a programmer."""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_WHY: Final = {
    FileNotFoundError: _("nothing there"),
    PermissionError: _("no permission"),
    IsADirectoryError: _("a folder"),
    NotADirectoryError: _("a file where a folder should be"),
}


def why(error: OSError) -> Text | str:
    """The reason, of the kinds that a person meets; of any other what the system calls it."""
    return _WHY.get(type(error), error.strerror or "")
