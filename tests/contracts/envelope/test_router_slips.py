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


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda slips: (), "slip_missing", "cover.to[0].slip"),
        (lambda slips: (*slips, *kit.sample_issue(seed="other").slips), "slip_unlisted", "slips"),
        (lambda slips: slips * 2, "slip_twice", "slips"),
        (lambda slips: (slips[0][:-4] + "AAAA",), "slip_missing", "cover.to[0].slip"),
    ],
    ids=["none", "another event's beside it", "twice", "altered"],
)
def test_each_desk_has_its_own_slip_once(
    change: Callable[[tuple[str, ...]], tuple[str, ...]], code: str, place: str
) -> None:
    """What the cover names, unaltered, and nothing beside it."""
    issued = kit.wire(kit.sample_issue())

    with refused(code, place):
        route(replace(issued, slips=change(issued.slips)).inbound())


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
