"""Equal values held once: an agency keeps each event's end, and they are much alike.

Of ten thousand reports most have the same addressee, the same clauses and the same duties. Kafka's
bytes give a new object for each; a fold that kept those would grow by three times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from contracts.encoding import canonical

MOST: Final = 4096  # different values; of more, the ones used least are held again

Realms = frozenset[str]


def shared(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An equal JSON object, the same one for all that are equal: never to be changed."""
    # A copy: what orjson returns goes on holding 4 KB, however short it is.
    return _parsed(memoryview(canonical(value)).tobytes())


@lru_cache(maxsize=MOST)
def _parsed(text: bytes) -> Mapping[str, Any]:
    value: dict[str, Any] = orjson.loads(text)
    return value


@lru_cache(maxsize=MOST)
def same(kids: tuple[str, ...]) -> tuple[str, ...]:
    """Equal key ids, the same ones for all that are equal: of a week a desk has three."""
    return kids


@lru_cache(maxsize=MOST)
def realms(known: Realms, realm: str) -> Realms:
    """A set with one more realm, the same one each time."""
    return known | {realm}
