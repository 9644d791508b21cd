"""A desk's signing key is followed by another in traffic; the old one ends, is refused."""

from __future__ import annotations

from unittest.mock import Mock

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.operate.home.key_life import LEAD, OVERLAP
from tests.flows.acts import alert, draft, same_state
from tests.flows.key_succession import REALM, Keeper
from tests.world import World, realm_keys


def signed_by(world: World) -> list[str]:
    """The key ids of the schools' covers, in the order in which they were written."""
    rows = world.rows(topics.outbox(REALM, "education"))
    covers = [orjson.loads(row.value or b"")["data"]["cover"] for row in rows]
    segments = [[orjson.loads(unb64u(one)) for one in cover.split(".")[:2]] for cover in covers]
    return [head["kid"] for head, _ in sorted(segments, key=lambda one: str(one[1]["jti"]))]


def put_aside(world: World) -> list[str]:
    """The codes under which something is in quarantine."""
    return [(dict(row.headers)["code"] or b"").decode() for row in world.rows(".quarantine")]


def test_a_desks_key_is_followed_in_traffic_and_nothing_is_lost_or_refused() -> None:
    """Before, between and after: each event arrives, the new key signs from its beginning on."""
    world = World()
    keeper = Keeper(world)
    sent: list[str] = []

    def send(count: int = 2) -> None:
        for _ in range(count):
            sent.append(posted(world, f"child {len(sent)}"))
            world.clock.advance(1)

    send()
    keeper.follow("edu-s")
    send()
    world.settle()
    world.clock.advance(LEAD)
    send()
    world.settle()
    world.clock.advance(OVERLAP)
    send()
    world.settle()
    arrivals = world.inbox("crip")

    assert sorted(one.event for one in arrivals if not one.error) == sent
    assert signed_by(world) == ["edu-s-s1"] * 4 + ["edu-s-s2"] * 4
    assert put_aside(world) == []
    same_state(world)


def test_a_retired_keys_new_use_is_refused_and_on_record() -> None:
    """Its holder's service does not sign with it; whoever does is put aside, with why."""
    world = World()
    keeper = Keeper(world)
    keeper.follow("edu-s", hand_over=False)
    world.clock.advance(LEAD + OVERLAP)
    world.settle()
    agency = world.office("edu-s").agency

    refused = world.post("edu-s", alert(world))
    thief = Mock(valid=lambda *_: (realm_keys(REALM).signers["edu-s"],))  # he asks no directory
    agency.signers[desk_urn(REALM, "edu-s")] = thief  # type: ignore[index]
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))
    world.settle()

    assert (refused.status, refused.code) == (503, "no_signing_key")
    assert put_aside(world) == ["key_not_valid"]
    assert [one.etype for one in world.inbox("crip")] == []
    assert [(one["code"], one["detail"]) for one in world.audit()["findings"]] == [
        ("quarantined", "key_not_valid")
    ]


def test_what_a_stolen_key_signed_since_is_in_doubt_and_what_comes_later_is_refused() -> None:
    """Before the suspicion it stands; since, it is listed; once the key ended, nothing is."""
    world = World()
    keeper = Keeper(world)
    sent = [posted(world, "before")]
    world.settle()
    world.clock.advance(3_600)
    since = world.clock.now()
    world.clock.advance(60)
    sent.append(posted(world, "since"))
    world.settle()
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))  # dated back
    world.clock.advance(60)
    keeper.follow("edu-s", world.clock.now())
    keeper.steal("edu-s", since)
    world.settle()
    sent.append(posted(world, "after"))
    world.settle()
    verdict = world.audit()
    told = [one["detail"] for one in verdict["findings"] if one["code"] == "in_doubt"]

    assert sorted(one.event for one in world.inbox("crip") if not one.error) == sent
    assert signed_by(world)[-1] == "edu-s-s2"
    assert put_aside(world) == ["key_stolen"]
    assert told == ["edu-s-s1"]
    assert verdict["clean"]


def test_a_router_that_takes_what_a_stolen_key_signs_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The auditor holds it to the directory that it had in force."""
    world = World()
    keeper = Keeper(world)
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))
    world.clock.advance(60)
    keeper.steal("edu-s", world.clock.now() - 60)
    with monkeypatch.context() as lie:
        lie.setattr("contracts.envelope.verify.check_not_stolen", lambda *_: None)
        world.settle()

    assert [one["code"] for one in world.audit()["findings"] if one["alarm"]] == ["key_stolen"]


def posted(world: World, reference: str) -> str:
    """An alert by a school; its id."""
    answer = world.post("edu-s", alert(world) | {"reference": reference})
    assert answer.status == 202, answer
    return answer.events[0]
