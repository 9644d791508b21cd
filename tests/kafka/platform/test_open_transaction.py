"""A transaction that somebody leaves open holds up a partition: it is seen, counted and bounded."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.platform.kafka.writing.transactions import TRANSACTION_TIMEOUT_MS
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
PORT = free_port()


async def numbers(topic: str, partition: int) -> tuple[float, float]:
    """Lag and age of the open transaction, as a router's metrics have them."""
    async with httpx.AsyncClient(trust_env=False) as client:
        page = (await client.get(f"http://127.0.0.1:{PORT}/metrics")).text
    labels = re.escape(f'{{partition="{partition}",topic="{topic}"}}')
    found = [
        re.search(rf"^relais_{name}{labels} (\S+)$", page, re.MULTILINE)
        for name in ("lag", "open_transaction_seconds")
    ]
    lag, seconds = (float(one[1]) if one else -1.0 for one in found)
    return lag, seconds


async def test_what_waits_behind_an_open_transaction_is_lag_and_has_an_age(
    fresh: str, tmp_path: Path
) -> None:
    """A second writer begins and does not end: the event behind is counted, until it is let go."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    _, event = publisher.event(1, "edu-s")
    other = AIOKafkaProducer(bootstrap_servers=fresh, transactional_id="somebody")
    await other.start()

    async with kit.router(fresh, tmp_path, http_port=PORT):
        await kit.ready(PORT)
        await other.begin_transaction()
        await other.send_and_wait(event.topic, b"left open", b"key", partition=event.partition)
        await publisher.publish([event])
        async with asyncio.timeout(PATIENCE):
            while (held := await numbers(event.topic, event.partition))[1] < 2:
                await asyncio.sleep(0.2)
        await other.abort_transaction()
        await kit.until(fresh, {"decided": 1})
        async with asyncio.timeout(PATIENCE):
            while max(await numbers(event.topic, event.partition)) > 0:
                await asyncio.sleep(0.2)
    await other.stop()

    assert held[0] >= 2  # it is lag: what was left open, and the event behind it


async def test_brokers_let_nobody_ask_for_more_than_our_own(fresh: str) -> None:
    """The broker that tests and `relais up` start refuses a transaction of an hour."""
    other = AIOKafkaProducer(
        bootstrap_servers=fresh,
        transactional_id="patient",
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS + 1,
    )
    try:
        with pytest.raises(KafkaError, match="InvalidTransactionTimeout"):
            await other.start()
    finally:
        await other.stop()


@pytest.mark.parametrize(
    "path",
    [
        "services/play/kafka/files/cluster.properties",
        "deploy/kafka/server.properties",
        "deploy/kubernetes/kafka.yaml",
    ],
)
def test_every_broker_that_we_configure_has_the_bound(path: str) -> None:
    """By our producers' own timeout."""
    text = (ROOT / path).read_text("utf-8")

    (found,) = re.findall(r"transaction\.max\.timeout\.ms[=:] ?(\d+)", text)

    assert int(found) == TRANSACTION_TIMEOUT_MS
