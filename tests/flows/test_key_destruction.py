"""A destroyed decryption key opens nothing, nobody seals to it, its end comes by itself."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from prometheus_client import Gauge

from contracts.errors import DirectoryError
from contracts.keys.keyring import check_directory, destroyed_at
from contracts.keys.sealing_keys import destroy_at_of
from contracts.vocabulary.schema import desk_urn
from services.agency.loops.key_ends import GRACE_S, SAID_S, WARNED_S, KeyWatch, WitnessedTime, look
from services.platform.keys.keystore import FolderRing
from services.platform.ports import Ports, given
from services.platform.process.metrics import Metrics
from tests.flows.directories import REALM, Keeper, own_ring
from tests.flows.test_key_rotation import posted, put_aside, routed
from tests.world import World


def sealed_for(world: World, desk: str) -> list[str]:
    """The keys to which a desk's arrivals are sealed."""
    arrivals = [one for some in world.office(desk).view(desk).arrivals.values() for one in some]
    return sorted({kid for arrival in arrivals for kid in arrival.kids})


def read(world: World, desk: str) -> list[tuple[bool, str]]:
    """Of each arrival that the desk had not been shown: whether it was opened, and why not."""
    return [(bool(one.item.get("parts")), one.error) for one in world.inbox(desk)]


def test_what_is_sealed_to_a_destroyed_key_is_refused_and_cannot_be_opened() -> None:
    """Delivered: opened no more. Under way: put aside and told. After: sealed to another."""
    world = World()
    keeper, ring = Keeper(world), own_ring(world, "crip")
    keeper.seal("crip")
    keeper.adopt()
    world.settle()
    routed(world, "delivered")
    under_way = posted(world, "under way")
    gone = {kid: world.clock.now() for kid in sealed_for(world, "crip")}
    for kid, at in gone.items():
        ring.destroy(kid, at)
    keeper.seal("crip", gone)
    keeper.adopt()
    world.settle()
    before = read(world, "crip")
    routed(world, "after")
    status = world.status("edu-s", under_way)
    registry = world.registries[REALM]
    directory = registry.directories[registry.in_force(world.clock.now())[1]]

    assert gone
    assert before == [(False, "no_private_key")]
    assert (status["state"], status["code"]) == ("quarantined", "key_destroyed")
    assert put_aside(world) == ["key_destroyed"]
    assert read(world, "crip") == [(True, "")]
    assert all(directory.encryption.is_destroyed(kid) for kid in gone)
    assert world.audit()["clean"]


def test_nobody_says_for_a_desk_that_it_has_destroyed_a_key(world: World) -> None:
    """It stands under the desk's own signature, not the keeper's; and of its own keys alone."""
    keeper = Keeper(world)
    (kid, *_others) = own_ring(world, "crip").held()
    keeper.seal("crip", {kid: world.clock.now()})
    said = copy.deepcopy(keeper.payload)
    row = next(row for row in said["desks"] if row["desk"].endswith(":crip"))
    row["sealing"]["destroyed"][kid] += 1
    keeper.seal("crip", {kid.replace("crip", "ase"): 1})

    with pytest.raises(DirectoryError, match="not_signed_by_desk"):
        check_directory(said)
    with pytest.raises(DirectoryError, match="unknown_key"):
        check_directory(keeper.payload)


class Watched:
    """The CRIP's service, which looks at its keys; a delivery waits for it."""

    def __init__(self) -> None:
        self.world = World()
        # The service looks at all its desks' keys: none of them may be another test's.
        desks = self.world.office("crip").agency.desks
        self.ring = {desk: own_ring(self.world, desk) for desk in desks}["crip"]
        self.metrics, self.watch = Metrics("child_welfare"), KeyWatch()
        self.seconds = 0.0  # the processor's own
        self.witnessed = WitnessedTime()
        self.event = routed(self.world, "a child")
        (self.kid,) = sealed_for(self.world, "crip")
        self.ends = destroy_at_of(self.kid) or 0

    def look(self, at: int, *, witnessed: bool = True) -> tuple[bool, float, float]:
        """Look: whether the key is there, alarms so far, unread deliveries that end."""
        self.world.clock.move_to(at)
        office, now = self.world.office("crip"), self.world.clock.now()
        with given(Ports(monotonic=lambda: self.seconds)):
            if witnessed:
                self.witnessed.hear(now)
            look(office, now, self.metrics, self.watch, self.witnessed)
        told = self.metrics.alarms.labels("unread_key_ending")._value.get()
        unread = self.metrics.unread_ending.labels(REALM, "CRIP")._value.get()
        return self.ring.private(self.kid) is not None, told, unread


def test_an_alarm_comes_before_an_unread_delivery_dies_and_then_the_key_is_destroyed() -> None:
    """Two days before; the delivery is readable until the very end, and not after."""
    desk = Watched()

    seen = [desk.look(desk.ends - before) for before in (WARNED_S + 1, WARNED_S, 1)]
    opens = read(desk.world, "crip")
    seen.append(desk.look(desk.ends))
    desk.world._cursors.clear()

    assert seen == [(True, 0, 0), (True, 1, 1), (True, 1, 1), (False, 1, 0)]
    assert opens == [(True, "")]
    assert read(desk.world, "crip") == [(False, "no_private_key")]
    assert all((destroy_at_of(kid) or 0) > desk.ends for kid in desk.ring.held())


def test_a_service_that_was_away_gives_the_alarm_and_destroys_an_hour_later() -> None:
    """Nothing unread goes unsaid, and no outage makes it stay; what was answered is no alarm."""
    desk, answered = Watched(), Watched()
    answered.world.acknowledge("crip", answered.event)
    answered.world.settle()

    back = [desk.look(desk.ends + 5 * 86_400 + after) for after in (0, GRACE_S)]

    assert back == [(True, 1, 1), (False, 1, 0)]
    assert [answered.look(answered.ends - before) for before in (1, 0)] == [
        (True, 0, 0), (False, 0, 0),
    ]  # fmt: skip


