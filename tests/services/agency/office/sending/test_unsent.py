"""Sealed beside an event for the agency itself: desks that it does not name, its file number."""

from collections.abc import Callable

import pytest

from contracts.encoding import b64u, unb64u
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import status_of
from services.agency.office.responses.common import LeftOutScope
from services.agency.office.responses.sending import AddresseeVerdict
from services.agency.office.sending import sealing as unsent
from services.agency.office.sending.answer import AddresseeLine
from services.agency.office.sending.sealing import own_header, read_own
from tests.samples import sample
from tests.world import World

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
    office = Office(world.offices["child_welfare"].agency)
    for record in world.rows(".outbox."):
        office.read_back(record, "civil", world.clock.now())

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
