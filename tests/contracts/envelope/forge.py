"""Small tools of an attacker, shared by the router's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.envelope.event import Published
from contracts.envelope.verify import verify_published
from contracts.envelope.wire import Inbound
from tests.contracts.envelope import kit


def route(inbound: Inbound, **context: Any) -> Published:
    """Verify as the civil router at NOW."""
    return verify_published(inbound, kit.router_context(**context))


def spoil(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set one claim."""
    return lambda claims: claims.__setitem__(name, value)


def both(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set one field of the first addressee."""
    return lambda claims: claims["to"][0].__setitem__(name, value)
