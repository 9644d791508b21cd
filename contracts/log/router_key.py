"""Which keys of the router may sign a record, by the directory in force at its instant (log §3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.decision.state import Tail
from contracts.errors import LogError
from contracts.keys.directory import SigningKey
from contracts.log.orders import Registry
from contracts.vocabulary.schema import router_urn

SUPERSEDED: Final = "superseded"


def check_router_key(kid: object, tail: Tail, registry: Registry, realm: str) -> SigningKey:
    """The router's key of this id, by the directory in force and at the instant of the log's tail.

    Raises:
        LogError: `signature_wrong`: there is none, it is another's, or not valid then.
    """
    is_known = tail.dird in registry.directories
    if tail.dird and not is_known:  # such as an older release has it of a newer one's
        raise LogError("signature_wrong", "a directory that is not read here", "one on control")
    keys = registry.directories.facts(tail.dird).router if is_known else {}
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None or key.owner != router_urn(realm):
        raise LogError("signature_wrong", "another key", "the realm's router")
    if not key.not_before <= tail.at < key.not_after:
        raise LogError("signature_wrong", "a key not valid then", "a valid key of the router")
    return key


def check_succession(keys: Iterable[SigningKey], tail: Tail, registry: Registry) -> None:
    """No key of the router signs alone while the one that it follows is valid (log §3.2).

    Args:
        keys: that have signed the record that `tail` ends with.

    Raises:
        LogError: `signature_wrong`.
    """
    signed = {key.kid: key.not_before for key in keys}
    if not signed:
        return
    newest = max(signed.values())
    for key in registry.directories.facts(tail.dird).router.values():
        followed = key.reason == SUPERSEDED and key.not_before < newest
        if followed and key.not_before <= tail.at < key.not_after and key.kid not in signed:
            expected = f"{key.kid} beside it until it ends"
            raise LogError("signature_wrong", "a key that signs alone", expected)
