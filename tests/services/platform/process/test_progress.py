"""Readiness is progress, not a ping; metrics have a closed set of labels, and tell memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from services.platform.ports import Ports, given
from services.platform.process import metrics
from services.platform.process.metrics import LABELS, Metrics
from services.platform.process.progress import Pace, ServiceHealth

MIB = 1 << 20


@pytest.fixture(autouse=True)
def time() -> Iterator[SimpleNamespace]:
    """Monotonic seconds of the service, which a test moves."""
    moved = SimpleNamespace(now=0.0)
    with given(Ports(monotonic=lambda: moved.now)):
        yield moved


@pytest.mark.parametrize(
    ("reports", "at", "ready"),
    [
        ([], 0, False),  # Kafka's answer to a ping says nothing of a consumer that has not begun
        ([(0, 7, 0)], 30, True),
        ([(0, 7, 0)], 31, False),  # a loop that hangs reports nothing at all
        ([(0, 7, 12), (20, 7, 12), (40, 7, 12)], 40, False),  # it polls on while records wait
        ([(0, 7, 12), (40, 8, 11)], 40, True),
    ],
)
def test_a_service_is_ready_while_every_loop_gets_on(
    time: SimpleNamespace, reports: list[tuple[int, int, int]], at: int, ready: bool
) -> None:
    """By position, or by nothing left to do, within its limit."""
    health = ServiceHealth()
    consumer = health.expect("consumer", limit_s=30)
    health.expect("ticker").report(0, 0)
    for time.now, position, lag in reports:
        consumer.report(position, lag)

    time.now = at
    health.loops["ticker"].report(0, 0)

    assert (health.live(), health.ready()) == (True, ready)


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


def test_no_metric_has_a_label_that_could_name_a_person_or_a_case() -> None:
    """All are from the closed list; a desk by what a directory says of it, or by a flood."""
    registry = CollectorRegistry()
    shown = vars(Metrics("routing", registry))

    labels = {name: set(getattr(one, "_labelnames", ())) for name, one in shown.items()}
    names = set[str]().union(*labels.values())

    assert names <= LABELS | {"service"}
    assert not names & {"case", "sub", "jti", "iss", "name", "path"}
    assert [name for name in labels if "desk" in labels[name]] == ["desks_closed", "cases_opened"]


def test_a_containers_limit_is_found(tmp_path: Path) -> None:
    """A container sees its own control group as the root."""
    (tmp_path / "memory.max").write_text(f"{320 * MIB}\n")

    assert metrics.limit(tmp_path) == 320 * MIB


def test_every_service_tells_what_it_takes_and_what_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the standard name, and by ours; without a limit the second has no sample."""
    pages = []
    for number in (320 * MIB, None):
        monkeypatch.setattr(metrics, "limit", lambda number=number: number)
        pages.append(Metrics("routing").page().decode().splitlines())

    for page in pages:
        rows = [row for row in page if row.startswith("process_resident_memory_bytes ")]
        assert float(rows[0].split()[1]) > MIB
    assert "relais_memory_limit_bytes 3.3554432e+08" in pages[0]
    assert not [row for row in pages[1] if row.startswith("relais_memory_limit_bytes ")]
