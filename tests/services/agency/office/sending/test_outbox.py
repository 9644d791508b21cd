"""Outboxes read back: chains and keys from covers that verify, nothing from anything else."""

from dataclasses import replace

import pytest

from contracts.envelope.wire import Inbound
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from tests.samples import sample
from tests.world import BEGIN, World

KEY = "key k-1"
NOW = BEGIN


@pytest.fixture
def world() -> World:
    """A world in which the school has published one keyed event."""
    world = World()
    answer = world.post("edu-s", sample("education", "information_preoccupante"), KEY)
    assert answer.accepted
    return world


def published(world: World) -> Inbound:
    """The one record of the school's outbox."""
    (record,) = [
        row for (name, _), rows in world.topics.items() for row in rows if ".outbox." in name
    ]
    return record


def read(world: World, *records: Inbound) -> Office:
    """An office that has read these records of its outbox and knows nothing else."""
    office = Office(world.offices["education"].agency)
    for record in records:
        office.read_back(record, "civil", world.clock.now())
    return office


def test_what_does_not_verify_moves_no_chain(world: World) -> None:
    """Whoever can write to the topic but has no desk's key changes nothing that we know."""
    record = published(world)
    value = record.value or b""
    cut = value.find(b'"cover":"') + 200
    forged = [
        replace(record, value=None),
        replace(record, value=b"{}"),
        replace(record, value=value[:cut] + b"AAAA" + value[cut + 4 :]),
        replace(record, headers=(("content-type", b"text/plain"),)),
    ]
    office = read(world, *forged)

    assert office.outbox.chain == {}
    assert office.outbox.keys == {}


def test_keys_of_two_realms_cannot_be_joined(world: World) -> None:
    """One idempotency key gives unrelated HMACs on both buses, and for both desks."""
    agency = world.offices["justice"].agency
    found = {
        agency.idempotency(realm, desk, "key", b"same")
        for realm in ("civil", "criminal")
        for desk in ("parq-crim", "parq-civ")
    }

    assert len(found) == 4


def follow(office: Office, *records: Inbound) -> list[bool]:
    """Give an office that is at work records of its outbox; which are of another writer."""
    return [office.follow(record, "civil", NOW) is not None for record in records]


def test_another_writers_cover_moves_the_chain_and_ours_read_back_does_not(world: World) -> None:
    """What we have just written is known; what we have not is followed, shown as own."""
    ours, office = published(world), world.offices["education"]
    last = dict(office.outbox.chain)
    stranger = read(world)

    assert follow(office, ours) == [False]
    assert office.outbox.chain == last
    assert follow(stranger, ours) == [True]
    assert stranger.outbox.chain == last
    assert stranger.view("edu-s").own.keys() == office.view("edu-s").own.keys()


@pytest.mark.parametrize("aborted", [False, True])
def test_another_writers_cover_before_one_of_ours_that_is_under_way(
    world: World, aborted: bool
) -> None:
    """Ours stands behind it in the log and stays last; if it is given up, the other's is."""
    theirs = published(world)
    office = read(world)
    request = DeskRequest("edu-s", "record", sample("education", "information_preoccupante"))
    prepared = office.judge(request, NOW)
    sealed = office.seal(prepared, {}, NOW * 1000, world.random)
    office.writing(sealed)

    found = follow(office, theirs)
    if aborted:
        office.given_up(sealed)
    else:
        office.committed(sealed)

    (last,) = office.outbox.chain.values()
    ours = sealed[0].issued.digest
    assert found == [True]
    assert (last == ours) is not aborted
    assert last in (ours, (theirs.key or b"").decode())
