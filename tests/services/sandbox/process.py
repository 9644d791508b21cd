"""`relais sandbox` in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

from tests.patience import PATIENCE, until
from tests.samples import concern
from tests.shell import serving


def running(home: Path, *options: str) -> AbstractContextManager[dict[str, Any]]:
    """A sandbox as a newcomer starts it; yields what it printed, ends it by Ctrl-C."""
    return serving(home.with_suffix(".out"), "sandbox", "--port", "0", "--home", home, *options)


def speaking(facts: dict[str, Any], desk: str) -> dict[str, Any]:
    """What makes a client of HTTP a desk's partner system."""
    headers = {"Authorization": f"Bearer {(Path(facts['tokens']) / desk).read_text()}"}
    return {"base_url": facts["url"], "headers": headers, "timeout": PATIENCE, "trust_env": False}


def client(facts: dict[str, Any], desk: str) -> httpx.Client:
    """A desk's partner system."""
    return httpx.Client(**speaking(facts, desk))


def send(http: httpx.Client, reference: str, query: str = "", **headers: str) -> httpx.Response:
    """A concern with a reference."""
    record = concern(reference=reference)
    return http.post(f"/v1/referrals{query}", json=record, headers=headers)


def sent(http: httpx.Client, reference: str, **headers: str) -> str:
    """Where one stands that was taken."""
    return str(send(http, reference, **headers).headers["location"])


def seen(
    http: httpx.Client, path: str, holds: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """An answer, once something holds of it."""
    bodies: list[dict[str, Any]] = [{}]

    def asked() -> object:
        bodies.append(http.get(path).json())
        return holds(bodies[-1])

    until(asked, lambda: bodies[-1])
    return bodies[-1]
