"""What an auditor's commands share: their options, the line before a reading, the reading."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.audit.readings import PURPOSES
from services.cli.auditor.telling import REPLAYED, progress_of
from services.cli.common.output import check_realm

if TYPE_CHECKING:
    from services.audit.bundle.manifest import Realm
    from services.audit.source import KafkaLog
    from services.audit.verdict import AuditVerdict
    from services.cli.common.asked import AtHome, AtKafka


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
    if named:
        check_realm(named)
    return tuple(realm for realm in every if named in ("", realm))


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


ReadFor = StrEnum("ReadFor", {name: name for name in PURPOSES})  # type: ignore[misc]
PurposeOption = Annotated[
    ReadFor,
    typer.Option("--purpose", help="What the log is read for; the home's file of readings has it."),
]
SUPERVISION = ReadFor("supervision")


def note_reading(
    asked: AtHome, command: str, realms: Iterable[str], purpose: str, sought: str = ""
) -> None:
    """Write that these realms' logs are about to be read; else the command ends.

    Args:
        sought: what is looked for, which the line has by its hash; empty: the whole log.

    Raises:
        UsageError: `reading_unwritable`.
    """
    from services.audit.readings import write_reading
    from services.platform.process.clock import home_clock

    now = home_clock(asked.home).now()
    write_reading(asked.home, now, command, realms, purpose, sought)


def kafka_log(asked: AtKafka, realms: Iterable[str]) -> KafkaLog:
    """The log on Kafka, of each realm as its auditor reads it."""
    from contracts.vocabulary import principals
    from services.audit.source import KafkaLog

    return KafkaLog({realm: asked.bus(principals.audit(realm)) for realm in realms})


def replay_live(
    asked: AtKafka, realms: Iterable[str], command: str, purpose: str, sought: str = "", **more: Any
) -> AuditVerdict:
    """Note a reading, then replay the log on Kafka with progress on standard error.

    Args:
        sought: as `note_reading` has it.
        more: who is given what, as `replay` has them.
    """
    from services.audit.whole import replay
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock
    from services.platform.process.exit_codes import sigterm_raises

    owners, clock = read_owners(asked.home), home_clock(asked.home)
    note_reading(asked, command, realms, purpose, sought)
    log = kafka_log(asked, realms)
    # What was laid aside does not stay.
    with progress_of("replaying", REPLAYED) as progress, sigterm_raises():
        return asyncio.run(replay(log, realms, owners, clock.now, progress, **more))
