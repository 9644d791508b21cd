"""A service says in time that its certificate ends, and stops saying so once it is renewed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

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


async def watched(
    tls: Tls, health: ServiceHealth, metrics: Metrics, *, renewed: bool = False
) -> list[Any]:
    """Several looks, between which the certificate may be renewed; what was logged."""
    with capture_logs() as lines:
        async with certificate_watched(client_options(tls), metrics, health, LOOK_S):
            await asyncio.sleep(5 * LOOK_S)
            if renewed:
                ca.renew(tls.ca.parent, "education")
                await asyncio.sleep(5 * LOOK_S)
    return lines


async def test_the_metric_is_the_end_of_the_certificate_in_use(tls: Tls) -> None:
    """Ours and the authority's; after a renewal the new ones, without a restart."""
    metrics = Metrics("education")

    await watched(tls, ServiceHealth(), metrics)
    before = metrics.registry.get_sample_value(NAME, {"kind": "own"})
    assert before == read_certificate(tls.cert).not_after
    assert metrics.registry.get_sample_value(NAME, {"kind": "authority"}) > before  # type: ignore[operator]

    ca.renew(tls.ca.parent, "education", days=200)

    assert metrics.registry.get_sample_value(NAME, {"kind": "own"}) > before  # type: ignore[operator]


async def test_a_certificate_that_ends_soon_is_told_once_and_by_readiness(tls: Tls) -> None:
    """Ten days before the end; the service stays ready, since Kafka still lets it in."""
    ca.renew(tls.ca.parent, "education", days=10)
    health = ServiceHealth()

    (line,) = await watched(tls, health, Metrics("education"))

    assert (line["event"], line["log_level"]) == ("certificate expires", "warning")
    assert line["principal"] == "education"
    assert line["days"] == pytest.approx(10, abs=0.1)
    assert health.report()["warnings"] == ["certificate_expires"]
    assert health.ready()


async def test_a_renewed_certificate_ends_the_warning(tls: Tls) -> None:
    """It is taken up at the next look, before any connection is made."""
    ca.renew(tls.ca.parent, "education", days=10)
    health = ServiceHealth()

    told = await watched(tls, health, Metrics("education"), renewed=True)

    assert [line["event"] for line in told] == ["certificate expires", "certificate reloaded"]
    assert health.report()["warnings"] == []
