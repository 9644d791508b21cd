"""The inbox cursor: a vector of offsets by realm and partition, authenticated, opaque to callers.

A cursor says from where each partition is still to be read. It is bound to its desk and to the
agency's secret: one that was altered, or another desk's, is refused rather than believed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from contracts.encoding import b64u, canonical, derive, mac, parse, unb64u
from contracts.errors import EnvelopeError
from services.platform.http.problems import ProblemError

_LIMIT: Final = 4096  # bytes; twelve offsets need about 150
_TAG: Final = 16  # bytes of HMAC-SHA-256 that are kept
_LABEL: Final = "inbox-cursor-2"

Offsets = dict[tuple[str, int], int]  # (realm, partition) -> next offset to read


def write(secret: bytes, desk: str, offsets: Mapping[tuple[str, int], int]) -> str:
    """The cursor text for a desk."""
    vector: dict[str, dict[str, int]] = {}
    for (realm, partition), offset in offsets.items():
        vector.setdefault(realm, {})[str(partition)] = offset
    text = b64u(canonical(vector))
    return f"{text}.{b64u(_tag(secret, desk, text))}"


def read(secret: bytes, desk: str, cursor: str) -> Offsets:
    """The offsets of a cursor that this service wrote for this desk."""
    text, _, tag = cursor.partition(".")
    try:
        genuine = hmac.compare_digest(unb64u(tag), _tag(secret, desk, text))
        vector = parse(unb64u(text), limit=_LIMIT) if genuine else None
    except (EnvelopeError, UnicodeEncodeError):
        vector = None
    if vector is None:
        raise ProblemError(
            400, "cursor_not_ours", "another cursor", "one from an answer to this desk"
        )
    return {
        (realm, int(partition)): offset
        for realm, offsets in vector.items()
        for partition, offset in offsets.items()
    }


def _tag(secret: bytes, desk: str, text: str) -> bytes:
    return mac(derive(secret, _LABEL), desk, text)[:_TAG]
