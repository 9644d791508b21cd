"""An auditor says what it is about to read of a realm's log, before it reads it (log §9.2).

One signed event in the auditors' outbox, which routing records like any other. A look-up that could
not be told of is not made; who has the auditor's rights in Kafka and another program can, as the
brokers' own records show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from contracts.encoding import b64u, sha256
from contracts.envelope.issue import Issued, issue
from contracts.envelope.wire import Outbound
from contracts.errors import LogError
from contracts.keys.directory import Directory
from contracts.keys.keyring import Signer
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary import principals, topics
from contracts.vocabulary.principals import AUDITOR_DESK
from contracts.vocabulary.schema import ReadingClaim, desk_urn
from contracts.vocabulary.scopes import READING
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.missing_rights import DENIED, WRITE_TO, denied
from services.platform.kafka.connection.wait import WAIT_SECONDS, unreachable
from services.platform.kafka.orders.control import Control
from services.platform.keys.keystore import desk_signers
from services.platform.patience import patient
from services.platform.ports import random_bytes


@dataclass(frozen=True, slots=True)
class AuditorAtKafka:
    """Where the log is, and who reads it and says something of it.

    Attributes:
        keys: the home's folder of keys.
        now_ms: the federation's clock, milliseconds.
        client: options of its clients (security).
    """

    bootstrap: str
    owners: Owners
    keys: Path
    now_ms: Callable[[], int]
    client: Mapping[str, Any]

    def signer(self, directory: Directory) -> Signer:
        """Its newest key that a directory lists as valid now.

        Raises:
            UsageError: `key_file_missing`.
            DirectoryError: `no_signing_key`.
        """
        signers = desk_signers(self.keys, directory.realm, AUDITOR_DESK)
        return signers.valid(directory, self.now_ms() // 1000)[0]


async def write(auditor: AuditorAtKafka, records: Iterable[Outbound]) -> None:
    """Write records in their order, and wait until the brokers have them.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: no right to write: `relais kafka apply`.
    """
    producer = clients().producer(
        bootstrap_servers=auditor.bootstrap, acks="all", enable_idempotence=True, **auditor.client
    )
    try:
        async with asyncio.timeout(patient(WAIT_SECONDS)):
            await producer.start()
        for record in records:
            async with asyncio.timeout(patient(WAIT_SECONDS)):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key,
                    headers=list(record.headers), partition=record.partition,
                )  # fmt: skip
    except DENIED as error:
        raise denied(auditor.client, error, WRITE_TO) from error
    except (KafkaError, TimeoutError) as error:  # no topic among them: `relais kafka apply`
        raise await unreachable(auditor.bootstrap, auditor.client, error) from error
    finally:
        await producer.stop()


def reading_of(by: str, purpose: str, wanted: str = "") -> ReadingClaim:
    """What is said; of what is wanted its hash alone, so that no token stands in the event.

    Args:
        wanted: an event's id, a case's token, a receipt's `dec`; empty: the whole log.
    """
    return ReadingClaim(
        by=by, purpose=purpose, about=b64u(sha256(wanted.encode())) if wanted else None
    )


async def say(auditor: AuditorAtKafka, realm: str, reading: ReadingClaim) -> str:
    """Publish it and wait until the brokers have it; its id, empty without an auditor.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `key_file_missing`, or no right to write: `relais kafka apply`.
    """
    control = Control(auditor.bootstrap, realm, auditor.owners, **auditor.client)
    try:
        await control.start()
        issued = _issued(auditor, control.registry, reading)
    finally:
        await control.stop()
    if issued is None:
        return ""
    topic = topics.outbox(realm, principals.AUDITORS)
    await write(auditor, [Outbound(topic, 0, issued.key, issued.value(), issued.headers())])
    return issued.claims.jti


def _issued(auditor: AuditorAtKafka, registry: Registry, reading: ReadingClaim) -> Issued | None:
    """The event; None where nothing was adopted yet, or no auditor is named."""
    at_ms = auditor.now_ms()
    try:
        convd, dird = registry.in_force(at_ms // 1000)
    except LogError:
        return None
    directory, urn = registry.directories[dird], desk_urn(registry.realm, principals.AUDITOR_DESK)
    if urn not in directory.desks:
        return None
    return issue(
        signer=auditor.signer(directory),
        directory=directory,
        etype=READING,
        convd=convd,
        sub=b64u(random_bytes(32)),  # a token of no case
        to=(),
        at_ms=at_ms,
        random=random_bytes,
        facts={"reading": reading.wire()},
    )
