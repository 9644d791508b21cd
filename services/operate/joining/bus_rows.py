"""The rows of the checklist that ask the brokers, with the partner's own certificate and rights; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.keys.directory import Directory
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.agency.self_test.kafka_rows import KafkaPlaces, kafka_rows
from services.operate.joining.checklist import (
    ChecklistRow,
    directory_row,
    discovery_row,
    of_self_test,
    waits,
)
from services.operate.joining.own_events import OwnEvents
from services.operate.joining.partner_settings import PartnerSettings
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.owners import read_owners_file
from services.platform.keys.private_files import read_secret
from services.platform.process.exit_codes import UnreachableError

WAIT_S: Final = 15.0  # for the brokers, in all that is read
# In the order of the checklist.
WAY: Final = ("name", "tls", "own_topic", "foreign_topic")
LISTED: Final = ("directory", "discovery")
OBSERVED: Final = ("published", "acknowledged", "ping")


def unasked(because: ChecklistRow) -> list[ChecklistRow]:
    """All of them, none of which can be tried yet because of another row."""
    return [waits(name, because) for name in (*WAY, *LISTED, *OBSERVED)]


async def bus_rows(folder: Path, settings: PartnerSettings) -> list[ChecklistRow]:
    """What brokers, directory and router say, once the answer has been taken.

    Raises:
        UsageError: the folder's certificate or owners cannot be read.
    """
    realm, agency, kafka = settings.realm, settings.agency, settings.kafka or ""
    tls = Tls(ca=folder / "ca.pem", cert=folder / "client.pem", key=folder / "client.key")
    client = client_options(tls)
    at = int(time.time()) + settings.ahead
    told = await _control(folder, kafka, realm, client)
    known = _in_force(told, at) if told else None
    others = {row.agency for row in known[1].desks.values()} if known else set()
    own = (topics.inbox(realm, agency), topics.outbox(realm, agency), topics.control(realm))
    foreign = (
        topics.decisions(realm),
        *(topics.inbox(realm, name) for name in sorted(others - {agency})),
    )
    way = {
        row.name: of_self_test(row)
        for row in await kafka_rows(KafkaPlaces(kafka, client, agency, own, foreign))
    }
    rows = [way[name] for name in WAY]
    if told is None or known is None:
        code = "kafka_away" if told is None else "nothing_adopted"
        return rows + [ChecklistRow(name, "not_yet", code) for name in (*LISTED, *OBSERVED)]
    urn, (convention, directory) = settings.desk, known
    seen = OwnEvents(urn, told, directory, read_secret(folder / "routing.secret"))
    return [
        *rows,
        directory_row(folder, urn, convention, directory, at),
        discovery_row(urn, convention, directory),
        *await _own_events(kafka, client, seen, own[:2], at),
    ]


async def _control(
    folder: Path, kafka: str, realm: str, client: Mapping[str, Any]
) -> Registry | None:
    """What control has said; None if it cannot be read."""
    control = Control(kafka, realm, read_owners_file(folder / "owners.json"), wait=WAIT_S, **client)
    try:
        await control.start()
    except UnreachableError:
        return None
    finally:
        await control.stop()
    return control.registry


def _in_force(told: Registry, at: int) -> tuple[Convention, Directory] | None:
    """Convention and directory in force; None before both are adopted."""
    if not (eras := list(told.eras(at))):
        return None
    convd, dird = eras[-1]
    return told.conventions[convd], told.directories[dird]


async def _own_events(
    kafka: str, client: Mapping[str, Any], own: OwnEvents, names: tuple[str, ...], at: int
) -> list[ChecklistRow]:
    """What its own topics tell of the desk's program: the outbox first."""
    inbox, outbox = names
    try:
        async with LogReader(kafka, wait=WAIT_S, **client) as log:
            for name, look in ((outbox, own.sent), (inbox, own.came)):
                places = await log.places([name])
                async for batch in log.read(dict.fromkeys(places)):
                    for record in batch:
                        look(record)
    except UnreachableError:
        return [ChecklistRow(name, "not_yet", "kafka_away") for name in OBSERVED]
    return own.rows(at)
