"""How many cases a desk may open in an hour: 429, and when to come again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.agency.loops.watching import count
from services.agency.office.fold.agency_fold import HOUR_S
from services.agency.office.office import Office
from tests.contracts.convention.amended import looked_up as with_look_ups
from tests.patience import eventually
from tests.samples import concern
from tests.services.agency.bench import Bench, serving
from tests.world import BEGIN

MOST = 3


@pytest.fixture
async def school() -> AsyncIterator[Bench]:
    """The education service, where a desk may open three cases an hour."""
    async with serving("education") as bench:
        bench.office.hourly_cases = MOST
        bench.world.clock.advance(600)
        bench.settle()
        yield bench


async def statuses(school: Bench, *names: object, desk: str = "edu-s") -> list[int]:
    """What a desk is answered, case by case."""
    posts = [school.post(desk, concern(reference=f"case {name}")) for name in names]
    return [(await post).status_code for post in posts]


async def test_the_first_case_too_many_is_told_when_the_hour_ends(school: Bench) -> None:
    """To the second, with the code; a dry run says it too, and nothing is published.

    Known cases go on, and other desks have figures of their own.
    """
    taken = await statuses(school, *range(MOST))

    refused = await school.post("edu-s", concern(reference="more"))
    tried = await school.post("edu-s", concern(reference="more"), "/v1/referrals?dry_run=true")

    assert taken == [202] * MOST
    for answer in (refused, tried):
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_new_cases")
        assert answer.headers["retry-after"] == "3000"
        assert answer.json()["got"] == "3 new cases in this hour"
    assert sum(school.writes.batches) == MOST
    assert await statuses(school, *range(MOST)) == [202] * MOST
    assert await statuses(school, *"abc", desk="edu-h-1") == [202] * MOST


async def test_what_is_written_together_is_counted_together(school: Bench) -> None:
    """Many requests in hand become one transaction: of them, too, so many are taken."""
    school.writes.hang = asyncio.Event()
    asked = [asyncio.create_task(statuses(school, name)) for name in range(MOST + 3)]
    # refused while the others are being written
    await eventually(lambda: any(task.done() for task in asked))
    school.writes.hang.set()

    answers = [status for (status,) in await asyncio.gather(*asked)]

    assert sorted(answers) == [202] * MOST + [429] * 3
    assert max(school.writes.batches) > 1


async def test_what_was_answered_opens_no_case(school: Bench) -> None:
    """The case is the desk's whose event was seen first on it."""
    await statuses(school, *range(MOST))
    school.settle()
    world = school.world
    for arrival in world.inbox("crip"):
        world.acknowledge("crip", arrival.event)
    school.settle()

    assert world.offices["child_welfare"].fold.opened == {}


async def test_looking_up_and_checking_the_way_open_no_case(school: Bench) -> None:
    """They are taken before the limit and at it; a token that was looked up is no known case."""
    school.world.adopt(with_look_ups())
    school.settle()

    async def beside() -> list[int]:
        asked = [("/v1/accesses", {"case": f"{name}"}) for name in range(MOST)]
        answers = [await school.post("edu-s", body, path) for path, body in asked]
        answers.append(await school.post("edu-s", path="/check"))
        school.settle()
        return [answer.status_code for answer in answers]

    before = await beside()
    taken = await statuses(school, *range(MOST))
    at_limit = await beside()
    looked_up = await school.post("edu-s", concern(reference="0"))

    assert before == at_limit == [202] * (MOST + 1)
    assert (taken, looked_up.status_code) == ([202] * MOST, 429)


async def test_a_desk_at_its_limit_is_told_to_operators_until_the_next_full_hour(
    school: Bench,
) -> None:
    """By its short id and figure, no other desk's; taken again in the hour's first second."""
    gauge = school.parts.metrics.cases_opened

    def shown() -> dict[str, float]:
        count(school.office, school.world.clock.now(), school.parts.metrics)
        samples = (sample for metric in gauge.collect() for sample in metric.samples)
        return {sample.labels["desk"]: sample.value for sample in samples}

    await statuses(school, *range(MOST - 1))
    below = shown()
    await statuses(school, "last")
    await statuses(school, "one", desk="edu-h-1")
    school.world.clock.move_to(BEGIN + HOUR_S - 1)
    at_limit, last = shown(), await statuses(school, "more")
    school.world.clock.move_to(BEGIN + HOUR_S)
    first = await statuses(school, "more", "other", "third", "too many")

    assert (below, at_limit) == ({}, {"edu-s": MOST})
    assert (last, first) == ([429], [202] * MOST + [429])


async def test_what_a_thief_writes_past_the_service_counts_in_this_hour(school: Bench) -> None:
    """He signs for two hours earlier or later: what came now is of the clock's hour."""
    await statuses(school, *range(MOST))
    now = school.world.clock.now() + 2 * HOUR_S
    office = Office(school.office.agency)

    for row in school.world.rows(".outbox.education"):
        office.follow(row, "civil", now)

    assert office.fold.opened["civil", "edu-s"] == MOST
