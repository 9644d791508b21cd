"""Readiness is progress, not a ping."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from services.platform.ports import Ports, given
from services.platform.process.progress import Pace, ServiceHealth


@pytest.fixture(autouse=True)
def time() -> Iterator[SimpleNamespace]:
    """Monotonic seconds of the service, which a test moves."""
    moved = SimpleNamespace(now=0.0)
    with given(Ports(monotonic=lambda: moved.now)):
        yield moved


def test_a_service_is_not_ready_before_every_loop_has_reported() -> None:
    """Kafka's answer to a ping says nothing of a consumer that has not begun."""
    health = ServiceHealth()
    consumer, _ticker = health.expect("consumer"), health.expect("ticker")

    consumer.report(position=5, lag=0)

    assert health.live()
    assert not health.ready()


def test_a_loop_with_work_that_does_not_move_is_not_ready(time: SimpleNamespace) -> None:
    """A stuck consumer keeps polling at the same position while records wait."""
    health = ServiceHealth()
    consumer = health.expect("consumer", limit_s=30)

    for time.now in (0, 20, 40):
        consumer.report(position=7, lag=12)

    assert not health.ready()
    consumer.report(position=8, lag=11)
    assert health.ready()


def test_a_loop_that_falls_silent_is_not_ready(time: SimpleNamespace) -> None:
    """A loop that hangs reports nothing at all."""
    health = ServiceHealth()
    health.expect("consumer", limit_s=30).report(position=7, lag=0)

    time.now = 31

    assert not health.ready()
    assert health.report()["loops"] == {"consumer": {"stalled": True, "lag": 0}}


def test_after_a_fatal_failure_it_is_neither_live_nor_ready() -> None:
    """A restart is needed; the first cause is the one that is told."""
    health = ServiceHealth()

    health.fail("fenced")
    health.fail("later")

    assert not health.live()
    assert not health.ready()
    assert health.report()["failure"] == "fenced"


def test_a_loop_looks_seldom_while_nothing_comes_and_often_again_from_the_first_on(
    time: SimpleNamespace,
) -> None:
    """Ten seconds after the last thing that came."""
    pace, pauses = Pace(0.2, 1.0), []

    for time.now, seen in ((0, 1), (10, 1), (11, 1), (12, 2), (23, 2)):
        pauses.append(pace.pause(seen))

    assert pauses == [0.2, 0.2, 1.0, 0.2, 1.0]
