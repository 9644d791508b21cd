"""What typer says by itself, in the reader's language: kinds of values, what stands in brackets.

typer has no catalogue. Its English is recognised here, and said from ours; what is not recognised
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.texts import Catalogue, Text, series

_ = Catalogue(__name__)

Table = Sequence[tuple[str, Text]]

# What an option takes; `<text|json>` are values and stay.
_KINDS: Final = {
    "str": _("text"), "list[str]": _("text"), "int": _("number"), "int range": _("number"),
    "float": _("number"), "path": _("path"), "list[Path]": _("path"), "file": _("file"),
    "%Y-%m-%d": _("YYYY-MM-DD"),
}  # fmt: skip
_EXTRAS: Final = (
    (r"env var: (.+)", _("env var: {0}")),
    (r"default: (.+)", _("default: {0}")),
    (r"required", _("required")),
    (r"(\d+)<=x<=(\d+)", _("from {0} to {1}")),
    (r"x>=(\d+)", _("at least {0}")),
)


def recognised(english: str, table: Table, lang: str) -> str:
    """A line of typer's as the table says it: by the first pattern that is the whole line."""
    for pattern, text in table:
        found = re.fullmatch(pattern, english, re.DOTALL)
        if found:
            return text.say(lang, *found.groups())
    return english


def kind(name: str, lang: str) -> str:
    """`--home <path>`, with the kind of value in words."""

    def said(found: re.Match[str]) -> str:
        text = _KINDS.get(found[1])
        return f"<{text.say(lang)}>" if text else found[0]

    return re.sub(r"<([^<>]+)>", said, name)


def extras(brackets: str, lang: str) -> str:
    """`[env var: RELAIS_LANG; default: fr]`, each in words; of nothing, nothing."""
    if not brackets:
        return ""
    said = [recognised(one, _EXTRAS, lang) for one in brackets[1:-1].split("; ")]
    return f"[{series(said, lang)}]"
