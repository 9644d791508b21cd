"""Options that an auditor's commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common.output import check_realm

if TYPE_CHECKING:
    from services.audit.bundle.manifest import Realm

RealmOption = Annotated[
    str, typer.Option("--realm", help="One bus alone, as its auditor; else both.")
]
DecisionsOption = Annotated[
    Path | None,
    typer.Option(
        "--decisions", help="Write the verdict on each record here, one JSON object a line."
    ),
]


def realms_of(named: str) -> tuple[Realm, ...]:
    """The realms that are asked for; raises UsageError `realm_unknown`."""
    from contracts.vocabulary.scopes import CIVIL, CRIMINAL

    every: tuple[Realm, ...] = (CIVIL, CRIMINAL)
    if not named:
        return every
    check_realm(named)
    return tuple(realm for realm in every if realm == named)


def read_file(path: Path, most: int) -> bytes:
    """A file's bytes, of a large one no more than show that it is too large.

    Raises:
        UsageError: `file_unreadable`.
    """
    from contracts.errors import UsageError
    from services.platform.process.os_errors import why

    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise UsageError("file_unreadable", why(error), "a file", str(path)) from None
