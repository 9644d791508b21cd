"""`relais convention diff OLD NEW`: what a new version opens and closes; exit 1 if it opens.

With one FILE alone, it is the new one: compared with the convention in force.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.committee.which_convention import convention_of
from services.cli.common.asked import Document, command
from services.cli.common.output import print_json
from services.texts import Catalogue

OPENS: int = 1  # exit code: something may be shared, or stays, that could not before


class DiffFormat(StrEnum):
    """The forms of a comparison."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


_ = Catalogue(__name__)
_FORGOTTEN: Final = _(
    "version {new} does not name the other file (version {old}) as the version before: "
    "`predecessor` should be {digest}"
)


@command
def diff(
    asked: Document,
    old: Annotated[
        Path,
        typer.Argument(
            help="The version before; alone: the new one, compared with the one in force.",
            dir_okay=False,
            exists=True,
        ),
    ],
    new: Annotated[
        Path | None, typer.Argument(help="The new version.", dir_okay=False, exists=True)
    ] = None,
    output: Annotated[
        DiffFormat, typer.Option("--format", help="Text for people, JSON, or one HTML page.")
    ] = DiffFormat.TEXT,
) -> None:
    """Compare two versions; exit 1 if the new one opens more.

    Example: relais convention diff old.yaml new.yaml --lang en
    """
    from services.committee.diff.compare import diff as compare
    from services.committee.diff.page import page, text, wire

    before, after = (None, old) if new is None else (old, new)
    old_one, new_one = (convention_of(file, asked.home) for file in (before, after))
    change = compare(old_one, new_one)
    named = change.new.predecessor == change.old.digest
    if not named and change.new.version > change.old.version:
        terms = {"old": change.old.name, "new": change.new.name}
        typer.echo(_FORGOTTEN.say(asked.lang, digest=change.old.digest, **terms), err=True)
    if output is DiffFormat.JSON:
        print_json({**wire(change), "predecessor": named})
    elif output is DiffFormat.HTML:
        typer.echo(page(change, asked.lang.value), nl=False)
    else:
        typer.echo(text(change, asked.lang.value))
    if change.opens:
        raise typer.Exit(OPENS)
