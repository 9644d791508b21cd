"""The subscription that feeds an agency's inboxes into the fold; here alone FastStream is needed for it."""

from __future__ import annotations

from typing import Any, Final

from services.agency.loops.incoming import Incoming
from services.platform.kafka.subscription import Subscription

BATCH: Final = 500  # records handed to the fold at once


def subscription(bootstrap: str, incoming: Incoming, **client: Any) -> Subscription:
    """The FastStream subscription that feeds the fold."""
    return Subscription(
        bootstrap,
        incoming.places,
        incoming.handle,
        most=BATCH,
        title="Inboxes",
        description="Deliveries (slip, parts, receipt) and notices, as CloudEvents.",
        **client,
    )
