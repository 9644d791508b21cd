"""What the router writes into inboxes: deliveries and notices, as Kafka records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.encoding import digest
from contracts.envelope import cloudevent
from contracts.envelope.model import Cover
from contracts.envelope.wire import Outbound


def delivery_message(
    topic: str, partition: int, cover: Cover, slip: str, parts: Sequence[str], receipt: str
) -> Outbound:
    """A desk's delivery: its slip, those of its parts that are released, and the receipt.

    Args:
        cover: of the same event; slip and cover agree on what the shell repeats.
        parts: tokens.
    """
    value = cloudevent.write(
        cloudevent.of_event(vars(cover)), {"parts": list(parts), "receipt": receipt, "slip": slip}
    )
    return Outbound(topic, partition, digest(slip).encode(), value, cloudevent.headers())


def notice_message(topic: str, partition: int, payload: Mapping[str, Any], token: str) -> Outbound:
    """A desk's notice.

    Args:
        payload: the notice's claims.
        token: the same, signed.
    """
    value = cloudevent.write(cloudevent.of_notice(payload), {"notice": token})
    return Outbound(topic, partition, digest(token).encode(), value, cloudevent.headers())
