"""What typer says by itself, in the reader's language: kinds of values, brackets, wrong use.

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
_WRONG: Final = (
    (r"No such command (`.+?`)\.", _("There is no command {0}.")),
    (r"No such command (`.+?`)\. Did you mean (.+)\?", _("There is no command {0}. The nearest: {1}")),
    (r"No such option: (\S+)", _("There is no option `{0}`.")),
    (r"No such option: (\S+) \(Possible options: (.+)\)", _("There is no option `{0}`. The nearest: {1}")),
    (r"Missing command\.", _("A command is missing.")),
    (r"Missing argument (`.+?`)\.", _("Argument {0} is missing.")),
    (r"Missing option (`.+?`)\.", _("Option {0} is missing.")),
    (r"Missing option (`.+?`)\. Choose from: (.+)", _("Option {0} is missing: {1}")),
    (r"Option (`.+?`) requires an argument\.", _("Option {0} needs a value.")),
    (r"Option (`.+?`) does not take a value\.", _("Option {0} takes no value.")),
    (r"Got unexpected extra argument\(s\) \((.+)\)", _("Too many arguments: {0}")),
    (r"Invalid value for (.+?): (.+)", _("The value of {0} is refused: {1}")),
)  # fmt: skip
_WHY: Final = (
    (r"Value error, (.+) is not one of (.+)\.", _("{0} is none of {1}")),
    (r"Value error, (.+) does not match the formats `%Y-%m-%d`\.", _("{0} is no day as YYYY-MM-DD")),
    (r"Input should be a valid (?:integer|number).*", _("a number is expected")),
    (r"Input should be greater than or equal to (.+)", _("at least {0}")),
    (r"Input should be less than or equal to (.+)", _("at most {0}")),
    (r"(?:file|path) (.+) does not exist\.", _("{0} does not exist")),
    (r"(?:file|path) (.+) is a directory\.", _("{0} is a folder")),
    (r"(?:file|path) (.+) is not readable\.", _("{0} cannot be read")),
)  # fmt: skip


def recognised(english: str, table: Table, lang: str) -> str | None:
    """A line of typer's as the table says it, by the first pattern that is the whole line, or None."""
    for pattern, text in table:
        found = re.fullmatch(pattern, english)
        if found:
            return text.say(lang, *map(str, found.groups()))
    return None


def wrong_use(english: str, lang: str) -> str | None:
    """What was typed wrongly, and why; None for anything else that typer raises."""
    # What was typed is code: nothing in it is set as text.
    english = re.sub(r"'([^']*)'", r"`\1`", " ".join(english.split()))
    english = re.sub(r"\(env var: (`\w+`)\)", r"(\1)", english)
    place, colon, why = english.partition(": ")
    if place.startswith("Invalid value for "):
        english = place + colon + (recognised(why, _WHY, lang) or why)
    return recognised(english, _WRONG, lang)


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
    said = [recognised(one, _EXTRAS, lang) or one for one in brackets[1:-1].split("; ")]
    return f"[{series(said, lang)}]"
