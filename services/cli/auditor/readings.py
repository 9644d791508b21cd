"""What an auditor's commands do before they read a log: they say so on the bus (log §9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.vocabulary.scopes import READ_FOR

if TYPE_CHECKING:
    from services.cli.common.asked import AtKafka

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
        address, client = asked.reach(principals.audit(realm))
        auditor = AuditorAtKafka(address, owners, asked.home / "keys", clock.now_ms, client)
        if await say(auditor, realm, reading_of(by, purpose, wanted)):
            told.append(realm)
        else:
            asked.note(f"{realm}: the directory names no auditor, so this reading leaves no event")
    return told
