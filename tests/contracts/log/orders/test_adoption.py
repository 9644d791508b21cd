"""A convention comes into force signed by its quorum, in its turn, at its hour; or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.convention.signing import TYP, sign_convention
from contracts.conventions import SECOND, read, shipped
from contracts.encoding import b64u, sha256
from contracts.envelope.wire import Inbound
from contracts.errors import LogError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import sign_jws
from contracts.log.orders.registry import Registry
from contracts.vocabulary.conditions import Declared
from tests.contracts.convention.amended import amended
from tests.contracts.convention.kit import following
from tests.contracts.convention.parties import PINNED, adoption, signatures, signer_of
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused
from tests.contracts.log.first_orders import begun, next_order, owners
from tests.contracts.log.routed import CONVD, Bus, said, to

FIRST, NEXT = shipped(), read(SECOND)
NEXT_CONVD = b64u(sha256(NEXT))
OTHERS = ("education", "police", "justice", "child_welfare")  # all but the association
ALL = (*OTHERS, "association")
LINE = "  association: {fr: Associations partenaires, en: Partner associations}\n"
HOSPITAL = "  hospital: {fr: Hôpital, en: Hospital}\n"


def given(registry: Registry, content: dict[str, Any], start: int = kit.NOW) -> list[str]:
    """An order that its owner signed; the codes with which it is rejected."""
    return registry.extend(next_order(registry, "adopt_convention", content, start))


def token(typ: str = TYP, **changes: Any) -> str:
    """The police's signature of the second version, with other claims."""
    claims = {"convd": NEXT_CONVD, "party": "police", "version": 2}
    return sign_jws(claims | changes, typ, signer_of("police"))


def signed(*tokens: str) -> dict[str, Any]:
    """An order of the second version with these signatures."""
    return {"convention": NEXT.decode(), "signatures": tokens}


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ({"convention": NEXT.decode()}, "convention_not_signed", "all 7 parties"),
        (signed(), "convention_not_signed", "no signature"),
        (adoption(NEXT, OTHERS), "convention_half_signed", "missing association"),
        ({"convention": NEXT.decode(), "signatures": "all"}, "order_malformed", "a list"),
        (signed(*signatures(FIRST)), "other_convention", NEXT_CONVD),
        (signed(sign_convention(load(NEXT), "police", signer_of("education"))),
         "party_not_owner", "police"),
        (signed(token(party="hospital")), "unknown_party", "police"),
        (signed(token(version=1)), "other_version", "2"),
        (signed(token(iat=1)), "signature_not_closed", "convd, party, version"),
        (signed(token("referral-cover+jwt")), "wrong_typ", TYP),
        (signed(token()[:-86] + "A" * 86), "bad_signature", "signature"),
    ],
)  # fmt: skip
def test_a_version_that_its_quorum_has_not_signed_is_refused(
    content: dict[str, Any], code: str, said: str
) -> None:
    """With the parties that are missing; what was in force stays, until all have signed."""
    registry = begun()

    assert given(registry, content) == [code]
    assert said in registry.why[code]
    registry.check_first()
    assert registry.in_force(kit.NOW)[0] == CONVD
    assert NEXT_CONVD not in registry.conventions
    assert given(registry, adoption(NEXT)) == []
    assert registry.in_force(kit.NOW)[0] == NEXT_CONVD


@pytest.mark.parametrize(
    ("pinned", "code"),
    [({}, "unknown_key"),
     ({kid: replace(key, not_after=kit.NOW) for kid, key in PINNED.items()}, "key_not_valid")],
)  # fmt: skip
def test_a_key_that_is_not_pinned_or_has_ended_signs_nothing(
    pinned: dict[str, SigningKey], code: str
) -> None:
    """Whoever writes the order cannot bring a party's key with it."""
    registry = begun()
    registry.owners = replace(owners(), parties=pinned)

    assert given(registry, adoption(NEXT)) == [code]


def test_nobody_signs_as_a_party_that_the_file_lacks() -> None:
    """Nor would whoever gathers signatures take it."""
    with refused("unknown_party"):
        sign_convention(load(NEXT), "hospital", signer_of("police"))


def test_an_old_version_does_not_come_back() -> None:
    """The first after the second; the second again."""
    registry = begun()
    given(registry, adoption(NEXT))

    assert given(registry, adoption(FIRST)) == ["convention_superseded"]
    assert given(registry, adoption(NEXT)) == ["convention_superseded"]
    assert "newer than version 2" in registry.why["convention_superseded"]


def test_a_version_names_what_is_in_force() -> None:
    """All have signed it, and still it follows from nothing, or another file."""
    other = amended((f"predecessor: {CONVD}", f"predecessor: {b64u(sha256(b'another'))}"))

    assert given(Registry("civil", owners()), adoption(NEXT)) == ["convention_out_of_turn"]
    assert given(begun(), adoption(other)) == ["convention_out_of_turn"]


def test_a_version_does_not_come_before_its_hour() -> None:
    """Its date of effect is its parties' word: midnight in Paris, not a second earlier."""
    later = amended(("effective: 2026-10-01", "effective: 2026-12-01"))
    starts = load(later).starts
    early, on_time = begun(), begun()

    assert given(early, adoption(later), starts - 1) == ["convention_before_its_hour"]
    assert "not before 2026-11-30T23:00:00Z" in early.why["convention_before_its_hour"]
    assert given(on_time, adoption(later), starts) == []


