"""What an agency refuses for now: too much at once, behind routing, without Kafka or signer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from unittest.mock import AsyncMock

import httpx
import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from contracts.errors import RelaisError
from contracts.keys.keyring import HeldSigners
from contracts.vocabulary.schema import desk_urn
from services.agency.http import admission
from services.agency.loops import incoming, publisher
from services.agency.office.requests import pressure
from services.platform.process.exit_codes import TransactionAbortedError
from services.platform.process.metrics import Metrics
from tests.contracts.envelope import kit
from tests.patience import PATIENCE, eventually
from tests.samples import concern
from tests.services.agency.bench import Bench, bearer
from tests.services.agency.http.test_http import INBOX
from tests.services.routing.test_shard import Away


async def in_hand(school: Bench, *desks: str) -> list[asyncio.Task[httpx.Response]]:
    """Requests of desks that wait for their commit, with those before them."""
    found, before = list[asyncio.Task[httpx.Response]](), len(school.publisher._pending)
    for number, desk in enumerate(desks):
        posted = school.post(desk, concern(), key=f"{before} {number}")
        found.append(asyncio.create_task(posted))
    await eventually(lambda: len(school.publisher._pending) >= before + len(desks))
    return found


def told_to_wait(answers: Iterable[httpx.Response], status: int, code: str) -> None:
    """Problem documents with a time to come back."""
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0


async def test_one_caller_in_a_loop_leaves_room_for_the_others(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond its share a caller gets 429, while another desk is still let in."""
    monkeypatch.setattr(admission, "WRITES_OF_ONE", 3)
    school.writes.hang = asyncio.Event()
    waiting = await in_hand(school, *["edu-s"] * 3)

    fourth = await school.post("edu-s", concern())
    waiting += await in_hand(school, "edu-h-1")
    school.writes.hang.set()

    told_to_wait([fourth], 429, "too_many_at_once")
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {202}
    assert (await school.post("edu-s", concern())).status_code == 202


async def test_all_callers_together_have_a_bound(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as much in hand as may be the next gets 503, unread; reading goes on, then writing."""
    monkeypatch.setattr(admission, "WRITES", 2)
    school.writes.hang = asyncio.Event()
    waiting = await in_hand(school, "edu-s", "edu-h-1")
    read = list[bytes]()

    async def body() -> AsyncIterator[bytes]:
        read.append(bytes(1000))
        yield read[-1]

    headers = bearer("edu-h-2", **{"Content-Type": "application/json"})
    request = school.client.build_request("POST", "/v1/referrals", content=body(), headers=headers)
    third = await school.client._transport.handle_async_request(request)
    await third.aread()
    reading = await school.get("edu-s", "/v1/duties")
    page = school.parts.metrics.page().decode()
    school.writes.hang.set()

    told_to_wait([third], 503, "busy")
    assert (read, reading.status_code) == ([], 200)
    assert 'relais_turned_away_total{code="busy"} 1.0' in page
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {202}
    assert sum(school.writes.batches) == 2
    assert (await school.post("edu-h-2", concern())).status_code == 202


async def test_an_intake_stops_where_routing_is_behind(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many own events without a decision, then 503; what was taken before is found again."""
    monkeypatch.setattr(pressure, "UNDECIDED", 3)
    first = await school.post("edu-s", concern(), key="k")
    taken = [first, *[await school.post("edu-s", concern()) for _ in range(2)]]

    behind = [await school.post("edu-s", concern()) for _ in range(2)]
    again = await school.post("edu-s", concern(), key="k")
    school.world.route_all()
    behind.append(await school.post("edu-s", concern()))
    school.settle()
    after = await school.post("edu-s", concern())

    assert {answer.status_code for answer in (*taken, again, after)} == {202}
    assert again.json() == first.json()
    told_to_wait(behind, 503, "routing_behind")
    assert school.office.fold.undecided == 1
    assert sum(school.writes.batches) == 4


async def test_kafka_away_is_503_and_a_retry_is_safe(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller is told to come back; the event on its way is joined, not doubled."""
    monkeypatch.setattr(publisher, "ANSWER_S", 0.05)
    school.writes.hang = asyncio.Event()
    away = await school.post("edu-s", concern(), key="k")
    school.writes.hang.set()
    back = await school.post("edu-s", concern(), key="k")

    told_to_wait([away], 503, "kafka_unreachable")
    assert (back.status_code, sum(school.writes.batches)) == (202, 1)


@pytest.mark.parametrize(
    ("error", "then"), [(TransactionAbortedError("aborted"), 202), (RelaisError("unknown"), 503)]
)
async def test_a_commit_that_was_not_answered_refuses_everything_an_aborted_one_nothing(
    school: Bench, error: Exception, then: int
) -> None:
    """503; the chain stands where it stood: a retry is published once, or nothing more is."""
    school.writes.error = error
    away = await school.post("edu-s", concern(), key="k")
    chain = dict(school.office.outbox.chain)
    school.writes.error = None
    back = await school.post("edu-s", concern(), key="k")
    school.settle()

    assert (away.status_code, back.status_code) == (503, then)
    assert school.publisher.ready is (then == 202)
    assert then == 503 or chain == {}
    assert school.world.audit()["findings"] == []


async def test_readers_are_refused_together_when_kafka_does_not_answer(
    school: Bench, council: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take turns at one consumer, and waiting for a turn that does not come counts too."""
    monkeypatch.setattr(incoming, "ANSWER_S", 0.2)
    for number in range(2):
        await school.sent("edu-s", concern(reference=f"case {number}"))
    start = (await council.get("crip", INBOX, limit=1)).json()["cursor"]
    council.reader.kafka.answering.clear()
    told = await asyncio.gather(*[council.get("crip", INBOX, after=start) for _ in range(9)])
    async with council.incoming._picking, asyncio.timeout(PATIENCE):
        told.append(await council.get("crip", INBOX, after=start))
    council.reader.kafka.answering.set()

    assert {(one.status_code, one.headers["retry-after"]) for one in told} == {(503, "2")}
    assert len(await council.items("crip", INBOX, after=start)) == 1


async def test_a_record_that_cannot_be_signed_is_refused_for_now(school: Bench) -> None:
    """503 with a time to try again; the retry with the same key is taken, and the chain holds."""
    agency = school.office.agency
    own = Away(kit.realm().signers["edu-s"])
    signers = {**agency.signers, desk_urn("civil", "edu-s"): HeldSigners(own)}
    school.office.agency = replace(agency, signers=signers)

    refused = await school.post("edu-s", concern(), key="k")
    own.away = False
    taken = [await school.post("edu-s", concern(), key="k") for _ in range(2)]
    school.settle()

    told_to_wait([refused], 503, "signer_away")
    assert {one.status_code for one in taken} == {202}
    assert school.writes.batches == [1]
    assert school.world.alarms == []


async def test_what_is_in_hand_when_the_service_ends_is_told_so() -> None:
    """In our own form, with a time to come back: the server itself would say 500 in plain text."""
    sent: list[Message] = []

    async def hanging(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    async def send(message: Message) -> None:
        sent.append(message)

    gate = admission.Gate(hanging, Metrics("education"))
    scope = {"type": "http", "method": "GET", "path": "/v1/inbox", "headers": []}
    task = asyncio.create_task(gate(scope, AsyncMock(), send))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert sent[0]["status"] == 503
    assert orjson.loads(sent[1]["body"])["code"] == "stopping"
