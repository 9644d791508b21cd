"""The rows of the checklist that ask the brokers, with the partner's own certificate and rights; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.encoding import parse, unb64u
from contracts.envelope.receive import RecipientContext, addressee, open_notice
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.directory import Directory
from contracts.keys.keyring import MemoryKeyRing
from contracts.log.orders import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.events import read_body
from contracts.vocabulary.scopes import PING
from services.agency.self_test.kafka_rows import KafkaPlaces, kafka_rows
from services.operate.joining.checklist import (
    ChecklistRow,
    directory_row,
    discovery_row,
    of_self_test,
)
from services.platform.kafka.connection import Tls, client_options
from services.platform.kafka.control import Control
from services.platform.kafka.log_reader import LogReader
from services.platform.keys.owners import read_owners_file
from services.platform.process.exit_codes import UnreachableError

WAIT_S: Final = 15.0  # for the brokers, in all that is read
MAX_RECORD: Final = 2 << 20
# In the order of the checklist.
WAY: Final = ("name", "tls", "own_topic", "foreign_topic")
LISTED: Final = ("directory", "discovery", "ping")


def unasked(code: str) -> list[ChecklistRow]:
    """All of them, none of which can be tried yet."""
    return [ChecklistRow(name, "not_yet", code) for name in (*WAY, *LISTED)]


async def bus_rows(folder: Path, settings: Mapping[str, Any]) -> list[ChecklistRow]:
    """What brokers, directory and router say.

    Raises:
        UsageError: the folder's certificate or owners cannot be read.
    """
    realm, agency, kafka = (str(settings[name]) for name in ("realm", "agency", "kafka"))
    tls = Tls(ca=folder / "ca.pem", cert=folder / "client.pem", key=folder / "client.key")
    client = client_options(tls)
    at = int(time.time()) + int(settings.get("ahead", 0))
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
    if known is None:
        code = "kafka_away" if told is None else "nothing_adopted"
        return rows + [ChecklistRow(name, "not_yet", code) for name in LISTED]
    urn, (convention, directory) = str(settings["desk"]), known
    return [
        *rows,
        directory_row(folder, urn, convention, directory, at),
        discovery_row(urn, convention, directory),
        await _ping(kafka, client, urn, directory, own[:2]),
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


async def _ping(
    kafka: str, client: Mapping[str, Any], urn: str, directory: Directory, names: tuple[str, ...]
) -> ChecklistRow:
    """Whether an event of the desk's own has gone through the router and back: a PING in its outbox, its answer in its inbox."""
    context = RecipientContext(urn, directory, MemoryKeyRing({}), read_body)
    sent: set[str] = set()
    answers: dict[str, bool] = {}
    try:
        async with LogReader(kafka, wait=WAIT_S, **client) as log:
            for name in reversed(names):  # the outbox first
                places = await log.places([name])
                async for batch in log.read(dict.fromkeys(places)):
                    for record in batch:
                        sent |= _pinged(record, urn)
                        answers |= _answered(record, context, sent)
    except UnreachableError:
        return ChecklistRow("ping", "not_yet", "kafka_away")
    if not sent:
        return ChecklistRow("ping", "not_yet", "no_ping")
    if not answers:
        return ChecklistRow("ping", "cannot", "ping_unanswered")
    good = not all(answers.values())
    return ChecklistRow("ping", "seen" if good else "cannot", "" if good else "ping_refused")


def _pinged(record: Inbound, urn: str) -> set[str]:
    """The id of a PING of the desk's; of anything else nothing."""
    try:
        shell = parse(record.value or b"", limit=MAX_RECORD, place="record")
        token = str(shell["data"]["cover"])
        cover = parse(unb64u(token.split(".")[1]), limit=MAX_RECORD, place="cover")
        return {str(cover["jti"])} if (cover["etype"], cover["iss"]) == (PING, urn) else set()
    except (RelaisError, KeyError, TypeError, IndexError):
        return set()


def _answered(record: Inbound, context: RecipientContext, sent: set[str]) -> dict[str, bool]:
    """Event id -> whether it was refused, of the router's own answer to a PING that was sent."""
    try:
        if addressee(record.value, record.headers)[:2] != (context.desk, True):
            return {}
        claims = open_notice(record.value, record.headers, context)
    except RelaisError:
        return {}
    event = str(claims["event"]["jti"]) if "event" in claims else ""
    return {event: bool(claims["refused"])} if claims["kind"] == "decided" and event in sent else {}
