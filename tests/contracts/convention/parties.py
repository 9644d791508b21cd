"""The parties of the tests' conventions: one key each, and what all of them sign."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from contracts.convention.load import load
from contracts.convention.signing import party_urn, sign_convention
from contracts.keys.keyring import MemorySigner
from tests.contracts.envelope import kit

PARTIES: Final = (
    "education", "police", "justice", "child_welfare", "association", "hospital", "snated", "uaped",
)  # fmt: skip


def signer_of(party: str) -> MemorySigner:
    """A party's key, always the same."""
    return kit.signer(party_urn(party), f"{party.replace('_', '-')}-1")


PINNED: Final = kit.pinned(*map(signer_of, PARTIES))


@cache
def signatures(text: bytes, parties: Iterable[str] = ()) -> tuple[str, ...]:
    """A convention's signatures by some of its parties, by all if none is named."""
    convention = load(text)
    chosen = tuple(parties) or convention.parties
    return tuple(sign_convention(convention, party, signer_of(party)) for party in chosen)


def adoption(text: bytes, parties: Iterable[str] = ()) -> dict[str, Any]:
    """The content of an order that adopts a convention."""
    return {"convention": text.decode(), "signatures": list(signatures(text, tuple(parties)))}
