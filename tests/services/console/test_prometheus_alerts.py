"""Prometheus's alerts on the console: beside its own, each once, and nothing of what a liar says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from services.console import prometheus_alerts
from services.console.drift_seen import DriftSeen
from services.console.prometheus_alerts import Heard, ask_prometheus, heard
from services.operate.status.ask import ANSWER_S, MOST_BYTES
from services.platform.process.metrics import Metrics
from tests.patience import PATIENCE
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import AT, answer, calm
from tests.services.operate.status.test_ask import served

pytestmark = pytest.mark.anyio

EARLIER: Final = "2027-01-15T07:00:00.123456789Z"  # an hour before AT
CANARY: Final = "Zoé-Canari-Delmas"

Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers is waited for, on a busy machine too."""
    monkeypatch.setattr(prometheus_alerts, "ANSWER_S", PATIENCE)


def firing(name: str, value: str = "2e+00", **labels: str) -> dict[str, Any]:
    """One alert as Prometheus gives it."""
    words = {"summary_fr": f"<b>{CANARY}</b>", "action_en": CANARY}
    return {
        "labels": {"alertname": name, "severity": "critical", **labels}, "annotations": words,
        "state": "firing", "activeAt": EARLIER, "value": value,
    }  # fmt: skip


def said(*alerts: dict[str, Any]) -> dict[str, Any]:
    """A whole answer."""
    return {"status": "success", "data": {"alerts": list(alerts)}}


def overdue(metrics: Metrics) -> None:
    """Two duties of the CRIP."""
    metrics.overdue.labels("civil", "CRIP").set(2)


def served_by(body: bytes, *, hangs: bool = False) -> Serving:
    """A listener that answers this, or waits until it is left."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if hangs:
            await reader.read()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    return handler


async def page_of(console: OpenConsole, lang: str = "en") -> str:
    """The operator's page of alerts."""
    async with console.as_("operator") as browser:
        return (await browser.get(f"/alerts?lang={lang}")).text


async def test_what_both_see_stands_once_and_since_the_earlier(tmp_path: Path) -> None:
    """The console has seen it now, Prometheus an hour ago; what only time shows is Prometheus's."""
    console = OpenConsole(tmp_path, None)
    duty = firing("RelaisDutiesOverdue", realm="civil", role="CRIP")
    fenced = firing("RelaisRouterFenced", realm="civil", partition="3")

    console.watch.take(calm(answer("police", overdue)), heard(said(duty, fenced)))
    shown = await page_of(console)
    console.close()

    assert [(seen.alert.name, int(AT - seen.since)) for seen in console.watch.seen] == [
        ("RelaisRouterFenced", 3599), ("RelaisDutiesOverdue", 3599),
    ]  # fmt: skip
    assert shown.count("Duties of CRIP overdue: 2") == 1
    assert "hold partition 3 of civil" in shown
    assert CANARY not in shown


async def test_another_s_trouble_of_the_same_name_is_another_row(tmp_path: Path) -> None:
    """One role's duties do not hide another's."""
    console = OpenConsole(tmp_path, None)

    console.watch.take(
        calm(answer("police", overdue)),
        heard(said(firing("RelaisDutiesOverdue", realm="civil", role="ASE"))),
    )
    console.close()

    assert len(console.watch.seen) == 2


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_what_a_liar_says_is_not_shown(tmp_path: Path, lang: str) -> None:
    """HTML and names in labels, annotations and names of rules; of another's rule its name alone."""
    console = OpenConsole(tmp_path, None)
    lies = said(
        firing("RelaisNotReady", instance=f"<script>{CANARY}</script>", role=CANARY, child=CANARY),
        firing(f"<img src=x onerror={CANARY}>"),
        firing("NodeDiskFull", instance=CANARY),
    )

    console.watch.take(calm(), heard(lies))
    shown = await page_of(console, lang)
    console.close()

    assert CANARY not in shown
    assert "onerror" not in shown
    assert "NodeDiskFull" in shown
    assert [seen.alert.name for seen in console.watch.seen] == ["RelaisNotReady"]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>", b"[]", b"null", b"{}", b'{"status": "error"}', b"[" * 100_000,
        orjson.dumps(said({"state": "firing"})),
        orjson.dumps(said({**firing("RelaisDown"), "value": "much"})),
        orjson.dumps(said({**firing("RelaisDown"), "activeAt": 7})),
        orjson.dumps(said({**firing("RelaisDown"), "labels": {"alertname": ["RelaisDown"]}})),
        orjson.dumps(said(*[firing("RelaisDown", instance=f"a{n}") for n in range(501)])),
        b" " * (MOST_BYTES + 1),
    ],
    ids=range(12),
)  # fmt: skip
async def test_what_is_no_answer_of_prometheus_is_told_as_such(body: bytes) -> None:
    """A page, an error, too deep, too many, too large: nothing of it is believed."""
    async with served(served_by(body)) as addresses:
        got = await ask_prometheus(addresses["0"])

    assert got == Heard(asked=True, why="unreadable")


async def test_who_hangs_or_is_away_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the console's own alerts stand."""
    monkeypatch.setattr(prometheus_alerts, "ANSWER_S", ANSWER_S)
    console = OpenConsole(tmp_path, None)
    async with served(served_by(b"", hangs=True)) as addresses:
        hangs = await ask_prometheus(addresses["0"])
        away = await ask_prometheus("http://127.0.0.1:1")
    console.watch.take(calm(answer("police", overdue)), hangs)
    shown = await page_of(console)
    console.close()

    assert (hangs.why, away.why) == ("silent", "refused")
    assert "Prometheus does not answer (silent)" in shown
    assert "Duties of CRIP overdue: 2" in shown


async def test_an_answer_is_read_as_it_is_sent() -> None:
    """From the wire; pending alerts are nothing yet, and a share is told as one."""
    memory = firing("RelaisMemoryHigh", "8.5e-01", instance="police", job="agencies")
    pending = {**firing("RelaisDown", instance="police"), "state": "pending"}
    async with served(served_by(orjson.dumps(said(memory, pending)))) as addresses:
        got = await ask_prometheus(f"{addresses['0']}/")

    (seen,) = got.firing
    assert seen.alert.summary("en").startswith("police")
    assert "85%" in seen.alert.summary("en")


async def test_without_an_address_nobody_is_asked(console: OpenConsole) -> None:
    """And the page says what that means."""
    got = await ask_prometheus("")

    assert got == Heard()
    assert "No Prometheus is asked" in await page_of(console)


async def test_drift_is_among_the_console_s_metrics(console: OpenConsole) -> None:
    """Prometheus reads no file: without it `RelaisDriftNotChecked` would fire for ever."""
    metrics = Metrics("console")
    metrics.registry.register(DriftSeen(console.watch))
    before = metrics.page().decode()
    console.watch.take(calm(right_extra=(1, AT)))
    after = metrics.page().decode()

    assert 'relais_drift{kind="topic_missing"}' not in after
    assert 'relais_drift{kind="right_extra"} 1.0' in after
    assert f'relais_drift_checked_seconds{{kind="right_extra"}} {AT:.9g}'[:50] in after
    assert before != after
