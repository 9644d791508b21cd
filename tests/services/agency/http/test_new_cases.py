"""The convention's figure of new cases at an agency's door: 429, and when to come again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.agency.office.office import Office
from tests.contracts.convention.amended import limited
from tests.contracts.convention.parties import adoption
from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.bench import Bench, bearer, serving
from tests.world import BEGIN, World

MOST = 3


def concern(name: object) -> dict[str, object]:
    """A school's alert on a case of that name."""
    return sample("education", "information_preoccupante", reference=f"case {name}")


@pytest.fixture
async def school() -> AsyncIterator[Bench]:
    """The education service, where a desk may open three cases an hour."""
    async with serving("education") as bench:
        bench.world.order("civil", "adopt_convention", adoption(limited(MOST)))
        bench.world.clock.advance(600)
        bench.settle()
        yield bench


async def statuses(school: Bench, *names: object, desk: str = "edu-s") -> list[int]:
    """What a desk is answered, case by case."""
    return [(await school.post(desk, concern(name))).status_code for name in names]


def read_again(world: World, agency: str, first: str) -> Office:
    """An office that knows only what Kafka holds, one kind of topic read before the other."""
    office = Office(world.offices[agency].agency)
    rows = [
        (kind, realm, number, row)
        for (name, number), records in world.topics.items()
        for _, realm, kind, owner in [(*name.split("."), "")[:4]]
        if owner == agency
        for row in records
    ]
    for kind, realm, number, row in sorted(rows, key=lambda one: one[0] != first):
        if kind == "outbox":
            office.read_back(row, realm, world.clock.now())
        else:
            office.take(row, (realm, number), office.agency.desks, world.clock.now())
    return office


async def test_the_first_case_too_many_is_told_when_the_hour_ends(school: Bench) -> None:
    """To the second, with the code; a dry run says it too, and nothing is published."""
    taken = await statuses(school, *range(MOST))

    refused = await school.post("edu-s", concern("more"))
    tried = await school.client.post(
        "/v1/referrals?dry_run=true", json=concern("more"), headers=bearer("edu-s")
    )

    assert taken == [202] * MOST
    for answer in (refused, tried):
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_new_cases")
        assert answer.headers["retry-after"] == "3000"
        assert answer.json()["got"] == "3 new cases in this hour"
    assert sum(school.writes.batches) == MOST


async def test_what_is_written_together_is_counted_together(school: Bench) -> None:
    """Many requests in hand become one transaction: of them, too, so many are taken."""
    school.writes.hang = asyncio.Event()
    asked = [asyncio.create_task(school.post("edu-s", concern(name))) for name in range(MOST + 3)]
    async with asyncio.timeout(PATIENCE):
        while not any(task.done() for task in asked):  # refused while the others are being written
            await asyncio.sleep(0.01)
    school.writes.hang.set()

    answers = [answer.status_code for answer in await asyncio.gather(*asked)]

    assert sorted(answers) == [202] * MOST + [429] * 3
    assert max(school.writes.batches) > 1


@pytest.mark.parametrize("first", ["outbox", "inbox"])
async def test_a_start_counts_what_was_opened_before_it(school: Bench, first: str) -> None:
    """From the outbox, whichever is read first; what was answered to others is not counted."""
    await statuses(school, *range(MOST))
    school.settle()
    world = school.world
    world.clock.advance(60)
    for arrival in world.inbox("crip"):
        world.acknowledge("crip", arrival.event)
    school.settle()

    office = read_again(world, "education", first)

    urn = "urn:relais:civil:desk:edu-s"
    assert office.fold.new_cases.opened(urn, world.clock.now()) == MOST
    child_welfare = read_again(world, "child_welfare", first)
    crip = "urn:relais:civil:desk:crip"
    assert child_welfare.fold.new_cases.opened(crip, world.clock.now()) == 0


@pytest.fixture
async def growing() -> AsyncIterator[Bench]:
    """The education service, where two deliveries of a desk's own on a case cost nothing."""
    async with serving("education") as bench:
        bench.world.order("civil", "adopt_convention", adoption(limited(MOST, deliveries=2)))
        bench.world.clock.advance(600)
        bench.settle()
        yield bench


async def test_more_on_a_case_that_holds_much_costs_what_routing_counts(growing: Bench) -> None:
    """The door says 429 where routing would refuse; both count the same, none twice."""
    taken = await statuses(growing, *[0] * 4)
    refused = await growing.post("edu-s", concern(0))
    others = await statuses(growing, "new")
    growing.settle()

    urn, now = "urn:relais:civil:desk:edu-s", growing.world.clock.now()
    counted = [
        router.state.opened[urn][1]
        for router in growing.world.routers.values()
        if urn in router.state.opened
    ]
    assert (taken, refused.status_code, others) == ([202] * 4, 429, [429])
    assert refused.json()["code"] == "too_much_on_case"
    assert refused.headers["retry-after"] == "3000"
    assert counted == [MOST] == [growing.office.fold.new_cases.opened(urn, now)]
    for first in ("outbox", "inbox"):
        again = read_again(growing.world, "education", first).fold.new_cases
        assert again.opened(urn, now) == MOST
    growing.world.clock.move_to(BEGIN + 3600)
    assert await statuses(growing, 0, 0) == [202, 429]
