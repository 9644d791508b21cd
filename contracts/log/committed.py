"""What a record says that it sent, and whether a receipt or notice is of it (log §2, `outs`).

The leaf that a receipt names says which record it belongs to; that the record speaks of this
receipt, and not of another event, `outs` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.encoding import b64u, canonical, json_object, sha256


def out_of(claims: Mapping[str, Any]) -> str:
    """What its record has in `outs` of a message: the digest of its claims without `dec`."""
    return b64u(sha256(canonical({name: said for name, said in claims.items() if name != "dec"})))


def outs_of(record: bytes) -> list[Any]:
    """What a record says that it sent; nothing, of what is no record."""
    outs = json_object(record).get("outs")
    return outs if isinstance(outs, list) else []
