"""Starting and stopping: bounded, with its exit codes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest

from contracts.errors import UsageError
from services.platform.kafka.connection.wait import wait_for_kafka
from services.platform.process.exit_codes import (
    FENCED,
    GOOD,
    REPLACED,
    UNREACHABLE,
    WRONG_USE,
    FencedError,
    ReplacedError,
    UnreachableError,
    exit_code,
    run,
    sigterm_raises,
)


def test_waiting_for_a_kafka_that_never_comes_ends_with_code_3() -> None:
    """Nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(UnreachableError) as error:
            run(lambda _stop: wait_for_kafka(address, limit_s=0.3))

    assert exit_code(error.value) == UNREACHABLE


def test_a_listener_that_is_no_kafka_is_not_taken_for_one() -> None:
    """An open port alone proves nothing."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()

        with pytest.raises(UnreachableError, match="kafka_unreachable"):
            asyncio.run(wait_for_kafka(f"127.0.0.1:{deaf.getsockname()[1]}", limit_s=0.5))


def test_each_kind_of_end_has_its_exit_code() -> None:
    """A supervisor tells them apart by number."""
    assert exit_code(UsageError("x")) == WRONG_USE
    assert exit_code(UnreachableError("x")) == UNREACHABLE
    assert exit_code(FencedError("x")) == FENCED
    assert exit_code(ReplacedError("layout_differs")) == REPLACED


def test_sigterm_lets_a_service_finish_and_is_a_good_end() -> None:
    """What is in hand is finished before the process ends."""
    finished = []

    async def serve(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        finished.append("batch")

    assert run(serve) == GOOD
    assert finished == ["batch"]


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
    cleaned = []

    def command() -> None:
        with sigterm_raises():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.pause()
            finally:
                cleaned.append("broker")

    with pytest.raises(SystemExit) as ended:
        command()

    assert cleaned == ["broker"]
    assert ended.value.code == 128 + signal.SIGTERM
