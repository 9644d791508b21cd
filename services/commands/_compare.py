"""`relais convention diff OLD NEW`: what a new version opens and closes; exit 1 if it opens."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.commands._output import Lang, errors_become_exit_codes, print_json

OPENS: int = 1  # exit code: something may be shared, or stays, that could not before


class DiffFormat(StrEnum):
    """The forms of a comparison."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


VersionArgument = Annotated[
    Path, typer.Argument(help="A convention file.", dir_okay=False, exists=True)
]


def diff(
    old: VersionArgument,
    new: VersionArgument,
    output: Annotated[DiffFormat, typer.Option("--format")] = DiffFormat.TEXT,
    lang: Annotated[Lang, typer.Option("--lang", help="French or English.")] = Lang.FR,
) -> None:
    """Say what a new version opens, closes, makes harder or easier; exit 1 if anything opens."""
    from contracts.convention.diff import diff as compare
    from contracts.convention.diff_page import page, text
    from contracts.convention.diff_wire import wire
    from contracts.convention.load import load

    with errors_become_exit_codes(lang):
        found = compare(*(load(file.read_bytes(), file.name) for file in (old, new)))
    if output is DiffFormat.JSON:
        print_json(wire(found))
    elif output is DiffFormat.HTML:
        typer.echo(page(found, lang.value), nl=False)
    else:
        typer.echo(text(found, lang.value))
    if found.opens:
        raise typer.Exit(OPENS)
