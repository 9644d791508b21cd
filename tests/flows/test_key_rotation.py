"""A signing key is followed by another in traffic, a desk's or the router's; the old one ends."""

from __future__ import annotations

from unittest.mock import Mock

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.errors import SignerError
from contracts.keys.keyring import HeldSigners, Signer, signing_entry
from contracts.log.chain import SIGNATURE_HEADER
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, router_urn
from services.agency.office.office import Office
from services.operate.home.key_life import LEAD, OVERLAP
from tests.contracts.envelope import kit
from tests.flows.acts import draft, raw, same_state
from tests.flows.directories import REALM, Keeper
from tests.samples import concern
from tests.world import World, realm_keys


def signed_by(world: World) -> list[str]:
    """The key ids of the schools' covers, in the order in which they were written."""
    rows = world.rows(topics.outbox(REALM, "education"))
    covers = [orjson.loads(row.value or b"")["data"]["cover"] for row in rows]
    segments = [[orjson.loads(unb64u(one)) for one in cover.split(".")[:2]] for cover in covers]
    return [head["kid"] for head, _ in sorted(segments, key=lambda one: str(one[1]["jti"]))]


def posted(world: World, reference: str) -> str:
    """An alert by a school; its id."""
    answer = world.post("edu-s", concern(reference=reference))
    assert answer.status == 202, answer
    return answer.events[0]


def routed(world: World, reference: str) -> str:
    """The same, once it is routed."""
    event = posted(world, reference)
    world.settle()
    return event


def put_aside(world: World) -> list[str]:
    """The codes under which something is in quarantine."""
    return [(dict(row.headers)["code"] or b"").decode() for row in world.rows(".quarantine")]


def test_a_desks_key_is_followed_in_traffic_and_nothing_is_lost_or_refused(world: World) -> None:
    """Before, between and after: each event arrives, the new key signs from its beginning on."""
    keeper = Keeper(world)
    sent: list[str] = []

    def send() -> None:
        for _ in range(2):
            sent.append(posted(world, f"child {len(sent)}"))
            world.wait(1)

    send()
    keeper.follow("edu-s")
    send()
    for seconds in (LEAD, OVERLAP):
        world.wait(seconds)
        send()
    arrivals = world.inbox("crip")

    assert sorted(one.event for one in arrivals if not one.error) == sent
    assert signed_by(world) == ["edu-s-s1"] * 4 + ["edu-s-s2"] * 4
    assert put_aside(world) == []
    same_state(world)


def test_what_a_desk_had_sent_is_read_once_it_has_left_the_directory(world: World) -> None:
    """By the directory that its receipt names; a service that folds anew counts no gap."""
    event, keeper = routed(world, "before"), Keeper(world)
    keeper.payload["desks"].remove(keeper.row("edu-s"))
    keeper.adopt()
    world.settle()
    agency = world.office("crip").agency
    world.agencies.remove(agency.name)
    world.join(Office(agency))
    world._read.clear()
    world.settle()

    assert [(one.event, one.error) for one in world.inbox("crip")] == [(event, "")]
    assert [duty["state"] for duty in world.duties("crip")] == ["open"] * 2


def test_a_retired_keys_new_use_is_refused_and_on_record(world: World) -> None:
    """Its holder's service does not sign with it; whoever does is put aside, with why."""
    keeper = Keeper(world)
    keeper.follow("edu-s", hand_over=False)
    world.wait(LEAD + OVERLAP)
    agency = world.office("edu-s").agency

    refused = world.post("edu-s", concern())
    thief = Mock(valid=lambda *_: (realm_keys(REALM).signers["edu-s"],))  # he asks no directory
    agency.signers[desk_urn(REALM, "edu-s")] = thief  # type: ignore[index]
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))

    assert (refused.status, refused.code) == (503, "no_signing_key")
    assert put_aside(world) == ["key_not_valid"]
    assert [one.etype for one in world.inbox("crip")] == []
    assert [(one["code"], one["detail"]) for one in world.audit()["findings"]] == [
        ("quarantined", "key_not_valid")
    ]


def test_what_a_stolen_key_signed_since_is_in_doubt_and_what_comes_later_is_refused() -> None:
    """Before the suspicion it stands; since, it is listed; of what comes later its desk is told."""
    world = World()
    keeper = Keeper(world)
    sent = [routed(world, "before")]
    world.clock.advance(3_600)
    since = world.clock.now()
    world.clock.advance(60)
    sent.append(routed(world, "since"))
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))  # dated back
    under_way = posted(world, "since")
    world.clock.advance(60)
    keeper.follow("edu-s", world.clock.now())
    keeper.steal("edu-s", since)
    world.settle()
    agency, urn = world.office("edu-s").agency, desk_urn(REALM, "edu-s")
    new = agency.signers[urn]
    old = realm_keys(REALM).signers["edu-s"]
    agency.signers[urn] = Mock(valid=lambda *_: (old,))  # type: ignore[index]
    unread = routed(world, "since")  # its service has not read of the theft
    agency.signers[urn] = new  # type: ignore[index]
    told = [world.status("edu-s", event) for event in (under_way, unread)]
    sent.append(routed(world, "since"))
    verdict = world.audit()
    doubt = [one["detail"] for one in verdict["findings"] if one["code"] == "in_doubt"]

    assert sorted(one.event for one in world.inbox("crip") if not one.error) == sent
    assert signed_by(world)[-1] == "edu-s-s2"
    assert put_aside(world) == ["key_stolen"] * 3
    assert [(one["state"], one["code"]) for one in told] == [("quarantined", "key_stolen")] * 2
    assert doubt == ["edu-s-s1"]
    assert verdict["clean"]
    same_state(world)


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


