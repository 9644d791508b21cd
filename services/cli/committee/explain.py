"""`relais convention explain`: yes or no to one attempt, or to an event in a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.committee.which_convention import InForceArgument, convention_of
from services.cli.common.asked import Document, command
from services.cli.common.output import print_json_lines

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.keys.directory import Directory
    from services.committee.explain.explain import Explanation


@command
def explain(
    asked: Document,
    file: InForceArgument = None,
    event: Annotated[
        str,
        typer.Option(help="Event type, e.g. IP; or a file: an example, an event, a cover."),
    ] = "",
    issuer: Annotated[str, typer.Option(help="Role that would send.")] = "",
    recipient: Annotated[str, typer.Option(help="Role that would receive.")] = "",
    purpose: Annotated[str, typer.Option(help="One purpose; else each is answered.")] = "",
    categories: Annotated[
        str, typer.Option(help="Categories or scopes, with commas: facts,health.vital.")
    ] = "",
) -> None:
    """Explain whether something may be sent, and why.

    Example: relais convention explain --issuer SCHOOL_HEAD --event IP --recipient CRIP
    """
    from services.committee.explain.voices import told

    convention = convention_of(file, asked.home)
    if _is_file(event):
        explanations = _of_file(convention, Path(event), asked.home)
    else:
        _needed(issuer=issuer, event=event, recipient=recipient)
        scopes = categories.split(",")
        explanations = [_of_words(convention, issuer, event, recipient, purpose, scopes)]
    if asked.json:
        print_json_lines(
            {**one.wire(), "text": told(one, asked.lang.value)} for one in explanations
        )
    else:
        typer.echo("\n\n".join(told(one, asked.lang.value) for one in explanations))


def _of_words(
    convention: Convention,
    issuer: str,
    event: str,
    recipient: str,
    purpose: str,
    categories: Sequence[str],
) -> Explanation:
    """The answer to an attempt in codes or labels.

    Raises:
        ToldError: a word is unknown.
    """
    from contracts.convention.load import BUS
    from contracts.vocabulary.scopes import EVENT_TYPES, SCOPES
    from services.cli.committee import matrix as words
    from services.committee.explain.explain import explain as answer

    def code(word: str, names: words.Names, option: str, error: str) -> str:
        return words.code_of(word, names, f"--{option}", error)

    issuers = words.role_names(convention, (*convention.roles, BUS))
    everybody = words.role_names(convention, (*convention.roles, *convention.readers))
    scopes = words.scope_names(convention, SCOPES)
    purposes = words.purpose_names(convention, convention.known_purposes)
    return answer(
        convention,
        code(issuer, issuers, "issuer", "unknown_role"),
        code(event, words.event_names(EVENT_TYPES), "event", "unknown_event"),
        code(recipient, everybody, "recipient", "unknown_role"),
        code(purpose, purposes, "purpose", "unknown_purpose") or None,
        [code(one, scopes, "categories", "unknown_category") for one in categories],
    )


def _is_file(event: str) -> bool:
    """An event type is a code or a label; what is there, or is written as a path, is a file."""
    from contracts.vocabulary.scopes import EVENT_TYPES

    if not event or event.upper() in EVENT_TYPES:
        return False
    return Path(event).is_file() or "/" in event or bool(Path(event).suffix)


def _needed(**options: str) -> None:
    from contracts.errors import UsageError

    for name, value in options.items():
        if not value:
            expected = f"--{name}, or --event FILE"
            raise UsageError("option_missing", "nothing", expected, f"--{name}")


def _of_file(convention: Convention, path: Path, home: Path) -> list[Explanation]:
    """Every addressee's answer; a real event needs the home's directory, which says who is who."""
    from contracts.errors import UsageError
    from services.committee.explain.explain import explain_posed
    from services.committee.explain.question_of_event import posed
    from services.operate.home.home import Home

    def directory(realm: str) -> Directory:
        try:
            return Home(home).directory(realm)
        except OSError:
            expected = "the directory that the event was sent under"
            raise UsageError("directory_missing", "no home", expected, "--home") from None

    text = _event_text(path)
    return [explain_posed(convention, one) for one in posed(convention, text, directory)]


_SAID: Final = {
    "file_missing": "{file}: there is no such file",
    "file_unreadable": "{file} cannot be read",
    "json_broken": "{file} is not well-formed JSON: line {line}, column {column}",
}
_COVER: Final = re.compile(rb"\s*[\w-]+\.[\w-]+\.[\w-]*\s*\Z")  # a cover alone, no JSON


def _event_text(path: Path) -> bytes:
    """The bytes of an event's file.

    Raises:
        ToldError: `file_missing`, `file_unreadable`, `json_broken`.
    """
    import orjson

    from services.cli.committee.matrix import ToldError, shown
    from services.committee.explain.question_of_event import LARGEST

    def told(code: str, **more: object) -> ToldError:
        return ToldError(code, "--event", _SAID[code].format(file=shown(path.name), **more))

    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)  # more is refused by who reads it
    except FileNotFoundError:
        raise told("file_missing") from None
    except OSError:
        raise told("file_unreadable") from None
    if len(text) > LARGEST or _COVER.match(text):
        return text
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise told("json_broken", line=error.lineno, column=error.colno) from None
    return text
