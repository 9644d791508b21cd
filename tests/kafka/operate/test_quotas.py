"""Limits on brokers with TLS: given with rights, told where they differ, and felt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from contracts.kafka.quotas import AGENCY_WRITES, READS, WRITES, quotas
from contracts.kafka.rights import rights
from contracts.kafka.topic_plan import plan
from contracts.log.orders.layout import Layout
from contracts.vocabulary.principals import ADMIN
from services.operate.drift import Drift
from services.operate.held import until_known
from services.operate.quotas import Limit, change, read
from services.operate.rights import apply_rights, check_rights
from services.operate.rules import asking
from services.operate.topics import apply_topics
from services.platform.kafka.connection.connection import Tls, client_options, tls_of
from services.play.kafka.cluster import Cluster
from tests.contracts.envelope.kit import realm
from tests.kafka import kit
from tests.kafka.conftest import delete_topics

pytestmark = [pytest.mark.kafka, pytest.mark.anyio, pytest.mark.slow]

CIVIL = realm("civil").directory
WANTED = rights(kit.convention(), {"civil": CIVIL}, {"civil": [Layout(1, 1)]})
LIMITS = quotas([(kit.convention(), CIVIL)])


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
        await until_known(partial(read, brokers), given, taken)


async def test_limits_are_given_with_the_rights_and_told_where_they_differ(
    secure: Cluster, admin: Tls
) -> None:
    """Missing or changed: made good at once. Given by hand: told, and taken when asked."""
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
        Drift("quota", "education", WRITES, "7", str(AGENCY_WRITES)),
        Drift("quota", "police", READS, "", str(32 << 20)),
        Drift("quota_extra", "routing-civil-0", WRITES, "8"),
        Drift("quota_extra", "user <default>", READS, "9"),
    ]
    assert mended == found[:2]
    assert left == pruned == found[2:]
    assert await check_rights(secure.bootstrap, WANTED, LIMITS, tls=admin) == []
