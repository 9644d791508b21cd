"""A partner's connection, tried from its own folder: its certificate, rights, and its PING.

Nothing is written: a PING is the partner's own to send, since whoever writes in its name stops its
program (kafka §2). That the router takes it shows that the directory lists the desk and its key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from contracts.encoding import parse, segments, unb64u
from contracts.envelope.receive import RecipientContext, addressee, check_notice
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError, UsageError
from contracts.keys.directory import Directory
from contracts.keys.keyring import MemoryKeyRing
from contracts.vocabulary import topics
from contracts.vocabulary.events import read_body
from contracts.vocabulary.scopes import PING
from services.operate.joining.request import SETTINGS, PartnerSettings, settings_of
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.kafka.connection.missing_rights import visible
from services.platform.kafka.orders.control import read_registry
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.owners import read_owners_file
from services.platform.ports import now
from services.platform.process.exit_codes import UnreachableError

WAIT_S: Final = 15.0  # for the brokers, in all that is read


async def check_folder(folder: Path) -> UsageError | None:
    """What a partner's connection lacks that others must mend; None: it works.

    Raises:
        UsageError: `no_answer_yet`; `kafka_forbidden` and others of whoever reads Kafka.
        UnreachableError: `kafka_unreachable`.
        LogError: `nothing_adopted`.
    """
    own = settings_of(folder)
    if own.kafka is None:
        expected = "the owners’ answer, by `relais partner join`"
        raise UsageError("no_answer_yet", "no `kafka`", expected, SETTINGS)
    tls = Tls(ca=folder / "ca.pem", cert=folder / "client.pem", key=folder / "client.key")
    bus, owners = Bus(own.kafka, client_options(tls)), read_owners_file(folder / "owners.json")
    registry = await read_registry(bus.reader(wait=WAIT_S), own.realm, owners)
    directory = registry.directories[registry.in_force(now() + own.ahead)[1]]
    others = {row.agency for row in directory.desks.values()} - {own.agency}
    closed = [topics.decisions(own.realm), *(topics.inbox(own.realm, name) for name in others)]
    foreign = await visible(bus.bootstrap, closed, bus.client)  # whoever may read one is shown it
    if foreign is None:
        raise UnreachableError("kafka_unreachable", f"nobody at {bus.bootstrap}", "a broker")
    if foreign:
        expected = "a refusal; tell the security officer, and see `relais kafka apply --check`"
        return UsageError("not_refused", ", ".join(sorted(foreign)), expected)
    return await _check_ping(own, directory, bus)


async def _check_ping(own: PartnerSettings, directory: Directory, bus: Bus) -> UsageError | None:
    """Why no PING of the desk's program came back; None: one did."""
    outbox, inbox = (topic(own.realm, own.agency) for topic in (topics.outbox, topics.inbox))
    async with bus.reader(wait=WAIT_S) as log:
        sent = {event async for row in _all(log, outbox) for event in ping_of(row, own.desk)}
        answers = {
            refused
            async for row in _all(log, inbox)
            for refused in answer_of(row, own.desk, directory, sent)
        }
    if not sent:
        return UsageError("no_ping", "no PING in the outbox", "one, by the partner’s program")
    if not answers:
        return UsageError("ping_unanswered", "no notice", "the router’s; ask the operators")
    if all(answers):
        return UsageError("ping_refused", "a refusal", "a PING that the router takes")
    return None


async def _all(log: LogReader, topic: str) -> AsyncIterator[Inbound]:
    async for batch in log.read(dict.fromkeys(await log.places([topic]))):
        for record in batch:
            yield record


def ping_of(record: Inbound, desk: str) -> set[str]:
    """The id of a PING of this desk, whoever signed it: the router's notice alone is believed."""
    try:
        shell = parse(record.value or b"", limit=topics.MAX_RECORD_BYTES, place="record")
        payload = unb64u(segments(str(shell["data"]["cover"]), 3, "cover")[1])
        cover = parse(payload, limit=topics.MAX_RECORD_BYTES, place="cover")
        is_ours = (cover["iss"], cover["etype"]) == (desk, PING)
        return {str(cover["jti"])} if is_ours else set()
    except (RelaisError, KeyError, TypeError):
        return set()


def answer_of(record: Inbound, desk: str, directory: Directory, sent: set[str]) -> set[bool]:
    """Whether the router's notice refuses one of these events; nothing of any other record."""
    context = RecipientContext(desk, directory, MemoryKeyRing({}), read_body)
    try:
        to, notice, shell = addressee(record.value, record.headers)
        if to != desk or not notice:
            return set()
        claims = check_notice(shell, context)
    except RelaisError:
        return set()  # whoever has the agency's certificate can write there
    known = claims["kind"] == "decided" and claims.get("event", {}).get("jti") in sent
    return {bool(claims["refused"])} if known else set()
