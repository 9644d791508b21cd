"""A service says in time that its certificate ends, and stops saying so once it is renewed."""

from __future__ import annotations

import asyncio
import math
import ssl
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

pytestmark = pytest.mark.anyio

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


async def test_the_metric_is_the_end_of_the_brokers_certificates_too(tls: Tls) -> None:
    """As they showed it last, whichever ends first: they read theirs only when they start."""
    folder, metrics, client = tls.ca.parent, Metrics("education"), client_options(tls)
    ends = {}
    for name, days in (("broker-1", 80), ("broker-2", 20)):
        ca.ensure_certificate(folder, name, days=days)
        ends[name] = read_certificate(folder / f"{name}.pem").not_after

    async with certificate_watched(client, metrics, ServiceHealth(), LOOK_S):
        nobody = metrics.registry.get_sample_value(NAME, {"kind": "broker"})
        for name in ends:
            await meet(folder, name, client["ssl_context"])
        first = metrics.registry.get_sample_value(NAME, {"kind": "broker"})
        ca.renew(folder, "broker-2", days=70)
        still = metrics.registry.get_sample_value(NAME, {"kind": "broker"})
        await meet(folder, "broker-2", client["ssl_context"])
        later = metrics.registry.get_sample_value(NAME, {"kind": "broker"})

    assert nobody is not None
    assert math.isnan(nobody)
    assert first == still == ends["broker-2"]
    assert later == read_certificate(folder / "broker-2.pem").not_after


async def meet(folder: Path, broker: str, context: ssl.SSLContext, host: str = "127.0.0.1") -> None:
    """Connect once to a server that shows a broker's certificate as it is now."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / f"{broker}.pem", folder / f"{broker}.key")
    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server)
    port = listening.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.close()
    await writer.wait_closed()
    listening.close()


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


async def test_files_that_do_not_fit_are_told(tls: Tls) -> None:
    """Somebody copied the wrong key: the old certificate stays in use and one line says why."""
    client = client_options(tls)
    other = ca.ensure_certificate(tls.ca.parent, "police")
    tls.key.write_bytes(other.key.read_bytes())

    with capture_logs() as lines:
        assert not client["ssl_context"].refresh()
        assert not client["ssl_context"].refresh()

    assert [(line["event"], line["code"]) for line in lines] == [
        ("certificate not reloaded", "tls_key_differs")
    ]
