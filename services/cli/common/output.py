"""How commands speak: data on standard output (text or JSON), progress and errors on the other."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from contracts.errors import ConventionError, RelaisError, UsageError
from services.texts import aligned

if TYPE_CHECKING:
    from rich.console import Console


class Format(StrEnum):
    """Of everything that prints data."""

    TEXT = "text"
    JSON = "json"


class Lang(StrEnum):
    """The languages of what people read."""

    FR = "fr"
    EN = "en"

    @property
    def code(self) -> Literal["fr", "en"]:
        """As functions take it that know no enumeration."""
        return "fr" if self is Lang.FR else "en"


LANG: Final = Lang.FR  # of documents, unless `--lang` or RELAIS_LANG says otherwise

FormatOption = Annotated[
    Format, typer.Option("--format", help="Text for people, or JSON: a list one object a line.")
]
HomeOption = Annotated[
    Path, typer.Option("--home", envvar="RELAIS_HOME", help="Folder of the local federation.")
]
HOME = Path(".relais")
LangOption = Annotated[
    Lang, typer.Option("--lang", envvar="RELAIS_LANG", help="Language of the document.")
]
RealmOption = Annotated[str, typer.Option("--realm", help="Bus: civil or criminal.")]


def check_realm(realm: str) -> None:
    """Refuse what is no bus.

    Raises:
        UsageError: `realm_unknown`.
    """
    from contracts.vocabulary.scopes import REALMS

    if realm not in REALMS:
        raise UsageError("realm_unknown", "another realm", ", ".join(REALMS))


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    import orjson

    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def print_json_lines(items: Iterable[Any]) -> None:
    """A list on standard output: one JSON object a line, each written as it comes."""
    import orjson

    for item in items:
        sys.stdout.write(orjson.dumps(item).decode() + "\n")
        sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output, for people."""
    for line in aligned([columns, *rows]):
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def stderr() -> Console:
    """Where progress and notes go, so that standard output is data alone."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def errors_become_exit_codes() -> Iterator[None]:
    """Print a `RelaisError` in one line and exit with its code; no traceback, no values.

    What libraries would log beside that line is dropped, unless the command logs itself.
    """
    import logging

    logging.getLogger().addHandler(logging.NullHandler())
    try:
        yield
    except Exception as raised:
        from contracts.decision.state.shelves import LostRowError
        from services.platform.process.exit_codes import exit_code, unreadable

        error = unreadable(raised) if isinstance(raised, LostRowError) else raised
        if not isinstance(error, RelaisError):
            raise
        sys.stderr.write(f"relais: {in_words(error)}\n")
        raise typer.Exit(exit_code(error)) from None


def in_words(error: RelaisError) -> str:
    """An error in one line; of a convention that does not load: why, and how to mend it."""
    from services.committee.texts.file_errors import WORDED, told

    if isinstance(error, ConventionError) and error.code in WORDED:
        return f"{error.place} {error.code}: {told(error)}"
    return error.describe()
