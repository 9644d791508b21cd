"""A router that may not write where it must ends, is started again, loses nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.log.orders.layout import ordered
from services.platform.kafka.connection.missing_rights import ForbiddenError
from services.platform.process.clock import SystemClock
from services.platform.process.exit_codes import UNREACHABLE, UnreachableError, exit_code
from services.platform.process.metrics import Metrics
from services.routing.shard import Shard
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus

pytestmark = pytest.mark.anyio


class Denying:
    """Kafka's answer to a write that it does not allow."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Nothing is committed."""

        async def send(*_records: object) -> None:
            raise ForbiddenError("kafka_forbidden", "principal `routing-civil-0` may not write")

        yield SimpleNamespace(send=send)


class Standing(SystemClock):
    """The kit's time."""

    def now(self) -> int:
        """Seconds."""
        return kit.NOW


async def test_a_write_that_is_not_allowed_yet_ends_with_a_code_that_is_started_again() -> None:
    """The batch is dropped; with its rights applied, the next start writes the same."""
    bus = Bus()
    before = {number: router.state.tail.index for number, router in bus.routers.items()}

    async def nothing_new() -> list[str]:
        return []

    shard = Shard(
        bus.name, ordered(bus.registry)[-1], bus.routers,
        control=cast("Any", SimpleNamespace(registry=bus.registry, refresh=nothing_new)),
        transactions=cast("Any", Denying()), clock=Standing(), salt=lambda: bytes(16),
        metrics=Metrics("routing"), quarantine=cast("Any", None),
        erasable=cast("Any", None),
    )  # fmt: skip

    await shard.handle()

    with pytest.raises(UnreachableError, match="kafka_forbidden") as ended:
        shard.raise_failure()
    assert exit_code(ended.value) == UNREACHABLE
    assert {number: one.state.tail.index for number, one in bus.routers.items()} == before
