"""Desks that left, or that nobody agreed to: routing tells nobody who has no inbox, and goes on."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.conventions import shipped
from contracts.encoding import rfc3339
from contracts.log.orders.order import make_order
from contracts.log.orders.succession import DAY_S, SUCCESSION, succession
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.agency.office.office import Office
from tests.contracts.convention.hospital import third
from tests.contracts.convention.parties import adoption
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, alert, decided, draft, owed, raw, same_state
from tests.flows.desks_changed import join, leave
from tests.flows.joining import house
from tests.flows.key_succession import REALM, Keeper
from tests.world import OWNER, World


def told(world: World, desk: str) -> int:
    """Number of records for a desk, in whatever inbox."""
    inboxes = [rows for (name, _), rows in world.topics.items() if ".inbox." in name]
    return sum(len(kit.addressed(rows, desk)) for rows in inboxes)


def kinds(world: World) -> list[str]:
    """Of every record of the civil log."""
    return [
        orjson.loads(row.value or b"")["kind"]
        for number in range(topics.PARTITIONS)
        for row in world.topics[topics.decisions("civil"), number]
    ]


def test_what_is_owed_to_a_desk_that_has_left_falls_overdue_all_the_same() -> None:
    """The record is written and the debtor told; nothing goes where nobody is."""
    world = World()
    raw(world, "psp", "IP", ("crip", "assess", "FACTS IDENTITY"))
    leave(world, Keeper(world), "psp")
    before, crip = told(world, "psp"), told(world, "crip")

    world.clock.advance(4 * kit.DAY)
    world.settle()

    assert "overdue" in kinds(world)
    assert told(world, "psp") == before
    assert told(world, "crip") == crip + 1
    assert owed(world) == ["crip ACK:received", "crip R39:final"]
    assert world.audit()["clean"]
    same_state(world)


def test_what_was_in_flight_to_a_desk_that_has_left_reaches_nobody() -> None:
    """Its key is no longer the directory's: put aside, and the issuer is told."""
    world = World()
    draft_ = draft("ase", "SPECREF", ("asso", "specialist_followup", "IDENTITY"))
    world.publish_raw("ase", draft_)

    leave(world, Keeper(world), "asso")

    assert kinds(world).count("quarantined") == 1
    assert (told(world, "asso"), told(world, "ase")) == (0, 1)
    assert world.audit()["clean"]


def test_a_desk_without_any_clause_is_refused_and_not_told() -> None:
    """A role that the convention does not have, in a house that has an outbox: no poison there."""
    world = World()
    keeper, office = Keeper(world), world.offices["child_welfare"]
    own, ring = keeper.add("umj", "UMJ", agency="child_welfare")
    keeper.adopt()
    world.join(Office(house(world, "child_welfare", "umj", own, ring)))
    world.offices |= {"child_welfare": office, "new": world.offices["child_welfare"]}

    (event,) = world.publish_raw("umj", draft("umj", "IP", ("crip", "assess", "FACTS"), case=CASE))
    world.settle()

    assert world.decision_on(event)["addressees"][0]["reasons"] == ["no_clause"]
    assert told(world, "umj") == 0
    assert world.audit()["clean"]


def test_an_agency_gets_no_role_from_the_directory_alone() -> None:
    """The convention gives UMJ to the hospital: another agency's desk of that role is nobody."""
    world = World()
    world.clock.advance(30 * kit.DAY)
    for realm in world.registries:
        world.order(realm, "adopt_convention", adoption(third(shipped())))
    keeper = Keeper(world)
    keeper.add("umj", "UMJ", agency="clinic")
    keeper.adopt()

    event = raw(world, "crip", "FEEDBACK", ("umj", "close_loop", "CODE.outcome"))

    assert decided(world, event, "umj")["reasons"] == ["unknown_desk"]
    assert told(world, "umj") == 0
    assert world.audit()["clean"]


def set_back(world: World) -> None:
    """An order without the desk's consent, of which both instants are past."""
    join(world, Keeper(world), "crip", "crip-2")
    world.settle()
    start = world.clock.now()
    world.clock.advance(44 * DAY_S)
    desk, heir = (desk_urn(REALM, name) for name in ("crip", "crip-2"))
    registry = world.registries[REALM]
    value = make_order(
        REALM, SUCCESSION, succession(desk, [heir], start + 30 * DAY_S),
        last=registry.last, start=start, signers=[OWNER],
    )  # fmt: skip
    assert registry.extend([value], world.clock.now()) == []
    world.settle()


def test_a_desk_is_written_to_for_seven_days_from_when_its_end_could_be_known() -> None:
    """Service and router come to the same; after that both name the heir."""
    world = World()
    set_back(world)
    ends = world.clock.now() + 7 * DAY_S
    record: dict[str, Any] = alert(world) | {"to": ["crip"]}

    (event,) = world.post("edu-s", record | {"reference": "child 1"}).events
    world.settle()
    world.clock.advance(7 * DAY_S)
    world.settle()
    late = world.post("edu-s", record | {"reference": "child 2"})

    (to,) = world.status("edu-s", event)["to"]
    assert (to["state"], to["heirs"]) == ("delivered", ["crip-2"])
    assert to["until"] == rfc3339(ends)
    assert (late.status, late.body["to"][0]["reasons"]) == (422, ["desk_ended"])
    assert world.audit()["clean"]
