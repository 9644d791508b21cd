"""What Kafka refuses of a plain record, told by its own name."""

from __future__ import annotations

from unittest.mock import AsyncMock, create_autospec

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)

from contracts.encoding import digest
from contracts.errors import RelaisError
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.clients import Clients
from services.platform.kafka.orders import control
from services.platform.ports import Ports, given

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TopicAuthorizationFailedError("relais.civil.control"), "kafka_forbidden"),
        (KafkaConnectionError(), "kafka_unreachable"),
        (TimeoutError(), "kafka_unreachable"),
        (MessageSizeTooLargeError(), "order_rejected"),
    ],
)
async def test_an_order_that_kafka_does_not_take_is_told(error: Exception, code: str) -> None:
    """A right that lacks, a broker that is away, or the order itself; the client is closed."""
    kafka, producer = create_autospec(Clients, instance=True), AsyncMock()
    kafka.producer.return_value, producer.send_and_wait.side_effect = producer, error

    with given(Ports(kafka=kafka)), pytest.raises(RelaisError) as told:
        await control._write(Bus("127.0.0.1:1"), "relais.civil.control", [b"{}"])

    record = "relais.civil.control", b"{}", digest(b"{}").encode(), 0
    producer.send_and_wait.assert_awaited_once_with(*record, headers=[])
    assert (told.value.code, producer.stop.await_count) == (code, 1)