OLD, NEW = "router-civil-s1", "router-civil-s2"
SECOND = kit.signer(router_urn(REALM), NEW)


def hold(world: World, *signers: Signer) -> None:
    """What the civil router signs with from now on."""
    keys = RouterKeys(HeldSigners(*signers), world.secrets[REALM])
    for (realm, _number), router in world.routers.items():
        if realm == REALM:
            router.keys = keys


def signed(world: World) -> list[tuple[int, tuple[str, ...]]]:
    """Instant and key ids of each signed record of the civil log, in order of time."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    for row in world.rows(topics.decisions(REALM)):
        values = (value for name, value in row.headers if name == SIGNATURE_HEADER)
        if kids := tuple(orjson.loads(value or b"")["kid"] for value in values):
            rows.append((orjson.loads(row.value or b"")["at"], kids))
    return sorted(rows)


def signers(world: World, start: int = 0, end: int = 2**40) -> set[tuple[str, ...]]:
    """The sets of keys that signed between two instants."""
    return {kids for at, kids in signed(world) if start <= at < end}


def rotating() -> tuple[World, int]:
    """A world whose router has a second key, and when that begins."""
    world = World()
    routed(world, "before")
    new = Keeper(world).follow("")
    hold(world, realm_keys(REALM).router, new)
    world.settle()
    return world, world.clock.now() + LEAD


def test_two_keys_sign_while_one_follows_the_other_and_nothing_is_lost() -> None:
    """Every receipt verifies, every replay and restart reads the whole log, no witness is asked."""
    world, begins = rotating()
    sent = [routed(world, "listed")]
    world.clock.advance(LEAD)
    sent.append(routed(world, "both"))
    world.clock.advance(OVERLAP)
    sent.append(routed(world, "new"))

    assert signers(world, 0, begins) == {(OLD,)}
    assert signers(world, begins, begins + OVERLAP) == {(NEW, OLD)}
    assert signers(world, begins + OVERLAP) == {(NEW,)}
    assert {one.error for one in world.inbox("crip")} == {""}
    assert all(world.status("edu-s", event)["state"] == "decided" for event in sent)
    assert put_aside(world) == []
    same_state(world)


def second_in_vain(world: World) -> None:
    """The second key writes on and is refused; the real one takes what waited."""
    hold(world, SECOND)
    posted(world, "waits")
    with pytest.raises(SignerError, match="signature_wrong"):
        world.settle()
    hold(world, realm_keys(REALM).router)
    world._read.clear()
    world.settle()


def test_a_new_key_signs_nothing_alone_while_the_old_one_is_valid() -> None:
    """Who has the keeper's key alone, and lists his own, cannot write on; the old one can."""
    world, begins = rotating()
    world.clock.advance(LEAD)

    second_in_vain(world)

    assert signers(world, begins) == {(OLD,)}
    assert world.audit()["clean"]


@pytest.mark.parametrize("begins", [-kit.DAY, 0, kit.DAY], ids=["older", "as old", "newer"])
def test_a_key_that_the_keeper_lists_beside_the_real_one_signs_nothing_alone(begins: int) -> None:
    """He says of the real one nothing, and dates his as he likes; the real one goes on."""
    world = World()
    routed(world, "before")
    keeper = Keeper(world)
    starts = keeper.entries("")[0]["not_before"] + begins
    span = starts, starts + 900 * kit.DAY
    keeper.entries("").append(signing_entry(SECOND, SECOND.public, router_urn(REALM), *span))
    keeper.adopt()
    world.settle()
    world.clock.advance(60)

    second_in_vain(world)

    assert signers(world) == {(OLD,)}
    assert world.audit()["clean"]


def test_a_reader_refuses_a_record_that_the_new_key_signed_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the router thinks of it."""
    world, begins = rotating()
    world.clock.advance(LEAD)
    hold(world, SECOND)
    with monkeypatch.context() as lie:
        lie.setattr("contracts.log.routing.batch.check_succession", lambda *_: None)
        routed(world, "new alone")

    assert signers(world, begins) == {(NEW,)}
    assert "signature_wrong" in {one["code"] for one in world.audit()["findings"] if one["alarm"]}


def test_a_stolen_key_of_the_routers_signs_nothing_more_and_what_it_had_signed_stands() -> None:
    """The one in its place signs alone; earlier deliveries are read, and the whole log."""
    world = World()
    sent = [routed(world, "before")]
    world.clock.advance(3_600)
    keeper, now = Keeper(world), world.clock.now()
    new = keeper.follow("", now)
    keeper.steal("", now - 1_800)
    sent.append(posted(world, "after"))
    hold(world, new)
    world.settle()

    assert signers(world, 0, now) == {(OLD,)}
    assert signers(world, now) == {(NEW,)}
    assert [(one.event, one.error) for one in world.inbox("crip")] == [(each, "") for each in sent]
    same_state(world)
    hold(world, realm_keys(REALM).router)
    posted(world, "by the thief")
    with pytest.raises(SignerError, match="signature_wrong"):
        world.settle()
