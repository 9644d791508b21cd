"""A desk consents to its end by its own keys: the directory's keeper lists one in vain."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import pytest

from contracts.keys import keyring
from contracts.keys.keyring import Signer
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from contracts.log.orders.succession import DAY_S, SUCCESSION, sign_consent, succession
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.contracts.log.bus import OWNER, begun

pytestmark = pytest.mark.slow

DESK, HEIR = desk_urn("civil", "home-1"), desk_urn("civil", "home-2")
OWN: Final = kit.realm("civil").signers["home-1"]
LATER: Final = kit.signer(DESK, "home-1-s2")
START: Final = kit.NOW + 60
TERM: Final = kit.NOW + 800 * kit.DAY  # of every key of the kit

Ends = Mapping[str, Any]
SUPERSEDED: Final[Ends] = {"revoked": kit.NOW, "reason": "superseded"}
STOLEN: Final[Ends] = {"revoked": kit.NOW, "reason": "stolen", "since": kit.NOW - 60}


def listing(
    registry: Registry,
    ends: Ends = MappingProxyType({}),
    *,
    own: bool = True,
    version: int = 2,
    at: int = 0,
) -> Registry:
    """A registry that has read a directory where a later key is the desk's too."""
    here = kit.realm("civil")
    payload = copy.deepcopy(here.payload)
    payload |= {"version": version, "iat": at or payload["iat"]}
    (row,) = [row for row in payload["desks"] if row["desk"] == DESK]
    row["signing"][0] |= ends
    row["signing"].append(kit.signing_row(LATER))
    if not own:
        row["signing"] = row["signing"][1:]
        del row["encryption"]
    token = keyring.sign_directory(payload, here.keeper)
    value = make_order(
        "civil", "adopt_directory", {"directory": token}, last=registry.last, start=kit.NOW,
        signers=[OWNER]
    )  # fmt: skip
    assert registry.extend([value]) == []
    return registry


def end(registry: Registry, *signers: Signer, start: int = START) -> list[str]:
    """Codes by which an order is rejected that has the consent of these keys."""
    bare = succession(DESK, [HEIR], start + 30 * DAY_S)
    consent = sign_consent("civil", bare, start, *signers)
    value = make_order(
        "civil", SUCCESSION, {**succession(DESK, [HEIR], bare["until"], consent)},
        last=registry.last, start=start, signers=[OWNER],
    )  # fmt: skip
    return registry.extend([value])


def test_a_key_that_the_keeper_lists_as_the_desks_consents_to_nothing_alone() -> None:
    """Whatever he says of the one before: that it has ended, was stolen, or nothing."""
    for said in ({}, SUPERSEDED, STOLEN):
        registry = listing(begun("civil").copy(), said)

        assert end(registry, LATER) == ["consent_wrong"]
        assert "home-1-s1 beside it" in registry.why["consent_wrong"]


def test_a_key_that_the_keeper_leaves_out_is_waited_for_all_the_same() -> None:
    """Also once he has listed his own often, and by an order set back to before them."""
    registry = listing(begun("civil").copy(), own=False)
    listing(registry, own=False, version=3)

    assert end(registry, LATER) == ["consent_wrong"]
    assert end(registry, LATER, start=kit.NOW - 400 * DAY_S) == ["nothing_adopted"]
    assert end(registry, LATER, start=kit.NOW - 3600) == ["consent_wrong"]


def test_a_desk_whose_key_follows_another_consents_by_both() -> None:
    """While both are valid, and while the older one has only been said to have ended."""
    for said in ({}, SUPERSEDED):
        assert end(listing(begun("civil").copy(), said), OWN, LATER) == []


def test_an_older_key_alone_consents_while_it_is_valid_and_no_longer() -> None:
    """Whoever finds one that was superseded years ago does not end a desk by it."""
    assert end(listing(begun("civil").copy()), OWN) == []
    assert end(listing(begun("civil").copy(), SUPERSEDED), OWN) == ["consent_wrong"]


def test_a_consent_that_was_never_used_ends_with_its_key() -> None:
    """It was to begin while the key was valid; the order comes after a later directory."""
    ended, begins = {"revoked": START + 7 * DAY_S, "reason": "superseded"}, START + 1
    before = listing(begun("civil").copy(), ended, at=START + 7 * DAY_S - 1)
    after = listing(before.copy(), ended, version=3, at=START + 7 * DAY_S)

    assert end(before, OWN, start=begins) == []
    assert end(after.copy(), OWN, start=begins) == ["consent_wrong"]
    assert end(after, OWN, LATER, start=begins) == []


def test_a_key_is_waited_for_to_the_term_that_it_has_signed_itself() -> None:
    """Then nobody has it, and the one that followed it speaks for the desk alone."""
    here, registry = kit.realm("civil"), begun("civil").copy()
    payload = copy.deepcopy(here.payload)
    payload["version"] += 1
    (row,) = [row for row in payload["desks"] if row["desk"] == DESK]
    row["signing"].append(
        keyring.signing_entry(LATER, LATER.public, DESK, kit.NOW, TERM + 900 * kit.DAY)
    )
    value = make_order(
        "civil", "adopt_directory", {"directory": keyring.sign_directory(payload, here.keeper)},
        last=registry.last, start=kit.NOW, signers=[OWNER],
    )  # fmt: skip
    assert registry.extend([value]) == []

    assert end(registry.copy(), LATER, start=TERM - 1) == ["consent_wrong"]
    assert end(registry, LATER, start=TERM) == []
