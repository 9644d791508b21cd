"""Services get the ports that they had, where these are free."""

from __future__ import annotations

import socket
from contextlib import closing

from services.play.kafka.ports import FIRST, choose


def listening() -> socket.socket:
    """A port that somebody else listens on."""
    return socket.create_server(("127.0.0.1", 0))


def test_a_known_port_that_is_taken_is_replaced() -> None:
    """Somebody else came meanwhile: the service moves, the others stay."""
    with closing(listening()) as other:
        taken = other.getsockname()[1]

        chosen = choose(["a", "b"], {"a": taken, "b": FIRST + 500})

    assert chosen["a"] != taken
    assert chosen["b"] == FIRST + 500