def test_an_announced_version_keeps_its_place_in_the_chain() -> None:
    """Its successor is not in force before it, and names it although its hour has not come."""
    registry, third = begun(), following(NEXT)
    given(registry, adoption(NEXT), kit.NOW + kit.DAY)

    assert given(registry, adoption(third), kit.NOW) == ["convention_before_its_hour"]
    assert given(registry, adoption(third), kit.NOW + 2 * kit.DAY) == []
    assert registry.in_force(kit.NOW)[0] == CONVD
    assert registry.in_force(kit.NOW + kit.DAY)[0] == NEXT_CONVD
    assert registry.in_force(kit.NOW + 2 * kit.DAY)[0] == b64u(sha256(third))


def departure() -> tuple[bytes, bytes]:
    """A second version with a hospital among its parties, and a third without it."""
    wider = amended((LINE, LINE + HOSPITAL))
    return wider, following(wider, (HOSPITAL, ""))


HALF = "convention_half_signed"
Step = tuple[bytes, Sequence[str], str, str]  # version, who signs, code, and what is said of it


def lowered_by_itself() -> list[Step]:
    """A file whose rule is that one signature is enough needs its predecessor's rule too."""
    alone = amended(("quorum: all", "quorum: 1"))
    return [(alone, ["police"], HALF, "all 5 parties of version 1"), (alone, (), "", "")]


def lowered_by_all() -> list[Step]:
    """Four of five from the next version on, once all have agreed to it; three are too few."""
    second = amended(("quorum: all", "quorum: 4"))
    third = following(second)
    return [(second, (), "", ""), (third, OTHERS[:3], HALF, ""), (third, OTHERS, "", "")]


def written_out() -> list[Step]:
    """A party does not leave without its word: the version before asks for its signature too."""
    wider, without = departure()
    return [(wider, (), "", ""), (without, (), HALF, "missing hospital")]


def joined() -> list[Step]:
    """Those of before agree; the newcomer has not said yes."""
    wider, _without = departure()
    return [(wider, ALL, HALF, ""), (wider, (), "", "")]


@pytest.mark.parametrize("steps", [lowered_by_itself, lowered_by_all, written_out, joined])
def test_a_version_needs_the_quorum_of_its_predecessor_and_its_own(
    steps: Callable[[], list[Step]],
) -> None:
    """Nobody lowers it quietly."""
    registry = begun()
    for text, parties, code, why in steps():
        assert given(registry, adoption(text, parties)) == ([code] if code else [])
        assert why in registry.why.get(code, "")


def test_a_party_that_leaves_signs_that_it_leaves() -> None:
    """Its signature counts for the version before, in which it still is a party."""
    registry = begun()
    wider, without = departure()
    given(registry, adoption(wider))
    content, key = adoption(without), signer_of("hospital")
    content["signatures"].append(sign_convention(load(without), "hospital", key, load(wider)))

    assert given(registry, content) == []


def test_a_bus_does_not_begin_with_a_half_signed_convention() -> None:
    """Whoever starts is told who is missing; a later good order mends it."""
    registry = Registry("civil", owners())
    given(registry, adoption(FIRST, OTHERS))

    with pytest.raises(LogError, match=r"convention_half_signed.*missing association"):
        registry.check_first()
    with pytest.raises(LogError, match=r"nothing_adopted.*convention_half_signed"):
        registry.in_force(kit.NOW)
    given(registry, adoption(FIRST))
    registry.check_first()


# --- events in flight while the version changes ---------------------------------------------------


def incident(convd: str, number: int) -> Inbound:
    """A written report without a call: permitted by version 2 alone."""
    issued = said(
        "psp", "SIG", to("parq-civ", "protect_now", "FACTS", "IDENTITY"), seed=f"psp {number}",
        case=f"case {number}", convd=convd, declared=Declared(danger=True),
    )  # fmt: skip
    return kit.inbound(issued)


def recorded(bus: Bus) -> list[tuple[str, bool | str]]:
    """Of all inputs which version judged them, and whether it refused or with which code."""
    found = (one for number in range(6) for one in bus.entries(number))
    return [
        (one["convd"], one["code"] if "code" in one else one["decision"]["refused"])
        for one in found
        if one["kind"] in ("decided", "quarantined")
    ]


def test_each_event_is_judged_by_the_version_that_its_partition_adopted_last() -> None:
    """Both covers name version 1; one is routed before the change, one after: recorded."""
    bus = Bus()
    given(bus.registry, adoption(NEXT), kit.NOW + 100)
    bus.route(incident(CONVD, 1), now=kit.NOW + 50)
    bus.route(incident(CONVD, 2), now=kit.NOW + 150)
    bus.tick(kit.NOW + 150)

    assert set(recorded(bus)) == {(NEXT_CONVD, False), (CONVD, True)}
    assert bus.replay(kit.NOW + 150) == []


def test_a_cover_may_name_the_announced_successor() -> None:
    """An intake whose clock is a little ahead: judged by what the partition has adopted."""
    bus = Bus()
    given(bus.registry, adoption(NEXT), kit.NOW + 100)
    bus.route(incident(NEXT_CONVD, 1), now=kit.NOW + 50)

    assert recorded(bus) == [(CONVD, True)]
    assert bus.replay(kit.NOW + 50) == []


def test_a_cover_may_not_name_a_version_that_nobody_announced() -> None:
    """Nor the one before the predecessor."""
    bus = Bus()
    bus.route(incident(NEXT_CONVD, 1), now=kit.NOW + 50)
    given(bus.registry, adoption(NEXT), kit.NOW + 60)
    given(bus.registry, adoption(following(NEXT)), kit.NOW + 70)
    bus.route(incident(CONVD, 2), now=kit.NOW + 80)

    assert [code for _convd, code in recorded(bus)] == ["unknown_convention"] * 2
