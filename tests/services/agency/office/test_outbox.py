"""Outboxes read back: chains and keys from covers that verify, nothing from anything else.

Sealed beside an event, for the agency itself: desks that it does not name, its file number.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.encoding import b64u, unb64u
from contracts.envelope.wire import Inbound
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest, status_of
from services.agency.office.responses.common import LeftOutScope
from services.agency.office.responses.sending import AddresseeVerdict
from services.agency.office.sending import sealing as unsent
from services.agency.office.sending.answer import AddresseeLine
from services.agency.office.sending.sealing import own_header, read_own
from tests.samples import concern, sample
from tests.world import BEGIN, World


@pytest.fixture
def world() -> World:
    """A world in which the school has published one keyed event."""
    world = World()
    world.post("edu-s", concern(), "key k-1")
    return world


def read(world: World, *records: Inbound, agency: str = "education") -> Office:
    """An office that has read these records of its outbox and knows nothing else."""
    office = Office(world.offices[agency].agency)
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


EVENT = "01939e3a-0000-7000-8000-000000000001"
SECRET, NONCE = b"s" * 32, b"n" * unsent.NONCE
NUMBER = "CANARY-runaway"  # the sample's


def runaway() -> tuple[World, str]:
    """A runaway without a call: one event, to ASE and prosecutor, nothing to the police."""
    world = World()
    world.clock.advance(82 * 86_400)  # the sample's
    sent = world.post("home-1", sample("child_welfare", "runaway", call=None), "key k-1")
    told = sent.body["outcome"], sent.body["sent_to"]
    assert told == ("published_in_part", ["ase", "parq-civ"]), sent.body
    (event,) = sent.body["events"]
    return world, event


def test_the_desk_that_gets_nothing_stands_among_those_of_the_event() -> None:
    """With all that the answer to the request said of it; also after a start, from the outbox."""
    world, event = runaway()
    world.settle()
    office = read(world, *world.rows(".outbox."), agency="child_welfare")

    before = world.status("home-1", event)
    desks = {desk["desk"]: desk for desk in before["to"]}
    again = status_of(office.view("home-1"), event, world.clock.now()).wire()

    assert {name: desk["state"] for name, desk in desks.items()} == {
        "ase": "refused", "parq-civ": "refused", "pol": "left_out",
    }  # fmt: skip
    pol = desks["pol"]
    assert (pol["clause"], pol["purpose"], pol["reasons"]) == ("R33", "search", ["no_call"])
    assert {"scope": "IDENTITY", "reasons": ["no_call"]} in pol["not_published"]
    assert {door["role"] for door in pol["doors"]} == {"ASE", "PARQ-CIV"}
    assert pol in again["to"]
    assert set(office.view("home-1").file_numbers.values()) == {NUMBER}
    assert office.view("home-2").file_numbers == {}


def test_what_is_sealed_says_nothing_to_others() -> None:
    """Neither desk, reason nor number stands in the record; numbers show no length."""
    world, _event = runaway()

    (record,) = world.rows(".outbox.")
    headers = dict(record.headers)

    for name in (unsent.UNSENT, unsent.OWN):
        sealed = unb64u((headers[name] or b"").decode())
        assert not any(word in sealed for word in (b"pol", b"no_call", b"R33", NUMBER.encode()))
    assert NUMBER.encode() not in (record.value or b"")
    made = [own_header(SECRET, EVENT, "é" * most, NONCE) for most in (1, 120, 128)]
    assert {len(value) for ((_, value),) in made} == {len(headers[unsent.OWN] or b"")}
    assert own_header(SECRET, EVENT, "案" * 86, NONCE) == []  # its start alone is another number


def _altered(value: bytes) -> bytes:
    data = unb64u(value.decode())
    return b64u(data[:-1] + bytes([data[-1] ^ 1])).encode()


@pytest.mark.parametrize(
    ("event", "change"),
    [
        (EVENT.replace("0001", "0002"), lambda value: value), (EVENT, _altered),
        (EVENT, lambda value: value[:5]), (EVENT, lambda _: b"\xff?"), (EVENT, lambda _: None),
    ],
    ids=["another event's", "altered", "cut", "not base64", "null"],
)  # fmt: skip
def test_a_header_that_is_not_ours_is_none(
    event: str, change: Callable[[bytes], bytes | None]
) -> None:
    """The event stands, without the desks: whoever may write to the topic cannot make any up."""
    left = LeftOutScope(scope="FACTS", reasons=("no_call", "danger_not_qualified"))
    verdict = AddresseeVerdict(
        desk="pol", verdict="withhold", purpose="protect_now", clause="R09", scopes=(),
        left_out=(left,), reasons=("no_call",), doors=(),
    )  # fmt: skip
    gets_nothing = AddresseeLine(verdict, None)
    ((_, value),) = unsent.unsent_header(SECRET, EVENT, [gets_nothing], NONCE)
    ((_, number),) = own_header(SECRET, EVENT, NUMBER, NONCE)

    assert unsent.read_unsent(SECRET, EVENT, [(unsent.UNSENT, value)]) != ()
    assert unsent.read_unsent(SECRET, event, [(unsent.UNSENT, change(value))]) == ()
    assert read_own(SECRET, EVENT, [(unsent.OWN, number)]) == NUMBER
    assert read_own(SECRET, event, [(unsent.OWN, change(number))]) == ""
    assert unsent.read_unsent(SECRET, EVENT, [(unsent.UNSENT, number)]) == ()
