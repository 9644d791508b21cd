"""Waiting for Kafka with a bound, and saying why it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final

from contracts.errors import RelaisError
from services.platform.kafka.connection.broker_probe import greet_all
from services.platform.process.exit_codes import UnreachableError

FINISH_S: Final = 2.0


async def connected(start: Coroutine[Any, Any, Any]) -> None:
    """Await a client's `start()` or `bootstrap()`."""
    starting = asyncio.ensure_future(start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=FINISH_S)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


WAIT_SECONDS: Final = 25.0  # for anything Kafka is asked; longer than a broker's restart
PAUSE_S: Final = 0.2  # between two looks for Kafka
REFUSALS: Final = 2  # in a row before we believe them
EXPLAIN_S: Final = 5.0  # to find out why a client did not connect


async def wait_for_kafka(bootstrap: str, limit_s: float = 60, **client: Any) -> None:
    """Return once a broker answers with metadata.

    Args:
        bootstrap: `host:port`, several separated by commas.
        limit_s: seconds after which to give up.
        client: further options of aiokafka's client (security).

    Raises:
        UsageError: a broker is there, and will not let us in however long we wait (`broker_probe.py`).
        UnreachableError: `kafka_unreachable`.
    """
    refusals = 0
    try:
        async with asyncio.timeout(limit_s):
            while True:
                greeting = await greet_all(bootstrap, client)
                if greeting.answers and await _answers(bootstrap, client):
                    return
                refusals = refusals + 1 if greeting.refusal else 0
                if greeting.refusal and refusals == REFUSALS:
                    raise greeting.refusal
                await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        got = f"no answer from {bootstrap} within {limit_s:g} s"
        raise UnreachableError("kafka_unreachable", got, "a broker") from None


async def unreachable(
    bootstrap: str, client: Mapping[str, Any], error: BaseException
) -> RelaisError:
    """Why a client could not connect: a refusal that waiting does not change, or Kafka is away."""
    with suppress(TimeoutError):
        async with asyncio.timeout(EXPLAIN_S):
            if refusal := (await greet_all(bootstrap, client)).refusal:
                return refusal
    got = type(error).__name__
    return UnreachableError("kafka_unreachable", got, "a broker; `relais up`")


async def _answers(bootstrap: str, client_options: Mapping[str, Any]) -> bool:
    from aiokafka.client import AIOKafkaClient
    from aiokafka.errors import KafkaError

    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=2000, **client_options)
    try:
        await connected(client.bootstrap())
    except (KafkaError, OSError):
        return False
    else:
        return True
    finally:
        await client.close()
