"""A service says in time that its certificate ends, and stops saying so once it is renewed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.platform.kafka.connection.certificate_watch import certificate_watched
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.keys.certificate import read_certificate
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.play.certificates import ca

LOOK_S = 0.01
NAME = "relais_tls_expires_timestamp_seconds"


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    """Education's certificate, for 90 days."""
    ca.ensure_ca(tmp_path)
    return ca.ensure_certificate(tmp_path, "education")


async def test_the_metric_is_the_end_of_the_certificate_in_use(tls: Tls) -> None:
    """Ours and the authority's; after a renewal the new ones, without a restart."""
    metrics = Metrics("education")

    async with certificate_watched(client_options(tls), metrics, ServiceHealth(), LOOK_S):
        await asyncio.sleep(5 * LOOK_S)
    before = metrics.registry.get_sample_value(NAME, {"kind": "own"})
    assert before == read_certificate(tls.cert).not_after
    assert metrics.registry.get_sample_value(NAME, {"kind": "authority"}) > before  # type: ignore[operator]

    ca.renew(tls.ca.parent, "education", days=200)

    assert metrics.registry.get_sample_value(NAME, {"kind": "own"}) > before  # type: ignore[operator]


async def test_a_certificate_that_ends_soon_is_told_until_it_is_renewed(tls: Tls) -> None:
    """Ten days before the end, by readiness; Kafka still lets the service in."""
    ca.renew(tls.ca.parent, "education", days=10)
    health = ServiceHealth()

    async with certificate_watched(client_options(tls), Metrics("education"), health, LOOK_S):
        await asyncio.sleep(5 * LOOK_S)
        warned, ready = health.report()["warnings"], health.ready()
        ca.renew(tls.ca.parent, "education")
        await asyncio.sleep(5 * LOOK_S)

    assert (warned, ready) == (["certificate_expires"], True)
    assert health.report()["warnings"] == []
