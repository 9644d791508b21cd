"""`/asyncapi.json` of an agency: the inboxes that it subscribes to, and its own outboxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.vocabulary import topics
from services.platform.kafka import asyncapi


def document(agency: str, realms: Mapping[str, int], kafka: str, *, secure: bool) -> dict[str, Any]:
    """The document of one agency.

    Args:
        realms: each with the number of its partitions.
        kafka: the brokers' addresses.
        secure: whether a client needs a certificate.
    """
    inboxes = [topics.inbox(realm, agency) for realm in realms]
    outboxes = [topics.outbox(realm, agency) for realm in realms]
    reads = [*map(topics.control, realms), *inboxes, *outboxes]
    return asyncapi.document(kafka, agency, realms, reads=reads, writes=outboxes, secure=secure)
