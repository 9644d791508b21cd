"""Back-pressure at an agency's door: too much is refused at once, and nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.agency.http import admission
from services.agency.office.requests import pressure
from tests.patience import PATIENCE
from tests.samples import sample
from tests.services.agency.bench import Bench, bearer, route_only


def concern(number: int = 0) -> dict[str, object]:
    """An information préoccupante of a school."""
    return sample("education", "information_preoccupante", reference=f"case {number}")


async def until_in_hand(school: Bench, count: int) -> None:
    """Wait until so many requests wait for their commit."""
    async with asyncio.timeout(PATIENCE):
        while len(school.publisher._pending) < count:
            await asyncio.sleep(0.01)


def told_to_wait(answer: httpx.Response, status: int, code: str) -> None:
    """A problem document with a time to come back."""
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


async def test_one_caller_in_a_loop_leaves_room_for_the_others(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond its share a caller gets 429, while another desk is still let in."""
    monkeypatch.setattr(admission, "WRITES_OF_ONE", 3)
    school.writes.hang = asyncio.Event()
    waiting = [
        asyncio.create_task(school.post("edu-s", concern(n), **{"Idempotency-Key": f"k{n}"}))
        for n in range(3)
    ]
    await until_in_hand(school, 3)

    fourth = await school.post("edu-s", concern(4))
    other = asyncio.create_task(school.post("edu-h-1", concern(5), **{"Idempotency-Key": "o"}))
    await until_in_hand(school, 4)
    school.writes.hang.set()

    told_to_wait(fourth, 429, "too_many_at_once")
    assert {answer.status_code for answer in await asyncio.gather(*waiting, other)} == {202}
    assert (await school.post("edu-s", concern(4))).status_code == 202


async def test_all_callers_together_have_a_bound(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as much in hand as may be the next gets 503; reading goes on, then writing."""
    monkeypatch.setattr(admission, "WRITES", 2)
    school.writes.hang = asyncio.Event()
    waiting = [
        asyncio.create_task(school.post(desk, concern(), **{"Idempotency-Key": "k"}))
        for desk in ("edu-s", "edu-h-1")
    ]
    await until_in_hand(school, 2)

    third = await school.post("edu-h-2", concern())
    reading = await school.get("edu-s", "/v1/duties")
    page = school.parts.metrics.page().decode()
    school.writes.hang.set()

    told_to_wait(third, 503, "busy")
    assert reading.status_code == 200
    assert 'relais_turned_away_total{code="busy"} 1.0' in page
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {202}
    assert sum(school.writes.batches) == 2
    assert (await school.post("edu-h-2", concern())).status_code == 202


async def test_a_refused_request_is_not_read(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body of a request beyond the bound is never taken into memory."""
    monkeypatch.setattr(admission, "WRITES", 0)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield bytes(1000)

    transport_reads = school.client._transport
    request = school.client.build_request(
        "POST", "/v1/referrals", content=body(), headers=bearer("edu-s", **{"Content-Type": "x"})
    )
    answer = await transport_reads.handle_async_request(request)
    await answer.aread()

    assert answer.status_code == 503
    assert read == 0


async def test_an_intake_stops_where_routing_is_behind(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many own events without a decision, then 503; decided ones make room, without help."""
    monkeypatch.setattr(pressure, "UNDECIDED", 3)
    taken = [await school.post("edu-s", concern(number)) for number in range(3)]

    behind = await school.post("edu-s", concern(4))
    again = await school.post("edu-s", concern(4))
    route_only(school.world)
    still = await school.post("edu-s", concern(4))
    school.settle()
    after = await school.post("edu-s", concern(4))

    assert {answer.status_code for answer in taken} == {202}
    for answer in (behind, again, still):
        told_to_wait(answer, 503, "routing_behind")
    assert after.status_code == 202
    assert school.office.fold.undecided == 1
    assert sum(school.writes.batches) == 4


async def test_a_repeated_request_is_answered_even_when_routing_is_behind(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken before is found again: a caller that lost its answer is not kept waiting."""
    monkeypatch.setattr(pressure, "UNDECIDED", 1)
    first = await school.post("edu-s", concern(), **{"Idempotency-Key": "k"})

    again = await school.post("edu-s", concern(), **{"Idempotency-Key": "k"})

    assert (again.status_code, again.json()) == (202, first.json())
