"""What a client and its receiver have shown; what a sandbox posts, verified by stock libraries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from contracts.errors import UsageError
from services.sandbox.checklist import HABITS
from services.sandbox.webhooks import POSTS, read_receivers
from tests.patience import eventually
from tests.samples import concern
from tests.services.agency.webhooks.receiving import receiving
from tests.services.sandbox.process import client, running, seen, send, sent, speaking

DESK: Final = "edu-h-1"
KEY: Final = {"Idempotency-Key": "k-1"}


def shown(http: httpx.Client) -> set[str]:
    """The habits that were seen."""
    rows = http.get("/sandbox/checklist").json()["habits"]
    return {row["habit"] for row in rows if row["seen"]}


def test_every_habit_is_seen_by_the_request_that_shows_it(tmp_path: Path) -> None:
    """None by a record without a key or a receipt that nobody asked for; all in the end."""
    with running(tmp_path / "home") as facts, client(facts, DESK) as http:
        refused = sent(http, "sandbox:refuse=not_informed")
        page = http.get("/v1/inbox").json()
        with client(facts, "edu-s") as other:
            items = other.get("/v1/inbox").json()["items"]
            unasked = next(one["event"] for one in items if not one["asks"]["acknowledge"])
            taken = other.post(f"/v1/inbox/{unasked}/acknowledge").json()
        send(http, "zero", "?dry_run=False")
        http.get("/v1/inbox", params={"wait": "0.0"})
        before = shown(http)
        send(http, "one", "?dry_run=true")
        event = sent(http, "one", **KEY)
        once = shown(http)
        with client(facts, "edu-s") as other:
            sent(other, "two", **KEY)
        by_another = shown(http)
        sent(http, "one", **KEY)
        seen(http, event, lambda body: body["state"] == "decided")
        state = seen(http, refused, lambda body: body["state"] == "refused")
        item = next(one for one in page["items"] if one.get("asks", {}).get("acknowledge"))
        stage = {"stage": item["asks"]["acknowledge"][0]}
        http.post(f"/v1/inbox/{item['event']}/acknowledge", json=stage)
        http.post(f"{event}/withdraw")
        sent(http, "sandbox:corrupt")
        spoilt = seen(http, "/v1/inbox", lambda page: any("error" in one for one in page["items"]))
        http.get("/v1/inbox", params={"after": spoilt["cursor"], "wait": 1})
        rows = http.get("/sandbox/checklist").json()["habits"]

    assert (taken["warnings"][0]["expected"], before) == ("no acknowledgement", set())
    assert state["to"][0]["reasons"] == ["not_informed"]
    assert once == by_another == {"tries", "key"}
    assert {row["habit"] for row in rows if row["seen"]} == set(HABITS)
    assert rows[1]["seen"]["path"] == "/v1/referrals"
    assert "corrupt" not in str([row["seen"] for row in rows])


async def test_a_receiver_is_told_which_post_it_took_wrongly(tmp_path: Path) -> None:
    """One that verifies by the library is right eleven times; one that takes all, once."""
    async with receiving() as local:
        told = f"{DESK}=http://127.0.0.1:{local.port}/hook"
        with running(tmp_path / "home", "--empty", "--webhook", told) as facts:
            async with httpx.AsyncClient(**speaking(facts, DESK)) as http:
                careless = (await http.post("/sandbox/checklist")).json()["webhook"]
                key = Webhook((await http.get("/v1/webhook")).json()["shared_key"])

                def verified(posted: Any) -> str:
                    try:
                        key.verify(posted.body, posted.headers)
                    except WebhookVerificationError:
                        return "401 Unauthorized"
                    return "204 No Content"

                local.answer = verified
                careful = (await http.post("/sandbox/checklist")).json()["webhook"]

    assert len(POSTS) == 11
    ids = [posted.headers["webhook-id"] for posted in local.came]
    assert all(re.fullmatch("msg_[A-Za-z0-9_-]{24}", one) for one in ids)
    assert [row["post"] for row in careless if row["right"]] == ["sound"]
    assert [row["post"] for row in careful if not row["right"]] == []


SCHOOL: Final = "edu-s"
LATER_S: Final = 3600  # after which a message that was refused once more is due


async def test_an_arrival_is_posted_until_it_is_taken_and_verified_by_the_stock_library(
    tmp_path: Path,
) -> None:
    """It names the event; each next try needs the clock moved; it bears the machine's time."""
    async with receiving() as local:
        local.answer = lambda _: "500 Internal Server Error"
        told = f"{SCHOOL}=http://127.0.0.1:{local.port}/hook"
        with running(tmp_path / "home", "--empty", "--webhook", told) as facts:
            async with httpx.AsyncClient(**speaking(facts, SCHOOL)) as http:
                key = Webhook((await http.get("/v1/webhook")).json()["shared_key"])
                await http.post("/v1/referrals", json=concern(reference="sandbox:"))
                await eventually(lambda: len(local.came) == 1)
                for count in (2, 3):
                    await http.post("/sandbox/clock", json={"seconds": LATER_S})
                    await eventually(lambda count=count: len(local.came) == count)  # type: ignore[misc]
                (item,) = (await http.get("/v1/inbox")).json()["items"]

    assert len({posted.headers["webhook-id"] for posted in local.came}) == 1
    for posted in local.came:
        message = key.verify(posted.body, posted.headers)
        assert message["data"]["event"] == item["event"]


async def test_a_sandbox_that_is_started_again_repeats_no_id_and_takes_no_earlier_cursor(
    tmp_path: Path,
) -> None:
    """Its receiver, which passes over known ids, keeps its key and is told of the new arrivals."""
    pages: list[dict[str, Any]] = []
    keys: set[str] = set()
    async with receiving() as local:
        told = f"{SCHOOL}=http://127.0.0.1:{local.port}/hook"
        for count in (1, 2):
            with running(tmp_path / "home", "--empty", "--webhook", told) as facts:
                async with httpx.AsyncClient(**speaking(facts, SCHOOL)) as http:
                    await http.post("/v1/referrals", json=concern(reference="sandbox:"))
                    await eventually(lambda count=count: len(local.came) == count)  # type: ignore[misc]
                    after = {"after": pages[0]["cursor"]} if pages else {}
                    pages.append((await http.get("/v1/inbox", params=after)).json())
                    keys.add((await http.get("/v1/webhook")).json()["shared_key"])

    assert len({posted.headers["webhook-id"] for posted in local.came}) == 2
    assert (pages[1].get("code"), len(keys)) == ("cursor_not_ours", 1)


def test_a_row_that_names_no_address_of_this_machine_is_refused() -> None:
    """Nobody waits for what is never posted; a name that leads away later is not followed."""
    for row in ("edu-s", "edu-s=http://192.0.2.1:9/hook", "edu-s=http://nobody.invalid/hook"):
        with pytest.raises(UsageError, match="webhook_malformed"):
            read_receivers([row])
    known = read_receivers(["edu-s=http://localhost:9/hook", "edu-h-1=http://[::1]:9/"])
    assert not any(one.permits("192.0.2.1") for one in known.values())
