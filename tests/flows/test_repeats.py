"""The same again: duplicates, reused ids, covers that a router would have skipped."""

from __future__ import annotations

from contracts.envelope.wire import Outbound
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.sending.sealing import Sealed
from tests.contracts.envelope.kit import Seeded
from tests.flows.acts import alert, raw, same_state
from tests.world import World

OUTBOX = topics.outbox("civil", "education")


def published(world: World) -> list[Outbound]:
    """Everything in education's outbox, as it could be written again."""
    return [
        Outbound(one.topic, one.partition, one.key or b"", one.value or b"", list(one.headers))  # type: ignore[arg-type]
        for (topic, _), records in world.topics.items()
        if topic == OUTBOX
        for one in records
    ]


def test_a_replayed_event_is_delivered_once() -> None:
    """Written to the outbox a second time, it is answered with its first decision."""
    world = World()
    answer = world.post("edu-s", alert(world))
    world.settle()
    before = world.status("edu-s", answer.events[0])

    for record in published(world):
        world.write(record)
        world.write(record)
    world.settle()

    assert len(world.inbox("crip")) == 1
    assert world.status("edu-s", answer.events[0]) == before
    kinds = [router.state.tail.index for router in world.routers.values()]
    assert sum(kinds) == 12 * 3 + 2  # three first records a partition, the event, one duplicate
    same_state(world)


def test_one_number_at_two_schools_of_one_authority_is_two_cases() -> None:
    """The token that one school's head makes of a reference is not the other's."""
    world = World()

    assert world.post("edu-h-1", alert(world)).case != world.post("edu-h-2", alert(world)).case


def test_an_id_that_is_used_in_two_cases_is_answered_in_each() -> None:
    """No router sees it: both are delivered, shown, owed, and answered by their names."""
    world = World()
    office = world.office("edu-s")
    first = world.post("edu-s", alert(world))
    partition = next(iter(office.outbox.chain))[1]
    sealed = (_same_id(world, f"T-2 {number}") for number in range(50))
    again = next(one for one in sealed if one.record.partition != partition)
    world.write(again.record)
    world.settle()

    seen = world.office("crip").view("crip").names.events
    owed = {duty["event"] for duty in world.duties("crip")}
    bare = world.acknowledge("crip", first.events[0])
    answers = [world.acknowledge("crip", name) for name in seen]
    world.settle()

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
    request = DeskRequest("edu-s", "record", alert(world) | {"reference": reference})
    prepared = office.judge(request, world.clock.now())
    now_ms, chain = world.clock.now_ms(), dict(office.outbox.chain)
    (sealed,) = office.seal(prepared, chain, now_ms, Seeded(world.seed))
    return sealed


def test_an_event_of_the_other_bus_takes_no_arrivals_place() -> None:
    """By the id and case of an order sent before, an association made the police lose it."""
    world, to = World(), ("pol", "investigate", "FACTS")
    world.random = Seeded("one id")
    first = raw(world, "asso", "HEARING", ("pol", "be_present", "CODE.attendance"))
    world.random = Seeded("one id")
    order = raw(world, "parq-crim", "ST", to, realm="criminal")
    office = world.office("pol")
    arrivals = {one.iss: name for name, one in office.view("pol").names.events.items()}
    asked = {duty["realm"]: duty["event"] for duty in world.duties("pol")}

    answers = [world.acknowledge("pol", name, "received").body for name in arrivals.values()]
    world.settle()

    assert first == order
    assert set(arrivals) == {desk_urn("civil", "asso"), desk_urn("criminal", "parq-crim")}
    assert asked["criminal"] == arrivals[desk_urn("criminal", "parq-crim")]
    assert [answer["sent_to"] for answer in answers] == [["asso"], ["parq-crim"]]
    same_state(world)
