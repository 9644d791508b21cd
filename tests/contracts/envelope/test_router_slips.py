"""What a router refuses of slips (step 13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import digest, unb64u
from contracts.keys.jose import sign_jws
from tests.contracts.envelope import kit
from tests.contracts.envelope.forge import route, spoil
from tests.contracts.envelope.refusal import refused

# 13. slips


def test_a_cover_without_its_slip() -> None:
    """Nothing is delivered without the desk's own slip."""
    with refused("slip_missing", "cover.to[0].slip"):
        route(replace(kit.wire(kit.sample_issue()), slips=()).inbound())


def test_one_slip_too_many() -> None:
    """Another event's slip rides along."""
    other = kit.sample_issue(seed="other")
    issued = kit.wire(kit.sample_issue())

    with refused("slip_unlisted", "slips"):
        route(replace(issued, slips=(*issued.slips, *other.slips)).inbound())


def test_the_same_slip_twice() -> None:
    """One slip cannot be carried twice."""
    issued = kit.wire(kit.sample_issue())

    with refused("slip_twice", "slips"):
        route(replace(issued, slips=issued.slips * 2).inbound())


def with_slip(change: Callable[[dict[str, Any]], object], typ: str, by: str = "edu-s") -> kit.Wire:
    """An event whose cover names a slip that its issuer signed as he liked."""
    issued = kit.sample_issue()
    claims = issued.claims.wire()
    slip = orjson.loads(unb64u(issued.slips[0].split(".")[1]))
    change(slip)
    token = sign_jws(slip, typ, kit.realm().signers[by])
    claims["to"][0]["slip"] = digest(token)
    cover = sign_jws(claims, "referral-cover+jwt", kit.realm().signers["edu-s"])
    return kit.Wire(claims, cover, (token,), issued.parts)


@pytest.mark.parametrize(
    "change",
    [
        spoil("purpose", "investigate"),
        spoil("aud", "urn:relais:civil:desk:pol"),
        spoil("etype", "SIG"),
        spoil("final", True),
        spoil("declared", {"danger": True}),
        lambda slip: slip.pop("parts"),
        lambda slip: slip["parts"].pop(),
    ],
)
def test_a_slip_that_is_not_the_projection(change: Callable[[dict[str, Any]], object]) -> None:
    """The issuer tells the router one thing and the desk another."""
    with refused("slip_not_projection", "cover.to[0].slip"):
        route(with_slip(change, "referral-slip+jwt").inbound())


@pytest.mark.parametrize(
    ("typ", "by"),
    [
        ("referral-cover+jwt", "edu-s"),
        ("referral-receipt+jwt", "edu-s"),
        ("referral-slip+jwt", "pol"),
    ],
)
def test_a_slip_of_another_type_or_key(typ: str, by: str) -> None:
    """A slip is a slip, by the key that signed the cover."""
    with refused("slip_header", "cover.to[0].slip"):
        route(with_slip(lambda slip: None, typ, by).inbound())


def test_an_altered_slip() -> None:
    """A bit of a slip flipped on the way is another slip."""
    issued = kit.wire(kit.sample_issue())
    changed = issued.slips[0][:-4] + "AAAA"

    with refused("slip_missing", "cover.to[0].slip"):
        route(replace(issued, slips=(changed,)).inbound())
