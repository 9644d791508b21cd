"""Starting and stopping: bounded, with its exit codes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import closing
from unittest.mock import Mock

import pytest

from services.platform.kafka.connection.wait import wait_for_kafka
from services.platform.process.exit_codes import (
    GOOD,
    UNREACHABLE,
    UnreachableError,
    exit_code,
    run,
    sigterm_raises,
)


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
