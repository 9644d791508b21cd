"""Events whose id is used again, that are taken back, met with silence, or lie far apart."""

from __future__ import annotations

import orjson

from contracts.encoding import digest, partition_of
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.sending.sealing import Sealed
from tests.contracts.envelope.kit import DAY, Seeded
from tests.flows.acts import ack, duty, owed, paris, raw, recorded, same_state
from tests.samples import concern
from tests.world import BEGIN, World


def test_one_number_at_two_schools_of_one_authority_is_two_cases(world: World) -> None:
    """The token that one school's head makes of a reference is not the other's."""
    assert world.post("edu-h-1", concern()).case != world.post("edu-h-2", concern()).case


def test_an_id_that_is_used_in_two_cases_is_answered_in_each(world: World) -> None:
    """No router sees it: both are delivered, shown, owed, and answered by their names."""
    office = world.office("edu-s")
    first = world.post("edu-s", concern())
    partition = next(iter(office.outbox.chain))[1]
    sealed = (_same_id(world, f"T-2 {number}") for number in range(50))
    again = next(one for one in sealed if one.record.partition != partition)
    world.write(again.record)
    world.settle()

    seen = world.office("crip").view("crip").names.events
    owed = {duty["event"] for duty in world.duties("crip")}
    bare = world.acknowledge("crip", first.events[0])
    answers = [world.acknowledge("crip", name) for name in seen]

    assert again.issued.claims.jti == first.events[0]
    assert {one.case for one in seen.values()} == {first.case, again.issued.claims.sub}
    assert len(world.inbox("crip")) == 2
    assert owed == seen.keys()
    assert (bare.status, bare.code) == (409, "id_of_two_events")
    assert all(one.accepted for one in answers)
    assert not any(duty["act"].startswith("ACK:received") for duty in world.duties("crip"))


def _same_id(world: World, reference: str) -> Sealed:
    """Another case's event that has the id of the first."""
    office = world.office("edu-s")
    request = DeskRequest("edu-s", "record", concern(reference=reference))
    prepared = office.judge(request, world.clock.now())
    now_ms, chain = world.clock.now_ms(), dict(office.outbox.chain)
    (sealed,) = office.seal(prepared, chain, now_ms, Seeded(world.seed))
    return sealed


def test_an_event_of_the_other_bus_takes_no_arrivals_place(world: World) -> None:
    """By the id and case of an order sent before, an association made the police lose it."""
    to = ("pol", "investigate", "FACTS")
    world.random = Seeded("one id")
    first = raw(world, "asso", "HEARING", ("pol", "be_present", "CODE.attendance"))
    world.random = Seeded("one id")
    order = raw(world, "parq-crim", "ST", to, realm="criminal")
    office = world.office("pol")
    arrivals = {one.iss: name for name, one in office.view("pol").names.events.items()}
    asked = {duty["realm"]: duty["event"] for duty in world.duties("pol")}

    answers = [world.acknowledge("pol", name, "received").body for name in arrivals.values()]

    assert first == order
    assert set(arrivals) == {desk_urn("civil", "asso"), desk_urn("criminal", "parq-crim")}
    assert asked["criminal"] == arrivals[desk_urn("criminal", "parq-crim")]
    assert [answer["sent_to"] for answer in answers] == [["asso"], ["parq-crim"]]
    same_state(world)


def test_an_event_that_nobody_has_cannot_be_withdrawn(world: World) -> None:
    """Refused by the service, before anything is published; a second withdrawal likewise."""
    (event,) = world.post("edu-s", concern()).events
    world.withdraw("edu-s", event)

    assert world.withdraw("edu-s", event).code == "not_delivered"
    assert world.withdraw("edu-h-1", event).code == "event_unknown"


def test_who_takes_an_answer_back_has_not_answered(world: World) -> None:
    """The CRIP's final outcome, withdrawn: the imposed feedback is owed again, and overdue."""
    (event,) = world.post("edu-s", concern()).events
    world.acknowledge("crip", event)
    answer = world.outcome("crip", event, "not_ip", final=True)
    met = owed(world)

    world.withdraw("crip", answer.events[0])
    again = owed(world, "crip")
    world.wait(100 * DAY)

    assert met == []
    assert again == ["crip R39:final"]
    assert duty(world, "crip", "R39:final")["overdue"]
    same_state(world)


def test_an_idle_partition_speaks_of_what_fell_due(world: World) -> None:
    """No event comes; a second before it is silent; the record has the due instant itself."""
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    due = paris(world, "2026-09-08 23:59:59")

    world.wait(due - 1 - BEGIN)
    assert recorded(world, "overdue") == []
    world.wait(2 * DAY)

    assert recorded(world, "overdue") == [due]
    assert duty(world, "crip", "ACK:received")["overdue"]
    same_state(world)


def test_an_open_duty_is_noticed_again_every_180_days(world: World) -> None:
    """A report due in two years is not forgotten, nor is one that stays overdue."""
    order = raw(world, "je", "MEASURE", ("pjj", "mjie", "IDENTITY"), ends_on="2027-09-01")
    ack(world, "pjj", "je", order, "started")

    world.wait(540 * DAY)

    # Due on day 344: noticed again on day 180, overdue then, noticed again 180 days after that.
    assert [(at - BEGIN) // DAY for at in recorded(world, "renewed")] == [180, 344 + 180]
    assert recorded(world, "overdue") == [paris(world, "2027-08-17 23:59:59")]
    same_state(world)


def test_an_expired_directory_stops_sealing_and_not_reading(world: World) -> None:
    """What came can still be opened and counted; nothing new is sealed to keys of the past."""
    answer = world.post("edu-s", concern())

    world.wait(500 * DAY)
    late = world.post("edu-s", concern())

    assert [one.event for one in world.inbox("crip")] == answer.events
    assert all(one["overdue"] for one in world.duties("crip"))
    assert (late.status, late.code) == (503, "directory_expired")


MANY = 48


def test_cases_lie_behind_the_sixth_partition_too() -> None:
    """Each where the rule puts it, one number in outbox, log and inbox; genesis says how many."""
    world = World(partitions=MANY)
    for number in range(20):
        raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"), case=digest(str(number)))

    used = {place for place, rows in world.topics.items() if rows and ".outbox." in place[0]}
    assert {number for _, number in used} - set(range(topics.PARTITIONS))
    for name, number in used:
        realm = name.split(".")[1]
        for row in world.topics[topics.evidence(realm), number]:
            effects = orjson.loads(row.value or b"")["effects"]
            first = [one for one in effects if one["k"] == "genesis"]
            assert [one["partitions"] for one in first] in ([], [MANY])
            for token in {one["sub"] for one in effects if "sub" in one}:
                assert partition_of(world.secrets[realm], realm, token, MANY) == number
    assert len(world.inbox("crip")) == 20
    same_state(world)
