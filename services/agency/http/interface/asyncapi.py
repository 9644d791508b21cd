"""`/asyncapi.json` of an agency: the inboxes that it subscribes to, and its own outboxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.vocabulary import topics
from services.platform.kafka import asyncapi
from services.platform.kafka.reading.subscription import Subscription


def document(agency: str, realms: Mapping[str, int], inboxes: Subscription) -> dict[str, Any]:
    """The document of one agency.

    Args:
        realms: each with the number of its partitions.
        inboxes: the subscription that feeds the fold.
    """
    outboxes = [topics.outbox(realm, agency) for realm in realms]
    control = [topics.control(realm) for realm in realms]
    return asyncapi.document(
        asyncapi.generated(inboxes), agency, realms, reads=[*control, *outboxes], writes=outboxes
    )
