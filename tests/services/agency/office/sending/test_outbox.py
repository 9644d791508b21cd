"""Outboxes read back: chains and keys from covers that verify, nothing from anything else."""

from dataclasses import replace

import pytest

from contracts.envelope.wire import Inbound
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from tests.samples import concern
from tests.world import BEGIN, World


@pytest.fixture
def world() -> World:
    """A world in which the school has published one keyed event."""
    world = World()
    world.post("edu-s", concern(), "key k-1")
    return world


def read(world: World, *records: Inbound) -> Office:
    """An office that has read these records of its outbox and knows nothing else."""
    office = Office(world.offices["education"].agency)
    for record in records:
        office.read_back(record, "civil", world.clock.now())
    return office


def test_what_does_not_verify_moves_no_chain(world: World) -> None:
    """Whoever can write to the topic but has no desk's key changes nothing that we know."""
    (record,) = world.rows(".outbox.")
    value = record.value or b""
    cut = value.find(b'"cover":"') + 200
    forged = [
        replace(record, value=None),
        replace(record, value=b"{}"),
        replace(record, value=value[:cut] + b"AAAA" + value[cut + 4 :]),
        replace(record, headers=(("content-type", b"text/plain"),)),
    ]
    office = read(world, *forged)

    assert (office.outbox.chain, office.outbox.keys) == ({}, {})


def test_keys_of_two_realms_cannot_be_joined(world: World) -> None:
    """One idempotency key gives unrelated HMACs on both buses, and for both desks."""
    agency = world.offices["justice"].agency
    found = {
        agency.idempotency(realm, desk, "key", b"same")
        for realm in ("civil", "criminal")
        for desk in ("parq-crim", "parq-civ")
    }

    assert len(found) == 4


@pytest.mark.parametrize("aborted", [False, True])
def test_another_writers_cover_before_one_of_ours_that_is_under_way(
    world: World, aborted: bool
) -> None:
    """Ours stands behind it in the log and stays last; if it is given up, the other's is.

    To the other, which wrote it, it is not another's.
    """
    (theirs,), writer = world.rows(".outbox."), world.offices["education"]
    office = read(world)
    request = DeskRequest("edu-s", "record", concern())
    prepared = office.judge(request, BEGIN)
    sealed = office.seal(prepared, {}, BEGIN * 1000, world.random)
    office.writing(sealed)

    found = [one.follow(theirs, "civil", BEGIN) for one in (office, writer)]
    assert office.view("edu-s").own.keys() == writer.view("edu-s").own.keys()
    if aborted:
        office.given_up(sealed)
    else:
        office.committed(sealed)

    (last,) = office.outbox.chain.values()
    ours = sealed[0].issued.digest
    assert [one is not None for one in found] == [True, False]
    assert (last == ours) is not aborted
    assert last in (ours, (theirs.key or b"").decode())
