"""What the console believes of what it saw: nothing, where it had no turn to hear the answers."""

from __future__ import annotations

import pytest

from services.console.drift_seen import DriftSeen
from services.console.watch import ConsoleWatch
from services.operate.status.ask import Answer
from services.operate.status.state import FederationState
from services.platform.process.metrics import Metrics
from tests.services.operate.status.pages import AT, answer, calm

pytestmark = pytest.mark.anyio

POLICE = Answer("police", "http://127.0.0.1:2", None, why="silent")


@pytest.mark.parametrize(
    ("own", "alerts"),
    [
        (answer("console"), ["police"]),
        (Answer("console", "http://127.0.0.1:3", None, why="late"), []),
    ],
)
async def test_a_look_by_a_console_that_had_no_turn_to_hear_raises_no_alarm(
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


def _routed(*seconds: float) -> FederationState:
    def fill(metrics: Metrics) -> None:
        for agency in ("police", "made-up"):
            for delay in seconds:
                metrics.delay.labels("civil", agency).observe(delay)

    return calm(answer("routing-civil-0", fill))


@pytest.mark.parametrize(
    ("delays", "within"),
    [
        ([0.07] * 19 + [3], 0.1),
        ([0.07] * 5 + [3], 5.0),
        ([0.07] * 5 + [30], float("inf")),
        ([], None),
    ],
)
def test_how_long_nine_of_ten_waited_is_told_of_what_was_counted_since(
    delays: list[float], within: float | None
) -> None:
    """Of the last ten minutes alone, by agency; one that a service makes up is not heard."""
    watch, before = ConsoleWatch(_never), [8.0] * 100
    watch.take(_routed(*before))
    watch.take(_routed(*before, *delays))

    assert watch.within(0.9, agency="police") == within
    assert watch.within(0.9, agency="made-up") is None


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
