"""A partner's connection, tried from its own folder: certificate, brokers, topics, and its PING.

Nothing is written: a PING is the partner's own to send, since whoever writes in its name stops its
program (kafka §2). That the router takes it shows that the directory lists the desk and its key.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.encoding import parse, segments, unb64u
from contracts.envelope.receive import RecipientContext, addressee, open_notice
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError, UsageError
from contracts.keys.directory import Directory
from contracts.keys.keyring import MemoryKeyRing
from contracts.vocabulary import topics
from contracts.vocabulary.events import read_body
from contracts.vocabulary.scopes import PING
from services.operate.joining.answer import check_certificate
from services.operate.joining.partner_settings import SETTINGS, PartnerSettings, settings_of
from services.operate.joining.request import client_key
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.kafka.connection.missing_rights import visible
from services.platform.kafka.connection.wait import greet_all
from services.platform.kafka.orders.control import read_registry
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.owners import read_owners_file
from services.platform.process.exit_codes import UnreachableError

WAIT_S: Final = 15.0  # for the brokers, in all that is read


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried.

    Attributes:
        error: why it does not work; None: it does.
    """

    name: str
    error: RelaisError | None = None

    @property
    def state(self) -> str:
        """How it stands."""
        return "cannot" if self.error else "working"

    def document(self) -> dict[str, str]:
        """As JSON has it."""
        row, error = {"row": self.name, "state": self.state}, self.error
        return row | {
            name: str(getattr(error, name)) for name in ("code", "got", "expected") if error
        }


@dataclass(slots=True)
class Connection:
    """A partner's folder and how it reaches the brokers; what is in force, once that was read."""

    folder: Path
    settings: PartnerSettings
    kafka: str
    client: Mapping[str, Any]
    at: int
    directory: Directory | None = None

    @property
    def own(self) -> tuple[str, str, str]:
        """Topics that the agency may read."""
        realm, agency = self.settings.realm, self.settings.agency
        return topics.inbox(realm, agency), topics.outbox(realm, agency), topics.control(realm)

    def in_force(self) -> Directory:
        """The directory.

        Raises:
            UsageError: `nothing_adopted`.
        """
        if self.directory is None:
            expected = "both, adopted by the owners"
            raise UsageError("nothing_adopted", "no convention and directory", expected)
        return self.directory


def connection_of(folder: Path) -> Connection:
    """How the partner of a folder reaches the bus.

    Raises:
        UsageError: `no_answer_yet`: the owners' answer was not taken; those of `settings_of`.
    """
    settings = settings_of(folder)
    if settings.kafka is None:
        expected = "the owners’ answer, by `relais partner join`"
        raise UsageError("no_answer_yet", "no `kafka`", expected, SETTINGS)
    tls = Tls(ca=folder / "ca.pem", cert=folder / "client.pem", key=folder / "client.key")
    at = int(time.time()) + settings.ahead
    return Connection(folder, settings, settings.kafka, client_options(tls), at)


async def tried(folder: Path) -> list[Tried]:
    """Each row in its order, up to the first without which the next ones cannot be tried.

    Raises:
        UsageError: those of `connection_of`.
    """
    own, rows = connection_of(folder), []
    for name, step in STEPS.items():
        try:
            await step(own)
        except RelaisError as error:
            rows.append(Tried(name, error))
            if name in NEEDED:
                break
        else:
            rows.append(Tried(name))
    return rows


async def _certificate(own: Connection) -> None:
    """Of this folder's key, by the authority that it trusts, in its agency's name."""
    certificate, authority = (
        (own.folder / name).read_text("ascii", "replace") for name in ("client.pem", "ca.pem")
    )
    public = client_key(own.folder / "client.key").public_key()
    check_certificate(certificate, authority, public, own.settings.agency)


async def _brokers(own: Connection) -> None:
    """They take the certificate, which is within its dates, and are of the authority."""
    greeting = await greet_all(own.kafka, own.client)
    if greeting.refusal is not None:
        raise greeting.refusal
    if not greeting.answers:
        raise UnreachableError("kafka_unreachable", f"nobody at {own.kafka}", "a broker")


async def _own_topics(own: Connection) -> None:
    if hidden := sorted({*own.own} - await _seen(own, own.own)):
        expected = "topics and rights (`relais kafka apply`)"
        raise UsageError("not_readable", ", ".join(hidden), expected)


async def _orders(own: Connection) -> None:
    """What control says is in force."""
    owners = read_owners_file(own.folder / "owners.json")
    realm = own.settings.realm
    told = await read_registry(own.kafka, realm, owners, wait=WAIT_S, **own.client)
    if eras := list(told.eras(own.at)):
        own.directory = told.directories[eras[-1][1]]
    own.in_force()


async def _foreign_topics(own: Connection) -> None:
    """The log and others' inboxes are hidden from us; none is read."""
    realm, directory = own.settings.realm, own.in_force()
    others = {row.agency for row in directory.desks.values()} - {own.settings.agency}
    names = [topics.decisions(realm), *(topics.inbox(realm, name) for name in sorted(others))]
    if seen := sorted(await _seen(own, names)):
        expected = "a refusal; tell the security officer, and see `relais kafka check`"
        raise UsageError("not_refused", ", ".join(seen), expected)


async def _seen(own: Connection, names: Iterable[str]) -> frozenset[str]:
    """Those of some topics that the brokers show us: whoever may read one is shown it."""
    seen = await visible(own.kafka, names, own.client)
    if seen is None:
        raise UnreachableError("kafka_unreachable", f"nobody at {own.kafka}", "a broker")
    return seen


async def _ping(own: Connection) -> None:
    """The router has answered a PING of the desk's program."""
    inbox, outbox, _ = own.own
    sent: set[str] = set()
    answers: set[bool] = set()
    async with LogReader(own.kafka, wait=WAIT_S, **own.client) as log:
        for name in (outbox, inbox):
            places = await log.places([name])
            async for batch in log.read(dict.fromkeys(places)):
                for record in batch:
                    if name == outbox:
                        sent |= ping_of(record, own.settings.desk)
                    else:
                        answers |= answer_of(record, own, sent)
    if not sent:
        raise UsageError("no_ping", "no PING in the outbox", "one, by the partner’s program")
    if not answers:
        raise UsageError("ping_unanswered", "no notice", "the router’s; ask the operators")
    if all(answers):
        raise UsageError("ping_refused", "a refusal", "a PING that the router takes")


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


def answer_of(record: Inbound, own: Connection, sent: set[str]) -> set[bool]:
    """Whether the router's notice refuses one of these events; nothing of any other record."""
    context = RecipientContext(own.settings.desk, own.in_force(), MemoryKeyRing({}), read_body)
    try:
        desk, notice, _ = addressee(record.value, record.headers)
        if desk != own.settings.desk or not notice:
            return set()
        claims = open_notice(record.value, record.headers, context)
    except RelaisError:
        return set()  # whoever has the agency's certificate can write there
    known = claims["kind"] == "decided" and claims.get("event", {}).get("jti") in sent
    return {bool(claims["refused"])} if known else set()


STEPS: Final[Mapping[str, Callable[[Connection], Awaitable[None]]]] = {
    "certificate": _certificate, "brokers": _brokers, "own_topics": _own_topics,
    "orders": _orders, "foreign_topics": _foreign_topics, "ping": _ping,
}  # fmt: skip
NEEDED: Final = frozenset({"certificate", "brokers", "own_topics", "orders"})
