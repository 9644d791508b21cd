"""The health check of a container, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.platform.process.container_healthcheck import ready


class _Service(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/ready" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where something answers."""
    with HTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("status", "expected"), [(200, True), (503, False)])
def test_a_service_is_ready_if_it_says_so(
    port: int, monkeypatch: pytest.MonkeyPatch, status: int, expected: bool
) -> None:
    """By its own `/ready`, not by an open port."""
    monkeypatch.setattr(_Service, "status", status)

    assert ready(port) is expected


def test_a_service_that_does_not_answer_is_not_ready(port: int) -> None:
    """Nobody listens there."""
    with HTTPServer(("127.0.0.1", 0), _Service) as server:
        free = server.server_port

    assert port != free
    assert not ready(free)
