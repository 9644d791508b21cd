"""`relais convention explain`: yes or no to one attempt, or to an event in a file, in three voices."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.commands._output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    Lang,
    errors_become_exit_codes,
    print_json,
)

if TYPE_CHECKING:
    from contracts.convention.explain import Explanation
    from contracts.convention.model import Convention
    from contracts.directory import Directory


class Speaker(StrEnum):
    """For whom the answer is."""

    PROFESSIONAL = "professional"
    OPERATOR = "operator"
    AUDITOR = "auditor"


def explain(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A convention file; else the one shipped.", dir_okay=False, exists=True
        ),
    ] = None,
    event: Annotated[
        str, typer.Option(help="Event type, e.g. IP; or a file: an example, an event, a cover.")
    ] = "",
    issuer: Annotated[str, typer.Option(help="Role that would send.")] = "",
    recipient: Annotated[str, typer.Option(help="Role that would receive.")] = "",
    purpose: Annotated[str, typer.Option(help="One purpose; else each is answered.")] = "",
    categories: Annotated[
        str, typer.Option(help="Categories or scopes, with commas: facts,health.vital.")
    ] = "",
    voice: Annotated[
        Speaker, typer.Option(help="Plain words; codes; or clause, basis and digest.")
    ] = Speaker.PROFESSIONAL,
    output: FormatOption = Format.TEXT,
    lang: Annotated[
        Lang, typer.Option("--lang", help="French or English, of what is said in words.")
    ] = Lang.FR,
    home: HomeOption = HOME,
) -> None:
    """Say yes or no to one attempt, by which clause, what is lacking, and which door is right."""
    from contracts.convention.explain import explain as answer
    from contracts.convention.voices import told
    from services.commands.convention import load_file

    with errors_become_exit_codes(lang):
        convention = load_file(file)
        if _is_file(event):
            found = _of_file(convention, Path(event), home)
        else:
            _needed(issuer=issuer, event=event, recipient=recipient)
            words = categories.split(",")
            found = [answer(convention, issuer, event, recipient, purpose or None, words)]
    if output is Format.JSON:
        shown: list[dict[str, Any]] = [
            {**one.wire(), "text": told(one, lang.value, voice.value)} for one in found
        ]
        print_json(shown[0] if len(shown) == 1 else {"addressees": shown})
    else:
        typer.echo("\n\n".join(told(one, lang.value, voice.value) for one in found))


def _is_file(event: str) -> bool:
    """An event type is a code; whatever else is named is a file."""
    from contracts.scopes import EVENT_TYPES

    return bool(event) and event.upper() not in EVENT_TYPES and Path(event).is_file()


def _needed(**options: str) -> None:
    from contracts.errors import UsageError

    for name, value in options.items():
        if not value:
            raise UsageError("option_missing", "nothing", f"--{name}, or --event FILE", f"--{name}")


def _of_file(convention: Convention, path: Path, home: Path) -> list[Explanation]:
    """Every addressee's answer; a real event needs the home's directory, which says who is who."""
    from contracts.convention.explain import explain_posed
    from contracts.convention.posed import posed
    from contracts.errors import UsageError
    from services.federation.home import Home

    def directory(realm: str) -> Directory:
        try:
            return Home(home).directory(realm)
        except OSError:
            expected = "the directory that the event was sent under"
            raise UsageError("directory_missing", "no home", expected, "--home") from None

    return [
        explain_posed(convention, one) for one in posed(convention, path.read_bytes(), directory)
    ]
