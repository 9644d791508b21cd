"""A service's end is bounded, with its exit code; the last line of its log says why."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from services.platform.kafka.connection.wait import wait_for_kafka
from services.platform.process.exit_codes import (
    GOOD,
    UNREACHABLE,
    FencedError,
    UnreachableError,
    exit_code,
    run,
    sigterm_raises,
)
from services.platform.service import run_service
from services.platform.settings import RoutingSettings
from tests.services.platform.process.test_logs import stream
from tests.shell import lines_of

__all__ = ["stream"]  # a fixture: logging is put back afterwards
pytestmark = pytest.mark.usefixtures("stream")


async def stopped(stop: asyncio.Event) -> None:
    """What an operator stops."""
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()


async def fenced(_stop: asyncio.Event) -> None:
    """Another process has its shard."""
    raise FencedError("fenced", "an older epoch", "the newest")


async def broken(_stop: asyncio.Event) -> None:
    """A fault of ours whose text quotes a child's name."""
    raise KeyError("Léa")


@pytest.mark.parametrize(
    ("main", "expected"),
    [(stopped, ("stopped", 0)), (fenced, ("fenced", 4)), (broken, ("KeyError", 1))],
)
def test_the_last_line_of_a_service_s_log_says_why_it_ended(
    main: object, expected: tuple[str, int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whether it was stopped, gave way or failed; nothing comes after it, and no value is in it."""
    given = {"realm": "civil", "kafka": "127.0.0.1:1", "home": tmp_path}

    code = run_service("routing", RoutingSettings, lambda _: main, **given)  # type: ignore[arg-type, return-value]

    written = "".join(capfd.readouterr())
    last = lines_of(written)[-1]
    assert (last["event"], last["code"], last["exit"]) == ("ended", *expected)
    assert code == expected[1]
    assert "Léa" not in written


def test_a_service_with_a_wrong_setting_says_so_in_its_last_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Before anything else is known of it."""
    code = run_service("routing", RoutingSettings, lambda _: stopped, realm="none")

    last = lines_of(capfd.readouterr().out)[-1]
    assert (last["event"], last["code"], last["exit"]) == ("ended", "setting_wrong", 2)
    assert code == 2


@pytest.mark.parametrize("listens", [False, True])
def test_waiting_for_a_kafka_that_never_comes_ends_with_code_3(listens: bool) -> None:
    """Nobody is there, or a listener that is no Kafka: an open port alone proves nothing."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listens:
            other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"

        with pytest.raises(UnreachableError, match="kafka_unreachable") as error:
            run(lambda _stop: wait_for_kafka(address, limit_s=0.3))

    assert exit_code(error.value) == UNREACHABLE


def test_a_second_signal_ends_a_service_that_does_not_stop() -> None:
    """An operator is not left waiting for a transaction that hangs."""

    async def hang(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(600)

    assert run(hang) == GOOD


def test_sigterm_of_a_command_runs_its_cleaning_up() -> None:
    """A replay that is stopped leaves nothing behind, and does not say that the log is clean."""
    broker = Mock()

    with pytest.raises(SystemExit) as ended, sigterm_raises(), closing(broker):
        signal.raise_signal(signal.SIGTERM)

    broker.close.assert_called_once_with()
    assert ended.value.code == 128 + signal.SIGTERM
