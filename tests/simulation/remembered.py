"""What a run computes again and again though it is pure: signatures, orders, forms.

A service of production starts once a week; here a hundred start within a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, patch

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from fastapi import routing
from fastapi.dependencies.utils import get_dependant
from fastapi.utils import create_model_field

from contracts.keys import ed25519
from contracts.log.orders import registry
from contracts.log.orders.order import signed_payload
from contracts.proof import note_keys
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


def _once(compute: Callable[..., Any], place_of: Callable[..., Any]) -> Callable[..., Any]:
    """The same, computed once for each place; what it raises it raises each time."""
    known = dict[Any, Any]()

    def computed(*args: Any, **more: Any) -> Any:
        if (place := place_of(*args, **more)) not in known:
            known[place] = compute(*args, **more)
        return known[place]

    return computed


def _ed25519() -> Any:
    found = ed25519._key
    return cache(lambda public: (key := found(public)) and _Key(key))


def _mldsa() -> Any:
    read = MLDSA44PublicKey.from_public_bytes
    return SimpleNamespace(from_public_bytes=cache(lambda public: _Key(read(public))))


def _orders() -> Any:
    def place_of(value: bytes, owners: Any, quorum: Any) -> Any:
        keys = [(kind, *some.items()) for kind, some in owners.items()]
        return value, *keys, *quorum.items()

    return _once(signed_payload, place_of)


def _dependants() -> Any:
    """What FastAPI finds in the signature of a route's function, which each life defines anew."""
    found = _once(get_dependant, lambda path, call, **_: (path, call.__module__, call.__qualname__))
    return lambda *, call, **more: replace(found(call=call, **more), call=call)


def _answers() -> Any:
    return _once(create_model_field, lambda **given: tuple(given.items()))


@contextmanager
def remembered() -> Iterator[None]:
    """Compute each of it once while the block lasts."""
    changes: list[tuple[Any, str, Any]] = [
        (ed25519, "_key", _ed25519()),
        (note_keys, "MLDSA44PublicKey", _mldsa()),
        (registry, "signed_payload", _orders()),
        (routing, "get_dependant", _dependants()),
        (routing, "create_model_field", _answers()),
        (published_log, "Timer", Mock()),  # by which a real thread cuts a slow connection
    ]
    with ExitStack() as stack:
        for change in changes:
            stack.enter_context(patch.object(*change))
        yield
