"""A desk without our software: npm `jose` seals and signs, a plain producer writes.

What the program is given is what `docs/specification/README.md` says a publisher has: its desk's
key, the routing secret, the keeper's public key, and what it has read on control.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.kafka.play.test_up import arrivals, federation, relais, until_arrived
from tests.patience import PATIENCE

NODE_FOLDER: Final = Path(__file__).parents[1] / "node"
FACTS: Final = {"facts": [{"observed": "Cadeaux, nuits dehors.", "observed_on": "2026-09-05"}]}
EVENT: Final[dict[str, Any]] = {
    "etype": "IP",
    "declared": {"danger": True, "informed": {"minor": "informed", "parents": "exempted_interest"}},
    "to": [
        {
            "desk": "urn:relais:civil:desk:crip", "purpose": "assess", "retention": "P30",
            "bodies": {"IDENTITY": {"first_name": "Lina"}, "FACTS": FACTS},
        }
    ],
}  # fmt: skip

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.node]


async def control(kafka: str) -> tuple[list[dict[str, Any]], str]:
    """The payloads of all orders, decoded by hand; and the last directory."""
    place = TopicPartition("relais.civil.control", 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    async with consumer:
        consumer.assign([place])
        found: list[dict[str, Any]] = []
        directory = ""
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(timeout_ms=1000)).get(place, []):
                if not record.value.startswith(b"["):
                    directory = record.value.decode()
                    continue
                payload = orjson.loads(record.value)[0].split(".")[1]
                found.append(orjson.loads(base64.urlsafe_b64decode(payload + "==")))
        return found, directory


async def write(kafka: str, record: dict[str, Any]) -> None:
    """One record, where its maker says."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    async with producer:
        await producer.send_and_wait(
            record["topic"], record["value"].encode(), record["key"].encode(), record["partition"],
            headers=[(name, text.encode()) for name, text in record["headers"]],
        )  # fmt: skip


def given(home: Path, orders: list[dict[str, Any]], directory: str) -> dict[str, Any]:
    """What a publisher of the street outreach team has."""
    keeper = orjson.loads((home / "owners.json").read_bytes())["directory"][0]
    convention = [one["convention"] for one in orders if one["kind"] == "adopt_convention"][-1]
    digest = base64.urlsafe_b64encode(hashlib.sha256(convention.encode()).digest())
    return EVENT | {
        "realm": "civil", "agency": "association", "desk": "urn:relais:civil:desk:psp",
        "signing": orjson.loads((home / "keys/civil/psp/psp-sig-1.json").read_bytes()),
        "routing_secret_hex": (home / "keys/civil/routing.secret").read_bytes().hex(),
        "partitions": next(one["partitions"] for one in orders if one["kind"] == "layout"),
        "directory": directory, "keeper": keeper, "convd": digest.decode().rstrip("="),
        "case": (
            base64.urlsafe_b64encode(hashlib.sha256(b"street 12").digest()).decode().rstrip("=")
        ),
        "at": int(time.time()), "prev": {},
    }  # fmt: skip


def sealed(node: Path, what: dict[str, Any]) -> dict[str, Any]:
    """The Kafka record that Node makes of it."""
    done = subprocess.run(
        (str(node), "publish.mjs"), input=json.dumps(what), cwd=NODE_FOLDER,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_stock_jose_publishes_straight_to_kafka(node: Path, tmp_path: Path) -> None:
    """It is delivered, opened by the recipient's own service, answered, and decided again."""
    home = tmp_path / "home"
    with federation(home):
        kafka = orjson.loads((home / "addresses.json").read_bytes())["kafka"]
        orders, directory = asyncio.run(control(kafka))
        record = sealed(node, given(home, orders, directory))
        asyncio.run(write(kafka, record))
        until_arrived(home, "crip")
        (arrival,) = arrivals(home, "crip")
        audit = relais(home, "audit", "replay", "--format", "json")

    assert (arrival["event"], arrival["from"], arrival["type"]) == (record["jti"], "psp", "IP")
    assert arrival["parts"] == EVENT["to"][0]["bodies"]
    verdict = orjson.loads(audit.stdout)
    assert verdict["clean"], audit.stdout
    assert audit.returncode == 0
