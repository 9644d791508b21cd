"""The table of system clauses, rules §8: ACK, WITHDRAW, LINK, UNLINK, attempts, publications."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import b64u
from contracts.vocabulary.scopes import ACK_STAGES
from tests.contracts.decision.asking import desk_of
from tests.contracts.decision.playing import MONDAY, Played

PEER = b64u(bytes([1]) * 32)


def one(played: Played, role: str, purpose: str, *numbers: int) -> list[dict[str, Any]]:
    """An addressee with references."""
    re = tuple(played.ref(number) for number in numbers)
    return [{"role": role, "purpose": purpose, **({"re": re} if re else {})}]


# ACK


@pytest.mark.parametrize("stage", [stage for stage in ACK_STAGES if stage != "withdrawn"])
def test_a_desk_acknowledges_what_was_delivered_to_it_once_a_stage(stage: str) -> None:
    """Any stage, by a notice to the issuer; a second time is refused."""
    played = Played()
    alert = played.act(MONDAY, "R01")

    played.ack(MONDAY + 1, "CRIP", stage, alert)
    assert played.last is not None
    told = [(told.iss, told.jti, told.stage) for told in played.last.acknowledged]
    played.ack(MONDAY + 2, "CRIP", stage, alert)

    assert told == [(played.urn("EDU-S"), played.ref(alert)["jti"], stage)]
    assert played.reasons == [("stage_repeated",)]


def test_nobody_acknowledges_what_was_not_delivered_to_it() -> None:
    """Another desk, the issuer itself, an unknown event, an ACK, one of another case."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    ack = played.ack(MONDAY, "CRIP", "received", alert)
    unknown = 77
    played.issuers[unknown] = "EDU-S"

    for role, number in (("ASE", alert), ("EDU-S", alert), ("CRIP", unknown), ("EDU-S", ack)):
        played.ack(MONDAY + 1, role, "accepted", number)
        assert played.reasons == [("not_delivered",)], (role, number)
        assert played.last is not None
        assert played.last.acknowledged == ()


@pytest.mark.parametrize(
    ("to", "claims", "why"),
    [
        (("ASE", "acknowledge"), {"stage": "received"}, "not_delivered"),  # not its issuer's desk
        (("EDU-S", "assess"), {"stage": "received"}, "stage_missing"),
        (("EDU-S", "acknowledge"), {}, "stage_missing"),
        (("EDU-S", "acknowledge"), {"stage": "withdrawn"}, "not_delivered"),
    ],
)
def test_an_ack_that_is_none_is_refused(
    to: tuple[str, str], claims: dict[str, Any], why: str
) -> None:
    """To the issuer's desk, for its purpose, with a stage, of a withdrawal only `withdrawn`."""
    played = Played()
    alert = played.act(MONDAY, "R01")

    played.say(MONDAY + 1, "CRIP", "ACK", one(played, *to, alert), **claims)

    assert played.reasons == [(why,)]


def test_an_ack_has_no_parts_and_names_something() -> None:
    """Content does not travel in an acknowledgement."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    with_part = one(played, "EDU-S", "acknowledge", alert)
    with_part[0]["scopes"] = ("FACTS",)

    for to in (with_part, one(played, "EDU-S", "acknowledge")):
        played.say(MONDAY + 1, "CRIP", "ACK", to, stage="received")
        assert played.reasons == [("not_delivered",)]


# WITHDRAW


def test_a_withdrawal_is_its_issuers_and_reaches_who_has_the_event() -> None:
    """Not another's, not for a desk that never had it, not of a withdrawal, not of an ACK."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    ack = played.ack(MONDAY, "CRIP", "received", alert)
    taken = played.withdraw(MONDAY, alert, "CRIP")
    assert not played.refused

    for number, issuer, role, why in (
        (alert, "CRIP", "EDU-S", "not_own_event"),
        (alert, "EDU-S", "ASE", "not_delivered"),
        (taken, "EDU-S", "CRIP", "not_own_event"),
        (ack, "CRIP", "EDU-S", "not_own_event"),
    ):
        played.say(MONDAY + 1, issuer, "WITHDRAW", one(played, role, "withdraw", number))
        assert played.reasons == [(why,)], (number, issuer, role)


@pytest.mark.parametrize(("purpose", "named"), [("assess", True), ("withdraw", False)])
def test_a_withdrawal_that_is_none_is_refused(purpose: str, named: bool) -> None:
    """Another purpose; no event named."""
    played = Played()
    alert = played.act(MONDAY, "R01")

    numbers = (alert,) if named else ()
    played.say(MONDAY + 1, "EDU-S", "WITHDRAW", one(played, "CRIP", purpose, *numbers))

    assert played.reasons == [("not_own_event",)]


