"""A desk's webhooks, from an arrival to a receiver that verifies them and back to the inbox."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from services.agency.webhooks import progress
from services.agency.webhooks.post import Posted, Poster, PostResult
from services.platform.http.receiver import Receiver
from tests.patience import eventually
from tests.services.agency.bench import Bench
from tests.services.agency.webhooks.receiving import (
    DESK,
    Came,
    arrive,
    pushing,
    receiving,
)
from tests.services.agency.webhooks.test_post import Names

MARKER = "Zoe-canary-2280"


def verify_v1a(public: str, posted: Came) -> None:
    """As the standard has it: Ed25519 over `id.timestamp.body`, raw bytes."""
    told = posted.headers
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + posted.body
    key = Ed25519PublicKey.from_public_bytes(b64decode(public.removeprefix("whpk_")))
    (signature,) = [
        text.removeprefix("v1a,")
        for text in told["webhook-signature"].split()
        if text.startswith("v1a,")
    ]
    key.verify(b64decode(signature), signed)


async def test_an_arrival_is_posted_thin_and_signed(council: Bench, tmp_path: Path) -> None:
    """The stock library takes it, the public key verifies it, and the inbox has what it names."""
    async with receiving() as local, pushing(council, local.receiver, tmp_path) as webhooks:
        await arrive(council, MARKER)
        await eventually(lambda: bool(local.came))

    (posted,) = local.came
    told = Webhook(webhooks.keys.shared).verify(posted.body, posted.headers)
    verify_v1a(webhooks.keys.public, posted)
    (item,) = (await council.get(DESK, "/v1/inbox")).json()["items"]
    assert told == {
        "type": "inbox.arrival",
        "timestamp": item["delivered_at"],
        "data": {"desk": DESK, "event": item["event"], "kind": "IP"},
    }
    assert MARKER in json.dumps(item)
    assert MARKER not in f"{posted}"


async def test_a_receiver_that_redirects_is_not_followed(council: Bench, tmp_path: Path) -> None:
    """The address that it names nobody has checked: nothing knocks there."""
    async with receiving() as inside, receiving() as local:
        local.answer = lambda _: f"307 Go\r\nLocation: http://127.0.0.1:{inside.port}/hook"
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await arrive(council, MARKER)
            await eventually(lambda: webhooks.last is not None)

    assert webhooks.last == Posted(PostResult.REFUSED, status=307)
    assert [posted.head for posted in local.came] == ["POST /hook HTTP/1.1"]
    assert inside.came == []


async def test_a_name_that_turns_inside_is_not_followed(council: Bench, tmp_path: Path) -> None:
    """DNS rebinding between two arrivals: the second is posted nowhere."""
    names = Names([["127.0.0.1"], *[["127.0.0.2"]] * 9])
    async with receiving() as local:
        given = {"url": f"http://hook.example:{local.port}/", "networks": ["127.0.0.1/32"]}
        receiver = Receiver.model_validate(given)
        async with pushing(council, receiver, tmp_path, Poster(names)) as webhooks:
            await arrive(council, MARKER)
            await eventually(lambda: webhooks.tried.total() == 1)
            await arrive(council, MARKER)
            await eventually(lambda: webhooks.tried.total() == 2)

    assert webhooks.tried == {PostResult.TAKEN: 1, PostResult.FORBIDDEN: 1}
    assert len(local.came) == 1


async def test_what_was_not_taken_is_told_after_a_new_start(
    council: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same id and bytes; what arrived meanwhile comes too, nothing twice."""
    monkeypatch.setattr(progress, "HOLD_S", 0.05)
    async with receiving() as local:
        local.answer = lambda _: "502 Later"
        async with pushing(council, local.receiver, tmp_path):
            await arrive(council, MARKER)
            await eventually(lambda: bool(local.came))
        kept = (tmp_path / "memory.sqlite").read_bytes()
        local.answer = lambda _: "204 Fine"
        await arrive(council, MARKER)
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await eventually(lambda: webhooks.pending == 0)

    by_id: dict[str, set[bytes]] = {}
    for posted in local.came:
        by_id.setdefault(posted.headers["webhook-id"], set()).add(posted.body)
    assert len(local.came) == 3
    assert [len(bodies) for bodies in by_id.values()] == [1, 1]
    assert b'"retries":[[' in kept
    assert MARKER.encode() not in kept


async def test_an_ordered_end_keeps_what_was_taken_in_its_last_second(
    council: Bench, tmp_path: Path
) -> None:
    """Of three the second is taken within a second of the first, and the third never."""
    taken = iter([Posted(PostResult.TAKEN, status=204)] * 2)

    class Hanging(Poster):
        async def __call__(self, *_asked: object) -> Posted:
            return next(taken, None) or await asyncio.Event().wait()  # type: ignore[return-value]

    async with receiving() as local:
        async with pushing(council, local.receiver, tmp_path, Hanging()) as webhooks:
            await arrive(council, MARKER, times=3)
            await eventually(lambda: webhooks.tried.total() == 2)
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await eventually(lambda: webhooks.pending == 0)

    assert len(local.came) == 1


async def test_a_receiver_that_wants_no_more_stays_stopped(council: Bench, tmp_path: Path) -> None:
    """Over a new start too; another address, or somebody's word, begins with what waits."""
    async with receiving() as local:
        local.answer = lambda _: "410 Gone"
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await arrive(council, MARKER, times=2)
            await eventually(lambda: bool(webhooks.progress.stopped))
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            assert (webhooks.progress.stopped, webhooks.pending) == ("gone", 2)
            local.answer = lambda _: "204 Fine"
            await webhooks.resume()
            await eventually(lambda: webhooks.pending == 0)

    assert (webhooks.progress.stopped, webhooks.pending) == ("", 0)


async def test_resuming_in_a_loop_knocks_and_writes_no_more_often(
    council: Bench, tmp_path: Path
) -> None:
    """A desk that asks without end costs the desks beside it nothing."""
    async with receiving() as local:
        local.answer = lambda _: "410 Gone"
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await arrive(council, MARKER)
            for _ in range(20):
                await eventually(lambda: bool(webhooks.progress.stopped))
                await webhooks.resume()

    assert len(local.came) <= 2


async def test_what_is_posted_is_what_the_document_says(council: Bench, tmp_path: Path) -> None:
    """`webhooks` of `/openapi.json`: headers, form and example of the very request that comes."""
    document = (await council.client.get("/openapi.json")).json()
    described = document["webhooks"]["inbox.arrival"]["post"]
    content = described["requestBody"]["content"]["application/json"]
    form = Draft202012Validator({**content["schema"], "components": document["components"]})

    async with receiving() as local, pushing(council, local.receiver, tmp_path):
        await arrive(council, MARKER)
        await eventually(lambda: bool(local.came))

    (posted,) = local.came
    told = json.loads(posted.body)
    form.validate(told)
    form.validate(content["example"])
    assert not form.is_valid(told | {"data": {}})
    for header in described["parameters"]:
        for value in (posted.headers[header["name"]], header["example"]):
            assert re.search(header["schema"]["pattern"], value), header["name"]
