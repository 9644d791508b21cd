"""A desk's webhooks, from an arrival to receivers that verify them, and back to the inbox."""

from __future__ import annotations

import json
import re
import time
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from contracts.encoding import rfc3339
from services.agency.webhooks import progress
from services.agency.webhooks.post import WebhookKeys, WebhookMessage
from services.platform.process.metrics import Metrics
from tests.patience import eventually
from tests.services.agency.bench import Bench
from tests.services.agency.webhooks.receiving import DESK, Came, arrive, pushing, receiving
from tests.shell import NODE_FOLDER, node_says

MARKER = "Zoe-canary-2280"
WEBHOOK = "/v1/webhook"


def verify_v1a(public: str, posted: Came) -> None:
    """As the standard has it: Ed25519 over `id.timestamp.body`, raw bytes."""
    told = posted.headers
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + posted.body
    key = Ed25519PublicKey.from_public_bytes(b64decode(public.removeprefix("whpk_")))
    (signature,) = [one for one in told["webhook-signature"].split() if one.startswith("v1a,")]
    key.verify(b64decode(signature.removeprefix("v1a,")), signed)


async def test_an_arrival_is_posted_thin_and_signed(council: Bench, tmp_path: Path) -> None:
    """The stock library takes it, the public key verifies it, and the inbox has what it names.

    Headers, form and example are those of `webhooks` in `/openapi.json`. A desk gets its keys, and
    never an address; who holds its shared one signs for no other.
    """
    document = (await council.client.get("/openapi.json")).json()
    described = document["webhooks"]["inbox.arrival"]["post"]
    content = described["requestBody"]["content"]["application/json"]
    form = Draft202012Validator({**content["schema"], "components": document["components"]})
    async with receiving() as local, pushing(council, local.receiver, tmp_path):
        answer, other = [await council.get(desk, WEBHOOK) for desk in (DESK, "ase")]
        await arrive(council, MARKER)
        await eventually(lambda: bool(local.came))

    (posted,), keys = local.came, answer.json()
    told = Webhook(keys["shared_key"]).verify(posted.body, posted.headers)
    verify_v1a(keys["public_key"], posted)
    assert (keys["state"], keys["pending"], keys["given_up"]) == ("open", 0, 0)
    assert not keys.keys() & {"last_result", "last_status", "next_try_at"}
    assert answer.headers["cache-control"] == "no-store"
    assert f"{local.port}" not in answer.text
    assert (other.status_code, other.json()["code"]) == (404, "webhook_unset")
    strange = WebhookKeys(council.office.agency.secret, "ase")
    assert strange.shared != keys["shared_key"]
    assert strange.public == keys["public_key"]
    (item,) = await council.items(DESK, "/v1/inbox")
    assert told == {
        "type": "inbox.arrival",
        "timestamp": item["delivered_at"],
        "data": {"desk": DESK, "event": item["event"], "kind": "IP"},
    }
    assert MARKER in json.dumps(item)
    assert MARKER not in f"{posted}"
    for body in (told, content["example"]):
        form.validate(body)
    assert not form.is_valid(told | {"data": {}})
    for header in described["parameters"]:
        for value in (posted.headers[header["name"]], header["example"]):
            assert re.search(header["schema"]["pattern"], value), header["name"]


async def test_a_receiver_that_redirects_is_not_followed(council: Bench, tmp_path: Path) -> None:
    """The address that it names nobody has checked: nothing knocks there; the desk reads why."""
    async with receiving() as inside, receiving() as local:
        local.answer = lambda _: f"307 Go\r\nLocation: http://127.0.0.1:{inside.port}/hook"
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await arrive(council, MARKER)
            await eventually(lambda: webhooks.last is not None)
            told = (await council.get(DESK, WEBHOOK)).json()

    assert (told["last_result"], told["last_status"], told["pending"]) == ("refused", 307, 1)
    assert told["next_try_at"] == rfc3339(int(webhooks.progress.retries[0].due))
    assert [posted.head for posted in local.came] == ["POST /hook HTTP/1.1"]
    assert inside.came == []


async def test_what_was_not_taken_is_told_after_a_new_start(
    council: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the same id and bytes; what arrived meanwhile comes too, nothing twice."""
    monkeypatch.setattr(progress, "HOLD_S", 0.05)
    async with receiving() as local:
        local.answer = lambda _: "502 Later"
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await arrive(council, MARKER)
            await eventually(lambda: webhooks.last is not None)
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


async def test_a_receiver_that_wants_no_more_stays_stopped(council: Bench, tmp_path: Path) -> None:
    """Over a new start too; the desk's word begins with what waits; operators see roles alone."""
    async with receiving() as local:
        local.answer = lambda _: "410 Gone"
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            await arrive(council, MARKER, times=2)
            await eventually(lambda: bool(webhooks.progress.stopped))
        async with pushing(council, local.receiver, tmp_path) as webhooks:
            told, metrics = (await council.get(DESK, WEBHOOK)).json(), Metrics("child_welfare")
            assert council.parts.webhooks is not None
            council.parts.webhooks.count(council.parts.clock.now(), metrics)
            local.answer = lambda _: "204 Fine"
            resumed = await council.post(DESK, path=f"{WEBHOOK}/resume")
            await eventually(lambda: webhooks.pending == 0)

    assert (told["state"], told["why"], told["pending"]) == ("stopped", "gone", 2)
    assert b'relais_webhook_stopped{role="CRIP"} 1.0' in metrics.page()
    assert f"{local.port}".encode() not in metrics.page()
    assert resumed.json()["state"] == "open"
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


KEYS: Final = WebhookKeys(b"secret of an agency".ljust(32), "crip")
MESSAGE: Final = WebhookMessage(
    "msg_a", b'{"data":{"desk":"crip","kind":"IP"},"type":"inbox.arrival"}'
)


def received(node: Path, body: str, at: float = 0) -> dict[str, Any]:
    """What the receiver says."""
    if not (NODE_FOLDER / "node_modules" / "standardwebhooks").exists():
        pytest.skip("`make setup` installs standardwebhooks")
    given = {
        "secret": KEYS.shared, "publicKey": KEYS.public, "body": body,
        "headers": KEYS.headers(MESSAGE, int(at or time.time())),
    }  # fmt: skip
    said: dict[str, Any] = node_says(node, "webhook.mjs", given)
    return said


@pytest.mark.node
def test_node_takes_our_webhooks_and_none_that_was_changed_or_is_old(node: Path) -> None:
    """By both keys, its library and Node's crypto; not a byte more, nor yesterday's, kept."""
    body = MESSAGE.body.decode()
    said = [received(node, body), received(node, body + " ")]
    said.append(received(node, body, time.time() - 86_400))

    refused = "WebhookVerificationError"
    assert [one["v1"] for one in said] == [json.loads(body), refused, refused]
    assert [one["v1a"] for one in said[:2]] == [True, False]