def test_a_withdrawal_is_confirmed_as_withdrawn_and_as_nothing_else() -> None:
    """Its own stage, by whom it reached."""
    played = Played()
    alert = played.act(MONDAY, "R01")
    taken = played.withdraw(MONDAY, alert, "CRIP")

    played.ack(MONDAY + 1, "CRIP", "received", taken)
    assert played.reasons == [("not_delivered",)]
    played.ack(MONDAY + 1, "CRIP", "withdrawn", taken)

    assert not played.refused


# LINK


@pytest.mark.parametrize("role", ["ASE", "EDU-S", "PARQ-CIV", "JE"])
@pytest.mark.parametrize("etype", ["LINK", "UNLINK"])
def test_only_the_crip_links(role: str, etype: str) -> None:
    """Nobody else moves the clock."""
    played = Played()

    played.say(MONDAY, role, etype, [], linked={"peer": PEER, "date": "2026-09-01"})

    assert played.refused
    assert played.case.links == {}


def test_a_case_is_not_linked_to_itself_nor_unlinked_from_what_it_is_not_linked_to() -> None:
    """Self, unknown, twice undone."""
    played = Played()
    sub = b64u(bytes(32))

    for peer, etype in ((sub, "LINK"), (PEER, "UNLINK"), (sub, "UNLINK")):
        played.link(MONDAY, peer, "2026-09-01", etype)
        assert played.refused
        assert played.last is not None
        assert played.last.reasons == ("not_linkable",)
    played.link(MONDAY, PEER, "2026-09-01")
    played.link(MONDAY, PEER, "2026-09-01", "UNLINK")
    played.link(MONDAY, PEER, "2026-09-01", "UNLINK")

    assert played.refused


def test_linking_a_peer_again_replaces_its_date() -> None:
    """One peer, one date; state does not grow by repeating."""
    played = Played()

    for day in range(1, 29):
        played.link(MONDAY, PEER, f"2026-08-{day:02d}")

    assert played.case.links == {PEER: "2026-08-28"}


# Attempts, publications, router's notices


def test_an_attempt_is_always_refused_with_a_reason_for_each_scope_and_the_right_doors() -> None:
    """Even where a clause would release; every purpose is answered."""
    played = Played()
    left = [
        {"desk": played.urn("CRIP"), "scopes": ("FACTS", "HEALTH")},
        {"desk": played.urn("POL"), "scopes": ("FACTS",)},
    ]

    played.say(
        MONDAY, "EDU-S", "IP", [{"role": "CRIP"}, {"role": "POL"}], attempt=True,
        left_out=tuple(left)
    )  # fmt: skip

    assert played.refused
    assert played.last is not None
    school, police = played.last.outcomes
    assert school.not_published == {"FACTS": ("not_sent",), "HEALTH": ("not_permitted",)}
    assert police.not_published == {"FACTS": ("no_clause",)}
    assert {door.role for door in police.doors} == {"CRIP", "PARQ-CIV"}
    assert played.case.events == {}


def test_what_was_left_out_is_judged_like_parts() -> None:
    """Beside a delivery: what a clause would have released was not sent, the rest not permitted."""
    played = Played()
    to = [{"role": "CRIP", "purpose": "assess", "scopes": ("FACTS",)}]
    left = ({"desk": played.urn("CRIP"), "scopes": ("RISK", "HEALTH")},)

    played.say(
        MONDAY, "EDU-S", "IP", to, left_out=left,
        declared={"informed": {"parents": "informed", "minor": "informed"}},
    )  # fmt: skip

    assert played.last is not None
    (outcome,) = played.last.outcomes
    assert outcome.released == ("FACTS",)
    assert outcome.not_published == {"RISK": ("not_sent",), "HEALTH": ("not_permitted",)}


def test_a_desk_that_the_directory_does_not_know_gets_nothing() -> None:
    """And its events are nobody's."""
    played = Played()
    to = [{"role": "STRANGER", "purpose": "assess", "scopes": ("FACTS",)}]

    played.say(MONDAY, "EDU-S", "IP", to)
    assert played.reasons == [("unknown_desk",)]
    played.say(MONDAY, "EDU-S", "IP", [{"role": "STRANGER"}], attempt=True)

    assert played.reasons == [("unknown_desk",)]
    assert desk_of("STRANGER") == "stranger"
