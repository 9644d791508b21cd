"""Debian's Prometheus over a home: it scrapes by name, judges by our rules, and ends with its supervisor."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from contracts.errors import UsageError
from services.console.prometheus_alerts import ask_prometheus
from services.console.settings import ConsoleSettings
from services.operate.home.home import Home
from services.operate.status.look import services_of
from services.platform.http.health_endpoints import serving
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.play.kafka.ports import choose
from services.play.run.plan import Service
from services.play.run.prometheus import prometheus, prometheus_url, write_prometheus
from services.play.run.supervisor import Supervisor

pytestmark = pytest.mark.anyio

FIRES_S = 30


@pytest.fixture
def installed() -> None:
    """A newcomer's machine need not have it, continuous integration must."""
    if shutil.which("prometheus") is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("prometheus is not installed: apt-get install prometheus")


@pytest.mark.usefixtures("installed")
async def test_it_scrapes_by_name_judges_by_our_rules_and_ends(tmp_path: Path) -> None:
    """Two deliveries that never came are told by role; the console hears it; nothing is left."""
    home, metrics = Home(tmp_path), Metrics("police")
    metrics.gaps.labels("civil", "CRIP").set(2)
    place = f"http://127.0.0.1:{choose(['prometheus'], {})['prometheus']}"
    async with (
        serving("127.0.0.1", 0, ServiceHealth(), metrics) as port,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        police = SimpleNamespace(name="police", role="police", url=f"http://127.0.0.1:{port}")
        folder = write_prometheus(home, [cast("Service", police)])
        async with Supervisor(home.logs, home.pids) as supervisor:
            await supervisor.start([prometheus(folder, place, client)])
            async with asyncio.timeout(FIRES_S):
                while not (heard := await ask_prometheus(place)).firing:
                    await asyncio.sleep(0.2)
            targets = (await client.get(f"{place}/api/v1/targets")).json()["data"]["activeTargets"]
        left = supervisor.left

    assert [seen.alert.summary("en") for seen in heard.firing] == [
        "Deliveries and notices to CRIP that never came: 2"
    ]
    assert [target["labels"] for target in targets] == [{"instance": "police", "job": "agencies"}]
    assert left == []


def test_where_it_is_not_installed_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is started."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="apt-get install prometheus") as refused:
        prometheus(tmp_path, "http://127.0.0.1:1", cast("httpx.AsyncClient", None))

    assert refused.value.code == "prometheus_missing"


def test_it_is_none_of_the_services(tmp_path: Path) -> None:
    """`relais status` and the console do not ask it how it is; its address is the console's setting."""
    home, url = Home(tmp_path), "http://127.0.0.1:9090"
    home.note_addresses({"kafka": "k", "prometheus": url, "police": "http://127.0.0.1:1"})
    console = SimpleNamespace(settings=ConsoleSettings(home=tmp_path, prometheus=url))

    assert set(services_of(tmp_path, None)) == {"police"}
    assert prometheus_url([cast("Service", console)]) == url
    assert prometheus_url([]) == ""