def test_keys_that_cannot_be_read_end_no_service_and_are_destroyed_once_they_can_be(
    tmp_path: Path,
) -> None:
    """Their folder is none, or all may read a key file: the service looks on."""
    desk, folder = Watched(), tmp_path / "crip"
    rings = desk.world.office("crip").agency.rings
    rings[desk_urn(REALM, "crip")] = FolderRing(folder)  # type: ignore[index]
    folder.touch()
    desk.look(desk.ends)
    folder.unlink()
    folder.mkdir()
    key = folder / f"{desk.kid}.json"
    key.touch()
    key.chmod(0o644)

    desk.look(desk.ends)
    desk.look(desk.ends + GRACE_S)

    assert destroyed_at(key.read_bytes())


def test_a_clock_that_is_a_year_ahead_destroys_nothing_and_says_so() -> None:
    """Once, however often it looks; what passes by the processor's seconds is time too."""
    desk = Watched()
    desk.look(desk.ends - 2 * WARNED_S)
    held = set(desk.ring.held())
    ahead = desk.metrics.alarms.labels("clock_ahead")._value

    def wrong() -> bool:
        desk.look(desk.world.clock.now() + 365 * 86_400, witnessed=False)
        return set(desk.ring.held()) == held

    seen = [(wrong(), ahead.get()), (wrong(), ahead.get())]
    overdue = desk.metrics.keys_overdue.labels(REALM, "CRIP")._value.get()
    desk.seconds += 2 * WARNED_S
    later = desk.look(desk.world.clock.now(), witnessed=False)

    assert seen == [(True, 1), (True, 1)]
    assert overdue == len(held)
    assert not later[0]
    assert set(desk.ring.held())


def test_what_a_router_signs_to_a_desk_bears_out_its_clock_and_its_own_word_does_not() -> None:
    """Without it the key stays: an answer that the desk's own service dates is no other's."""
    desk = Watched()
    desk.look(desk.ends - 1)
    desk.world.acknowledge("crip", desk.event)

    kept = desk.look(desk.ends, witnessed=False)
    desk.world.settle()
    gone = desk.look(desk.ends, witnessed=False)

    assert (kept[0], gone[0]) == (True, False)


def test_a_router_ahead_of_this_machines_clock_has_it_destroy_nothing() -> None:
    """Neither clock alone is enough: what is destroyed too early is gone for ever."""
    desk = Watched()
    desk.world.acknowledge("crip", desk.event)
    desk.witnessed.hear(desk.ends + 365 * 86_400)

    assert desk.look(desk.ends - 1)[0]
    assert not desk.look(desk.ends)[0]


def test_a_destruction_that_no_directory_says_is_an_alarm_after_eight_days() -> None:
    """Until the desk's word is on record; the keeper has a week for it, and one more day."""
    desk = Watched()
    keeper, gauge = Keeper(desk.world), desk.metrics.keys_unsaid.labels(REALM, "CRIP")
    desk.ring.destroy(desk.kid, desk.ends - 60)

    seen = []
    for at in (SAID_S - 1, SAID_S):
        desk.look(desk.ends - 60 + at, witnessed=False)
        seen.append(gauge._value.get())
    keeper.seal("crip", {desk.kid: desk.ends - 60})
    keeper.adopt()
    desk.look(desk.ends + SAID_S, witnessed=False)

    assert [*seen, gauge._value.get()] == [0, 1, 0]


@pytest.mark.parametrize("who", ["crip", "ase"])
def test_a_desk_without_a_valid_key_of_a_class_is_told(who: str) -> None:
    """Nothing of that class can be sent to it; also of a partner, whose keys lie elsewhere."""
    desk, urn = Watched(), desk_urn(REALM, who)
    keeper, gauge = Keeper(desk.world), desk.metrics.desks_closed
    now, agency = desk.world.clock.now(), desk.world.office("crip").agency
    if who != "crip":
        del agency.rings[urn]  # type: ignore[attr-defined]
    keys = agency.in_force(REALM, now)[1].encryption.valid(urn, "P90", now)

    desk.look(now)
    before = closed(gauge)
    keeper.seal(who, {key.kid: now for key in keys})
    keeper.adopt()
    desk.look(now + 1)

    assert (before, closed(gauge)) == ([], [(REALM, who)])


def test_a_desk_that_the_directory_lists_no_more_is_told() -> None:
    """Its token is unknown then, and nothing can be sent to it: its agency learns why."""
    desk = Watched()
    keeper = Keeper(desk.world)
    keeper.payload["desks"].remove(keeper.row("crip"))
    keeper.adopt()
    desk.look(desk.world.clock.now() + 1)

    assert (REALM, "crip") in closed(desk.metrics.desks_closed)


def test_a_half_that_is_not_the_desks_own_is_told_after_an_hour() -> None:
    """A stolen one came back into the directory, or what was made anew never came there."""
    desk = Watched()
    now, gauge, seen = desk.world.clock.now(), desk.metrics.desks_closed, []
    desk.ring._keys[desk.kid] = X25519PrivateKey.generate()

    for at in (now, now + GRACE_S - 1, now + GRACE_S):
        desk.look(at)
        seen.append(closed(gauge))

    assert seen == [[], [], [(REALM, "crip")]]


def closed(gauge: Gauge) -> list[tuple[str, ...]]:
    """Bus and desk of each that it names."""
    return [tuple(one.labels.values()) for family in gauge.collect() for one in family.samples]
