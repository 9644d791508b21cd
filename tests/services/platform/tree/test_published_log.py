"""A log at an address whose server does not mean well."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from services.platform.process.exit_codes import UnreachableError
from services.platform.tree import published_log
from services.platform.tree.published_log import LogOverHttp
from tests.patience import PATIENCE


@pytest.fixture
def dripping() -> Iterator[tuple[str, threading.Event]]:
    """A server that sends a header byte by byte: its address, and whether it was cut off."""
    cut, until = threading.Event(), time.monotonic() + PATIENCE
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        caller, _ = door.accept()
        with caller:
            caller.recv(4096)
            caller.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            try:
                while time.monotonic() < until:
                    caller.sendall(b"a")
                    time.sleep(0.05)
            except OSError:
                cut.set()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}", cut
    thread.join()
    door.close()


def test_a_server_that_drips_its_answer_is_cut_off(
    dripping: tuple[str, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never silent, and its header never ends: the time for a file is up all the same."""
    monkeypatch.setattr(published_log, "WHOLE_S", 0.3)
    address, cut = dripping
    files = LogOverHttp(address)

    with pytest.raises(UnreachableError, match="log_not_there"):
        files.read("checkpoint")

    files.close()
    assert cut.wait(PATIENCE)
