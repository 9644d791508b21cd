"""`POST /v1/inbox/{id}/outcome`: what it takes, and the contradictions that it refuses."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.samples import sample
from tests.services.agency.bench import Bench, bearer, serving


@pytest.fixture
async def court(council: Bench) -> AsyncIterator[Bench]:
    """The justice service of the same world."""
    async with serving("justice", council.world) as bench:
        yield bench


async def told(council: Bench, **body: Any) -> httpx.Response:
    """What the CRIP is answered when it gives the outcome of an information préoccupante."""
    record = sample("education", "information_preoccupante")
    event = council.world.post("edu-s", record).body["events"][0]
    council.settle()
    return await council.client.post(
        f"/v1/inbox/{event}/outcome", json=body, headers=bearer("crip")
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-02-30", "YYYY-MM-DD"), ("30/02/2026", "YYYY-MM-DD"), ("2031-01-01", "that has come")],
)
async def test_a_day_that_is_not_or_not_yet_is_refused(
    council: Bench, day: str, expected: str
) -> None:
    """30 February has the form of a date: it is told as a fault of `on`, not as one of ours."""
    answer = await told(council, code="closed", on=day)

    problem = answer.json()
    assert (answer.status_code, problem["place"]) == (422, "on")
    assert expected in problem["expected"]
    assert day not in answer.text


@pytest.mark.parametrize(
    ("code", "final"),
    [("received", True), ("being_evaluated", True), ("closed", False), ("not_ip", False)],
)
async def test_a_final_that_the_code_contradicts_is_refused(
    council: Bench, code: str, final: bool
) -> None:
    """`received` and `final` would close the imposed feedback: nothing is published."""
    answer = await told(council, code=code, final=final)
    council.settle()

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["place"]) == (
        422,
        "contradiction",
        "final",
    )
    assert council.writes.batches == []
    owed = [duty["act"] for duty in council.world.duties("crip")]
    assert "R39:final" in owed


async def test_an_outcome_may_be_said_to_be_provisional(council: Bench) -> None:
    """Help that is in place may not be the last word: `final` is the desk's to say."""
    answer = await told(council, code="help_in_place", final=False)

    assert answer.status_code == 202
    assert "R39:final" in [duty["act"] for duty in council.world.duties("crip")]


@pytest.mark.parametrize(
    "beside",
    [
        {"status": {"status": "judge_seized"}},
        {"measure": {"measure": "aemo"}},
    ],
)
async def test_what_this_author_is_not_told_is_refused_and_not_dropped(
    council: Bench, beside: dict[str, Any]
) -> None:
    """Status and measure beside a code went nowhere, and no `left_out` said so."""
    answer = await told(council, code="measure_ordered", **beside)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "contradiction")
    assert problem["place"] == next(iter(beside))
    assert council.writes.batches == []


async def test_a_code_beside_a_status_is_refused_too(council: Bench, court: Bench) -> None:
    """R40 tells the CRIP a status or a measure: a code beside it went nowhere."""
    record = sample("child_welfare", "crip_signalement", call=None)
    event = council.world.post("crip", record).body["events"][0]
    council.settle()
    body = {"status": {"status": "judge_seized"}, "code": "closed"}

    answer = await court.client.post(
        f"/v1/inbox/{event}/outcome", json=body, headers=bearer("parq-civ")
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "contradiction")
    assert answer.json()["place"] == "code"
