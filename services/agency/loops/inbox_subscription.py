"""The subscription that feeds an agency's inboxes into the fold; here alone FastStream is needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aiokafka import ConsumerRecord

from services.agency.loops.incoming import Incoming
from services.platform.kafka.reading.log_reader import inbound
from services.platform.kafka.reading.subscription import Subscription

BATCH: Final = 500  # records handed to the fold at once


def subscription(bootstrap: str, incoming: Incoming, **client: Any) -> Subscription:
    """The FastStream subscription that feeds the fold."""

    async def handle(records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        """Take a batch as Kafka hands it over; never raises."""
        await incoming.take(map(inbound, records))

    return Subscription(
        bootstrap,
        incoming.places,
        handle,
        most=BATCH,
        title="Inboxes",
        description="Deliveries (slip, parts, receipt) and notices, as CloudEvents.",
        **client,
    )
