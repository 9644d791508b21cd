"""An auditor says what it is about to read of a realm's log, before it reads it (log §9.2).

One signed event in the auditors' outbox, which routing records like any other. A look-up that could
not be told of is not made; who has the auditor's rights in Kafka and another program can, as the
brokers' own records show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.control import read_registry
from services.platform.keys.keystore import desk_signers
from services.platform.ports import random_bytes


@dataclass(frozen=True, slots=True)
class AuditorAtKafka:
    """Where the log is, and who reads it and says something of it.

    Attributes:
        keys: the home's folder of keys.
        now_ms: the federation's clock, milliseconds.
    """

    bus: Bus
    owners: Owners
    keys: Path
    now_ms: Callable[[], int]

    def signer(self, directory: Directory) -> Signer:
        """Its newest key that a directory lists as valid now.

        Raises:
            UsageError: `key_file_missing`.
            DirectoryError: `no_signing_key`.
        """
        signers = desk_signers(self.keys, directory.realm, AUDITOR_DESK)
        return signers.valid(directory, self.now_ms() // 1000)[0]


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
    registry = await read_registry(auditor.bus.reader(), realm, auditor.owners)
    if (issued := _issued(auditor, registry, reading)) is None:
        return ""
    topic = topics.outbox(realm, principals.AUDITORS)
    record = Outbound(topic, 0, issued.key, issued.value(), issued.headers())
    try:
        await auditor.bus.write([record])
    except (KafkaError, TimeoutError) as error:  # no topic among them: `relais kafka apply`
        raise await auditor.bus.refusal(error) from error
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
