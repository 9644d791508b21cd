"""What an auditor's commands do before they read a log: they say so on the bus (log §9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.vocabulary.scopes import READ_FOR
from services.cli.common.output import check_realm

if TYPE_CHECKING:
    from services.audit.bundle.manifest import Realm
    from services.cli.common.asked import AtKafka


RealmOption = Annotated[
    str, typer.Option("--realm", help="One bus alone, as its auditor; else both.")
]
DecisionsOption = Annotated[
    Path | None,
    typer.Option(
        "--decisions", help="Write the verdict on each record here, one JSON object a line."
    ),
]
OwnersOption = Annotated[
    Path | None,
    typer.Option(
        "--owners", help="The owners' keys (owners.json), got from the owners; else the home's."
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


ReadFor = StrEnum("ReadFor", {name: name for name in READ_FOR})  # type: ignore[misc]
PurposeOption = Annotated[
    ReadFor,
    typer.Option("--purpose", help="What the log is read for; it is recorded in the log itself."),
]
SUPERVISION = ReadFor("supervision")


def say_first(
    asked: AtKafka, realms: Iterable[str], by: str, purpose: str, wanted: str = ""
) -> list[str]:
    """As `saying`, where no loop runs."""
    return asyncio.run(saying(asked, realms, by, purpose, wanted))


async def saying(
    asked: AtKafka, realms: Iterable[str], by: str, purpose: str, wanted: str = ""
) -> list[str]:
    """Publish that these realms' logs are about to be read; of which there is an event.

    What cannot be told is not read: the command ends.

    Args:
        wanted: what is looked for, which the event has by its hash; empty: the whole log.

    Raises:
        UnreachableError, UsageError: as `services.audit.saying.say`.
    """
    from contracts.vocabulary import principals
    from services.audit.saying import AuditorAtKafka, reading_of, say
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    told = []
    owners, clock = read_owners(asked.home), home_clock(asked.home)
    for realm in realms:
        bus = asked.bus(principals.audit(realm))
        auditor = AuditorAtKafka(bus, owners, asked.home / "keys", clock.now_ms)
        if await say(auditor, realm, reading_of(by, purpose, wanted)):
            told.append(realm)
        else:
            asked.note(f"{realm}: the directory names no auditor, so this reading leaves no event")
    return told
