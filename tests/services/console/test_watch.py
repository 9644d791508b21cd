"""What the console believes of what it saw: nothing, where it had no turn to hear the answers."""

from __future__ import annotations

import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.console.facts import flow, overview
from services.console.flow_map import FlowRow
from services.console.watch import ConsoleWatch, DriftSeen
from services.operate.status.ask import Answer
from services.operate.status.state import FederationState, federation
from services.platform.process.metrics import Metrics
from tests.services.operate.status.pages import AT, CALM, answer, calm, router

POLICE = Answer("police", "http://127.0.0.1:2", None, why="silent")


@pytest.mark.parametrize(
    ("own", "alerts"),
    [
        (answer("console"), ["police"]),
        (Answer("console", "http://127.0.0.1:3", None, why="late"), []),
    ],
)
async def test_a_look_without_a_turn_to_hear_raises_no_alarm(
    own: Answer, alerts: list[str]
) -> None:
    """A busy machine must not show a federation as down that runs."""
    looks = [calm(POLICE, own)]

    async def look() -> FederationState:
        return looks.pop()

    watch = ConsoleWatch(look)
    await watch.look()

    assert [seen.alert.who for seen in watch.seen] == alerts
    assert (watch.state is None) is (not alerts)


async def test_looks_are_rare_while_nobody_reads_and_a_reader_sees_what_is_so_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page is not older than two looks, however long nobody has asked; nor asked for twice."""

    async def look() -> FederationState:
        return calm(POLICE)

    watch, seen = ConsoleWatch(look), []
    for at in (100.0, 105.0, 3700.0, 3701.0):
        monkeypatch.setattr("services.console.watch.monotonic", lambda at=at: at)
        await watch.for_reader()
        seen.append(watch.number)

    assert seen == [1, 1, 2, 2]


def test_what_flowed_is_summed_over_shards_by_institution() -> None:
    """A shard of each bus counts; an institution that a service makes up is not heard."""

    def routed(metrics: Metrics) -> None:
        counted = ("police", "decided"), ("police", "refused"), ("made-up", "decided")
        for agency, outcome in counted:
            metrics.routed.labels("civil", agency, outcome).inc(2)
        metrics.delivered.labels("civil", "police").inc()

    shards = calm(answer("routing-civil-0", routed), answer("routing-criminal-0", routed))

    rows = {row.name: row for row in flow(shards, "en")}

    assert rows["police"] == FlowRow("police", 4, 4, 2)
    assert not any(row.decided for name, row in rows.items() if name != "police")
    assert len(rows) == len(AGENCIES)


def test_of_a_bus_whose_router_is_stopped_nothing_is_said_to_have_flowed() -> None:
    """No nought where nobody answers: neither of events nor of shards."""
    watch = ConsoleWatch(_never)
    watch.take(federation(AT, [router("criminal")], CALM, {}, {}, 0))
    shown = overview(watch, "operator", "en")

    assert not shown["flow"]
    assert "civil bus: no router answers" in str(shown["parts"])
    assert "0 of 0" not in str(shown["parts"])


async def _never() -> FederationState:
    raise OSError


def test_drift_is_among_the_console_s_metrics() -> None:
    """Prometheus reads no file: without it `RelaisDriftNotChecked` would fire for ever."""
    watch, metrics = ConsoleWatch(_never), Metrics("console")
    metrics.registry.register(DriftSeen(watch))
    before = metrics.page().decode()
    watch.take(calm(right_extra=(1, AT)))
    after = metrics.page().decode()

    assert 'relais_drift{kind="right_extra"}' not in before
    assert 'relais_drift{kind="topic_missing"}' not in after
    assert 'relais_drift{kind="right_extra"} 1.0' in after
    assert 'relais_drift_checked_seconds{kind="right_extra"}' in after
