"""Many records in one request: each line is what a request of its own would be, and a retry is safe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from services.agency.http.batch import MAX_LINES, NDJSON
from services.agency.http.json_body import MAX_BODY
from services.agency.loops import publisher
from services.platform.kafka.writing.aborted import TransactionAbortedError
from tests.contracts.convention.amended import limited
from tests.contracts.convention.parties import adoption
from tests.samples import sample
from tests.services.agency.bench import Bench, bearer

pytestmark = pytest.mark.anyio
MARKER = "Zoe-canary-8213"
MOST = 3


def line(key: str, **changes: Any) -> bytes:
    """A concern of a case that its key names."""
    changes = {"reference": f"case {key}", **changes}
    record = sample("education", "information_preoccupante", MARKER, **changes)
    return json.dumps({"key": key, "record": record}).encode()


async def post(bench: Bench, body: bytes, media: str = NDJSON) -> httpx.Response:
    """A batch of a school's."""
    headers = bearer("edu-s", **{"Content-Type": media})
    return await bench.client.post("/v1/referrals:batch", content=body, headers=headers)


async def told(bench: Bench, lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """What each line is answered."""
    answer = await post(bench, b"\n".join(lines))
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    assert answer.headers["cache-control"] == "no-store"
    return [json.loads(one) for one in answer.content.splitlines()]


async def test_each_line_is_answered_in_order_and_a_bad_one_ends_nothing(school: Bench) -> None:
    """Of each kind of fault the status and code of a request of its own; nothing sent is repeated."""
    wrong = [
        b"{", b"", b"[]", b'{"key": "k"}', b'{"key": "", "record": {}}', b'{"key": "k", "record": null}',
        json.dumps({"key": "k", "record": {"kind": MARKER}}).encode(),
        json.dumps({"key": "k", "record": {}, MARKER: 1}).encode(),
        line("first", reference="another case"), "\xff".encode("latin-1"),
    ]  # fmt: skip

    answers = await told(school, [line("first"), *wrong, line("last")])

    assert [one["line"] for one in answers] == list(range(1, 13))
    first, *refused, last = answers
    assert [(one["status"], one["problem"]["code"]) for one in refused] == [
        (400, "not_json"), (400, "not_json"), (400, "not_an_object"), (422, "invalid_request"),
        (422, "invalid_request"), (422, "null_not_allowed"), (422, "kind_unknown"),
        (422, "invalid_request"), (409, "key_reused"), (400, "not_json"),
    ]  # fmt: skip
    assert (first["status"], last["status"]) == (202, 202)
    assert MARKER not in json.dumps(answers)
    assert sum(school.writes.batches) == 2


async def test_a_line_and_a_request_of_its_own_are_one(school: Bench) -> None:
    """A key means the same in both: whichever came first, the other is answered as it was."""
    alone = json.loads(line("mine"))["record"]

    (by_batch,) = await told(school, [line("mine")])
    by_request = await school.post("edu-s", alone, **{"Idempotency-Key": "mine"})
    twice = await told(school, [line("other"), line("mine"), line("mine")])

    assert by_request.json() == by_batch["answer"]
    assert [one["answer"] for one in twice[1:]] == [by_batch["answer"]] * 2
    assert sum(school.writes.batches) == 2


async def test_a_batch_that_failed_halfway_is_sent_again_and_published_once(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka goes away at the third line: those behind are not tried; again, in another order, all is there once."""
    lines = [line(str(number)) for number in range(6)]
    tried: list[int] = []
    write = school.writes.write

    async def failing(records: Any) -> None:
        tried.append(len(records))
        if len(tried) == 3:
            raise TransactionAbortedError("aborted")
        await write(records)

    monkeypatch.setattr(school.writes, "write", failing)
    first = await told(school, lines)
    assert len(tried) == 3
    again = await told(school, reversed(lines))
    school.settle()

    assert [one["status"] for one in first] == [202, 202, 503, 503, 503, 503]
    assert {one["retry_after"] for one in first[2:]} == {2}
    assert [one["status"] for one in again] == [202] * 6
    assert [one["answer"] for one in again[:3:-1]] == [one["answer"] for one in first[:2]]
    assert sum(school.writes.batches) == 6
    assert school.world.audit()["findings"] == []


async def test_a_batch_has_one_record_in_hand(
    school: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many lines, the queue and the transactions of others see one request of this desk."""
    monkeypatch.setattr(publisher, "ANSWER_S", 0.2)
    school.writes.hang = asyncio.Event()
    sending = asyncio.create_task(told(school, [line(str(number)) for number in range(9)]))
    await asyncio.sleep(0.1)

    queued, own = school.publisher.waiting, len(school.publisher._pending)
    answers = await sending
    school.writes.hang.set()

    assert (queued, own) == (0, 1)
    assert {one["problem"]["code"] for one in answers} == {"kafka_unreachable"}


async def test_a_batch_opens_no_more_cases_than_single_requests(school: Bench) -> None:
    """The convention's figure an hour: beyond it 429 line by line; what is of a known case goes on."""
    school.world.order("civil", "adopt_convention", adoption(limited(MOST)))
    school.world.clock.advance(600)
    school.settle()

    new = [line(str(number)) for number in range(MOST + 2)]
    known = line("more", reference="case 0", remarks="Encore")
    answers = await told(school, [*new, known])

    assert [one["status"] for one in answers] == [*[202] * MOST, 429, 429, 202]
    assert {one["problem"]["code"] for one in answers[MOST:-1]} == {"too_many_new_cases"}
    assert answers[MOST]["retry_after"] > 1000


@pytest.mark.parametrize(
    ("body", "media", "refused"),
    [
        (b"{\n" * (MAX_LINES + 1), NDJSON, (413, "too_large")),
        (b"{\n" * MAX_LINES + b"{", NDJSON, (413, "too_large")),
        (b"{" * (MAX_BODY + 1), NDJSON, (413, "too_large")),
        (b"{}", "application/json", (415, "media_type")),
    ],
)
async def test_bounds_are_held_before_a_line_is_read(
    school: Bench, body: bytes, media: str, refused: tuple[int, str]
) -> None:
    """Too many lines or bytes, or another type: the whole is refused, and nothing is published."""
    answer = await post(school, body, media)

    assert (answer.status_code, answer.json()["code"]) == refused
    assert len((await post(school, b"{\n" * MAX_LINES)).content.splitlines()) == MAX_LINES
    assert (await post(school, b"")).content == b""
