"""Limits on real brokers with TLS: given with the rights, told where they differ, and felt by who floods."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from contracts.kafka.quotas import LEAST_WRITES, READS, WRITES, quotas
from contracts.kafka.rights import rights
from contracts.kafka.topic_plan import plan
from contracts.log.orders.layout import Layout
from contracts.vocabulary.principals import ADMIN
from services.operate.drift import Drift
from services.operate.quotas import Limit, change, until_known
from services.operate.rights import apply_rights, check_rights
from services.operate.rules import asking
from services.operate.topics import apply_topics
from services.platform.kafka.connection.certificate_folder import tls_of
from services.platform.kafka.connection.connection import Tls, client_options
from services.play.certificates.ca import ensure_certificate
from services.play.kafka.cluster import Cluster
from tests.contracts.envelope.kit import realm
from tests.kafka import kit
from tests.kafka.conftest import delete_topics

pytestmark = [pytest.mark.kafka, pytest.mark.anyio, pytest.mark.slow]

CIVIL = realm("civil").directory
WANTED = rights(kit.convention(), {"civil": CIVIL}, {"civil": [Layout(1, 1)]})
LIMITS = quotas([(kit.convention(), CIVIL)])
RECORD = bytes(100_000)
FLOOD = 52  # of these, of which brokers let some 22 pass before they look
SLOW = 200_000  # bytes a second: a limit that the flood passes on a busy machine too
SLOWER = tuple(
    replace(one, value=SLOW) if (one.principal, one.name) == ("education", WRITES) else one
    for one in LIMITS
)
ALERT_S = 2.0  # that another principal's record may take meanwhile; the machine may be busy


@pytest.fixture
async def admin(secure: Cluster) -> AsyncIterator[Tls]:
    """The administrator's certificate; brokers with topics, and no right or limit of ours."""
    assert secure.tls is not None
    own = tls_of(secure.tls, ADMIN)

    async def clear() -> None:
        await apply_rights(secure.bootstrap, [], [], tls=own, prune=True)
        await delete_topics(secure.bootstrap, **client_options(own))

    await clear()
    await apply_topics(secure.bootstrap, plan(kit.convention(), CIVIL), replicas=3, tls=own)
    yield own
    await clear()


async def by_hand(secure: Cluster, admin: Tls, given: dict[Limit, int], *taken: Limit) -> None:
    """Change limits behind Relais' back."""
    async with asking(secure.bootstrap, admin) as brokers:
        await change(brokers, given, taken)
        await until_known(brokers, given, taken)


async def test_limits_are_given_with_the_rights_and_told_where_they_differ(
    secure: Cluster, admin: Tls
) -> None:
    """Missing or changed: made good at once. Given by hand, to routing or to all: told, and taken when asked."""
    given = await apply_rights(secure.bootstrap, WANTED, LIMITS, tls=admin)
    again = await apply_rights(secure.bootstrap, WANTED, LIMITS, tls=admin, prune=True)
    own, lost = Limit((("user", "education"),), WRITES), Limit((("user", "police"),), READS)
    router, everybody = Limit((("user", "routing-civil-0"),), WRITES), Limit((("user", ""),), READS)
    await by_hand(secure, admin, {own: 7, router: 8, everybody: 9}, lost)

    found = await check_rights(secure.bootstrap, WANTED, LIMITS, tls=admin)
    mended = await apply_rights(secure.bootstrap, WANTED, LIMITS, tls=admin)
    left = await check_rights(secure.bootstrap, WANTED, LIMITS, tls=admin)
    pruned = await apply_rights(secure.bootstrap, WANTED, LIMITS, tls=admin, prune=True)

    assert sum(one.kind == "quota" for one in given) == len(LIMITS)
    assert again == []
    assert found == [
        Drift("quota", "education", WRITES, "7", str(LEAST_WRITES)),
        Drift("quota", "police", READS, "", str(32 << 20)),
        Drift("quota_extra", "routing-civil-0", WRITES, "8"),
        Drift("quota_extra", "user <default>", READS, "9"),
    ]
    assert mended == found[:2]
    assert left == pruned == found[2:]
    assert await check_rights(secure.bootstrap, WANTED, LIMITS, tls=admin) == []


async def flood(producer: AIOKafkaProducer, topic: str) -> float:
    """Write into one partition as fast as brokers take it; seconds."""
    started = time.monotonic()
    sent = [await producer.send(topic, RECORD, b"key", partition=0) for _ in range(FLOOD)]
    await asyncio.gather(*sent)
    return time.monotonic() - started


def producer_of(secure: Cluster, principal: str) -> AIOKafkaProducer:
    """A client with somebody's certificate, and no service around it."""
    assert secure.tls is not None
    tls = ensure_certificate(secure.tls, principal)
    return AIOKafkaProducer(
        bootstrap_servers=secure.bootstrap, max_request_size=1 << 20, **client_options(tls)
    )


async def test_who_writes_as_fast_as_it_can_is_held_to_its_limit_and_others_are_not(
    secure: Cluster, admin: Tls, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same flood with and without: delayed by the broker, while another's alert goes through."""
    await apply_rights(secure.bootstrap, WANTED, (), tls=admin)
    outbox, others = "relais.civil.outbox.education", "relais.civil.outbox.police"
    async with producer_of(secure, "education") as thief, producer_of(secure, "police") as honest:
        await honest.send_and_wait(others, b"an alert", b"key", partition=0)
        free = await flood(thief, outbox)

        await apply_rights(secure.bootstrap, WANTED, SLOWER, tls=admin)
        flooding = asyncio.create_task(flood(thief, outbox))
        alerts = []
        while not flooding.done():
            started = time.monotonic()
            for partition in range(6):  # on every broker, the flooded one among them
                await honest.send_and_wait(others, b"an alert", b"key", partition=partition)
            alerts.append((time.monotonic() - started) / 6)
            await asyncio.sleep(0.2)
        held = await flooding

    with capsys.disabled():
        alerts.sort()
        sys.stdout.write(
            f"\n5 MB: {free:.1f} s without a limit, {held:.1f} s with 0.2 MB/s; another's record meanwhile "
            f"{alerts[len(alerts) // 2] * 1000:.0f} ms in the middle, {alerts[-1] * 1000:.0f} at most\n"
        )
    assert held > 10
    assert held > 1.5 * free
    assert alerts[-1] < ALERT_S
