"""The router's key is followed by another in traffic: old, both, new; the log is read."""

from __future__ import annotations

import orjson
import pytest

from contracts.errors import LogError
from contracts.keys.keyring import HeldSigners, Signer, signing_entry
from contracts.log.chain import SIGNATURE_HEADER
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary import topics
from contracts.vocabulary.schema import router_urn
from services.operate.home.key_life import LEAD, OVERLAP
from tests.contracts.envelope import kit
from tests.flows.acts import same_state
from tests.flows.key_succession import REALM, Keeper
from tests.flows.test_key_rotation import posted, put_aside
from tests.world import World, realm_keys

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
    posted(world, "before")
    world.settle()
    new = Keeper(world).follow("")
    hold(world, realm_keys(REALM).router, new)
    world.settle()
    return world, world.clock.now() + LEAD


def test_two_keys_sign_while_one_follows_the_other_and_nothing_is_lost() -> None:
    """Every receipt verifies, every replay and restart reads the whole log, no witness is asked."""
    world, begins = rotating()
    sent = [posted(world, "listed")]
    world.settle()
    world.clock.advance(LEAD)
    sent.append(posted(world, "both"))
    world.settle()
    world.clock.advance(OVERLAP)
    sent.append(posted(world, "new"))
    world.settle()

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
    with pytest.raises(LogError, match="signature_wrong"):
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
    posted(world, "before")
    world.settle()
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
        posted(world, "new alone")
        world.settle()

    assert signers(world, begins) == {(NEW,)}
    assert "signature_wrong" in {one["code"] for one in world.audit()["findings"] if one["alarm"]}


def test_a_stolen_key_of_the_routers_signs_nothing_more_and_what_it_had_signed_stands() -> None:
    """The one in its place signs alone; earlier deliveries are read, and the whole log."""
    world = World()
    sent = [posted(world, "before")]
    world.settle()
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
    with pytest.raises(LogError, match="signature_wrong"):
        world.settle()
