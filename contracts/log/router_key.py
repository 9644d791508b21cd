"""Which keys of the router may sign a record, by the directory of its instant (log §3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress, count
from typing import Final

from contracts.decision.state.state import Tail
from contracts.errors import LogError
from contracts.keys.directory import SigningKey
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import router_urn

STOLEN: Final = "stolen"


def check_router_key(kid: object, tail: Tail, registry: Registry, realm: str) -> SigningKey:
    """The router's key of this id, by the directory in force and at the instant of the log's tail.

    Raises:
        LogError: `signature_wrong`: there is none, it is another's, or not valid then.
    """
    is_known = tail.dird in registry.directories
    if tail.dird and not is_known:
        raise LogError("signature_wrong", "a directory that is not read here", "one on control")
    keys = registry.directories.head(tail.dird).signing if is_known else {}
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None or key.owner != router_urn(realm):
        raise LogError("signature_wrong", "another key", "the realm's router")
    if not key.not_before <= tail.at < key.not_after:
        raise LogError("signature_wrong", "a key not valid then", "a valid key of the router")
    return key


def check_succession(keys: Iterable[SigningKey], tail: Tail, registry: Registry) -> None:
    """No key of the router signs without those listed before it while valid (log §3.2).

    By what the directories have listed, not by what the last says of it: whoever keeps that would
    let a key of his own sign alone. One that was stolen is waited for no more.

    Args:
        keys: that have signed the record that `tail` ends with.

    Raises:
        LogError: `signature_wrong`.
    """
    signed = {key.kid: key for key in keys}
    if not signed:
        return
    listed = registry.directories.head(tail.dird).signing.values()
    missing = [
        key
        for key in listed
        if key.not_before <= tail.at < key.not_after
        and key.kid not in signed
        and key.reason != STOLEN
    ]
    if not missing:
        return
    newest = max(_since(key, tail.at, registry) for key in signed.values())
    for key in missing:
        if _since(key, tail.at, registry) < newest:
            expected = f"{key.kid} beside it until it ends"
            raise LogError("signature_wrong", "a key that signs alone", expected)


def _since(key: SigningKey, at: int, registry: Registry) -> tuple[int, int]:
    """With which directory that was in force a key was first listed, and when it begins."""
    rows = (registry.directories.head(dird).signing.get(key.kid) for _, dird in registry.eras(at))
    held = (row is not None and row.public == key.public for row in rows)
    return next(compress(count(), held), len(registry.orders)), key.not_before
