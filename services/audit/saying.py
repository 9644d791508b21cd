"""An auditor says what it is about to read of a realm's log, before it reads it (log §9.2).

One signed event in the auditors' outbox, which routing records like any other. A look-up that could
not be told of is not made; who has the auditor's rights in Kafka and another program can, as the
brokers' own records show.
"""

from __future__ import annotations

import secrets

from contracts.encoding import b64u, sha256
from contracts.envelope.issue import Issued, issue
from contracts.envelope.wire import Outbound
from contracts.errors import LogError
from contracts.log.orders.registry import Registry
from contracts.vocabulary import principals, topics
from contracts.vocabulary.schema import ReadingClaim, desk_urn
from contracts.vocabulary.scopes import READING
from services.audit.writing import AuditorAtKafka, write
from services.platform.kafka.orders.control import Control


def reading_of(by: str, purpose: str, wanted: str = "") -> ReadingClaim:
    """What is said; of what is wanted its hash alone, so that no token stands in the event.

    Args:
        wanted: an event's id, a case's token, a receipt's `dec`; empty: the whole log.
    """
    return ReadingClaim(
        by=by, purpose=purpose, about=b64u(sha256(wanted.encode())) if wanted else None
    )


async def say(auditor: AuditorAtKafka, realm: str, reading: ReadingClaim) -> str:
    """Publish it, and wait until the brokers have it; its id, empty if the directory names no auditor.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `key_file_missing`, or no right to write: `relais acl apply`.
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
        sub=b64u(secrets.token_bytes(32)),  # a token of no case
        to=(),
        at_ms=at_ms,
        random=secrets.token_bytes,
        facts={"reading": reading.wire()},
    )
