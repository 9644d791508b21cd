"""What is asked of every directory ever adopted, and how it is written beside its token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from contracts.keys.directory import Directory, SigningKey
from contracts.vocabulary.schema import router_urn


class DirectoryFacts(NamedTuple):
    """What is asked of every directory that was ever adopted.

    Attributes:
        version: only rises.
        router: kid -> the realm's router's key.
        houses: (role, agency) of its desks.
        mark: of its token among verified values; empty if it is not there.
    """

    version: int
    router: Mapping[str, SigningKey]
    houses: frozenset[tuple[str, str]]
    mark: str = ""


def facts_of(directory: Directory) -> DirectoryFacts:
    """What is asked of a directory even when it was superseded."""
    router = router_urn(directory.realm)
    keys = {kid: key for kid, key in directory.signing.items() if key.owner == router}
    houses = frozenset((desk.role, desk.agency) for desk in directory.desks.values())
    return DirectoryFacts(directory.version, keys, houses)


def written(
    digest: str, facts: DirectoryFacts, pages: Sequence[str], keys: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """A directory's digest, facts, pages and signing keys (`listed_keys.rows_of`) as in JSON."""
    router = [
        [
            key.kid, key.alg, key.owner, key.public.hex(), key.not_before, key.not_after,
            key.reason, key.since, key.term,
        ]
        for key in facts.router.values()
    ]  # fmt: skip
    return {
        "directory": digest, "version": facts.version, "router": router,
        "houses": sorted(facts.houses), "pages": list(pages), "keys": list(keys),
    }  # fmt: skip


def read(told: Mapping[str, Any]) -> DirectoryFacts:
    """The facts as `written` has put them."""
    keys = (
        SigningKey(kid, alg, owner, bytes.fromhex(public), *span)
        for kid, alg, owner, public, *span in told["router"]
    )
    houses = frozenset((role, agency) for role, agency in told["houses"])
    return DirectoryFacts(told["version"], {key.kid: key for key in keys}, houses)
