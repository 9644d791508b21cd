"""What a run computes again and again though it is pure: signatures, and forms of requests.

A service of production starts once a week; here a hundred start within a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import Mock, patch

from fastapi import routing
from fastapi.dependencies.utils import get_dependant

from contracts.keys import ed25519
from services.platform.tree import published_log


class _Key:
    """A public key that knows which signatures it has found good."""

    def __init__(self, key: Any) -> None:
        self._key, self._good = key, set[tuple[bytes, bytes]]()

    def verify(self, signature: bytes, message: bytes) -> None:
        """As `cryptography` does."""
        if (signature, message) not in self._good:
            self._key.verify(signature, message)
            self._good.add((signature, message))


def _keys() -> Callable[[bytes], Any]:
    found = ed25519._key
    return cache(lambda public: (key := found(public)) and _Key(key))


def _dependants() -> Callable[..., Any]:
    """What FastAPI finds in the signature of a route's function, which each life defines anew."""
    known = dict[tuple[str, ...], Any]()

    def found(*, path: str, call: Any, **more: Any) -> Any:
        place = path, call.__module__, call.__qualname__
        if place not in known:
            known[place] = get_dependant(path=path, call=call, **more)
        return replace(known[place], call=call)

    return found


@contextmanager
def remembered() -> Iterator[None]:
    """Compute each of it once while the block lasts."""
    with (
        patch.object(ed25519, "_key", _keys()),
        patch.object(routing, "get_dependant", _dependants()),
        patch.object(published_log, "Timer", Mock()),  # a real thread, which cuts slow connections
    ):
        yield
